"""Fixtures for all levels: the clock, the emulator, a stack of the real CLI."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.support.fake_clock import FakeClock
from tests.support.stacks import Stack, find_cli, require_cli

ENGINE_TIMEOUT_SECONDS = 300


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests of the real CLI, each command of which takes seconds, more time.

    Tests that are given more than others come first: at the end of a run, one worker
    would be left with them while the others are idle.
    """
    for item in items:
        is_engine = item.get_closest_marker("engine") is not None
        if is_engine and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(ENGINE_TIMEOUT_SECONDS), append=False)
    items.sort(key=_timeout, reverse=True)


def _timeout(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return marker.args[0] if marker else 0


@pytest.fixture
def fake_clock() -> FakeClock:
    """Give a clock that only the test moves."""
    return FakeClock()


@pytest.fixture
def pacing() -> Pacing:
    """Give the pace of the emulator's jobs: they succeed within a second.

    A test that wants another one parametrizes `pacing`.
    """
    return Pacing(pending_seconds=0.2, running_seconds=0.5)


@pytest.fixture
def emulator(pacing: Pacing) -> Iterator[Emulator]:
    """Serve an emulator."""
    with Emulator(pacing=pacing) as emulator:
        yield emulator


@pytest.fixture(scope="session")
def cli() -> Path:
    """Give the Pulumi CLI; without one, skip where it is not required."""
    return require_cli(find_cli(), os.environ)


@pytest.fixture(scope="session")
def pulumi_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the home folder that the CLI has in all tests of this run."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def stack(
    tmp_path: Path, cli: Path, pulumi_home: Path, emulator: Emulator
) -> Iterator[Stack]:
    """Give an empty stack whose programs reach the emulator and nothing else."""
    with Stack(
        tmp_path / "stack",
        cli=cli,
        home=pulumi_home,
        environment=emulator.environment,
    ) as stack:
        yield stack
