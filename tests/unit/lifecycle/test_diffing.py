"""Diff against the live job: what is done, and what is told about why."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from pulumi_tuning.diff import Diff
from pulumi_tuning.inputs import Effect, TuningJobInputs
from pulumi_tuning.job_state import JobState
from pulumi_tuning.lifecycle.costs import CostTable
from pulumi_tuning.lifecycle.diffing import Comparison, Desired
from pulumi_tuning.lifecycle.identity import (
    STACK_LABEL,
    fingerprint_label,
    request_body,
    stack_label,
)
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Unknown
from pulumi_tuning.lifecycle.reading import OtherServiceError
from pulumi_tuning.lifecycle.snapshot import SnapshotReader
from pulumi_tuning.state import TuningJobState
from tests.support.factories import (
    ADDRESS,
    IDENTITY,
    NUMBER,
    TRAIN,
    VALIDATION,
    declaration,
    inputs,
    job_name,
    properties,
    services,
    settled,
    supervised,
)
from tests.support.vertex_service import (
    VertexService,
    html,
    refusal,
    reset,
    timeout,
)

Json = dict[str, Any]

NAME = job_name()
NOW = datetime(2026, 11, 22, 10, tzinfo=UTC)
HIDDEN = {"identity": IDENTITY, "name": "bot"}
FINGERPRINT = {"generation": "1", "crc32c": "AAAA", "size": 5}


def body(asked: TuningJobInputs | None = None, name: str = "bot") -> Json:
    """Return what a job of the stack was created with."""
    return request_body(
        asked or inputs(), identity=IDENTITY, name=name, default_labels={}
    )


def record(
    asked: TuningJobInputs | None = None,
    **outputs: Any,  # noqa: ANN401 - any JSON
) -> Json:
    """Return the record of a running job."""
    return {
        **(asked or inputs()).to_properties(),
        "name": NAME,
        "state": "JOB_STATE_RUNNING",
        "createTime": NOW.isoformat(),
        "serviceAddress": ADDRESS,
        "__pulumiTuning": HIDDEN,
        **outputs,
    }


def compare(
    service: VertexService,
    desired: TuningJobInputs | None = None,
    recorded: Json | None = None,
    unknown: Unknown = Unknown(),  # noqa: B008 - immutable
    hidden: Json | None = None,
    **settings: Any,  # noqa: ANN401 - fields of the settings
) -> tuple[Diff, Notes]:
    """Return what one diff of a new process says and tells."""
    notes = Notes()
    outside = services(service, service.clock, **settings)
    found = Comparison(
        services=outside,
        snapshots=SnapshotReader(outside.vertex, service.clock),
        costs=CostTable({}),
        name=NAME,
        recorded=TuningJobState.from_properties(recorded or record(desired)),
        desired=Desired(desired or inputs(), declaration(**(hidden or {})), unknown),
        notes=notes,
    ).run()
    return found, notes


def changed(found: Diff) -> list[str]:
    """Return the properties of a diff."""
    return [change.property for change in found.changes]


def add_job(
    service: VertexService,
    asked: TuningJobInputs | None = None,
    **fields: Any,  # noqa: ANN401 - any JSON
) -> None:
    """Add the job as the stack started it."""
    service.add_job(1, **{**settled(body(asked)), **fields})


@pytest.mark.parametrize("state", [s for s in JobState if s != JobState.CANCELLING])
def test_nothing_changed(service: VertexService, state: str) -> None:
    """A job that is as it was recorded is no change, whatever its state."""
    add_job(service, state=state)

    found, notes = compare(service, recorded=record(state=state))

    assert found == Diff()
    assert notes.infos == []
    assert len(service.calls()) == 1


def test_program_changed(service: VertexService) -> None:
    """What the program changed replaces the job; the engine itself says why."""
    before = inputs(supervisedTuningSpec=supervised(epochCount=4))
    add_job(service, before)

    found, notes = compare(
        service, inputs(supervisedTuningSpec=supervised(epochCount=5)), record(before)
    )

    assert changed(found) == ["supervisedTuningSpec.hyperParameters.epochCount"]
    assert found.effect is Effect.REPLACE
    assert notes == Notes()


def test_program_changed_a_secret(service: VertexService) -> None:
    """A secret that replaces the job is named: the engine hides what changed of it."""
    before = inputs(description="a", triggers=["a"])
    after = inputs(description="b", triggers=["b"])
    add_job(service, before)

    _, notes = compare(
        service, after, record(before), hidden={"secret_inputs": ["description"]}
    )

    assert notes.infos == ["replace: description changed (secret)"]


def test_live_job_drifted(service: VertexService) -> None:
    """A drift replaces the job, with live and desired value of each on its row."""
    asked = inputs(supervisedTuningSpec=supervised(epochCount=4))
    add_job(
        service,
        asked,
        baseModel="gemini-2.5-pro",
        supervisedTuningSpec=supervised(epochCount="9"),
    )

    found, notes = compare(service, asked)

    assert found.effect is Effect.REPLACE
    assert notes.infos == [
        (
            'replace: the live job differs, baseModel is "gemini-2.5-pro", desired '
            '"gemini-2.5-flash"; supervisedTuningSpec.hyperParameters.epochCount is '
            '"9", desired 4'
        )
    ]


def test_program_follows_the_drift(service: VertexService) -> None:
    """A program that now asks for what is live has nothing to do."""
    add_job(service, baseModel="gemini-2.5-pro")

    found, notes = compare(service, inputs(baseModel="gemini-2.5-pro"), record())

    assert found == Diff()
    assert notes == Notes()


@pytest.mark.parametrize(
    "path", ["baseModel", "*", "baseModel.*.x", "labels.team"], ids=str
)
def test_ignored_drift(service: VertexService, path: str) -> None:
    """A drift at or below an ignored path is neither a change nor told."""
    add_job(service, baseModel="gemini-2.5-pro")

    found, notes = compare(service, hidden={"ignoreChanges": [path]})

    is_ignored = path in ("baseModel", "*")
    assert changed(found) == ([] if is_ignored else ["baseModel"])
    assert len(notes.infos) == (0 if is_ignored else 1)


def test_unasked(service: VertexService) -> None:
    """What nobody asked for and no service fills in is a warning, not a change."""
    add_job(service, serviceAccount="a@b.c", description="d")

    found, notes = compare(service)

    assert found == Diff()
    assert notes.warnings == [
        (
            'the live job has what nobody asked for: serviceAccount "a@b.c"; '
            'description "d"'
        )
    ]


UNREADABLE = [
    pytest.param(refusal(401), id="401"),
    pytest.param(refusal(403), id="403"),
    pytest.param(refusal(429), id="429"),
    pytest.param(refusal(500), id="500"),
    pytest.param(refusal(503), id="503"),
    pytest.param(html(404), id="404 of a proxy"),
    pytest.param(html(200), id="a page"),
    pytest.param(reset(), id="reset"),
    pytest.param(timeout(), id="time-out"),
]


@pytest.mark.parametrize("answer", UNREADABLE)
def test_unreadable_service(
    service: VertexService, answer: httpx.Response | Exception
) -> None:
    """An unreadable service never fails a preview: the record is compared."""
    service.script("GET", "/tuningJobs", answer, endless=True)

    same, told = compare(service)
    other, _ = compare(service, inputs(baseModel="gemini-2.5-pro"), record())

    assert same == Diff()
    assert changed(other) == ["baseModel"]
    (warning,) = told.warnings
    assert warning.startswith(
        "compared with the recorded job, the live one is unreadable: "
    )


def test_credentials_that_are_missing(service: VertexService) -> None:
    """Missing credentials do not fail a preview either."""
    found, notes = compare(service, access_token=None, credentials="{}")

    assert found == Diff()
    assert "the live one is unreadable" in notes.warnings[0]


def test_recorded_mode(service: VertexService) -> None:
    """With `tuning:diff` at `recorded` nothing is asked and the record is compared."""
    found, notes = compare(service, inputs(description="d"), record(), diff="recorded")

    assert changed(found) == ["description"]
    assert notes == Notes()
    assert service.requests == []


@pytest.mark.parametrize(
    ("state", "age", "told"),
    [
        pytest.param("JOB_STATE_RUNNING", 0, "has vanished", id="young"),
        pytest.param("JOB_STATE_FAILED", 0, "has vanished", id="failed"),
        pytest.param("JOB_STATE_RUNNING", 8, "its record expired", id="old"),
        pytest.param("JOB_STATE_SUCCEEDED", 0, "it succeeded", id="succeeded"),
    ],
)
def test_job_is_not_found(
    service: VertexService, state: str, age: int, told: str
) -> None:
    """A job that is not found is never replaced for it: a warning says what to do."""
    recorded = record(state=state, createTime=(NOW - timedelta(days=age)).isoformat())

    found, notes = compare(service, inputs(onFailure="replace"), recorded)

    assert changed(found) == ["onFailure"]
    assert found.effect is Effect.UPDATE
    (warning,) = notes.warnings
    assert warning.startswith(NAME)
    assert told in warning
    if told == "has vanished":
        assert "`pulumi refresh` forgets it, changed triggers start" in warning


def test_other_service(service: VertexService) -> None:
    """Another service than the recorded one is refused with one line."""
    with pytest.raises(OtherServiceError, match="was recorded at"):
        compare(service, vertex_endpoint="http://127.0.0.1:9")

    assert service.requests == []


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "EXPIRED"])
def test_failed_job_is_kept(service: VertexService, state: str) -> None:
    """A job that failed is kept by default, with its error and what to do."""
    add_job(
        service,
        state=f"JOB_STATE_{state}",
        error={"code": 13, "message": "no endpoint"},
        tunedModel={"model": "m@1"},
    )

    for policy in (None, "keep"):
        found, notes = compare(
            service, inputs(onFailure=policy), record(inputs(onFailure=policy))
        )

        assert found == Diff()
        assert notes.warnings == [
            (
                f"the job is JOB_STATE_{state}: no endpoint (it left m@1 behind); "
                'on_failure="replace" or changed triggers start a new one'
            )
        ]
        assert notes.infos == [
            f"finished: JOB_STATE_{state}; `pulumi refresh` records it"
        ]


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED", "EXPIRED"])
def test_failed_job_is_replaced(service: VertexService, state: str) -> None:
    """A job that failed is replaced where the program says so, with the reason."""
    add_job(service, state=f"JOB_STATE_{state}")
    asked = inputs(onFailure="replace")

    found, notes = compare(service, asked, record(asked, state=f"JOB_STATE_{state}"))

    assert changed(found) == ["state"]
    assert found.effect is Effect.REPLACE
    assert notes.infos == [f"replace: the job is JOB_STATE_{state}"]
    assert notes.warnings == []


def test_failed_job_that_was_adopted(service: VertexService) -> None:
    """An adopted job that failed is not replaced: it would only be adopted again."""
    asked = inputs(adopt=NAME, onFailure="replace")
    add_job(service, state="JOB_STATE_FAILED")

    found, notes = compare(service, asked)

    assert found == Diff()
    assert notes.warnings == [
        "the job is JOB_STATE_FAILED; without adopt, changed triggers start a new one"
    ]


@pytest.mark.parametrize("policy", ["keep", "replace"])
@pytest.mark.parametrize("state", ["SUCCEEDED", "PARTIALLY_SUCCEEDED", "RUNNING"])
def test_other_states_need_nothing(
    service: VertexService, state: str, policy: str
) -> None:
    """A job that did not fail is never replaced by the failure policy."""
    add_job(service, state=f"JOB_STATE_{state}", tunedModel={"model": "m@1"})
    asked = inputs(onFailure=policy)

    found, notes = compare(service, asked)

    assert found == Diff()
    assert notes.warnings == []
    assert notes.infos == (
        []
        if state == "RUNNING"
        else [f"finished: JOB_STATE_{state}; `pulumi refresh` records it"]
    )


def test_job_that_is_being_cancelled(service: VertexService) -> None:
    """A job that is being cancelled is told, and waited with."""
    add_job(service, state="JOB_STATE_CANCELLING")

    found, notes = compare(service, inputs(onFailure="replace"), record())

    assert found.effect is Effect.UPDATE
    assert notes.warnings == ["the job is being cancelled"]


def other(kind: str = "training", **values: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return the fingerprints of a data set that changed."""
    return {"datasetFingerprints": {kind: {**FINGERPRINT, **values}}}


