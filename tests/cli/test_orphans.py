"""`pulumi-tuning orphans`: nothing that anybody may want is ever cancelled."""

from pathlib import Path

import pytest

from pulumi_tuning.emulator import Emulator, Fault
from pulumi_tuning.lifecycle.identity import stack_label
from tests.cli.conftest import Run
from tests.cli.exports import (
    IDENTITY,
    OTHER_IDENTITY,
    Json,
    export,
    labels,
    stash,
    tuning_job,
    write,
)
from tests.cli.running_jobs import add_running, cancels


def test_orphan_is_listed_with_its_reason(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """A live job that the state does not mention is listed, and that is all."""
    recorded = add_running(service, labels=labels(fingerprint="f2"))
    orphan = add_running(service)
    state = write(tmp_path, export(stash(), tuning_job(recorded)))

    result = run("orphans", "--stack-state", state)

    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert lines == [
        "JOB STATE AGE STACK CANCEL REASON",
        f"{orphan} RUNNING 1h00m {stack_label(IDENTITY)} yes no given state records it",
    ]
    assert result.exit_code == 0
    assert service.journal("POST") == []


def test_twin_is_told_from_a_lost_job(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """A second run of a recorded job names the recorded one."""
    recorded = add_running(service)
    add_running(service)
    state = write(tmp_path, export(stash(), tuning_job(recorded)))

    result = run("orphans", "--stack-state", state)

    assert result.stdout.endswith(f"yes     second run of {recorded}\n")


def test_orphans_are_cancelled_after_a_yes(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """Exactly the orphans are cancelled once the question is answered."""
    recorded, one, other = [add_running(service) for _ in range(3)]
    state = write(tmp_path, export(tuning_job(recorded)))

    result = run("orphans", "--stack-state", state, "--cancel", answer="y\n")

    assert "Cancel 2 of them? [y/N]:" in result.stderr
    assert f"{one} is JOB_STATE_CANCELLING\n" in result.stderr
    assert result.exit_code == 0
    assert sorted(cancels(service)) == sorted([one, other])
    assert service.job(recorded)["state"] == "JOB_STATE_RUNNING"


@pytest.mark.parametrize(
    "answer", [pytest.param("n\n", id="no"), pytest.param("", id="no answer")]
)
def test_nothing_is_cancelled_without_a_yes(
    service: Emulator, run: Run, tmp_path: Path, answer: str
) -> None:
    """Any other answer ends with 1 and cancels nothing."""
    add_running(service)
    state = write(tmp_path, export(stash()))

    result = run("orphans", "--stack-state", state, "--cancel", answer=answer)

    assert result.exit_code == 1
    assert cancels(service) == []


def test_pipeline_needs_no_answer(service: Emulator, run: Run) -> None:
    """With --yes a state from standard input is enough."""
    orphan = add_running(service)

    result = run(
        "orphans", "--stack-state", "-", "--cancel", "--yes", answer=export(stash())
    )

    assert result.exit_code == 0
    assert cancels(service) == [orphan]


@pytest.mark.parametrize(
    ("protected", "reason"),
    [
        pytest.param(
            {"createTime": "2026-11-22T12:00:01Z"},
            "newer than the state, which was written 2026-11-22T12:00:00+00:00: "
            "export it again",
            id="created after the state was written",
        ),
        pytest.param(
            {"createTime": "2026-11-22T12:00:00.123456Z"},
            "newer than the state, which was written 2026-11-22T12:00:00+00:00: "
            "export it again",
            id="created as the state was written",
        ),
    ],
)
def test_newer_job_is_kept(
    service: Emulator, run: Run, tmp_path: Path, protected: Json, reason: str
) -> None:
    """A state says nothing about jobs that were created after it."""
    add_running(service, **protected)
    state = write(tmp_path, export(stash()))

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert result.stdout.endswith(f"no      {reason}\n")
    assert result.exit_code == 0
    assert cancels(service) == []


def test_newest_state_of_a_stack_decides(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """An old and a new export of a stack are as good as the new one."""
    orphan = add_running(service)
    old = write(tmp_path, export(stash(), written="2026-11-22T08:00:00Z"), "old.json")
    new = write(tmp_path, export(stash()), "new.json")

    run("orphans", "--stack-state", old, "--stack-state", new, "--cancel", "--yes")

    assert cancels(service) == [orphan]


def test_job_in_an_older_state_is_kept(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """One mention in any given state protects a job."""
    job = add_running(service)
    old = write(tmp_path, export(stash(), tuning_job(job)), "old.json")
    new = write(tmp_path, export(stash()), "new.json")

    result = run(
        "orphans", "--stack-state", new, "--stack-state", old, "--cancel", "--yes"
    )

    assert result.stderr == (
        "no orphans among 1 tuning jobs of "
        "projects/emulated-project/locations/us-central1\n"
    )
    assert cancels(service) == []


def test_oldest_state_of_a_copied_stack_decides(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """Where two stacks share an identity, the job may be of the one that is older."""
    add_running(service)
    copy = tuning_job("", urn="urn:pulumi:copy::acme::pulumi:pulumi:Stack::acme-copy")
    old = write(tmp_path, export(copy, written="2026-11-22T08:00:00Z"), "old.json")
    new = write(tmp_path, export(tuning_job("")), "new.json")

    result = run(
        "orphans", "--stack-state", old, "--stack-state", new, "--cancel", "--yes"
    )

    assert "written 2026-11-22T08:00:00+00:00: export it again" in result.stdout
    assert cancels(service) == []


def test_begun_creation_keeps_the_stack_alone(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """While a creation is pending, any job of the stack may be the one it made."""
    add_running(service)
    pending = [{"type": "creating", "resource": tuning_job("")}]
    state = write(tmp_path, export(stash(), pending=pending))

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert "the state has a creation pending" in result.stdout
    assert cancels(service) == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"labels": labels(OTHER_IDENTITY)}, id="of another stack"),
        pytest.param({"labels": {}}, id="that nobody of us started"),
        pytest.param(
            {"labels": {"pulumi-tuning-stack": stack_label(IDENTITY)}},
            id="with one label only",
        ),
        pytest.param({"state": "JOB_STATE_SUCCEEDED"}, id="that has succeeded"),
        pytest.param({"state": "JOB_STATE_CANCELLING"}, id="that is being cancelled"),
    ],
)
def test_other_jobs_are_left_alone(
    service: Emulator, run: Run, tmp_path: Path, fields: Json
) -> None:
    """Only live jobs of the given stacks are orphans."""
    add_running(service, **fields)
    state = write(tmp_path, export(stash()))

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert result.stdout == ""
    assert result.stderr == (
        "no orphans among 1 tuning jobs of "
        "projects/emulated-project/locations/us-central1\n"
    )
    assert cancels(service) == []


def test_all_stacks_are_listed_only(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """Jobs of unknown stacks can be seen, and none may be cancelled."""
    other = add_running(service, labels=labels(OTHER_IDENTITY))
    own = add_running(service)
    state = write(tmp_path, export())

    result = run("orphans", "--stack-state", state, "--all-stacks")

    rows = [line.split(maxsplit=5) for line in result.stdout.splitlines()[1:]]
    reason = "another stack started it, no given state records it"
    assert {(row[0], row[4], row[5]) for row in rows} == {
        (own, "no", reason),
        (other, "no", reason),
    }


def test_trouble_with_one_does_not_keep_the_others(
    service: Emulator, run: Run, tmp_path: Path
) -> None:
    """A refused cancel is told and ends with 1; the other orphans are cancelled."""
    one, other = add_running(service), add_running(service)
    state = write(tmp_path, export(stash()))
    service.add_fault(Fault(method="POST", path=f"{one}:cancel$", status=403))

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert result.exit_code == 1
    assert "not cancelled: " in result.stderr
    assert "403 PERMISSION_DENIED" in result.stderr
    assert service.job(one)["state"] == "JOB_STATE_RUNNING"
    assert service.job(other)["state"] == "JOB_STATE_CANCELLING"


def test_job_that_vanishes_is_gone(service: Emulator, run: Run, tmp_path: Path) -> None:
    """An orphan that the service has forgotten meanwhile needs no cancel."""
    orphan = add_running(service)
    state = write(tmp_path, export(stash()))
    service.add_fault(Fault(method="GET", path=f"{orphan}$", status=404))

    result = run("orphans", "--stack-state", state, "--cancel", "--yes")

    assert result.stderr.endswith(f"{orphan} is gone\n")
    assert result.exit_code == 0
