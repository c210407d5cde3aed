"""What the tests of the lifecycle share: a service in memory, and no waiting."""

from collections.abc import Iterator

import pytest
import stamina

from tests.support.factories import RecordingReporter
from tests.support.fake_clock import FakeClock
from tests.support.vertex_service import VertexService


@pytest.fixture(autouse=True)
def no_backoff() -> Iterator[None]:
    """Repeat at once what is repeated, five times at most."""
    with stamina.set_testing(True, attempts=5, cap=True):
        yield


@pytest.fixture
def service(fake_clock: FakeClock) -> VertexService:
    """Give a service in memory."""
    return VertexService(fake_clock)


@pytest.fixture
def reporter() -> RecordingReporter:
    """Give a reporter that remembers what is shown."""
    return RecordingReporter()
