"""The emulator's own time: another clock's, until it is frozen and moved by hand."""

from datetime import UTC, datetime, timedelta
from typing import Final

from pulumi_tuning.clock import Clock
from pulumi_tuning.emulator.database import Database

LATEST: Final = datetime(9000, 1, 1, tzinfo=UTC)
"""After this a job could end later than a date can hold."""


class EmulatorClock:
    """Time that can stand still; where it stands is kept in the database."""

    def __init__(self, base: Clock, database: Database) -> None:
        self._base = base
        self._database = database
        kept = database.setting("clock") or {}
        self._ahead = timedelta(seconds=kept.get("ahead_seconds", 0.0))
        frozen_at = kept.get("frozen_at")
        self._frozen_at = datetime.fromisoformat(frozen_at) if frozen_at else None

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still."""
        return self._frozen_at is not None

    def now(self) -> datetime:
        """Return the emulator's current time, in UTC."""
        return self._frozen_at or self._base.now() + self._ahead

    def freeze(self) -> None:
        """Let time stand still."""
        self._frozen_at = self.now()
        self._keep()

    def advance(self, seconds: float) -> None:
        """Move a frozen clock on.

        Raises:
            ValueError: The clock is not frozen, or would go back or too far.
        """
        if self._frozen_at is None:
            message = "only a frozen clock can be advanced: freeze it first"
            raise ValueError(message)
        if seconds < 0:
            message = "time does not go back"
            raise ValueError(message)
        moved = self._frozen_at + timedelta(seconds=seconds)
        if moved > LATEST:
            message = f"the end of time is {LATEST.date()}; {seconds} s is too large"
            raise ValueError(message)
        self._frozen_at = moved
        self._keep()

    def thaw(self) -> None:
        """Let time go on from where it stands."""
        self._ahead = self.now() - self._base.now()
        self._frozen_at = None
        self._keep()

    def _keep(self) -> None:
        frozen_at = self._frozen_at.isoformat() if self._frozen_at else None
        self._database.set_setting(
            "clock",
            {"ahead_seconds": self._ahead.total_seconds(), "frozen_at": frozen_at},
        )
