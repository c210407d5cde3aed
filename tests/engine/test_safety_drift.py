"""What an `up` does about a job, or its data, that changed behind the stack's back."""

import pytest

from pulumi_tuning.emulator import Emulator, Fault, Pacing
from tests.engine.safety import (
    ENDLESS,
    a_job,
    a_program,
    cancelled,
    live,
    name_of,
    posts,
    put_dataset,
    recorded,
)
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def test_running_job_that_drifted(stack: Stack, emulator: Emulator) -> None:
    """One `up` replaces and cancels a running job that is not what was asked for."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    stack.up()
    drifted = name_of(stack, "a")
    emulator.preset(drifted, baseModel="gemini-2.5-pro")

    replaced = stack.up()
    stack.preview("--expect-no-changes")

    assert replaced.replaced_properties("a") == {"baseModel"}
    assert any(
        "the live job differs, baseModel is" in m for m in replaced.messages("a")
    )
    assert cancelled(emulator) == {drifted}
    assert posts(emulator) == 2
    assert recorded(stack) == live(emulator)


def test_data_set_changed(stack: Stack, emulator: Emulator) -> None:
    """New data under the old address retrains, warns or nothing, as was asked for.

    The job on the old data still runs, and is no reason to start none.
    """
    put_dataset(emulator)
    policies = ("replace", "warn", "ignore")
    stack.write(a_program({p: a_job(on_dataset_change=p) for p in policies}))
    stack.up()
    before = {policy: name_of(stack, policy) for policy in policies}
    put_dataset(emulator, examples=120)

    preview = stack.preview()
    stack.up()
    stack.preview("--expect-no-changes")

    assert [preview.operations[policy] for policy in policies] == [
        "replace",
        "same",
        "same",
    ]
    assert "changed since the job was trained on it" in preview.messages("replace")[-1]
    assert 'on_dataset_change="replace" trains again' in preview.messages("warn")[-1]
    assert not any("changed since" in m for m in preview.messages("ignore"))
    assert posts(emulator) == 4
    assert cancelled(emulator) == {before["replace"]}
    assert {policy: name_of(stack, policy) for policy in policies[1:]} == {
        "warn": before["warn"],
        "ignore": before["ignore"],
    }


def test_data_set_unreadable(stack: Stack, emulator: Emulator) -> None:
    """Where new data would retrain, nothing is started on data that nobody could see.

    The running job for it would not be found by its label, and be paid twice.
    """
    put_dataset(emulator)
    stack.write(a_program({"a": a_job(on_dataset_change="replace")}))
    emulator.add_fault(Fault(path="/storage/", times=None, status=403))

    failed = stack.up(exit_code=1)
    emulator.clear_faults()
    stack.up()

    assert 'with on_dataset_change="replace" nobody can tell' in failed.text
    assert posts(emulator) == 1


def test_triggers(stack: Stack, emulator: Emulator) -> None:
    """A changed trigger starts a second job of the same definition, once."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job(triggers=["monday"])}))
    stack.up()
    first = name_of(stack, "a")
    stack.write(a_program({"a": a_job(triggers=["tuesday"])}))

    replaced = stack.up()
    stack.preview("--expect-no-changes")

    assert replaced.replaced_properties("a") == {"triggers"}
    assert cancelled(emulator) == {first}
    assert posts(emulator) == 2
    assert recorded(stack) == live(emulator)
