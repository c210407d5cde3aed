"""The provider over gRPC: what the engine asks, and what it is answered."""

import base64
import pickle
from typing import Any

import pytest
from pulumi.dynamic.dynamic import serialize_provider

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.provider import TuningJobProvider
from tests.provider.calls import HIDDEN, TRAIN, inputs, start
from tests.support.host import UNKNOWN, URN, HostError, ProviderHost

pytestmark = pytest.mark.provider

RECORDED_REFERENCE = (
    "gASVMwAAAAAAAACMFnB1bHVtaV90dW5pbmcucHJvdmlkZXKUjBFUdW5pbmdKb2JQcm92aWRlcpSTlCmB"
    "lC4="
)
"""The provider as states of the first version hold it."""


def test_recorded_reference_is_readable() -> None:
    """A state of the first version still finds its provider."""
    provider = pickle.loads(base64.b64decode(RECORDED_REFERENCE))  # noqa: S301 - ours

    assert type(provider) is TuningJobProvider


def test_provider_is_recorded_as_a_reference() -> None:
    """The state holds the provider's module and class, and nothing of its content."""
    pickled = base64.b64decode(serialize_provider(TuningJobProvider()))

    assert b"pulumi_tuning.provider" in pickled
    assert b"TuningJobProvider" in pickled
    assert len(pickled) < 100


def test_check_fills_in(host: ProviderHost) -> None:
    """Project, location and the data set's fingerprint become inputs."""
    given = inputs(epochs=3.0)

    checked = host.check({}, given)

    added = {k: v for k, v in checked.inputs.items() if k not in given}
    assert checked.failures == ()
    assert checked.inputs["supervisedTuningSpec"] == given["supervisedTuningSpec"]
    assert set(added) == {"project", "location", "datasetFingerprints"}
    assert added["project"] == "emulated-project"
    assert added["datasetFingerprints"]["training"].keys() == {
        "generation",
        "crc32c",
        "size",
    }


def test_check_leaves_unknown_values_where_they_stand(host: ProviderHost) -> None:
    """What a preview does not know is no problem, and stays unknown."""
    given = inputs(
        epochs=UNKNOWN,
        encryptionSpec={"kmsKeyName": UNKNOWN},
        labels={"team": UNKNOWN, "stage": "test"},
        triggers=[1, UNKNOWN, {"x": UNKNOWN}],
        serviceAccount=UNKNOWN,
    )
    given[HIDDEN]["identity"] = UNKNOWN

    checked = host.check({}, given)

    unchanged = {k: checked.inputs[k] for k in given if k != HIDDEN}
    assert checked.failures == ()
    assert unchanged == {k: v for k, v in given.items() if k != HIDDEN}
    assert checked.inputs[HIDDEN]["identity"] == UNKNOWN


def test_check_of_an_unknown_spec(host: ProviderHost) -> None:
    """A spec that is unknown as a whole hides no problem of the rest."""
    given = inputs(supervisedTuningSpec=UNKNOWN, serviceAccount="tuner")

    checked = host.check({}, given)

    assert [name for name, _ in checked.failures] == ["serviceAccount"]


def test_check_of_a_list_with_an_unknown_element(host: ProviderHost) -> None:
    """A list that cannot be judged yet is unknown as a whole, and no problem."""
    given = inputs()
    spec = given["supervisedTuningSpec"]
    output = {"gcsDestination": {"outputUriPrefix": "gs://acme/evaluation/"}}
    spec["evaluationConfig"] = {"metrics": [UNKNOWN], "outputConfig": output}

    checked = host.check({}, given)

    config = checked.inputs["supervisedTuningSpec"]["evaluationConfig"]
    assert checked.failures == ()
    assert config == {"metrics": UNKNOWN, "outputConfig": output}


def test_inputs_of_another_version(host: ProviderHost) -> None:
    """Inputs that another version checked are refused in one line, before a request."""
    checked = host.check({}, inputs())

    with pytest.raises(HostError, match=r"^labels: must be a mapping$"):
        host.create({**checked.inputs, "labels": ["a"]})


def test_create(host: ProviderHost, service: Emulator) -> None:
    """One request starts the job; its name is the id, its answer is recorded."""
    before = len(service.journal("POST", "/tuningJobs$"))

    started = start(host)

    live = service.job(started.id)
    requests = service.journal("POST", "/tuningJobs$")[before:]
    assert len(requests) == 1
    assert started.outputs["name"] == started.id == live["name"]
    assert started.outputs["createTime"] == live["createTime"]
    assert started.outputs["trainedOn"] == started.inputs["datasetFingerprints"]
    assert started.outputs[HIDDEN]["urn"] == URN