TRAINED: Json = {"trainedOn": {"training": FINGERPRINT, "validation": FINGERPRINT}}


@pytest.mark.parametrize("policy", [None, "warn", "replace", "ignore"])
@pytest.mark.parametrize("kind", ["training", "validation"])
def test_data_set_changed(
    service: VertexService, kind: str, policy: str | None
) -> None:
    """A changed data set does what the program says, and is told unless ignored."""
    spec = supervised(validationDatasetUri=VALIDATION)
    asked = inputs(onDatasetChange=policy, supervisedTuningSpec=spec)
    now = other(kind, generation="2", crc32c="BBBB", size=6)
    add_job(service, asked)

    found, notes = compare(
        service,
        TuningJobInputs.model_validate({**asked.to_properties(), **now}),
        record(asked, **TRAINED),
    )

    uri = TRAIN if kind == "training" else VALIDATION
    told = (
        f"{uri} changed since the job was trained on it (generation 1 → 2, 5 → 6 bytes)"
    )
    replaces = policy == "replace"
    assert changed(found) == ([f"datasetFingerprints.{kind}"] if replaces else [])
    assert notes.infos == ([f"replace: {told}"] if replaces else [])
    assert notes.warnings == (
        [f'{told}; on_dataset_change="replace" trains again']
        if policy in (None, "warn")
        else []
    )


