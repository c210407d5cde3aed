"""Declares a tuning job with only the required fields."""

import pulumi

import pulumi_tuning as tuning

config = pulumi.Config()
dataset = config.get("dataset") or "gs://pulumi-tuning-examples/docstrings"

job = tuning.TuningJob(
    "summaries",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={"training_dataset_uri": f"{dataset}/train.jsonl"},
)

pulumi.export("job", job.name)
pulumi.export("console", job.console_url)
