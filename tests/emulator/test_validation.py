"""What the service refuses at creation, and what it lets through."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.emulator import Behaviour, Emulator
from pulumi_tuning.emulator.schema import SCHEMA
from tests.emulator.bodies import (
    JOBS_BETA,
    PARENT,
    TRAIN,
    Json,
    chat,
    json_lines,
    preference,
    supervised,
    supervised_with,
)
from tests.emulator.in_process import InProcessTransport

KEY = "projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key"
SPEC = "tuning_job.supervised_tuning_spec"
EVALUATION = f"{SPEC}.evaluation_config"
REQUIRED = "Required field is not set."


def create(
    client: httpx.Client,
    body: Json,
    *,
    location: str = "us-central1",
    version: str = "v1",
) -> httpx.Response:
    """Ask for a job."""
    url = f"/{version}/projects/acme/locations/{location}/tuningJobs"
    return client.post(url, json=body)


def with_spec(**fields: object) -> Json:
    """Return a request whose supervised spec has further fields."""
    return supervised(supervisedTuningSpec={"trainingDatasetUri": TRAIN} | fields)


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        pytest.param(
            {},
            {"tuning_job.base_model": REQUIRED, SPEC: REQUIRED},
            id="empty request",
        ),
        pytest.param(
            supervised(supervisedTuningSpec={}),
            {f"{SPEC}.training_dataset_uri": REQUIRED},
            id="no training data set",
        ),
        pytest.param(
            with_spec(trainingDatasetUri="train.jsonl", validationDatasetUri="gs://b/"),
            {
                f"{SPEC}.training_dataset_uri": "Invalid Cloud Storage URI or dataset: "
                "train.jsonl",
                f"{SPEC}.validation_dataset_uri": "Invalid Cloud Storage URI or "
                "dataset: gs://b/",
            },
            id="malformed data sets",
        ),
        pytest.param(
            with_spec(trainingDatasetUri="gs://bucket/*.jsonl"),
            {
                f"{SPEC}.training_dataset_uri": "Invalid Cloud Storage URI or dataset: "
                "gs://bucket/*.jsonl"
            },
            id="wildcard",
        ),
        pytest.param(
            supervised_with(epochCount=-1, learningRateMultiplier=-0.5),
            {
                f"{SPEC}.hyper_parameters.epoch_count": "Value must be positive.",
                f"{SPEC}.hyper_parameters.learning_rate_multiplier": "Value must be "
                "positive.",
            },
            id="negative hyperparameters",
        ),
        pytest.param(
            with_spec(evaluationConfig={}),
            {
                f"{EVALUATION}.metrics": REQUIRED,
                f"{EVALUATION}.output_config.gcs_destination.output_uri_prefix": (
                    REQUIRED
                ),
            },
            id="empty evaluation",
        ),
        pytest.param(
            with_spec(
                evaluationConfig={
                    "metrics": [{"bleuSpec": {}}],
                    "outputConfig": {"gcsDestination": {"outputUriPrefix": "out"}},
                }
            ),
            {
                f"{EVALUATION}.output_config.gcs_destination.output_uri_prefix": (
                    "Invalid Cloud Storage URI."
                )
            },
            id="evaluation outside of Cloud Storage",
        ),
        pytest.param(
            supervised(tunedModelDisplayName="x" * 129),
            {
                "tuning_job.tuned_model_display_name": "Length must be at most 128 "
                "characters."
            },
            id="long display name",
        ),
        pytest.param(
            supervised(serviceAccount="somebody"),
            {"tuning_job.service_account": "Invalid service account email."},
            id="service account that is no e-mail",
        ),
        pytest.param(
            supervised(encryptionSpec={}),
            {"tuning_job.encryption_spec.kms_key_name": REQUIRED},
            id="no key",
        ),
        pytest.param(
            supervised(encryptionSpec={"kmsKeyName": f"{KEY}/cryptoKeyVersions/1"}),
            {
                "tuning_job.encryption_spec.kms_key_name": "Invalid KMS key name: "
                f"{KEY}/cryptoKeyVersions/1"
            },
            id="version of a key",
        ),
        pytest.param(
            supervised(
                encryptionSpec={"kmsKeyName": KEY.replace("us-central1", "us-east1")}
            ),
            {
                "tuning_job.encryption_spec.kms_key_name": "The key is in us-east1, "
                "but must be in us-central1."
            },
            id="key of another region",
        ),
        pytest.param(
            supervised(labels={"Team": "nlp"}),
            {"tuning_job.labels": "Invalid label key: Team"},
            id="capital in a label's key",
        ),
        pytest.param(
            supervised(labels={"1st": "nlp"}),
            {"tuning_job.labels": "Invalid label key: 1st"},
            id="label's key that begins with a digit",
        ),
        pytest.param(
            supervised(labels={"team": "n l p"}),
            {"tuning_job.labels": "Invalid label value: n l p"},
            id="blank in a label's value",
        ),
        pytest.param(
            supervised(labels={"team": "n" * 65}),
            {"tuning_job.labels": "Invalid label value: " + "n" * 65},
            id="long label value",
        ),
        pytest.param(
            supervised(labels={f"l{n}": "x" for n in range(65)}),
            {"tuning_job.labels": "At most 64 labels are allowed."},
            id="too many labels",
        ),
        pytest.param(
            {
                "preTunedModel": {"checkpointId": "1"},
                "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
            },
            {"tuning_job.pre_tuned_model.tuned_model_name": REQUIRED},
            id="no model to tune further",
        ),
        pytest.param(
            {
                "preTunedModel": {"tunedModelName": "models/5"},
                "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
            },
            {"tuning_job.pre_tuned_model.tuned_model_name": "Invalid resource name."},
            id="malformed model to tune further",
        ),
        pytest.param(
            {
                "baseModel": "gemini-2.5-flash",
                "preferenceOptimizationSpec": {"validationDatasetUri": "x"},
            },
            {
                "tuning_job.preference_optimization_spec.validation_dataset_uri": (
                    "Invalid Cloud Storage URI or dataset: x"
                ),
                "tuning_job.preference_optimization_spec.training_dataset_uri": (
                    REQUIRED
                ),
            },
            id="preference spec",
        ),
    ],
)
def test_wrong_fields_are_refused_together(
    client: httpx.Client, emulator: Emulator, body: Json, problems: dict[str, str]
) -> None:
    """Every field that is missing or malformed is named, and no job is created."""
    error = create(client, body).json()["error"]

    found = {
        violation["field"]: violation["description"]
        for violation in error["details"][0]["fieldViolations"]
    }
    assert found == problems
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert error["message"].startswith("List of found errors:\t1.Field: ")
    assert emulator.jobs() == []


@pytest.mark.parametrize(
    ("body", "location", "status", "message"),
    [
        pytest.param(
            supervised_with(adapterSize=5),
            "us-central1",
            "INVALID_ARGUMENT",
            "The adapter size is not supported for this base model.",
            id="adapter size of 32",
        ),
        pytest.param(
            supervised_with(adapterSize="ADAPTER_SIZE_SIXTEEN")
            | {"baseModel": "gemini-2.5-pro"},
            "us-central1",
            "INVALID_ARGUMENT",
            "The adapter size is not supported for this base model.",
            id="adapter size that only other models have",
        ),
        pytest.param(
            supervised_with(adapterSize=1) | {"baseModel": "translation-llm-002"},
            "us-central1",
            "INVALID_ARGUMENT",
            "The adapter size is not supported for this base model.",
            id="adapter size of the translation model",
        ),
        pytest.param(
            supervised(baseModel="translation-llm-002"),
            "europe-west4",
            "INVALID_ARGUMENT",
            "translation-llm-002 cannot be tuned in location europe-west4.",
            id="translation outside of us-central1",
        ),
        pytest.param(
            supervised(baseModel="gemini-3.5-flash"),
            "us-east1",
            "INVALID_ARGUMENT",
            "gemini-3.5-flash cannot be tuned in location us-east1.",
            id="Gemini 3 outside of its regions",
        ),
        pytest.param(
            supervised(),
            "global",
            "FAILED_PRECONDITION",
            "gemini-2.5-flash does not support global endpoint tuning.",
            id="Gemini on global",
        ),
        pytest.param(
            supervised(),
            "eu",
            "INVALID_ARGUMENT",
            "Tuning is not supported in location eu.",
            id="multi-region",
        ),
        pytest.param(
            supervised(
                baseModel="gemini-3.5-flash", encryptionSpec={"kmsKeyName": KEY}
            ),
            "us-central1",
            "FAILED_PRECONDITION",
            "CMEK is not supported for gemini-3.5-flash.",
            id="key with a model that has none",
        ),
        pytest.param(
            supervised(
                baseModel="qwen/qwen3@qwen3-8b", encryptionSpec={"kmsKeyName": KEY}
            ),
            "global",
            "FAILED_PRECONDITION",
            "CMEK is not supported for tuning jobs in location global.",
            id="key on global",
        ),
        pytest.param(
            supervised(baseModel="qwen/qwen3@qwen3-8b"),
            "us-central1",
            "INVALID_ARGUMENT",
            "The output_uri field is required for this model.",
            id="open model without output",
        ),
        pytest.param(
            preference(baseModel="gemini-2.5-pro"),
            "us-central1",
            "INVALID_ARGUMENT",
            "Preference tuning is not supported for gemini-2.5-pro.",
            id="preference tuning of another model",
        ),
        pytest.param(
            supervised(baseModel="gemini-9"),
            "us-central1",
            "INVALID_ARGUMENT",
            "Base model gemini-9 is not supported.",
            id="unknown model",
        ),
    ],
)
def test_what_a_model_cannot_do_is_refused(
    client: httpx.Client,
    emulator: Emulator,
    *,
    body: Json,
    location: str,
    status: str,
    message: str,
) -> None:
    """The first rule about the base model that is broken is the answer."""
    error = create(client, body, location=location).json()["error"]

    assert error == {"code": 400, "status": status, "message": message}
    assert emulator.jobs() == []


@pytest.mark.parametrize(
    ("body", "location"),
    [
        pytest.param(supervised(), "us-central1", id="only what is required"),
        pytest.param(supervised(), "asia-east1", id="Gemini 2.5 in any region"),
        pytest.param(
            supervised(baseModel="gemini-2.0-flash-001"), "us-central1", id="retired"
        ),
        pytest.param(
            supervised(encryptionSpec={"kmsKeyName": KEY}), "us-central1", id="key"
        ),
        pytest.param(
            supervised(labels={"größe": "日本-1_a", "empty": ""}),
            "us-central1",
            id="international labels",
        ),
        pytest.param(
            with_spec(trainingDatasetUri="projects/1/locations/us-central1/datasets/7"),
            "us-central1",
            id="data set resource",
        ),
        pytest.param(supervised_with(epochCount=300), "us-central1", id="many epochs"),
        pytest.param(
            {
                "baseModel": "gemini-2.5-flash-lite",
                "preferenceOptimizationSpec": {
                    "trainingDatasetUri": TRAIN,
                    "hyperParameters": {"beta": 7},
                },
            },
            "us-central1",
            id="beta outside of the recommended range",
        ),
        pytest.param(
            supervised(baseModel="translation-llm-002"), "us-central1", id="translation"
        ),
    ],
)
def test_what_the_service_accepts_is_accepted(
    client: httpx.Client, body: Json, location: str
) -> None:
    """Unusual requests that break no documented rule create a job."""
    answer = create(client, body, location=location)

    assert answer.status_code == 200, answer.text


def test_an_open_model_is_tuned_on_global(client: httpx.Client) -> None:
    """An open model takes the global location, and one kind of learning rate."""
    body = supervised_with(learningRate=0.001) | {
        "baseModel": "qwen/qwen3@qwen3-8b",
        "outputUri": "gs://b/out",
    }
    both = supervised_with(learningRate=0.001, learningRateMultiplier=1)

    accepted = create(client, body, location="global", version="v1beta1")
    refused = create(client, both, version="v1beta1")

    assert accepted.status_code == 200
    assert "mutually exclusive" in refused.json()["error"]["message"]


def test_other_kinds_of_tuning_are_taken_as_they_are(client: httpx.Client) -> None:
    """A distillation job of the beta API is created without rules of its own."""
    body = {
        "baseModel": "gemini-2.5-flash",
        "distillationSpec": {"promptDatasetUri": "anything"},
    }

    answer = create(client, body, version="v1beta1")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        pytest.param({"outputUri": "gs://b/o"}, "output_uri", id="output"),
        pytest.param(
            {"customBaseModel": "gs://b/m"}, "custom_base_model", id="own weights"
        ),
        pytest.param(supervised_with(learningRate=0.1), "learning_rate", id="rate"),
        pytest.param(supervised_with(batchSize=4), "batch_size", id="batch size"),
        pytest.param(
            {
                **supervised_with(learningRateMultiplier=2),
                "baseModel": "qwen/qwen3@qwen3-8b",
                "outputUri": "gs://b/o",
            },
            "learning_rate_multiplier",
            id="multiplier of an open model",
        ),
    ],
)
def test_fields_of_the_other_kind_of_model_are_refused(
    client: httpx.Client, fields: Json, refused: str
) -> None:
    """What is documented for open models alone, or for Google's, is refused."""
    answer = create(client, supervised() | fields, version="v1beta1")

    assert answer.status_code == 400
    assert answer.json()["error"]["message"] == (
        f"The {refused} field is not supported for this model."
    )