@pytest.mark.parametrize(
    ("changed", "replaces"),
    [
        pytest.param({}, (), id="nothing"),
        pytest.param({"epochs": 2.0}, (), id="the same number"),
        pytest.param({"epochs": 3}, ("supervisedTuningSpec",), id="a nested value"),
        pytest.param({"description": "x"}, ("description",), id="a new value"),
        pytest.param({"epochs": UNKNOWN}, ("supervisedTuningSpec",), id="an unknown"),
        pytest.param({"triggers": [1]}, ("triggers",), id="a trigger"),
    ],
)
def test_diff(
    host: ProviderHost, changed: dict[str, Any], replaces: tuple[str, ...]
) -> None:
    """Only a value that differs replaces the job, and its property is named."""
    started = start(host)
    news = {**inputs(**changed), HIDDEN: started.inputs[HIDDEN]}

    diffed = host.diff(
        started.id, started.outputs, host.check(started.outputs, news).inputs
    )

    assert diffed.replaces == replaces
    assert diffed.has_changes == bool(replaces)
    assert not diffed.deletes_before_replace


def test_own_input_is_updated_in_place(host: ProviderHost, service: Emulator) -> None:
    """An input that the service never sees is recorded, and the job stays as it was."""
    started = start(host)
    news = {**started.inputs, "onFailure": "replace"}

    diffed = host.diff(started.id, started.outputs, news)
    updated = host.update(started.id, started.outputs, news)

    assert (diffed.has_changes, diffed.replaces) == (True, ())
    assert updated["onFailure"] == "replace"
    assert updated["trainedOn"] == started.outputs["trainedOn"]
    assert service.job(started.id)["state"] == "JOB_STATE_RUNNING"


def test_read_after_the_end(host: ProviderHost, service: Emulator) -> None:
    """A refresh records what the job left and keeps what the user asked for."""
    started = start(host)
    service.preset(started.id, state="JOB_STATE_SUCCEEDED")

    read = host.read(started.id, started.outputs)

    assert read.id == started.id
    assert read.outputs["state"] == "JOB_STATE_SUCCEEDED"
    assert read.outputs["tunedModel"] == service.job(started.id)["tunedModel"]
    assert read.inputs == started.inputs | {HIDDEN: read.inputs[HIDDEN]}
    assert read.inputs.keys() <= read.outputs.keys()


def test_read_of_drift(host: ProviderHost, service: Emulator) -> None:
    """A refresh takes over live values where the user has set one."""
    started = start(host, description="asked for")
    service.preset(started.id, description="found", serviceAccount="who@knows.com")

    read = host.read(started.id, started.outputs)

    assert read.inputs["description"] == read.outputs["description"] == "found"
    assert "serviceAccount" not in read.inputs


def test_read_without_a_record(host: ProviderHost) -> None:
    """`TuningJob.get` gets the job's definition from the service."""
    started = start(host, description="theirs")

    read = host.read(started.id, {}, {HIDDEN: started.inputs[HIDDEN]})

    assert read.id == started.id
    assert read.outputs["description"] == "theirs"
    assert read.outputs["supervisedTuningSpec"]["trainingDatasetUri"] == TRAIN


def test_read_of_a_job_that_is_gone(host: ProviderHost) -> None:
    """A refresh forgets a running job that is gone, `TuningJob.get` finds none."""
    started = start(host)
    other = started.id[:-1] + ("1" if started.id[-1] != "1" else "2")

    assert host.read(other, started.outputs).id == ""
    with pytest.raises(HostError, match=r"^get .*: 404 NOT_FOUND: The TuningJob does"):
        host.read(other, {}, {HIDDEN: started.inputs[HIDDEN]})


def test_delete(host: ProviderHost, service: Emulator) -> None:
    """A job that is replaced is cancelled; one that is still wanted never is."""
    replaced, kept = start(host), start(host)
    with ProviderHost(TuningJobProvider(), environment=service.environment) as later:
        news = {**replaced.inputs, "description": "new"}
        for job, asked in ((replaced, news), (kept, kept.inputs)):
            later.check(job.outputs, asked)
            later.diff(job.id, job.outputs, asked)
        later.delete(replaced.id, replaced.outputs)
        later.delete(kept.id, kept.outputs)

    assert service.job(replaced.id)["state"] == "JOB_STATE_CANCELLED"
    assert service.job(kept.id)["state"] == "JOB_STATE_RUNNING"


def test_delete_within_the_timeout_of_now(
    host: ProviderHost, service: Emulator
) -> None:
    """What the engine says of the time that a delete may take, the record does not."""
    timeouts = {"customTimeouts": {"delete": "60s"}}
    job = start(host, **{HIDDEN: {**inputs()[HIDDEN], **timeouts}})
    service.preset(job.id, ignoresCancel=True)
    with (
        ProviderHost(TuningJobProvider(), environment=service.environment) as later,
        pytest.raises(HostError, match=r"after \d(\.\d)? s of cancelling"),
    ):
        later.delete(job.id, job.outputs, timeout_seconds=1.0)

    assert job.outputs[HIDDEN]["customTimeouts"] == {"delete": "60s"}


@pytest.mark.parametrize("id_", ["", "job", "projects/p/locations/l/models/4"])
def test_id_of_something_else(host: ProviderHost, id_: str) -> None:
    """An id that is no job's name is refused in one line."""
    started = start(host)

    with pytest.raises(HostError, match=r"^'.*' is no tuning job: projects/\S+$"):
        host.read(id_, started.outputs)
