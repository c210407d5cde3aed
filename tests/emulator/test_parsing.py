"""Requests are read as proto3 JSON, and answers written in proto order."""

import httpx
import pytest

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.emulator.errors import RefusalError
from pulumi_tuning.emulator.parsing import read_message, shown_message
from tests.emulator.bodies import (
    JOBS,
    JOBS_BETA,
    PARENT,
    TRAIN,
    Json,
    supervised,
    supervised_with,
)


def created(client: httpx.Client, body: Json) -> Json:
    """Create a job and return the answer."""
    response = client.post(JOBS, json=body)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def hyper_parameters(client: httpx.Client, **values: object) -> Json:
    """Return the hyperparameters with which a job is answered."""
    spec = created(client, supervised_with(**values))["supervisedTuningSpec"]
    found: Json = spec.get("hyperParameters", {})
    return found


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        pytest.param({"epochCount": 4}, {"epochCount": "4"}, id="integer"),
        pytest.param({"epochCount": "4"}, {"epochCount": "4"}, id="integer in text"),
        pytest.param({"epochCount": 4.0}, {"epochCount": "4"}, id="whole float"),
        pytest.param(
            {"learningRateMultiplier": 1.0},
            {"learningRateMultiplier": 1},
            id="double without fraction",
        ),
        pytest.param(
            {"learningRateMultiplier": "0.5"},
            {"learningRateMultiplier": 0.5},
            id="double in text",
        ),
        pytest.param(
            {"adapterSize": "ADAPTER_SIZE_TWO"},
            {"adapterSize": "ADAPTER_SIZE_TWO"},
            id="enum by name",
        ),
        pytest.param(
            {"adapterSize": 2},
            {"adapterSize": "ADAPTER_SIZE_FOUR"},
            id="enum by number",
        ),
        pytest.param(
            {"adapterSize": "4"},
            {"adapterSize": "ADAPTER_SIZE_SIXTEEN"},
            id="enum number in text, which is not the size",
        ),
        pytest.param({"epoch_count": 3}, {"epochCount": "3"}, id="snake_case"),
        pytest.param({"epochCount": 0}, {}, id="zero is unset"),
        pytest.param({"learningRateMultiplier": 0.0}, {}, id="zero double is unset"),
        pytest.param(
            {"adapterSize": "ADAPTER_SIZE_UNSPECIFIED"}, {}, id="unspecified is unset"
        ),
        pytest.param({"epochCount": None}, {}, id="null is unset"),
    ],
)
def test_hyper_parameters_are_normalised(
    client: httpx.Client, sent: Json, answered: Json
) -> None:
    """However a value is spelled, it is answered in its canonical form."""
    assert hyper_parameters(client, **sent) == answered


def test_an_answer_is_in_proto_order(client: httpx.Client) -> None:
    """Fields are answered by their number in the proto, not as they were sent."""
    body = supervised(
        serviceAccount="a@b.iam.gserviceaccount.com",
        labels={"b": "1"},
        description="d",
        tunedModelDisplayName="bot",
    )

    names = list(created(client, dict(reversed(body.items()))))

    assert names == [
        "name",
        "tunedModelDisplayName",
        "description",
        "baseModel",
        "supervisedTuningSpec",
        "state",
        "createTime",
        "updateTime",
        "labels",
        "serviceAccount",
    ]


def test_empty_values_are_not_echoed(client: httpx.Client) -> None:
    """False, an empty text, an empty map and an empty message are as if not sent."""
    spec = {
        "trainingDatasetUri": TRAIN,
        "validationDatasetUri": "",
        "exportLastCheckpointOnly": False,
        "hyperParameters": {},
    }

    answer = created(
        client, supervised(labels={}, description="", supervisedTuningSpec=spec)
    )

    assert answer["supervisedTuningSpec"] == {"trainingDatasetUri": TRAIN}
    assert not {"labels", "description"} & answer.keys()


def test_read_only_fields_are_ignored(client: httpx.Client) -> None:
    """What only the service sets has no effect in a request, whatever it holds."""
    answer = created(
        client, supervised(name="x", state="JOB_STATE_SUCCEEDED", createTime=7)
    )

    assert answer["state"] == "JOB_STATE_PENDING"
    assert answer["name"] != "x"


