"""What a user sees when the program, the settings or the service says no."""

import pytest

from pulumi_tuning.emulator import Emulator, Fault
from tests.engine.programs import program
from tests.support.commands import Result
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]

TOKEN = "ya29.c.very-secret-token"

BAD_INPUTS = program(
    """
    tuning.TuningJob(
        "bad",
        supervised_tuning_spec={
            "training_dataset_uri": "acme/train.jsonl",
            "validation_dataset_uri": "gs://acme/*.jsonl",
            "hyper_parameters": {"epoch_count": 0, "adapter_size": 3, "epochs": 4},
        },
        preference_optimization_spec={"training_dataset_uri": "gs://acme/p.jsonl"},
        encryption_spec={"kms_key_name": "my-key"},
        labels={"Team": "nlp"},
        service_account="tuner",
    )
    """
)
SPEC = "supervisedTuningSpec"
PROBLEMS = {
    "baseModel": "is required",
    f"{SPEC}.trainingDatasetUri": "must be gs://bucket/object",
    f"{SPEC}.validationDatasetUri": "must name one object",
    f"{SPEC}.hyperParameters.epochCount": "must be at least 1, not 0",
    f"{SPEC}.hyperParameters.adapterSize": "must be one of 1, 2, 4, 8, 16, 32",
    f"{SPEC}.hyperParameters.epochs": "there is no such property",
    "preferenceOptimizationSpec": "excludes supervisedTuningSpec",
    "preferenceOptimizationSpec.trainingDatasetUri": "gs://acme/p.jsonl does not exist",
    "encryptionSpec.kmsKeyName": "must be projects/{project}/locations/{location}/",
    "labels.Team": "the key may have lowercase letters",
    "serviceAccount": "must be an e-mail",
}


def errors(result: Result, name: str) -> list[str]:
    """Return the errors on a resource's row."""
    return [
        d.message
        for d in result.diagnostics
        if d.name == name and d.severity == "error"
    ]


def test_bad_inputs(stack: Stack, emulator: Emulator) -> None:
    """One preview names every problem with its property, and asks no tuning service."""
    stack.write(BAD_INPUTS)

    refused = stack.preview(exit_code=1)

    found = errors(refused, "bad")
    unnamed = {
        name: reason
        for name, reason in PROBLEMS.items()
        if not any(f"property {name} " in e and reason in e for e in found)
    }
    assert unnamed == {}
    assert len(found) == len(PROBLEMS)
    assert "Traceback" not in refused.text
    assert emulator.journal(path="/tuningJobs") == []


def test_bad_settings(stack: Stack, emulator: Emulator) -> None:
    """Malformed settings are told in one line, each with where it came from."""
    stack.write(program("job('bot')"))
    stack.configure({"gcp:region": "US Central", "tuning:diff": "sometimes"})
    stack.environment["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] = "ftp://example.com"

    refused = stack.preview(exit_code=1)

    (error,) = errors(refused, "bot")
    assert "gcp:region (from stack config): 'US Central' is not a location" in error
    assert "tuning:diff (from stack config): 'sometimes' is neither" in error
    assert "GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT" in error
    assert "\n" not in error
    assert emulator.journal() == []


REFUSALS = {
    401: ("401 UNAUTHENTICATED", "gcloud auth application-default login"),
    403: ("403 PERMISSION_DENIED", "grant the caller the permission"),
    404: ("404 NOT_FOUND", "check the project's id and the location"),
    429: ("429 RESOURCE_EXHAUSTED", "wait until other jobs end"),
    500: ("500 INTERNAL", "the next `pulumi up` looks for the job again"),
}


def test_refused_create(stack: Stack, emulator: Emulator) -> None:
    """Each refusal is one line with cause and remedy; no token is shown or stored."""
    for status in REFUSALS:
        emulator.add_fault(Fault(method="POST", path="/tuningJobs$", status=status))
    del stack.environment["GOOGLE_OAUTH_ACCESS_TOKEN"]
    stack.set_secret("gcp:accessToken", TOKEN)
    stack.write(program(f"for n in range({len(REFUSALS)}): job(f'job{{n}}')"))

    failed = stack.up("--continue-on-error", exit_code=1)

    tokens = {e.headers["authorization"] for e in emulator.journal("POST")}
    assert tokens == {f"Bearer {TOKEN}"}
    found = [error for n in range(5) for error in errors(failed, f"job{n}")]
    assert len(found) == len(REFUSALS)
    assert all("\n" not in error for error in found)
    unexplained = {
        status
        for status, texts in REFUSALS.items()
        if not any(all(text in error for text in texts) for error in found)
    }
    assert unexplained == set()
    assert "Traceback" not in failed.text
    assert TOKEN not in failed.text
    assert TOKEN not in stack.run("stack", "export").text


def test_secret_inputs(stack: Stack, emulator: Emulator) -> None:
    """A secret input stays secret in the state, in reasons and in refusals."""
    declared = """
    job("bot", description=Output.secret("hush-description"),
        labels={{"team": Output.secret("hush-label")}}, epoch_count=Output.secret(2),
        service_account=Output.secret("{account}"))
    """
    stack.write(program(declared.format(account="hush@acme.iam.gserviceaccount.com")))
    stack.up()
    (job,) = emulator.jobs()
    emulator.preset(job["name"], labels={**job["labels"], "team": "other"})

    drifted = stack.preview("--diff")
    stack.refresh()
    stack.write(program(declared.format(account="hush-account")))
    refused = stack.preview(exit_code=1)

    (reason, *_) = drifted.messages("bot")
    assert 'labels.team is "other", desired "[secret]"' in reason
    assert "has a problem: serviceAccount: must be an e-mail" in refused.text
    exported = stack.run("stack", "export")
    assert all("hush" not in r.text for r in (drifted, refused, exported))
