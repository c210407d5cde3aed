"""Outputs as inputs of others: unknown in a preview where they may change."""

from typing import Any

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import ENDLESS, KEYS, program
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]


@pytest.fixture
def pacing() -> Pacing:
    """Give jobs that do not end by themselves."""
    return ENDLESS


INPUTS = """
train = Box("train", "gs://acme/{train}.jsonl").value
key = Box("key", "projects/acme/locations/us-central1/keyRings/tuning/cryptoKeys/{key}")
account = Box("account", "{account}@acme.iam.gserviceaccount.com").value
first = job("leaves", train=train, epoch_count=2,
    encryption_spec={{"kms_key_name": key.value}}, service_account=account,
    labels={{"account": account.apply(lambda email: email.partition("@")[0])}},
    triggers=[1, key.value])
tuning.TuningJob("whole", base_model="gemini-2.5-flash",
    supervised_tuning_spec=train.apply(lambda uri: {{
        "training_dataset_uri": uri, "hyper_parameters": {{"adapter_size": 4}}}}))
job("chained", description=first.name)
pulumi.export("account", first.service_account)
"""


def sent(emulator: Emulator) -> list[dict[str, Any]]:
    """Return the bodies of the create calls."""
    return [e.body for e in emulator.journal("POST", "/tuningJobs$")]


def test_outputs_as_inputs(stack: Stack, emulator: Emulator) -> None:
    """Values that a preview does not know are right in the update, also later on."""
    stack.write(program(INPUTS.format(train="train", key="k1", account="one")))
    first = stack.preview("--diff")
    stack.up()
    stack.preview("--expect-no-changes")
    emulator.clear_journal()
    stack.write(program(INPUTS.format(train="other", key="k2", account="two")))

    changed = stack.preview("--diff")
    stack.up()

    names = ("leaves", "whole", "chained")
    leaves = next(body for body in sent(emulator) if "encryptionSpec" in body)
    chained = next(body for body in sent(emulator) if "description" in body)
    whole = next(b for b in sent(emulator) if b not in (leaves, chained))
    assert "trainingDatasetUri: [unknown]" in first.stdout
    assert "supervisedTuningSpec: [unknown]" in first.stdout
    assert {changed.operations[name] for name in names} == {"replace"}
    assert f'~ kmsKeyName: "{KEYS}/k1" => [unknown]' in changed.stdout
    assert "triggers[1]" in changed.messages("leaves")[0]
    assert stack.outputs() == {"account": "two@acme.iam.gserviceaccount.com"}
    assert leaves["supervisedTuningSpec"] == {
        "trainingDatasetUri": "gs://acme/other.jsonl",
        "hyperParameters": {"epochCount": "2"},
    }
    assert leaves["encryptionSpec"] == {"kmsKeyName": f"{KEYS}/k2"}
    assert leaves["serviceAccount"] == "two@acme.iam.gserviceaccount.com"
    assert leaves["labels"]["account"] == "two"
    assert whole["supervisedTuningSpec"] == {
        "trainingDatasetUri": "gs://acme/other.jsonl",
        "hyperParameters": {"adapterSize": "ADAPTER_SIZE_FOUR"},
    }
    assert chained["description"] == stack.resource("leaves")["id"]


WITHOUT_VALUE = """
made = job("bot", max_estimated_cost_usd={limit})
read = tuning.TuningJob.get("read", NAME)
for name, value in {{
    "error": made.error, "model": made.tuned_model, "team": read.labels,
}}.items():
    Box(name, value.apply(lambda v: [v]))
pulumi.export("none", [made.error, made.tuned_model, made.billed_tokens])
pulumi.export("all", made)
"""


def test_outputs_without_value(stack: Stack, emulator: Emulator) -> None:
    """An output that is None is known in a preview, unless the job is to change."""
    spec = {"trainingDatasetUri": "gs://acme/train.jsonl"}
    body = {"baseModel": "gemini-2.5-flash", "supervisedTuningSpec": spec}
    lines = f"NAME = {emulator.add_job(body)['name']!r}\n{WITHOUT_VALUE}"
    stack.write(program(lines.format(limit=1)))
    stack.up()

    stack.preview("--expect-no-changes")
    emulator.preset(stack.resource("bot")["id"], state="JOB_STATE_SUCCEEDED")
    ended = stack.preview("--expect-no-changes")
    stack.write(program(lines.format(limit=2)))
    changed = stack.preview()

    exported = stack.outputs()["all"]
    assert exported["state"] == stack.resource("bot")["outputs"]["state"]
    assert "[unknown]" not in ended.stdout
    boxes = {name: changed.operations[name] for name in ("error", "model", "team")}
    assert boxes == {"error": "update", "model": "update", "team": "same"}
