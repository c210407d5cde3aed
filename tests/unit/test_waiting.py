"""Waiting: many jobs with few calls, through trouble, and never in real time."""

import asyncio
import itertools
import threading
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from pulumi_tuning.errors import (
    ApiConnectionError,
    CredentialsError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    SettingsError,
    TuningError,
    WaitTimeoutError,
)
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import TuningJobName
from pulumi_tuning.waiting import (
    LONGEST_TICK_SECONDS,
    PATIENCE_SECONDS,
    Poller,
    Reading,
    elapsed_text,
    in_thread,
)
from tests.support.factories import LOCATION, NUMBER, job_name, live
from tests.support.fake_clock import FakeClock

Trouble = Callable[[float], TuningError | None]


def name(number: int, location: str = LOCATION) -> TuningJobName:
    """Return the name of a job in its parts."""
    return TuningJobName(NUMBER, location, str(number))


def error(kind: type[TuningError], code: int = 0) -> TuningError:
    """Return an error of a class."""
    if issubclass(kind, (PermissionDeniedError, NotFoundError, ServerError)):
        return kind(method="GET", url="u", code=code, status="S", detail="d")
    if issubclass(kind, ApiConnectionError):
        return kind("no connection", method="GET", url="u")
    return kind("p", "m") if issubclass(kind, SettingsError) else kind("m")


class Service:
    """Jobs that run for a while, and what it was asked when."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.start = clock.monotonic()
        self.ends: dict[str, tuple[float, str]] = {}
        self.unlisted: set[str] = set()
        self.list_trouble: Trouble = lambda _: None
        self.get_trouble: Trouble = lambda _: None
        self.reader: Reading = self.get_job
        self.lists: list[float] = []
        self.gets: list[tuple[float, str]] = []

    @property
    def elapsed(self) -> float:
        """Seconds since the test began."""
        return self.clock.monotonic() - self.start

    def add(
        self,
        number: int,
        seconds: float = 60.0,
        state: str = "JOB_STATE_SUCCEEDED",
        location: str = LOCATION,
    ) -> TuningJobName:
        """Add a job that ends after some seconds; return its name."""
        self.ends[str(name(number, location))] = (seconds, state)
        return name(number, location)

    def job(self, text: str) -> LiveTuningJob:
        """Return a job as it is now."""
        seconds, state = self.ends[text]
        now = state if self.elapsed >= seconds else "JOB_STATE_RUNNING"
        return live(name=text, state=now)

    async def list_jobs(self, project: str, location: str) -> list[LiveTuningJob]:
        """Answer a list call."""
        self.lists.append(self.elapsed)
        trouble = self.list_trouble(self.elapsed)
        if trouble is not None:
            raise trouble
        prefix = f"projects/{project}/locations/{location}/"
        return [
            self.job(text)
            for text in self.ends
            if text.startswith(prefix) and text not in self.unlisted
        ]

    async def get_job(self, text: str) -> LiveTuningJob:
        """Answer a get call."""
        self.gets.append((self.elapsed, text))
        trouble = self.get_trouble(self.elapsed)
        if trouble is not None:
            raise trouble
        if text not in self.ends:
            raise error(NotFoundError, 404)
        return self.job(text)


@pytest.fixture
def service(fake_clock: FakeClock) -> Service:
    """Give a service with jobs."""
    return Service(fake_clock)


def poller(service: Service) -> Poller:
    """Return a poller in front of a service."""

    async def read(text: str) -> LiveTuningJob:
        return await service.reader(text)

    return Poller(service.list_jobs, read, service.clock)


async def turns_until(condition: Callable[[], bool]) -> None:
    """Let the loop turn, in which the fake clock moves, until something is so."""
    while not condition():  # noqa: ASYNC110 - nothing else says when it is so
        await asyncio.sleep(0)


def run(main: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 - whatever it returns
    """Run a test's program."""
    return asyncio.run(main)


