"""Time as a dependency: the only module that reads a clock or sleeps."""

import asyncio
import re
import time
from datetime import UTC, datetime
from typing import Final, Protocol

_UNIT_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")


class Clock(Protocol):
    """Where the time comes from and how to wait for it to pass."""

    def now(self) -> datetime:
        """Return the current time, in UTC and aware of it."""
        ...

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, never going back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for this many seconds."""
        ...

    async def sleep_async(self, seconds: float) -> None:
        """Suspend the calling task for this many seconds."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """Return the current time, in UTC and aware of it."""
        return datetime.now(UTC)  # noqa: TID251 - this is the clock

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, never going back."""
        return time.monotonic()  # noqa: TID251 - this is the clock

    def sleep(self, seconds: float) -> None:
        """Block the calling thread for this many seconds."""
        time.sleep(seconds)  # noqa: TID251 - this is the clock

    async def sleep_async(self, seconds: float) -> None:
        """Suspend the calling task for this many seconds."""
        await asyncio.sleep(seconds)


def parse_duration(text: str) -> float:
    """Return the seconds of a duration in Go's form, such as `1h30m`, `90s` or `0.5h`.

    It is the form that Pulumi documents for its `custom_timeouts`.

    Raises:
        ValueError: the text is no such duration.
    """
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        message = f"{text!r} is no duration: write 6h, 1h30m, 90s"
        raise ValueError(message)
    return sum(float(number) * _UNIT_SECONDS[unit] for number, unit in parts)