def test_an_open_model_has_no_default_multiplier(
    client: httpx.Client, emulator: Emulator
) -> None:
    """The learning rate multiplier, which open models lack, is not filled in."""
    body = supervised(baseModel="qwen/qwen3@qwen3-8b", outputUri="gs://b/out")
    name = create(client, body, version="v1beta1").json()["name"]
    emulator.advance(60)

    filled = emulator.job(name)["supervisedTuningSpec"]["hyperParameters"]

    assert filled.keys() == {"epochCount", "adapterSize"}


NAMES = sorted({name for fields in SCHEMA.messages.values() for name in fields})
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        [*NAMES, *SCHEMA.enums["AdapterSize"], TRAIN, "gemini-2.5-flash"]
    ),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(NAMES), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(fields=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=5))
def test_no_request_breaks_the_service(fields: Json) -> None:
    """Whatever a body holds, it is accepted or refused in Google's envelope."""
    emulator = Emulator()
    emulator.put_object(TRAIN, json_lines(chat()))
    emulator.freeze()
    with httpx.Client(
        transport=InProcessTransport(emulator.app), base_url="http://emulator.test"
    ) as client:
        content = json.dumps(supervised() | fields).encode()
        answer = client.post(JOBS_BETA, content=content)
        emulator.advance(10)
        jobs = emulator.jobs()
    emulator.stop()

    assert answer.status_code == (200 if jobs else answer.json()["error"]["code"])


@pytest.mark.parametrize(
    ("behaviour", "model", "code"),
    [
        pytest.param(
            Behaviour(unknown_model_code=404), "gemini-9", 404, id="unknown is 404"
        ),
        pytest.param(
            Behaviour(accept_retired_models=False),
            "gemini-1.5-pro-002",
            400,
            id="retired is refused",
        ),
    ],
)
def test_assumed_refusals_can_be_switched(
    behaviour: Behaviour, model: str, code: int
) -> None:
    """How unknown and retired models are refused is a choice."""
    emulator = Emulator(behaviour=behaviour)
    with httpx.Client(
        transport=InProcessTransport(emulator.app), base_url="http://emulator.test"
    ) as client:
        answer = create(client, supervised(baseModel=model))
    emulator.stop()

    assert answer.status_code == code
    assert PARENT not in answer.text
