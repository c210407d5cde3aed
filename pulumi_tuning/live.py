"""LiveTuningJob: what Vertex AI answers about a tuning job, read leniently.

Pure: no I/O, no Pulumi. Fields that this version does not know are kept, values of a
type that it does not expect are kept as they came: an answer must never be the reason
why a job cannot be recorded.
"""

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from pulumi_tuning.job_state import JobState, is_final, is_live

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


class LiveTuningJob(BaseModel):
    """A tuning job as the service describes it now."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )

    name: str
    state: str = JobState.UNSPECIFIED.value
    labels: dict[str, Any] = Field(default_factory=dict)
    create_time: str | None = None
    error: Any = None
    tuned_model: Any = None
    tuning_data_stats: Any = None

    def to_json(self) -> dict[str, Any]:
        """Return the answer as it came, field for field."""
        return self.model_dump(by_alias=True, exclude_unset=True)

    def definition(self) -> dict[str, Any]:
        """Return what was asked for when the job was created, as it came."""
        return {k: v for k, v in self.to_json().items() if k not in OUTPUT_ONLY}

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
        if isinstance(self.error, dict):
            return str(self.error.get("message", ""))
        return ""

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
