"""`pulumi-tuning wait`: waits until a job has ended."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from functools import partial

import typer

from pulumi_tuning.cli.connection import connected, place_of
from pulumi_tuning.cli.terminal import printable, progress_console, show_text, tell
from pulumi_tuning.clock import Clock, parse_duration
from pulumi_tuning.errors import ApiError, WaitTimeoutError
from pulumi_tuning.gcp import Clients, VertexClient
from pulumi_tuning.job_state import SUCCEEDED_STATES
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import TuningJobName
from pulumi_tuning.waiting import Poller, Progress, elapsed_text, in_thread

FAILED = 1
"""Exit code where the job ended without a model."""

TIMED_OUT = 3
"""Exit code where the job goes on."""


def run(
    job: str,
    *,
    timeout: str | None,
    project: str | None,
    location: str | None,
    clock: Clock,
) -> None:
    """Wait, then show the tuned model.

    Raises:
        typer.BadParameter: The name or the timeout is none.
        typer.Exit: The job did not succeed, or goes on.
        TuningError: The job cannot be read.
    """
    seconds = _seconds(timeout)
    clients = connected(project, location, clock)
    name = _name(job, clients)
    try:
        with _progress() as show:
            live = asyncio.run(_wait(clients.vertex, name, seconds, show, clock))
    except WaitTimeoutError as error:
        waited = elapsed_text(error.waited_seconds)
        tell(f"{name} is still {error.state} after {waited}; it goes on")
        raise typer.Exit(TIMED_OUT) from error
    if live.state not in SUCCEEDED_STATES:
        detail = f": {printable(live.error_message)}" if live.error_message else ""
        tell(f"{name} ended in {live.state}{detail} · {name.console_url}")
        raise typer.Exit(FAILED)
    tell(f"{name} ended in {live.state}")
    show_text(f"model     {live.model or '-'}\nendpoint  {live.endpoint or '-'}")


def _seconds(timeout: str | None) -> float | None:
    try:
        return None if timeout is None else parse_duration(timeout)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--timeout") from error


def _name(job: str, clients: Clients) -> TuningJobName:
    """Return the name of a job, which its number alone is short for."""
    if job.isdecimal():
        place = place_of(clients)
        return TuningJobName(place.project, place.location, job)
    name = TuningJobName.parse(job)
    if name is None:
        message = f"{job} is not projects/…/locations/…/tuningJobs/… or a job's number"
        raise typer.BadParameter(message, param_hint="NAME")
    return name


async def _wait(
    vertex: VertexClient,
    name: TuningJobName,
    seconds: float | None,
    show: Progress,
    clock: Clock,
) -> LiveTuningJob:
    """Return the job once it is final.

    What waiting does not mend, such as a wrong project, is told at once.
    """
    get = partial(vertex.get_tuning_job, str(name))
    try:
        await in_thread(get)
    except ApiError as error:
        if not error.is_retryable:
            raise
    poller = Poller(
        lambda project, location: in_thread(
            partial(vertex.list_tuning_jobs, project, location)
        ),
        lambda _: in_thread(get),
        clock,
    )
    return await poller.wait(name, show, seconds)


@contextmanager
def _progress() -> Generator[Progress]:
    """Give what shows progress: one line that changes, or lines without a terminal."""
    console = progress_console()
    if not console.is_terminal:
        yield tell
        return
    with console.status("") as status:
        yield lambda message: status.update(printable(message))
