"""A clock that a test moves."""

import asyncio
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Time that stands still until somebody sleeps or advances it."""

    def __init__(
        self, start: datetime = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    ) -> None:
        self._now = start
        self._monotonic = 1000.0
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """Return the current time of the test."""
        return self._now

    def monotonic(self) -> float:
        """Return seconds from an arbitrary start, never going back."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += timedelta(seconds=seconds)
        self._monotonic += seconds

    def sleep(self, seconds: float) -> None:
        """Let time pass at once and remember how long it was."""
        self.sleeps.append(seconds)
        self.advance(seconds)

    async def sleep_async(self, seconds: float) -> None:
        """Let time pass at once, giving other tasks their turn."""
        self.sleep(seconds)
        await asyncio.sleep(0)
