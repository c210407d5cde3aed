"""The state of a tuning job as a pure function of stored facts and the time.

Theory of operation. A job is PENDING from its creation until it starts, RUNNING until
it ends, then SUCCEEDED, or FAILED where its data set or its facts say so. An accepted
cancel makes it CANCELLING and, a while later, CANCELLED. A state set by hand holds
until a cancel or another such order. Nothing here is remembered: asked twice about the
same facts and time, the answer is the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pulumi_tuning.emulator.job_facts import JobFacts
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.job_state import SUCCEEDED_STATES, JobState, is_final

CANCELED: Final[Json] = {"code": 1, "message": "CANCELED"}
INTERNAL: Final[Json] = {"code": 13, "message": "Internal error encountered."}

_HAVING_RUN: Final = frozenset(
    {JobState.RUNNING, JobState.PAUSED, JobState.UPDATING, *SUCCEEDED_STATES}
)
_STAGES: Final = (
    (0.1, "TUNING_JOB_STATE_PROCESSING_DATASET"),
    (0.2, "TUNING_JOB_STATE_WAITING_FOR_CAPACITY"),
    (0.9, "TUNING_JOB_STATE_TUNING"),
)
_TUNING: Final = (0.2, 0.9)


@dataclass(frozen=True, slots=True)
class Moment:
    """What the facts say about one point in time."""

    state: str
    start_time: datetime | None
    end_time: datetime | None
    update_time: datetime
    error: Json | None
    stage: str | None
    """The `tuningJobState` that `v1beta1` shows."""

    tuned_share: float
    """How much of the tuning itself is done, from 0 to 1."""


def moment(facts: JobFacts, now: datetime) -> Moment:
    """Return what is true of the job now."""
    start = start_at(facts)
    start_time = start if start and start <= now and not _never_ran(facts) else None
    end = end_of(facts)
    end_time = end[0] if end and end[0] <= now else None
    state = end[1] if end and end_time else _state_before_end(facts, start_time, now)
    past = (facts.cancelled_at, facts.held_at, start_time, end_time)
    stopped = (now, end_time, facts.cancelled_at)
    ran = _share_run(facts, start_time, min(time for time in stopped if time))
    return Moment(
        state=state,
        start_time=start_time,
        end_time=end_time,
        update_time=max([facts.create_time, *(time for time in past if time)]),
        error=_error(facts, state),
        stage=_stage(facts, state, ran),
        tuned_share=min(max((ran - _TUNING[0]) / (_TUNING[1] - _TUNING[0]), 0.0), 1.0),
    )


def start_at(facts: JobFacts) -> datetime | None:
    """Return when the job starts to run, or None where it never does."""
    planned = _planned_start(facts)
    if facts.held_state and facts.held_at:
        if planned and planned <= facts.held_at:
            return planned
        return facts.held_at if facts.held_state in _HAVING_RUN else None
    if facts.cancelled_at and planned and planned > facts.cancelled_at:
        return None
    return planned


def end_of(facts: JobFacts) -> tuple[datetime, str] | None:
    """Return when and in which state the job ends, as far as the facts say."""
    start = start_at(facts)
    if facts.cancelled_at:
        wins = facts.success_wins_race and start is not None
        end = facts.cancelled_at + timedelta(seconds=facts.cancelling_seconds)
        return end, JobState.SUCCEEDED if wins else JobState.CANCELLED
    if facts.held_state and facts.held_at:
        held = facts.held_at, facts.held_state
        return held if is_final(facts.held_state) else None
    if start is None:
        return None
    if facts.dataset_error:
        return start, JobState.FAILED
    end = start + timedelta(seconds=facts.running_seconds)
    return end, JobState.FAILED if facts.failure else JobState.SUCCEEDED


def _planned_start(facts: JobFacts) -> datetime | None:
    if facts.admitted_at is None:
        return None
    ready = facts.create_time + timedelta(seconds=facts.pending_seconds)
    return max(ready, facts.admitted_at)


def _never_ran(facts: JobFacts) -> bool:
    return facts.dataset_error is not None and facts.held_state is None


def _state_before_end(
    facts: JobFacts, start_time: datetime | None, now: datetime
) -> str:
    if facts.cancelled_at and facts.cancelled_at <= now:
        return JobState.CANCELLING
    if facts.held_state:
        return facts.held_state
    return JobState.RUNNING if start_time else JobState.PENDING


def _share_run(facts: JobFacts, start_time: datetime | None, until: datetime) -> float:
    if start_time is None:
        return 0.0
    elapsed = (until - start_time).total_seconds()
    return min(elapsed / facts.running_seconds, 1.0) if facts.running_seconds else 1.0


def _stage(facts: JobFacts, state: str, ran: float) -> str | None:
    if state == JobState.PENDING and facts.admitted_at is None:
        return "TUNING_JOB_STATE_WAITING_FOR_QUOTA"
    if state != JobState.RUNNING:
        return None
    stages = (stage for limit, stage in _STAGES if ran < limit)
    return next(stages, "TUNING_JOB_STATE_POST_PROCESSING")


def _error(facts: JobFacts, state: str) -> Json | None:
    if state == JobState.CANCELLED:
        return CANCELED
    if state == JobState.FAILED:
        return facts.failure or facts.dataset_error or INTERNAL
    return None
