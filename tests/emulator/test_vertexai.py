"""The emulator judged by the client of google-cloud-aiplatform, unmodified."""

from collections.abc import Iterator

import pytest
import vertexai
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import types
from google.cloud.aiplatform_v1.services.endpoint_service import EndpointServiceClient
from google.cloud.aiplatform_v1.services.gen_ai_tuning_service import (
    GenAiTuningServiceClient,
)
from google.cloud.aiplatform_v1.services.model_service import ModelServiceClient
from googleapiclient.discovery import build  # type: ignore[import-untyped]
from vertexai.tuning import sft

from pulumi_tuning.emulator import Emulator
from tests.emulator.bodies import PARENT, TRAIN
from tests.emulator.google_access import anonymous, any_token, wait_for

# The clients of vertexai are never closed.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.usefixtures("collected_sockets"),
]


@pytest.fixture
def google(served: Emulator) -> Iterator[GenAiTuningServiceClient]:
    """Give Google's generated client, over REST."""
    with GenAiTuningServiceClient(
        credentials=anonymous(),
        transport="rest",
        client_options={"api_endpoint": served.url},
    ) as client:
        yield client


def create(google: GenAiTuningServiceClient) -> types.TuningJob:
    """Start a job as vertexai's `sft.train` does."""
    return google.create_tuning_job(
        parent=PARENT,
        tuning_job=types.TuningJob(
            base_model="gemini-2.5-flash",
            tuned_model_display_name="bot",
            supervised_tuning_spec=types.SupervisedTuningSpec(
                training_dataset_uri=TRAIN,
                hyper_parameters=types.SupervisedHyperParameters(
                    epoch_count=2,
                    learning_rate_multiplier=1.0,
                    adapter_size=types.SupervisedHyperParameters.AdapterSize(2),
                ),
            ),
        ),
    )


def test_creates_with_enum_numbers(
    google: GenAiTuningServiceClient, served: Emulator
) -> None:
    """Enum numbers are sent, understood, and answered where they are asked for."""
    job = create(google)

    sent = served.journal("POST")[0].body["supervisedTuningSpec"]["hyperParameters"]
    assert sent == {"epochCount": "2", "learningRateMultiplier": 1.0, "adapterSize": 2}
    assert job.state == types.JobState.JOB_STATE_PENDING
    assert job.supervised_tuning_spec.hyper_parameters.adapter_size == (
        types.SupervisedHyperParameters.AdapterSize.ADAPTER_SIZE_FOUR
    )
    stored = served.job(job.name)["supervisedTuningSpec"]["hyperParameters"]
    assert stored["adapterSize"] == "ADAPTER_SIZE_FOUR"


def test_reads_a_finished_job(
    google: GenAiTuningServiceClient, served: Emulator
) -> None:
    """The generated types take every field that a finished job is answered with."""
    name = create(google).name
    served.advance(700)

    job = google.get_tuning_job(name=name)

    assert job.state == types.JobState.JOB_STATE_SUCCEEDED
    assert [checkpoint.step for checkpoint in job.tuned_model.checkpoints] == [2, 4]
    stats = job.tuning_data_stats.supervised_tuning_data_stats
    assert stats.user_input_token_distribution.sum == 20 * 4
    assert stats.total_billable_token_count == 20 * 9


def test_lists_and_cancels(google: GenAiTuningServiceClient, served: Emulator) -> None:
    """The generated client lists a filtered page and cancels what it finds."""
    create(google)
    (job,) = google.list_tuning_jobs(
        request={"parent": PARENT, "filter": 'state="JOB_STATE_PENDING"'}
    )

    google.cancel_tuning_job(name=job.name)
    served.advance(11)

    cancelled = google.get_tuning_job(name=job.name)
    assert cancelled.state == types.JobState.JOB_STATE_CANCELLED
    assert cancelled.error.message == "CANCELED"
    with pytest.raises(exceptions.BadRequest, match="cannot be cancelled"):
        google.cancel_tuning_job(name=job.name)


def test_cleans_up_model_and_endpoints(
    google: GenAiTuningServiceClient, served: Emulator
) -> None:
    """Endpoints are undeployed and deleted, then the model, waiting on operations."""
    name = create(google).name
    served.advance(700)
    tuned = google.get_tuning_job(name=name).tuned_model
    options = {"api_endpoint": served.url}
    credentials = anonymous()

    with EndpointServiceClient(
        credentials=credentials, transport="rest", client_options=options
    ) as endpoints:
        for checkpoint in tuned.checkpoints:
            endpoint = endpoints.get_endpoint(name=checkpoint.endpoint)
            deployed = endpoint.deployed_models[0].id
            wait_for(
                endpoints.undeploy_model(
                    endpoint=endpoint.name, deployed_model_id=deployed
                )
            )
            wait_for(endpoints.delete_endpoint(name=endpoint.name))
    with ModelServiceClient(
        credentials=credentials, transport="rest", client_options=options
    ) as models:
        wait_for(models.delete_model(name=tuned.model.split("@")[0]))

    assert served.models() == []
    assert served.endpoints() == []


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::DeprecationWarning")
def test_follows_a_job_as_vertexai_does(served: Emulator) -> None:
    """`sft.train` and its refreshes see the job through, its experiment included."""
    vertexai.init(
        project="acme",
        location="us-central1",
        credentials=any_token(),
        api_endpoint=served.url,
        api_transport="rest",
    )
    job = sft.train(source_model="gemini-2.5-flash", train_dataset=TRAIN, epochs=2)
    served.add_job({"name": f"{PARENT}/tuningJobs/5", "state": "JOB_STATE_FAILED"})

    served.advance(700)
    job.refresh()
    experiment = job.experiment

    assert job.has_succeeded
    assert experiment is not None
    assert experiment.resource_name == served.jobs()[0]["experiment"]
    with pytest.raises(exceptions.NotFound):
        sft.SupervisedTuningJob(f"{PARENT}/tuningJobs/1")


def test_a_long_query_comes_as_a_form(served: Emulator) -> None:
    """The discovery client's POST that stands for a GET lists, and creates nothing."""
    wanted = " OR ".join(f"labels.team=t{number}" for number in range(300))
    served.add_job({"labels": {"team": "t299"}, "name": f"{PARENT}/tuningJobs/5"})
    options = {"api_endpoint": served.url}

    with build(
        "aiplatform", "v1", credentials=any_token(), client_options=options
    ) as service:
        jobs = service.projects().locations().tuningJobs()
        answer = jobs.list(parent=PARENT, filter=wanted).execute()

    assert [job["labels"] for job in answer["tuningJobs"]] == [{"team": "t299"}]
    assert served.journal()[0].query["filter"] == wanted
    assert len(served.jobs()) == 1
