"""The emulator judged by the client of google-cloud-aiplatform, unmodified."""

from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.cloud.aiplatform_v1 import types
from google.cloud.aiplatform_v1.services.endpoint_service import EndpointServiceClient
from google.cloud.aiplatform_v1.services.gen_ai_tuning_service import (
    GenAiTuningServiceClient,
)
from google.cloud.aiplatform_v1.services.model_service import ModelServiceClient

from pulumi_tuning.emulator import Emulator
from tests.emulator.bodies import PARENT, TRAIN
from tests.emulator.google_access import anonymous, wait_for


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
