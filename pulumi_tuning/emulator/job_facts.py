"""What is stored about a tuning job: everything that its answers are computed from."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, Self

from pulumi_tuning.emulator.json_values import Json, new_object
from pulumi_tuning.emulator.schema import SCHEMA

_TIMES: Final = frozenset({"create_time", "admitted_at", "cancelled_at", "held_at"})


@dataclass(slots=True, kw_only=True)
class JobFacts:
    """The facts of one job."""

    name: str
    """Full name, with the project's number."""

    sequence: int
    """Place in the order of creation, from 1."""

    request: Json
    """What was asked for, normalised, with the display name that was given to it."""

    create_time: datetime
    pending_seconds: float = 0.0
    running_seconds: float = 0.0
    cancelling_seconds: float = 0.0

    admitted_at: datetime | None = None
    """When the project had a slot for the job; None while it waits for one."""

    is_started: bool = False
    """Whether the data set was read, which happens as the job starts to run."""

    hyper_parameters: Json = field(default_factory=new_object)
    """What the service filled in when it knew the number of examples."""

    data_stats: Json = field(default_factory=new_object)
    step_count: int = 0

    dataset_error: Json | None = None
    """Why the data set cannot be used: ends the job as it starts."""

    failure: Json | None = None
    """The error with which the job will end, in place of success."""

    leaves_model: bool = False
    """Whether a failure leaves the uploaded model behind."""

    cancelled_at: datetime | None = None
    """When an accepted cancel arrived."""

    ignores_cancel: bool = False
    success_wins_race: bool = False

    held_state: str | None = None
    """A state in which the job was put by hand; time does not move it on."""

    held_at: datetime | None = None

    is_concluded: bool = False
    """Whether what the end of the job leaves behind exists."""

    tuned_model: Json = field(default_factory=new_object)
    overrides: Json = field(default_factory=new_object)
    """Fields of the answer that were set by hand; None takes one away."""

    is_expired: bool = False
    """Whether the service has forgotten the job."""

    def to_json(self) -> Json:
        """Return the facts as a JSON document."""
        return {
            slot.name: value.isoformat() if isinstance(value, datetime) else value
            for slot in fields(self)
            if (value := getattr(self, slot.name)) is not None
        }

    @classmethod
    def from_json(cls, document: Json) -> Self:
        """Return the facts that a JSON document holds."""
        values: dict[str, Any] = {
            key: datetime.fromisoformat(value) if key in _TIMES else value
            for key, value in document.items()
        }
        return cls(**values)

    @property
    def project(self) -> str:
        """Number of the project."""
        return self.name.split("/")[1]

    @property
    def location(self) -> str:
        """Location of the job."""
        return self.name.split("/")[3]

    @property
    def tuning_spec_name(self) -> str:
        """Name of the member that holds the tuning spec, or nothing."""
        return tuning_spec_name(self.request)

    @property
    def tuning_spec(self) -> Json:
        """The tuning spec, or an empty one."""
        spec: Json = self.request.get(self.tuning_spec_name, {})
        return spec

    @property
    def base_model(self) -> str:
        """The base model, also of a job that tunes a tuned model further."""
        tuned: Json = self.request.get("preTunedModel", {})
        return str(self.request.get("baseModel") or tuned.get("baseModel", ""))


def tuning_spec_name(request: Json) -> str:
    """Return the member of a request that holds its tuning spec, or nothing."""
    fields = SCHEMA.messages["TuningJob"]
    names = (name for name in request if fields[name].oneof == "tuning_spec")
    return next(names, "")
