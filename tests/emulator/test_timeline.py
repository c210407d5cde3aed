"""The state of a job as a function of its facts and the time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.emulator import Behaviour, Pacing
from pulumi_tuning.emulator.job_facts import JobFacts
from pulumi_tuning.emulator.timeline import moment
from pulumi_tuning.job_state import is_final

CREATED = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)


def facts(**changes: object) -> JobFacts:
    """Return a job that is pending for 60 s, runs for 600 s and cancels in 10 s."""
    job = JobFacts(
        name="projects/1/locations/l/tuningJobs/2",
        sequence=1,
        request={},
        create_time=CREATED,
        pending_seconds=60,
        running_seconds=600,
        cancelling_seconds=10,
        admitted_at=CREATED,
    )
    for name, value in changes.items():
        setattr(job, name, value)
    return job


def after(seconds: float) -> datetime:
    """Return the moment that many seconds after the creation."""
    return CREATED + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("job", "states"),
    [
        pytest.param(
            facts(),
            {
                0: "PENDING",
                59: "PENDING",
                60: "RUNNING",
                659: "RUNNING",
                660: "SUCCEEDED",
            },
            id="success",
        ),
        pytest.param(
            facts(failure={"code": 13}), {659: "RUNNING", 660: "FAILED"}, id="failure"
        ),
        pytest.param(
            facts(dataset_error={"code": 3}),
            {59: "PENDING", 60: "FAILED"},
            id="bad data set",
        ),
        pytest.param(
            facts(cancelled_at=after(5)),
            {4: "PENDING", 5: "CANCELLING", 14: "CANCELLING", 15: "CANCELLED"},
            id="cancelled before it ran",
        ),
        pytest.param(
            facts(cancelled_at=after(100)),
            {99: "RUNNING", 100: "CANCELLING", 110: "CANCELLED", 900: "CANCELLED"},
            id="cancelled while it ran",
        ),
        pytest.param(
            facts(cancelled_at=after(100), success_wins_race=True),
            {109: "CANCELLING", 110: "SUCCEEDED"},
            id="success wins the race",
        ),
        pytest.param(
            facts(cancelled_at=after(5), success_wins_race=True),
            {15: "CANCELLED"},
            id="no race before it ran",
        ),
        pytest.param(
            facts(admitted_at=None), {60: "PENDING", 9_999: "PENDING"}, id="no slot"
        ),
        pytest.param(
            facts(admitted_at=after(100)),
            {99: "PENDING", 100: "RUNNING", 700: "SUCCEEDED"},
            id="late slot",
        ),
        pytest.param(
            facts(held_state="JOB_STATE_PAUSED", held_at=after(100)),
            {9_999: "PAUSED"},
            id="held",
        ),
        pytest.param(
            facts(
                held_state="JOB_STATE_PAUSED", held_at=after(0), cancelled_at=after(50)
            ),
            {50: "CANCELLING", 60: "CANCELLED"},
            id="held, then cancelled",
        ),
    ],
)
def test_states_follow_the_facts(job: JobFacts, states: dict[int, str]) -> None:
    """Each fact moves a job through the states that the API documents."""
    found = {second: moment(job, after(second)).state for second in states}

    assert found == {second: f"JOB_STATE_{state}" for second, state in states.items()}


@pytest.mark.parametrize(
    ("job", "second", "times"),
    [
        pytest.param(facts(), 30, (None, None, 0), id="pending"),
        pytest.param(facts(), 100, (60, None, 60), id="running"),
        pytest.param(facts(), 9_999, (60, 660, 660), id="succeeded"),
        pytest.param(
            facts(dataset_error={"code": 3}), 100, (None, 60, 60), id="bad data set"
        ),
        pytest.param(
            facts(cancelled_at=after(100)), 105, (60, None, 100), id="cancelling"
        ),
        pytest.param(
            facts(cancelled_at=after(100)), 500, (60, 110, 110), id="cancelled"
        ),
        pytest.param(facts(cancelled_at=after(5)), 500, (None, 15, 15), id="never ran"),
        pytest.param(
            facts(held_state="JOB_STATE_FAILED", held_at=after(30)),
            500,
            (None, 30, 30),
            id="failed by hand before it ran",
        ),
        pytest.param(
            facts(held_state="JOB_STATE_SUCCEEDED", held_at=after(30)),
            500,
            (30, 30, 30),
            id="succeeded by hand before it ran",
        ),
        pytest.param(
            facts(held_state="JOB_STATE_RUNNING", held_at=after(90)),
            500,
            (60, None, 90),
            id="held while it ran",
        ),
    ],
)
def test_times_are_those_of_the_changes(
    job: JobFacts, second: int, times: tuple[int | None, int | None, int]
) -> None:
    """A job has a start once it ran, an end once it is final, and a last change."""
    there = moment(job, after(second))

    expected = tuple(None if time is None else after(time) for time in times)
    assert (there.start_time, there.end_time, there.update_time) == expected


@pytest.mark.parametrize(
    ("job", "error"),
    [
        pytest.param(facts(), None, id="success"),
        pytest.param(
            facts(cancelled_at=after(5)),
            {"code": 1, "message": "CANCELED"},
            id="cancel",
        ),
        pytest.param(facts(failure={"code": 8}), {"code": 8}, id="failure"),
        pytest.param(facts(dataset_error={"code": 3}), {"code": 3}, id="data set"),
        pytest.param(
            facts(held_state="JOB_STATE_FAILED", held_at=after(0)),
            {"code": 13, "message": "Internal error encountered."},
            id="by hand",
        ),
    ],
)
def test_a_job_that_did_not_succeed_says_why(
    job: JobFacts, error: dict[str, object] | None
) -> None:
    """Only FAILED and CANCELLED carry an error."""
    assert moment(job, after(9_999)).error == error


def test_a_running_job_passes_through_the_stages() -> None:
    """The beta API's stages come in their order, with the share of the tuning done."""
    stages = [moment(facts(), after(second)).stage for second in (90, 150, 300, 630)]

    assert stages == [
        "TUNING_JOB_STATE_PROCESSING_DATASET",
        "TUNING_JOB_STATE_WAITING_FOR_CAPACITY",
        "TUNING_JOB_STATE_TUNING",
        "TUNING_JOB_STATE_POST_PROCESSING",
    ]
    assert moment(facts(), after(90)).tuned_share == 0
    assert moment(facts(), after(390)).tuned_share == pytest.approx(0.5)
    assert moment(facts(), after(650)).tuned_share == 1
    assert moment(facts(running_seconds=0), after(60)).tuned_share == 1
    assert moment(facts(admitted_at=None), after(90)).stage == (
        "TUNING_JOB_STATE_WAITING_FOR_QUOTA"
    )


