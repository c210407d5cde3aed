"""Job states: which are final, which still work, and those nobody knows."""

import pytest

from pulumi_tuning.job_state import (
    FINAL_STATES,
    SUCCEEDED_STATES,
    UNSUCCESSFUL_STATES,
    JobState,
    is_final,
    is_live,
)


@pytest.mark.parametrize(
    ("state", "final", "live"),
    [
        pytest.param("JOB_STATE_UNSPECIFIED", False, True, id="unspecified"),
        pytest.param("JOB_STATE_QUEUED", False, True, id="queued"),
        pytest.param("JOB_STATE_PENDING", False, True, id="pending"),
        pytest.param("JOB_STATE_RUNNING", False, True, id="running"),
        pytest.param("JOB_STATE_SUCCEEDED", True, False, id="succeeded"),
        pytest.param("JOB_STATE_FAILED", True, False, id="failed"),
        pytest.param("JOB_STATE_CANCELLING", False, False, id="cancelling"),
        pytest.param("JOB_STATE_CANCELLED", True, False, id="cancelled"),
        pytest.param("JOB_STATE_PAUSED", False, True, id="paused can be resumed"),
        pytest.param("JOB_STATE_EXPIRED", True, False, id="expired"),
        pytest.param("JOB_STATE_UPDATING", False, True, id="updating"),
        pytest.param("JOB_STATE_PARTIALLY_SUCCEEDED", True, False, id="partially"),
        pytest.param("JOB_STATE_DREAMING", False, True, id="a state of the future"),
    ],
)
def test_what_a_state_means(state: str, final: bool, live: bool) -> None:  # noqa: FBT001 - a table
    """Each state of the API is final, live, or on its way from one to the other."""
    assert is_final(state) is final
    assert is_live(state) is live


def test_every_state_is_spelled_as_in_the_api() -> None:
    """Members drop the prefix that the API's values have."""
    assert [state.value for state in JobState] == [
        f"JOB_STATE_{state.name}" for state in JobState
    ]


def test_final_states_end_well_or_not() -> None:
    """A final state leaves a model or it does not, never both."""
    assert SUCCEEDED_STATES | UNSUCCESSFUL_STATES == FINAL_STATES
    assert not SUCCEEDED_STATES & UNSUCCESSFUL_STATES
