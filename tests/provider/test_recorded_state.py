"""States that another version wrote, or somebody by hand."""

from collections.abc import Callable
from typing import Any

import pytest

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.provider import TuningJobProvider
from tests.provider.calls import HIDDEN, Started, start
from tests.support.host import HostError, ProviderHost

pytestmark = pytest.mark.provider

MALFORMED: dict[str, dict[str, Any]] = {
    "a number as state": {"state": 5},
    "no name": {"name": None},
    "a time that is none": {"createTime": {"a": 1}},
    "fingerprints that are none": {"trainedOn": "x"},
    "a size that is none": {"trainedOn": {"training": {"size": "x"}}},
    "a number as address": {"serviceAddress": 7},
    "no declaration": {HIDDEN: None},
    "a text as declaration": {HIDDEN: "x"},
    "timeouts that are none": {HIDDEN: {"customTimeouts": "x"}},
    "a number as identity": {HIDDEN: {"identity": 4}},
    "a text as version": {HIDDEN: {"schemaVersion": "x"}},
    "secrets that are none": {HIDDEN: {"secretInputs": "x"}},
    "a text as spec": {"supervisedTuningSpec": "x"},
    "labels that are a list": {"labels": ["a"]},
    "triggers that are a text": {"triggers": "x"},
    "a policy of another version": {"onFailure": "retry"},
}


@pytest.fixture(scope="module")
def started(host: ProviderHost) -> Started:
    """Give a job that runs."""
    return start(host)


@pytest.mark.parametrize(
    "changed", [pytest.param(v, id=k) for k, v in MALFORMED.items()]
)
def test_malformed_state(
    host: ProviderHost, started: Started, changed: dict[str, Any]
) -> None:
    """A record that cannot be read replaces nothing, and a refresh mends it."""
    record = {**started.outputs, **changed}

    diffed = host.diff(started.id, record, started.inputs)
    read = host.read(started.id, record)
    updated = host.update(started.id, record, started.inputs)

    assert diffed.replaces == ()
    assert read.outputs["state"] == updated["state"] == "JOB_STATE_RUNNING"
    assert read.outputs["name"] == started.id


def test_delete_with_malformed_state(host: ProviderHost, service: Emulator) -> None:
    """A job is cancelled whatever became of its record."""
    jobs = [start(host) for _ in MALFORMED]

    with ProviderHost(TuningJobProvider(), environment=service.environment) as later:
        for job, changed in zip(jobs, MALFORMED.values(), strict=True):
            later.delete(job.id, {**job.outputs, **changed})

    assert {service.job(job.id)["state"] for job in jobs} == {"JOB_STATE_CANCELLED"}


def test_unknown_properties_survive(
    host: ProviderHost, service: Emulator, started: Started
) -> None:
    """What this version knows nothing of is kept: in the record and in what came."""
    tuned = {"model": "projects/p/locations/l/models/1@1", "flavour": {"a": [1]}}
    service.preset(started.id, tunedModel=tuned)
    record = {**started.outputs, "quantum": {"qubits": [1]}}

    read = host.read(started.id, record)
    updated = host.update(started.id, record, started.inputs)

    for outputs in (read.outputs, updated):
        assert outputs["quantum"] == {"qubits": [1]}
        assert outputs["tunedModel"] == tuned


CALLS: dict[str, Callable[[ProviderHost, Started, dict[str, Any]], object]] = {
    "diff": lambda host, job, record: host.diff(job.id, record, job.inputs),
    "read": lambda host, job, record: host.read(job.id, record),
    "update": lambda host, job, record: host.update(job.id, record, job.inputs),
    "delete": lambda host, job, record: host.delete(job.id + "0", record),
}


@pytest.mark.parametrize("call", CALLS)
def test_state_of_a_newer_version(
    host: ProviderHost, started: Started, call: str
) -> None:
    """A newer record is refused in one line that says what to do."""
    record = {**started.outputs, HIDDEN: {**started.inputs[HIDDEN], "schemaVersion": 2}}

    with pytest.raises(HostError) as raised:
        CALLS[call](host, started, record)

    assert str(raised.value) == (
        "this state was recorded by a newer pulumi_tuning (schema 2, this version "
        "reads up to 1): upgrade the package"
    )
