"""What can be known about a model: facts with their sources, and how sure they are.

Pure: no I/O, no time, no Pulumi.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Generic, TypeVar

Value_co = TypeVar("Value_co", covariant=True)


class TuningKind(StrEnum):
    """What a tuning job learns from."""

    SUPERVISED = "supervised"
    """Prompts with the answers that are wanted."""

    PREFERENCE = "preference"
    """Prompts with a preferred and a rejected answer."""

    CONTINUOUS = "continuous"
    """Further examples, on top of a model that is tuned already."""


class ModelFamily(StrEnum):
    """Models that share a line format and most limits."""

    GEMINI = "gemini"
    TRANSLATION = "translation"
    OPEN = "open"


class Modality(StrEnum):
    """What a part of an example holds."""

    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a fact was read, and on which day it stood there."""

    title: str
    url: str
    as_of: date


@dataclass(frozen=True, slots=True)
class Fact(Generic[Value_co]):
    """A value with its source."""

    value: Value_co
    source: Source
    is_certain: bool = False
    """Whether the service is known to refuse anything else; otherwise the fact may be
    out of date, and a check may only warn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRules:
    """What one base model can be tuned with; None where nothing is documented."""

    name: str
    """The `baseModel` of the API."""

    title: str
    """The name in prose."""

    family: ModelFamily

    is_listed: Fact[bool]
    """Whether the documentation lists the model as tunable."""

    tuning_kinds: Fact[frozenset[TuningKind]]

    modalities: Fact[frozenset[Modality]]
    """What an example may hold."""

    adapter_sizes: Fact[tuple[int, ...]] | None = None

    locations: Fact[tuple[str, ...]] | None = None
    """Where the model is tuned."""

    serving_locations: Fact[tuple[str, ...]] | None = None
    """Where the tuned model answers, when that is not the job's location."""

    supports_cmek: Fact[bool] | None = None
    """Whether a job may name an encryption key."""

    supports_evaluation: Fact[bool] | None = None
    """Whether the service evaluates the tuned model (`evaluationConfig`)."""

    supports_function_parts: Fact[bool] | None = None
    """Whether `functionCall` and `functionResponse` parts are accepted."""

    most_tokens_per_row: Fact[int] | None = None
    """Tokens of one example, prompt and answer together."""

    most_rows: Fact[int] | None = None
    """Training examples that hold nothing but text."""

    most_multimodal_rows: Fact[int] | None = None
    """Training examples when some of them hold images, audio, video or documents."""

    most_validation_rows: Fact[int] | None = None

    most_validation_share: Fact[float] | None = None
    """More than 1000 validation examples may be this share of the training examples."""

    most_bytes: Fact[int] | None = None
    """Size of a JSONL file."""

    tokens_per_image: Fact[int] | None = None
    """Tokens of one image at the default resolution."""
