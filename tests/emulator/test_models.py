"""What jobs leave behind: versions, checkpoints and endpoints, and their removal."""

import httpx
import pytest

from pulumi_tuning.emulator import Behaviour, Emulator, Pacing
from pulumi_tuning.emulator.job_outcomes import checkpoint_epochs
from tests.emulator.bodies import (
    JOBS,
    JOBS_BETA,
    PARENT,
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

DONE_SECONDS = 700


def finished(
    emulator: Emulator, client: httpx.Client, body: Json, url: str = JOBS
) -> Json:
    """Return a job that has ended."""
    answer = client.post(url, json=body)
    assert answer.status_code == 200, answer.text
    emulator.advance(DONE_SECONDS)
    return emulator.job(answer.json()["name"])


def further(model: str, **fields: object) -> Json:
    """Return a request that tunes a tuned model further."""
    body: Json = {
        "preTunedModel": {"tunedModelName": model},
        "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
    }
    return body | fields


def test_each_epoch_leaves_a_checkpoint(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Every epoch has a checkpoint with an endpoint of its own; the last is served."""
    tuned = finished(emulator, client, supervised_with(epochCount=3))["tunedModel"]

    assert [
        (point["checkpointId"], point["epoch"], point["step"])
        for point in tuned["checkpoints"]
    ] == [("1", "1", "2"), ("2", "2", "4"), ("3", "3", "6")]
    endpoints = [point["endpoint"] for point in tuned["checkpoints"]]
    assert len(set(endpoints)) == 3
    assert tuned["endpoint"] == endpoints[-1]
    assert emulator.endpoints() == endpoints
    assert emulator.models() == [tuned["model"].removesuffix("@1")]


@pytest.mark.parametrize(
    ("epochs", "kept"),
    [
        pytest.param(1, [1], id="one"),
        pytest.param(9, [1, 2, 3, 4, 5, 6, 7, 8, 9], id="nine"),
        pytest.param(10, list(range(1, 11)), id="ten"),
        pytest.param(20, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20], id="twenty"),
        pytest.param(40, [4, 8, 12, 16, 20, 24, 28, 32, 36, 40], id="forty"),
        pytest.param(15, [2, 3, 4, 6, 8, 9, 10, 12, 14, 15], id="fifteen"),
    ],
)
def test_checkpoints_are_spread_evenly(epochs: int, kept: list[int]) -> None:
    """Beyond ten epochs ten checkpoints are spread evenly and the last one is kept."""
    assert checkpoint_epochs(epochs) == kept


def test_only_the_last_checkpoint_may_be_exported(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Without intermediate checkpoints the final one alone is listed."""
    spec = {
        "trainingDatasetUri": TRAIN,
        "exportLastCheckpointOnly": True,
        "hyperParameters": {"epochCount": 3},
    }

    job = finished(emulator, client, supervised(supervisedTuningSpec=spec))

    (point,) = job["tunedModel"]["checkpoints"]
    assert (point["checkpointId"], point["epoch"]) == ("1", "3")
    assert job["tunedModel"]["endpoint"] == point["endpoint"]


def test_tuning_further_adds_a_version(
    emulator: Emulator, client: httpx.Client
) -> None:
    """The same display name means the next version, another one means a new model."""
    first = finished(emulator, client, supervised(tunedModelDisplayName="bot"))
    model = first["tunedModel"]["model"]

    second = finished(emulator, client, further(model))
    renamed = finished(
        emulator, client, further(f"{model[:-2]}@default", tunedModelDisplayName="new")
    )

    assert second["preTunedModel"] == {
        "tunedModelName": model,
        "baseModel": "gemini-2.5-flash",
    }
    assert "baseModel" not in second
    assert second["tunedModelDisplayName"] == "bot"
    assert second["tunedModel"]["model"] == model.replace("@1", "@2")
    assert renamed["tunedModel"]["model"].endswith("@1")
    assert renamed["tunedModel"]["model"] != model


def test_an_unknown_model_cannot_be_tuned_further(client: httpx.Client) -> None:
    """A model that does not exist, or a version of it, is NOT_FOUND."""
    answer = client.post(JOBS, json=further(f"{PARENT}/models/5"))

    assert answer.status_code == 404
    assert answer.json()["error"]["message"] == "The Model does not exist."


def test_a_model_without_continuous_tuning_is_refused(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Only the documented base models are tuned further."""
    body = supervised(baseModel="gemini-2.0-flash-001")
    model = finished(emulator, client, body)["tunedModel"]["model"]

    answer = client.post(JOBS, json=further(model))

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        "Continuous tuning is not supported for gemini-2.0-flash-001."
    )


def test_assumptions_about_the_tuned_model_can_be_switched() -> None:
    """An unknown model may be taken on trust, and a version be added to its name."""
    behaviour = Behaviour(find_pre_tuned_model=False, version_in_pre_tuned_model=True)
    emulator = Emulator(behaviour=behaviour, pacing=PACING, clock=FakeClock())
    emulator.freeze()
    emulator.put_object(TRAIN, json_lines(chat()))
    transport = InProcessTransport(emulator.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        unknown = finished(emulator, client, further(f"{PARENT}/models/5"))
        model = unknown["tunedModel"]["model"].removesuffix("@1")
        known = finished(emulator, client, further(model))
    emulator.stop()

    assert unknown["preTunedModel"]["baseModel"] == "gemini-2.5-flash"
    assert unknown["tunedModelDisplayName"].startswith("gemini-2.5-flash-")
    assert unknown["preTunedModel"]["tunedModelName"] == f"{PARENT}/models/5"
    assert known["preTunedModel"]["tunedModelName"] == f"{model}@1"


@pytest.mark.parametrize(
    ("body", "location", "served_from"),
    [
        pytest.param(
            supervised(baseModel="gemini-3.5-flash"), "us-central1", "us", id="American"
        ),
        pytest.param(
            supervised(baseModel="gemini-3.5-flash"),
            "europe-west4",
            "eu",
            id="European",
        ),
        pytest.param(supervised(), "europe-west4", "europe-west4", id="Gemini 2.5"),
        pytest.param(
            supervised(baseModel="qwen/qwen3@qwen3-8b", outputUri="gs://b/o"),
            "global",
            "us-central1",
            id="open model",
        ),
    ],
)
def test_a_model_is_served_from_its_own_location(
    emulator: Emulator,
    client: httpx.Client,
    body: Json,
    location: str,
    served_from: str,
) -> None:
    """Names of model and endpoints carry the location that serves them."""
    url = JOBS_BETA.replace("us-central1", location)

    tuned = finished(emulator, client, body, url)["tunedModel"]

    names = [tuned["model"], *(point["endpoint"] for point in tuned["checkpoints"])]
    assert {name.split("/")[3] for name in names} == {served_from}


def test_serving_from_a_multi_region_can_be_switched_off() -> None:
    """Gemini 3 may be served from where it was tuned."""
    behaviour = Behaviour(serve_from_multi_region=False)
    emulator = Emulator(behaviour=behaviour, pacing=PACING, clock=FakeClock())
    emulator.freeze()
    emulator.put_object(TRAIN, json_lines(chat()))
    transport = InProcessTransport(emulator.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        job = finished(emulator, client, supervised(baseModel="gemini-3.5-flash"))
    emulator.stop()

    assert "/locations/us-central1/" in job["tunedModel"]["endpoint"]


def test_other_kinds_of_tuning_leave_a_model_too(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A distillation job succeeds with one checkpoint and without statistics."""
    body = {
        "baseModel": "gemini-2.5-flash",
        "distillationSpec": {"promptDatasetUri": TRAIN},
    }

    job = finished(emulator, client, body, JOBS_BETA)

    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert len(job["tunedModel"]["checkpoints"]) == 1
    assert "tuningDataStats" not in job


def test_a_rate_of_an_open_model_takes_the_place_of_the_multiplier(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Where a learning rate was set, no multiplier is filled in."""
    body = supervised_with(learningRate=0.001) | {
        "baseModel": "qwen/qwen3@qwen3-8b",
        "outputUri": "gs://b/o",
    }

    job = finished(emulator, client, body, JOBS_BETA)

    assert job["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "40",
        "learningRate": 0.001,
        "adapterSize": "ADAPTER_SIZE_SIXTEEN",
    }


def test_a_failed_job_may_leave_its_model(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A job whose endpoint could not be made fails and leaves the uploaded model."""
    name = client.post(JOBS, json=supervised()).json()["name"]
    error = {"code": 13, "message": "Failed to create endpoint."}
    emulator.preset(name, failure=error, leavesModel=True)

    emulator.advance(DONE_SECONDS)
    job = emulator.job(name)

    assert (job["state"], job["error"]) == ("JOB_STATE_FAILED", error)
    assert job["tunedModel"] == {"model": f"{emulator.models()[0]}@1"}
    assert emulator.endpoints() == []


def test_all_failed_jobs_may_leave_their_models() -> None:
    """What a failure leaves behind is a choice for all jobs as well."""
    emulator = Emulator(
        behaviour=Behaviour(failed_jobs_leave_model=True), pacing=PACING
    )
    emulator.freeze()
    job = emulator.add_job(
        {"baseModel": "gemini-2.5-flash", "state": "JOB_STATE_FAILED"}
    )
    emulator.stop()

    assert job["tunedModel"]["model"].endswith("@1")


def cleaned(client: httpx.Client, tuned: Json) -> None:
    """Undeploy and delete every endpoint of a model."""
    for point in tuned["checkpoints"]:
        endpoint = client.get(f"/v1/{point['endpoint']}").json()
        for deployed in endpoint["deployedModels"]:
            client.post(
                f"/v1/{endpoint['name']}:undeployModel",
                json={"deployedModelId": deployed["id"], "trafficSplit": {}},
            )
        assert client.delete(f"/v1/{endpoint['name']}").status_code == 200


def test_a_model_and_its_endpoints_know_each_other(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Model and endpoint are read with what is deployed, labels and display name."""
    body = supervised(tunedModelDisplayName="bot", labels={"team": "nlp"})
    tuned = finished(emulator, client, body)["tunedModel"]

    model = client.get(f"/v1/{tuned['model']}").json()
    endpoint = client.get(f"/v1/{tuned['endpoint']}").json()

    (deployed,) = endpoint["deployedModels"]
    assert (model["displayName"], model["versionId"]) == ("bot", "1")
    assert model["labels"] == endpoint["labels"] == {"team": "nlp"}
    assert {
        "endpoint": endpoint["name"],
        "deployedModelId": deployed["id"],
    } in model["deployedModels"]
    assert deployed["model"] == model["name"]
    assert endpoint["trafficSplit"] == {deployed["id"]: 100}


def test_what_is_deployed_cannot_be_deleted(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Endpoints go before models, and undeploying goes before both."""
    tuned = finished(emulator, client, supervised())["tunedModel"]
    model = tuned["model"].removesuffix("@1")

    answers = [
        client.delete(f"/v1/{tuned['endpoint']}"),
        client.delete(f"/v1/{model}"),
        client.delete(f"/v1/{model}@1:deleteVersion"),
    ]

    assert [answer.status_code for answer in answers] == [400] * 3
    statuses = {answer.json()["error"]["status"] for answer in answers}
    assert statuses == {"FAILED_PRECONDITION"}
    assert emulator.models() == [model]


def test_what_is_undeployed_can_be_deleted(
    emulator: Emulator, client: httpx.Client
) -> None:
    """After endpoints and model are deleted, nothing of them is found."""
    tuned = finished(emulator, client, supervised())["tunedModel"]
    model = tuned["model"].removesuffix("@1")

    cleaned(client, tuned)
    operation = client.delete(f"/v1/{model}").json()

    assert operation["done"] is True
    assert operation["name"].startswith(f"{model}/operations/")
    assert operation["response"] == {
        "@type": "type.googleapis.com/google.protobuf.Empty"
    }
    assert client.get(f"/v1/{operation['name']}").json() == operation
    assert (emulator.models(), emulator.endpoints()) == ([], [])
    assert client.get(f"/v1/{model}").status_code == 404
    assert client.get(f"/v1/{tuned['endpoint']}").status_code == 404
    assert emulator.jobs()[0]["tunedModel"] == tuned


def test_one_of_several_versions_can_be_deleted(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A version goes alone while there is another one, the only one does not."""
    first = finished(emulator, client, supervised())["tunedModel"]
    second = finished(emulator, client, further(first["model"]))["tunedModel"]
    model = first["model"].removesuffix("@1")
    cleaned(client, second)
    versions = client.get(f"/v1/{model}:listVersions").json()["models"]

    refused = client.delete(f"/v1/{model}@1:deleteVersion")
    deleted = client.delete(f"/v1/{second['model']}:deleteVersion")
    cleaned(client, first)
    only = client.delete(f"/v1/{model}@1:deleteVersion")

    assert [(v["versionId"], v["versionAliases"]) for v in versions] == [
        ("1", []),
        ("2", ["default"]),
    ]
    assert refused.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert deleted.json()["done"] is True
    assert only.json()["error"]["message"] == (
        "Deleting the only version in the Model is not allowed."
    )
    assert client.get(f"/v1/{second['model']}").status_code == 404
    assert client.get(f"/v1/{model}").json()["versionId"] == "1"


def test_the_last_version_stays_while_the_other_one_goes(
    fake_clock: FakeClock,
) -> None:
    """A deletion that is under way counts: two at once do not empty a model."""
    emulator = Emulator(pacing=Pacing(operation_seconds=30), clock=fake_clock)
    emulator.freeze()
    emulator.put_object(TRAIN, json_lines(chat()))
    transport = InProcessTransport(emulator.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        first = finished(emulator, client, supervised_with(epochCount=1))["tunedModel"]
        second = finished(emulator, client, further(first["model"]))["tunedModel"]
        for tuned in (first, second):
            url = f"/v1/{tuned['endpoint']}"
            deployed = client.get(url).json()["deployedModels"][0]["id"]
            client.post(f"{url}:undeployModel", json={"deployedModelId": deployed})
        emulator.advance(30)
        statuses = [
            client.delete(f"/v1/{tuned['model']}:deleteVersion").status_code
            for tuned in (first, second)
        ]
        emulator.advance(30)
        left = client.get(f"/v1/{second['model']}").status_code
    emulator.stop()

    assert statuses == [200, 400]
    assert left == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", f"/v1/{PARENT}/models/5", 404, id="model"),
        pytest.param("DELETE", f"/v1/{PARENT}/models/5", 404, id="deleted model"),
        pytest.param("GET", f"/v1/{PARENT}/models/5:listVersions", 404, id="versions"),
        pytest.param("DELETE", f"/v1/{PARENT}/models/5@1", 400, id="surplus version"),
        pytest.param(
            "DELETE", f"/v1/{PARENT}/models/5:deleteVersion", 400, id="missing version"
        ),
        pytest.param("GET", f"/v1/{PARENT}/endpoints/5", 404, id="endpoint"),
        pytest.param("DELETE", f"/v1/{PARENT}/endpoints/5", 404, id="deleted endpoint"),
        pytest.param(
            "POST", f"/v1/{PARENT}/endpoints/5:undeployModel", 404, id="undeployed"
        ),
        pytest.param("GET", f"/v1/{PARENT}/operations/5", 404, id="operation"),
        pytest.param(
            "GET",
            f"/v1/{PARENT}/metadataStores/default/contexts/x",
            404,
            id="experiment",
        ),
    ],
)
def test_what_does_not_exist_is_not_found(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    """Unknown models, endpoints and operations are refused with Google's envelope."""
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.json()["error"]["code"] == status


def test_an_unknown_deployment_is_not_found(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Only what is deployed can be undeployed, and only once."""
    tuned = finished(emulator, client, supervised_with(epochCount=1))["tunedModel"]
    url = f"/v1/{tuned['endpoint']}:undeployModel"
    deployed = client.get(f"/v1/{tuned['endpoint']}").json()["deployedModels"][0]["id"]

    first = client.post(url, json={"deployedModelId": deployed})
    second = client.post(url, json={"deployedModelId": deployed})

    assert (first.status_code, second.status_code) == (200, 404)
    assert second.json()["error"]["message"] == "The DeployedModel does not exist."


def test_operations_may_take_a_while(fake_clock: FakeClock) -> None:
    """An operation that is not done has no effect yet, and is polled until it has."""
    pacing = Pacing(pending_seconds=1, running_seconds=1, operation_seconds=30)
    emulator = Emulator(pacing=pacing, clock=fake_clock)
    emulator.freeze()
    emulator.put_object(TRAIN, json_lines(chat()))
    transport = InProcessTransport(emulator.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        tuned = finished(emulator, client, supervised_with(epochCount=1))["tunedModel"]
        url = f"/v1/{tuned['endpoint']}"
        deployed = client.get(url).json()["deployedModels"][0]["id"]
        begun = client.post(
            f"{url}:undeployModel", json={"deployedModelId": deployed}
        ).json()
        early = client.delete(url)
        emulator.advance(30)
        done = client.get(f"/v1/{begun['name']}").json()
        late = client.delete(url)
    emulator.stop()

    assert "done" not in begun
    assert early.status_code == 400
    assert done["done"] is True
    assert done["response"]["@type"].endswith(".UndeployModelResponse")
    times = done["metadata"]["genericMetadata"]
    assert times["updateTime"] > times["createTime"]
    assert late.status_code == 200
