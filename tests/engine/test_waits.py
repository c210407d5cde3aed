"""Programs that wait for their jobs."""

from datetime import datetime

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.programs import ENDLESS, program
from tests.support.commands import wait_until
from tests.support.stacks import Stack

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("datasets")]

SLOW = Pacing(pending_seconds=0.5, running_seconds=5)
JOBS = 6

SIX_JOBS = f"""
for n in range({JOBS}):
    tuned = job(f"bot{{n}}", description=str(n)).wait_for_completion(timeout="2m")
    Box(f"box{{n}}", tuned.endpoint)
    pulumi.export(f"endpoint{{n}}", tuned.endpoint)
    pulumi.export(f"steps{{n}}", tuned.checkpoints.apply(lambda c: c[-1].epoch))
"""


@pytest.mark.parametrize("pacing", [SLOW], ids=["jobs of five seconds"])
def test_six_jobs(stack: Stack, emulator: Emulator) -> None:
    """Six jobs are waited for at the same time, with few calls.

    What depends on a tuned model is made when it is there; a later preview knows it.
    """
    stack.write(program(SIX_JOBS))

    previewed = stack.preview()
    stack.up()
    polls = emulator.journal("GET", "/tuningJobs")
    again = stack.preview("--expect-no-changes")

    jobs = {job["description"]: job for job in emulator.jobs()}
    created = [datetime.fromisoformat(j["createTime"]) for j in jobs.values()]
    ended = [datetime.fromisoformat(j["endTime"]) for j in jobs.values()]
    endpoints = {n: jobs[str(n)]["tunedModel"]["endpoint"] for n in range(JOBS)}
    outputs = stack.outputs()
    assert previewed.stdout.count("[unknown]") == 2 * JOBS
    assert max(created) < min(ended)
    assert {n: outputs[f"endpoint{n}"] for n in endpoints} == endpoints
    boxes = {n: stack.resource(f"box{n}")["outputs"]["value"] for n in endpoints}
    assert boxes == endpoints
    assert len([e for e in polls if e.path.endswith("/tuningJobs")]) < 3 * JOBS
    assert len([e for e in polls if not e.path.endswith("/tuningJobs")]) <= 2 * JOBS
    assert "[unknown]" not in again.stdout


@pytest.mark.parametrize("pacing", [ENDLESS], ids=["jobs that run"])
def test_failing_wait(stack: Stack, emulator: Emulator) -> None:
    """A job that fails ends the run in readable lines; the others go on, recorded."""
    stack.write(
        program(
            """
            for name in ("fails", "goes on"):
                tuned = job(name, description=name).wait_for_completion()
                Box(f"after {name}", tuned.endpoint)
            """
        )
    )
    running = stack.start_engine("up", "--yes", "--skip-preview")
    wait_until(lambda: len(emulator.jobs()) == 2)
    names = {job["description"]: job["name"] for job in emulator.jobs()}
    error = {"code": 3, "message": "Dataset example 3 is malformed"}
    emulator.preset(names["fails"], state="JOB_STATE_FAILED", error=error)

    failed = running.wait()
    previewed = stack.preview()

    ending = f"{names['fails']} ended in JOB_STATE_FAILED"
    message = f"{ending}: Dataset example 3 is malformed"
    assert failed.exit_code != 0
    assert failed.messages("fails")[-1].startswith(f"{message} · https://console.cloud")
    assert f"{ending}; these go on and stay recorded: {names['goes on']}" in failed.text
    assert "Traceback" not in failed.text
    assert {stack.resource(name)["id"] for name in names} == set(names.values())
    assert "after fails" not in failed.operations
    assert f"waiting for it will fail: {message}" in previewed.messages("fails")
    assert previewed.operations["after goes on"] == "create"
    assert emulator.journal("POST", ":cancel$") == []