def test_what_was_tuned_does_not_grow_after_a_cancel() -> None:
    """The share of the tuning stands still from the cancel on."""
    job = facts(cancelled_at=after(390))

    assert moment(job, after(9_999)).tuned_share == pytest.approx(0.5)


@given(
    pending=st.floats(0, 100),
    running=st.floats(0, 1_000),
    cancelled=st.none() | st.floats(0, 2_000),
    failure=st.none() | st.just({"code": 13}),
    seconds=st.lists(st.floats(0, 3_000), min_size=2).map(sorted),
)
def test_no_job_comes_back_from_a_final_state(
    pending: float,
    running: float,
    cancelled: float | None,
    failure: dict[str, object] | None,
    seconds: list[float],
) -> None:
    """Whatever the facts, a final state and its end time stay as they are."""
    job = facts(
        pending_seconds=pending,
        running_seconds=running,
        failure=failure,
        cancelled_at=None if cancelled is None else after(cancelled),
    )

    moments = [moment(job, after(second)) for second in seconds]

    finals = [there for there in moments if is_final(there.state)]
    assert finals == moments[len(moments) - len(finals) :]
    assert len({(there.state, there.end_time) for there in finals}) <= 1


@pytest.mark.parametrize(
    "pacing",
    [
        pytest.param({"pending_seconds": -1.0}, id="negative"),
        pytest.param({"running_seconds": float("inf")}, id="endless"),
        pytest.param({"spread": 1.5}, id="more than all"),
    ],
)
def test_a_pace_that_no_job_can_have_is_refused(pacing: dict[str, float]) -> None:
    """A duration whose end is no date is refused before a job has it."""
    with pytest.raises(ValueError, match="must be from 0 to"):
        Pacing(**pacing)


@pytest.mark.parametrize("limit", ["default_page_size", "largest_page_size"])
def test_a_page_of_nothing_is_refused(limit: str) -> None:
    """A list whose pages hold no job would have no end."""
    with pytest.raises(ValueError, match="at least one job"):
        Behaviour(**{limit: 0})  # type: ignore[arg-type]
