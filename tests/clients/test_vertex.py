"""VertexClient: the documented requests, exactly, and what is made of the answers."""

import itertools
import json
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiStatusError,
    ApiTimeoutError,
    FailedPreconditionError,
    InvalidInputsError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    SettingsError,
    UnexpectedResponseError,
)
from pulumi_tuning.gcp import VertexClient, connect
from pulumi_tuning.settings import Settings
from tests.clients.answering import (
    TOKEN,
    Answer,
    Answering,
    error_answer,
    google_http,
    json_answer,
)
from tests.support.fake_clock import FakeClock

PARENT = "projects/acme/locations/us-central1"
JOB = "projects/123/locations/us-central1/tuningJobs/99"
ENDPOINT = "projects/123/locations/us/endpoints/7"
MODEL = "projects/123/locations/us/models/5"
OPERATION = f"{ENDPOINT}/operations/1"
HOST = "us-central1-aiplatform.googleapis.com"
BODY = {"baseModel": "gemini-2.5-flash", "labels": {"a": "ä"}}


def vertex(service: Answering, settings: Settings | None = None) -> VertexClient:
    """Return a client of a service."""
    return VertexClient(google_http(service, settings))


def job(number: int, **fields: object) -> dict[str, Any]:
    """Return a tuning job as the service describes it."""
    name = f"projects/123/locations/us-central1/tuningJobs/{number}"
    return {"name": name, "state": "JOB_STATE_RUNNING", **fields}


@pytest.mark.parametrize(
    ("call", "method", "url", "body"),
    [
        pytest.param(
            lambda c: c.create_tuning_job("acme", "us-central1", BODY),
            "POST",
            f"https://{HOST}/v1/{PARENT}/tuningJobs",
            BODY,
            id="create",
        ),
        pytest.param(
            lambda c: c.create_tuning_job("a.example:acme", "europe-west4", {}),
            "POST",
            "https://europe-west4-aiplatform.googleapis.com"
            "/v1/projects/a.example:acme/locations/europe-west4/tuningJobs",
            {},
            id="create in a project of a domain",
        ),
        pytest.param(
            lambda c: c.get_tuning_job(JOB),
            "GET",
            f"https://{HOST}/v1/{JOB}",
            None,
            id="get",
        ),
        pytest.param(
            lambda c: c.list_tuning_jobs("acme", "us-central1"),
            "GET",
            f"https://{HOST}/v1/{PARENT}/tuningJobs?pageSize=100",
            None,
            id="list",
        ),
        pytest.param(
            lambda c: c.list_tuning_jobs(
                "acme", "us-central1", 'labels.a="b"', page_size=5
            ),
            "GET",
            f"https://{HOST}/v1/{PARENT}/tuningJobs"
            "?pageSize=5&filter=labels.a%3D%22b%22",
            None,
            id="list with a filter",
        ),
        pytest.param(
            lambda c: c.cancel_tuning_job(JOB),
            "POST",
            f"https://{HOST}/v1/{JOB}:cancel",
            {},
            id="cancel",
        ),
        pytest.param(
            lambda c: c.get_endpoint(ENDPOINT),
            "GET",
            f"https://aiplatform.us.rep.googleapis.com/v1/{ENDPOINT}",
            None,
            id="get an endpoint of a multi-region",
        ),
        pytest.param(
            lambda c: c.undeploy_model(ENDPOINT, "3"),
            "POST",
            f"https://aiplatform.us.rep.googleapis.com/v1/{ENDPOINT}:undeployModel",
            {"deployedModelId": "3"},
            id="undeploy a model",
        ),
        pytest.param(
            lambda c: c.delete_endpoint(ENDPOINT),
            "DELETE",
            f"https://aiplatform.us.rep.googleapis.com/v1/{ENDPOINT}",
            None,
            id="delete an endpoint",
        ),
        pytest.param(
            lambda c: c.delete_model(MODEL),
            "DELETE",
            f"https://aiplatform.us.rep.googleapis.com/v1/{MODEL}",
            None,
            id="delete a model",
        ),
        pytest.param(
            lambda c: c.delete_model_version(f"{MODEL}@2"),
            "DELETE",
            f"https://aiplatform.us.rep.googleapis.com/v1/{MODEL}@2:deleteVersion",
            None,
            id="delete a version of a model",
        ),
        pytest.param(
            lambda c: c.list_model_versions(MODEL),
            "GET",
            f"https://aiplatform.us.rep.googleapis.com/v1/{MODEL}:listVersions"
            "?pageSize=100",
            None,
            id="list the versions of a model",
        ),
        pytest.param(
            lambda c: c.get_operation(OPERATION),
            "GET",
            f"https://aiplatform.us.rep.googleapis.com/v1/{OPERATION}",
            None,
            id="get an operation",
        ),
    ],
)
def test_request(
    call: Callable[[VertexClient], object], method: str, url: str, body: object
) -> None:
    """Each method sends the request that the REST reference documents, and only it."""
    service = Answering(json_answer(job(99)))

    call(vertex(service))

    (request,) = service.requests
    sent = json.loads(request.content) if request.content else None
    assert (request.method, str(request.url), sent) == (method, url, body)
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


