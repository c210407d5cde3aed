"""Look-ups and declarations outside of what the engine's tests reach."""

import traceback
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import httpx
import pulumi
import pytest
import stamina

import pulumi_tuning as tuning
from pulumi_tuning import program
from pulumi_tuning.errors import NotFoundError, SettingsError
from pulumi_tuning.gcp.http import GoogleHttp, new_client
from pulumi_tuning.program import Connection
from pulumi_tuning.settings import Settings
from tests.support.factories import LOCATION, PROJECT, echo, inputs, job_name
from tests.support.fake_clock import FakeClock
from tests.support.programs import CONFIG, run_program
from tests.support.vertex_service import VertexService, refusal

_T = TypeVar("_T")

SPEC: tuning.SupervisedTuningSpecArgs = {"training_dataset_uri": "gs://acme/t.jsonl"}


@pytest.fixture
def service(
    fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[VertexService]:
    """Give a service in memory that programs reach, with one job."""
    service = VertexService(fake_clock)
    service.add_job(
        1,
        **echo(inputs(labels={"team": "nlp"}).to_request()),
        tunedModel={"endpoint": "e"},
        error={"code": 1},
        tuningDataStats={"userDatasetExamples": ["secret"]},
    )

    def open_http(wanted: Settings) -> GoogleHttp:
        return GoogleHttp(wanted, client=new_client(service), clock=fake_clock)

    monkeypatch.setattr(program, "_connection", Connection(open_http))
    with stamina.set_testing(True, attempts=5, cap=True):
        yield service


@pytest.fixture
def nothing_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Leave no setting and no credentials in the environment."""
    for name in (
        "GOOGLE_PROJECT",
        "GOOGLE_CLOUD_PROJECT",
        "GCLOUD_PROJECT",
        "CLOUDSDK_CORE_PROJECT",
        "GOOGLE_REGION",
        "GOOGLE_CLOUD_LOCATION",
        "GCLOUD_REGION",
        "CLOUDSDK_COMPUTE_REGION",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CREDENTIALS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.mark.usefixtures("nothing_configured")
def test_list_without_a_place() -> None:
    """A list needs a project and a location, and says which of them is missing."""
    with pytest.raises(SettingsError, match="project: is required: give it or set gcp"):
        tuning.list_tuning_jobs(location="us-central1")
    with pytest.raises(SettingsError, match="location: is required: give it or set"):
        tuning.list_tuning_jobs(project="acme")


@pytest.mark.usefixtures("nothing_configured")
def test_list_of_a_malformed_place(service: VertexService) -> None:
    """A malformed project or location is told in a line, and nothing is called."""
    with pytest.raises(SettingsError, match="gcp:project: 'a/b' is not the id of"):
        tuning.list_tuning_jobs(project="a/b", location="us-central1")
    with pytest.raises(SettingsError, match="gcp:region: 'US' is not a location"):
        tuning.list_tuning_jobs(project="acme", location="US")

    assert service.requests == []


def test_found_job() -> None:
    """A job that was found has the fields of the service's answer as attributes."""
    found = tuning.TuningJobResult(
        {"name": "n", "state": "s", "tunedModel": {"endpoint": "e"}}
    )

    assert (found.name, found.state) == ("n", "s")
    assert found.tuned_model.endpoint == "e"
    assert tuning.TuningJobResult({"name": "n"}).tuned_model == {}


def test_job_outside_of_a_program() -> None:
    """A job is declared where there is a stack."""
    with pytest.raises(RuntimeError, match="in a Pulumi program only"):
        tuning.TuningJob("bot", base_model="m", supervised_tuning_spec=SPEC)


def plain(call: Callable[[], _T]) -> Callable[[], Awaitable[_T]]:
    """Return a program that makes one plain call."""

    async def main() -> _T:
        return call()

    return main


def awaited(
    call: Callable[[], pulumi.Output[_T]],
) -> Callable[[], Awaitable[_T | None]]:
    """Return a program that waits for one output."""

    async def main() -> _T | None:
        return await call().future()

    return main


def test_get(service: VertexService) -> None:
    """A job is read by its name, as the service describes it, without training text."""
    job = run_program(plain(lambda: tuning.get_tuning_job(job_name())))

    assert job.name == job_name()
    assert job.state == "JOB_STATE_RUNNING"
    assert job.base_model == "gemini-2.5-flash"
    assert str(job.tuned_model_display_name).startswith("gemini-2.5-flash-")
    assert job.tuned_model.endpoint == "e"
    assert job.error == {"code": 1}
    assert job.labels == {"team": "nlp"}
    assert "secret" not in str(job)
    assert service.calls() == [f"GET /v1/{job_name()}"]


def test_get_what_is_not_there(service: VertexService) -> None:
    """An error looks as if it came from the function that the program called."""
    with pytest.raises(NotFoundError) as caught:
        run_program(plain(lambda: tuning.get_tuning_job(job_name(2))))

    shown = "".join(traceback.format_exception(caught.value))
    assert "stamina" not in shown
    assert "get_tuning_job" in shown
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("project", "location", "place"),
    [
        pytest.param(None, None, (PROJECT, LOCATION), id="of the settings"),
        pytest.param("shop", None, ("shop", LOCATION), id="another project"),
        pytest.param(None, "eu", (PROJECT, "eu"), id="another location"),
    ],
)
def test_list(
    service: VertexService,
    project: str | None,
    location: str | None,
    place: tuple[str, str],
) -> None:
    """Jobs are listed where the program says, else where the settings say."""
    jobs = run_program(plain(lambda: tuning.list_tuning_jobs("f", project, location)))

    (request,) = service.requests
    path = "/v1/projects/{}/locations/{}/tuningJobs".format(*place)
    assert request.url.path == path
    assert request.url.params["filter"] == "f"
    assert [job.name for job in jobs] == (
        [job_name()] if place == (PROJECT, LOCATION) else []
    )


