"""`pulumi-tuning jobs`: the tuning jobs of a project and location."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from pulumi_tuning.cli.connection import connected, place_of
from pulumi_tuning.cli.job_facts import JobFacts
from pulumi_tuning.cli.terminal import show_json, show_table, tell
from pulumi_tuning.clock import Clock
from pulumi_tuning.job_state import SUCCEEDED_STATES, is_live
from pulumi_tuning.pricing import billed
from pulumi_tuning.waiting import elapsed_text

COLUMNS: Final = (
    "JOB",
    "STATE",
    "AGE",
    "ELAPSED",
    "STACK",
    "BASE MODEL",
    "DISPLAY NAME",
    "COST USD",
)

_NOTHING: Final = "-"
_CENT: Final = Decimal("0.01")
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


def run(
    *,
    project: str | None,
    location: str | None,
    filter: str | None,  # noqa: A002 - its name in the API
    as_json: bool,
    clock: Clock,
) -> None:
    """Show the jobs, the newest first.

    Raises:
        TuningError: They cannot be listed.
    """
    clients = connected(project, location, clock)
    place = place_of(clients)
    listed = clients.vertex.list_tuning_jobs(place.project, place.location, filter)
    found = [JobFacts.of(job) for job in listed]
    found.sort(key=lambda job: job.created or _EPOCH, reverse=True)
    now = clock.now()
    if as_json:
        show_json([_document(job, now) for job in found])
    elif found:
        show_table(COLUMNS, [_row(job, now) for job in found])
    else:
        tell(f"no tuning jobs in {place}")


def _row(job: JobFacts, now: datetime) -> list[str]:
    about = "~" if is_live(job.state) else ""
    cost = _cost_usd(job)
    return [
        job.name.tuning_job,
        job.state.removeprefix("JOB_STATE_"),
        _duration(job.age_seconds(now)),
        _duration(job.elapsed_seconds(now)),
        job.stack or _NOTHING,
        job.base_model or _NOTHING,
        job.display_name or _NOTHING,
        _NOTHING if cost is None else f"{about}{cost:,}",
    ]


def _document(job: JobFacts, now: datetime) -> dict[str, Any]:
    cost = _cost_usd(job)
    is_billed = job.state in SUCCEEDED_STATES
    amount = None if cost is None else float(cost)
    return {
        "name": str(job.name),
        "state": job.state,
        "stack": job.stack,
        "baseModel": job.base_model,
        "tunedModelDisplayName": job.display_name,
        "ageSeconds": job.age_seconds(now),
        "elapsedSeconds": job.elapsed_seconds(now),
        "billedCostUsd": amount if is_billed else None,
        "expectedCostUsd": None if is_billed else amount,
        "consoleUrl": job.name.console_url,
    }


def _cost_usd(job: JobFacts) -> Decimal | None:
    """Return what a job has cost, or will have once it has succeeded.

    It is not known what is billed of a job that has not.
    """
    if job.tokens is None or job.epochs is None or job.base_model is None:
        return None
    if job.state not in SUCCEEDED_STATES and not is_live(job.state):
        return None
    amount = billed(job.tokens, job.epochs, job.base_model).amount
    return None if amount is None else amount.quantize(_CENT)


def _duration(seconds: float | None) -> str:
    return _NOTHING if seconds is None else elapsed_text(max(seconds, 0))
