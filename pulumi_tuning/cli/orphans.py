"""`pulumi-tuning orphans`: live jobs that a stack started and that no state records.

A wrongly cancelled job is lost, a forgotten one only costs: every doubt keeps a job.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import typer

from pulumi_tuning.cli.connection import Place, connected, place_of
from pulumi_tuning.cli.job_facts import JobFacts
from pulumi_tuning.cli.stack_states import STDIN, StackState, read_states
from pulumi_tuning.cli.terminal import show_table, tell
from pulumi_tuning.clock import Clock
from pulumi_tuning.errors import SettingsError, TuningError
from pulumi_tuning.gcp import Clients
from pulumi_tuning.lifecycle.cancelling import BOUND_SECONDS, cancel
from pulumi_tuning.lifecycle.identity import (
    FINGERPRINT_LABEL,
    OWN_LABELS,
    STACK_LABEL,
)
from pulumi_tuning.lifecycle.services import Services, Severity
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.settings import is_same_service
from pulumi_tuning.waiting import elapsed_text

NOT_CANCELLED = 1
"""Exit code where a job that was to be cancelled may still work."""

_COLUMNS: Final = ("JOB", "STATE", "AGE", "STACK", "CANCEL", "REASON")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was asked for."""

    sources: Sequence[str]
    project: str | None
    location: str | None
    all_stacks: bool
    cancel: bool
    yes: bool


@dataclass(frozen=True, slots=True)
class Orphan:
    """A live job that no given state mentions."""

    job: LiveTuningJob
    reason: str
    may_be_cancelled: bool


@dataclass(frozen=True, slots=True)
class Judge:
    """Decides about live jobs in the light of the given states."""

    states: Sequence[StackState]
    all_stacks: bool

    def judge(self, jobs: Iterable[LiveTuningJob]) -> list[Orphan]:
        """Return the orphans among all jobs that are listed."""
        listed = list(jobs)
        recorded = {
            str(job.labels.get(FINGERPRINT_LABEL)): job.name
            for job in listed
            if self._is_mentioned(job)
        }
        found = (self._judge_one(job, recorded) for job in listed if _is_ours(job))
        return [orphan for orphan in found if orphan is not None]

    def _judge_one(
        self, job: LiveTuningJob, recorded: Mapping[str, str]
    ) -> Orphan | None:
        """Return why nobody wants a job, or None where somebody may."""
        if self._is_mentioned(job):
            return None
        label = job.labels[STACK_LABEL]
        owners = [state for state in self.states if label in state.stack_labels]
        if not owners:
            reason = "another stack started it, no given state records it"
            return (
                Orphan(job, reason, may_be_cancelled=False) if self.all_stacks else None
            )
        if doubt := _doubt(job, owners):
            return Orphan(job, doubt, may_be_cancelled=False)
        twin = recorded.get(job.labels[FINGERPRINT_LABEL])
        reason = f"second run of {twin}" if twin else "no given state records it"
        return Orphan(job, reason, may_be_cancelled=not self.all_stacks)

    def _is_mentioned(self, job: LiveTuningJob) -> bool:
        return any(state.mentions(job.resource_name) for state in self.states)


def run(options: Options, clock: Clock) -> None:
    """Show the orphans, and cancel them where that is asked for.

    Raises:
        typer.BadParameter: The options contradict each other.
        typer.Exit: A job could not be cancelled.
        TuningError: A state or the service cannot be read.
    """
    _refuse_contradictions(options)
    states = read_states(options.sources)
    clients = connected(options.project, options.location, clock)
    labels = {label for state in states for label in state.stack_labels}
    if not labels and not options.all_stacks:
        tell("no given state belongs to a stack that has declared a tuning job")
        return
    places = _places(options, clients, states)
    jobs = _list(clients, places, states)
    orphans = Judge(states, options.all_stacks).judge(jobs)
    if not orphans:
        where = ", ".join(map(str, places))
        tell(f"no orphans among {len(jobs)} tuning jobs of {where}")
        return
    show_table(_COLUMNS, [_row(orphan, clock.now()) for orphan in orphans])
    doomed = [orphan.job for orphan in orphans if orphan.may_be_cancelled]
    if options.cancel and doomed:
        if not options.yes:
            typer.confirm(f"Cancel {len(doomed)} of them?", abort=True, err=True)
        _cancel(clients, doomed)


