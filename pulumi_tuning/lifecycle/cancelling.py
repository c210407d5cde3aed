"""Delete, which for a tuning job means: cancel it if it still works.

The service has no delete. Cancelling is asynchronous and best effort, and may lose the
race against the job's end, so the job is looked at before and after.
"""

import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from pulumi_tuning.clock import Clock
from pulumi_tuning.errors import (
    ApiError,
    ConflictError,
    FailedPreconditionError,
    NotFoundError,
    TuningError,
    UnexpectedResponseError,
)
from pulumi_tuning.gcp.http import READ_SECONDS
from pulumi_tuning.job_state import SUCCEEDED_STATES
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.live import LiveTuningJob

BOUND_SECONDS: Final = 120.0
"""How long a delete waits until the service shows the job as being cancelled."""

SHORTEST_SECONDS: Final = 5.0
"""How long a delete waits at least, however long the ones before it have waited."""

ASK_AGAIN_SECONDS: Final = 30.0
"""How long an accepted cancel is given before it is sent again."""

_FIRST_PAUSE_SECONDS: Final = 0.5
_LONGEST_PAUSE_SECONDS: Final = 10.0
_SHORTEST_CALL_SECONDS: Final = 1.0


class CancelIgnoredError(TuningError):
    """The job still works although it was cancelled."""


class CancelRefusedError(TuningError):
    """The job may be one that is still wanted."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """How a job was found after its delete."""

    live: LiveTuningJob | None
    """The job; None where the service does not know it any more."""

    was_asked: bool
    """Whether a cancel was sent; a job that does not work any more needs none."""

    @property
    def lost_race(self) -> bool:
        """Whether the job succeeded although it was cancelled."""
        return (
            self.was_asked
            and self.live is not None
            and self.live.state in SUCCEEDED_STATES
        )


class CancelWindow:
    """The bound that deletes which follow each other share.

    The engine deletes a few resources at a time. A service that ignores every cancel
    would hold up each few for the whole bound: so it counts from the first of them, and
    those that come when it is over have a short while each.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._opened_at = 0.0
        self._running = 0
        self._left_at = float("-inf")

    @contextmanager
    def deadline(self, bound_seconds: float) -> Generator[float]:
        """Yield until when one delete may wait, on the monotonic clock."""
        with self._lock:
            now = self._clock.monotonic()
            if self._running == 0 and now - self._left_at > SHORTEST_SECONDS:
                self._opened_at = now
            self._running += 1
            deadline = self._opened_at + bound_seconds
        try:
            yield max(deadline, now + min(SHORTEST_SECONDS, bound_seconds))
        finally:
            with self._lock:
                self._running -= 1
                self._left_at = self._clock.monotonic()


def cancel(
    services: Services,
    name: str,
    *,
    bound_seconds: float,
    window: CancelWindow | None = None,
) -> Cancelled:
    """Cancel a job if it still works.

    Args:
        services: Where the job is.
        name: The job's name.
        bound_seconds: How long to wait until the service shows it as being cancelled.
        window: What the bound is shared with.

    Raises:
        CancelIgnoredError: the job still works after the bound; it stays recorded.
        ApiError: the service could not be read or refused; the job stays recorded.
    """
    shared = window or CancelWindow(services.clock)
    with shared.deadline(bound_seconds) as deadline:
        return _Cancellation(services, name, deadline).run()


@dataclass(slots=True)
class _Cancellation:
    """One delete: looks and asks in turns until the job is being cancelled."""

    services: Services
    name: str
    deadline: float
    state: str = "in an unknown state"
    was_asked: bool = False
    accepted_at: float | None = None
    trouble: ApiError | None = None
    """What the last call met, where a look can tell what came of it."""

    def run(self) -> Cancelled:
        """Return how the job was found; a last look follows the last cancel."""
        clock = self.services.clock
        started = clock.monotonic()
        pauses = _pauses()
        while True:
            live, is_known = self._look()
            if is_known and (live is None or not live.is_live):
                return Cancelled(live, self.was_asked)
            now = clock.monotonic()
            if now >= self.deadline:
                raise self._ignored(now - started) from self.trouble
            if is_known and self._is_due(now):
                self._ask(now)
            left = max(self.deadline - clock.monotonic(), 0.0)
            clock.sleep(min(next(pauses), left))

    def _look(self) -> tuple[LiveTuningJob | None, bool]:
        """Return the job, None where there is none, and whether anybody can say."""
        try:
            live = self.services.vertex.get_tuning_job(
                self.name, within_seconds=self._seconds_left()
            )
        except NotFoundError:
            return None, True
        except ApiError as error:
            if not _may_pass(error):
                raise
            self.trouble = error
            return None, False
        if live.is_live and isinstance(self.trouble, UnexpectedResponseError):
            raise self.trouble
        self.state = live.state
        return live, True

    def _is_due(self, now: float) -> bool:
        return self.accepted_at is None or now - self.accepted_at >= ASK_AGAIN_SECONDS

    def _ask(self, now: float) -> None:
        """Send the cancel. Its answer says nothing: an unreadable one may be good."""
        self.was_asked = True
        try:
            self.services.vertex.cancel_tuning_job(
                self.name, within_seconds=self._seconds_left()
            )
        except ApiError as error:
            if not isinstance(error, UnexpectedResponseError) and not _may_pass(error):
                raise
            self.trouble = error
        else:
            self.accepted_at, self.trouble = now, None

    def _seconds_left(self) -> float:
        """Return how long one call may take."""
        left = self.deadline - self.services.clock.monotonic()
        return min(READ_SECONDS, max(left, _SHORTEST_CALL_SECONDS))

    def _ignored(self, waited_seconds: float) -> CancelIgnoredError:
        reason = f" ({self.trouble})" if self.trouble else ""
        seconds = f"{round(waited_seconds, 1):g}"
        return CancelIgnoredError(
            f"{self.name} is still {self.state} after {seconds} s of cancelling"
            f"{reason}. It stays recorded: run the command again, or raise the delete "
            "timeout of custom_timeouts"
        )


def _may_pass(error: ApiError) -> bool:
    """Return whether a moment later the answer may be another.

    A refused cancel is one of them: the job may have just ended.
    """
    return error.is_retryable or isinstance(
        error, (NotFoundError, FailedPreconditionError, ConflictError)
    )


def _pauses() -> Iterator[float]:
    """Yield seconds between two looks: none after the first, then ever more."""
    yield 0.0
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
