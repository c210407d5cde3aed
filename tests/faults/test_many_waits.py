"""Two hundred jobs are waited for with the calls that one takes, and few more."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

import pytest

from pulumi_tuning.emulator import Emulator, Fault, Pacing
from pulumi_tuning.lifecycle.identity import STACK_LABEL, stack_label
from pulumi_tuning.program import _Waits
from pulumi_tuning.resource_names import TuningJobName
from pulumi_tuning.waiting import LONGEST_TICK_SECONDS, Poller
from tests.engine.safety import DATASET, put_dataset
from tests.support.fake_clock import FakeClock

JOBS = 200
PAGES = 2
IDENTITY = str(uuid4())
LONGEST_PAUSE_SECONDS = LONGEST_TICK_SECONDS * 1.1
ATTEMPTS = 3
"""How often one call is tried before it is an error."""
LIST = "/tuningJobs$"
GET = "/tuningJobs/[0-9]+$"


class ServiceClock(FakeClock):
    """A clock that the service follows."""

    def __init__(self, emulator: Emulator) -> None:
        super().__init__()
        self._emulator = emulator
        self._outage_ends_at = float("inf")

    def outage(self, seconds: float) -> None:
        """Let the service fail from now on, for some time."""
        self._emulator.add_fault(Fault(path="tuningJobs", times=None, status=503))
        self._outage_ends_at = self.monotonic() + seconds

    def advance(self, seconds: float) -> None:
        """Let time pass, here and at the service."""
        super().advance(seconds)
        self._emulator.advance(seconds)
        if self.monotonic() >= self._outage_ends_at:
            self._emulator.clear_faults()


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which jobs run for a while, each as long as it likes."""
    return Pacing(pending_seconds=60, running_seconds=150, spread=0.8)


@pytest.fixture
def waits(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> tuple[_Waits, ServiceClock]:
    """Give the waits of a program, and the clock by which they tick."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    put_dataset(emulator)
    emulator.freeze()
    clock = ServiceClock(emulator)
    waits = _Waits()
    waits.poller = Poller(waits._list, waits._get, clock)
    waits.belongs_to(IDENTITY)
    return waits, clock


def add_jobs(emulator: Emulator, count: int, **wire: object) -> list[str]:
    """Add jobs of the stack, and return their names."""
    job = {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
        "labels": {STACK_LABEL: stack_label(IDENTITY)},
    }
    return [emulator.add_job(job | wire)["name"] for _ in range(count)]


async def wait_for(
    waits: _Waits, clock: ServiceClock, names: list[str]
) -> dict[str, timedelta]:
    """Wait for jobs, and return how much later than the start each end was noticed."""
    started = clock.now()
    noticed: dict[str, timedelta] = {}

    async def wait(name: str) -> None:
        parsed = TuningJobName.parse(name)
        assert parsed is not None
        live = await waits.poller.wait(parsed, lambda _: None, None)
        assert live.is_final
        noticed[name] = clock.now() - started

    await asyncio.gather(*(wait(name) for name in names))
    return noticed


def calls_per_tick(emulator: Emulator, path: str) -> list[int]:
    """Return how often each tick has called; the service's time stands still in it."""
    calls = emulator.journal("GET", path)
    return list(Counter(call.time for call in calls).values())


def test_calls(waits: tuple[_Waits, ServiceClock], emulator: Emulator) -> None:
    """Each tick lists as many pages as the jobs take, and reads no job by itself.

    Only the last job that is waited for is read alone, which is one call as well.
    """
    names = add_jobs(emulator, JOBS)

    noticed = asyncio.run(wait_for(*waits, names))

    assert len(noticed) == JOBS
    assert max(calls_per_tick(emulator, LIST)) == PAGES
    assert set(calls_per_tick(emulator, GET)) <= {1}
    assert len({call.path for call in emulator.journal("GET", GET)}) <= 1


def test_ends(waits: tuple[_Waits, ServiceClock], emulator: Emulator) -> None:
    """The end of each job is noticed within one tick."""
    names = add_jobs(emulator, JOBS)

    noticed = asyncio.run(wait_for(*waits, names))

    jobs = [emulator.job(name) for name in names]
    late = [
        noticed[job["name"]] - (moment(job["endTime"]) - moment(job["createTime"]))
        for job in jobs
    ]
    assert len({job["endTime"] for job in jobs}) == JOBS
    assert min(late) >= timedelta(0)
    assert max(late) <= timedelta(seconds=LONGEST_PAUSE_SECONDS)


def test_old_jobs(waits: tuple[_Waits, ServiceClock], emulator: Emulator) -> None:
    """Jobs that the stack ran before, which no one can delete, are not read again."""
    add_jobs(emulator, 3 * JOBS, state="JOB_STATE_SUCCEEDED")
    emulator.advance(60)
    names = add_jobs(emulator, 5)

    asyncio.run(wait_for(*waits, names))

    assert set(calls_per_tick(emulator, LIST)) == {1}


def test_job_without_label(
    waits: tuple[_Waits, ServiceClock], emulator: Emulator
) -> None:
    """A job that no list shows, as an adopted one, makes no list longer but the first.

    It is read by itself.
    """
    add_jobs(emulator, JOBS, state="JOB_STATE_SUCCEEDED")
    emulator.advance(60)
    names = add_jobs(emulator, 5) + add_jobs(emulator, 1, labels={})

    asyncio.run(wait_for(*waits, names))

    first, *others = calls_per_tick(emulator, LIST)
    assert first == PAGES + 1
    assert set(others) == {1}
    assert max(calls_per_tick(emulator, GET)) == 1


def test_other_locations(
    waits: tuple[_Waits, ServiceClock], emulator: Emulator
) -> None:
    """Jobs of two locations are listed there, and none is read by itself."""
    names = add_jobs(emulator, 2)
    for number, name in enumerate(add_jobs(emulator, 2)):
        other = name.replace("us-central1", "europe-west4").replace(name[-4:], "0000")
        names.append(f"{other}{number}")
        add_jobs(emulator, 1, name=names[-1])

    asyncio.run(wait_for(*waits, names))

    listed = {call.path.split("/")[5] for call in emulator.journal("GET", LIST)}
    alone = {call.path for call in emulator.journal("GET", GET)}
    assert listed == {"us-central1", "europe-west4"}
    assert len(alone) <= 2


def test_outage(waits: tuple[_Waits, ServiceClock], emulator: Emulator) -> None:
    """An outage ends no wait, and is asked about as rarely as a job."""
    names = add_jobs(emulator, JOBS)
    waits[1].outage(seconds=60)

    noticed = asyncio.run(wait_for(*waits, names))

    assert len(noticed) == JOBS
    assert max(calls_per_tick(emulator, LIST)) <= ATTEMPTS


def moment(text: str) -> datetime:
    """Return a time as the service writes it."""
    return datetime.fromisoformat(text)
