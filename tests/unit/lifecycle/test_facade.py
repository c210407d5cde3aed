"""The lifecycle of a process: what it remembers between the engine's calls."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.errors import (
    DatasetUnreadableError,
    PermissionDeniedError,
    Problem,
    TuningError,
)
from pulumi_tuning.inputs import Effect, TuningJobInputs
from pulumi_tuning.job_state import JobState
from pulumi_tuning.lifecycle import Desired, Lifecycle
from pulumi_tuning.lifecycle.cancelling import (
    BOUND_SECONDS,
    SHORTEST_SECONDS,
    CancelIgnoredError,
    CancelRefusedError,
)
from pulumi_tuning.lifecycle.parsing import Unknown
from pulumi_tuning.lifecycle.reading import OtherServiceError
from pulumi_tuning.state import NewerStateError
from tests.support.factories import (
    ADDRESS,
    NUMBER,
    PROJECT,
    TRAIN,
    URN,
    RecordingReporter,
    declaration,
    echo,
    inputs,
    job_name,
    properties,
    services,
    settled,
)
from tests.support.fake_clock import FakeClock
from tests.support.host import struct
from tests.support.strategies import FEW, any_json, asked_properties
from tests.support.vertex_service import VertexService, refusal, reset

Json = dict[str, Any]

NAME = job_name()
OBJECT = {"generation": "1", "size": "5", "crc32c": "AAAA"}
FINGERPRINT = {"generation": "1", "crc32c": "AAAA", "size": 5}
MODEL = f"projects/{NUMBER}/locations/us/models/5"


@pytest.fixture
def lifecycle(service: VertexService, reporter: RecordingReporter) -> Lifecycle:
    """Give the lifecycle of a new process."""
    service.objects[TRAIN] = OBJECT
    return Lifecycle(services(service, service.clock, reporter))


def record(**outputs: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return the record of a running job."""
    return {
        **properties(),
        "name": NAME,
        "state": "JOB_STATE_RUNNING",
        "serviceAddress": ADDRESS,
        "__pulumiTuning": declaration().model_dump(by_alias=True),
        **outputs,
    }


def desired(asked: TuningJobInputs | None = None) -> Desired:
    """Return what the program asks for in a diff."""
    return Desired(asked or inputs(), declaration(), Unknown())


def check(
    lifecycle: Lifecycle, asked: Json, *, has_record: bool
) -> tuple[Problem, ...]:
    """Return the problems of a check."""
    checked = lifecycle.check(asked, declaration(), Unknown(), has_record=has_record)
    return checked.problems


PREFLIGHT_OFF = properties(preflight="off")


