"""`pulumi-tuning orphans`: where jobs are looked for, and what is refused."""

import sys
from pathlib import Path

import pytest

from pulumi_tuning.cli.stack_states import StackStateError, read_states
from pulumi_tuning.emulator import Emulator
from pulumi_tuning.errors import SettingsError
from tests.cli.conftest import Run
from tests.cli.exports import export, stash, tuning_job, write
from tests.cli.running_jobs import add_running, cancels


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--stack-state", "x", "--all-stacks", "--cancel"],
            "jobs of other stacks are only listed",
            id="all stacks and cancel",
        ),
        pytest.param(
            ["--stack-state", "-", "--cancel"],
            "standard input cannot be both a state and the answer",
            id="state and answer from one input",
        ),
        pytest.param(
            ["--stack-state", "x", "--yes"],
            "it answers the question of --cancel",
            id="an answer without a question",
        ),
        pytest.param([], "Missing option '--stack-state'", id="no state"),
    ],
)
def test_contradictions_are_refused(
    service: Emulator, run: Run, arguments: list[str], message: str
) -> None:
    """Options that contradict each other end with 2 before anything is read."""
    service.clear_journal()

    result = run("orphans", *arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert service.journal() == []


def test_unreadable_state_refuses_everything(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """With one unreadable state nothing is listed or cancelled."""
    add_running(service)
    good = write(tmp_path, export(stash()), "good.json")
    bad = write(tmp_path, "{", "bad.json")

    result = run(
        "orphans", "--stack-state", good, "--stack-state", bad, "--cancel", "--yes"
    )

    assert isinstance(result.exception, StackStateError)
    assert result.stdout == ""
    assert service.journal() == []


def test_unreadable_input_is_named(run: Run) -> None:
    """An empty standard input is refused by its name."""
    result = run("orphans", "--stack-state", "-", answer="")

    assert str(result.exception).startswith("standard input: it is not JSON")


def test_closed_input_is_an_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A standard input that is closed holds no state."""
    monkeypatch.setattr(sys, "stdin", None)

    with pytest.raises(StackStateError, match="standard input: it is not JSON"):
        read_states(["-"])


@pytest.mark.usefixtures("service")
def test_input_may_begin_with_a_mark(run: Run) -> None:
    """The byte order mark of other shells is no part of a state, as in a file."""
    state = f"\ufeff{export(stash())}"

    result = run("orphans", "--stack-state", "-", answer=state)

    assert result.stderr == (
        "no orphans among 0 tuning jobs of "
        "projects/emulated-project/locations/us-central1\n"
    )


def test_stack_without_jobs_has_no_orphans(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """A stack that never declared a job is told so without a request."""
    state = write(tmp_path, export())

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert result.stderr == (
        "no given state belongs to a stack that has declared a tuning job\n"
    )
    assert service.journal() == []


def test_every_place_of_the_states_is_searched(
    service: Emulator, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Jobs are looked for where the states have any, also without a setting."""
    monkeypatch.delenv("GOOGLE_CLOUD_LOCATION")
    recorded = add_running(
        service, name="projects/acme/locations/europe-west4/tuningJobs/1234567890123456"
    )
    orphan = add_running(
        service, name="projects/acme/locations/europe-west4/tuningJobs/6543210987654321"
    )
    job = tuning_job(recorded)
    job["outputs"] |= {"project": "acme", "location": "europe-west4"}
    state = write(tmp_path, export(job))

    run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert cancels(service) == [orphan]


def test_options_narrow_the_search(service: Emulator, run: Run, tmp_path: Path) -> None:
    """With a location of its own only that one is searched."""
    add_running(service)
    state = write(tmp_path, export(stash()))

    run("orphans", "--stack-state", state, "--location", "europe-west4")

    [entry] = service.journal("GET", "tuningJobs")
    assert (
        entry.path == "/v1/projects/emulated-project/locations/europe-west4/tuningJobs"
    )


@pytest.mark.usefixtures("service")
def test_unknown_place_is_an_error(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither states nor settings name a place, the settings are asked for."""
    monkeypatch.delenv("GOOGLE_CLOUD_LOCATION")
    state = write(tmp_path, export(stash()))

    result = run("orphans", "--stack-state", state)

    assert isinstance(result.exception, SettingsError)


def test_another_service_is_refused(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """Jobs of a state that was recorded with another service are not missed here."""
    add_running(service)
    job = tuning_job("projects/1/locations/us-central1/tuningJobs/4611686018427387904")
    job["outputs"]["serviceAddress"] = "aiplatform.googleapis.com"
    state = write(tmp_path, export(stash(), job))

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert str(result.exception) == (
        "gcp:vertexAiCustomEndpoint: is loopback, but a given state was recorded with "
        "aiplatform.googleapis.com"
    )
    assert cancels(service) == []