def test_custom_endpoint() -> None:
    """A custom endpoint takes every location's requests, its path first."""
    service = Answering(json_answer(job(99)))
    settings = Settings(vertex_endpoint="http://127.0.0.1:8080/vertex")

    vertex(service, settings).get_tuning_job(JOB)

    assert str(service.requests[0].url) == f"http://127.0.0.1:8080/vertex/v1/{JOB}"
    assert "authorization" not in service.requests[0].headers


def test_created_job() -> None:
    """The job that was started is returned as the service describes it."""
    service = Answering(json_answer(job(99, baseModel="gemini-2.5-flash", new=1)))

    created = vertex(service).create_tuning_job("acme", "us-central1", BODY)

    assert created.name == JOB
    assert created.to_json() == job(99, baseModel="gemini-2.5-flash", new=1)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(error_answer(503, "UNAVAILABLE"), id="unavailable"),
        pytest.param(error_answer(429, "RESOURCE_EXHAUSTED"), id="quota"),
        pytest.param(httpx.ConnectError("refused"), id="refused"),
        pytest.param(httpx.RemoteProtocolError("cut"), id="cut"),
        pytest.param(httpx.ReadTimeout("slow"), id="slow"),
        pytest.param(httpx.Response(200, text="{"), id="half an answer"),
        pytest.param(json_answer({"state": "x"}), id="no name"),
        pytest.param(httpx.Response(308, headers={"location": "/"}), id="redirect"),
    ],
)
def test_create_is_sent_once(answer: Answer) -> None:
    """Whatever happens to a request that costs money, it is not sent again."""
    service = Answering(answer)

    with pytest.raises(
        (ApiStatusError, ApiConnectionError, ApiTimeoutError, UnexpectedResponseError),
        match=f"^create a tuning job in {PARENT}: ",
    ):
        vertex(service).create_tuning_job("acme", "us-central1", BODY)

    assert len(service.requests) == 1


def test_cancel_is_tried_again() -> None:
    """Cancelling twice is cancelling, so it is tried again."""
    service = Answering(error_answer(503, "UNAVAILABLE"), json_answer({}))

    vertex(service).cancel_tuning_job(JOB)

    assert service.calls == [("POST", f"/v1/{JOB}:cancel")] * 2


def test_job_that_is_gone() -> None:
    """A job that the service does not know is not found, by its name."""
    answer = error_answer(404, "NOT_FOUND", "The TuningJob does not exist.")

    with pytest.raises(NotFoundError) as raised:
        vertex(Answering(answer)).get_tuning_job(JOB)

    assert str(raised.value) == (
        f"get {JOB}: 404 NOT_FOUND: The TuningJob does not exist."
    )


@pytest.mark.parametrize(
    "location",
    [pytest.param("evil.example/x", id="a host"), pytest.param("-", id="a wildcard")],
)
def test_location_of_no_service(location: str) -> None:
    """A location that would lead elsewhere sends nothing."""
    service = Answering(json_answer({}))

    with pytest.raises(SettingsError):
        vertex(service).list_tuning_jobs("acme", location)

    assert service.requests == []


