"""A live job that is not what was recorded, and a service that cannot be asked."""

import socket

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import ENDLESS, program
from tests.support.commands import Result
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]

PROGRAM = program(
    """
    job("changed", epoch_count=2, labels={"team": "nlp"})
    job("cancelled")
    job("failed")
    job("again", on_failure="replace")
    job("fine", adapter_size=4)
    """
)
DRIFT = (
    'labels.team is "ops", desired "nlp"; '
    'supervisedTuningSpec.hyperParameters.epochCount is "7", desired 2'
)
FAILURE = "JOB_STATE_FAILED: Dataset example 3 is malformed"
REMEDY = 'on_failure="replace" or changed triggers start a new one'
TOLD = {
    "changed": f"replace: the live job differs, {DRIFT}",
    "cancelled": f"the job is JOB_STATE_CANCELLED: CANCELED; {REMEDY}",
    "failed": f"the job is {FAILURE}; {REMEDY}",
    "again": f"replace: the job is {FAILURE}",
}
REPLACED = {"changed": "replace", "again": "replace"}
KEPT = {"cancelled": "same", "failed": "same", "fine": "same"}


@pytest.fixture
def pacing() -> Pacing:
    """Give jobs that do not end by themselves."""
    return ENDLESS


@pytest.fixture
def drifted(stack: Stack, emulator: Emulator) -> Stack:
    """Give a stack whose jobs were changed, cancelled and failed behind its back."""
    stack.write(PROGRAM)
    stack.up()
    names = {name: stack.resource(name)["id"] for name in (*REPLACED, *KEPT)}
    changed = emulator.job(names["changed"])
    spec = changed["supervisedTuningSpec"]
    emulator.preset(
        names["changed"],
        labels={**changed["labels"], "team": "ops"},
        supervisedTuningSpec={**spec, "hyperParameters": {"epochCount": "7"}},
    )
    emulator.preset(names["cancelled"], state="JOB_STATE_CANCELLED")
    error = {"code": 3, "message": "Dataset example 3 is malformed"}
    for name in ("failed", "again"):
        emulator.preset(names[name], state="JOB_STATE_FAILED", error=error)
    return stack


def operations(result: Result) -> dict[str, str]:
    """Return what happens to each job after its refresh."""
    return {
        step.name: "same" if step.operation == "same" else "replace"
        for step in result.steps
        if step.operation != "refresh" and step.name in TOLD | KEPT
    }


def test_drift_is_told(drifted: Stack, emulator: Emulator) -> None:
    """Each difference stands on its job's row, once, and replaces what it must.

    With `--refresh` the engine shows live and desired value itself.
    """
    emulator.clear_journal()

    previewed = drifted.preview()
    refreshed = drifted.preview("--refresh", "--diff")

    assert operations(previewed) == operations(refreshed) == REPLACED | KEPT
    untold = {
        name: previewed.messages(name)
        for name, text in TOLD.items()
        if [text in message for message in previewed.messages(name)] != [True]
    }
    assert untold == {}
    assert previewed.messages("fine") == []
    assert "~ epochCount: 7 => 2" in refreshed.stdout
    assert '~ team: "ops" => "nlp"' in refreshed.stdout
    for name in ("failed", "cancelled"):
        (message,) = refreshed.messages(name)
        assert TOLD[name] in message
    assert emulator.journal("POST") == []


def test_unreachable_service(stack: Stack, emulator: Emulator) -> None:
    """A preview without the service warns, compares with the record and goes on.

    An update starts nothing that could not be looked for, and says so in a line.
    """
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    stack.write(program("job('bot', epoch_count=2)\njob('other', epoch_count=2)"))
    stack.up()
    stack.environment["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] = nowhere
    stack.write(program("job('bot', epoch_count=2)\njob('other', epoch_count=3)"))

    previewed = stack.preview()
    failed = stack.up(exit_code=1)

    assert previewed.operations["bot"] == "same"
    assert previewed.operations["other"] == "replace"
    (warning,) = previewed.messages("bot")
    assert warning.startswith("compared with the recorded job, the live one is unread")
    error = failed.messages("other")[-1]
    assert "127.0.0.1" in error
    assert "\n" not in error
    assert len(emulator.jobs()) == 2
