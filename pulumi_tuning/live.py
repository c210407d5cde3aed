"""LiveTuningJob: what Vertex AI answers about a tuning job, read leniently.

Pure: no I/O, no Pulumi. Fields that this version does not know are kept, values of a
type that it does not expect count as absent: an answer that names the job must never be
the reason why the job cannot be recorded.
"""

import sys
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)
from pydantic.alias_generators import to_camel

from pulumi_tuning.job_state import JobState, is_final, is_live
from pulumi_tuning.resource_names import TuningJobName

OUTPUT_ONLY: Final = frozenset(
    {
        "name",
        "state",
        "createTime",
        "startTime",
        "endTime",
        "updateTime",
        "error",
        "experiment",
        "tunedModel",
        "tuningDataStats",
        "evaluateDatasetRuns",
        "gcsMetricsUri",
    }
)
"""Fields that only the service writes; source: the v1 discovery document."""


def _parsed(text: str) -> TuningJobName:
    """Return the parts of a name; nothing could be done with another one later."""
    name = TuningJobName.parse(text)
    if name is None:
        message = "not the name of a tuning job"
        raise ValueError(message)
    return name


def _name(text: str) -> str:
    return str(_parsed(text))


def _state(value: object) -> str:
    return value if isinstance(value, str) and value else JobState.UNSPECIFIED.value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> dict[str, str]:
    entries = value.items() if isinstance(value, dict) else ()
    return {key: text for key, text in entries if isinstance(text, str)}


def _recordable(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON with text in place of what the engine cannot take.

    It takes neither numbers that no double holds nor halves of surrogate pairs.
    """
    if isinstance(value, dict):
        return {_recordable(k): _recordable(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_recordable(item) for item in value]
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, (int, float)) and not abs(value) <= sys.float_info.max:
        return str(value)
    return value


Name = Annotated[str, AfterValidator(_name)]
State = Annotated[str, BeforeValidator(_state)]
Text = Annotated[str | None, BeforeValidator(_text)]
Texts = Annotated[dict[str, str], BeforeValidator(_texts)]


class LiveTuningJob(BaseModel):
    """A tuning job as the service describes it now."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )

    name: Name
    state: State = JobState.UNSPECIFIED.value
    labels: Texts = Field(default_factory=dict)
    create_time: Text = None
    error: Any = None
    tuned_model: Any = None
    tuning_data_stats: Any = None

    @model_validator(mode="before")
    @classmethod
    def _take_what_can_be_recorded(cls, answer: Any) -> Any:  # noqa: ANN401 - any JSON
        return _recordable(answer)

    def to_json(self) -> dict[str, Any]:
        """Return the answer with everything that came and can be read."""
        return self.model_dump(by_alias=True, exclude_unset=True)

    def definition(self) -> dict[str, Any]:
        """Return what was asked for when the job was created, as it came."""
        return {k: v for k, v in self.to_json().items() if k not in OUTPUT_ONLY}

    @property
    def resource_name(self) -> TuningJobName:
        """The job's name in its parts."""
        return _parsed(self.name)

    @property
    def is_final(self) -> bool:
        """Whether the job never changes again."""
        return is_final(self.state)

    @property
    def is_live(self) -> bool:
        """Whether the job still works towards a model."""
        return is_live(self.state)

    @property
    def error_message(self) -> str:
        """The job's own error, or an empty string."""
        message = self.error.get("message") if isinstance(self.error, dict) else None
        return message if isinstance(message, str) else ""

    @property
    def model(self) -> str | None:
        """Name of the tuned model, with its version, where there is one."""
        return self._of_tuned_model("model")

    @property
    def endpoint(self) -> str | None:
        """Name of the default checkpoint's endpoint, where there is one."""
        return self._of_tuned_model("endpoint")

    def _of_tuned_model(self, key: str) -> str | None:
        value = (
            self.tuned_model.get(key) if isinstance(self.tuned_model, dict) else None
        )
        return value if isinstance(value, str) and value else None
