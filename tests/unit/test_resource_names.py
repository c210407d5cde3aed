"""Names: parsed into parts, given back as they were, refused where they are none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pulumi_tuning.resource_names import (
    DatasetName,
    EndpointName,
    GcsUri,
    KmsKeyName,
    ModelName,
    TuningJobName,
)

Kind = type[
    TuningJobName | ModelName | EndpointName | DatasetName | KmsKeyName | GcsUri
]
_P = "projects/p-1/locations/us-central1"


@pytest.mark.parametrize(
    ("kind", "text", "parts"),
    [
        pytest.param(
            TuningJobName,
            f"{_P}/tuningJobs/123",
            TuningJobName("p-1", "us-central1", "123"),
            id="tuning job",
        ),
        pytest.param(
            ModelName,
            f"{_P}/models/55",
            ModelName("p-1", "us-central1", "55"),
            id="model",
        ),
        pytest.param(
            ModelName,
            f"{_P}/models/55@2",
            ModelName("p-1", "us-central1", "55", "2"),
            id="model with a version",
        ),
        pytest.param(
            EndpointName,
            "projects/1/locations/us/endpoints/9",
            EndpointName("1", "us", "9"),
            id="endpoint of a multi-region",
        ),
        pytest.param(
            DatasetName,
            f"{_P}/datasets/7",
            DatasetName("p-1", "us-central1", "7"),
            id="multimodal dataset",
        ),
        pytest.param(
            KmsKeyName,
            f"{_P}/keyRings/kr/cryptoKeys/k_1",
            KmsKeyName("p-1", "us-central1", "kr", "k_1"),
            id="key",
        ),
        pytest.param(
            GcsUri,
            "gs://bucket/a/b c.jsonl",
            GcsUri("bucket", "a/b c.jsonl"),
            id="object",
        ),
    ],
)
def test_name(kind: Kind, text: str, parts: object) -> None:
    """A name has its parts, and is given back as it was."""
    name = kind.parse(text)

    assert name == parts
    assert str(name) == text


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        pytest.param(TuningJobName, "123", id="a bare id"),
        pytest.param(TuningJobName, "tuningJobs/123", id="a short name"),
        pytest.param(TuningJobName, f"{_P}/tuningJobs/1:cancel", id="a method"),
        pytest.param(TuningJobName, f"{_P}/tuningJobs/1\n", id="a line break"),
        pytest.param(TuningJobName, f"{_P}/tuningJobs/", id="no id"),
        pytest.param(TuningJobName, f"{_P}/models/1", id="a model as a job"),
        pytest.param(ModelName, f"{_P}/models/1@", id="an empty version"),
        pytest.param(EndpointName, f"/{_P}/endpoints/1", id="a leading slash"),
        pytest.param(DatasetName, f"{_P}/datasets/1/x", id="a longer name"),
        pytest.param(
            KmsKeyName,
            f"{_P}/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
            id="the version of a key",
        ),
        pytest.param(GcsUri, "gs://bucket", id="a bucket"),
        pytest.param(GcsUri, "gs://bucket/", id="a bucket with a slash"),
        pytest.param(GcsUri, "gs://bucket/folder/", id="a folder"),
        pytest.param(GcsUri, "gs://Bucket/o", id="a bucket with a capital"),
        pytest.param(GcsUri, "https://bucket/o", id="another scheme"),
        pytest.param(GcsUri, "gs://bucket/a\nb", id="an object of two lines"),
    ],
)
def test_no_name(kind: Kind, text: str) -> None:
    """What is no such name has no parts."""
    assert kind.parse(text) is None


def test_console_url() -> None:
    """A job's page in the console follows from its name."""
    name = TuningJobName("1234", "us-central1", "99")

    assert name.console_url == (
        "https://console.cloud.google.com/vertex-ai/generative/language/locations/"
        "us-central1/tuning/tuningJob/99?project=1234"
    )


def test_model_without_version() -> None:
    """The model that a version belongs to has a name of its own."""
    name = ModelName("1", "us", "55", "3")

    assert name.without_version == "projects/1/locations/us/models/55"


@given(st.text(max_size=40))
def test_any_object_name(text: str) -> None:
    """Whatever an address is made of, its parts give it back or there are none."""
    address = f"gs://bucket/{text}"

    parsed = GcsUri.parse(address)

    assert parsed is None or (str(parsed) == address and parsed.object == text)
