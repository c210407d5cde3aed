"""A destroy cancels what runs, cleans up what it was told to, and ends in time."""

import re

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from pulumi_tuning.job_state import JobState
from tests.engine.safety import (
    ENDLESS,
    a_job,
    a_program,
    cancelled,
    live,
    name_of,
    put_dataset,
    recorded,
)
from tests.support.commands import wait_until
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

JOBS = 50
BOUND_SECONDS = 10
SHORT = Pacing(pending_seconds=0.1, running_seconds=0.2, operation_seconds=0.3)
MANY = """
import pulumi
import pulumi_tuning as tuning

timeouts = pulumi.ResourceOptions(custom_timeouts={{"delete": "{bound}s"}})
for number in range({jobs}):
    tuning.TuningJob(f"job{{number}}", **{job!r}, opts=timeouts)
"""


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def test_many_running_jobs(stack: Stack, emulator: Emulator) -> None:
    """One job that ignores its cancel holds up none of the others, and stays recorded.

    It alone waits for the whole bound.
    """
    put_dataset(emulator)
    stack.write(MANY.format(job=a_job(), jobs=JOBS, bound=BOUND_SECONDS))
    stack.up()
    stubborn = name_of(stack, "job0")
    emulator.preset(stubborn, ignoresCancel=True)

    destroyed = stack.destroy(exit_code=1)
    calls = emulator.journal("POST", ":cancel$")
    left = recorded(stack)
    emulator.preset(stubborn, ignoresCancel=False)
    stack.destroy()

    assert left == {stubborn}
    assert len({call.path for call in calls}) == JOBS
    assert (calls[-1].time - calls[0].time).total_seconds() < BOUND_SECONDS
    assert f"{stubborn} is still JOB_STATE_RUNNING after" in destroyed.text
    assert recorded(stack) == live(emulator) == set()


def test_refresh_before_the_deletes(stack: Stack, emulator: Emulator) -> None:
    """A job that the refresh of the same run found unchanged is cancelled all the same.

    Whether it is replaced, removed from the program, or goes with the whole stack.
    """
    put_dataset(emulator)
    jobs = {name: a_job() for name in ("kept", "removed", "changed")}
    stack.write(a_program(jobs))
    stack.up()
    before = {name: name_of(stack, name) for name in jobs}
    stack.write(a_program({"kept": a_job(), "changed": a_job(epochs=5)}))

    stack.up("--refresh")
    after_up = (cancelled(emulator), recorded(stack), live(emulator))
    stack.destroy("--refresh")

    changed = {before["removed"], before["changed"]}
    assert after_up[0] == changed
    assert after_up[1] == after_up[2]
    assert before["kept"] in after_up[1]
    assert recorded(stack) == live(emulator) == set()


def test_timeout_that_was_changed(stack: Stack, emulator: Emulator) -> None:
    """A changed delete timeout counts for a job that is recorded already."""
    put_dataset(emulator)
    for bound in (100, 2):
        stack.write(MANY.format(job=a_job(), jobs=1, bound=bound))
        stack.up()
    emulator.preset(name_of(stack, "job0"), ignoresCancel=True)

    destroyed = stack.destroy(exit_code=1)

    assert re.search(r"is still JOB_STATE_RUNNING after 2(\.\d)? s", destroyed.text)
    assert recorded(stack) == live(emulator)


@pytest.mark.parametrize("pacing", [SHORT], ids=["jobs that succeed at once"])
def test_tuned_models(stack: Stack, emulator: Emulator) -> None:
    """Only what the job made is deleted: its endpoints, and its version of the model.

    The job that was tuned further from it keeps its own, until it goes too.
    """
    put_dataset(emulator)
    jobs = {"parent": a_job(epochs=2, delete_tuned_model=True)}
    stack.write(a_program(jobs))
    stack.up()
    parent = name_of(stack, "parent")
    wait_until(lambda: has_succeeded(emulator, parent))
    model = emulator.job(parent)["tunedModel"]["model"]
    made_by_parent = set(emulator.endpoints())
    jobs["child"] = a_job(epochs=1, delete_tuned_model=True, base_model=None)
    jobs["child"]["pre_tuned_model"] = {"tuned_model_name": model}
    stack.write(a_program(jobs))
    stack.up()
    wait_until(lambda: has_succeeded(emulator, name_of(stack, "child")))
    made_by_child = set(emulator.endpoints()) - made_by_parent
    del jobs["parent"]
    stack.write(a_program(jobs))

    stack.up()
    after_parent = (set(emulator.endpoints()), emulator.models())
    stack.destroy()

    assert len(made_by_parent) == 2
    assert made_by_child
    assert after_parent == (made_by_child, [model.removesuffix("@1")])
    assert (emulator.endpoints(), emulator.models()) == ([], [])
    assert cancelled(emulator) == set()


def has_succeeded(emulator: Emulator, name: str) -> bool:
    """Return whether a job has ended well."""
    return bool(emulator.job(name)["state"] == JobState.SUCCEEDED)