def wait_for(
    service: Service,
    *names: TuningJobName,
    timeout_seconds: float | None = None,
    told: list[str] | None = None,
) -> list[LiveTuningJob | BaseException]:
    """Return what waits for these jobs end with."""

    async def main() -> list[LiveTuningJob | BaseException]:
        waiting = poller(service)
        messages = [] if told is None else told
        return await asyncio.gather(
            *(waiting.wait(n, messages.append, timeout_seconds) for n in names),
            return_exceptions=True,
        )

    found: list[LiveTuningJob | BaseException] = run(main())
    return found


def states(found: list[LiveTuningJob | BaseException]) -> list[str]:
    """Return the states that waits ended with."""
    return [job.state for job in found if isinstance(job, LiveTuningJob)]


@pytest.mark.parametrize(
    "state", ["SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"]
)
def test_any_end(service: Service, state: str) -> None:
    """A wait ends when the job is final, whatever it ended in."""
    found = wait_for(service, service.add(1, state=f"JOB_STATE_{state}"))

    assert states(found) == [f"JOB_STATE_{state}"]


@pytest.mark.parametrize("state", ["PAUSED", "CANCELLING", "REVIEWED", "UNSPECIFIED"])
def test_no_end(service: Service, state: str) -> None:
    """A state that is not final, or not known, is waited on."""
    one = service.add(1, seconds=10, state=f"JOB_STATE_{state}")

    (found,) = wait_for(service, one, timeout_seconds=600)

    assert isinstance(found, WaitTimeoutError)
    assert found.state == f"JOB_STATE_{state}"


def test_final_job(service: Service) -> None:
    """A job that is final already is read once, without a pause."""
    wait_for(service, service.add(1, seconds=0))

    assert (len(service.gets), service.lists) == (1, [])
    assert service.clock.sleeps == []


def test_six_hours(service: Service) -> None:
    """A job of six hours is waited for in no time, with two calls a minute."""
    found = wait_for(service, service.add(1, seconds=6 * 3600))

    assert states(found) == ["JOB_STATE_SUCCEEDED"]
    assert 700 < len(service.gets) < 850
    assert 0 <= service.elapsed - 6 * 3600 <= 1.1 * LONGEST_TICK_SECONDS


def test_ticks_grow(service: Service) -> None:
    """Pauses grow from two to thirty seconds, with a jitter of a tenth."""
    wait_for(service, service.add(1, seconds=600))

    times = [at for at, _ in service.gets]
    pauses = [after - before for before, after in itertools.pairwise(times)]
    expected = [2.0, 3.0, 4.5, 6.75, 10.1, 15.2, 22.8, *[30.0] * len(pauses)]
    for pause, middle in zip(pauses, expected, strict=False):
        assert pause == pytest.approx(middle, rel=0.11)
    assert len({round(pause, 3) for pause in pauses[-5:]}) > 1


def test_one_list_per_tick(service: Service) -> None:
    """Two hundred jobs cost one list call per tick and no other."""
    names = [service.add(n, seconds=30 + n) for n in range(1, 201)]

    found = wait_for(service, *names)

    assert len(states(found)) == 200
    assert len(service.lists) < 25
    assert len(service.gets) <= 4


def test_end_is_noticed_within_a_tick(service: Service) -> None:
    """Each job's end is noticed in the tick after it."""
    names = [service.add(n, seconds=100.0 * n) for n in range(1, 6)]
    noticed: dict[str, float] = {}

    async def main() -> None:
        waiting = poller(service)

        async def one(job: TuningJobName) -> None:
            await waiting.wait(job, lambda _: None, None)
            noticed[str(job)] = service.elapsed

        await asyncio.gather(*(one(job) for job in names))

    run(main())

    for number, job in enumerate(names, start=1):
        assert 0 <= noticed[str(job)] - 100.0 * number <= 1.1 * LONGEST_TICK_SECONDS


def test_jobs_that_are_not_listed(service: Service) -> None:
    """A job that the list does not show is read by itself."""
    one, two = service.add(1), service.add(2)
    service.unlisted = {str(two)}

    assert len(states(wait_for(service, one, two))) == 2
    assert {text for _, text in service.gets} == {str(two)}


