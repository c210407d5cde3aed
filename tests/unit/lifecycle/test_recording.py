"""What is recorded of a job, and what of a record a live job changes."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from pulumi_tuning.diff import Diff, diff
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.recording import (
    drifted_inputs,
    inputs_of,
    record_created,
    record_read,
    record_update,
)
from pulumi_tuning.state import TuningJobState
from tests.support.factories import (
    ADDRESS,
    IDENTITY,
    LOCATION,
    NUMBER,
    URN,
    VALIDATION,
    declaration,
    inputs,
    job_name,
    live,
    preference,
    properties,
    settled,
    supervised,
)
from tests.support.strategies import FEW, asked_properties

Json = dict[str, Any]

HIDDEN = {
    "urn": URN,
    "name": "bot",
    "identity": IDENTITY,
    "ignoreChanges": [],
    "customTimeouts": {},
    "datasetsMayAppear": False,
    "secretInputs": [],
    "schemaVersion": 1,
}
CONSOLE = (
    "https://console.cloud.google.com/vertex-ai/generative/language/locations/"
    f"{LOCATION}/tuning/tuningJob/1?project={NUMBER}"
)
FINGERPRINTS = {"training": {"generation": "1", "crc32c": "AAAA", "size": 5}}


def created(asked: TuningJobInputs, **answer: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return the outputs of a job that was just created."""
    return record_created(
        asked,
        declaration(),
        live(asked.to_request(), **answer),
        service_address=ADDRESS,
        trained_on=asked.dataset_fingerprints,
        prices={},
    )


def test_created_job() -> None:
    """A created job is recorded with inputs, answer, address and data sets."""
    asked = inputs(datasetFingerprints=FINGERPRINTS)

    assert created(asked, createTime="t1", updateTime="t2") == {
        **properties(),
        "datasetFingerprints": FINGERPRINTS,
        "trainedOn": FINGERPRINTS,
        "name": job_name(),
        "state": "JOB_STATE_RUNNING",
        "createTime": "t1",
        "updateTime": "t2",
        "consoleUrl": CONSOLE,
        "serviceAddress": ADDRESS,
        "__pulumiTuning": HIDDEN,
    }


def test_job_on_unknown_data() -> None:
    """Without fingerprints nothing is recorded of what a job was trained on."""
    assert "trainedOn" not in created(inputs())


def test_display_name_of_the_service_is_no_input() -> None:
    """What the service fills in is not recorded as an input."""
    outputs = created(inputs())

    assert "tunedModelDisplayName" not in outputs
    assert "hyperParameters" not in outputs["supervisedTuningSpec"]


def test_what_was_billed() -> None:
    """A job that has succeeded is recorded with what it was billed for."""
    answer = live(
        settled(inputs().to_request()),
        state="JOB_STATE_SUCCEEDED",
        tuningDataStats={
            "supervisedTuningDataStats": {"totalBillableTokenCount": "1000000"}
        },
    )
    state = TuningJobState.from_properties(created(inputs()))

    outputs = record_read(state, answer, prices={"gemini-2.5-flash": Decimal(2)})

    assert (outputs["billedTokens"], outputs["billedCostUsd"]) == (10_000_000, 20.0)


def test_read_job() -> None:
    """A refresh takes over what the service says now, and keeps what only we know."""
    before = {
        **created(inputs(datasetFingerprints=FINGERPRINTS), startTime="t"),
        "brandNew": 1,
    }
    answer = live(state="JOB_STATE_FAILED", error={"code": 13, "message": "m"})

    after = record_read(TuningJobState.from_properties(before), answer, prices={})

    assert after == {
        **{k: v for k, v in before.items() if k != "startTime"},
        "state": "JOB_STATE_FAILED",
        "error": {"code": 13, "message": "m"},
    }


def test_update_keeps_what_the_job_is() -> None:
    """Other inputs of ours are recorded; what the job was trained on stays."""
    before = created(inputs(datasetFingerprints=FINGERPRINTS, description="d"))

    after = record_update(
        before, inputs(onFailure="replace"), declaration(ignoreChanges=["labels"])
    )

    assert after["trainedOn"] == FINGERPRINTS
    assert after["name"] == job_name()
    assert after["onFailure"] == "replace"
    assert "description" not in after
    assert "datasetFingerprints" not in after
    assert after["__pulumiTuning"]["ignoreChanges"] == ["labels"]


def test_inputs_of_a_job_without_a_record() -> None:
    """A job that is only read gets its inputs from the live one."""
    answer = live(settled(inputs(labels={"a": "b"}).to_request()), brandNew=1)

    assert inputs_of(answer, project=NUMBER, location=LOCATION) == {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": supervised(
            epochCount="10",
            learningRateMultiplier=1,
            adapterSize="ADAPTER_SIZE_FOUR",
        ),
        "tunedModelDisplayName": answer.definition()["tunedModelDisplayName"],
        "labels": {"a": "b"},
        "project": NUMBER,
        "location": LOCATION,
    }


