"""Tunes a model, and tunes it further from its first checkpoint on more data."""

import pulumi

import pulumi_tuning as tuning

config = pulumi.Config()
dataset = config.get("dataset") or "gs://pulumi-tuning-examples/docstrings"

first = tuning.TuningJob(
    "first",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{dataset}/train.jsonl",
        "hyper_parameters": {"epoch_count": 2},
    },
    tuned_model_display_name="summaries",
)
tuned = first.wait_for_completion(timeout="6h")

second = tuning.TuningJob(
    "second",
    pre_tuned_model={
        "tuned_model_name": tuned.model,
        "checkpoint_id": tuned.checkpoints[0].checkpoint_id,
    },
    supervised_tuning_spec={
        "training_dataset_uri": f"{dataset}/more.jsonl",
        "hyper_parameters": {"epoch_count": 1},
    },
)

pulumi.export("first", first.name)
pulumi.export("second", second.name)
