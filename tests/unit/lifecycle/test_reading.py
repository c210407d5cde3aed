"""Read: uncertainty never changes the state, and only NOT_FOUND forgets."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiTimeoutError,
    CredentialsError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    QuotaError,
    ServerError,
    TuningError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from pulumi_tuning.job_state import JobState
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.reading import (
    LONGEST_RUN,
    OtherServiceError,
    Read,
    read,
    require_same_service,
    why_kept,
)
from pulumi_tuning.state import TuningJobState
from tests.support.factories import (
    ADDRESS,
    LOCATION,
    NUMBER,
    PROJECT,
    echo,
    inputs,
    job_name,
    properties,
    services,
    settled,
    supervised,
)
from tests.support.fake_clock import FakeClock
from tests.support.vertex_service import (
    VertexService,
    html,
    refusal,
    refused,
    reset,
    timeout,
)

Json = dict[str, Any]

NAME = job_name()
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)


def recorded(state: str = "JOB_STATE_RUNNING", age: timedelta = timedelta(0)) -> Json:
    """Return the record of a job in a state, created some time ago."""
    return {
        **properties(),
        "name": NAME,
        "state": state,
        "createTime": (NOW - age).isoformat().replace("+00:00", "Z"),
        "serviceAddress": ADDRESS,
    }


def refresh(
    service: VertexService,
    outputs: Json,
    **settings: Any,  # noqa: ANN401 - settings
) -> tuple[Read, Notes]:
    """Return what a refresh records, and what it tells."""
    notes = Notes()
    outside = services(service, service.clock, **settings)
    state = TuningJobState.from_properties(outputs)
    return read(outside, NAME, state, notes), notes


UNCERTAIN = [
    pytest.param(html(404), UnexpectedResponseError, id="404 of a proxy"),
    pytest.param(html(200), UnexpectedResponseError, id="a page of a proxy"),
    pytest.param(httpx.Response(200, json={}), UnexpectedResponseError, id="no job"),
    pytest.param(
        httpx.Response(200, json={"name": job_name(2), "state": "JOB_STATE_FAILED"}),
        UnexpectedResponseError,
        id="another job",
    ),
    pytest.param(refusal(503, "NOT_FOUND"), ServerError, id="503 that says not found"),
    pytest.param(
        refusal(400, "NOT_FOUND"), InvalidArgumentError, id="400 that says not found"
    ),
    pytest.param(refusal(401), UnauthenticatedError, id="401"),
    pytest.param(refusal(403), PermissionDeniedError, id="403"),
    pytest.param(refusal(429), QuotaError, id="429"),
    pytest.param(refusal(500), ServerError, id="500"),
    pytest.param(refusal(503), ServerError, id="503"),
    pytest.param(html(502), ServerError, id="502 of a proxy"),
    pytest.param(timeout(), ApiTimeoutError, id="time-out"),
    pytest.param(reset(), ApiConnectionError, id="reset"),
    pytest.param(refused(), ApiConnectionError, id="refused"),
]


@pytest.mark.parametrize(("answer", "error"), UNCERTAIN)
def test_uncertainty(
    service: VertexService,
    answer: httpx.Response | Exception,
    error: type[TuningError],
) -> None:
    """When nobody can say how the job is, nothing is recorded, whatever was before."""
    service.script("GET", "/tuningJobs/", answer, endless=True)
    outside = services(service, service.clock)

    for state in (*JobState, "JOB_STATE_REVIEWED"):
        for age in (timedelta(0), timedelta(days=100)):
            before = TuningJobState.from_properties(recorded(state, age))
            with pytest.raises(error):
                read(outside, NAME, before, Notes())


def test_missing_credentials(service: VertexService) -> None:
    """Without credentials nothing is recorded, and nobody is asked."""
    with pytest.raises(CredentialsError):
        refresh(service, recorded(), access_token=None, credentials="{}")

    assert service.requests == []


FORGOTTEN = [JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED]
KEPT = [JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED]
OPEN = [state for state in JobState if state not in (*FORGOTTEN, *KEPT)]


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=100)])
@pytest.mark.parametrize("state", FORGOTTEN)
def test_not_found_after_an_end_without_a_model(
    service: VertexService, state: str, age: timedelta
) -> None:
    """A job that ended without a model and is not found any more is forgotten."""
    found, notes = refresh(service, recorded(state, age))

    assert found == Read("", {})
    assert notes == Notes()


@pytest.mark.parametrize("age", [timedelta(0), timedelta(days=100)])
@pytest.mark.parametrize("state", KEPT)
def test_not_found_after_success(
    service: VertexService, state: str, age: timedelta
) -> None:
    """A job that succeeded is kept: its model outlives the service's record."""
    outputs = recorded(state, age)

    found, notes = refresh(service, outputs)

    assert found == Read(NAME, outputs, properties())
    (warning,) = notes.warnings
    assert warning == (
        f"{NAME} is not found any more and stays recorded: it succeeded, and its tuned "
        "model outlives the service's record of it"
    )


@pytest.mark.parametrize("state", [*OPEN, "JOB_STATE_REVIEWED"])
def test_not_found_while_it_was_open(service: VertexService, state: str) -> None:
    """A job that is gone soon after its creation is forgotten, an old one is kept."""
    young, _ = refresh(service, recorded(state, LONGEST_RUN))
    old, notes = refresh(service, recorded(state, LONGEST_RUN + timedelta(seconds=1)))

    assert young == Read("", {})
    assert old.name == NAME
    assert notes.warnings[0].endswith("it has ended and its record expired")


