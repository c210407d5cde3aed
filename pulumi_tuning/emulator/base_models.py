"""Base models that the emulated service tunes, and what it allows for each.

Source: Google's documentation of supervised, preference, continuous and translation
tuning, as of September 2026, and for retired models as of May 2025.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from pulumi_tuning.emulator.json_values import Json, new_object

_SIZES: Final = {
    "ADAPTER_SIZE_ONE": 1,
    "ADAPTER_SIZE_TWO": 2,
    "ADAPTER_SIZE_FOUR": 4,
    "ADAPTER_SIZE_EIGHT": 8,
    "ADAPTER_SIZE_SIXTEEN": 16,
    "ADAPTER_SIZE_THIRTY_TWO": 32,
}
_PUBLISHER_PATH: Final = re.compile(
    "(?:projects/[^/]+/locations/[^/]+/)?publishers/google/models/"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseModel:
    """What the service allows for one base model."""

    adapter_sizes: frozenset[int] = frozenset({1, 2, 4, 8, 16})
    default_adapter_size: int = 4
    locations: frozenset[str] | None = None
    """Where it is tuned; None is everywhere but `global`."""

    has_cmek: bool = True
    has_preference_tuning: bool = False
    has_continuous_tuning: bool = False
    is_open: bool = False
    is_retired: bool = False
    longest_example_tokens: int = 131_072
    multi_regions: Json = field(default_factory=new_object)
    """Where its tuned models are served, by the location of tuning."""

    def allows_adapter_size(self, name: object) -> bool:
        """Return whether the API's enum value is a size of this model."""
        return _SIZES.get(str(name)) in self.adapter_sizes

    @property
    def default_adapter_size_name(self) -> str:
        """The API's enum value of the default size."""
        names = {size: name for name, size in _SIZES.items()}
        return names[self.default_adapter_size]


_GEMINI_3: Final = {
    "locations": frozenset({"us-central1", "europe-west4"}),
    "has_cmek": False,
    "multi_regions": {"us-central1": "us", "europe-west4": "eu"},
}
_GEMINI_2_0: Final = BaseModel(adapter_sizes=frozenset({1, 2, 4, 8}), is_retired=True)
_OPEN: Final = BaseModel(
    adapter_sizes=frozenset({1, 2, 4, 8, 16, 32}),
    default_adapter_size=16,
    is_open=True,
    locations=frozenset(
        {
            "global",
            "us-central1",
            "europe-west4",
            "us-west1",
            "us-east5",
            "asia-southeast1",
        }
    ),
)

BASE_MODELS: Final = {
    "gemini-3.5-flash": BaseModel(**_GEMINI_3),  # type: ignore[arg-type]
    "gemini-3.1-flash-lite": BaseModel(has_continuous_tuning=True, **_GEMINI_3),  # type: ignore[arg-type]
    "gemini-2.5-pro": BaseModel(
        adapter_sizes=frozenset({1, 2, 4, 8}), has_continuous_tuning=True
    ),
    "gemini-2.5-flash": BaseModel(
        has_preference_tuning=True, has_continuous_tuning=True
    ),
    "gemini-2.5-flash-lite": BaseModel(
        has_preference_tuning=True, has_continuous_tuning=True
    ),
    "gemini-2.0-flash-001": _GEMINI_2_0,
    "gemini-2.0-flash-lite-001": _GEMINI_2_0,
    "gemini-1.5-pro-002": BaseModel(adapter_sizes=frozenset({1, 4}), is_retired=True),
    "gemini-1.5-flash-002": BaseModel(
        adapter_sizes=frozenset({1, 4, 8, 16}), default_adapter_size=8, is_retired=True
    ),
    "translation-llm-002": BaseModel(
        adapter_sizes=frozenset({4}),
        locations=frozenset({"us-central1"}),
        longest_example_tokens=1_000,
    ),
}
"""By the short name under which the API knows them."""


def is_publisher_path(name: str) -> bool:
    """Return whether the name is the path of one of Google's models."""
    return _PUBLISHER_PATH.match(name) is not None


def find_base_model(name: str) -> BaseModel | None:
    """Return what is known of a model, also by the path that its publisher gives it.

    `publisher/model@version` is an open one.
    """
    short_name = _PUBLISHER_PATH.sub("", name)
    if "@" in short_name and "/" in short_name:
        return _OPEN
    return BASE_MODELS.get(short_name)
