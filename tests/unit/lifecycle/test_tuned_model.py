"""Clean-up: only what this one job made goes, and nothing here may raise."""

from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import UnexpectedResponseError
from pulumi_tuning.job_state import FINAL_STATES, JobState
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.tuned_model import delete_tuned_model
from pulumi_tuning.live import LiveTuningJob
from tests.support.factories import NUMBER, PROJECT, echo, inputs, job_name, services
from tests.support.vertex_service import (
    VertexService,
    html,
    refusal,
    reset,
    timeout,
)

Json = dict[str, Any]

MODEL = f"projects/{NUMBER}/locations/us/models/55"
BOUND = 60.0


def endpoint(number: int) -> str:
    """Return the name of an endpoint."""
    return f"projects/{NUMBER}/locations/us/endpoints/{number}"


def deployed(number: int, model: str = MODEL, version: str | None = "1") -> Json:
    """Return one model on an endpoint."""
    told = {"modelVersionId": version} if version else {}
    return {"id": f"d{number}", "model": model, **told}


def add_job(
    service: VertexService,
    version: str | None = "1",
    **fields: Any,  # noqa: ANN401 - any JSON
) -> LiveTuningJob:
    """Add a job that has made a version of a model with two checkpoints."""
    suffix = f"@{version}" if version else ""
    tuned = {
        "model": f"{MODEL}{suffix}",
        "endpoint": endpoint(2),
        "checkpoints": [{"endpoint": endpoint(1)}, {"endpoint": endpoint(2)}],
    }
    answer = {"state": JobState.SUCCEEDED, "tunedModel": tuned, **fields}
    service.add_job(1, **echo(inputs().to_request()), **answer)
    service.versions.setdefault(MODEL, [version or "1"])
    for number in (1, 2):
        service.endpoints[endpoint(number)] = [deployed(number, version=version or "1")]
    return LiveTuningJob.model_validate(service.jobs[job_name()])


def clean_up(service: VertexService, job: LiveTuningJob) -> Notes:
    """Delete what a job made; return what is told."""
    notes = Notes()
    outside = services(service, service.clock)
    delete_tuned_model(outside, job, notes, bound_seconds=BOUND)
    return notes


def changes(service: VertexService) -> list[str]:
    """Return the calls that change something, without version and project."""
    prefix = f"/v1/projects/{NUMBER}/locations/us/"
    return [
        call.replace(prefix, "") for call in service.calls() if not call.startswith("G")
    ]


@pytest.mark.parametrize("state", sorted(FINAL_STATES))
def test_everything_of_the_job(service: VertexService, state: str) -> None:
    """Endpoints go before the model, each once, whatever the job ended in."""
    job = add_job(service, state=state)

    notes = clean_up(service, job)

    assert changes(service) == [
        "POST endpoints/2:undeployModel",
        "DELETE endpoints/2",
        "POST endpoints/1:undeployModel",
        "DELETE endpoints/1",
        "DELETE models/55",
    ]
    assert (service.endpoints, service.versions) == ({}, {})
    assert notes == Notes()
    assert all(
        r.url.host == "aiplatform.us.rep.googleapis.com" for r in service.requests
    )


@pytest.mark.parametrize("version", ["1", "2", "3"])
def test_other_versions_stay(service: VertexService, version: str) -> None:
    """Of a model with several versions only the job's own goes, the first one too."""
    service.versions[MODEL] = ["1", "2", "3"]
    job = add_job(service, version)

    notes = clean_up(service, job)

    assert service.versions == {MODEL: [v for v in "123" if v != version]}
    assert changes(service)[-1] == f"DELETE models/55@{version}:deleteVersion"
    assert notes == Notes()


def test_last_version_of_a_continuous_model(service: VertexService) -> None:
    """A later version that is the only one left goes with its model."""
    service.versions[MODEL] = ["4"]
    job = add_job(service, "4")

    assert clean_up(service, job) == Notes()
    assert service.versions == {}


def test_version_that_is_gone(service: VertexService) -> None:
    """When the job's version is gone already, the versions of others stay."""
    service.versions[MODEL] = ["2"]
    job = add_job(service, "1")

    assert clean_up(service, job) == Notes()
    assert service.versions == {MODEL: ["2"]}


