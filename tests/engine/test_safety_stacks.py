"""What belongs to a stack: its own jobs, and those of no other."""

from pathlib import Path

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
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


def test_same_names_on_two_backends(
    stack: Stack, emulator: Emulator, tmp_path: Path, cli: Path, pulumi_home: Path
) -> None:
    """Stacks of the same names on two backends never touch each other's jobs."""
    put_dataset(emulator)
    twin = Stack(
        tmp_path / "twin", cli=cli, home=pulumi_home, environment=emulator.environment
    )
    with twin:
        for each in (stack, twin):
            each.write(a_program({"a": a_job()}))
            each.up()
        ours, theirs = name_of(stack, "a"), name_of(twin, "a")
        twin.write(a_program({"a": a_job(epochs=5)}))
        twin.up()
        twin.destroy()

    assert posts(emulator) == 3
    assert ours not in cancelled(emulator)
    assert theirs in cancelled(emulator)
    assert recorded(stack) == live(emulator) == {ours}


def test_state_of_another_service(stack: Stack, emulator: Emulator) -> None:
    """With another service than the recorded one, everything is refused in one line."""
    put_dataset(emulator)
    stack.write(a_program({"a": a_job()}))
    stack.up()
    before = facts(stack)
    elsewhere = {"GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT": "http://vertex.invalid"}
    stack.environment.update(elsewhere)

    preview = stack.preview(exit_code=1)
    refresh = stack.refresh(exit_code=1)
    destroy = stack.destroy(exit_code=1)

    for result in (preview, refresh, destroy):
        assert "was recorded at loopback, and now vertex.invalid" in result.text
        assert "Traceback" not in result.text
    assert facts(stack) == before
    assert cancelled(emulator) == set()
    assert recorded(stack) == live(emulator)


def facts(stack: Stack) -> list[object]:
    """Return what the state says about the job."""
    job = stack.resource("a")
    return [job["id"], job["inputs"], job["outputs"]]
