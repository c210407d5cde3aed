"""One poller for all jobs that a program waits for.

Pure but for the callables it is given. All waiting jobs of one project and location are
read with one list call per tick; a job that the list does not show is read by itself.
Trouble with the service is survived: the job works on, whoever looks at it.
"""

import asyncio
import contextvars
import random
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol, TypeVar

from pulumi_tuning.clock import Clock
from pulumi_tuning.errors import (
    ApiError,
    CredentialsError,
    NotFoundError,
    TuningError,
    WaitTimeoutError,
)
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import TuningJobName

_T = TypeVar("_T")

FIRST_TICK_SECONDS: Final = 2.0
LONGEST_TICK_SECONDS: Final = 30.0
PATIENCE_SECONDS: Final = 900.0
"""How long an error that does not pass by itself, such as 403, is borne."""

_GROWTH: Final = 1.5
_JITTER: Final = 0.1
_PARALLEL_READS: Final = 8
_TOLD_AFTER_SECONDS: Final = (60.0, 120.0, 300.0, 600.0)
_TOLD_EVERY_SECONDS: Final = 600.0

Listing = Callable[[str, str], Awaitable[Sequence[LiveTuningJob]]]
"""Reads the jobs of a project and location that may be waited for."""

Reading = Callable[[str], Awaitable[LiveTuningJob]]
"""Reads one job by its name."""


class Progress(Protocol):
    """Where the progress of one wait is shown."""

    def __call__(self, message: str, /) -> None:
        """Show a message until the next one."""
        ...


@dataclass(eq=False, slots=True)
class _Wait:
    """One job that is waited for."""

    name: TuningJobName
    progress: Progress
    started: float
    deadline: float | None
    done: asyncio.Future[LiveTuningJob]
    state: str = ""
    refused_since: float | None = None
    told: tuple[str, float] = ("", 0.0)


