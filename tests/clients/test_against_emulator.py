"""The clients against the emulator, which knows nothing of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Literal

import pytest

from pulumi_tuning.clock import SystemClock
from pulumi_tuning.emulator import Fault
from pulumi_tuning.errors import (
    ApiConnectionError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    ServerError,
)
from pulumi_tuning.gcp import Clients
from pulumi_tuning.gcp.http import GoogleHttp, new_client
from pulumi_tuning.gcp.storage import StorageClient
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.job_state import JobState
from pulumi_tuning.resource_names import GcsUri
from pulumi_tuning.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pulumi_tuning.emulator import Emulator
    from pulumi_tuning.live import LiveTuningJob

EXAMPLE = (
    b'{"contents": [{"role": "user", "parts": [{"text": "Hi"}]}, '
    b'{"role": "model", "parts": [{"text": "Ho"}]}]}\n'
)
TRAINING = GcsUri("tuning", "sets/train é.jsonl")


@pytest.fixture
def clients(emulator: Emulator) -> Iterator[Clients]:
    """Give clients of an emulator that holds a data set."""
    emulator.put_object(str(TRAINING), EXAMPLE * 50)
    settings = Settings.resolve(lambda _: None, emulator.environment)
    with new_client() as client:
        http = GoogleHttp(settings, client=client)
        yield Clients(VertexClient(http), StorageClient(http), http)


def body(**fields: object) -> dict[str, Any]:
    """Return what starts a job."""
    spec = {"trainingDatasetUri": str(TRAINING)}
    return {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec, **fields}


def create(clients: Clients, **fields: object) -> LiveTuningJob:
    """Start a job."""
    return clients.vertex.create_tuning_job("acme", "us-central1", body(**fields))


def finished(clients: Clients, name: str) -> LiveTuningJob:
    """Return a job once it is final."""
    clock = SystemClock()
    while not (job := clients.vertex.get_tuning_job(name)).is_final:
        clock.sleep(0.05)
    return job


def test_life_of_a_job(clients: Clients) -> None:
    """A job is started, listed, read until it succeeded, and leaves a model."""
    created = create(clients, labels={"a": "b"})

    listed = clients.vertex.list_tuning_jobs("acme", "us-central1")
    final = finished(clients, created.name)

    assert created.state == JobState.PENDING
    assert [job.name for job in listed] == [created.name]
    assert final.state == JobState.SUCCEEDED
    assert final.definition()["labels"] == {"a": "b"}
    assert final.tuned_model["endpoint"].startswith("projects/")


def test_cancelled_job(clients: Clients) -> None:
    """A job that is cancelled ends cancelled, and cannot be cancelled again."""
    created = create(clients)

    clients.vertex.cancel_tuning_job(created.name)
    final = finished(clients, created.name)

    assert final.state == JobState.CANCELLED
    with pytest.raises(FailedPreconditionError):
        clients.vertex.cancel_tuning_job(created.name)


def test_pages_and_filters(clients: Clients) -> None:
    """Lists of several pages are whole, and a filter leaves out what it should."""
    names = {create(clients, labels={"n": str(n)}).name for n in range(5)}

    listed = clients.vertex.list_tuning_jobs("acme", "us-central1", page_size=2)
    filtered = clients.vertex.list_tuning_jobs(
        "acme", "us-central1", 'labels.n="3"', page_size=2
    )

    assert {job.name for job in listed} == names
    assert [job.labels for job in filtered] == [{"n": "3"}]


def test_refused_job(clients: Clients, emulator: Emulator) -> None:
    """A refused request names what it was about, and starts nothing."""
    with pytest.raises(InvalidArgumentError, match="create a tuning job in projects"):
        create(clients, unknownField=1)

    assert emulator.jobs() == []


def test_missing_job(clients: Clients) -> None:
    """A job that never was is not found."""
    name = "projects/acme/locations/us-central1/tuningJobs/1"

    with pytest.raises(NotFoundError):
        clients.vertex.get_tuning_job(name)


def posts(emulator: Emulator) -> int:
    """Return how many requests to start a job arrived."""
    return len(emulator.journal(method="POST", path=r"/tuningJobs$"))


@pytest.mark.parametrize(
    ("cut", "jobs"),
    [pytest.param("before", 0, id="before"), pytest.param("after", 1, id="after")],
)
def test_answer_that_is_cut(
    clients: Clients,
    emulator: Emulator,
    cut: Literal["before", "after"],
    jobs: int,
) -> None:
    """A connection cut at the create may have started a job: it is sent once only."""
    emulator.add_fault(Fault(method="POST", path=r"/tuningJobs$", times=1, cut=cut))

    with pytest.raises(ApiConnectionError) as raised:
        create(clients)

    assert raised.value.was_sent is True
    assert (posts(emulator), len(emulator.jobs())) == (1, jobs)


def test_unavailable_at_the_create(clients: Clients, emulator: Emulator) -> None:
    """An unavailable service is not asked a second time to start a job."""
    emulator.add_fault(Fault(method="POST", path=r"/tuningJobs$", times=1, status=503))

    with pytest.raises(ServerError, match="the service failed; try again later"):
        create(clients)

    assert posts(emulator) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_passing_trouble(clients: Clients, emulator: Emulator, status: int) -> None:
    """A read survives two failures in a row."""
    name = create(clients).name
    emulator.add_fault(Fault(method="GET", path="tuningJobs", times=2, status=status))

    assert clients.vertex.get_tuning_job(name).name == name


def test_many_threads(clients: Clients) -> None:
    """Many threads share one client."""
    name = create(clients).name

    with ThreadPoolExecutor(16) as pool:
        jobs = list(pool.map(clients.vertex.get_tuning_job, [name] * 64))

    assert {job.name for job in jobs} == {name}


def test_clean_up(clients: Clients) -> None:
    """What a job left is taken off its endpoints and deleted, in that order."""
    vertex = clients.vertex
    tuned = finished(clients, create(clients).name).tuned_model
    endpoints = {c["endpoint"] for c in tuned["checkpoints"]} | {tuned["endpoint"]}

    for name in endpoints:
        for deployed in vertex.get_endpoint(name).get("deployedModels", []):
            vertex.wait_for_operation(vertex.undeploy_model(name, deployed["id"]))
        vertex.wait_for_operation(vertex.delete_endpoint(name))
    model = tuned["model"].partition("@")[0]
    done = vertex.wait_for_operation(vertex.delete_model(model))

    assert done["done"] is True
    for name in endpoints:
        with pytest.raises(NotFoundError):
            vertex.get_endpoint(name)


def test_object(clients: Clients) -> None:
    """Metadata and bytes of an object are those that were stored."""
    content = EXAMPLE * 50
    metadata = clients.storage.get_object_metadata(TRAINING)
    generation = metadata.generation

    middle = clients.storage.read_range(TRAINING, 100, 50, generation)
    end = clients.storage.read_range(TRAINING, len(content) - 5, 50, generation)
    whole = b"".join(clients.storage.stream(TRAINING, generation))

    assert metadata.size == len(content)
    assert (middle, end, whole) == (content[100:150], content[-5:], content)
    assert clients.storage.read_range(TRAINING, len(content), 5) == b""


@pytest.mark.parametrize(
    "uri",
    [
        pytest.param(GcsUri("tuning", "nothing"), id="object"),
        pytest.param(GcsUri("no-such-bucket", "nothing"), id="bucket"),
    ],
)
def test_missing_object(clients: Clients, uri: GcsUri) -> None:
    """Neither metadata nor bytes are there of an object that is not."""
    with pytest.raises(NotFoundError):
        clients.storage.get_object_metadata(uri)
    with pytest.raises(NotFoundError):
        clients.storage.read_range(uri, 0, 10)


def test_overwritten_object(clients: Clients, emulator: Emulator) -> None:
    """Bytes of a generation that is overwritten are not those of another one."""
    old = clients.storage.get_object_metadata(TRAINING).generation
    emulator.put_object(str(TRAINING), EXAMPLE)

    with pytest.raises(NotFoundError):
        clients.storage.read_range(TRAINING, 0, 10, old)


def test_binary_object(clients: Clients, emulator: Emulator) -> None:
    """Bytes that cannot be text come as they are stored."""
    uri = GcsUri("tuning", "binary")
    emulator.put_object(str(uri), bytes(range(256)) * 3)

    assert clients.storage.read_range(uri, 250, 10) == bytes(range(250, 256)) + bytes(
        range(4)
    )
