"""Fixtures of the emulator's tests: without a server and with one, time frozen."""

import gc
import warnings
from collections.abc import Iterator

import httpx
import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.emulator.bodies import TRAIN, chat, json_lines
from tests.emulator.in_process import InProcessTransport
from tests.support.fake_clock import FakeClock

PACING = Pacing(pending_seconds=60, running_seconds=600, cancelling_seconds=10)


@pytest.fixture
def emulator(fake_clock: FakeClock) -> Iterator[Emulator]:
    """Give an emulator with a data set, without a server, whose time stands still."""
    emulator = Emulator(pacing=PACING, clock=fake_clock)
    emulator.freeze()
    emulator.put_object(TRAIN, json_lines(*[chat()] * 20))
    yield emulator
    emulator.stop()


@pytest.fixture
def client(emulator: Emulator) -> Iterator[httpx.Client]:
    """Give a client of the emulator that needs no socket."""
    with httpx.Client(
        transport=InProcessTransport(emulator.app), base_url="http://emulator.test"
    ) as client:
        yield client


@pytest.fixture
def served(fake_clock: FakeClock) -> Iterator[Emulator]:
    """Give an emulator with a data set that serves, and whose time stands still."""
    with Emulator(pacing=PACING, clock=fake_clock) as emulator:
        emulator.freeze()
        emulator.put_object(TRAIN, json_lines(*[chat()] * 20))
        yield emulator


@pytest.fixture(scope="module")
def collected_sockets() -> Iterator[None]:
    """Let the sockets that Google's clients leave not reach another module."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
