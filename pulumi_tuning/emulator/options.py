"""How fast jobs move and how the emulated service decides where Google's is not known.

Both are values: two emulators with equal options behave alike.
"""

from dataclasses import dataclass, fields
from typing import Final, Literal, Self

_LONGEST_SECONDS: Final = 10**9
"""Thirty years; the time at which a job ends is a date."""

FILTER_FIELDS: Final = (
    "state",
    "labels",
    "create_time",
    "update_time",
    "base_model",
    "tuned_model_display_name",
)
"""Fields of a tuning job that the filter of a list can compare."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pacing:
    """How long a tuning job stays in each state."""

    pending_seconds: float = 0.2
    """From creation to RUNNING."""

    running_seconds: float = 2.0
    """From RUNNING to its end."""

    cancelling_seconds: float = 0.1
    """From an accepted cancel to CANCELLED."""

    operation_seconds: float = 0.0
    """How long undeploying and deleting take; 0 answers an operation that is done."""

    spread: float = 0.0
    """Share by which a job's own durations differ from these, up or down: 0 to 1.

    What a job draws depends on the emulator's seed and on its place in the order of
    creation, so a second run repeats it.
    """

    def __post_init__(self) -> None:
        """Refuse durations that no job can have."""
        for name in fields(self):
            if not 0 <= getattr(self, name.name) <= _LONGEST_SECONDS:
                message = f"{name.name} must be from 0 to {_LONGEST_SECONDS}"
                raise ValueError(message)
        if self.spread > 1:
            message = "spread must be from 0 to 1"
            raise ValueError(message)

    @classmethod
    def realistic(cls) -> Self:
        """Return the pace of a small job of the real service."""
        return cls(
            pending_seconds=120.0,
            running_seconds=1800.0,
            cancelling_seconds=10.0,
            operation_seconds=5.0,
            spread=0.3,
        )

    @classmethod
    def fast(cls) -> Self:
        """Return a pace for tests: a job ends within a fifth of a second."""
        return cls(pending_seconds=0.05, running_seconds=0.15, cancelling_seconds=0.05)


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviour:
    """Decisions of the service, each of which a test may want the other way.

    Where a docstring says *assumed*, no answer of the real service is known: what the
    emulator does by default is a reading of the documentation, not verified.
    """

    require_token: bool | str = False
    """Answer 401 without a bearer token; a string is the only token accepted."""

    ignore_cancel: bool = False
    """Accept a cancel and go on running, as a best-effort cancel may."""

    success_wins_race: bool = False
    """Let a job that is being cancelled end in SUCCEEDED."""

    cancel_of_final_job: Literal["refuse", "accept"] = "refuse"
    """Answer 400 FAILED_PRECONDITION to the cancel of a final job, or 200. Assumed."""

    cancel_of_cancelling_job: Literal["accept", "refuse"] = "accept"
    """Answer 200 to the cancel of a job that is CANCELLING, or 400
    FAILED_PRECONDITION. Assumed."""

    cancelled_jobs_leave_model: bool = False
    """Keep the model and the endpoints of the checkpoints that a job had reached when
    it was cancelled. Assumed: nothing is said of what a cancelled job leaves."""

    concurrent_jobs: int | None = None
    """How many jobs of a project run at the same time; None is no limit."""

    over_quota: Literal["queue", "reject"] = "queue"
    """Keep a job above the limit PENDING, or answer 429. Assumed: reports say both."""

    accept_retired_models: bool = True
    """Tune base models that Google's documentation does not list any more. Assumed."""

    accept_publisher_paths: bool = False
    """Take a base model by its path too, such as `publishers/google/models/NAME`.
    Assumed: only short names are documented."""

    unknown_model_code: Literal[400, 404] = 400
    """How an unknown base model is refused. Assumed: both have been reported."""

    find_pre_tuned_model: bool = True
    """Answer 404 where the model to tune further is unknown here. Assumed."""

    serve_from_multi_region: bool = True
    """Put models and endpoints of Gemini 3 into `us` or `eu`. Assumed for the names."""

    version_in_pre_tuned_model: bool = False
    """Answer `preTunedModel.tunedModelName` with a version added to it. Assumed."""

    fill_defaults: Literal["at_start", "at_creation"] = "at_start"
    """When unset hyperparameters appear in the answers: as the job begins to run, or in
    the answer to its creation if the data set can be read. Assumed: they are known to
    appear at some time after creation."""

    label_models: bool = True
    """Give a job's labels to its model and endpoints. Assumed for the moment: when they
    are made."""

    strict_labels: bool = True
    """Refuse more than 64 labels, and keys that begin with no letter or with `goog`, as
    most services of Google Cloud do. Assumed for tuning jobs."""

    invalid_examples: Literal["drop", "fail"] = "drop"
    """Drop examples of a wrong structure, or fail the job. Assumed for both kinds."""

    failed_jobs_leave_model: bool = False
    """Keep the uploaded model of a job that fails at the end of its run."""

    find_dataset_at_creation: bool = False
    """Refuse a job whose data set is missing, in place of failing it. Assumed."""

    filter_fields: tuple[str, ...] = FILTER_FIELDS
    """Fields that the filter of a list may name; another one is answered 400. Assumed:
    the service documents no more than that there is a filter."""

    ignore_filter: bool = False
    """List all jobs whatever the filter says, once it can be read."""

    list_oldest_first: bool = False
    """List the oldest job first. Assumed: a list is known to be newest first only for
    other resources of the API."""

    default_page_size: int = 100
    """Jobs in a page when the request names no `pageSize`. Assumed."""

    largest_page_size: int = 1000
    """Jobs in a page however large the `pageSize`. Assumed."""

    def __post_init__(self) -> None:
        """Refuse pages that hold nothing, and filters of fields that no job has."""
        unknown = set(self.filter_fields) - set(FILTER_FIELDS)
        if unknown:
            message = f"a filter cannot name {', '.join(sorted(unknown))}"
            raise ValueError(message)
        if min(self.default_page_size, self.largest_page_size) < 1:
            message = "a page holds at least one job"
            raise ValueError(message)