SPEC = "supervisedTuningSpec"
METRICS = {"metrics": [{"bleuSpec": {}, "aggregationMetrics": ["AVERAGE", "MODE"]}]}

DRIFT: list[tuple[str, Json, Json, Json]] = [
    ("nothing", {"labels": {"a": ""}}, {}, {"labels": {"a": ""}}),
    (
        "what the service filled in",
        {},
        {SPEC: supervised(epochCount="10", adapterSize="ADAPTER_SIZE_FOUR")},
        {},
    ),
    (
        "a number, as a number",
        {SPEC: supervised(epochCount=4, learningRateMultiplier=1)},
        {SPEC: supervised(epochCount="9", learningRateMultiplier=9)},
        {SPEC: supervised(epochCount=9, learningRateMultiplier=9.0)},
    ),
    (
        "a value that is gone",
        {"description": "d", SPEC: supervised(epochCount=4)},
        {"description": "", SPEC: supervised()},
        {SPEC: {**supervised(), "hyperParameters": {}}},
    ),
    (
        "a label",
        {"labels": {"a": "b"}},
        {"labels": {"a": "c", "d": "e"}},
        {"labels": {"a": "c"}},
    ),
    ("a label that is gone", {"labels": {"a": "b"}}, {"labels": {}}, {"labels": {}}),
    (
        "the other spec",
        {SPEC: supervised(epochCount=4)},
        {SPEC: None, "preferenceOptimizationSpec": preference(beta=1)},
        {SPEC: {"hyperParameters": {}}},
    ),
    (
        "an adapter size that this version does not know",
        {SPEC: supervised(adapterSize=4)},
        {SPEC: supervised(adapterSize="ADAPTER_SIZE_SIXTY_FOUR")},
        {SPEC: {**supervised(), "hyperParameters": {}}},
    ),
    (
        "an element of a list",
        {SPEC: supervised(evaluationConfig=METRICS)},
        {
            SPEC: supervised(
                evaluationConfig={
                    "metrics": [{"bleuSpec": {}, "aggregationMetrics": ["MEDIAN"]}]
                }
            )
        },
        {
            SPEC: supervised(
                evaluationConfig={
                    "metrics": [{"bleuSpec": {}, "aggregationMetrics": ["MEDIAN"]}]
                }
            )
        },
    ),
    (
        "a hole in a list",
        {
            SPEC: supervised(validationDatasetUri=VALIDATION)
            | {
                "evaluationConfig": {
                    "inferenceGenerationConfig": {"stopSequences": ["a", "b", "c"]}
                }
            }
        },
        {
            SPEC: supervised(validationDatasetUri=VALIDATION)
            | {
                "evaluationConfig": {
                    "inferenceGenerationConfig": {"stopSequences": ["a", "", "d"]}
                }
            }
        },
        {
            SPEC: supervised(validationDatasetUri=VALIDATION)
            | {
                "evaluationConfig": {
                    "inferenceGenerationConfig": {"stopSequences": ["a"]}
                }
            }
        },
    ),
    (
        "another metric",
        {
            SPEC: supervised(
                evaluationConfig={"metrics": [{"rougeSpec": {"rougeType": "rougeL"}}]}
            )
        },
        {SPEC: supervised(evaluationConfig={"metrics": [{"bleuSpec": {}}]})},
        {SPEC: supervised(evaluationConfig={"metrics": [{}]})},
    ),
]


@pytest.mark.parametrize(
    ("recorded", "answer", "expected"),
    [pytest.param(a, b, c, id=name) for name, a, b, c in DRIFT],
)
def test_drift(recorded: Json, answer: Json, expected: Json) -> None:
    """Recorded inputs change only where a value that the user set differs live."""
    state = TuningJobState.from_properties(properties(**recorded))
    there = live(inputs(**recorded).to_request(), **answer)

    assert drifted_inputs(state, there) == properties(**expected)


@FEW
@given(asked_properties(), asked_properties())
def test_drift_is_recorded_once(one: Json, other: Json) -> None:
    """After a refresh the recorded inputs differ from the live job no more."""
    state = TuningJobState.from_properties(inputs(**one).to_properties())
    there = live(inputs(**other).to_request())

    after = TuningJobInputs.model_validate(drifted_inputs(state, there))

    changes = diff(after, after, there).changes
    assert [c for c in changes if c.observed is not None] == []
    assert diff(after, after, live(after.to_request())) == Diff()


def test_inputs_of_ours_do_not_drift() -> None:
    """A live job never changes inputs that are not sent to the service."""
    asked = {"triggers": [1.0], "onFailure": "keep", "adopt": "x", "preflight": "off"}
    state = TuningJobState.from_properties(properties(**asked))

    assert drifted_inputs(state, live(baseModel="other")) == properties(
        **asked, baseModel="other"
    )
