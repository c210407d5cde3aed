"""What starts a job, what replaces it, and what cancels it."""

import re
from typing import Any, Final

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import ENDLESS, KEYS, program
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]

OWN_LABELS: Final = {"pulumi-tuning-stack", "pulumi-tuning-fingerprint"}


@pytest.fixture
def pacing() -> Pacing:
    """Give jobs that do not end by themselves."""
    return ENDLESS


ADVANCED: Final = """
tuning.TuningJob(
    "advanced",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={
        "training_dataset_uri": "gs://acme/train.jsonl",
        "validation_dataset_uri": "gs://acme/validation.jsonl",
        "export_last_checkpoint_only": True,
        "hyper_parameters": {
            "epoch_count": 4,
            "adapter_size": 4,
            "learning_rate_multiplier": 1.5,
        },
        "evaluation_config": {
            "metrics": [
                {"aggregation_metrics": ["AVERAGE"], "bleu_spec": {}},
                {"predefined_metric_spec": {"metric_spec_name": "general_quality_v1"}},
            ],
            "output_config": {
                "gcs_destination": {"output_uri_prefix": "gs://acme/evaluation/"}
            },
            "autorater_config": {"sampling_count": 8, "flip_enabled": True},
        },
    },
    tuned_model_display_name="Kundendienst · Support",
    description="answers as we do",
    labels={"team": "nlp", "base_model": "is-a-label"},
    encryption_spec={
        "kms_key_name": "projects/acme/locations/us-central1"
        "/keyRings/tuning/cryptoKeys/jobs"
    },
    service_account="tuner@acme.iam.gserviceaccount.com",
)
"""

ADVANCED_BODY: Final[dict[str, Any]] = {
    "baseModel": "gemini-2.5-flash",
    "supervisedTuningSpec": {
        "trainingDatasetUri": "gs://acme/train.jsonl",
        "validationDatasetUri": "gs://acme/validation.jsonl",
        "exportLastCheckpointOnly": True,
        "hyperParameters": {
            "epochCount": "4",
            "adapterSize": "ADAPTER_SIZE_FOUR",
            "learningRateMultiplier": 1.5,
        },
        "evaluationConfig": {
            "metrics": [
                {"aggregationMetrics": ["AVERAGE"], "bleuSpec": {}},
                {"predefinedMetricSpec": {"metricSpecName": "general_quality_v1"}},
            ],
            "outputConfig": {
                "gcsDestination": {"outputUriPrefix": "gs://acme/evaluation/"}
            },
            "autoraterConfig": {"samplingCount": 8, "flipEnabled": True},
        },
    },
    "tunedModelDisplayName": "Kundendienst · Support",
    "description": "answers as we do",
    "labels": {"team": "nlp", "base_model": "is-a-label"},
    "encryptionSpec": {"kmsKeyName": f"{KEYS}/jobs"},
    "serviceAccount": "tuner@acme.iam.gserviceaccount.com",
}


def test_second_up_starts_nothing(stack: Stack, emulator: Emulator) -> None:
    """Two runs send one request, with the user's fields and two labels in it."""
    stack.write(program(ADVANCED))

    stack.up()
    again = stack.up("--expect-no-changes")

    (request,) = emulator.journal("POST", "/tuningJobs$")
    body = request.body
    labels = body.pop("labels")
    own = {name: labels.pop(name) for name in OWN_LABELS}
    assert {**body, "labels": labels} == ADVANCED_BODY
    assert all(re.fullmatch("[0-9a-f]{32}", value) for value in own.values())
    assert again.operations["advanced"] == "same"
    assert again.messages("advanced") == []


BEFORE: Final = {
    "epochs": "epoch_count=4",
    "adapter": "adapter_size=4",
    "multiplier": "learning_rate_multiplier=1.0",
    "model": "base_model='gemini-2.5-flash'",
    "training": "train='gs://acme/train.jsonl'",
    "validation": "validation='gs://acme/validation.jsonl'",
    "key": f"encryption_spec={{'kms_key_name': '{KEYS}/old'}}",
    "account": "service_account='old@acme.iam.gserviceaccount.com'",
    "display": "tuned_model_display_name='Old'",
    "label": "labels={'team': 'old'}",
    "removed": "labels={'team': 'old', 'stage': 'test'}",
    "untouched": "labels={'team': 'old'}, epoch_count=3",
    "defaults": "",
}
AFTER: Final = BEFORE | {
    "epochs": "epoch_count=5",
    "adapter": "adapter_size=8",
    "multiplier": "learning_rate_multiplier=0.5",
    "model": "base_model='gemini-2.5-flash-lite'",
    "training": "train='gs://acme/other.jsonl'",
    "validation": "validation='gs://acme/other.jsonl'",
    "key": f"encryption_spec={{'kms_key_name': '{KEYS}/new'}}",
    "account": "service_account='new@acme.iam.gserviceaccount.com'",
    "display": "tuned_model_display_name='New'",
    "label": "labels={'team': 'new'}",
    "removed": "labels={'team': 'old'}",
}
SHOWN: Final = {
    "epochs": "~ epochCount: 4 => 5",
    "adapter": '~ adapterSize: "ADAPTER_SIZE_FOUR" => "ADAPTER_SIZE_EIGHT"',
    "multiplier": "~ learningRateMultiplier: 1 => 0.5",
    "model": '~ baseModel : "gemini-2.5-flash" => "gemini-2.5-flash-lite"',
    "training": '~ trainingDatasetUri: "gs://acme/train.jsonl"',
    "validation": '~ validationDatasetUri: "gs://acme/validation.jsonl"',
    "key": f'~ kmsKeyName: "{KEYS}/old" => "{KEYS}/new"',
    "account": '~ serviceAccount : "old@acme.iam.gserviceaccount.com"',
    "display": '~ tunedModelDisplayName: "Old" => "New"',
    "label": '~ team: "old" => "new"',
    "removed": '- stage: "test"',
}
SPEC: Final = "supervisedTuningSpec"
REPLACED: Final = {
    **dict.fromkeys(("epochs", "adapter", "multiplier"), SPEC),
    **dict.fromkeys(("training", "validation"), SPEC),
    **dict.fromkeys(("label", "removed"), "labels"),
    "model": "baseModel",
    "key": "encryptionSpec",
    "account": "serviceAccount",
    "display": "tunedModelDisplayName",
}