@pytest.mark.parametrize(
    ("create_time", "is_kept"),
    [
        ("2026-11-15T09:59:59Z", True),
        ("2026-11-15T09:59:59.123456789Z", True),
        ("2026-11-15T10:00:01Z", False),
        ("2026-11-15T12:59:59+03:00", True),
        ("2020-11-15T10:00:00", True),
        ("yesterday", False),
        (None, False),
        (5, False),
    ],
)
def test_forms_of_a_creation_time(create_time: object, *, is_kept: bool) -> None:
    """The age of a job is read from whatever form its creation time has."""
    state = TuningJobState.from_properties({**recorded(), "createTime": create_time})

    assert (why_kept(state, NOW) is not None) is is_kept


def test_not_found_without_a_record(service: VertexService) -> None:
    """A job of which only the name is known, and which is not found, is an error."""
    with pytest.raises(NotFoundError):
        refresh(service, {"state": "JOB_STATE_SUCCEEDED"})


def test_refresh(service: VertexService) -> None:
    """A refresh records state and results; what the service filled in is no input."""
    service.add_job(
        1,
        **settled(inputs().to_request()),
        state="JOB_STATE_SUCCEEDED",
        tunedModel={"model": "m@1"},
    )

    found, notes = refresh(service, {**recorded(), "brandNew": 1})

    assert found.name == NAME
    assert found.inputs == properties()
    assert found.outputs["state"] == "JOB_STATE_SUCCEEDED"
    assert found.outputs["tunedModel"] == {"model": "m@1"}
    assert found.outputs["supervisedTuningSpec"] == supervised()
    assert found.outputs["brandNew"] == 1
    assert notes == Notes()
    assert service.calls() == [f"GET /v1/{NAME}"]


def test_drift(service: VertexService) -> None:
    """A refresh records a drift in inputs and outputs alike, a lost value too."""
    service.add_job(1, **echo(inputs(baseModel="gemini-2.5-pro").to_request()))
    outputs = {**recorded(), "description": "d", "labels": {"a": "b"}}

    found, _ = refresh(service, outputs)

    assert found.inputs == {**properties(baseModel="gemini-2.5-pro"), "labels": {}}
    assert found.outputs["baseModel"] == "gemini-2.5-pro"
    assert found.outputs["labels"] == {}
    assert "description" not in found.outputs


def test_read_without_a_record(service: VertexService) -> None:
    """A job that only its name is known of is recorded as the service describes it."""
    asked = inputs(labels={"team": "nlp"})
    service.add_job(1, **settled(asked.to_request()))

    found, _ = refresh(service, {})

    assert found.name == NAME
    assert found.inputs is not None
    assert found.inputs["labels"] == {"team": "nlp"}
    assert (found.inputs["project"], found.inputs["location"]) == (NUMBER, LOCATION)
    assert found.inputs["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == 10
    assert found.outputs["serviceAddress"] == ADDRESS
    assert found.outputs["state"] == "JOB_STATE_RUNNING"
    assert found.outputs["baseModel"] == "gemini-2.5-flash"


def test_read_without_a_record_and_again(service: VertexService) -> None:
    """A refresh finds nothing to change in a job that was read a moment before."""
    stats = {"supervisedTuningDataStats": {"totalBillableTokenCount": "1000"}}
    asked = settled(inputs().to_request())
    service.add_job(1, **asked, state="JOB_STATE_SUCCEEDED", tuningDataStats=stats)
    first, _ = refresh(service, {})

    again, _ = refresh(service, first.outputs)

    assert again == first
    assert again.outputs["billedTokens"] == 10 * 1000  # the default epochs


def test_read_by_the_projects_id(service: VertexService) -> None:
    """A job that is read by its project's id is recorded under its own name."""
    service.add_job(1, **echo(inputs().to_request()))
    outside = services(service, service.clock)
    by_id = job_name(project=PROJECT)

    found = read(outside, by_id, TuningJobState.from_properties({}), Notes())

    assert found.name == NAME


OFFICIAL, LOCAL, CUSTOM = ADDRESS, "http://127.0.0.1:8080", "https://vertex.acme.com"


@pytest.mark.parametrize(
    ("then", "now", "is_same"),
    [
        pytest.param(OFFICIAL, None, True, id="official"),
        pytest.param("loopback", LOCAL, True, id="emulator on any port"),
        pytest.param("vertex.acme.com", CUSTOM, True, id="custom host"),
        pytest.param(OFFICIAL, LOCAL, False, id="official, then the emulator"),
        pytest.param("loopback", None, False, id="emulator, then official"),
        pytest.param(OFFICIAL, CUSTOM, False, id="official, then a custom host"),
        pytest.param("vertex.acme.com:444", CUSTOM, False, id="another port"),
        pytest.param(None, LOCAL, True, id="nothing recorded"),
    ],
)
def test_other_service(
    service: VertexService, then: str | None, now: str | None, *, is_same: bool
) -> None:
    """Another service than the recorded one is refused, and not called."""
    outside = services(service, service.clock, vertex_endpoint=now)
    state = TuningJobState.from_properties({**recorded(), "serviceAddress": then})

    if is_same:
        assert str(require_same_service(outside, NAME, state)) == NAME
    else:
        with pytest.raises(OtherServiceError, match="was recorded at") as caught:
            read(outside, NAME, state, Notes())
        assert "gcp:vertexAiCustomEndpoint" in str(caught.value)
    assert service.requests == []


@pytest.mark.parametrize(
    "name", ["", "tuningJobs/1", "projects/p/locations/l/models/1"]
)
def test_name_of_no_job(
    service: VertexService, fake_clock: FakeClock, name: str
) -> None:
    """What names no tuning job is refused with the form of a name."""
    outside = services(service, fake_clock)
    state = TuningJobState.from_properties(recorded())

    with pytest.raises(OtherServiceError, match="is no tuning job: projects/…"):
        read(outside, name, state, Notes())
