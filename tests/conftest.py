"""Fixtures for all levels: the clock, the emulator, a stack of the real CLI."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.fake_clock import FakeClock
from tests.support.stacks import Stack, find_cli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pulumi_tuning.emulator import Emulator


@pytest.fixture
def fake_clock() -> FakeClock:
    """Give a clock that only the test moves."""
    return FakeClock()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """Serve an emulator whose jobs succeed within a second."""
    from pulumi_tuning.emulator import Emulator, Pacing  # noqa: PLC0415

    pacing = Pacing(pending_seconds=0.2, running_seconds=0.5)
    with Emulator(pacing=pacing) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def cli() -> Path:
    """Give the Pulumi CLI; without one, skip where it is not required."""
    found = find_cli()
    if found is not None:
        return found
    reason = "no Pulumi CLI; `bash .tools/setup` leaves one in .venv/bin"
    if os.environ.get("PULUMI_TUNING_REQUIRE_ENGINE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the home folder that the CLI has in all tests of this run."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def stack(tmp_path: Path, cli: Path, pulumi_home: Path, emulator: Emulator) -> Stack:
    """Give an empty stack whose programs reach the emulator and nothing else."""
    folder = tmp_path / "stack"
    return Stack(folder, cli=cli, home=pulumi_home, environment=emulator.environment)
