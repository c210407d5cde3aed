"""Look-ups and declarations outside of what the engine's tests reach."""

import pytest

import pulumi_tuning as tuning
from pulumi_tuning.errors import SettingsError

SPEC: tuning.SupervisedTuningSpecArgs = {"training_dataset_uri": "gs://acme/t.jsonl"}


@pytest.fixture
def nothing_configured(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Leave no setting and no credentials in the environment."""
    for name in (
        "GOOGLE_PROJECT",
        "GOOGLE_CLOUD_PROJECT",
        "GCLOUD_PROJECT",
        "CLOUDSDK_CORE_PROJECT",
        "GOOGLE_REGION",
        "GOOGLE_CLOUD_LOCATION",
        "GCLOUD_REGION",
        "CLOUDSDK_COMPUTE_REGION",
        "GOOGLE_APPLICATION_CREDENTIALS",
        "GOOGLE_CREDENTIALS",
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "token")
    monkeypatch.setenv("NO_GCE_CHECK", "true")


@pytest.mark.usefixtures("nothing_configured")
def test_list_without_a_place() -> None:
    """A list needs a project and a location, and says which of them is missing."""
    with pytest.raises(SettingsError, match="project: is required: give it or set gcp"):
        tuning.list_tuning_jobs(location="us-central1")
    with pytest.raises(SettingsError, match="location: is required: give it or set"):
        tuning.list_tuning_jobs(project="acme")


def test_found_job() -> None:
    """A job that was found has the fields of the service's answer as attributes."""
    found = tuning.TuningJobResult(
        {"name": "n", "state": "s", "tunedModel": {"endpoint": "e"}}
    )

    assert (found.name, found.state) == ("n", "s")
    assert found.tuned_model.endpoint == "e"
    assert tuning.TuningJobResult({"name": "n"}).tuned_model == {}


def test_job_outside_of_a_program() -> None:
    """A job is declared where there is a stack."""
    with pytest.raises(RuntimeError, match="in a Pulumi program only"):
        tuning.TuningJob("bot", base_model="m", supervised_tuning_spec=SPEC)