@pytest.mark.parametrize(
    ("body", "path", "name"),
    [
        pytest.param({"source_model": "m"}, "tuning_job", "source_model", id="job"),
        pytest.param(
            {"supervisedTuningSpec": {"training_dataset": "u"}},
            "tuning_job.supervised_tuning_spec",
            "training_dataset",
            id="spec",
        ),
        pytest.param(
            {"supervisedTuningSpec": {"validationDataset_uri": "u"}},
            "tuning_job.supervised_tuning_spec",
            "validationDataset_uri",
            id="half camel, half snake",
        ),
        pytest.param(
            {"supervisedTuningSpec": {"evaluationConfig": {"metrics": [{"x": 1}]}}},
            "tuning_job.supervised_tuning_spec.evaluation_config.metrics[0]",
            "x",
            id="member of a list",
        ),
        pytest.param(
            {"outputUri": "gs://b/o"}, "tuning_job", "outputUri", id="beta only"
        ),
    ],
)
def test_an_unknown_name_is_refused(
    client: httpx.Client, body: Json, path: str, name: str
) -> None:
    """A name that the version does not know is a 400 with its place."""
    answer = client.post(JOBS, json=body)

    message = (
        f'Invalid JSON payload received. Unknown name "{name}" at '
        f"'{path}': Cannot find field."
    )
    assert answer.status_code == 400
    assert answer.json()["error"] == {
        "code": 400,
        "message": message,
        "status": "INVALID_ARGUMENT",
        "details": [
            {
                "@type": "type.googleapis.com/google.rpc.BadRequest",
                "fieldViolations": [{"field": path, "description": message}],
            }
        ],
    }


def test_all_problems_are_named_at_once(client: httpx.Client) -> None:
    """Several problems of one body are joined in the message, one line each."""
    body = {"one": 1, "two": 2, "labels": {"a": "x", "b": 3}}

    error = client.post(JOBS, json=body).json()["error"]

    unknown = "Invalid JSON payload received. Unknown name"
    assert error["message"].splitlines() == [
        f"{unknown} \"one\" at 'tuning_job': Cannot find field.",
        f"{unknown} \"two\" at 'tuning_job': Cannot find field.",
        "Invalid value at 'tuning_job.labels[1].value' (TYPE_STRING), 3",
    ]
    assert len(error["details"][0]["fieldViolations"]) == 3


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(
            supervised(preferenceOptimizationSpec={"trainingDatasetUri": TRAIN}),
            "Invalid value at 'tuning_job' (oneof), oneof field 'tuning_spec' is "
            "already set. Cannot set 'preferenceOptimizationSpec'",
            id="two specs",
        ),
        pytest.param(
            supervised(pre_tuned_model={"tunedModelName": f"{PARENT}/models/1"}),
            "Invalid value at 'tuning_job' (oneof), oneof field 'source_model' is "
            "already set. Cannot set 'pre_tuned_model'",
            id="two sources",
        ),
        pytest.param(
            supervised_with(epochCount=3.5),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            "epoch_count' (TYPE_INT64), 3.5",
            id="fraction of an epoch",
        ),
        pytest.param(
            supervised_with(epochCount=True),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            "epoch_count' (TYPE_INT64), true",
            id="boolean number",
        ),
        pytest.param(
            supervised_with(epochCount=2**63),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            "epoch_count' (TYPE_INT64), 9223372036854775808",
            id="too large",
        ),
        pytest.param(
            supervised_with(adapterSize="ADAPTER_SIZE_3"),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            "adapter_size' (type.googleapis.com/google.cloud.aiplatform.v1.AdapterSize)"
            ', "ADAPTER_SIZE_3"',
            id="unknown enum name",
        ),
        pytest.param(
            supervised_with(learningRateMultiplier="fast"),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            'learning_rate_multiplier\' (TYPE_DOUBLE), "fast"',
            id="word for a double",
        ),
        pytest.param(
            supervised_with(learningRateMultiplier=[1]),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            "learning_rate_multiplier' (TYPE_DOUBLE), [1]",
            id="list for a double",
        ),
        pytest.param(
            supervised_with(learningRateMultiplier="inf"),
            "Invalid value at 'tuning_job.supervised_tuning_spec.hyper_parameters."
            'learning_rate_multiplier\' (TYPE_DOUBLE), "inf"',
            id="infinite",
        ),
        pytest.param(
            supervised(description=5),
            "Invalid value at 'tuning_job.description' (TYPE_STRING), 5",
            id="number for a text",
        ),
        pytest.param(
            supervised(supervisedTuningSpec="x"),
            "Invalid value at 'tuning_job.supervised_tuning_spec' (type.googleapis.com/"
            'google.cloud.aiplatform.v1.SupervisedTuningSpec), "x"',
            id="text for a message",
        ),
        pytest.param(
            supervised(supervisedTuningSpec={"exportLastCheckpointOnly": "true"}),
            "Invalid value at 'tuning_job.supervised_tuning_spec."
            'export_last_checkpoint_only\' (TYPE_BOOL), "true"',
            id="text for a boolean",
        ),
        pytest.param(
            supervised(supervisedTuningSpec={"evaluationConfig": {"metrics": {}}}),
            "Invalid value at 'tuning_job.supervised_tuning_spec.evaluation_config."
            "metrics' (type.googleapis.com/google.cloud.aiplatform.v1.Metric), {}",
            id="message for a list",
        ),
        pytest.param(
            supervised(labels=["a"]),
            "Invalid value at 'tuning_job.labels' (TYPE_STRING), [\"a\"]",
            id="list for a map",
        ),
    ],
)
def test_a_wrong_value_is_refused(
    client: httpx.Client, emulator: Emulator, body: Json, message: str
) -> None:
    """A value of a wrong type is a 400 with its place, and no job is created."""
    answer = client.post(JOBS, json=body)

    assert (answer.status_code, answer.json()["error"]["message"]) == (400, message)
    assert emulator.jobs() == []


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b'{"baseModel": "gemini-2.5-flash",}', id="trailing comma"),
        pytest.param(b"[" * 100_000, id="too deep for Python"),
        pytest.param(b"[" * 101 + b"]" * 101, id="too deep"),
        pytest.param(b'{"description": "\\ud800"}', id="half of a character"),
        pytest.param(b'{"baseModel": NaN}', id="no number"),
        pytest.param(b'{"baseModel": 1e999}', id="beyond a double"),
    ],
)
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, body: bytes) -> None:
    """What the service's parser does not take is a 400."""
    answer = client.post(JOBS, content=body)

    assert answer.status_code == 400
    assert answer.json()["error"]["message"].startswith(
        "Invalid JSON payload received."
    )


