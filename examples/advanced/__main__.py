"""Declares a tuning job with every field that supervised tuning has."""

import pulumi

import pulumi_tuning as tuning

config = pulumi.Config()
dataset = config.get("dataset") or "gs://pulumi-tuning-examples/docstrings"
location = pulumi.Config("gcp").get("region") or "us-central1"
kms_key_name = config.get("kmsKeyName") or (
    f"projects/acme-tuning/locations/{location}/keyRings/tuning/cryptoKeys/jobs"
)
service_account = (
    config.get("serviceAccount") or "tuner@acme-tuning.iam.gserviceaccount.com"
)

job = tuning.TuningJob(
    "summaries",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": f"{dataset}/train.jsonl",
        "validation_dataset_uri": f"{dataset}/validation.jsonl",
        "hyper_parameters": {
            "epoch_count": 4,
            "adapter_size": 4,
            "learning_rate_multiplier": 0.5,
        },
        "export_last_checkpoint_only": False,
        "evaluation_config": {
            "metrics": [
                {"aggregation_metrics": ["AVERAGE"], "bleu_spec": {}},
                {
                    "aggregation_metrics": ["AVERAGE", "MINIMUM"],
                    "rouge_spec": {"rouge_type": "rougeL"},
                },
            ],
            "output_config": {
                "gcs_destination": {"output_uri_prefix": f"{dataset}/evaluation/"}
            },
        },
    },
    tuned_model_display_name="Summaries of Python documentation",
    description="Learns to summarise a docstring in one sentence.",
    labels={"team": "documentation", "stage": pulumi.get_stack()},
    encryption_spec={"kms_key_name": kms_key_name},
    service_account=service_account,
    location=location,
    max_estimated_cost_usd=25.0,
    opts=pulumi.ResourceOptions(
        custom_timeouts=pulumi.CustomTimeouts(delete="5m"),
    ),
)

pulumi.export("job", job.name)
pulumi.export("state", job.state)
pulumi.export("console", job.console_url)
