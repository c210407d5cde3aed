"""The emulator judged by google-genai, unmodified."""

from collections.abc import Iterator

import pytest
from google import genai
from google.genai import errors, types

from pulumi_tuning.emulator import Emulator, Fault
from tests.emulator.bodies import JOBS, PARENT, TRAIN, json_lines, pair
from tests.emulator.google_access import any_token

pytestmark = pytest.mark.filterwarnings(
    # Announced once by the module that these tests are about.
    "ignore:The SDK's tuning implementation is experimental:"
    "google.genai._common.ExperimentalWarning"
)

TRAIN_SET = types.TuningDataset(gcs_uri=TRAIN)
KEY = "projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key"


def client_of(emulator: Emulator, api_version: str) -> genai.Client:
    """Return Google's client, pointed at the emulator as its documentation says."""
    return genai.Client(
        vertexai=True,
        project="acme",
        location="us-central1",
        credentials=any_token(),
        http_options=types.HttpOptions(base_url=emulator.url, api_version=api_version),
    )


@pytest.fixture
def google(served: Emulator) -> Iterator[genai.Client]:
    """Give Google's client of the served emulator."""
    with client_of(served, "v1") as client:
        yield client


def tune(google: genai.Client, **options: object) -> types.TuningJob:
    """Start a job with options of Google's client."""
    job: types.TuningJob = google.tunings.tune(
        base_model="gemini-2.5-flash",
        training_dataset=TRAIN_SET,
        config=types.CreateTuningJobConfig.model_validate(options),
    )
    return job


def test_every_supervised_option_arrives(
    google: genai.Client, served: Emulator
) -> None:
    """Google's client creates a job with all options, and reads them back as set."""
    validation = "gs://acme-tuning/validation.jsonl"
    evaluation = types.EvaluationConfig(
        metrics=[types.Metric(name="bleu")],
        output_config=types.OutputConfig(
            gcs_destination=types.GcsDestination(output_uri_prefix="gs://b/eval/")
        ),
    )

    job = tune(
        google,
        validation_dataset=types.TuningValidationDataset(gcs_uri=validation),
        tuned_model_display_name="bot",
        description="for tests",
        epoch_count=3,
        learning_rate_multiplier=0.5,
        adapter_size=types.AdapterSize.ADAPTER_SIZE_EIGHT,
        export_last_checkpoint_only=True,
        evaluation_config=evaluation,
        labels={"team": "nlp"},
        encryption_spec=types.EncryptionSpec(kms_key_name=KEY),
    )

    assert job.state == types.JobState.JOB_STATE_PENDING
    assert job.supervised_tuning_spec == types.SupervisedTuningSpec(
        training_dataset_uri=TRAIN,
        validation_dataset_uri=validation,
        export_last_checkpoint_only=True,
        hyper_parameters=types.SupervisedHyperParameters(
            epoch_count=3,
            learning_rate_multiplier=0.5,
            adapter_size=types.AdapterSize.ADAPTER_SIZE_EIGHT,
        ),
    )
    assert job.encryption_spec == types.EncryptionSpec(kms_key_name=KEY)
    assert (job.tuned_model_display_name, job.description) == ("bot", "for tests")
    assert job.labels == {"team": "nlp"}
    stored = served.job(job.name or "")["supervisedTuningSpec"]["evaluationConfig"]
    assert stored == {
        "metrics": [
            {"aggregationMetrics": ["AVERAGE", "STANDARD_DEVIATION"], "bleuSpec": {}}
        ],
        "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://b/eval/"}},
    }


def test_follows_a_job_to_its_model(google: genai.Client, served: Emulator) -> None:
    """Google's client sees PENDING, RUNNING and SUCCEEDED with model and statistics."""
    job = tune(google, epoch_count=2)
    name = job.name or ""

    served.advance(61)
    running = google.tunings.get(name=name)
    served.advance(601)
    done = google.tunings.get(name=name)

    assert running.state == types.JobState.JOB_STATE_RUNNING
    assert not running.has_ended
    assert done.has_succeeded
    model = done.tuned_model
    assert model is not None
    assert (model.model or "").endswith("@1")
    assert [checkpoint.epoch for checkpoint in model.checkpoints or []] == [1, 2]
    assert model.endpoint == (model.checkpoints or [])[-1].endpoint
    stats = done.tuning_data_stats
    assert stats is not None
    assert stats.supervised_tuning_data_stats is not None
    assert stats.supervised_tuning_data_stats.tuning_dataset_example_count == 20


def test_the_beta_api_shows_the_stage_of_a_running_job(served: Emulator) -> None:
    """Google's client reads the fields that only v1beta1 has."""
    with client_of(served, "v1beta1") as google:
        name = tune(google, epoch_count=4).name or ""
        served.advance(60 + 400)

        job = google.tunings.get(name=name)

    assert job.tuning_job_state == "TUNING_JOB_STATE_TUNING"
    assert job.tuning_job_metadata is not None
    assert job.tuning_job_metadata.completed_epoch_count == 2


