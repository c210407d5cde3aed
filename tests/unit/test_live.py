"""The live job: read leniently, so that no answer loses a job."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pulumi_tuning.job_state import JobState
from pulumi_tuning.live import OUTPUT_ONLY, LiveTuningJob
from tests.support.discovery import fields
from tests.support.factories import job_name, live
from tests.support.strategies import FEW, any_json

KNOWN = ["state", "labels", "createTime", "error", "tunedModel", "tuningDataStats"]


def test_output_only_fields_are_those_of_the_api() -> None:
    """What only the service writes is what the discovery document calls read-only."""
    read_only = {
        name for name, field in fields("TuningJob").items() if field.get("readOnly")
    }

    assert read_only == OUTPUT_ONLY


@pytest.mark.parametrize(
    "name",
    ["", "tuningJobs/1", "projects/p/locations/l/models/1", f"{job_name()}:cancel", 7],
)
def test_answer_without_a_job(name: object) -> None:
    """An answer that names no tuning job is none."""
    with pytest.raises(ValidationError):
        LiveTuningJob.model_validate({"name": name, "state": "JOB_STATE_RUNNING"})


@FEW
@given(st.dictionaries(st.sampled_from([*KNOWN, "brandNew"]), any_json()))
def test_answer_that_names_a_job(answer: dict[str, Any]) -> None:
    """Whatever else an answer holds: the job it names can be read and asked about."""
    job = LiveTuningJob.model_validate({**answer, "name": job_name()})

    assert job.name == job_name()
    assert isinstance(job.state, str)
    assert all(isinstance(value, str) for value in job.labels.values())
    assert isinstance(job.error_message, str)
    assert isinstance(job.create_time, str | None)
    assert isinstance(job.model, str | None)
    assert isinstance(job.endpoint, str | None)
    assert not (job.is_live and job.is_final)
    assert set(job.to_json()) == {*answer, "name"}


@pytest.mark.parametrize("state", [None, 4, "", ["JOB_STATE_FAILED"]])
def test_state_that_is_no_word(state: object) -> None:
    """A state that cannot be read is not final: the job is looked at again."""
    job = live(state=state)

    assert job.state == JobState.UNSPECIFIED
    assert job.is_live
    assert not job.is_final


def test_unknown_state() -> None:
    """A state of a later version is kept, and is not final."""
    job = live(state="JOB_STATE_REVIEWED")

    assert job.state == "JOB_STATE_REVIEWED"
    assert job.is_live


def test_labels_that_are_no_text() -> None:
    """Of labels only text is kept."""
    assert live(labels={"a": "b", "c": 1, "d": None}).labels == {"a": "b"}
    assert live(labels=None).labels == {}


def test_unknown_fields_survive() -> None:
    """Fields of a later version are kept as they came."""
    job = live(brandNew={"a": [1]}, gcsMetricsUri="gs://m")

    assert job.to_json()["brandNew"] == {"a": [1]}
    assert job.definition()["brandNew"] == {"a": [1]}
    assert "gcsMetricsUri" not in job.definition()


def test_error_and_model() -> None:
    """A job's own error, model and endpoint are read where they are text."""
    job = live(
        error={"code": 13, "message": "Failed to create endpoint."},
        tunedModel={"model": "m@1", "endpoint": ""},
    )

    assert job.error_message == "Failed to create endpoint."
    assert job.model == "m@1"
    assert job.endpoint is None
    assert live(error={"message": None}, tunedModel=["m"]).error_message == ""
    assert live(tunedModel=["m"]).model is None


def test_name_in_its_parts() -> None:
    """The name of a live job tells project, location and number."""
    assert live().resource_name.location == "us-central1"
    assert str(live().resource_name) == job_name()
