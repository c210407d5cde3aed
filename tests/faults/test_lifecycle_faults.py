"""Faults that no script of the service can bring about, and what survives them."""

import base64
import pickle
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from pulumi_tuning.emulator import Behaviour, Emulator, Fault, Pacing
from pulumi_tuning.gcp.http import GoogleHttp
from pulumi_tuning.inputs import Declaration, TuningJobInputs
from pulumi_tuning.lifecycle import Lifecycle, Services
from pulumi_tuning.lifecycle.cancelling import (
    BOUND_SECONDS,
    SHORTEST_SECONDS,
    CancelIgnoredError,
)
from pulumi_tuning.provider import TuningJobProvider
from pulumi_tuning.settings import Settings
from tests.engine.safety import DATASET, ENDLESS, cancelled, live, posts, put_dataset
from tests.support.fake_clock import FakeClock
from tests.support.host import ProviderHost

JOBS = 50


class Silence:
    """A reporter that nobody listens to."""

    def report(
        self, urn: str, severity: str, message: str, *, ephemeral: bool = False
    ) -> None:
        """Drop the message."""


class ClosedDoor(httpx.BaseTransport):
    """A network on which the first few create calls find no open port."""

    def __init__(self, refusals: int) -> None:
        self._refusals = refusals
        self._network = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse the connection, or pass the request on."""
        if request.url.path.endswith("/tuningJobs") and request.method == "POST":
            self._refusals -= 1
            if self._refusals >= 0:
                message = "[Errno 111] Connection refused"
                raise httpx.ConnectError(message, request=request)
        return self._network.handle_request(request)

    def close(self) -> None:
        """Close what is open."""
        self._network.close()


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def lifecycle(emulator: Emulator, clock: FakeClock, client: httpx.Client) -> Lifecycle:
    """Return a lifecycle that reaches the emulator, in the time of the test."""
    settings = Settings.resolve(lambda _: None, emulator.environment)
    http = GoogleHttp(settings, client=client, clock=clock)
    return Lifecycle(Services.over(http, Silence()))


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """Give a client for the test alone."""
    with httpx.Client() as client:
        yield client


def asked() -> TuningJobInputs:
    """Return what a program asks for."""
    return TuningJobInputs.model_validate(
        {
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
            "project": "acme",
            "location": "us-central1",
        }
    )


def test_port_is_closed_for_a_moment(emulator: Emulator, fake_clock: FakeClock) -> None:
    """A create call that never left this machine is sent again, and starts one job."""
    put_dataset(emulator)
    with httpx.Client(transport=ClosedDoor(refusals=2)) as client:
        name, _ = lifecycle(emulator, fake_clock, client).create(
            asked(), Declaration(name="job", identity="one")
        )

    assert posts(emulator) == 1
    assert live(emulator) == {name}


def test_answer_and_lists_are_lost(
    emulator: Emulator, fake_clock: FakeClock, client: httpx.Client
) -> None:
    """A job whose create call got no answer is looked for until a list can be read."""
    put_dataset(emulator)
    emulator.add_fault(Fault(method="POST", path="/tuningJobs$", cut="after"))
    emulator.add_fault(
        Fault(method="GET", path="/tuningJobs$", skip=1, times=2, status=403)
    )

    name, _ = lifecycle(emulator, fake_clock, client).create(
        asked(), Declaration(name="job", identity="one")
    )

    assert posts(emulator) == 1
    assert live(emulator) == {name}


def test_service_that_ignores_every_cancel(
    fake_clock: FakeClock, client: httpx.Client
) -> None:
    """Jobs that ignore their cancel share one bound; all of them stay recorded.

    Those that are deleted when it is over are asked to stop as well.
    """
    behaviour = Behaviour(ignore_cancel=True)
    with Emulator(pacing=ENDLESS, behaviour=behaviour) as emulator:
        put_dataset(emulator)
        service = lifecycle(emulator, fake_clock, client)
        jobs = [
            service.create(asked(), Declaration(name=f"job{number}", identity="one"))
            for number in range(JOBS)
        ]
        later = lifecycle(emulator, fake_clock, client)
        started = fake_clock.monotonic()

        for name, outputs in jobs:
            with pytest.raises(CancelIgnoredError):
                later.delete(name, outputs)

        took = fake_clock.monotonic() - started
        assert took == pytest.approx(BOUND_SECONDS + (JOBS - 1) * SHORTEST_SECONDS)
        assert cancelled(emulator) == {name for name, _ in jobs}


@pytest.mark.provider
def test_provider_object_of_an_older_state(emulator: Emulator) -> None:
    """A job that this process wants is not cancelled, whichever provider is asked.

    The state of an older version names its provider in other bytes, and the process
    then makes and configures a second provider object.
    """
    put_dataset(emulator)
    inputs: dict[str, Any] = {
        **asked().to_properties(),
        "__pulumiTuning": {"name": "job", "identity": "one"},
    }
    older = pickle.dumps(TuningJobProvider(), protocol=2)
    with ProviderHost(TuningJobProvider(), environment=emulator.environment) as host:
        created = host.create(inputs)
        host._serialized = base64.b64encode(older).decode()
        host.delete(created.id, created.outputs)

    assert cancelled(emulator) == set()
    assert live(emulator) == {created.id}
