"""A tuning job as the service answers it, from its facts and the time. Pure."""

from datetime import datetime, timedelta
from typing import Final

from pulumi_tuning.emulator.job_facts import JobFacts
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.timeline import Moment, moment
from pulumi_tuning.emulator.wire import timestamp
from pulumi_tuning.job_state import SUCCEEDED_STATES, JobState

_PACIFIC: Final = timedelta(hours=8)


def job_wire(facts: JobFacts, now: datetime) -> Json:
    """Return the answer about a job, with the fields of all versions of the API."""
    there = moment(facts, now)
    wire: Json = {
        "name": facts.name,
        **facts.request,
        "state": there.state,
        "createTime": timestamp(facts.create_time),
        "updateTime": timestamp(there.update_time),
    }
    if facts.hyper_parameters:
        spec = facts.tuning_spec | {"hyperParameters": facts.hyper_parameters}
        wire[facts.tuning_spec_name] = spec
    if there.start_time:
        wire |= _running_fields(facts, there, there.start_time)
    if there.end_time:
        wire["endTime"] = timestamp(there.end_time)
    if there.error:
        wire["error"] = there.error
    if there.stage:
        wire["tuningJobState"] = there.stage
    if facts.tuned_model and there.end_time:
        wire["tunedModel"] = facts.tuned_model
    wire |= facts.overrides
    return {key: value for key, value in wire.items() if value is not None}


def _running_fields(facts: JobFacts, there: Moment, start_time: datetime) -> Json:
    fields: Json = {"startTime": timestamp(start_time)}
    if facts.data_stats:
        fields["tuningDataStats"] = facts.data_stats
    if there.state == JobState.RUNNING:
        fields["tuningJobMetadata"] = _progress(facts, there.tuned_share)
    if there.state in SUCCEEDED_STATES or there.tuned_share > 0:
        fields["experiment"] = _experiment(facts, start_time)
    return fields


def _progress(facts: JobFacts, share: float) -> Json:
    epochs = int(facts.hyper_parameters.get("epochCount", 0))
    progress = {
        "completedEpochCount": int(epochs * share),
        "completedStepCount": int(facts.step_count * share),
    }
    return {key: str(count) for key, count in progress.items() if count}


def _experiment(facts: JobFacts, start_time: datetime) -> str:
    """Return the experiment's name, which holds a time in Pacific Standard Time."""
    parent = f"projects/{facts.project}/locations/{facts.location}"
    stamp = (start_time - _PACIFIC).strftime("%Y%m%d%H%M%S%f")
    return f"{parent}/metadataStores/default/contexts/tuning-experiment-{stamp}"
