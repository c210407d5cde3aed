"""Waits for a tuning job and hands the endpoint of its model to another resource."""

import pulumi

import pulumi_tuning as tuning

config = pulumi.Config()
dataset = config.get("dataset") or "gs://pulumi-tuning-examples/docstrings"

job = tuning.TuningJob(
    "summaries",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{dataset}/train.jsonl",
        "validation_dataset_uri": f"{dataset}/validation.jsonl",
        "hyper_parameters": {"epoch_count": config.get_int("epochs") or 2},
    },
    tuned_model_display_name="summaries",
)
tuned = job.wait_for_completion(timeout="6h")

# Anything that takes an endpoint can stand here: it is made when the model is ready. A
# stash keeps the first value that it is given, so another one replaces it.
serving = pulumi.Stash(
    "serving",
    input=tuned.endpoint,
    opts=pulumi.ResourceOptions(replace_on_changes=["input"]),
)

pulumi.export("model", tuned.model)
pulumi.export("endpoint", serving.output)
