"""One emulator and one provider process for the tests of a module."""

from collections.abc import Iterator

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from pulumi_tuning.provider import TuningJobProvider
from tests.provider.calls import TRAIN, dataset
from tests.support.host import ProviderHost

ENDLESS = Pacing(pending_seconds=0, running_seconds=36_000, cancelling_seconds=0)


@pytest.fixture(scope="module")
def service() -> Iterator[Emulator]:
    """Serve an emulator whose jobs do not end by themselves."""
    with Emulator(pacing=ENDLESS) as emulator:
        emulator.put_object(TRAIN, dataset())
        yield emulator


@pytest.fixture(scope="module")
def host(service: Emulator) -> Iterator[ProviderHost]:
    """Give a provider process that reaches the emulator."""
    with ProviderHost(TuningJobProvider(), environment=service.environment) as host:
        yield host
