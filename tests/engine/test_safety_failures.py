"""What becomes of a job that failed, expired or vanished."""

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.safety import (
    ENDLESS,
    a_job,
    a_program,
    cancelled,
    live,
    name_of,
    posts,
    put_dataset,
)
from tests.support.commands import Result
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

MODEL = "projects/1/locations/us-central1/models/1402067540926005248@1"


@pytest.fixture
def pacing() -> Pacing:
    """Give a pace at which no job ends by itself."""
    return ENDLESS


def test_failed_jobs(stack: Stack, emulator: Emulator) -> None:
    """A failed job is kept with a warning, or replaced once by an `up`.

    No preview starts anything, and the model that a failed job left is named.
    """
    put_dataset(emulator)
    jobs = {policy: a_job(on_failure=policy) for policy in ("keep", "replace")}
    stack.write(a_program(jobs))
    stack.up()
    failed = {policy: name_of(stack, policy) for policy in jobs}
    for name in failed.values():
        emulator.preset(
            name,
            state="JOB_STATE_FAILED",
            error={"code": 13, "message": "Failed to create endpoint."},
            tunedModel={"model": MODEL},
        )

    previews = [stack.preview() for _ in range(2)]
    started_by_previews = posts(emulator) - 2
    up = stack.up()
    after = stack.preview("--expect-no-changes")

    assert started_by_previews == 0
    for preview in previews:
        assert operations(preview) == ["same", "replace"]
        for policy in failed:
            told = preview.messages(policy)[-1]
            assert "JOB_STATE_FAILED: Failed to create endpoint." in told
            assert f"it left {MODEL} behind" in told
    assert operations(up) == ["same", "replace"]
    assert posts(emulator) == 3
    assert cancelled(emulator) == set()
    assert name_of(stack, "keep") == failed["keep"]
    assert any('on_failure="replace"' in m for m in after.messages("keep"))


def test_jobs_that_are_not_found(stack: Stack, emulator: Emulator) -> None:
    """A preview warns, an `up` starts nothing, and only a refresh forgets a job.

    A job that succeeded is kept: its record has expired, its model has not.
    """
    put_dataset(emulator)
    stack.write(a_program({"vanished": a_job(), "expired": a_job(epochs=2)}))
    stack.up()
    vanished, expired = name_of(stack, "vanished"), name_of(stack, "expired")
    emulator.preset(expired, state="JOB_STATE_SUCCEEDED")
    stack.refresh()
    for name in (vanished, expired):
        emulator.preset(name, expired=True)

    preview = stack.preview("--expect-no-changes")
    stack.up()
    before = posts(emulator)
    stack.refresh()
    kept = {r["id"] for r in stack.resources() if r["type"].endswith("TuningJob")}
    stack.up()

    assert "`pulumi refresh` forgets it" in preview.messages("vanished")[-1]
    assert "its tuned model outlives" in preview.messages("expired")[-1]
    assert before == 2
    assert kept == {expired}
    assert posts(emulator) == 3
    assert live(emulator) >= {name_of(stack, "vanished")}
    assert name_of(stack, "vanished") != vanished


def operations(result: Result) -> list[str]:
    """Return what happens to the jobs of both policies."""
    return [result.operations[policy] for policy in ("keep", "replace")]
