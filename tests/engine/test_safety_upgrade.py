"""Yesterday's state still works."""

import re
from pathlib import Path

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.recording import (
    PROGRAM,
    RECORDED,
    jobs_of,
    record,
    restore,
    shape,
    state_of,
)
from tests.engine.safety import ENDLESS, cancelled, name_of, posts
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

VERSIONS = sorted(folder.name for folder in RECORDED.iterdir())


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


@pytest.mark.parametrize("version", VERSIONS)
def test_recorded_state(version: str, stack: Stack, emulator: Emulator) -> None:
    """The state that a version recorded previews empty, and an `up` starts nothing."""
    restore(version, stack, emulator, state_of(RECORDED / version))

    stack.preview("--expect-no-changes")
    stack.up("--expect-no-changes")
    stack.refresh()
    stack.preview("--expect-no-changes")

    assert posts(emulator) == 0
    assert cancelled(emulator) == set()


def test_unknown_properties(stack: Stack, emulator: Emulator) -> None:
    """What a later version records, or the service adds, outlives up and refresh."""
    state = state_of(RECORDED / VERSIONS[-1])
    for job in jobs_of(state):
        job["outputs"]["comesLater"] = {"depth": [1, 2]}
    restore(VERSIONS[-1], stack, emulator, state)
    emulator.preset(name_of(stack, "running"), fieldOfTheService={"new": True})
    program = stack.project / PROGRAM
    program.write_text(re.sub('on_failure="replace",', "", program.read_text()))

    stack.preview("--refresh")
    up = stack.up()
    stack.refresh()

    assert up.operations["running"] == "update"
    for name in ("running", "succeeded", "preference", "adopted"):
        assert stack.resource(name)["outputs"]["comesLater"] == {"depth": [1, 2]}
    assert posts(emulator) == 0


def test_shape_of_the_state(stack: Stack, emulator: Emulator, tmp_path: Path) -> None:
    """The newest recording is of the state that this version writes.

    Where it is not, the change is either a mistake or a reason to record again: the
    recording of this run can be copied from the folder that the assertion names.
    """
    folder = tmp_path / "recording"

    record(VERSIONS[-1], stack, emulator, folder)

    assert shape(state_of(folder)) == shape(state_of(RECORDED / VERSIONS[-1])), folder
