"""What the provider tells the user: on which row, how often, and in which words."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pulumi_tuning.emulator import Emulator, Fault
from pulumi_tuning.engine import (
    EngineReporter,
    Secrets,
    called_timeout,
    called_urn,
    engine_address,
    show_errors_in_one_line,
)
from pulumi_tuning.provider import TuningJobProvider
from tests.provider.broken_provider import BrokenProvider
from tests.provider.calls import HIDDEN, Started, inputs, start
from tests.support.commands import wait_until
from tests.support.host import URN, HostError, ProviderHost

pytestmark = pytest.mark.provider


@pytest.fixture
def fresh(service: Emulator) -> Iterator[ProviderHost]:
    """Give a process that has told nothing yet."""
    environment = service.environment
    with ProviderHost(TuningJobProvider(), environment=environment) as fresh:
        yield fresh


@pytest.fixture
def failed(host: ProviderHost, service: Emulator) -> Started:
    """Give a job that has failed, recorded under an older URN."""
    started = start(host)
    error = {"code": 3, "message": "Dataset example 3 is malformed"}
    service.preset(started.id, state="JOB_STATE_FAILED", error=error)
    old = {**started.outputs[HIDDEN], "urn": "urn:pulumi:old::p::t::before"}
    return replace(started, outputs={**started.outputs, HIDDEN: old})


def test_message_is_told_once_on_the_present_row(
    fresh: ProviderHost, failed: Started
) -> None:
    """However often the engine asks, a warning is told once, where it belongs."""
    fresh.read(failed.id, failed.outputs)
    for _ in range(3):
        fresh.check(failed.outputs, failed.inputs)
        fresh.diff(failed.id, failed.outputs, failed.inputs)

    (message,) = fresh.messages
    assert (message.severity, message.urn) == ("WARNING", URN)
    assert not message.is_ephemeral
    assert "the job is JOB_STATE_FAILED: Dataset example 3 is malf" in message.text


def test_reason_stays_on_the_row_of_a_replacement(
    fresh: ProviderHost, failed: Started
) -> None:
    """The second check of a replacement does not push the reason off the row."""
    news = {**failed.inputs, "onFailure": "replace"}

    fresh.check(failed.outputs, news)
    fresh.diff(failed.id, failed.outputs, news)
    fresh.check({}, news)

    assert "replace: the job is JOB_STATE_FAILED" in fresh.messages[-1].text
    assert "estimated cost" in fresh.messages[-1].text


def test_refusal_is_one_line(host: ProviderHost, service: Emulator) -> None:
    """An error of the service reaches the user without a traceback."""
    checked = host.check({}, inputs())
    service.add_fault(Fault(method="POST", path="/tuningJobs$", status=403))

    with pytest.raises(HostError) as raised:
        host.create(checked.inputs)

    assert "403 PERMISSION_DENIED" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_bug_keeps_its_traceback(service: Emulator) -> None:
    """An error that is nobody's fault but ours can be reported with its place."""
    with (
        ProviderHost(BrokenProvider(), environment=service.environment) as broken,
        pytest.raises(HostError, match=r"(?s)Traceback .*broken_provider.py.*KeyError"),
    ):
        broken.create(broken.check({}, inputs()).inputs)


def test_bad_settings_are_told_by_each_call(service: Emulator) -> None:
    """Malformed settings fail no configure: each call says in a line what is wrong."""
    config = {"gcp:region": "US Central", "gcp:defaultLabels": "[", "tuning:diff": "x"}
    with ProviderHost(
        TuningJobProvider(), config=config, environment=service.environment
    ) as misconfigured:
        with pytest.raises(HostError) as raised:
            misconfigured.check({}, inputs())
        with pytest.raises(HostError, match="'US Central' is not a location"):
            misconfigured.read("projects/p/locations/l/tuningJobs/1", inputs())

    assert "tuning:diff (from stack config): 'x'" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_settings_at_all(tmp_path: Path) -> None:
    """Where nothing is configured, a check names what is missing."""
    nothing = {"NO_GCE_CHECK": "true", "HOME": str(tmp_path)}
    with ProviderHost(TuningJobProvider(), environment=nothing) as unconfigured:
        checked = unconfigured.check({}, inputs(preflight="off"))

    assert [name for name, _ in checked.failures] == ["project", "location"]


def test_secrets_are_hidden(fresh: ProviderHost, host: ProviderHost) -> None:
    """A secret text is in no message, no refusal and no error."""
    started = start(host, description="theirs", labels={"a": "other"})
    names = ["description", "labels", "triggers"]
    hidden = {**started.inputs[HIDDEN], "secretInputs": names}
    secret = {"description": "hush-hush", "labels": {"a": "hush", "b": ["hush-b"]}}
    news = {**started.inputs, **secret, "triggers": [1], HIDDEN: hidden}

    refused = fresh.check({}, {**news, "tunedModelDisplayName": 5})
    with pytest.raises(HostError) as raised:
        fresh.create({**news, "labels": {"a": "hush"}, "adopt": started.id})

    told = [text for failure in refused.failures for text in failure]
    assert "labels.b" in told
    assert all("hush" not in text for text in told)
    assert "[secret]" in str(raised.value)
    assert "hush" not in str(raised.value)


def test_secret_property_is_named_in_the_text_alone(fresh: ProviderHost) -> None:
    """The engine shows the value of a property that is named beside the text."""
    given = inputs(serviceAccount="hush-account", tunedModelDisplayName="x" * 129)
    given[HIDDEN]["secretInputs"] = ["serviceAccount"]

    checked = fresh.check({}, given)

    reasons = dict(checked.failures)
    assert set(reasons) == {"", "tunedModelDisplayName"}
    assert reasons[""].startswith("serviceAccount: must be an e-mail")


def test_engine_that_takes_no_messages(fresh: ProviderHost, failed: Started) -> None:
    """A message that cannot be told fails nothing."""
    fresh.engine.stop()

    diffed = fresh.diff(failed.id, failed.outputs, failed.inputs)

    assert not diffed.has_changes


def test_many_resources_at_a_time(fresh: ProviderHost, service: Emulator) -> None:
    """Slow calls for some resources hold up none of the others."""
    jobs = [start(fresh) for _ in range(12)]
    service.clear_journal()
    service.add_fault(Fault(method="GET", times=len(jobs), delay_seconds=5))

    with ThreadPoolExecutor(len(jobs)) as threads:
        reads = threads.map(lambda job: fresh.read(job.id, job.outputs), jobs)
        wait_until(lambda: len(service.journal("GET")) == len(jobs))
        unanswered = [e for e in service.journal("GET") if e.status == 0]

    assert len(unanswered) == len(jobs)
    assert [read.id for read in reads] == [job.id for job in jobs]


def test_outside_of_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there is no engine and no host, nothing is told, changed or known."""
    monkeypatch.setattr(sys, "argv", ["python"])

    EngineReporter(engine_address(), Secrets()).report(URN, "info", "to nobody")
    show_errors_in_one_line(Secrets())

    assert engine_address() is None
    assert called_urn() is None
    assert called_timeout() is None