def jobs_program(jobs: dict[str, str]) -> str:
    """Return a program with these jobs."""
    calls = (f"job({name!r}, {inputs})" for name, inputs in jobs.items())
    return program("\n".join(calls))


def shown_for(text: str, name: str) -> str:
    """Return what `--diff` shows of one job, with single spaces."""
    blocks = re.split(r"\n(?= {4}\S+ ?pulumi-python:)", text)
    block = next(block for block in blocks if f"TuningJob::{name}]" in block)
    return re.sub(" +", " ", block)


def test_changed_inputs_replace(stack: Stack, emulator: Emulator) -> None:
    """Each changed input is shown with its values, and replaces its own job only.

    What nobody changed, and what the service filled in, is no difference. An old job is
    cancelled when the new one is there.
    """
    stack.write(jobs_program(BEFORE))
    stack.up()
    old = {job["name"] for job in emulator.jobs()}
    stack.write(jobs_program(AFTER))

    previewed = stack.preview("--diff")
    emulator.clear_journal()
    stack.up()

    operations = {name: previewed.operations[name] for name in BEFORE}
    unchanged = {"untouched": "same", "defaults": "same"}
    assert operations == dict.fromkeys(REPLACED, "replace") | unchanged
    replaced = {name: previewed.replaced_properties(name) for name in REPLACED}
    assert replaced == {name: {key} for name, key in REPLACED.items()}
    missing = {
        name: text
        for name, text in SHOWN.items()
        if text not in shown_for(previewed.stdout, name)
    }
    assert missing == {}
    created = [e.time for e in emulator.journal("POST", "/tuningJobs$")]
    cancels = emulator.journal("POST", ":cancel$")
    cancelled = {e.path.removeprefix("/v1/").removesuffix(":cancel") for e in cancels}
    assert len(created) == len(cancels) == len(REPLACED)
    assert cancelled < old
    assert max(created) < min(e.time for e in cancels)


def test_destroy_cancels_what_still_runs(stack: Stack, emulator: Emulator) -> None:
    """A job that runs gets one cancel and ends cancelled; a finished one gets none."""
    stack.write(program("job('running'); job('finished')"))
    stack.up()
    finished = stack.resource("finished")["id"]
    emulator.preset(finished, state="JOB_STATE_SUCCEEDED")

    stack.destroy()

    running = next(j["name"] for j in emulator.jobs() if j["name"] != finished)
    assert [e.path for e in emulator.journal("POST", ":cancel$")] == [
        f"/v1/{running}:cancel"
    ]
    assert emulator.job(running)["state"] == "JOB_STATE_CANCELLED"
    assert stack.resources() == []


def test_end_is_recorded_by_refresh(stack: Stack, emulator: Emulator) -> None:
    """That a job finished is told and no change; a refresh records what it left."""
    stack.write(program("job('bot', epoch_count=2)\npulumi.export('x', 1)"))
    stack.up()
    name = stack.resource("bot")["id"]
    emulator.preset(name, state="JOB_STATE_SUCCEEDED")

    told = stack.preview("--expect-no-changes")
    refreshed = stack.up("--refresh")
    after = stack.preview("--expect-no-changes")

    note = "finished: JOB_STATE_SUCCEEDED; `pulumi refresh` records it"
    assert told.messages("bot") == [note]
    assert after.messages("bot") == refreshed.messages("bot") == []
    live = emulator.job(name)
    outputs = stack.resource("bot")["outputs"]
    recorded = {key: outputs[key] for key in ("state", "endTime", "tunedModel")}
    assert recorded == {key: live[key] for key in recorded}
    statistics = outputs["tuningDataStats"]["supervisedTuningDataStats"]
    assert statistics["tuningDatasetExampleCount"] == "120"
    assert "userDatasetExamples" not in statistics