@dataclass(eq=False, slots=True)
class _Group:
    """The waits for jobs of one project and location."""

    waits: list[_Wait] = field(default_factory=list)
    joined: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Poller:
    """Waits for many jobs with few calls, in one event loop."""

    def __init__(
        self, list_jobs: Listing, get_job: Reading, clock: Clock, *, seed: int = 0
    ) -> None:
        self._list_jobs = list_jobs
        self._get_job = get_job
        self._clock = clock
        self._random = random.Random(seed)  # noqa: S311 - jitter is no secret
        self._groups: dict[tuple[str, str], _Group] = {}

    async def wait(
        self, name: TuningJobName, progress: Progress, timeout_seconds: float | None
    ) -> LiveTuningJob:
        """Return the job once it is final, whatever it ended in.

        Raises:
            WaitTimeoutError: the timeout has passed; the job goes on.
            NotFoundError: the service does not know the job any more.
            TuningError: the service has refused for a quarter of an hour.
        """
        now = self._clock.monotonic()
        wait = _Wait(
            name=name,
            progress=progress,
            started=now,
            deadline=None if timeout_seconds is None else now + timeout_seconds,
            done=asyncio.get_running_loop().create_future(),
        )
        group = self._groups.setdefault((name.project, name.location), _Group())
        group.waits.append(wait)
        group.joined.set()
        if group.task is None or group.task.done():
            group.task = asyncio.create_task(self._poll(name, group))
        try:
            return await wait.done
        finally:
            if wait in group.waits:
                group.waits.remove(wait)

    def waiting_for(self) -> list[str]:
        """Return the names of the jobs that are still waited for."""
        return [str(w.name) for group in self._groups.values() for w in group.waits]

    async def _poll(self, near: TuningJobName, group: _Group) -> None:
        """Look at the group's jobs, tick by tick, until none is waited for."""
        tick = FIRST_TICK_SECONDS
        try:
            while group.waits:
                group.joined.clear()
                await self._look(near, group.waits)
                for wait in group.waits:
                    self._time_out(wait)
                group.waits = [w for w in group.waits if not w.done.done()]
                if group.waits:
                    await self._clock.sleep_async(self._spread(FIRST_TICK_SECONDS))
                    await self._pause(self._rest(tick, group), group.joined)
                is_fresh = group.joined.is_set()
                tick = min(tick * _GROWTH, LONGEST_TICK_SECONDS)
                tick = FIRST_TICK_SECONDS if is_fresh else tick
        except Exception as error:  # noqa: BLE001 - a wait must never hang on a bug
            for wait in [w for w in group.waits if not w.done.done()]:
                wait.done.set_exception(error)

    async def _pause(self, seconds: float, joined: asyncio.Event) -> None:
        """Sleep, but not on when another wait has joined."""
        if seconds <= 0:
            return
        sleeping = asyncio.ensure_future(self._clock.sleep_async(seconds))
        joining = asyncio.ensure_future(joined.wait())
        await asyncio.wait({sleeping, joining}, return_when=asyncio.FIRST_COMPLETED)
        for task in (sleeping, joining):
            task.cancel()

    def _rest(self, tick: float, group: _Group) -> float:
        """Return how long to sleep on after the shortest tick.

        No wait is left waiting beyond its own deadline.
        """
        now = self._clock.monotonic()
        deadlines = [w.deadline - now for w in group.waits if w.deadline is not None]
        return min([self._spread(tick - FIRST_TICK_SECONDS), *deadlines])

    def _spread(self, seconds: float) -> float:
        """Return a duration with jitter, so that programs do not tick together."""
        return seconds * self._random.uniform(1 - _JITTER, 1 + _JITTER)

    async def _look(self, near: TuningJobName, waits: Sequence[_Wait]) -> None:
        """Read every job that is waited for once."""
        listed: dict[str, LiveTuningJob] = {}
        waiting = list(waits)
        if len(waiting) > 1:
            try:
                jobs = await self._list_jobs(near.project, near.location)
            except TuningError as error:
                if error.is_retryable:
                    for wait in waiting:
                        self._bear(wait, error)
                    return
                jobs = []  # a refused list says nothing about a job
            listed = {job.name: job for job in jobs}
        limit = asyncio.Semaphore(_PARALLEL_READS)

        async def look_at(wait: _Wait) -> None:
            live = listed.get(str(wait.name))
            if live is None:
                try:
                    async with limit:
                        live = await self._get_job(str(wait.name))
                except TuningError as error:
                    self._bear(wait, error)
                    return
            self._see(wait, live)

        await asyncio.gather(*(look_at(wait) for wait in waiting))

    def _see(self, wait: _Wait, live: LiveTuningJob) -> None:
        """Take in what the service says about a job."""
        wait.refused_since = None
        wait.state = live.state
        if wait.done.done():
            return
        if live.is_final:
            wait.done.set_result(live)
        else:
            self._tell(wait, live.state)

    def _bear(self, wait: _Wait, error: TuningError) -> None:
        """Go on in spite of an error, unless it says that waiting is pointless."""
        if wait.done.done():
            return
        now = self._clock.monotonic()
        if error.is_retryable:
            wait.refused_since = None
        elif wait.refused_since is None:
            wait.refused_since = now
        refused_at = now if wait.refused_since is None else wait.refused_since
        is_worn_out = now - refused_at > PATIENCE_SECONDS
        if is_worn_out or not _may_be_mended(error):
            wait.done.set_exception(error)
        else:
            self._tell(wait, f"{wait.state or 'waiting'}, not readable now: {error}")

    def _time_out(self, wait: _Wait) -> None:
        """End a wait whose time is over; its job goes on."""
        now = self._clock.monotonic()
        if wait.done.done() or wait.deadline is None or now < wait.deadline:
            return
        waited = now - wait.started
        state = wait.state or "in an unknown state"
        wait.done.set_exception(
            WaitTimeoutError(
                f"{wait.name} is still {state} after {elapsed_text(waited)}; it goes "
                "on and stays recorded: run `pulumi up` again to wait on, or raise "
                "the timeout",
                job=str(wait.name),
                state=state,
                waited_seconds=waited,
            )
        )

    def _tell(self, wait: _Wait, message: str) -> None:
        """Show a change at once, and that nothing changed ever more rarely."""
        elapsed = self._clock.monotonic() - wait.started
        told, at = wait.told
        later = (at // _TOLD_EVERY_SECONDS + 1) * _TOLD_EVERY_SECONDS
        due = next((s for s in _TOLD_AFTER_SECONDS if s > at), later)
        if message != told or elapsed >= due:
            wait.told = (message, elapsed)
            wait.progress(f"{message} ({elapsed_text(elapsed)})")


def _may_be_mended(error: TuningError) -> bool:
    """Return whether somebody may mend the error while the program waits."""
    return isinstance(error, (ApiError, CredentialsError)) and not isinstance(
        error, NotFoundError
    )


def elapsed_text(seconds: float) -> str:
    """Return a duration as a reader wants it: `42s`, `5m00s`, `3h10m`."""
    minutes, rest = divmod(int(seconds), 60)
    if minutes == 0:
        return f"{rest}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours else f"{minutes}m{rest:02}s"


async def in_thread(call: Callable[[], _T]) -> _T:
    """Return a call's result without holding up the loop or the program's end.

    The thread is a daemon: one of the loop's executor would hold up the end. It has
    the caller's context, where a program that runs inside another finds its settings.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[_T] = loop.create_future()

    def settle(result: _T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type] # None only with an error

    def run() -> None:
        result: _T | None = None
        error: BaseException | None = None
        try:
            result = call()
        except Exception as raised:  # noqa: BLE001 - it is raised where it is awaited
            error = raised
        with suppress(RuntimeError):  # the program has ended meanwhile
            loop.call_soon_threadsafe(settle, result, error)

    context = contextvars.copy_context()
    threading.Thread(target=context.run, args=(run,), daemon=True).start()
    return await done
