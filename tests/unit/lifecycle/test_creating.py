"""Create: at most one job, found again whatever happened to its answer."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiError,
    CredentialsError,
    DatasetUnreadableError,
    PermissionDeniedError,
    QuotaError,
    TuningError,
)
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.job_state import JobState
from pulumi_tuning.lifecycle.creating import (
    LOOK_AGAIN_SECONDS,
    AdoptionRefusedError,
    CreateUnansweredError,
    Creation,
)
from pulumi_tuning.lifecycle.identity import (
    FINGERPRINT_LABEL,
    fingerprint_label,
    request_body,
)
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.live import LiveTuningJob
from tests.support.factories import (
    IDENTITY,
    LOCATION,
    PROJECT,
    VALIDATION,
    declaration,
    echo,
    inputs,
    job_name,
    services,
    settled,
    supervised,
)
from tests.support.vertex_service import (
    VertexService,
    html,
    refusal,
    refused,
    reset,
    timeout,
)

Json = dict[str, Any]

POST = ("POST", "/tuningJobs$")
LIST = ("GET", "/tuningJobs$")
EPOCHS = {"supervisedTuningSpec": supervised(epochCount=4)}


def body(asked: TuningJobInputs | None = None) -> Json:
    """Return the body of the create call of a resource."""
    return request_body(
        asked or inputs(), identity=IDENTITY, name="bot", default_labels={}
    )


def create(
    service: VertexService,
    asked: TuningJobInputs | None = None,
    **hidden: Any,  # noqa: ANN401 - any JSON
) -> tuple[LiveTuningJob, Notes]:
    """Return the job of a create, and what it tells."""
    notes = Notes()
    outside = services(service, service.clock)
    creation = Creation(outside, asked or inputs(), declaration(**hidden), notes)
    return creation.run(), notes


def failing_create(
    service: VertexService, asked: TuningJobInputs | None = None
) -> TuningError:
    """Return the error of a create."""
    with pytest.raises(TuningError) as caught:
        create(service, asked)
    return caught.value


def test_first_job(service: VertexService) -> None:
    """A job that is not there is looked for, then started with exactly one request."""
    asked = inputs(labels={"team": "nlp"})

    job, notes = create(service, asked)

    assert job.name == job_name(1)
    assert job.state == "JOB_STATE_PENDING"
    assert service.creates == [body(asked)]
    parent = f"/v1/projects/{PROJECT}/locations/{LOCATION}/tuningJobs"
    assert service.calls() == [f"GET {parent}", f"POST {parent}"]
    assert service.requests[0].url.params["filter"] == (
        f'labels.{FINGERPRINT_LABEL}="{fingerprint_label(IDENTITY, "bot", asked)}"'
    )
    assert notes == Notes()


def test_default_labels(service: VertexService) -> None:
    """Default labels of the settings are sent with the job."""
    outside = services(service, service.clock, default_labels={"cost": "42"})

    Creation(outside, inputs(), declaration(), Notes()).run()

    assert service.creates[0]["labels"]["cost"] == "42"


UNREADABLE = [
    pytest.param(html(404), id="404 of a proxy"),
    pytest.param(httpx.Response(200, json={"tuningJobs": {}}), id="no list"),
    pytest.param(refusal(400), id="400"),
    pytest.param(refusal(401), id="401"),
    pytest.param(refusal(403), id="403"),
    pytest.param(refusal(404), id="404"),
    pytest.param(refusal(429), id="429"),
    pytest.param(refusal(500), id="500"),
    pytest.param(refusal(503), id="503"),
    pytest.param(timeout(), id="time-out"),
    pytest.param(reset(), id="reset"),
    pytest.param(refused(), id="refused"),
]


@pytest.mark.parametrize("answer", UNREADABLE)
def test_unreadable_list(
    service: VertexService, answer: httpx.Response | Exception
) -> None:
    """Where nobody can say what is there already, nothing is started."""
    service.script(*LIST, answer, endless=True)

    error = failing_create(service)

    assert isinstance(error, ApiError)
    assert "\n" not in str(error)
    assert service.creates == []


def test_second_page_of_the_list(service: VertexService) -> None:
    """A list is read to its end before anything is started."""
    pages = [
        httpx.Response(200, json={"tuningJobs": [], "nextPageToken": "t"}),
        refusal(400),
        refusal(400),
    ]
    service.script(*LIST, *pages)

    assert isinstance(failing_create(service), ApiError)
    assert service.creates == []


LIVE_STATES = [
    JobState.UNSPECIFIED,
    JobState.QUEUED,
    JobState.PENDING,
    JobState.RUNNING,
    JobState.PAUSED,
    JobState.UPDATING,
    "JOB_STATE_REVIEWED",
]


@pytest.mark.parametrize("state", LIVE_STATES)
def test_job_that_runs_already(service: VertexService, state: str) -> None:
    """A live job with this fingerprint and definition is adopted with a warning."""
    service.add_job(1, **settled(body(inputs(**EPOCHS))), state=state)

    job, notes = create(service, inputs(**EPOCHS))

    assert job.name == job_name(1)
    assert service.creates == []
    (warning,) = notes.warnings
    assert warning == (
        f"adopted {job_name(1)}, which this stack started with the same definition and "
        f"which is still {state}; to force a second run, change triggers"
    )


@pytest.mark.parametrize("state", [s for s in JobState if s not in LIVE_STATES])
def test_job_that_has_ended(service: VertexService, state: str) -> None:
    """A job that is final or being cancelled is never adopted."""
    service.add_job(1, **echo(body()), state=state)

    job, notes = create(service)

    assert job.name == job_name(2)
    assert len(service.creates) == 1
    assert notes == Notes()


@pytest.mark.parametrize(
    "drift",
    [
        pytest.param({"baseModel": "gemini-2.5-pro"}, id="another model"),
        pytest.param({"supervisedTuningSpec": supervised()}, id="no epochs"),
        pytest.param({"serviceAccount": "a@b.c"}, id="an unasked service account"),
        pytest.param({"description": "d"}, id="an unasked description"),
    ],
)
def test_drifted_job_is_not_adopted(service: VertexService, drift: Json) -> None:
    """A live job that keeps its label and not its definition is not adopted."""
    service.add_job(1, **{**echo(body(inputs(**EPOCHS))), **drift})

    job, _ = create(service, inputs(**EPOCHS))

    assert job.name == job_name(2)
    assert len(service.creates) == 1


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(({"identity": "another"}, "bot", {}), id="another stack"),
        pytest.param(({}, "helper", {}), id="another resource"),
        pytest.param(({}, "bot", {"triggers": [2.0]}), id="another trigger"),
    ],
)
def test_job_of_another_is_not_adopted(
    service: VertexService, other: tuple[Json, str, Json]
) -> None:
    """A live job of another stack, resource or trigger is never taken over."""
    hidden, name, changed = other
    identity = hidden.get("identity", IDENTITY)
    theirs = request_body(
        inputs(**{"triggers": [1.0], **changed}),
        identity=identity,
        name=name,
        default_labels={},
    )
    service.add_job(1, **echo(theirs))

    job, _ = create(service, inputs(triggers=[1.0]))

    assert job.name == job_name(2)


def test_running_job_of_which_the_list_shows_less(service: VertexService) -> None:
    """A job that the list does not show as a whole is adopted as what it is."""
    name = service.add_job(1, **echo(body()))
    listed = {k: v for k, v in service.jobs[name].items() if not k.endswith("Spec")}
    service.script(*LIST, httpx.Response(200, json={"tuningJobs": [listed]}))

    job, _ = create(service)

    assert job.name == name
    assert service.creates == []


@pytest.mark.parametrize("state", ["JOB_STATE_SUCCEEDED", "JOB_STATE_CANCELLING"])
def test_list_that_is_older_than_the_job(service: VertexService, state: str) -> None:
    """A job that works only in the list any more is not adopted."""
    name = service.add_job(1, **echo(body()))
    listed = dict(service.jobs[name])
    service.jobs[name]["state"] = state
    service.script(*LIST, httpx.Response(200, json={"tuningJobs": [listed]}))

    job, _ = create(service)

    assert job.name == job_name(2)
    assert len(service.creates) == 1


def test_running_job_that_cannot_be_looked_at(service: VertexService) -> None:
    """Where nobody can say whether a job still works, nothing is started."""
    service.add_job(1, **echo(body()))
    service.script("GET", "/tuningJobs/", refusal(403))

    with pytest.raises(PermissionDeniedError):
        create(service)

    assert service.creates == []


def other_answer(request: httpx.Request) -> httpx.Response:
    """Answer a create call with another definition than was asked for."""
    answer = {**echo(json.loads(request.content)), "baseModel": "publishers/x"}
    return httpx.Response(200, json={"name": job_name(7), **answer})


def test_answer_with_another_definition(service: VertexService) -> None:
    """What would replace the job at every `up` is told as soon as it is known."""
    service.script(*POST, other_answer)

    job, notes = create(service)

    assert job.name == job_name(7)
    (warning,) = notes.warnings
    assert warning == (
        'the service answered another definition: baseModel is "publishers/x", desired '
        '"gemini-2.5-flash". If it keeps that, every `pulumi up` replaces the job: '
        "write the answered values in the program, or name the properties in "
        "ignore_changes"
    )


def test_ignored_difference_of_an_answer(service: VertexService) -> None:
    """What no diff looks at is no matter."""
    service.script(*POST, other_answer)

    _, notes = create(service, ignoreChanges=["baseModel"])

    assert notes.warnings == []


def test_several_jobs(service: VertexService) -> None:
    """Of several jobs the oldest is adopted, and the others are named."""
    for number, minute in ((1, 30), (2, 10), (3, 20)):
        service.add_job(
            number, **echo(body()), createTime=f"2026-11-22T09:{minute}:00Z"
        )

    job, notes = create(service)

    assert job.name == job_name(2)
    assert service.creates == []
    assert notes.warnings[1] == (
        f"also there with the same definition: {job_name(3)}, {job_name(1)}; "
        "`pulumi-tuning orphans` lists and cancels them"
    )


def test_jobs_without_a_time(service: VertexService) -> None:
    """Jobs of which no time is known are taken in the order of their names."""
    for number in (2, 1):
        service.add_job(number, **echo(body()), createTime=None)

    assert create(service)[0].name == job_name(1)


Fault = httpx.Response | Exception

AMBIGUOUS: list[Any] = [
    pytest.param(timeout(), id="time-out"),
    pytest.param(reset(), id="reset"),
    pytest.param(httpx.RemoteProtocolError("cut"), id="cut"),
    pytest.param(httpx.WriteError("cut"), id="cut while sending"),
    pytest.param(refusal(500), id="500"),
    pytest.param(refusal(503), id="503"),
    pytest.param(refusal(504), id="504"),
    pytest.param(refusal(499), id="499"),
    pytest.param(refusal(500, "UNKNOWN"), id="unknown"),
    pytest.param(refusal(500, "DATA_LOSS"), id="data loss"),
    pytest.param(refusal(500, "NOT_FOUND"), id="500 with another word"),
    pytest.param(refusal(503, "PERMISSION_DENIED"), id="503 with another word"),
    pytest.param(
        refusal(502, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
        id="502 that speaks of a rate",
    ),
    pytest.param(html(500), id="500 of a proxy"),
    pytest.param(html(502), id="502 of a proxy"),
    pytest.param(html(408), id="408 of a proxy"),
    pytest.param(refusal(408, "ABORTED"), id="408 with another word"),
    pytest.param(html(404), id="404 of a proxy"),
    pytest.param(html(302), id="a redirect"),
    pytest.param(httpx.Response(200, text="OK"), id="no JSON"),
    pytest.param(httpx.Response(200, json=[]), id="no object"),
    pytest.param(httpx.Response(200, json={}), id="no name"),
    pytest.param(httpx.Response(200, json={"name": ""}), id="an empty name"),
    pytest.param(httpx.Response(200, json={"name": "jobs/1"}), id="a name of no job"),
    pytest.param(httpx.Response(200, json={"name": 5}), id="a number for a name"),
]


def after_effect(service: VertexService, fault: Fault) -> Callable[..., httpx.Response]:
    """Return an answer that starts the job and then fails."""

    def answer(request: httpx.Request) -> httpx.Response:
        service.answer(request)
        if isinstance(fault, Exception):
            raise fault
        return fault

    return answer


@pytest.mark.parametrize("fault", AMBIGUOUS)
def test_lost_answer_of_a_started_job(service: VertexService, fault: Fault) -> None:
    """A job whose create call got no answer is found by its label: one POST."""
    service.script(*POST, after_effect(service, fault))

    job, notes = create(service)

    assert job.name == job_name(1)
    assert len(service.creates) == 1
    assert notes.warnings[0].startswith("the create call got no answer (")
    assert notes.warnings[0].endswith(f"the job was found by its label: {job_name(1)}")
    assert service.clock.sleeps == [LOOK_AGAIN_SECONDS[0]]


@pytest.mark.parametrize("fault", AMBIGUOUS)
def test_lost_answer_of_nothing(service: VertexService, fault: Fault) -> None:
    """Where no job is found, one clear error says what the next `up` will do."""
    service.script(*POST, fault)

    error = failing_create(service)

    assert isinstance(error, CreateUnansweredError)
    assert str(error).endswith(
        "and no job with its label is listed. Nothing is recorded; the next `pulumi "
        f"up` looks for the job again in {PROJECT}, {LOCATION} before it starts one"
    )
    assert isinstance(error.__cause__, ApiError)
    assert len(service.creates) == 1
    assert service.clock.sleeps == list(LOOK_AGAIN_SECONDS)


@pytest.mark.parametrize("looks", range(1, len(LOOK_AGAIN_SECONDS)))
def test_list_that_is_behind(service: VertexService, looks: int) -> None:
    """A list that does not show the new job at once is read again."""
    empty = httpx.Response(200, json={})
    service.script(*POST, after_effect(service, timeout()))
    service.script(*LIST, *[empty] * (looks + 1))

    job, _ = create(service)

    assert job.name == job_name(1)
    assert len(service.creates) == 1
    assert service.clock.sleeps == list(LOOK_AGAIN_SECONDS[: looks + 1])


@pytest.mark.parametrize(
    "answer", [refusal(503), refusal(401), refusal(429), html(404), reset()]
)
def test_list_that_fails_after_a_lost_answer(
    service: VertexService, answer: Fault
) -> None:
    """Trouble with the list after a lost answer is borne: the job is looked for on."""
    service.script(*POST, after_effect(service, timeout()))
    service.script(*LIST, httpx.Response(200, json={}), *[answer] * 3)

    job, _ = create(service)

    assert job.name == job_name(1)
    assert len(service.creates) == 1


def test_list_that_stays_unreadable(service: VertexService) -> None:
    """When the list stays unreadable, the error says that nobody knows."""
    service.script(*POST, timeout())
    service.script(*LIST, httpx.Response(200, json={}), refusal(403), endless=True)

    assert isinstance(failing_create(service), CreateUnansweredError)


def test_credentials_that_end_after_a_lost_answer(service: VertexService) -> None:
    """Credentials that cannot be renewed after a lost answer hide nothing."""
    service.script(*POST, timeout())
    outside = services(service, service.clock)
    lost = CredentialsError("the token has expired")

    def expire(_: httpx.Request) -> httpx.Response:
        raise lost

    service.script(*LIST, httpx.Response(200, json={}), expire, endless=True)

    with pytest.raises(CreateUnansweredError):
        Creation(outside, inputs(), declaration(), Notes()).run()


def test_known_jobs_are_not_the_new_one(service: VertexService) -> None:
    """A job that was there before the lost call is not taken for its job."""
    service.add_job(1, **echo(body()), state="JOB_STATE_FAILED")
    service.script(*POST, timeout())

    assert isinstance(failing_create(service), CreateUnansweredError)


def test_several_new_jobs(service: VertexService) -> None:
    """Of several jobs that appear the oldest is taken, and the others are named."""

    def twice(request: httpx.Request) -> httpx.Response:
        service.answer(request)
        service.answer(request)
        raise timeout()

    service.script(*POST, twice)

    job, notes = create(service)

    assert job.name == job_name(1)
    assert job_name(2) in notes.warnings[1]


def test_new_job_that_has_failed_already(service: VertexService) -> None:
    """A job that ended while it was looked for is this one all the same."""

    def fail(request: httpx.Request) -> httpx.Response:
        service.answer(request)
        service.jobs[job_name(1)]["state"] = "JOB_STATE_FAILED"
        raise timeout()

    service.script(*POST, fail)

    assert create(service)[0].state == "JOB_STATE_FAILED"


CERTAIN = [
    pytest.param(refusal(400), id="400"),
    pytest.param(refusal(400, "FAILED_PRECONDITION"), id="failed precondition"),
    pytest.param(refusal(400, "OUT_OF_RANGE"), id="out of range"),
    pytest.param(refusal(401), id="401"),
    pytest.param(refusal(403), id="403"),
    pytest.param(refusal(404), id="404"),
    pytest.param(refusal(409), id="409"),
    pytest.param(refusal(409, "ALREADY_EXISTS"), id="already exists"),
    pytest.param(refusal(429), id="quota"),
    pytest.param(refusal(501), id="501"),
    pytest.param(html(403), id="403 of a proxy"),
    pytest.param(html(413), id="413 of a proxy"),
    pytest.param(html(418), id="a code without a word"),
]


@pytest.mark.parametrize("answer", CERTAIN)
def test_refused_create(service: VertexService, answer: httpx.Response) -> None:
    """A refusal is one readable error after one POST: nothing is looked for."""
    service.script(*POST, answer, endless=True)

    error = failing_create(service)

    assert isinstance(error, ApiError)
    assert not isinstance(error, CreateUnansweredError)
    assert "\n" not in str(error)
    assert str(error).startswith(
        f"create a tuning job in projects/{PROJECT}/locations/{LOCATION}: "
    )
    assert len(service.creates) == 1
    assert len(service.calls(*LIST)) == 1


NOT_ACCEPTED = [
    pytest.param(refused(), id="connection refused"),
    pytest.param(httpx.ConnectTimeout("slow"), id="no connection in time"),
    pytest.param(httpx.ProxyError("no proxy"), id="no proxy"),
    pytest.param(httpx.PoolTimeout("busy"), id="no free connection"),
    pytest.param(refusal(429, reason="RATE_LIMIT_EXCEEDED"), id="rate limit"),
]


@pytest.mark.parametrize("fault", NOT_ACCEPTED)
def test_request_that_was_not_accepted(service: VertexService, fault: Fault) -> None:
    """A request that provably started nothing is sent again."""
    service.script(*POST, fault, fault)

    job, notes = create(service)

    assert job.name == job_name(1)
    assert len(service.jobs) == 1
    assert len(service.creates) == 3
    assert notes == Notes()


@pytest.mark.parametrize("fault", NOT_ACCEPTED)
def test_request_that_is_never_accepted(service: VertexService, fault: Fault) -> None:
    """Sending again has an end, which is the error itself."""
    service.script(*POST, fault, endless=True)

    error = failing_create(service)

    assert isinstance(error, (ApiConnectionError, QuotaError))
    assert service.jobs == {}


def test_lost_answer_after_a_refused_request(service: VertexService) -> None:
    """An answer that is lost in a later attempt is looked for like any other."""
    service.script(*POST, refused(), after_effect(service, timeout()))

    job, _ = create(service)

    assert job.name == job_name(1)
    assert len(service.jobs) == 1


def test_adopt(service: VertexService) -> None:
    """An existing job that is what the program declares is adopted; nothing starts."""
    name = service.add_job(7, **settled(inputs(**EPOCHS).to_request()))

    job, notes = create(service, inputs(adopt=name, **EPOCHS))

    assert job.name == name
    assert service.calls() == [f"GET /v1/{name}"]
    assert notes.infos == [f"adopted {name} (JOB_STATE_RUNNING), nothing was started"]


@pytest.mark.parametrize("state", JobState)
def test_adopt_in_any_state(service: VertexService, state: str) -> None:
    """A job can be adopted in any state, also a final one."""
    name = service.add_job(7, **echo(inputs().to_request()), state=state)

    assert create(service, inputs(adopt=name))[0].state == state


def test_adopt_another_definition(service: VertexService) -> None:
    """A job with another definition is refused with every difference."""
    name = service.add_job(
        7,
        **echo(inputs(baseModel="gemini-2.5-pro", labels={"a": "b"}).to_request()),
        serviceAccount="a@b.c",
    )
    asked = inputs(adopt=name, labels={"a": "c"}, location="europe-west4", project="x")

    error = failing_create(service, asked)

    assert isinstance(error, AdoptionRefusedError)
    assert str(error) == (
        f"{name} cannot be adopted, it differs from the program: "
        'baseModel "gemini-2.5-pro" → "gemini-2.5-flash"; labels.a "b" → "c"; '
        'serviceAccount "a@b.c" → (unset); location "us-central1" → "europe-west4". '
        "Change the program, or remove adopt to start a new job"
    )
    assert service.creates == []


def test_adopt_in_another_project(service: VertexService) -> None:
    """A job of a project of another number is not the declared one."""
    name = service.add_job(7, **echo(inputs().to_request()))

    error = failing_create(service, inputs(adopt=name, project="42"))

    assert 'project "123456789012" → "42"' in str(error)


@pytest.mark.parametrize("answer", [refusal(404), refusal(403), html(404), reset()])
def test_adopt_what_cannot_be_read(service: VertexService, answer: Fault) -> None:
    """A job that cannot be read is not adopted, and none is started instead."""
    service.script("GET", "/tuningJobs/7$", answer, endless=True)

    error = failing_create(service, inputs(adopt=job_name(7)))

    assert isinstance(error, ApiError)
    assert service.creates == []


def test_longer_patience(service: VertexService) -> None:
    """A custom timeout of the create bounds how long a refused request is repeated."""
    service.script(*POST, refused())

    job, _ = create(service, customTimeouts={"create": "2h"})

    assert job.name == job_name(1)


REPLACES = {"onDatasetChange": "replace"}


@pytest.mark.parametrize(
    "known",
    [
        pytest.param(None, id="nothing"),
        pytest.param({"validation": {"generation": "1"}}, id="only validation"),
        pytest.param({"training": {"generation": "1"}}, id="only training"),
    ],
)
def test_data_that_nobody_could_read(
    service: VertexService, known: Json | None
) -> None:
    """Where the label needs data that nobody could read, nothing is started."""
    spec = supervised(validationDatasetUri=VALIDATION)
    asked = inputs(supervisedTuningSpec=spec, datasetFingerprints=known, **REPLACES)

    error = failing_create(service, asked)

    assert isinstance(error, DatasetUnreadableError)
    assert "nobody can tell whether a job for it runs already" in str(error)
    assert service.requests == []


def test_data_that_has_no_fingerprint(service: VertexService) -> None:
    """A multimodal data set has no fingerprint, and needs none."""
    uri = f"projects/{PROJECT}/locations/{LOCATION}/datasets/7"
    asked = inputs(supervisedTuningSpec={"trainingDatasetUri": uri}, **REPLACES)

    assert create(service, asked)[0].name == job_name(1)


def test_data_that_is_known(service: VertexService) -> None:
    """A running job on the same data is found also after another upload."""
    first, again = (
        inputs(
            datasetFingerprints={
                "training": {"generation": generation, "crc32c": "AAAA", "size": 5}
            },
            **REPLACES,
        )
        for generation in ("1", "2")
    )

    assert create(service, first)[0].name == create(service, again)[0].name
    assert len(service.creates) == 1