def test_output_forms(service: VertexService) -> None:
    """The output forms take outputs and give outputs."""

    def get() -> pulumi.Output[tuning.TuningJobResult]:
        return tuning.get_tuning_job_output(pulumi.Output.from_input(job_name()))

    def list_() -> pulumi.Output[list[tuning.TuningJobResult]]:
        location = pulumi.Output.from_input(LOCATION)
        return tuning.list_tuning_jobs_output(location=location)

    job = run_program(awaited(get))
    jobs = run_program(awaited(list_))

    assert job is not None
    assert job.name == job_name()
    assert jobs == [job]
    assert len(service.requests) == 2


@pytest.mark.parametrize("as_list", [True, False])
def test_output_form_that_depends(service: VertexService, *, as_list: bool) -> None:
    """A look-up that depends on a resource waits until it is there."""
    seen: list[int] = []

    def get() -> pulumi.Output[tuning.TuningJobResult]:
        class First(pulumi.ComponentResource):
            def __init__(self) -> None:
                super().__init__("shop:first", "first")

        first = First()
        first.urn.apply(lambda _: seen.append(len(service.requests)))
        options = pulumi.InvokeOutputOptions(depends_on=[first] if as_list else first)
        return tuning.get_tuning_job_output(job_name(), options)

    job = run_program(awaited(get))

    assert job is not None
    assert seen == [0]


def test_output_form_that_fails(service: VertexService) -> None:
    """Nobody can catch an error of an output form: it ends the program in one line."""
    service.script("GET", "/tuningJobs", refusal(403), endless=True)

    with pytest.raises(pulumi.RunError, match="403 PERMISSION_DENIED") as caught:
        run_program(awaited(lambda: tuning.get_tuning_job_output(job_name())))

    assert caught.value.__cause__ is None


def test_list_of_another_shape(service: VertexService) -> None:
    """Jobs of a list that cannot be read are left out."""
    listed = {"tuningJobs": [{"name": "x"}, {"name": job_name(), "labels": None}]}
    service.script("GET", "/tuningJobs$", httpx.Response(200, json=listed))

    (job,) = run_program(plain(tuning.list_tuning_jobs), config=CONFIG)

    assert (job.name, job.state, job.labels) == (
        job_name(),
        "JOB_STATE_UNSPECIFIED",
        {},
    )
