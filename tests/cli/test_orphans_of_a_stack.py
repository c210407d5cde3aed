"""`pulumi-tuning orphans` on the state of a real stack."""

from pathlib import Path

import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.cli.conftest import Run
from tests.emulator.bodies import chat, json_lines
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

PROGRAM = """
import pulumi_tuning as tuning

tuning.TuningJob(
    "bot",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={"training_dataset_uri": "gs://acme/train.jsonl"},
    preflight="off",
)
"""


@pytest.mark.parametrize(
    "pacing", [pytest.param(Pacing(running_seconds=600), id="a job of ten minutes")]
)
def test_only_a_forgotten_job_is_cancelled(
    stack: Stack,
    emulator: Emulator,
    system_run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A job that the state records is no orphan; it is one when it is forgotten."""
    for name, value in emulator.environment.items():
        monkeypatch.setenv(name, value)
    emulator.put_object("gs://acme/train.jsonl", json_lines(*[chat()] * 20))
    stack.write(PROGRAM)
    stack.up()
    state = tmp_path / "state.json"

    def orphans() -> str:
        state.write_text(stack.run("stack", "export").stdout)
        done = system_run("orphans", "--stack-state", str(state), "--cancel", "--yes")
        assert done.exit_code == 0, done.output
        return done.stderr

    recorded = orphans()
    job = stack.resource("bot")
    stack.run("state", "delete", job["urn"], "--yes")
    forgotten = orphans()

    assert recorded == (
        "no orphans among 1 tuning jobs of "
        "projects/emulated-project/locations/us-central1\n"
    )
    assert forgotten == f"{job['id']} is JOB_STATE_CANCELLING\n"
    assert len(emulator.journal("POST", ":cancel$")) == 1