@pytest.mark.parametrize(
    ("now", "recorded"),
    [
        pytest.param(other(generation="2"), TRAINED, id="uploaded again"),
        pytest.param({}, TRAINED, id="nothing known now"),
        pytest.param(other(crc32c="B"), {}, id="nothing known then"),
        pytest.param(other("validation", crc32c="B"), TRAINED, id="no such data set"),
        pytest.param(
            other(crc32c="B"),
            {"trainedOn": {"validation": FINGERPRINT}},
            id="one known",
        ),
    ],
)
def test_data_set_did_not_change(
    service: VertexService, now: Json, recorded: Json
) -> None:
    """Where the same bytes are there, or nobody knows, nothing has changed."""
    asked = inputs(onDatasetChange="replace")
    add_job(service, asked)

    found, notes = compare(
        service, inputs(onDatasetChange="replace", **now), record(asked, **recorded)
    )

    assert found == Diff()
    assert notes == Notes()


def test_ignored_data_set(service: VertexService) -> None:
    """A changed data set whose fingerprint is ignored is neither a change nor told."""
    asked = inputs(onDatasetChange="replace")
    add_job(service, asked)

    found, notes = compare(
        service,
        inputs(onDatasetChange="replace", **other(crc32c="B")),
        record(asked, **TRAINED),
        hidden={"ignoreChanges": ["datasetFingerprints.training"]},
    )

    assert found == Diff()
    assert notes == Notes()