def test_model_without_a_version(service: VertexService) -> None:
    """A model whose version is not named goes when it has only one."""
    job = add_job(service, None)

    assert clean_up(service, job) == Notes()
    assert service.versions == {}


def test_model_of_which_version_is_not_known(service: VertexService) -> None:
    """A model with several versions stays when the job does not name its own."""
    service.versions[MODEL] = ["1", "2"]
    job = add_job(service, None)

    notes = clean_up(service, job)

    assert notes.warnings == [
        f"{MODEL} was not deleted: it has 2 versions, and which is the job's is unknown"
    ]
    assert service.versions == {MODEL: ["1", "2"]}


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(deployed(9, f"{MODEL}9"), id="another model"),
        pytest.param(deployed(9, version="2"), id="another version"),
        pytest.param(deployed(9, f"{MODEL}@2", None), id="another version by name"),
        pytest.param({"id": "d9"}, id="a model without a name"),
    ],
)
def test_shared_endpoint(service: VertexService, other: Json) -> None:
    """An endpoint that serves another model too stays, without the job's own."""
    job = add_job(service)
    service.endpoints[endpoint(1)].append(other)

    notes = clean_up(service, job)

    assert notes.warnings == [
        f"{endpoint(1)} was not deleted: it serves another model too"
    ]
    assert service.endpoints == {endpoint(1): [other]}
    assert service.versions == {}


@pytest.mark.parametrize(
    "own",
    [
        pytest.param(
            deployed(1, MODEL.replace(NUMBER, PROJECT)), id="the project's id"
        ),
        pytest.param(deployed(1, f"{MODEL}@1", None), id="the version in the name"),
        pytest.param(deployed(1, f"{MODEL}@golden"), id="an alias"),
        pytest.param(deployed(1, version=None), id="no version"),
    ],
)
def test_own_deployment(service: VertexService, own: Json) -> None:
    """The job's own model is known by whatever form its name has."""
    job = add_job(service)
    service.endpoints[endpoint(1)] = [own]

    assert clean_up(service, job) == Notes()
    assert service.endpoints == {}


def test_job_without_a_model(service: VertexService) -> None:
    """A job that ended before it named a model leaves its endpoints, which go."""
    job = add_job(
        service,
        state=JobState.CANCELLED,
        tunedModel={"checkpoints": [{"endpoint": endpoint(1)}]},
    )

    assert clean_up(service, job) == Notes()
    assert list(service.endpoints) == [endpoint(2)]
    assert service.versions == {MODEL: ["1"]}


@pytest.mark.parametrize(
    "tuned",
    [
        None,
        {},
        "m",
        {"model": 5, "endpoint": None, "checkpoints": {"endpoint": "e"}},
        {"model": "m@1", "endpoint": "e", "checkpoints": ["e", {"endpoint": ["e"]}]},
        {"model": "projects/p/locations/l/endpoints/1", "endpoint": MODEL},
    ],
    ids=["null", "{}", "text", "other types", "no names", "names exchanged"],
)
def test_job_that_names_nothing(service: VertexService, tuned: object) -> None:
    """A job that names nothing that can be deleted costs no call and no warning."""
    job = add_job(service, tunedModel=tuned)

    assert clean_up(service, job) == Notes()
    assert service.requests == []


def test_what_is_gone_already(service: VertexService) -> None:
    """What somebody deleted before is no reason for a warning."""
    job = add_job(service)
    service.endpoints.clear()
    service.versions.clear()

    assert clean_up(service, job) == Notes()


def test_deployment_that_is_gone(service: VertexService) -> None:
    """A model that was undeployed meanwhile does not keep its endpoint."""
    job = add_job(service)

    def vanish(request: httpx.Request) -> httpx.Response:
        service.endpoints[endpoint(2)] = []
        return service.answer(request)

    service.script("POST", "endpoints/2:undeploy", vanish)

    assert clean_up(service, job) == Notes()
    assert service.endpoints == {}