def test_name_that_is_none() -> None:
    """A bare id is no name and sends nothing."""
    service = Answering(json_answer({}))

    with pytest.raises(InvalidInputsError, match="'99' is not the full name"):
        vertex(service).get_tuning_job("99")

    assert service.requests == []


def test_name_cannot_leave_its_path() -> None:
    """A name with a query in it stays a path."""
    service = Answering(json_answer({}))

    vertex(service).cancel_tuning_job(f"{JOB}?alt=x#y")

    assert service.calls == [("POST", f"/v1/{JOB}%3Falt%3Dx%23y:cancel")]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(JOB.replace("99", "98"), id="another job"),
        pytest.param(JOB.replace("us-central1", "europe-west4"), id="another place"),
    ],
)
def test_answer_about_another_job(other: str) -> None:
    """What is told about another job than the one asked for is not believed."""
    service = Answering(json_answer({"name": other, "state": "JOB_STATE_FAILED"}))

    with pytest.raises(UnexpectedResponseError, match=f"the answer is about {other}"):
        vertex(service).get_tuning_job(JOB)


def test_project_has_two_names() -> None:
    """A job that was asked for by its project's id may answer with the number."""
    service = Answering(json_answer(job(99)))

    assert vertex(service).get_tuning_job(JOB.replace("123", "acme")).name == JOB


def test_all_pages() -> None:
    """A list has the jobs of all its pages, in their order."""
    service = Answering(
        json_answer({"tuningJobs": [job(1), job(2)], "nextPageToken": "a b"}),
        json_answer({"nextPageToken": "c"}),
        json_answer({"tuningJobs": [job(3)], "nextPageToken": ""}),
    )

    jobs = vertex(service).list_tuning_jobs("acme", "us-central1", "f")

    assert [j.to_json() for j in jobs] == [job(1), job(2), job(3)]
    assert [path.partition("?")[2] for _, path in service.calls] == [
        "pageSize=100&filter=f",
        "pageSize=100&filter=f&pageToken=a+b",
        "pageSize=100&filter=f&pageToken=c",
    ]


def test_empty_list() -> None:
    """A list without jobs comes without the key."""
    assert vertex(Answering(json_answer({}))).list_tuning_jobs("p", "us-central1") == []


def test_list_that_never_ends() -> None:
    """A page token that comes again is an error, not half a list."""
    page = json_answer({"tuningJobs": [job(1)], "nextPageToken": "again"})

    with pytest.raises(UnexpectedResponseError, match="page again was answered twice"):
        vertex(Answering(page)).list_tuning_jobs("p", "us-central1")


def test_list_with_ever_new_pages() -> None:
    """A list whose pages never end is an error too, though no token comes again."""
    tokens = itertools.count()

    def page(_: httpx.Request) -> httpx.Response:
        return json_answer({"tuningJobs": [job(1)], "nextPageToken": f"{next(tokens)}"})

    with pytest.raises(UnexpectedResponseError, match="no end after 1000 pages"):
        vertex(Answering(page)).list_tuning_jobs("p", "us-central1")


def test_job_on_two_pages() -> None:
    """A job that moved to a later page meanwhile is there once, as it came last."""
    service = Answering(
        json_answer({"tuningJobs": [job(1), job(2)], "nextPageToken": "a"}),
        json_answer({"tuningJobs": [job(2, description="later"), job(3)]}),
    )

    jobs = vertex(service).list_tuning_jobs("p", "us-central1")

    assert [j.to_json() for j in jobs] == [job(1), job(2, description="later"), job(3)]


def test_list_of_no_jobs() -> None:
    """A list of another shape is an error, not an empty list."""
    answer = json_answer({"tuningJobs": {"name": "x"}})

    with pytest.raises(UnexpectedResponseError, match="tuningJobs is not a list"):
        vertex(Answering(answer)).list_tuning_jobs("p", "us-central1")


