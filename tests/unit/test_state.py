"""The recorded state: read by this version, whichever version wrote it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.inputs import SCHEMA_VERSION, TuningJobInputs
from pulumi_tuning.job_state import JobState
from pulumi_tuning.state import NewerStateError, TuningJobState, live_outputs
from tests.support.factories import (
    TRAIN,
    inputs,
    job_name,
    live,
    properties,
    supervised,
)
from tests.support.strategies import FEW, any_json

Json = dict[str, Any]


def recorded(**outputs: Any) -> TuningJobState:  # noqa: ANN401 - any JSON
    """Return a recorded state."""
    return TuningJobState.from_properties({**properties(), **outputs})


def test_state_of_this_version() -> None:
    """What was recorded reads back: inputs, hidden input, state and fingerprints."""
    state = recorded(
        state="JOB_STATE_RUNNING",
        createTime="2026-11-22T10:00:00Z",
        trainedOn={"training": {"generation": "1", "crc32c": "AAAA", "size": 5.0}},
        serviceAddress="aiplatform.googleapis.com",
        __pulumiTuning={"urn": "u", "name": "bot", "schemaVersion": 1.0},
    )

    assert state.inputs == inputs()
    assert state.has_inputs
    assert state.state == "JOB_STATE_RUNNING"
    assert state.create_time == "2026-11-22T10:00:00Z"
    assert state.service_address == "aiplatform.googleapis.com"
    assert state.declaration.name == "bot"
    assert state.trained_on is not None
    assert state.trained_on.training is not None
    assert state.trained_on.training.size == 5


def test_empty_state() -> None:
    """A resource of which nothing was recorded has no inputs and no state."""
    state = TuningJobState.from_properties({})

    assert state.inputs == TuningJobInputs()
    assert not state.has_inputs
    assert state.state == JobState.UNSPECIFIED
    assert state.trained_on is None
    assert state.declaration.urn == ""
    assert state.to_properties() == {}


@pytest.mark.parametrize("hidden", [None, {}, {"schemaVersion": None}])
def test_state_without_a_version(hidden: Json | None) -> None:
    """A state that says no version is read as one of this version."""
    assert recorded(__pulumiTuning=hidden).declaration.schema_version == SCHEMA_VERSION


def test_state_of_a_newer_version() -> None:
    """A state of a newer shape is refused with what to do, not misread."""
    hidden = {"schemaVersion": SCHEMA_VERSION + 1.0}

    with pytest.raises(NewerStateError) as caught:
        recorded(__pulumiTuning=hidden)

    assert str(caught.value) == (
        "this state was recorded by a newer pulumi_tuning (schema 2, this version reads"
        " up to 1): upgrade the package"
    )


UNREADABLE: list[tuple[str, Json, Json]] = [
    ("a property of a later version", {"brandNew": 1}, {}),
    ("an input of another type", {"baseModel": 5}, {"baseModel": None}),
    (
        "a nested property of a later version",
        {"supervisedTuningSpec": {"trainingDatasetUri": TRAIN, "brandNew": {"a": 1}}},
        {},
    ),
    (
        "a hyperparameter that is no number",
        {"supervisedTuningSpec": supervised(epochCount="many", adapterSize=4)},
        {"supervisedTuningSpec": supervised(adapterSize=4)},
    ),
    (
        "two faults in one list",
        {
            "supervisedTuningSpec": {
                "trainingDatasetUri": TRAIN,
                "evaluationConfig": {"metrics": [{"a": 1}, {"b": 2}]},
            }
        },
        {
            "supervisedTuningSpec": {
                "trainingDatasetUri": TRAIN,
                "evaluationConfig": {},
            }
        },
    ),
    ("a policy of a later version", {"onFailure": "retry"}, {}),
    ("a null", {"description": None}, {}),
]


@pytest.mark.parametrize(
    ("outputs", "expected"),
    [pytest.param(a, b, id=name) for name, a, b in UNREADABLE],
)
def test_state_of_a_later_version(outputs: Json, expected: Json) -> None:
    """What this version cannot read of the inputs is left out, and stays recorded."""
    state = recorded(**outputs)

    assert state.inputs == inputs(**expected)
    assert state.to_properties() == {**properties(), **outputs}


def test_fingerprints_of_a_later_version() -> None:
    """A fingerprint with properties of a later version reads without them."""
    state = recorded(
        trainedOn={"training": {"generation": "1", "etag": "x"}, "test": {}}
    )

    assert state.trained_on is not None
    assert state.trained_on.training is not None
    assert state.trained_on.training.generation == "1"
    assert state.to_properties()["trainedOn"]["training"]["etag"] == "x"


@FEW
@given(
    st.dictionaries(
        st.sampled_from(
            [
                "state",
                "createTime",
                "trainedOn",
                "serviceAddress",
                "labels",
                "supervisedTuningSpec",
                "baseModel",
                "datasetFingerprints",
                "brandNew",
            ]
        ),
        any_json(),
    )
)
def test_any_state_can_be_read(outputs: Json) -> None:
    """Whatever was recorded: it can be read, and nothing of it is lost."""
    state = TuningJobState.from_properties(outputs)

    assert isinstance(state.inputs, TuningJobInputs)
    assert isinstance(state.state, str)
    assert isinstance(state.create_time, str | None)
    assert isinstance(state.has_inputs, bool)
    assert state.trained_on is None or "trainedOn" in outputs
    assert set(state.to_properties()) == set(outputs)


def test_live_outputs() -> None:
    """Outputs are the answer's own, with a console link and without training text."""
    answer = live(
        state="JOB_STATE_SUCCEEDED",
        error=None,
        experiment="e",
        tunedModel={"model": "m@1"},
        createTime="t1",
        startTime="t2",
        endTime="t3",
        updateTime="t4",
        evaluateDatasetRuns=[{}],
        tuningDataStats={
            "supervisedTuningDataStats": {
                "tuningDatasetExampleCount": "500",
                "userDatasetExamples": [
                    {"role": "user", "parts": [{"text": "secret"}]}
                ],
                "buckets": [{"count": 1.0, "userDatasetExamples": "secret"}],
            }
        },
    )

    assert live_outputs(answer) == {
        "name": job_name(),
        "state": "JOB_STATE_SUCCEEDED",
        "error": None,
        "experiment": "e",
        "tunedModel": {"model": "m@1"},
        "createTime": "t1",
        "startTime": "t2",
        "endTime": "t3",
        "updateTime": "t4",
        "tuningDataStats": {
            "supervisedTuningDataStats": {
                "tuningDatasetExampleCount": "500",
                "buckets": [{"count": 1.0}],
            }
        },
        "consoleUrl": (
            "https://console.cloud.google.com/vertex-ai/generative/language/locations/"
            "us-central1/tuning/tuningJob/1?project=123456789012"
        ),
    }
