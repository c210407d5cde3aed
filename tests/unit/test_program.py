"""The program's side of waits: what resolves, what fails, and in which words."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pulumi
import pytest
import stamina
from pulumi.runtime.proto import resource_pb2

import pulumi_tuning as tuning
from pulumi_tuning import program
from pulumi_tuning.gcp.http import GoogleHttp, new_client
from pulumi_tuning.lifecycle.identity import STACK_LABEL, stack_label
from pulumi_tuning.outputs import TunedModel
from pulumi_tuning.program import Connection, default_project, settings, wait_for_job
from pulumi_tuning.settings import Settings
from tests.support.factories import (
    LOCATION,
    NUMBER,
    PROJECT,
    TRAIN,
    echo,
    inputs,
    job_name,
)
from tests.support.fake_clock import FakeClock
from tests.support.programs import CONFIG, Engine, run_program
from tests.support.vertex_service import VertexService, refusal

TUNED = {"model": f"projects/{NUMBER}/locations/us/models/5@1", "endpoint": "e"}
CONSOLE = (
    "https://console.cloud.google.com/vertex-ai/generative/language/locations/"
    f"{LOCATION}/tuning/tuningJob/1?project={NUMBER}"
)


@pytest.fixture
def service(
    fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[VertexService]:
    """Give a service in memory that programs reach."""
    service = VertexService(fake_clock)

    def open_http(wanted: Settings) -> GoogleHttp:
        return GoogleHttp(wanted, client=new_client(service), clock=fake_clock)

    monkeypatch.setattr(program, "_connection", Connection(open_http))
    with stamina.set_testing(True, attempts=5, cap=True):
        yield service


def declare(name: str = "bot", **options: Any) -> tuning.TuningJob:  # noqa: ANN401 - any input
    """Declare a small job."""
    return tuning.TuningJob(
        name,
        base_model="gemini-2.5-flash",
        supervised_tuning_spec={"training_dataset_uri": TRAIN},
        **options,
    )


def add_job(service: VertexService, number: int = 1, **fields: Any) -> None:  # noqa: ANN401 - any JSON
    """Add a job as the service describes it."""
    service.add_job(number, **echo(inputs().to_request()), **fields)


def waiting(
    timeout: str | None = None,
) -> Callable[[], Awaitable[TunedModel | None]]:
    """Return a program that waits for one job."""

    async def main() -> TunedModel | None:
        return await declare().wait_for_completion(timeout).future()

    return main


@pytest.mark.parametrize("state", ["SUCCEEDED", "PARTIALLY_SUCCEEDED"])
def test_success(service: VertexService, state: str) -> None:
    """A job that succeeds resolves to its tuned model."""
    add_job(service, state=f"JOB_STATE_{state}", tunedModel=TUNED)

    tuned = run_program(waiting())

    assert tuned == TUNED
    assert service.calls() == [f"GET /v1/{job_name()}"]


def test_success_without_a_model(service: VertexService) -> None:
    """A job that succeeded and names no model resolves to an empty one."""
    add_job(service, state="JOB_STATE_SUCCEEDED", tunedModel="none")

    assert run_program(waiting()) == {}


def test_progress(service: VertexService, caplog: pytest.LogCaptureFixture) -> None:
    """What the job does is shown while the program waits."""
    caplog.set_level("INFO")
    add_job(service)
    final = {**service.jobs[job_name()], "state": "JOB_STATE_SUCCEEDED"}

    def succeed(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=final)

    running = httpx.Response(200, json=service.jobs[job_name()])
    service.script("GET", "/tuningJobs/1", running, running, succeed)

    run_program(waiting())

    assert "JOB_STATE_RUNNING (0s)" in caplog.messages


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "EXPIRED"])
def test_failure(
    service: VertexService, caplog: pytest.LogCaptureFixture, state: str
) -> None:
    """A job that fails ends the program, with its error and link on its row."""
    add_job(
        service, state=f"JOB_STATE_{state}", error={"code": 13, "message": "no quota"}
    )

    with pytest.raises(pulumi.RunError) as caught:
        run_program(waiting())

    assert str(caught.value) == f"{job_name()} ended in JOB_STATE_{state}"
    assert caplog.messages == [
        f"{job_name()} ended in JOB_STATE_{state}: no quota · {CONSOLE}"
    ]


def test_failure_without_an_error(
    service: VertexService, caplog: pytest.LogCaptureFixture
) -> None:
    """A job that says nothing of its failure is told by its state."""
    add_job(service, state="JOB_STATE_EXPIRED")

    with pytest.raises(pulumi.RunError):
        run_program(waiting())

    assert caplog.messages == [f"{job_name()} ended in JOB_STATE_EXPIRED · {CONSOLE}"]


def test_timeout(service: VertexService, caplog: pytest.LogCaptureFixture) -> None:
    """A timeout ends the program and says that the job goes on."""
    add_job(service)

    with pytest.raises(pulumi.RunError) as caught:
        run_program(waiting("1h"))

    assert str(caught.value) == f"{job_name()} goes on"
    assert "is still JOB_STATE_RUNNING after 1h00m; it goes on" in caplog.text
    assert CONSOLE in caplog.text


def test_job_that_is_gone(
    service: VertexService, caplog: pytest.LogCaptureFixture
) -> None:
    """A job that is gone ends the program in one line."""
    with pytest.raises(pulumi.RunError) as caught:
        run_program(waiting())

    assert str(caught.value) == f"{job_name()} is not readable"
    assert "404 NOT_FOUND" in caplog.text
    assert service.creates == []


@pytest.mark.parametrize("timeout", ["soon", "90 minutes", 3600])
def test_malformed_timeout(service: VertexService, timeout: Any) -> None:  # noqa: ANN401 - what programs write
    """A timeout that is no duration is refused where it is written."""
    with pytest.raises(ValueError, match=f"'{timeout}' is no duration: write 6h"):
        run_program(waiting(timeout))

    assert service.requests == []


def test_name_of_no_job(service: VertexService) -> None:
    """Waiting for what is no tuning job ends the program."""
    with pytest.raises(pulumi.RunError, match="x is no tuning job"):
        run_program(waiting(), Engine(name="x"))

    assert service.requests == []


class MockedEngine(Engine):
    """What the SDK makes of the mocks of a user's unit test."""

    def __init__(self, tuned: dict[str, str] | None) -> None:
        super().__init__(name="bot_id")
        self.mocks: Any = "of a unit test"
        self.tuned = tuned

    def RegisterResource(  # noqa: N802 - its name in the protocol
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        """Register a resource; each has the tuned model that the test wants."""
        if self.tuned is not None:
            request.object["tunedModel"] = self.tuned
        return super().RegisterResource(request)


@pytest.mark.parametrize("tuned", [TUNED, None], ids=["a model", "none"])
def test_unit_test_of_a_program(
    service: VertexService, tuned: dict[str, str] | None
) -> None:
    """Under the SDK's mocks a wait gives what they say, without service or settings."""
    found = run_program(waiting("6h"), MockedEngine(tuned), config={})

    assert found == (tuned or {})
    assert service.requests == []


def test_outside_of_a_program(service: VertexService) -> None:
    """Waiting outside of a program is refused, with the reason."""
    job: Any = None

    with pytest.raises(RuntimeError, match="possible in a Pulumi program only"):
        wait_for_job(job, job_name(), None, None)

    assert service.requests == []


@pytest.mark.parametrize(
    ("state", "expected", "told"),
    [
        pytest.param("JOB_STATE_SUCCEEDED", TUNED, "", id="succeeded"),
        pytest.param("JOB_STATE_RUNNING", None, "", id="running"),
        pytest.param("JOB_STATE_FAILED", None, "waiting for it will fail", id="failed"),
    ],
)
def test_preview(
    service: VertexService,
    caplog: pytest.LogCaptureFixture,
    state: str,
    expected: object,
    told: str,
) -> None:
    """A preview looks once: the model of a finished job is known, others are not."""
    add_job(service, state=state, tunedModel=TUNED)

    tuned = run_program(waiting(), preview=True)

    assert tuned == expected
    assert len(service.requests) == 1
    assert told in caplog.text
    assert bool(told) is bool(caplog.messages)


def test_preview_of_an_unreadable_job(
    service: VertexService, caplog: pytest.LogCaptureFixture
) -> None:
    """A preview that cannot look says so and goes on."""
    service.script("GET", "/tuningJobs", refusal(403), endless=True)

    tuned = run_program(waiting(), preview=True)

    assert tuned is None
    assert caplog.messages[0].startswith("not known whether the job has ended: get ")


def all_of(*numbers: int) -> Callable[[], Awaitable[list[TunedModel]]]:
    """Return a program that waits for several jobs."""

    async def main() -> list[TunedModel]:
        job = declare()
        waits = [
            wait_for_job(job, job_name(number), job._identity, None)
            for number in numbers
        ]
        found = await pulumi.Output.all(*waits).future()
        assert found is not None
        return list(found)

    return main


def label_jobs(service: VertexService, engine: Engine) -> None:
    """Label all jobs as those of the stack, as soon as its identity is known."""

    def label(request: httpx.Request) -> httpx.Response:
        labels = {STACK_LABEL: stack_label(engine.identity)}
        for name, job in service.jobs.items():
            job["labels"] = {} if name == job_name(3) else labels
        return service.answer(request)

    service.script("GET", "/tuningJobs$", label, endless=True)


def test_many_waits(service: VertexService) -> None:
    """Many jobs of the stack are waited for with list calls; others by themselves."""
    engine = Engine()
    for number in (1, 2, 3):
        add_job(service, number, state="JOB_STATE_SUCCEEDED", tunedModel={"n": number})
    label_jobs(service, engine)

    found = run_program(all_of(1, 2, 3), engine)

    assert found == [{"n": 1}, {"n": 2}, {"n": 3}]
    assert service.calls("GET", "/tuningJobs/") == [f"GET /v1/{job_name(3)}"]


def test_unlisted_jobs_are_listed_for_once(service: VertexService) -> None:
    """Jobs that a whole list did not show are read by themselves from then on."""
    for number in (3, 5):
        add_job(service, number)

    def end(request: httpx.Request) -> httpx.Response:
        if len(service.calls("GET", "/tuningJobs/5")) == 3:
            for job in service.jobs.values():
                job["state"] = "JOB_STATE_SUCCEEDED"
        return service.answer(request)

    service.script("GET", "/tuningJobs/", end, endless=True)

    assert run_program(all_of(3, 5)) == [{}, {}]
    assert len(service.calls("GET", "/tuningJobs$")) == 1


def test_other_waits_are_named(service: VertexService) -> None:
    """A program that ends with one failed job names the jobs that go on."""
    add_job(service, 1)
    add_job(service, 2, state="JOB_STATE_FAILED")

    with pytest.raises(pulumi.RunError) as caught:
        run_program(all_of(1, 2))

    assert str(caught.value) == (
        f"{job_name(2)} ended in JOB_STATE_FAILED; these go on and stay recorded: "
        f"{job_name(1)}"
    )


def test_job_that_is_only_read(service: VertexService) -> None:
    """A job of another stack is waited for by itself: its stack is not known."""
    add_job(service, state="JOB_STATE_SUCCEEDED", tunedModel=TUNED)
    add_job(service, 2, state="JOB_STATE_SUCCEEDED", tunedModel=TUNED)

    async def main() -> list[TunedModel | None]:
        waits = [
            tuning.TuningJob.get(str(n), job_name(n)).wait_for_completion()
            for n in (1, 2)
        ]
        return [await wait.future() for wait in waits]

    assert run_program(main) == [TUNED, TUNED]
    assert service.calls("GET", "/tuningJobs$") == []


def test_one_connection(service: VertexService) -> None:
    """A program has one client; another program with other settings another one."""

    async def main() -> tuple[GoogleHttp, GoogleHttp]:
        connection = program._connection
        return connection.http(), connection.http()

    first, again = run_program(main)
    other, _ = run_program(main, config={**CONFIG, "gcp:project": "other"})

    assert first is again
    assert other is not first
    assert service.requests == []


def test_settings_of_the_program(service: VertexService) -> None:
    """Settings come from the stack's config, the project else from credentials."""

    async def main() -> tuple[Settings, str | None]:
        return settings(), default_project()

    found, project = run_program(main)
    assert (found.project, found.location, project) == (PROJECT, LOCATION, PROJECT)

    _, project = run_program(main, config={"gcp:accessToken": "token"})
    assert project is None
    assert service.requests == []