def test_tunes_on_preferences(google: genai.Client, served: Emulator) -> None:
    """Google's client creates a preference job and reads its kind of statistics."""
    served.put_object(TRAIN, json_lines(*[pair()] * 30))

    job = tune(google, method="PREFERENCE_TUNING", beta=0.2, epoch_count=1)
    served.advance(61)
    running = google.tunings.get(name=job.name or "")

    assert running.preference_optimization_spec is not None
    assert running.preference_optimization_spec.hyper_parameters == (
        types.PreferenceOptimizationHyperParameters(
            beta=0.2,
            epoch_count=1,
            learning_rate_multiplier=1,
            adapter_size=types.AdapterSize.ADAPTER_SIZE_FOUR,
        )
    )
    stats = running.tuning_data_stats
    assert stats is not None
    assert stats.preference_optimization_data_stats is not None
    assert stats.preference_optimization_data_stats.tuning_dataset_example_count == 30


def test_tunes_a_tuned_model_further(google: genai.Client, served: Emulator) -> None:
    """Continuous tuning adds a version to the model that it starts from."""
    first = tune(google, tuned_model_display_name="bot").name or ""
    served.advance(661)
    model = served.job(first)["tunedModel"]["model"]

    second = google.tunings.tune(
        base_model=model,
        training_dataset=TRAIN_SET,
        config=types.CreateTuningJobConfig(pre_tuned_model_checkpoint_id="2"),
    )
    served.advance(661)
    done = google.tunings.get(name=second.name or "")

    assert second.pre_tuned_model == types.PreTunedModel(
        tuned_model_name=model, checkpoint_id="2", base_model="gemini-2.5-flash"
    )
    assert done.tuned_model is not None
    assert done.tuned_model.model == model.replace("@1", "@2")


def test_pages_through_a_list(google: genai.Client, served: Emulator) -> None:
    """Google's client reads all pages of a list, newest job first."""
    names = []
    for _ in range(7):
        names.append(tune(google).name)
        served.advance(1)

    listed = google.tunings.list(config={"page_size": 3})

    assert [job.name for job in listed] == names[::-1]
    assert [entry.query.get("pageSize") for entry in served.journal("GET")] == ["3"] * 3


def test_filters_a_list(google: genai.Client) -> None:
    """Google's client lists the jobs that carry a label."""
    wanted = tune(google, labels={"stack": "one"})
    tune(google, labels={"stack": "two"})

    listed = google.tunings.list(config={"filter": "labels.stack=one"})

    assert [job.name for job in listed] == [wanted.name]


def test_lists_nothing(google: genai.Client) -> None:
    """An empty list, which has no key at all, is empty for Google's client."""
    listed = list(google.tunings.list())

    assert listed == []


def test_cancels(google: genai.Client, served: Emulator) -> None:
    """Google's client cancels a job and reads the error with which it ended."""
    name = tune(google).name or ""

    google.tunings.cancel(name=name)
    served.advance(11)
    job = google.tunings.get(name=name)

    assert job.state == types.JobState.JOB_STATE_CANCELLED
    assert job.error is not None
    assert (job.error.code, job.error.message) == (1, "CANCELED")


def test_reads_an_error(google: genai.Client) -> None:
    """Google's client takes code, status and message from the emulator's envelope."""
    with pytest.raises(errors.ClientError) as caught:
        tune(google, adapter_size=types.AdapterSize.ADAPTER_SIZE_THIRTY_TWO)

    assert caught.value.code == 400
    assert caught.value.status == "INVALID_ARGUMENT"
    assert caught.value.message == (
        "The adapter size is not supported for this base model."
    )


def test_reads_a_fault(google: genai.Client, served: Emulator) -> None:
    """A fault's default answer is a server error for Google's client."""
    served.add_fault(Fault(method="POST", path="/tuningJobs$", status=503))

    with pytest.raises(errors.ServerError, match="currently unavailable"):
        tune(google)

    assert served.jobs() == []


def test_a_client_without_project_is_told_why(served: Emulator) -> None:
    """A client that forgets project and location gets an explanation at the root."""
    with (
        genai.Client(
            vertexai=True,
            credentials=any_token(),
            http_options=types.HttpOptions(base_url=served.url),
        ) as google,
        pytest.raises(errors.ClientError, match="neither project nor location"),
    ):
        list(google.tunings.list())


def test_the_journal_keeps_what_google_sends(
    google: genai.Client, served: Emulator
) -> None:
    """A request is in the journal as it came, with the client's own headers."""
    tune(google, epoch_count=2)

    (entry,) = served.journal("POST")
    assert entry.path == JOBS
    assert entry.headers["authorization"] == "Bearer any"
    assert entry.headers["user-agent"].startswith("google-genai-sdk/")
    assert entry.body["supervisedTuningSpec"]["hyperParameters"] == {"epochCount": 2}
    assert entry.status == 200
    assert PARENT not in served.jobs()[0]["name"]
