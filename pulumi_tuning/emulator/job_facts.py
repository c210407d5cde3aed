"""What is stored about a tuning job: everything that its answers are computed from."""

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Final, Self

from pulumi_tuning.emulator.errors import Json

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

    hyper_parameters: Json = field(default_factory=dict)
    """What the service filled in when it knew the number of examples."""

    data_stats: Json = field(default_factory=dict)
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

    tuned_model: Json = field(default_factory=dict)
    overrides: Json = field(default_factory=dict)
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
        return cls(
            **{
                key: datetime.fromisoformat(value) if key in _TIMES else value
                for key, value in document.items()
            }
        )

    @property
    def tuning_spec(self) -> Json:
        """The supervised or preference spec, or an empty one."""
        spec: Any = self.request.get(self.tuning_spec_name, {})
        return dict(spec)

    @property
    def tuning_spec_name(self) -> str:
        """Name of the member that holds the tuning spec."""
        names = [name for name in self.request if name.endswith("Spec")]
        names = [name for name in names if name != "encryptionSpec"]
        return names[0] if names else "supervisedTuningSpec"

    def seconds_after_creation(self, seconds: float) -> datetime:
        """Return the moment that many seconds after the job was created."""
        return self.create_time + timedelta(seconds=seconds)
