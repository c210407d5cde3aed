"""Declares a tuning job that learns from preferred and rejected answers."""

import pulumi

import pulumi_tuning as tuning

config = pulumi.Config()
dataset = config.get("dataset") or "gs://pulumi-tuning-examples/docstrings"

job = tuning.TuningJob(
    "preferences",
    base_model="gemini-2.5-flash",
    preference_optimization_spec={
        "training_dataset_uri": f"{dataset}/preference.jsonl",
        "hyper_parameters": {"beta": 0.1, "epoch_count": 1, "adapter_size": 4},
        "export_last_checkpoint_only": True,
    },
    tuned_model_display_name="preferred summaries",
)

pulumi.export("job", job.name)
pulumi.export("console", job.console_url)
