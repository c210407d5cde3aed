"""Taking over a job that somebody else has started."""

from typing import Any

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.safety import (
    DATASET,
    ENDLESS,
    a_job,
    a_program,
    cancelled,
    live,
    name_of,
    posts,
    put_dataset,
    recorded,
)
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def started_by_hand(emulator: Emulator, **wire: Any) -> str:  # noqa: ANN401 - JSON
    """Add a job that no stack has started, and return its name."""
    job = emulator.add_job(
        {
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {
                "trainingDatasetUri": DATASET,
                "hyperParameters": {"epochCount": "4"},
            },
        }
        | wire
    )
    name: str = job["name"]
    return name


def test_other_definition(stack: Stack, emulator: Emulator) -> None:
    """Every difference is named, and nothing is started, adopted or cancelled."""
    put_dataset(emulator)
    name = started_by_hand(
        emulator, serviceAccount="tuner@acme.iam.gserviceaccount.com"
    )
    asked = a_job(epochs=5, base_model="gemini-2.5-pro", adopt=name)
    stack.write(a_program({"a": asked}))

    refused = stack.up(exit_code=1)

    for difference in (
        'baseModel "gemini-2.5-flash" → "gemini-2.5-pro"',
        'supervisedTuningSpec.hyperParameters.epochCount "4" → 5',
        'serviceAccount "tuner@acme.iam.gserviceaccount.com" → (unset)',
    ):
        assert difference in refused.text
    assert posts(emulator) == 0
    assert recorded(stack) == set()
    assert live(emulator) == {name}


def test_life_of_an_adopted_job(stack: Stack, emulator: Emulator) -> None:
    """An adopted job is managed like any other, with or without `adopt` later on."""
    put_dataset(emulator)
    name = started_by_hand(emulator)
    stack.write(a_program({"a": a_job(adopt=name)}))
    adopting = stack.up()
    urn = stack.resource("a")["urn"]
    stack.up("--replace", urn)
    stack.write(a_program({"a": a_job()}))
    released = stack.up()
    adopted = (name_of(stack, "a"), posts(emulator), cancelled(emulator))
    stack.write(a_program({"a": a_job(epochs=5)}))
    changed = stack.up()

    assert any("nothing was started" in m for m in adopting.messages("a"))
    assert released.operations["a"] == "update"
    assert adopted == (name, 0, set())
    assert changed.operations["a"] == "replace"
    assert posts(emulator) == 1
    assert cancelled(emulator) == {name}
    assert recorded(stack) == live(emulator)


def test_deletion_before_the_adoption(stack: Stack, emulator: Emulator) -> None:
    """A job that its own replacement adopts is not cancelled on the way."""
    put_dataset(emulator)
    name = started_by_hand(emulator)
    deleting_first = """
import pulumi
import pulumi_tuning as tuning

opts = pulumi.ResourceOptions(delete_before_replace=True)
tuning.TuningJob("a", opts=opts, **{arguments!r})
"""
    stack.write(deleting_first.format(arguments=a_job(adopt=name)))
    stack.up()
    stack.write(deleting_first.format(arguments=a_job(adopt=name, triggers=["once"])))

    replaced = stack.up()

    assert "delete-replaced" in {step.operation for step in replaced.steps}
    assert cancelled(emulator) == set()
    assert recorded(stack) == live(emulator) == {name}


def test_finished_job(stack: Stack, emulator: Emulator) -> None:
    """A job that has ended is adopted with its model, and stays when it had failed.

    A failed job that `adopt` names cannot be replaced: it would be adopted once more.
    """
    put_dataset(emulator)
    model = "projects/1/locations/us-central1/models/7@1"
    succeeded = started_by_hand(
        emulator, state="JOB_STATE_SUCCEEDED", tunedModel={"model": model}
    )
    failed = started_by_hand(emulator, state="JOB_STATE_FAILED")
    stack.write(
        a_program(
            {
                "good": a_job(adopt=succeeded),
                "bad": a_job(adopt=failed, on_failure="replace"),
            }
        )
    )

    stack.up()
    preview = stack.preview("--expect-no-changes")

    assert recorded(stack) == {succeeded, failed}
    assert stack.resource("good")["outputs"]["tunedModel"]["model"] == model
    assert any("without adopt" in message for message in preview.messages("bad"))
    assert posts(emulator) == 0
