"""What the real service is not known to do, both ways."""

from collections.abc import Generator
from contextlib import contextmanager

import httpx
import pytest

from pulumi_tuning.emulator import Behaviour, Emulator
from tests.emulator.bodies import (
    JOBS,
    TRAIN,
    Json,
    chat,
    json_lines,
    supervised,
    supervised_with,
)
from tests.emulator.conftest import PACING
from tests.emulator.in_process import InProcessTransport
from tests.support.fake_clock import FakeClock

FILLED = {
    "epochCount": "40",
    "learningRateMultiplier": 1,
    "adapterSize": "ADAPTER_SIZE_FOUR",
}


@contextmanager
def behaving(behaviour: Behaviour) -> Generator[tuple[Emulator, httpx.Client]]:
    """Give an emulator with a data set, whose time stands still, and its client."""
    emulator = Emulator(behaviour=behaviour, pacing=PACING, clock=FakeClock())
    emulator.put_object(TRAIN, json_lines(*[chat()] * 20))
    emulator.freeze()
    transport = InProcessTransport(emulator.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        yield emulator, client
    emulator.stop()


def create(client: httpx.Client, **fields: object) -> Json:
    """Create a job and return the answer."""
    answer: Json = client.post(JOBS, json=supervised(**fields)).json()
    return answer


def test_a_cancel_may_be_refused_while_another_is_under_way() -> None:
    """The cancel of a job that is CANCELLING may be FAILED_PRECONDITION."""
    with behaving(Behaviour(cancel_of_cancelling_job="refuse")) as (emulator, client):
        name = create(client)["name"]
        first = client.post(f"/v1/{name}:cancel")
        second = client.post(f"/v1/{name}:cancel")
        emulator.advance(10)
        state = emulator.job(name)["state"]

    assert (first.status_code, second.status_code) == (200, 400)
    assert second.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert state == "JOB_STATE_CANCELLED"


def test_a_cancelled_job_may_leave_the_checkpoints_that_it_reached() -> None:
    """Model and endpoints stay as far as the tuning had come, with no default one."""
    with behaving(Behaviour(cancelled_jobs_leave_model=True)) as (emulator, client):
        body = supervised_with(epochCount=4)
        late, early = (client.post(JOBS, json=body).json()["name"] for _ in range(2))
        emulator.advance(60)
        client.post(f"/v1/{early}:cancel")
        emulator.advance(360)
        client.post(f"/v1/{late}:cancel")
        emulator.advance(10)
        tuned = emulator.job(late)["tunedModel"]
        nothing = "tunedModel" not in emulator.job(early)
        endpoints = emulator.endpoints()
        models = emulator.models()

    assert [point["checkpointId"] for point in tuned["checkpoints"]] == ["1", "2"]
    assert "endpoint" not in tuned
    assert [point["endpoint"] for point in tuned["checkpoints"]] == endpoints
    assert [tuned["model"].removesuffix("@1")] == models
    assert nothing


def test_defaults_may_appear_at_creation() -> None:
    """What was not asked for may be filled in at once, and stays as it is."""
    with behaving(Behaviour(fill_defaults="at_creation")) as (emulator, client):
        created = create(client)
        emulator.put_object(TRAIN, json_lines(*[chat()] * 400))
        emulator.advance(60)
        running = emulator.job(created["name"])

    assert created["supervisedTuningSpec"]["hyperParameters"] == FILLED
    assert running["supervisedTuningSpec"] == created["supervisedTuningSpec"]
    assert created["state"] == "JOB_STATE_PENDING"


@pytest.mark.parametrize("spec", ["supervisedTuningSpec", "distillationSpec"])
def test_defaults_that_nothing_decides_do_not_appear_at_creation(spec: str) -> None:
    """Without a data set, or for another kind of tuning, nothing is filled in."""
    with behaving(Behaviour(fill_defaults="at_creation")) as (_, client):
        body = {
            "baseModel": "gemini-2.5-flash",
            spec: {"trainingDatasetUri": "gs://acme-tuning/gone.jsonl"},
        }
        created = client.post(JOBS.replace("v1", "v1beta1"), json=body).json()

    assert "hyperParameters" not in created[spec]


@pytest.mark.parametrize(
    ("does_label", "labels"),
    [
        pytest.param(True, {"team": "nlp"}, id="labelled"),
        pytest.param(False, {}, id="bare"),
    ],
)
def test_labels_may_stay_with_the_job(
    *, does_label: bool, labels: dict[str, str]
) -> None:
    """The labels of a job are, or are not, those of its model and endpoint."""
    with behaving(Behaviour(label_models=does_label)) as (emulator, client):
        name = create(client, labels={"team": "nlp"})["name"]
        emulator.advance(3_600)
        tuned = emulator.job(name)["tunedModel"]
        found = [
            client.get(f"/v1/{tuned[kind]}").json()["labels"]
            for kind in ("model", "endpoint")
        ]
        kept = emulator.job(name)["labels"]

    assert found == [labels, labels]
    assert kept == {"team": "nlp"}


@pytest.mark.parametrize(
    "labels",
    [
        pytest.param({f"key-{number}": "" for number in range(65)}, id="65 labels"),
        pytest.param({"1st": ""}, id="digit first"),
        pytest.param({"goog-owner": "x"}, id="Google's prefix"),
    ],
)
def test_labels_may_be_held_to_what_the_api_documents(labels: dict[str, str]) -> None:
    """The rules that other services have beyond the documented ones can be dropped."""
    with behaving(Behaviour()) as (_, client):
        strict = client.post(JOBS, json=supervised(labels=labels))
    with behaving(Behaviour(strict_labels=False)) as (_, client):
        documented = client.post(JOBS, json=supervised(labels=labels))
        upper_case = client.post(JOBS, json=supervised(labels={"A": ""}))
        empty = client.post(JOBS, json=supervised(labels={"": ""}))

    assert (strict.status_code, documented.status_code) == (400, 200)
    assert (upper_case.status_code, empty.status_code) == (400, 400)


@pytest.mark.parametrize(
    "path",
    [
        "publishers/google/models/gemini-2.5-flash",
        "projects/acme/locations/us-central1/publishers/google/models/gemini-2.5-flash",
    ],
)
def test_a_base_model_may_be_named_by_its_path(path: str) -> None:
    """The path of a publisher's model is refused, or taken and answered as it is."""
    with behaving(Behaviour()) as (_, client):
        refused = client.post(JOBS, json=supervised(baseModel=path))
    with behaving(Behaviour(accept_publisher_paths=True)) as (emulator, client):
        accepted = create(client, baseModel=path)
        unknown = client.post(JOBS, json=supervised(baseModel=f"{path}-9"))
        emulator.advance(3_600)
        done = emulator.job(accepted["name"])

    assert (refused.status_code, unknown.status_code) == (400, 400)
    assert accepted["baseModel"] == path
    assert done["supervisedTuningSpec"]["hyperParameters"] == FILLED


def test_a_filter_may_take_fewer_fields() -> None:
    """A field that the service is said not to take is a 400, in both spellings."""
    behaviour = Behaviour(filter_fields=("state", "create_time"))
    with behaving(behaviour) as (_, client):
        create(client, labels={"a": "b"})
        answers = [
            client.get(JOBS, params={"filter": text}).status_code
            for text in (
                "state=JOB_STATE_PENDING",
                "createTime>2026-01-01T00:00:00Z",
                "labels.a=b",
                "baseModel=gemini-2.5-flash",
            )
        ]

    assert answers == [200, 200, 400, 400]


def test_a_filter_may_be_ignored() -> None:
    """A list may hold all jobs, whatever was asked for."""
    with behaving(Behaviour(ignore_filter=True)) as (_, client):
        create(client)
        found = client.get(JOBS, params={"filter": "labels.a=b"}).json()
        refused = client.get(JOBS, params={"filter": "colour=red"})

    assert len(found["tuningJobs"]) == 1
    assert refused.status_code == 400


def test_a_filter_of_a_field_that_no_job_has_is_no_option() -> None:
    """An emulator is not told to filter by what it does not know."""
    with pytest.raises(ValueError, match="a filter cannot name colour"):
        Behaviour(filter_fields=("state", "colour"))
