"""The provider's process: it ends with its engine, and works on many calls at once."""

import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.engine import end_with_engine, widen_thread_pool
from pulumi_tuning.provider import TuningJobProvider
from tests.engine.safety import DATASET, put_dataset
from tests.support.host import ProviderHost

END_SECONDS: Final = 10.0
AT_ONCE: Final = 8


def asked() -> dict[str, Any]:
    """Return what a program asks for."""
    return {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
        "project": "acme",
        "location": "us-central1",
        "__pulumiTuning": {"name": "job", "identity": "one"},
    }


@pytest.mark.provider
def test_engine_is_gone(emulator: Emulator) -> None:
    """A process whose engine was killed ends by itself, not when it is written to."""
    put_dataset(emulator)
    with ProviderHost(TuningJobProvider(), environment=emulator.environment) as host:
        host.stdin.write("anything")
        host.stdin.flush()
        host.check({}, asked())
        host.stdin.close()
        host.process.wait(END_SECONDS)

    assert host.process.returncode == -signal.SIGTERM


@pytest.mark.provider
def test_process_without_input(emulator: Emulator) -> None:
    """A process that nobody holds by its input works all the same."""
    put_dataset(emulator)
    host = ProviderHost(TuningJobProvider(), environment=emulator.environment)
    host.command = ["sh", "-c", 'exec "$@" <&-', "sh", *host.command]

    with host:
        checked = host.check({}, asked())

    assert checked.failures == ()


def test_other_process() -> None:
    """A process that is no provider's is not watched, and does not end."""
    before = threading.active_count()

    end_with_engine()

    assert threading.active_count() == before


def test_calls_that_wait_already() -> None:
    """Calls that came before there were enough threads get theirs at once."""
    start = threading.Barrier(AT_ONCE + 1)
    with ThreadPoolExecutor(max_workers=4) as pool:
        calls = [pool.submit(start.wait, END_SECONDS) for _ in range(AT_ONCE)]
        widen_thread_pool()
        start.wait(END_SECONDS)

    assert len({call.result() for call in calls}) == AT_ONCE
