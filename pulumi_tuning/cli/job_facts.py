"""What the commands say about a live job, read as leniently as the job itself.

Pure: no I/O. What the service does not say, or says in a form that is not known, is
None.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self, cast

from pulumi_tuning.inputs import TUNING_SPECS
from pulumi_tuning.lifecycle.identity import STACK_LABEL
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import TuningJobName


def time_of(text: object) -> datetime | None:
    """Return an RFC 3339 time, or None where it is none."""
    try:
        time = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return time if time.tzinfo else None


def mapping_of(value: object) -> Mapping[str, Any]:
    """Return a JSON object, or an empty one where it is none."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFacts:
    """The facts of one job."""

    name: TuningJobName
    state: str
    stack: str | None
    """Label of the stack that started the job."""
    base_model: str | None
    display_name: str | None
    created: datetime | None
    started: datetime | None
    ended: datetime | None
    epochs: int | None
    tokens: int | None
    """Billed tokens of one epoch, once the service has counted them."""

    @classmethod
    def of(cls, job: LiveTuningJob) -> Self:
        """Return the facts of a job."""
        answer = job.to_json()
        pre_tuned = mapping_of(answer.get("preTunedModel"))
        return cls(
            name=job.resource_name,
            state=job.state,
            stack=_text(job.labels.get(STACK_LABEL)),
            base_model=_text(answer.get("baseModel"))
            or _text(pre_tuned.get("baseModel"))
            or _text(pre_tuned.get("tunedModelName")),
            display_name=_text(answer.get("tunedModelDisplayName")),
            created=time_of(job.create_time),
            started=time_of(answer.get("startTime")),
            ended=time_of(answer.get("endTime")),
            epochs=_epochs(answer),
            tokens=_tokens(job),
        )

    def age_seconds(self, now: datetime) -> float | None:
        """Return how long ago the job was created."""
        return (now - self.created).total_seconds() if self.created else None

    def elapsed_seconds(self, now: datetime) -> float | None:
        """Return how long the job has run."""
        if self.started is None:
            return None
        return ((self.ended or now) - self.started).total_seconds()


def _epochs(answer: Mapping[str, Any]) -> int | None:
    for spec in TUNING_SPECS:
        hyper_parameters = mapping_of(
            mapping_of(answer.get(spec)).get("hyperParameters")
        )
        epochs = _number(hyper_parameters.get("epochCount"))
        if epochs is not None:
            return epochs
    return None


def _tokens(job: LiveTuningJob) -> int | None:
    for statistics in mapping_of(job.tuning_data_stats).values():
        tokens = _number(mapping_of(statistics).get("totalBillableTokenCount"))
        if tokens is not None:
            return tokens
    return None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> int | None:
    """Return a 64-bit integer, which is a string in JSON."""
    try:
        return int(str(value))
    except ValueError:
        return None
