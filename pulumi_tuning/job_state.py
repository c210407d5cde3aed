"""The states of a tuning job and what each of them means for a reader.

Source: the `JobState` enum of the Vertex AI v1 discovery document.
"""

from enum import StrEnum
from typing import Final


class JobState(StrEnum):
    """State of a Vertex AI tuning job, spelled as in the REST API.

    The service may add states: a string that is no member is *not final*, so keep
    live values as plain strings and ask `is_final` about them.
    """

    UNSPECIFIED = "JOB_STATE_UNSPECIFIED"
    QUEUED = "JOB_STATE_QUEUED"
    PENDING = "JOB_STATE_PENDING"
    RUNNING = "JOB_STATE_RUNNING"
    SUCCEEDED = "JOB_STATE_SUCCEEDED"
    FAILED = "JOB_STATE_FAILED"
    CANCELLING = "JOB_STATE_CANCELLING"
    CANCELLED = "JOB_STATE_CANCELLED"
    PAUSED = "JOB_STATE_PAUSED"
    EXPIRED = "JOB_STATE_EXPIRED"
    UPDATING = "JOB_STATE_UPDATING"
    PARTIALLY_SUCCEEDED = "JOB_STATE_PARTIALLY_SUCCEEDED"


SUCCEEDED_STATES: Final = frozenset({JobState.SUCCEEDED, JobState.PARTIALLY_SUCCEEDED})
"""Final states that leave a usable tuned model."""

UNSUCCESSFUL_STATES: Final = frozenset(
    {JobState.FAILED, JobState.CANCELLED, JobState.EXPIRED}
)
"""Final states in which the job did not do what it was paid for."""

FINAL_STATES: Final = SUCCEEDED_STATES | UNSUCCESSFUL_STATES
"""States that never change again. PAUSED is not one of them: it can be resumed."""


def is_final(state: str) -> bool:
    """Return whether a job in this state never changes again.

    A state that this version does not know is not final: the job is looked at again
    rather than forgotten.
    """
    return state in FINAL_STATES


def is_live(state: str) -> bool:
    """Return whether a job in this state still works towards a model.

    A job that is being cancelled is neither live nor final.
    """
    return not is_final(state) and state != JobState.CANCELLING
