"""Snapshots: one list call for all of a stack's jobs, at most a minute old."""

import httpx
import pytest

from pulumi_tuning.errors import (
    CredentialsError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    TuningError,
    UnauthenticatedError,
)
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.lifecycle.identity import STACK_LABEL, stack_label
from pulumi_tuning.lifecycle.snapshot import (
    LONGEST_AGE_SECONDS,
    SnapshotReader,
    list_labelled,
)
from pulumi_tuning.resource_names import TuningJobName
from tests.support.factories import IDENTITY, LOCATION, NUMBER, job_name, services
from tests.support.fake_clock import FakeClock
from tests.support.vertex_service import VertexService, html, refusal, timeout

OURS = {STACK_LABEL: stack_label(IDENTITY)}


def reader(service: VertexService) -> SnapshotReader:
    """Return a reader of a new process."""
    outside = services(service, service.clock)
    return SnapshotReader(outside.vertex, service.clock)


def name(number: int) -> TuningJobName:
    """Return the name of a job in its parts."""
    parsed = TuningJobName.parse(job_name(number))
    assert parsed is not None
    return parsed


def vertex(service: VertexService) -> VertexClient:
    """Return a client of the service."""
    return services(service, service.clock).vertex


def test_one_list_for_all(service: VertexService) -> None:
    """Two hundred jobs of a stack are read with one list call."""
    for number in range(1, 201):
        service.add_job(number, labels=OURS)
    snapshots = reader(service)

    found = [snapshots.get(name(n), IDENTITY).name for n in range(1, 201)]

    assert found == [job_name(n) for n in range(1, 201)]
    assert service.calls() == [
        f"GET /v1/projects/{NUMBER}/locations/{LOCATION}/tuningJobs"
    ]
    assert dict(service.requests[0].url.params) == {
        "filter": f'labels.{STACK_LABEL}="{stack_label(IDENTITY)}"',
        "pageSize": "100",
    }


def test_job_that_is_not_listed(service: VertexService) -> None:
    """A job that the list does not show is read by itself, each time."""
    service.add_job(1, labels=OURS)
    service.add_job(2)
    snapshots = reader(service)

    for _ in range(2):
        assert snapshots.get(name(2), IDENTITY).name == job_name(2)

    assert len(service.calls("GET", "/tuningJobs$")) == 1
    assert len(service.calls("GET", "/tuningJobs/2$")) == 2
    with pytest.raises(NotFoundError):
        snapshots.get(name(3), IDENTITY)


def test_without_an_identity(service: VertexService) -> None:
    """Without the stack's identity nothing is listed."""
    service.add_job(1)

    assert reader(service).get(name(1), None).name == job_name(1)
    assert service.calls("GET", "/tuningJobs$") == []


def test_age(service: VertexService, fake_clock: FakeClock) -> None:
    """A snapshot lives a minute; then the jobs are listed anew."""
    service.add_job(1, labels=OURS)
    snapshots = reader(service)
    before = snapshots.jobs(name(1), IDENTITY)

    fake_clock.advance(LONGEST_AGE_SECONDS)
    service.add_job(2, labels=OURS)
    assert snapshots.jobs(name(1), IDENTITY) is before

    fake_clock.advance(0.1)
    assert set(snapshots.jobs(name(1), IDENTITY)) == {job_name(1), job_name(2)}
    assert set(before) == {job_name(1)}


def test_places_and_stacks_apart(service: VertexService) -> None:
    """Each project, location and stack has a snapshot of its own."""
    service.add_job(1, labels=OURS)
    snapshots = reader(service)
    other = TuningJobName(NUMBER, "europe-west4", "1")
    elsewhere = TuningJobName("210987654321", LOCATION, "1")

    assert set(snapshots.jobs(name(1), IDENTITY)) == {job_name(1)}
    assert snapshots.jobs(name(1), "another stack") == {}
    assert snapshots.jobs(other, IDENTITY) == {}
    assert snapshots.jobs(elsewhere, IDENTITY) == {}
    assert len(service.calls("GET", "/tuningJobs$")) == 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(503), ServerError),
        (html(404), TuningError),
        (timeout(), TuningError),
        (refusal(401), UnauthenticatedError),
    ],
    ids=["503", "HTML", "time-out", "401"],
)
def test_unreadable_list(
    service: VertexService,
    fake_clock: FakeClock,
    answer: httpx.Response | Exception,
    error: type[TuningError],
) -> None:
    """An unreadable list is one error for a minute, not two hundred calls."""
    service.add_job(1, labels=OURS)
    service.script("GET", "/tuningJobs$", answer, endless=True)
    snapshots = reader(service)

    for _ in range(3):
        with pytest.raises(error):
            snapshots.get(name(1), IDENTITY)
    assert len(service.calls()) <= 3

    fake_clock.advance(LONGEST_AGE_SECONDS + 1)
    service.heal()
    assert snapshots.get(name(1), IDENTITY).name == job_name(1)


def test_credentials_are_asked_once(service: VertexService) -> None:
    """Credentials that cannot be had are one error for a minute as well."""
    outside = services(service, service.clock, access_token=None, credentials="{}")
    snapshots = SnapshotReader(outside.vertex, service.clock)
    errors: list[TuningError] = []
    for _ in range(2):
        with pytest.raises(CredentialsError) as caught:
            snapshots.get(name(1), IDENTITY)
        errors.append(caught.value)

    assert errors[0] is errors[1]


@pytest.mark.parametrize("code", [403, 404])
def test_list_that_is_refused(service: VertexService, code: int) -> None:
    """A refused list says nothing about a job: each is read by itself."""
    service.add_job(1)
    service.script("GET", "/tuningJobs$", refusal(code), endless=True)
    snapshots = reader(service)

    assert snapshots.get(name(1), IDENTITY).name == job_name(1)
    with pytest.raises(NotFoundError):
        snapshots.get(name(2), IDENTITY)
    with pytest.raises((PermissionDeniedError, NotFoundError)):
        snapshots.jobs(name(1), IDENTITY)
    assert len(service.calls("GET", "/tuningJobs$")) == 1


def test_filter_that_is_not_understood(service: VertexService) -> None:
    """A service that refuses the filter is asked for all jobs, filtered here."""
    service.add_job(1, labels={"k": "v"})
    service.add_job(2, labels={"k": "w"})
    service.script("GET", "/tuningJobs$", refusal(400))

    found = list_labelled(vertex(service), NUMBER, LOCATION, label="k", value="v")

    assert [job.name for job in found] == [job_name(1)]
    assert [dict(request.url.params) for request in service.requests] == [
        {"filter": 'labels.k="v"', "pageSize": "100"},
        {"pageSize": "100"},
    ]


def test_filter_that_is_ignored(service: VertexService) -> None:
    """What a service lists in spite of the filter is filtered here."""
    ours, other = ({"name": job_name(n), "labels": {"k": str(n)}} for n in (1, 2))
    unreadable = {"name": "?", "labels": {"k": "1"}}
    listed = {"tuningJobs": [other, unreadable, ours]}
    service.script("GET", "/tuningJobs$", httpx.Response(200, json=listed))

    found = list_labelled(vertex(service), NUMBER, LOCATION, label="k", value="1")

    assert [job.name for job in found] == [job_name(1)]