FAILURES = [
    pytest.param(refusal(403), id="403"),
    pytest.param(refusal(400, "FAILED_PRECONDITION"), id="failed precondition"),
    pytest.param(refusal(503), id="503"),
    pytest.param(html(404), id="404 of a proxy"),
    pytest.param(reset(), id="reset"),
    pytest.param(timeout(), id="time-out"),
    pytest.param(httpx.Response(200, json={}), id="no operation"),
    pytest.param(
        httpx.Response(200, json={"done": True, "error": {"code": 9, "message": "m"}}),
        id="an operation that failed",
    ),
]


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize(
    ("call", "what"),
    [
        pytest.param(("POST", "/2:undeploy"), endpoint(2), id="undeploy"),
        pytest.param(("DELETE", "endpoints/2"), endpoint(2), id="delete endpoint"),
        pytest.param(("DELETE", "models/55"), f"{MODEL}@1", id="delete model"),
    ],
)
def test_failure_is_a_warning(
    service: VertexService,
    call: tuple[str, str],
    what: str,
    failure: httpx.Response | Exception,
) -> None:
    """What cannot be deleted is a warning, and the rest is deleted all the same."""
    job = add_job(service)
    service.script(*call, failure, endless=True)

    notes = clean_up(service, job)

    (warning,) = notes.warnings
    assert warning.startswith(f"{what} was not deleted: ")
    assert endpoint(1) not in service.endpoints


@pytest.mark.parametrize("call", ["endpoints/2$", "listVersions"])
def test_unreadable_is_a_warning(service: VertexService, call: str) -> None:
    """What cannot be looked at is not deleted blindly."""
    job = add_job(service)
    service.script("GET", call, refusal(403), endless=True)

    notes = clean_up(service, job)

    assert len(notes.warnings) == 1
    assert (MODEL in service.versions) is (call == "listVersions")
    assert (endpoint(2) in service.endpoints) is (call != "listVersions")


@pytest.mark.parametrize(
    "answer",
    [{"deployedModels": None}, {"deployedModels": ["d1"]}, {"deployedModels": 1}, {}],
    ids=["null", "text", "number", "nothing"],
)
def test_endpoint_of_an_unexpected_shape(service: VertexService, answer: Json) -> None:
    """An endpoint whose answer has no models is deleted as one without any."""
    job = add_job(service)
    service.endpoints[endpoint(2)] = []
    service.script("GET", "endpoints/2$", httpx.Response(200, json=answer))

    assert clean_up(service, job) == Notes()
    assert service.endpoints == {}


def test_operation_that_takes_its_time(service: VertexService) -> None:
    """The model goes only after the operations on its endpoints are done."""
    job = add_job(service)
    name = f"{endpoint(2)}/operations/7"
    waiting = httpx.Response(200, json={"name": name})
    service.script("DELETE", "endpoints/2", waiting)
    service.script(
        "GET", "operations/7", waiting, httpx.Response(200, json={"done": True})
    )

    assert clean_up(service, job) == Notes()

    calls = service.calls()
    assert calls.index(f"GET /v1/{name}") < calls.index(f"DELETE /v1/{MODEL}")


@pytest.mark.parametrize("state", [JobState.CANCELLING, JobState.RUNNING])
def test_job_that_is_not_final_yet(service: VertexService, state: str) -> None:
    """Until a job is final it may still make endpoints: they are waited for."""
    job = add_job(service, state=state, tunedModel=None)
    final = {
        **service.jobs[job_name()],
        "state": "JOB_STATE_CANCELLED",
        "tunedModel": {"model": f"{MODEL}@1"},
    }
    running = httpx.Response(200, json=service.jobs[job_name()])
    service.script(
        "GET", "/tuningJobs/1", *[running] * 4, httpx.Response(200, json=final)
    )

    assert clean_up(service, job) == Notes()
    assert service.versions == {}
    assert service.clock.sleeps == [0.5, 1.0, 2.0, 4.0, 8.0]


def test_job_that_does_not_end(service: VertexService) -> None:
    """A job that is not final within the bound keeps its model, with a warning."""
    job = add_job(service, state=JobState.CANCELLING)
    started = service.clock.monotonic()

    notes = clean_up(service, job)

    (warning,) = notes.warnings
    assert warning.endswith("was not deleted: the job is still JOB_STATE_CANCELLING")
    assert service.clock.monotonic() - started <= BOUND
    assert changes(service) == []


