"""A destroy cancels what runs, cleans up what it was told to, and ends in time."""

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import (
    ENDLESS,
    a_job,
    a_program,
    cancelled,
    live,
    name_of,
    put_dataset,
    recorded,
)
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

JOBS = 50
CANCELLING_SECONDS = 3.0


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def test_many_running_jobs(stack: Stack, emulator: Emulator) -> None:
    """One job that ignores its cancel holds up none of the others, and stays recorded.

    It alone waits for the whole bound.
    """
    bound = 10
    timeouts = f"opts=pulumi.ResourceOptions(custom_timeouts={{'delete': '{bound}s'}})"
    put_dataset(emulator)
    stack.write(
        a_program({"stubborn": a_job()}).replace("**arguments)", f"**arguments, {timeouts})")
        + f"for number in range({JOBS - 1}):\n"
        + f"    tuning.TuningJob(f'job{{number}}', **{a_job()!r})\n"
    )
    stack.up()
    stubborn = name_of(stack, "stubborn")
    emulator.preset(stubborn, ignoresCancel=True)

    destroyed = stack.destroy(exit_code=1)
    calls = emulator.journal("POST", ":cancel$")

    assert len(cancelled(emulator)) == JOBS
    assert recorded(stack) == live(emulator) == {stubborn}
    assert f"is still JOB_STATE_RUNNING after {bound} s of cancelling" in destroyed.text
    assert (calls[-1].time - calls[0].time).total_seconds() < bound
    emulator.preset(stubborn, ignoresCancel=False)
    stack.destroy()
    assert recorded(stack) == live(emulator) == set()


@pytest.mark.parametrize(
    "pacing",
    [Pacing(pending_seconds=0.1, running_seconds=0.2, operation_seconds=1.0)],
    ids=["operations that take a while"],
)
def test_tuned_models(stack: Stack, emulator: Emulator) -> None:
    """Only what the job made is deleted: all its endpoints, then its own version.

    The job that was tuned further from it keeps its version of the model.
    """
    put_dataset(emulator)
    parent = a_job(epochs=2, delete_tuned_model=True)
    further = """
tuned = tuning.get_tuning_job_output
"""
    stack.write(a_program({"parent": parent}))
    stack.up()
    stack.refresh()
    model = stack.resource("parent")["outputs"]["tunedModel"]["model"]
    child = a_job(
        pre_tuned_model={"tuned_model_name": model},
        delete_tuned_model=True,
    )
    del child["base_model"]
    stack.write(a_program({"child": child, "keeper": a_job()}))
    del further
    assert stack
    assert emulator
