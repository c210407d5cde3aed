"""The program whose state is kept beside it."""  # noqa: INP001 - a Pulumi program

import pulumi

import pulumi_tuning as tuning

TRAIN = "gs://acme/train.jsonl"
KEY = "projects/acme/locations/us-central1/keyRings/tuning/cryptoKeys/models"

tuning.TuningJob(
    "running",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": TRAIN,
        "validation_dataset_uri": "gs://acme/validation.jsonl",
        "export_last_checkpoint_only": True,
        "hyper_parameters": {
            "epoch_count": 4,
            "adapter_size": 4,
            "learning_rate_multiplier": 1.5,
        },
    },
    tuned_model_display_name="support-bot",
    description="answers of the support team",
    labels={"team": "nlp"},
    encryption_spec={"kms_key_name": KEY},
    service_account="tuner@acme.iam.gserviceaccount.com",
    triggers=["2026-11", 3],
    on_failure="replace",
    on_dataset_change="replace",
    delete_tuned_model=True,
    opts=pulumi.ResourceOptions(
        custom_timeouts=pulumi.CustomTimeouts(delete="5m"),
        ignore_changes=["description"],
    ),
)
tuning.TuningJob(
    "succeeded",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": TRAIN,
        "hyper_parameters": {"epoch_count": 2},
    },
)
tuning.TuningJob(
    "preference",
    base_model="gemini-2.5-flash",
    preference_optimization_spec={
        "training_dataset_uri": "gs://acme/preferences.jsonl",
        "hyper_parameters": {"beta": 0.1},
    },
    preflight="off",
)
tuning.TuningJob(
    "adopted",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={"training_dataset_uri": TRAIN},
    adopt="projects/896976011491/locations/us-central1/tuningJobs/4242",
)