def test_the_beta_api_takes_and_shows_its_own_fields(client: httpx.Client) -> None:
    """A beta field is answered under v1beta1 and left out under v1."""
    spec = {
        "trainingDatasetUri": TRAIN,
        "tuningMode": "TUNING_MODE_PEFT_ADAPTER",
        "hyperParameters": {"batchSize": 8},
    }
    body = {
        "baseModel": "qwen/qwen3@qwen3-8b",
        "outputUri": "gs://b/out",
        "supervisedTuningSpec": spec,
    }

    beta = client.post(JOBS_BETA, json=body).json()
    stable = client.get(f"/v1/{beta['name']}").json()

    assert beta["outputUri"] == "gs://b/out"
    assert beta["supervisedTuningSpec"] == spec | {
        "hyperParameters": {"batchSize": "8"}
    }
    assert "outputUri" not in stable
    assert stable["supervisedTuningSpec"] == {
        "trainingDatasetUri": TRAIN,
        "hyperParameters": {},
    }


def test_every_kind_of_value_survives() -> None:
    """Presence, lists, maps, free JSON and nested messages are read and shown."""
    schema = {"type": "OBJECT", "properties": {"a": {"type": "STRING"}}, "default": 0}
    generation = {
        "temperature": 0,
        "stopSequences": ["x"],
        "responseModalities": ["TEXT", 2],
        "responseSchema": schema,
    }
    metric = {"aggregationMetrics": ["AVERAGE"], "exactMatchSpec": {}}
    config = {
        "metrics": [metric],
        "autoraterConfig": {"samplingCount": "3", "generationConfig": generation},
    }
    body = {"supervisedTuningSpec": {"evaluationConfig": config}}

    read = read_message("TuningJob", body, path="tuning_job", version="v1")
    named = shown_message(read, version="v1", enums_as_numbers=False)
    numbered = shown_message(read, version="v1", enums_as_numbers=True)

    rater = named["supervisedTuningSpec"]["evaluationConfig"]["autoraterConfig"]
    assert rater["samplingCount"] == 3
    assert rater["generationConfig"] == generation | {
        "responseModalities": ["TEXT", "IMAGE"],
        "responseSchema": schema,
    }
    numbered_config = numbered["supervisedTuningSpec"]["evaluationConfig"]
    assert numbered_config["metrics"] == [
        {"aggregationMetrics": [1], "exactMatchSpec": {}}
    ]


def test_a_number_without_a_name_is_kept() -> None:
    """A number that no value of an enum has is kept, as proto3 does."""
    body = supervised_with(adapterSize=32)

    read = read_message("TuningJob", body, path="tuning_job", version="v1")

    assert read["supervisedTuningSpec"]["hyperParameters"] == {"adapterSize": 32}


def test_a_refusal_names_a_body_that_is_no_object() -> None:
    """A list in place of the whole message is refused."""
    with pytest.raises(RefusalError) as caught:
        read_message("TuningJob", [1], path="tuning_job", version="v1")

    assert caught.value.message == (
        "Invalid value at 'tuning_job' "
        "(type.googleapis.com/google.cloud.aiplatform.v1.TuningJob), [1]"
    )