def test_another_data_set_is_no_changed_one(service: VertexService) -> None:
    """Another address is a change of the program, not of the data."""
    add_job(service)
    desired = inputs(
        supervisedTuningSpec={"trainingDatasetUri": VALIDATION}, **other(crc32c="B")
    )

    found, notes = compare(service, desired, record(**TRAINED))

    assert changed(found) == ["supervisedTuningSpec.trainingDatasetUri"]
    assert notes == Notes()


SPEC = "supervisedTuningSpec"


@pytest.mark.parametrize(
    ("path", "effect"),
    [
        pytest.param(("baseModel",), Effect.REPLACE, id="an input"),
        pytest.param((SPEC,), Effect.REPLACE, id="a whole spec"),
        pytest.param((SPEC, "trainingDatasetUri"), Effect.REPLACE, id="nested"),
        pytest.param(("labels", "team"), Effect.REPLACE, id="a label"),
        pytest.param(("triggers", 0), Effect.REPLACE, id="a trigger"),
        pytest.param(("onFailure",), Effect.UPDATE, id="one of ours"),
        pytest.param(("adopt",), Effect.UPDATE, id="the job to adopt"),
        pytest.param(("brandNew",), None, id="no input"),
    ],
)
def test_unknown_value(
    service: VertexService, path: tuple[str | int, ...], effect: Effect | None
) -> None:
    """A value that is not known yet may replace the job, and says so."""
    add_job(service)
    known = properties()
    known.pop(str(path[0]), None)

    found, notes = compare(
        service,
        TuningJobInputs.model_validate(known),
        record(),
        Unknown(frozenset({path})),
    )

    assert found.effect is effect
    assert [c.path for c in found.changes] == ([path] if effect else [])
    is_told = effect is Effect.REPLACE
    assert notes.infos == (
        [
            (
                f"{found.changes[0].property} is not known yet: "
                "another value replaces the job"
            )
        ]
        if is_told
        else []
    )


def test_adopted_job(service: VertexService) -> None:
    """The adopted job's own name, in any form, is no change; taking it away is none."""
    add_job(service)
    for name in (NAME, NAME.replace(NUMBER, "acme")):
        asked = inputs(adopt=name)

        assert compare(service, asked, record(asked))[0] == Diff()
        assert compare(service, asked, record())[0].effect is Effect.UPDATE
        assert compare(service, inputs(), record(asked))[0].effect is Effect.UPDATE


@pytest.mark.parametrize("name", [job_name(2), "no name", f"{NAME}0"])
def test_adopt_another_job(service: VertexService, name: str) -> None:
    """Another job to adopt replaces the one that is managed."""
    add_job(service)

    found, notes = compare(service, inputs(adopt=name), record())

    assert [(c.property, c.observed, c.desired) for c in found.changes] == [
        ("adopt", NAME, name)
    ]
    assert found.effect is Effect.REPLACE
    assert len(notes.infos) == 0