def test_second_page_that_fails() -> None:
    """A page that cannot be read makes the whole list unreadable."""
    service = Answering(
        json_answer({"tuningJobs": [job(1)], "nextPageToken": "a"}),
        error_answer(403, "PERMISSION_DENIED"),
    )

    with pytest.raises(PermissionDeniedError):
        vertex(service).list_tuning_jobs("p", "us-central1")


def test_unreadable_job_in_a_list(caplog: pytest.LogCaptureFixture) -> None:
    """One job that cannot be read does not hide the others."""
    caplog.set_level(logging.DEBUG, "pulumi_tuning.gcp.vertex")
    page = {"tuningJobs": [{"state": "x"}, "job", job(2, unknown={"a": 1})]}

    jobs = vertex(Answering(json_answer(page))).list_tuning_jobs("p", "us-central1")

    assert [j.to_json() for j in jobs] == [job(2, unknown={"a": 1})]
    assert [record.levelname for record in caplog.records] == ["DEBUG", "DEBUG"]


def test_all_versions() -> None:
    """A model has the versions of all pages; what is none is left out."""
    service = Answering(
        json_answer({"models": [{"versionId": "1"}, "x"], "nextPageToken": "a"}),
        json_answer({"models": [{"versionId": "2"}]}),
    )

    versions = vertex(service).list_model_versions(MODEL)

    assert versions == [{"versionId": "1"}, {"versionId": "2"}]


def test_service_address() -> None:
    """The client knows which service it calls."""
    official = connect(Settings()).vertex
    emulated = connect(Settings(vertex_endpoint="http://127.0.0.1:1")).vertex

    assert official.service_address("us-central1") == "aiplatform.googleapis.com"
    assert emulated.service_address("us-central1") == "loopback"


RUNNING = {"name": OPERATION, "metadata": {}}
DONE = {"name": OPERATION, "done": True, "response": {}}


def waiting(service: Answering, clock: FakeClock) -> VertexClient:
    """Return a client whose waits cost no time."""
    return VertexClient(google_http(service, clock=clock))


def test_operation_that_is_done() -> None:
    """An operation that came back done is not asked about."""
    service = Answering(json_answer({}))

    assert vertex(service).wait_for_operation(DONE) == DONE
    assert service.requests == []


def test_operation_that_goes_on(fake_clock: FakeClock) -> None:
    """An operation is asked about ever more rarely until it is done."""
    service = Answering(*[json_answer(RUNNING)] * 5, json_answer(DONE))

    done = waiting(service, fake_clock).wait_for_operation(RUNNING)

    assert done == DONE
    assert fake_clock.sleeps == [1, 2, 4, 8, 10, 10]
    assert set(service.calls) == {("GET", f"/v1/{OPERATION}")}


def test_operation_that_takes_too_long(fake_clock: FakeClock) -> None:
    """A wait for an operation ends at its bound and says that it goes on."""
    service = Answering(json_answer(RUNNING))

    with pytest.raises(ApiTimeoutError, match="not done within 10 s, it goes on"):
        waiting(service, fake_clock).wait_for_operation(RUNNING, within_seconds=10)

    assert fake_clock.sleeps == [1, 2, 4]


@pytest.mark.parametrize(
    ("error", "expected", "words"),
    [
        pytest.param(
            {"code": 9, "message": "still deployed"},
            FailedPreconditionError,
            f"{OPERATION}: 9 FAILED_PRECONDITION: still deployed",
            id="a known code",
        ),
        pytest.param(
            {"code": 99, "message": "m"}, ServerError, "0 UNKNOWN: m", id="new code"
        ),
        pytest.param({"code": "x"}, ServerError, "0 UNKNOWN: ", id="no number"),
        pytest.param({}, ServerError, "0 UNKNOWN: ", id="nothing"),
    ],
)
def test_operation_that_failed(
    error: dict[str, Any], expected: type[ApiStatusError], words: str
) -> None:
    """An operation that failed raises its own error."""
    operation = {"name": OPERATION, "done": True, "error": error}

    with pytest.raises(expected) as raised:
        vertex(Answering(json_answer({}))).wait_for_operation(operation)

    assert words in str(raised.value)