def test_check_of_a_new_job_tells_at_once(
    lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """Without a diff to follow, a check tells what it found itself."""
    asked = {**PREFLIGHT_OFF, "labels": {"1": "digit"}}

    assert check(lifecycle, asked, has_record=False) == ()

    assert [report[:2] for report in reporter.reports] == [(URN, "warning")]
    assert "labels.1" in reporter.text


def test_check_that_refuses_tells_at_once(
    lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """No diff follows a refusal: the check tells the rest itself."""
    asked = {**PREFLIGHT_OFF, "labels": {"1": "digit"}, "baseModel": None}

    assert [p.property for p in check(lifecycle, asked, has_record=True)] == [
        "baseModel"
    ]

    assert "labels.1" in reporter.text


PATHS = st.lists(
    st.sampled_from([*TuningJobInputs.properties(), "hyperParameters", "metrics"])
    | st.integers(0, 1),
    min_size=1,
    max_size=4,
).map(tuple)


@FEW
@given(
    asked_properties() | st.dictionaries(st.text(max_size=4), any_json(), max_size=3),
    st.frozensets(PATHS, max_size=3),
    st.booleans(),
)
def test_any_inputs_can_be_checked(
    asked: Json,
    unknown: frozenset[Any],
    has_record: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever is asked for or not known: a check answers, and names its inputs."""
    clock = FakeClock()
    lifecycle = Lifecycle(services(VertexService(clock), clock))

    checked = lifecycle.check(
        asked, declaration(), Unknown(unknown), has_record=has_record
    )

    known = (*TuningJobInputs.properties(), *asked)
    for problem in checked.problems:
        assert problem.property.startswith((*known, "["))
    again = lifecycle.check(
        checked.inputs.to_properties(),
        declaration(),
        Unknown(frozenset((name,) for name in TuningJobInputs.properties())),
        has_record=has_record,
    )
    assert isinstance(again.problems, tuple)


def test_diff_tells_what_the_check_found(
    service: VertexService, lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """Check and diff of one resource tell everything in one line."""
    asked = {**PREFLIGHT_OFF, "labels": {"1": "digit"}}
    there = TuningJobInputs.model_validate(asked)
    service.add_job(1, **echo(there.to_request()), state="JOB_STATE_FAILED")
    before = {**record(), **asked}

    assert check(lifecycle, asked, has_record=True) == ()
    assert reporter.reports == []
    lifecycle.diff(NAME, before, desired(there))

    (report,) = reporter.reports
    assert "labels.1" in report[2]
    assert "the job is JOB_STATE_FAILED" in report[2]


def test_replacement_tells_with_its_second_check(
    service: VertexService, lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """The engine checks a replacement once more: one line tells it all, once."""
    service.add_job(1, **echo(inputs(baseModel="gemini-2.5-pro").to_request()))
    asked = {**PREFLIGHT_OFF, "labels": {"1": "digit"}}

    check(lifecycle, asked, has_record=True)
    found = lifecycle.diff(NAME, record(), desired(TuningJobInputs(**asked)))
    assert found.effect is Effect.REPLACE
    assert reporter.reports == []
    check(lifecycle, asked, has_record=False)
    check(lifecycle, asked, has_record=False)

    (report,) = reporter.reports
    assert "labels.1" in report[2]
    assert 'baseModel is "gemini-2.5-pro"' in report[2]


def test_the_same_is_told_once(
    service: VertexService, lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """What was told of a resource is not told again; news are told with it."""
    service.add_job(1, **echo(inputs().to_request()), state="JOB_STATE_FAILED")

    for _ in range(3):
        lifecycle.diff(NAME, record(), desired())
    assert len(reporter.reports) == 1
    service.clock.advance(61)
    service.jobs.clear()
    lifecycle.diff(NAME, record(), desired())

    assert len(reporter.reports) == 2
    assert "has vanished" in reporter.reports[1][2]
    assert "JOB_STATE_FAILED" in reporter.reports[1][2]


def test_create_records_what_was_started(
    lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """A created job is recorded with its answer, address and data sets."""
    asked = inputs(datasetFingerprints={"training": FINGERPRINT})

    name, outputs = lifecycle.create(asked, declaration())

    assert name == NAME
    assert outputs["state"] == "JOB_STATE_PENDING"
    assert outputs["serviceAddress"] == ADDRESS
    assert outputs["trainedOn"] == {"training": FINGERPRINT}
    assert reporter.reports == []


def test_adopted_job_was_trained_on_unknown_data(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """Of a job that is adopted by name nobody knows the data at its start."""
    service.add_job(1, **echo(inputs().to_request()))
    asked = inputs(adopt=NAME, datasetFingerprints={"training": FINGERPRINT})

    _, outputs = lifecycle.create(asked, declaration())

    assert "trainedOn" not in outputs


WEIRD: list[tuple[str, Json]] = [
    ("null everywhere", {"state": None, "labels": None, "createTime": None}),
    ("numbers", {"state": 2, "createTime": 5, "labels": {"a": 1}, "tunedModel": 3}),
    ("lists", {"state": ["x"], "labels": ["a"], "tuningDataStats": [], "error": []}),
    ("an unknown state", {"state": "JOB_STATE_REVIEWED"}),
    ("a spec as text", {"supervisedTuningSpec": "see console"}),
    ("another definition", {"baseModel": "other", "serviceAccount": "a@b.c"}),
    ("unknown fields", {"brandNew": {"deep": [{"er": None}]}}),
    (
        "statistics of another shape",
        {
            "state": "JOB_STATE_SUCCEEDED",
            "supervisedTuningSpec": {"hyperParameters": {"epochCount": "²"}},
            "tuningDataStats": {
                "supervisedTuningDataStats": {"totalBillableTokenCount": "9" * 400}
            },
        },
    ),
    (
        "what no state can hold",
        {"tuningDataStats": {"a": float("inf"), "b": 10**400}, "error": "\ud800"},
    ),
    ("another project", {"name": NAME.replace(NUMBER, "other")}),
]


@pytest.mark.parametrize(
    "answer", [pytest.param(answer, id=name) for name, answer in WEIRD]
)
def test_weird_answer_to_a_create(
    service: VertexService, lifecycle: Lifecycle, answer: Json
) -> None:
    """Once the job has a name it is recorded, whatever else the answer holds."""
    body = {"name": NAME, **echo(inputs().to_request()), **answer}
    text = json.dumps(body)
    service.script("POST", "/tuningJobs$", httpx.Response(200, text=text))

    name, outputs = lifecycle.create(inputs(), declaration())

    assert name == outputs["name"] == body["name"]
    assert isinstance(outputs["state"], str)
    struct(outputs)
    service.script("GET", "/", httpx.Response(200, text=text), endless=True)
    read = lifecycle.read(name, outputs)
    assert read.name == name
    assert lifecycle.diff(name, outputs, desired()).effect in (None, Effect.REPLACE)
    lifecycle.update(name, outputs, inputs(onFailure="keep"), declaration())


class FailingReporter(RecordingReporter):
    """Fails at everything."""

    def report(self, *_: object, **__: object) -> None:
        """Fail."""
        raise RuntimeError


def test_reporter_that_fails(service: VertexService) -> None:
    """A reporter that fails loses no job."""
    service.script("POST", "/tuningJobs$", lost_answer(service))
    lifecycle = Lifecycle(services(service, service.clock, FailingReporter()))

    name, outputs = lifecycle.create(inputs(), declaration())

    assert name == outputs["name"] == NAME


def lost_answer(service: VertexService) -> Any:  # noqa: ANN401 - a scripted answer
    """Return an answer that starts the job and breaks off."""

    def answer(request: httpx.Request) -> httpx.Response:
        service.answer(request)
        raise reset()

    return answer


def test_data_set_that_did_not_appear(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A data set that the program should have written is required before the POST."""
    service.objects.clear()
    hidden = declaration(datasetsMayAppear=True)

    with pytest.raises(DatasetUnreadableError, match="nothing was started"):
        lifecycle.create(inputs(), hidden)
    assert service.creates == []

    service.objects[TRAIN] = OBJECT
    fresh = Lifecycle(services(service, service.clock))
    assert fresh.create(inputs(), hidden)[0] == NAME


def test_refused_create(service: VertexService, lifecycle: Lifecycle) -> None:
    """A refusal is raised, and the next try may start the job."""
    service.script("POST", "/tuningJobs$", refusal(403))

    with pytest.raises(PermissionDeniedError):
        lifecycle.create(inputs(), declaration())

    assert lifecycle.create(inputs(), declaration())[0] == NAME


def test_read_tells_why_a_job_is_kept(
    lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """A refresh tells on the row why a job that is not found stays recorded."""
    found = lifecycle.read(NAME, record(state="JOB_STATE_SUCCEEDED"))

    assert found.name == NAME
    assert reporter.reports[0][:2] == (URN, "warning")


def test_newer_state(lifecycle: Lifecycle) -> None:
    """A state of a newer version is refused by each step that reads it."""
    newer = record(__pulumiTuning={"schemaVersion": 2.0})

    for step in (
        lambda: lifecycle.diff(NAME, newer, desired()),
        lambda: lifecycle.read(NAME, newer),
        lambda: lifecycle.update(NAME, newer, inputs(), declaration()),
        lambda: lifecycle.delete(NAME, newer),
    ):
        with pytest.raises(NewerStateError):
            step()


def test_update_looks_at_the_job(service: VertexService, lifecycle: Lifecycle) -> None:
    """An update records the live state on the way, and keeps what it was trained on."""
    service.add_job(1, **settled(inputs().to_request()), state="JOB_STATE_SUCCEEDED")

    outputs = lifecycle.update(
        NAME,
        record(trainedOn={"training": FINGERPRINT}),
        inputs(onFailure="replace"),
        declaration(),
    )

    assert outputs["state"] == "JOB_STATE_SUCCEEDED"
    assert outputs["onFailure"] == "replace"
    assert outputs["trainedOn"] == {"training": FINGERPRINT}


def test_update_without_a_service(service: VertexService, lifecycle: Lifecycle) -> None:
    """An update of a job that cannot be read records the inputs alone."""
    service.script("GET", "/tuningJobs", refusal(503), endless=True)

    outputs = lifecycle.update(
        NAME, record(), inputs(onFailure="replace"), declaration()
    )

    assert outputs == {
        **record(),
        "onFailure": "replace",
        "__pulumiTuning": outputs["__pulumiTuning"],
    }


def test_delete_cancels(
    service: VertexService, lifecycle: Lifecycle, reporter: RecordingReporter
) -> None:
    """A delete of a working job is one cancel."""
    service.add_job(1)

    lifecycle.delete(NAME, record())

    assert service.jobs[NAME]["state"] == JobState.CANCELLING
    assert len(service.cancels) == 1
    assert reporter.reports == []


@pytest.mark.parametrize("model", [MODEL, None])
def test_delete_that_loses_the_race(
    service: VertexService,
    lifecycle: Lifecycle,
    reporter: RecordingReporter,
    model: str | None,
) -> None:
    """A cancel that loses the race to success says what is left."""
    service.add_job(1)

    def succeed(_: httpx.Request) -> httpx.Response:
        service.jobs[NAME]["state"] = "JOB_STATE_SUCCEEDED"
        service.jobs[NAME]["tunedModel"] = {"model": model}
        return refusal(400, "FAILED_PRECONDITION")

    service.script("POST", ":cancel", succeed)

    lifecycle.delete(NAME, record())

    assert reporter.reports == [
        (
            URN,
            "info",
            f"{NAME} ended before the cancel and left {model or 'a tuned model'}",
        )
    ]


def test_delete_with_clean_up(service: VertexService, lifecycle: Lifecycle) -> None:
    """A delete removes the tuned model where the record asks for it."""
    service.add_job(1, state="JOB_STATE_SUCCEEDED", tunedModel={"model": f"{MODEL}@1"})
    service.versions[MODEL] = ["1"]

    lifecycle.delete(NAME, record())
    assert service.versions == {MODEL: ["1"]}
    lifecycle.delete(NAME, record(deleteTunedModel=True))

    assert service.versions == {}


def test_delete_of_a_job_that_is_gone(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A delete of a job that is gone has nothing to clean up."""
    lifecycle.delete(NAME, record(deleteTunedModel=True))

    assert service.calls() == [f"GET /v1/{NAME}"]


def test_delete_at_another_service(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A delete at another service than the recorded one is refused."""
    with pytest.raises(OtherServiceError):
        lifecycle.delete(NAME, record(serviceAddress="loopback"))

    assert service.requests == []


def test_delete_within_its_custom_timeout(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """The delete's custom timeout is the bound of its cancel."""
    service.add_job(1)
    service.cancel_seconds = None
    hidden = {"customTimeouts": {"delete": "30s"}}
    started = service.clock.monotonic()

    with pytest.raises(CancelIgnoredError):
        lifecycle.delete(NAME, record(__pulumiTuning=hidden))

    assert service.clock.monotonic() - started == pytest.approx(30)


def test_deletes_share_their_bound(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """Jobs that ignore their cancel do not hold up the end one after the other."""
    service.cancel_seconds = None
    started = service.clock.monotonic()

    for number in (1, 2):
        service.add_job(number, **echo(inputs().to_request()))
        with pytest.raises(CancelIgnoredError):
            lifecycle.delete(job_name(number), record())

    waited = service.clock.monotonic() - started
    assert waited == pytest.approx(BOUND_SECONDS + SHORTEST_SECONDS)


def test_created_job_is_in_use(service: VertexService, lifecycle: Lifecycle) -> None:
    """A pending deletion of the job that was just adopted makes no call."""
    name, outputs = lifecycle.create(inputs(), declaration())
    service.requests.clear()

    lifecycle.delete(name, outputs)

    assert service.requests == []
    assert service.jobs[name]["state"] == "JOB_STATE_PENDING"


@pytest.mark.parametrize(
    ("asked", "is_in_use"),
    [
        pytest.param(inputs(), True, id="same"),
        pytest.param(inputs(onFailure="replace"), True, id="update"),
        pytest.param(inputs(description="d"), False, id="replace"),
    ],
)
def test_job_that_a_diff_keeps_is_in_use(
    service: VertexService,
    lifecycle: Lifecycle,
    asked: TuningJobInputs,
    *,
    is_in_use: bool,
) -> None:
    """Only a job that the diff of this process replaces may be cancelled by it."""
    service.add_job(1, **echo(inputs().to_request()))

    check(lifecycle, PREFLIGHT_OFF, has_record=True)
    lifecycle.diff(NAME, record(), desired(asked))
    lifecycle.delete(NAME, record())

    assert len(service.cancels) == (0 if is_in_use else 1)


def test_refreshed_job_may_be_deleted(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """The diff of a refresh does not say that the program wants the job."""
    service.add_job(1, **echo(inputs().to_request()))

    lifecycle.diff(NAME, record(), desired())
    lifecycle.delete(NAME, record())

    assert len(service.cancels) == 1


def test_failed_replacement_keeps_the_job(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A pending deletion that names the recorded job does not cancel it.

    With `--continue-on-error` it follows though the replacement could not be created.
    """
    asked = inputs(description="d")
    for number in (1, 2):
        service.add_job(number, **echo(inputs().to_request()))
    service.script("POST", "/tuningJobs$", refusal(403))

    check(lifecycle, PREFLIGHT_OFF, has_record=True)
    lifecycle.diff(NAME, record(), desired(asked))
    with pytest.raises(PermissionDeniedError):
        lifecycle.create(asked, declaration())
    lifecycle.delete(NAME, record())
    lifecycle.delete(job_name(2), record())

    assert [call.rpartition("/")[2] for call in service.cancels] == ["2:cancel"]


def test_replacement_that_is_refused_keeps_the_job(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """The recorded job stays too when the check of its replacement refuses."""
    service.add_job(1, **echo(inputs().to_request()))

    check(lifecycle, PREFLIGHT_OFF, has_record=True)
    lifecycle.diff(NAME, record(), desired(inputs(description="d")))
    assert check(lifecycle, {**PREFLIGHT_OFF, "adopt": "x"}, has_record=False)
    lifecycle.delete(NAME, record())

    assert service.cancels == []


def test_failed_step_without_a_diff(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """Where nobody knows which job is the recorded one, none is cancelled or lost.

    So it is with a forced replacement that fails, and with inputs that are refused.
    """
    service.add_job(1, **echo(inputs().to_request()))
    service.script("POST", "/tuningJobs$", refusal(403))

    with pytest.raises(PermissionDeniedError):
        lifecycle.create(inputs(description="d"), declaration())
    with pytest.raises(CancelRefusedError, match="run `pulumi up` again"):
        lifecycle.delete(NAME, record())

    assert service.cancels == []


def test_later_diff_decides(service: VertexService, lifecycle: Lifecycle) -> None:
    """A job that was kept and is replaced after all is cancelled, once it is."""
    service.add_job(1, **echo(inputs().to_request()))

    for asked in (inputs(), inputs(description="d")):
        check(lifecycle, PREFLIGHT_OFF, has_record=True)
        lifecycle.diff(NAME, record(), desired(asked))
    lifecycle.create(inputs(description="d"), declaration())
    lifecycle.delete(NAME, record())

    assert [call.rpartition("/")[2] for call in service.cancels] == ["1:cancel"]


def test_later_diff_decides_before_the_create(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """So it is with `delete_before_replace`, when the deletion comes first."""
    service.add_job(1, **echo(inputs().to_request()))

    for asked in (inputs(), inputs(description="d")):
        check(lifecycle, PREFLIGHT_OFF, has_record=True)
        lifecycle.diff(NAME, record(), desired(asked))
    lifecycle.delete(NAME, record())

    assert len(service.cancels) == 1


def test_job_to_adopt_is_in_use(service: VertexService, lifecycle: Lifecycle) -> None:
    """A job that the program adopts is not cancelled by its own deletion before that.

    With `delete_before_replace` the deletion comes first, and after a forced
    replacement's check no diff at all.
    """
    service.add_job(1, **echo(inputs().to_request()))

    check(lifecycle, {**PREFLIGHT_OFF, "adopt": NAME}, has_record=False)
    lifecycle.delete(NAME, record())
    name, _ = lifecycle.create(inputs(adopt=NAME), declaration())

    assert name == NAME
    assert service.cancels == []


def test_job_that_cannot_be_adopted_is_not_in_use(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A refused adoption lets no deletion of that job pass without a cancel."""
    service.add_job(1, **echo(inputs(description="d").to_request()))

    assert check(lifecycle, {**PREFLIGHT_OFF, "adopt": NAME}, has_record=False)
    with pytest.raises(CancelRefusedError):
        lifecycle.delete(NAME, record())


def test_other_job_than_the_adopted_one_is_not_in_use(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A job that gives way to an adopted one is cancelled."""
    for number in (1, 2):
        service.add_job(number, **echo(inputs().to_request()))

    check(lifecycle, {**PREFLIGHT_OFF, "adopt": job_name(2)}, has_record=False)
    lifecycle.delete(NAME, record())

    assert len(service.cancels) == 1


def test_updated_job_is_in_use(service: VertexService, lifecycle: Lifecycle) -> None:
    """A job that was just updated is not cancelled by the same process."""
    service.add_job(1, **echo(inputs().to_request()))

    lifecycle.update(NAME, record(), inputs(onFailure="keep"), declaration())
    lifecycle.delete(NAME, record())

    assert service.cancels == []


def test_forced_replacement(
    service: VertexService, reporter: RecordingReporter
) -> None:
    """A forced replacement of a running job adopts it, and nothing cancels it later."""
    service.objects[TRAIN] = OBJECT
    first = Lifecycle(services(service, service.clock, reporter))
    name, outputs = first.create(inputs(), declaration())
    second = Lifecycle(services(service, service.clock, reporter))

    again, _ = second.create(inputs(), declaration())
    second.delete(name, outputs)
    third = Lifecycle(services(service, service.clock, reporter))
    check(third, PREFLIGHT_OFF, has_record=True)
    third.diff(again, outputs, desired())
    third.delete(name, outputs)

    assert again == name
    assert len(service.creates) == 1
    assert service.cancels == []
    assert "to force a second run, change triggers" in reporter.text


def test_forced_replacement_under_another_name(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """A running job is adopted, not cancelled, also where its project has two names."""
    recorded_name = job_name(project=PROJECT)
    lifecycle.create(inputs(), declaration())

    lifecycle.delete(recorded_name, record(name=recorded_name))

    assert service.cancels == []


def test_failing_step_keeps_the_next_one_working(
    service: VertexService, lifecycle: Lifecycle
) -> None:
    """After a step that failed the lifecycle works on."""
    service.script("GET", "/tuningJobs/", refusal(403))

    with pytest.raises(TuningError):
        lifecycle.read(NAME, record())
    service.add_job(1, **echo(inputs().to_request()))

    assert lifecycle.read(NAME, record()).name == NAME


def test_project_that_nobody_knows(service: VertexService) -> None:
    """Where credentials cannot say the project either, it is missing by name."""
    service.objects[TRAIN] = OBJECT
    outside = services(
        service, service.clock, project=None, access_token=None, credentials="{}"
    )
    asked = properties(project=None, preflight="off")

    problems = check(Lifecycle(outside), asked, has_record=False)

    assert [problem.property for problem in problems] == ["project"]