@pytest.mark.parametrize(
    ("recorded", "desired", "expected"),
    [
        ("acme", NUMBER, []),
        (NUMBER, "acme", []),
        ("acme", "shop", ["project"]),
        ("acme", "42", ["project"]),
    ],
)
def test_project(
    service: VertexService, recorded: str, desired: str, expected: list[str]
) -> None:
    """The number of the job's own project is the same project, another one is not."""
    add_job(service)

    found, _ = compare(
        service, inputs(project=desired), record(inputs(project=recorded))
    )

    assert changed(found) == expected


def test_other_location(service: VertexService) -> None:
    """Another location is a change like any other; the old job is read where it is."""
    add_job(service)

    found, notes = compare(service, inputs(location="europe-west4"), record())

    assert changed(found) == ["location"]
    assert notes == Notes()
    assert all("us-central1" in call for call in service.calls())


def test_live_twin(service: VertexService) -> None:
    """Another live job of this resource that nobody recorded is named."""
    add_job(service)
    service.add_job(2, **settled(body()))
    service.add_job(3, **settled(body()), state="JOB_STATE_CANCELLED")
    service.add_job(4, **settled(body(name="helper")))

    found, notes = compare(service)

    assert found == Diff()
    assert notes.warnings == [
        (
            f"also running for this resource and not recorded: {job_name(2)}; "
            "`pulumi-tuning orphans` lists and cancels them"
        )
    ]
    assert len(service.calls()) == 1


def test_job_is_no_twin_of_its_own(service: VertexService) -> None:
    """A job that the list names by its project's id is not named as another one."""
    add_job(service)
    listed = {**service.jobs[NAME], "name": job_name(project="acme")}
    service.script(
        "GET", "/tuningJobs$", httpx.Response(200, json={"tuningJobs": [listed]})
    )

    assert compare(service) == (Diff(), Notes())


def test_list_that_shows_less(service: VertexService) -> None:
    """No list alone replaces a job: the job itself is read before."""
    add_job(service)
    listed = {k: v for k, v in service.jobs[NAME].items() if not k.endswith("Spec")}
    service.script(
        "GET", "/tuningJobs$", httpx.Response(200, json={"tuningJobs": [listed]})
    )

    assert compare(service) == (Diff(), Notes())


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        pytest.param({"env": "dev"}, [], id="the same"),
        pytest.param({"env": "prod"}, ["labels.env"], id="another value"),
        pytest.param({"team": "nlp"}, ["labels.env"], id="another label"),
    ],
)
def test_label_that_became_a_default(
    service: VertexService, default: dict[str, str], expected: list[str]
) -> None:
    """A label that moves to the default labels is on the job already."""
    before = inputs(labels={"env": "dev"})
    add_job(service, before)

    found, _ = compare(service, inputs(), record(before), default_labels=default)

    assert changed(found) == expected


def test_live_twin_of_the_desired_job(service: VertexService) -> None:
    """A live job that is what the program now asks for is named as well."""
    wanted = inputs(baseModel="gemini-2.5-pro")
    add_job(service)
    service.add_job(2, **settled(body(wanted)))

    _, notes = compare(service, wanted, record())

    assert job_name(2) in notes.warnings[0]
    assert fingerprint_label(IDENTITY, "bot", wanted) != body()["labels"]


def test_no_identity(service: VertexService) -> None:
    """A job of which no stack is known is read by itself, without twins."""
    add_job(service)
    recorded = record(__pulumiTuning={"name": "bot"})

    found, notes = compare(service, recorded=recorded, hidden={"identity": None})

    assert found == Diff()
    assert notes == Notes()
    assert service.calls() == [f"GET /v1/{NAME}"]


def test_recorded_identity(service: VertexService) -> None:
    """While the stack's identity is unknown, the recorded one lists its jobs."""
    add_job(service)

    compare(service, hidden={"identity": None})

    (request,) = service.requests
    label = f'labels.{STACK_LABEL}="{stack_label(IDENTITY)}"'
    assert request.url.params["filter"] == label


def test_list_is_refused(service: VertexService) -> None:
    """A caller that may not list jobs has its job compared, without twins."""
    add_job(service)
    service.script("GET", "/tuningJobs$", refusal(403), endless=True)

    found, notes = compare(service)

    assert found == Diff()
    assert notes == Notes()
