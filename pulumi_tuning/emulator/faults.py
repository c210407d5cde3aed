"""Things that go wrong on purpose: which request they meet, and what then happens."""

import re
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, Self

from pulumi_tuning.emulator.json_values import Json

_NONE: Final = type(None)
_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "method": (str, _NONE),
    "path": (str,),
    "times": (int, _NONE),
    "skip": (int,),
    "status": (int, _NONE),
    "headers": (dict, _NONE),
    "delay_seconds": (int, float),
    "stale_list": (bool, int, float),
    "effect": (bool,),
    "html": (bool,),
}
_LIMITS: Final[Mapping[str, float]] = {
    "times": 10**9,
    "skip": 10**9,
    "delay_seconds": 10**6,
    "stale_list": 10**9,
}
"""Largest number for each field that is one; none is negative."""
_HEADER_NAME: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(
    r"[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?|"
)
_STATUSES: Final = range(200, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A disturbance of requests that match.

    The order of things: with `effect`, or a cut `after`, the request is carried out
    first; then comes the delay; then the connection is cut, or the fault's answer is
    given, or the real one where the fault has none.
    """

    method: str | None = None
    """Method of the requests that it meets; None is any."""

    path: str = ""
    """Regular expression, searched in the path without the query."""

    times: int | None = 1
    """How many requests it meets before it is used up; None is no limit."""

    skip: int = 0
    """How many matching requests pass before the first one is met."""

    status: int | None = None
    """HTTP status to answer; None leaves the answer as it is."""

    body: Any = None
    """JSON or text to answer; None is Google's envelope for the status."""

    headers: Mapping[str, str] | None = None
    """Headers to add to the answer."""

    delay_seconds: float = 0.0
    """How long to wait, in real time."""

    cut: Literal["before", "after"] | None = None
    """Close the connection without an answer, before or after the effect."""

    effect: bool = False
    """Whether a request that is answered with `status` is carried out all the same."""

    stale_list: bool | float = False
    """Leave new jobs out of a list: those created since the fault was added, or in the
    last so many seconds."""

    html: bool = False
    """Answer an HTML page, as a front end or a proxy does."""

    def __post_init__(self) -> None:
        """Refuse what would break every request that the fault meets."""
        for name, types in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, types):
                message = f"{name} of a fault cannot be {value!r}"
                raise TypeError(message)
        if self.status is not None and self.status not in _STATUSES:
            message = f"{self.status} is no status of an answer"
            raise ValueError(message)
        if self.cut not in (None, "before", "after"):
            message = f"a connection is cut before or after the effect, not {self.cut}"
            raise ValueError(message)
        try:
            re.compile(self.path)
        except re.error as error:
            message = f"{self.path}: {error}"
            raise ValueError(message) from error
        self._refuse_limits_and_headers()

    def _refuse_limits_and_headers(self) -> None:
        for name, limit in _LIMITS.items():
            if not 0 <= (getattr(self, name) or 0) <= limit:
                message = f"{name} of a fault must be from 0 to {limit}"
                raise ValueError(message)
        for name, text in (self.headers or {}).items():
            if not _is_header(name, text):
                message = f"a fault cannot add the header {name!r}: {text!r}"
                raise ValueError(message)

    @classmethod
    def from_json(cls, document: Json) -> Self:
        """Return the fault that a JSON document describes.

        Raises:
            ValueError: The document has a name that no fault has.
        """
        unknown = document.keys() - {slot.name for slot in fields(cls)}
        if unknown:
            message = f"a fault has no {', '.join(sorted(unknown))}"
            raise ValueError(message)
        return cls(**document)

    def to_json(self) -> Json:
        """Return the fault as a JSON document."""
        return asdict(self)

    @property
    def takes_effect_first(self) -> bool:
        """Whether the request is carried out before the fault shows."""
        return self.effect or self.cut == "after"


def _is_header(name: object, text: object) -> bool:
    return (
        isinstance(name, str)
        and isinstance(text, str)
        and _HEADER_NAME.fullmatch(name) is not None
        and _HEADER_VALUE.fullmatch(text) is not None
    )


@dataclass(slots=True)
class MetFault:
    """A fault that has met a request."""

    fault: Fault
    added_at: datetime


@dataclass(slots=True)
class _Armed:
    fault: Fault
    added_at: datetime
    seen: int = 0

    def meets(self, method: str, path: str) -> bool:
        fault = self.fault
        if fault.method not in (None, method) or not re.search(fault.path, path):
            return False
        self.seen += 1
        if self.seen <= fault.skip:
            return False
        return fault.times is None or self.seen <= fault.skip + fault.times


class Faults:
    """The faults that wait for a request; of several that match, the first one acts."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []

    def add(self, fault: Fault, now: datetime) -> None:
        """Let a fault wait for requests."""
        with self._lock:
            self._armed.append(_Armed(fault, now))

    def clear(self) -> None:
        """Take all faults away."""
        with self._lock:
            self._armed.clear()

    def meet(self, method: str, path: str) -> MetFault | None:
        """Return the fault that meets a request, counting it, or None."""
        with self._lock:
            for armed in self._armed:
                if armed.meets(method, path):
                    return MetFault(armed.fault, armed.added_at)
        return None

    def all(self) -> list[Fault]:
        """Return all faults, also those that are used up."""
        with self._lock:
            return [armed.fault for armed in self._armed]
