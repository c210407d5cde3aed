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
        return _cancel_until(deadline, services, name)


def _cancel_until(deadline: float, services: Services, name: str) -> Cancelled:
    """Cancel a job and look at it until it is being cancelled, or time is over."""
    clock = services.clock
    started = clock.monotonic()
    accepted_at: float | None = None
    was_asked = False
    trouble: ApiError | None = None
    state = "in an unknown state"
    pauses = _pauses()
    while True:
        try:
            live = _look(services, name, deadline)
            if live is None or not live.is_live:
                return Cancelled(live, was_asked)
            state = live.state
            now = clock.monotonic()
            if accepted_at is None or now - accepted_at >= ASK_AGAIN_SECONDS:
                was_asked = True
                services.vertex.cancel_tuning_job(
                    name, within_seconds=_left(services, deadline)
                )
                accepted_at, trouble = now, None
        except ApiError as error:
            if not _may_pass(error):
                raise
            trouble = error
        left = deadline - clock.monotonic()
        if left <= 0:
            waited = clock.monotonic() - started
            raise _ignored(name, state, waited, trouble) from trouble
        clock.sleep(min(next(pauses), left))


def _look(services: Services, name: str, deadline: float) -> LiveTuningJob | None:
    try:
        return services.vertex.get_tuning_job(
            name, within_seconds=_left(services, deadline)
        )
    except NotFoundError:
        return None


def _left(services: Services, deadline: float) -> float:
    """Return how long one call may take."""
    left = deadline - services.clock.monotonic()
    return min(READ_SECONDS, max(left, _SHORTEST_CALL_SECONDS))


def _may_pass(error: ApiError) -> bool:
    """Return whether a moment later the answer may be another.

    A refused cancel is one of them: the job may have just ended.
    """
    return error.is_retryable or isinstance(
        error, (NotFoundError, FailedPreconditionError, ConflictError)
    )


def _ignored(
    name: str, state: str, waited_seconds: float, trouble: ApiError | None
) -> CancelIgnoredError:
    reason = f" ({trouble})" if trouble else ""
    seconds = f"{round(waited_seconds, 1):g}"
    return CancelIgnoredError(
        f"{name} is still {state} after {seconds} s of cancelling{reason}. "
        "It stays recorded: run the command again, or raise the delete timeout of "
        "custom_timeouts"
    )


def _pauses() -> Iterator[float]:
    """Yield seconds between two looks: none after the first, then ever more."""
    yield 0.0
    pause = _FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