def _refuse_contradictions(options: Options) -> None:
    if options.all_stacks and options.cancel:
        message = "jobs of other stacks are only listed: leave out --cancel"
        raise typer.BadParameter(message, param_hint="--all-stacks")
    if options.yes and not options.cancel:
        message = "it answers the question of --cancel, which is not given"
        raise typer.BadParameter(message, param_hint="--yes")
    if STDIN in options.sources and options.cancel and not options.yes:
        message = "standard input cannot be both a state and the answer: give --yes"
        raise typer.BadParameter(message, param_hint="--cancel")


def _places(
    options: Options, clients: Clients, states: Iterable[StackState]
) -> list[Place]:
    """Return where to look: where the options say, or wherever there may be jobs."""
    if options.project or options.location:
        return [place_of(clients)]
    places = {place for state in states for place in state.places}
    try:
        places.add(place_of(clients))
    except SettingsError:
        if not places:
            raise
    return sorted(places)


def _list(
    clients: Clients, places: Iterable[Place], states: Iterable[StackState]
) -> list[LiveTuningJob]:
    """Return the jobs of all places, each of them once.

    Raises:
        SettingsError: The jobs of a state live in another service.
    """
    jobs: dict[str, LiveTuningJob] = {}
    recorded = {address for state in states for address in state.service_addresses}
    for place in places:
        here = clients.vertex.service_address(place.location)
        for there in recorded:
            if not is_same_service(here, there):
                name = "gcp:vertexAiCustomEndpoint"
                message = f"is {here}, but a given state was recorded with {there}"
                raise SettingsError(name, message)
        for job in clients.vertex.list_tuning_jobs(place.project, place.location):
            jobs[job.name] = job
    return list(jobs.values())


def _is_ours(job: LiveTuningJob) -> bool:
    """Return whether this package started the job, and it still works."""
    return job.is_live and all(job.labels.get(label) for label in OWN_LABELS)


def _doubt(job: LiveTuningJob, owners: Sequence[StackState]) -> str | None:
    """Return why the states do not prove that a job is not wanted."""
    label = job.labels[STACK_LABEL]
    if any(label in state.creating for state in owners):
        return (
            "the state has a creation pending: `pulumi up` adopts its job, `pulumi "
            "refresh --clear-pending-creates` forgets it"
        )
    written = min(_newest(owners).values())
    created = JobFacts.of(job).created
    if created is None or created >= written:
        time = written.isoformat(timespec="seconds")
        return f"newer than the state, which was written {time}: export it again"
    return None


def _newest(states: Iterable[StackState]) -> Mapping[str, datetime]:
    """Return when each stack was last written: copies of a stack share its label."""
    by_time = sorted(states, key=lambda state: state.written)
    return {stack: state.written for state in by_time for stack in state.stacks}


def _row(orphan: Orphan, now: datetime) -> list[str]:
    facts = JobFacts.of(orphan.job)
    age = facts.age_seconds(now)
    return [
        str(facts.name),
        facts.state.removeprefix("JOB_STATE_"),
        "-" if age is None else elapsed_text(max(age, 0)),
        facts.stack or "-",
        "yes" if orphan.may_be_cancelled else "no",
        orphan.reason,
    ]


def _cancel(clients: Clients, jobs: Iterable[LiveTuningJob]) -> None:
    """Cancel jobs one after the other; trouble with one does not keep the others."""
    services = Services.over(clients.http, _Nobody())
    failures = 0
    for job in jobs:
        try:
            ended = cancel(services, job.name, bound_seconds=BOUND_SECONDS)
        except TuningError as error:
            failures += 1
            tell(f"not cancelled: {error}")
        else:
            state = ended.live.state if ended.live else "gone"
            tell(f"{job.name} is {state}")
    if failures:
        raise typer.Exit(NOT_CANCELLED)


class _Nobody:
    """Whom the lifecycle tells what belongs on a resource's row: orphans have none."""

    def report(
        self, urn: str, severity: Severity, message: str, *, ephemeral: bool = False
    ) -> None: ...