def test_many_unlisted_jobs(service: Service) -> None:
    """At most eight jobs are read at a time."""
    names = [service.add(n, seconds=0) for n in range(1, 41)]
    service.unlisted = set(map(str, names))
    running, most = 0, 0
    read = service.reader

    async def counted(text: str) -> LiveTuningJob:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0)
        running -= 1
        return await read(text)

    service.reader = counted

    assert len(states(wait_for(service, *names))) == 40
    assert most == 8


def test_places_apart(service: Service) -> None:
    """Jobs of two locations are listed apart."""
    names = [service.add(n, location=loc) for n in (1, 2) for loc in ("us", "eu")]

    assert len(states(wait_for(service, *names))) == 4
    assert service.gets == []


def test_newcomer(service: Service) -> None:
    """A wait that joins late is served soon, in short ticks again."""
    one, two = service.add(1, seconds=1000), service.add(2, seconds=500)
    joined_at = 0.0

    async def main() -> None:
        nonlocal joined_at
        waiting = poller(service)
        first = asyncio.create_task(waiting.wait(one, lambda _: None, None))
        await turns_until(lambda: service.elapsed >= 400)
        joined_at = service.elapsed
        assert waiting.waiting_for() == [str(one)]
        second = asyncio.create_task(waiting.wait(two, lambda _: None, None))
        await asyncio.sleep(0)
        assert waiting.waiting_for() == [str(one), str(two)]
        await asyncio.gather(first, second)
        assert waiting.waiting_for() == []

    run(main())

    after = [at for at in service.lists if at >= joined_at]
    assert after[0] - joined_at <= 1.1 * LONGEST_TICK_SECONDS
    assert after[1] - after[0] <= 2.2


def test_wait_after_the_last_one(service: Service) -> None:
    """When nobody waits any more polling stops, and starts again with the next wait."""
    one, two = service.add(1), service.add(2, seconds=500)

    async def main() -> None:
        waiting = poller(service)
        await waiting.wait(one, lambda _: None, None)
        await asyncio.sleep(0)
        calls = len(service.gets)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(service.gets) == calls
        assert (await waiting.wait(two, lambda _: None, None)).is_final

    run(main())


def outage(kind: type[TuningError], start: float, seconds: float) -> Trouble:
    """Return trouble that begins and passes."""
    return lambda at: error(kind, 503) if start <= at < start + seconds else None


PASSING: list[type[TuningError]] = [ServerError, ApiConnectionError]


@pytest.mark.parametrize("kind", PASSING)
@pytest.mark.parametrize("jobs", [1, 3])
def test_outage(service: Service, kind: type[TuningError], jobs: int) -> None:
    """An outage of an hour is survived, and told."""
    service.list_trouble = service.get_trouble = outage(kind, 20, 3600)
    names = [service.add(n, seconds=120) for n in range(1, jobs + 1)]
    told: list[str] = []

    assert len(states(wait_for(service, *names, told=told))) == jobs
    assert 3620 <= service.elapsed <= 3660
    assert any("JOB_STATE_RUNNING, not readable now" in message for message in told)


def test_outage_from_the_start(service: Service) -> None:
    """Trouble before the first answer says that nothing is known yet."""
    service.get_trouble = outage(ServerError, 0, 10)
    told: list[str] = []

    wait_for(service, service.add(1), told=told)

    assert told[0].startswith("waiting, not readable now: ")


REFUSING: list[type[TuningError]] = [PermissionDeniedError, CredentialsError]


@pytest.mark.parametrize("kind", REFUSING)
def test_refusal_of_minutes(service: Service, kind: type[TuningError]) -> None:
    """A refusal that somebody mends within a quarter of an hour is survived."""
    service.get_trouble = outage(kind, 20, PATIENCE_SECONDS - 40)

    assert states(wait_for(service, service.add(1))) == ["JOB_STATE_SUCCEEDED"]


@pytest.mark.parametrize("kind", REFUSING)
def test_refusal_that_lasts(service: Service, kind: type[TuningError]) -> None:
    """A refusal that lasts longer ends the wait with its error."""
    service.get_trouble = outage(kind, 20, 10**6)

    (found,) = wait_for(service, service.add(1))

    assert isinstance(found, kind)
    assert PATIENCE_SECONDS <= service.elapsed - 20 <= PATIENCE_SECONDS + 100


