"""What a program may write, as type checkers see it; never run."""

from typing import Any, assert_type

import pulumi

import pulumi_tuning as tuning


def declare(bucket: pulumi.Output[str], epochs: pulumi.Output[int]) -> None:
    """Every input takes a value or an output of another resource."""
    spec: tuning.SupervisedTuningSpecArgs = {
        "training_dataset_uri": bucket,
        "validation_dataset_uri": "gs://acme/validation.jsonl",
        "export_last_checkpoint_only": True,
        "hyper_parameters": {
            "epoch_count": epochs,
            "adapter_size": 4,
            "learning_rate_multiplier": 1.0,
        },
        "evaluation_config": {"metrics": [{"exact_match_spec": {}}]},
    }
    tuning.TuningJob(
        "everything",
        base_model=bucket,
        supervised_tuning_spec=spec,
        tuned_model_display_name="name",
        description=bucket,
        labels={"team": "nlp", "bucket": bucket},
        encryption_spec={"kms_key_name": bucket},
        service_account=bucket,
        project="acme",
        location="us-central1",
        triggers=[1, "two", bucket],
        adopt=bucket,
        on_failure="keep",
        on_dataset_change="replace",
        preflight="full",
        delete_tuned_model=True,
        max_estimated_cost_usd=5,
        opts=pulumi.ResourceOptions(protect=True),
    )
    tuning.TuningJob(
        "further",
        pre_tuned_model={"tuned_model_name": bucket, "checkpoint_id": "2"},
        preference_optimization_spec={
            "training_dataset_uri": "gs://acme/train.jsonl",
            "hyper_parameters": {"beta": 0.1, "adapter_size": "ADAPTER_SIZE_ONE"},
        },
    )


def refuse() -> None:
    """What no tuning job can be, a type checker refuses."""
    tuning.TuningJob("job", "gemini-2.5-flash")  # type: ignore[call-arg]
    tuning.TuningJob("job", base_models="m")  # type: ignore[call-arg]
    tuning.TuningJob("job", on_failure="retry")  # type: ignore[arg-type]
    size: tuning.SupervisedHyperParametersArgs = {"adapter_size": 3}  # type: ignore[typeddict-item]
    spec: tuning.SupervisedTuningSpecArgs = {"training_uri": "x"}  # type: ignore[typeddict-unknown-key]
    tuning.TuningJob("job", supervised_tuning_spec=spec)
    del size


def outputs(job: tuning.TuningJob) -> None:
    """Every input and output is an attribute with the type of its value."""
    assert_type(job.name, pulumi.Output[str])
    assert_type(job.state, pulumi.Output[str])
    assert_type(job.error, pulumi.Output[dict[str, Any] | None])
    assert_type(job.base_model, pulumi.Output[str | None])
    assert_type(job.labels, pulumi.Output[dict[str, str] | None])
    assert_type(job.id, pulumi.Output[str])
    tuned = job.wait_for_completion(timeout="6h")
    assert_type(tuned, pulumi.Output[tuning.TunedModel])
    assert_type(tuned.apply(endpoint_of), pulumi.Output[str | None])


def refuse_output(job: tuning.TuningJob) -> None:
    """A name that is no output, a type checker refuses."""
    pulumi.export("model", job.tuned_modell)  # type: ignore[attr-defined]


def endpoint_of(tuned: tuning.TunedModel) -> str | None:
    """Return the endpoint of a tuned model's last checkpoint."""
    assert_type(tuned.model, str | None)
    assert_type(tuned.checkpoints, list[tuning.Checkpoint])
    last = tuned.checkpoints[-1]
    assert_type(last.epoch, int | None)
    return last.endpoint


def look_up(name: pulumi.Output[str]) -> None:
    """Look-ups return values, or outputs of values."""
    read = tuning.TuningJob.get("read", "projects/p/locations/l/tuningJobs/1")
    assert_type(read, tuning.TuningJob)
    job = tuning.get_tuning_job("projects/p/locations/l/tuningJobs/1")
    assert_type(job, tuning.TuningJobResult)
    assert_type(job.state, str)
    assert_type(job.tuned_model, tuning.TunedModel)
    assert_type(tuning.list_tuning_jobs(), list[tuning.TuningJobResult])
    assert_type(
        tuning.get_tuning_job_output(name), pulumi.Output[tuning.TuningJobResult]
    )
    assert_type(
        tuning.list_tuning_jobs_output(filter=name, location="us-central1"),
        pulumi.Output[list[tuning.TuningJobResult]],
    )
    succeeded: str = tuning.JobState.SUCCEEDED
    job_succeeded = job.state == succeeded
    assert_type(job_succeeded, bool)
