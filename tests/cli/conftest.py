"""Fixtures of the command line's tests: a service, and commands that reach it."""

import os
import re
from collections.abc import Iterator
from typing import Protocol

import pytest
from typer.testing import CliRunner, Result

from pulumi_tuning.cli.app import app
from pulumi_tuning.emulator import Emulator, Pacing
from tests.support.fake_clock import FakeClock

PACING = Pacing(pending_seconds=60, running_seconds=600, cancelling_seconds=10)
FOREIGN_VARIABLES = re.compile("GOOGLE_|GCLOUD_|CLOUDSDK_|STORAGE_EMULATOR|FORCE_COLOR")


class Run(Protocol):
    """Runs `pulumi-tuning` with these arguments."""

    def __call__(self, *arguments: str, answer: str | None = None) -> Result:
        """Return what the command printed, and how it ended."""
        ...


@pytest.fixture
def service(
    fake_clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Emulator]:
    """Serve an emulator whose time the test moves; the environment leads to it."""
    with Emulator(pacing=PACING, clock=fake_clock) as emulator:
        for name in filter(FOREIGN_VARIABLES.match, list(os.environ)):
            monkeypatch.delenv(name)
        for name, value in emulator.environment.items():
            monkeypatch.setenv(name, value)
        yield emulator


@pytest.fixture
def run(fake_clock: FakeClock) -> Run:
    """Give a way to run commands in this process, with the test's own time."""
    return _runner(fake_clock)


@pytest.fixture
def system_run() -> Run:
    """Give a way to run commands in this process, with the system's time."""
    return _runner(None)


def _runner(clock: FakeClock | None) -> Run:
    def run(*arguments: str, answer: str | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=answer, obj=clock)

    return run