def test_refusal_after_an_outage(service: Service) -> None:
    """Patience with a refusal is not used up by the outage before it."""
    long, short = outage(ServerError, 0, 3600), outage(PermissionDeniedError, 3600, 600)
    service.get_trouble = lambda at: long(at) or short(at)

    found = wait_for(service, service.add(1))

    assert states(found) == ["JOB_STATE_SUCCEEDED"]
    assert service.elapsed >= 4200


def test_refusals_with_a_look_between(service: Service) -> None:
    """Patience with a refusal begins anew after each look that worked."""
    service.get_trouble = lambda at: (
        error(PermissionDeniedError, 403) if at % 1000 > 400 else None
    )

    found = wait_for(service, service.add(1, seconds=5000))

    assert states(found) == ["JOB_STATE_SUCCEEDED"]


@pytest.mark.parametrize("kind", [PermissionDeniedError, NotFoundError])
def test_list_that_is_refused(service: Service, kind: type[TuningError]) -> None:
    """Where the list is refused each job is read by itself."""
    service.list_trouble = outage(kind, 0, 10**6)
    names = [service.add(n, seconds=2000) for n in (1, 2)]

    assert len(states(wait_for(service, *names))) == 2


def test_job_that_is_gone(service: Service) -> None:
    """A job that the service does not know any more ends its wait, and no other."""
    one = service.add(1)

    gone, there = wait_for(service, name(2), one)

    assert isinstance(gone, NotFoundError)
    assert isinstance(there, LiveTuningJob)


def test_setting_that_is_malformed(service: Service) -> None:
    """An error that no waiting mends is raised at once."""
    service.get_trouble = outage(SettingsError, 0, 10**6)

    (found,) = wait_for(service, service.add(1))

    assert isinstance(found, SettingsError)
    assert service.clock.sleeps == []


@pytest.mark.parametrize("seconds", [0.0, 1.0, 5.0, 61.0, 3600.0])
def test_timeout(service: Service, seconds: float) -> None:
    """A timeout ends the wait soon after its time; the job goes on."""
    (found,) = wait_for(service, service.add(1, seconds=10**6), timeout_seconds=seconds)

    assert isinstance(found, WaitTimeoutError)
    assert seconds <= found.waited_seconds <= seconds + 2.5
    assert str(found) == (
        f"{job_name(1)} is still JOB_STATE_RUNNING after "
        f"{elapsed_text(found.waited_seconds)}; it goes on and stays recorded: run "
        "`pulumi up` again to wait on, or raise the timeout"
    )


def test_timeout_in_an_outage(service: Service) -> None:
    """A timeout holds when nothing was ever read."""
    service.get_trouble = outage(ServerError, 0, 10**6)

    (found,) = wait_for(service, service.add(1), timeout_seconds=60)

    assert isinstance(found, WaitTimeoutError)
    assert "is still in an unknown state after" in str(found)


def test_timeout_of_one(service: Service) -> None:
    """One wait's timeout ends no other wait."""

    async def main() -> list[LiveTuningJob | BaseException]:
        waiting = poller(service)
        both = await asyncio.gather(
            waiting.wait(service.add(1, seconds=500), lambda _: None, 60),
            waiting.wait(service.add(2, seconds=500), lambda _: None, None),
            return_exceptions=True,
        )
        return list(both)

    timed_out, ended = run(main())

    assert isinstance(timed_out, WaitTimeoutError)
    assert isinstance(ended, LiveTuningJob)


def test_cancelled_wait(service: Service) -> None:
    """A wait that is cancelled leaves the others waiting, and is waited for no more."""
    one, two = service.add(1, seconds=500), service.add(2, seconds=500)

    async def main() -> LiveTuningJob:
        waiting = poller(service)
        first = asyncio.create_task(waiting.wait(one, lambda _: None, None))
        second = asyncio.create_task(waiting.wait(two, lambda _: None, None))
        await turns_until(lambda: service.elapsed >= 100)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert waiting.waiting_for() == [str(two)]
        return await second

    assert run(main()).is_final


