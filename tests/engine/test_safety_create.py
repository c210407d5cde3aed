"""No job is paid twice and none is lost, whatever happens to the create call."""

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
from tests.faults.faults import TOO_FAST
from tests.support.commands import wait_until
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

CREATE = "/tuningJobs$"


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def test_answer_is_lost(stack: Stack, emulator: Emulator) -> None:
    """A create call that is cut after its effect ends with that job recorded."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    emulator.add_fault(Fault(method="POST", path=CREATE, cut="after"))

    result = stack.up()

    assert posts(emulator) == 1
    assert recorded(stack) == live(emulator) == {name_of(stack, "a")}
    assert "the job was found by its label" in result.messages("a")[-1]


def test_service_is_down(stack: Stack, emulator: Emulator) -> None:
    """A create call without effect is one readable error, and the next `up` starts."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    emulator.add_fault(Fault(method="POST", path=CREATE, status=503))

    failed = stack.up(exit_code=1)
    again = stack.up()

    errors = [d.message for d in failed.diagnostics if d.severity == "error"]
    assert [line for error in errors for line in error.splitlines()] == errors
    assert "Nothing is recorded; the next `pulumi up` looks for the job" in errors[0]
    assert "Traceback" not in failed.text
    assert again.operations["a"] == "create"
    assert len(live(emulator)) == 1
    assert recorded(stack) == live(emulator)


def test_forced_replacement_of_a_running_job(stack: Stack, emulator: Emulator) -> None:
    """The running job is adopted with a warning, and no later `up` cancels it.

    Another resource fails, so that its own deletion is left to the next process.
    """
    put_dataset(emulator)
    stack.write(a_program({"a": a_job(), "b": a_job(epochs=1)}))
    stack.up()
    name, urn = name_of(stack, "a"), stack.resource("a")["urn"]
    stack.write(a_program({"a": a_job(), "b": a_job(epochs=2)}))
    emulator.add_fault(Fault(method="POST", path=CREATE, status=403))

    forced = stack.up("--replace", urn, exit_code=1)
    pending = [r["id"] for r in stack.resources() if r.get("delete")]
    next_up = stack.up()

    assert any(f"adopted {name}" in m for m in forced.messages("a"))
    assert any(
        "to force a second run, change triggers" in m for m in forced.messages("a")
    )
    assert pending == [name]
    assert next_up.operations["b"] == "replace"
    assert name not in cancelled(emulator)
    assert recorded(stack) == live(emulator)
    assert name_of(stack, "a") == name


def test_replacement_that_fails_beside_a_pending_deletion(
    stack: Stack, emulator: Emulator
) -> None:
    """The job that stays recorded is not cancelled by an older deletion that names it.

    With `--continue-on-error` the engine goes on to that deletion after the failure.
    """
    put_dataset(emulator)
    stack.write(a_program({"a": a_job(), "b": a_job(epochs=1)}))
    stack.up()
    name, urn = name_of(stack, "a"), stack.resource("a")["urn"]
    stack.write(a_program({"a": a_job(), "b": a_job(epochs=2)}))
    emulator.add_fault(Fault(method="POST", path=CREATE, times=2, status=403))
    stack.up("--replace", urn, exit_code=1)
    stack.write(a_program({"a": a_job(epochs=9), "b": a_job(epochs=1)}))

    failed = stack.up("--continue-on-error", exit_code=1)

    assert failed.operations["a"] == "replace"
    assert name not in cancelled(emulator)
    assert name_of(stack, "a") == name


def test_forced_replacement_of_a_finished_job(stack: Stack, emulator: Emulator) -> None:
    """A job that has ended is never adopted: a replacement starts a new one."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    stack.up()
    finished = name_of(stack, "a")
    emulator.preset(finished, state="JOB_STATE_SUCCEEDED")

    stack.up("--replace", stack.resource("a")["urn"])

    assert posts(emulator) == 2
    assert name_of(stack, "a") != finished
    assert recorded(stack) == live(emulator)
    assert cancelled(emulator) == set()


def test_interrupt(stack: Stack, emulator: Emulator) -> None:
    """Ctrl-C while a create call waits for its answer leaves the job recorded."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    emulator.add_fault(Fault(method="POST", path=CREATE, effect=True, delay_seconds=2))

    command = stack.start_engine("up", "--yes", "--skip-preview")
    wait_until(lambda: posts(emulator))
    command.interrupt()
    command.wait()

    assert posts(emulator) == 1
    assert recorded(stack) == live(emulator) == {name_of(stack, "a")}


def test_killed_engine(stack: Stack, emulator: Emulator) -> None:
    """A provider whose engine was killed starts nothing any more.

    It was about to repeat a create call that the service had refused for a moment; the
    next `up` starts the job, once.
    """
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    emulator.add_fault(
        Fault(method="POST", path=CREATE, times=None, status=429, body=TOO_FAST)
    )

    command = stack.start_engine("up", "--yes", "--skip-preview")
    wait_until(lambda: posts(emulator))
    command.process.kill()
    command.process.wait()
    wait_until(lambda: not command.processes("provider"))
    emulator.clear_faults()
    stack.run("cancel", "--yes")
    stack.up()

    assert len(live(emulator)) == 1
    assert recorded(stack) == live(emulator)