def test_operations_that_do_not_end(service: VertexService) -> None:
    """All operations share one bound; what had no turn is named, and not touched."""
    checkpoints = [{"endpoint": endpoint(number)} for number in range(1, 11)]
    tuned = {"model": f"{MODEL}@1", "checkpoints": checkpoints}
    job = add_job(service, tunedModel=tuned)
    running = httpx.Response(200, json={"name": f"{endpoint(1)}/operations/7"})
    service.script("POST", ":undeployModel$", running, endless=True)
    service.script("GET", "operations/7$", running, endless=True)
    for number in range(1, 11):
        service.endpoints[endpoint(number)] = [deployed(number)]
    started = service.clock.monotonic()

    notes = clean_up(service, job)

    assert service.clock.monotonic() - started <= BOUND
    assert len(notes.warnings) == 11
    assert notes.warnings[-1] == f"{MODEL}@1 was not deleted: there was no time left"
    assert service.versions == {MODEL: ["1"]}


def test_job_that_cannot_be_looked_at(service: VertexService) -> None:
    """A job that cannot be looked at any more keeps its model, with a warning."""
    job = add_job(service, state=JobState.CANCELLING)
    service.script("GET", "/tuningJobs/1", refusal(403), endless=True)

    notes = clean_up(service, job)

    assert "was not deleted: get " in notes.warnings[0]
    assert changes(service) == []


def test_versions_that_change_meanwhile(service: VertexService) -> None:
    """When the other versions vanish after they were listed, the model stays."""
    job = add_job(service)
    two = {"models": [{"versionId": "1"}, {"versionId": "2"}]}
    service.script("GET", ":listVersions", httpx.Response(200, json=two))

    notes = clean_up(service, job)

    assert "400 FAILED_PRECONDITION" in notes.warnings[0]
    assert service.versions == {MODEL: ["1"]}


def test_model_that_vanishes_meanwhile(service: VertexService) -> None:
    """A model that somebody deletes at the same time is no reason for a warning."""
    job = add_job(service)
    one = {"models": [{"versionId": "1"}]}
    service.versions.clear()
    service.script("GET", ":listVersions", httpx.Response(200, json=one))

    assert clean_up(service, job) == Notes()


def test_endpoint_that_cannot_be_emptied(service: VertexService) -> None:
    """An endpoint on which something appears meanwhile stays, with a warning."""
    job = add_job(service)
    empty = httpx.Response(200, json={"deployedModels": []})
    service.script("GET", "endpoints/2$", empty)

    notes = clean_up(service, job)

    assert "400 FAILED_PRECONDITION" in notes.warnings[0]
    assert list(service.endpoints) == [endpoint(2)]


def test_endpoint_that_vanishes_meanwhile(service: VertexService) -> None:
    """An endpoint that somebody deletes at the same time is no reason for a warning."""
    job = add_job(service)
    empty = httpx.Response(200, json={"deployedModels": []})
    service.script("GET", "endpoints/2$", empty)
    del service.endpoints[endpoint(2)]

    assert clean_up(service, job) == Notes()


def test_pages_of_versions(service: VertexService) -> None:
    """Versions of a model are read to the last page."""
    vertex = services(service, service.clock).vertex
    pages = [
        {"models": [{"versionId": "1"}], "nextPageToken": "t"},
        {"models": [{"versionId": "2"}, "x"]},
    ]
    service.script(
        "GET", ":listVersions", *[httpx.Response(200, json=page) for page in pages]
    )

    assert vertex.list_model_versions(MODEL) == [{"versionId": "1"}, {"versionId": "2"}]
    assert [dict(r.url.params) for r in service.requests] == [
        {"pageSize": "100"},
        {"pageSize": "100", "pageToken": "t"},
    ]


def test_versions_of_an_unexpected_shape(service: VertexService) -> None:
    """An answer that is no list of versions is an error."""
    vertex = services(service, service.clock).vertex
    service.script("GET", ":listVersions", httpx.Response(200, json={"models": "x"}))

    with pytest.raises(UnexpectedResponseError, match="models is not a list"):
        vertex.list_model_versions(MODEL)