@pytest.mark.parametrize("has_trouble", [False, True], ids=["answer", "trouble"])
def test_cancelled_wait_during_a_look(service: Service, *, has_trouble: bool) -> None:
    """A wait that is cancelled while its job is read is not settled afterwards."""
    one = service.add(1, seconds=0)

    async def main() -> None:
        waiting = poller(service)
        task = asyncio.create_task(waiting.wait(one, lambda _: None, None))

        async def cancel_first(text: str) -> LiveTuningJob:
            task.cancel()
            await asyncio.sleep(0)
            if has_trouble:
                raise error(ServerError, 503)
            return service.job(text)

        service.reader = cancel_first
        with pytest.raises(asyncio.CancelledError):
            await task
        for _ in range(5):
            await asyncio.sleep(0)

    run(main())


@pytest.mark.parametrize("bug", [RuntimeError("bug"), ValueError("bug")])
def test_bug_in_a_reader(service: Service, bug: Exception) -> None:
    """A bug in a reader ends all waits with it: none hangs."""

    async def fail(_: str) -> LiveTuningJob:
        raise bug

    service.reader = fail
    names = [service.add(n) for n in (1, 2)]
    service.unlisted = {str(names[0])}

    found = wait_for(service, *names)

    assert found == [bug, bug]


def test_bug_after_an_end(service: Service) -> None:
    """A bug does not touch a wait that has ended in the same look."""
    one, two = service.add(1, seconds=0), service.add(2)
    service.unlisted = {str(two)}

    async def fail(_: str) -> LiveTuningJob:
        await asyncio.sleep(0)
        raise RuntimeError

    service.reader = fail

    ended, failed = wait_for(service, one, two)

    assert isinstance(ended, LiveTuningJob)
    assert isinstance(failed, RuntimeError)


def test_progress(service: Service) -> None:
    """A change is told at once; that nothing changed after 1, 2, 5, 10, 20, … min."""
    told: list[str] = []

    wait_for(service, service.add(1, seconds=3700), told=told)

    assert told[0] == "JOB_STATE_RUNNING (0s)"
    minutes = [int(m.rpartition("(")[2].partition("m")[0]) for m in told[1:-1]]
    assert minutes == [1, 2, 5, 10, 20, 30, 40, 50]
    assert told[-1] == "JOB_STATE_RUNNING (1h00m)"


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "0s"),
        (42.9, "42s"),
        (60, "1m00s"),
        (300, "5m00s"),
        (3599, "59m59s"),
        (11400, "3h10m"),
        (360000, "100h00m"),
    ],
)
def test_elapsed_text(seconds: float, expected: str) -> None:
    """A duration is written as a reader wants it."""
    assert elapsed_text(seconds) == expected


def test_call_in_a_thread() -> None:
    """A call runs beside the loop, in a thread that holds up no end."""

    async def main() -> tuple[bool, bool]:
        return await in_thread(
            lambda: (
                threading.current_thread().daemon,
                threading.current_thread() is threading.main_thread(),
            )
        )

    assert run(main()) == (True, False)


def test_call_that_fails_in_a_thread() -> None:
    """An error of a call is raised where it is awaited."""

    def fail() -> None:
        raise error(CredentialsError)

    with pytest.raises(CredentialsError):
        run(in_thread(fail))


def test_call_that_nobody_awaits_any_more() -> None:
    """A call whose awaiter was cancelled settles nothing."""
    may_end, has_ended = threading.Event(), threading.Event()

    def call() -> None:
        may_end.wait()

    async def main() -> None:
        task = asyncio.create_task(in_thread(call))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        may_end.set()
        await turns_until(lambda: threading.active_count() == before)
        has_ended.set()

    before = threading.active_count()
    run(main())

    assert has_ended.is_set()


def test_call_that_outlives_the_program() -> None:
    """A call that ends after the program does no harm."""
    may_end = threading.Event()
    threads: list[threading.Thread] = []

    def call() -> None:
        threads.append(threading.current_thread())
        may_end.wait()

    async def main() -> None:
        task = asyncio.create_task(in_thread(call))
        await turns_until(lambda: bool(threads))
        task.cancel()

    run(main())
    may_end.set()
    threads[0].join()

    assert not threads[0].is_alive()
