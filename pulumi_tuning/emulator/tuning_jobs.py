"""The tuning jobs of the emulated service; knows no HTTP.

Facts are stored when something is asked for, and when a moment comes at which a job
touches something else: it reads its data set as it starts, and leaves a model as it
ends. `settle` does what has come due, in the order of time, ahead of every transaction,
in which all is looked at and changed; so it does not matter when somebody looks.
"""

from datetime import UTC, datetime
from typing import Final

from pulumi_tuning.emulator.database import Database
from pulumi_tuning.emulator.emulator_clock import EmulatorClock
from pulumi_tuning.emulator.errors import (
    RefusalError,
    failed_precondition,
    not_found,
)
from pulumi_tuning.emulator.identities import Identities, project_number
from pulumi_tuning.emulator.job_facts import JobFacts
from pulumi_tuning.emulator.job_outcomes import JobOutcomes
from pulumi_tuning.emulator.job_presets import refuse_misfits, requested, set_facts
from pulumi_tuning.emulator.job_wire import job_wire
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.models import MODEL, ModelRegistry
from pulumi_tuning.emulator.options import Behaviour, Pacing
from pulumi_tuning.emulator.parsing import without_empty_messages
from pulumi_tuning.emulator.timeline import end_of, moment, start_at
from pulumi_tuning.emulator.validation import (
    Creation,
    refuse_invalid_fields,
    refuse_invalid_hyper_parameters,
    refuse_unsupported,
)
from pulumi_tuning.job_state import JobState, is_final
from pulumi_tuning.resource_names import TuningJobName

_NOUN: Final = "TuningJob"
"""Assumed, after the messages about other kinds of job."""
_ASSUMED_BASE_MODEL: Final = "gemini-2.5-flash"


class TuningJobs:
    """All tuning jobs of all projects."""

    def __init__(
        self,
        *,
        database: Database,
        clock: EmulatorClock,
        identities: Identities,
        pacing: Pacing,
        behaviour: Behaviour,
        models: ModelRegistry,
        outcomes: JobOutcomes,
    ) -> None:
        self._database = database
        self._clock = clock
        self._identities = identities
        self.pacing = pacing
        self.behaviour = behaviour
        self._models = models
        self._outcomes = outcomes
        loaded = map(JobFacts.from_json, database.load("job").values())
        by_age = sorted(loaded, key=lambda facts: facts.sequence)
        self._jobs = {facts.name: facts for facts in by_age}
        self._quiet_until: datetime | None = None
        self._settled_at = datetime.min.replace(tzinfo=UTC)
        """Before this moment nothing comes due; None where it must be looked for."""

        self._open = {
            name: facts for name, facts in self._jobs.items() if not facts.is_concluded
        }

    def create(self, project: str, location: str, request: Json) -> Json:
        """Start a job and return its wire form.

        Raises:
            RefusalError: The request is invalid, or no slot is free.
        """
        with self._database.transaction():
            refuse_invalid_fields(
                location, request, strict_labels=self.behaviour.strict_labels
            )
            base_model = self._base_model(request)
            creation = Creation(location, request, base_model)
            refuse_unsupported(creation, self.behaviour)
            if self.behaviour.find_dataset_at_creation:
                self._outcomes.refuse_missing_datasets(creation.spec)
            has_slot = self._has_slot(project_number(project))
            if not has_slot and self.behaviour.over_quota == "reject":
                message = (
                    "The following quota metrics exceed quota limits: "
                    "aiplatform.googleapis.com/global_concurrent_tuning_jobs"
                )
                raise RefusalError(429, message)
            facts = self._new_facts(project, location, creation)
            facts.admitted_at = facts.create_time if has_slot else None
            if self.behaviour.fill_defaults == "at_creation":
                self._outcomes.fill_defaults(facts)
            self._add(facts)
            return self._wire(facts)

    def get(self, name: TuningJobName) -> Json:
        """Return the wire form of a job.

        Raises:
            RefusalError: There is none.
        """
        with self._database.transaction():
            return self._wire(self._find(name))

    def newest_first(
        self, project: str, location: str, *, created_before: datetime | None = None
    ) -> list[Json]:
        """Return the wire forms of the jobs of a location."""
        with self._database.transaction():
            parent = f"projects/{project_number(project)}/locations/{location}/"
            return [
                self._wire(facts)
                for facts in sorted(
                    self._jobs.values(),
                    key=lambda facts: (facts.create_time, facts.sequence),
                    reverse=True,
                )
                if facts.name.startswith(parent)
                and not facts.is_expired
                and (created_before is None or facts.create_time < created_before)
            ]

    def oldest_first(self) -> list[Json]:
        """Return the wire forms of all jobs in the order of their creation."""
        with self._database.transaction():
            return [self._wire(facts) for facts in self._jobs.values()]

    def cancel(self, name: TuningJobName) -> None:
        """Ask a job to stop.

        Raises:
            RefusalError: There is no such job, or it is final or about to be.
        """
        with self._database.transaction():
            facts = self._find(name)
            state = moment(facts, self._clock.now()).state
            behaviour = self.behaviour
            if is_final(state):
                answer = behaviour.cancel_of_final_job
            elif state == JobState.CANCELLING:
                answer = behaviour.cancel_of_cancelling_job
            else:
                if not (behaviour.ignore_cancel or facts.ignores_cancel):
                    facts.cancelled_at = self._clock.now()
                    self._save(facts)
                return
            if answer == "refuse":
                message = f"The TuningJob is in state {state} and cannot be cancelled."
                raise failed_precondition(message)

    def preset(self, name: TuningJobName, fields: Json) -> Json:
        """Set facts of a job by hand and return its wire form.

        Raises:
            RefusalError: There is no such job.
            ValueError: A field has a value that no job can have.
        """
        refuse_misfits(fields)
        with self._database.transaction():
            facts = self._find(name, also_expired=True)
            set_facts(facts, fields, self._clock.now())
            if not facts.is_concluded:
                self._open[facts.name] = facts
            self._save(facts)
            self.settle()
            return self._wire(facts)

    def add(
        self, project: str, location: str, number: str | None, fields: Json
    ) -> Json:
        """Add a job that exists already and return its wire form.

        Without a `state` it starts to run like one that is created now.

        Raises:
            RefusalError: There is one of this number, or the service could have none.
            ValueError: A field has a value that no job can have.
        """
        request = requested(fields)
        refuse_misfits(fields)
        with self._database.transaction():
            tuned = fields.get("preTunedModel") or {}
            base_model = request.get("baseModel") or tuned.get("baseModel", "")
            creation = Creation(location, request, str(base_model))
            refuse_invalid_hyper_parameters(creation)
            facts = self._new_facts(project, location, creation)
            if number is not None:
                facts.name = f"{facts.name.rpartition('/')[0]}/{number}"
            if facts.name in self._jobs:
                message = f"{facts.name} exists already."
                raise RefusalError(409, message, status="ALREADY_EXISTS")
            facts.admitted_at = facts.create_time
            facts.is_started = "state" in fields
            others = {key: fields[key] for key in fields if key not in request}
            set_facts(facts, others, self._clock.now())
            self._add(facts)
            self.settle()
            return self._wire(facts)

    def settle(self) -> None:
        """Do what has come due: read data sets, leave models, hand on slots."""
        now = self._settled_at = self._clock.now()
        if self._quiet_until and now < self._quiet_until:
            return
        while (due := self._next_due()) and due[0] <= now:
            at, facts = due
            if facts.is_started or start_at(facts) is None:
                self._conclude(facts, at)
            else:
                self._outcomes.start(facts)
            self._save(facts)
        self._quiet_until = due[0] if due else datetime.max.replace(tzinfo=UTC)

    def _next_due(self) -> tuple[datetime, JobFacts] | None:
        moments = ((_due_at(facts), facts) for facts in self._open.values())
        coming = [(at, facts) for at, facts in moments if at is not None]
        return min(coming, key=lambda due: (due[0], due[1].sequence), default=None)

    def _conclude(self, facts: JobFacts, at: datetime) -> None:
        self._outcomes.conclude(facts, moment(facts, at).state, at)
        facts.is_concluded = True
        del self._open[facts.name]
        if facts.admitted_at is None:
            return
        for job in self._open.values():
            if job.admitted_at is None and job.project == facts.project:
                job.admitted_at = at
                self._save(job)
                return

    def _has_slot(self, number: str) -> bool:
        limit = self.behaviour.concurrent_jobs
        if limit is None:
            return True
        taken = sum(facts.project == number for facts in self._open.values())
        return taken < limit

    def _base_model(self, request: Json) -> str:
        tuned = request.get("preTunedModel")
        if tuned is None:
            return str(request["baseModel"])
        name = self._models.parse(tuned["tunedModelName"])
        found = self._models.find_version(name)
        if found is None:
            if self.behaviour.find_pre_tuned_model:
                raise not_found(MODEL)
            return _ASSUMED_BASE_MODEL
        version = found[1]
        if version.get("encryptionSpec") != request.get("encryptionSpec"):
            message = "The CMEK must be the same as that of the pre-tuned model."
            raise failed_precondition(message)
        return str(version["baseModel"])

    def _new_facts(self, project: str, location: str, creation: Creation) -> JobFacts:
        sequence = len(self._jobs) + 1
        number = self._identities.number("job", sequence)
        request = without_empty_messages(creation.request)
        if "preTunedModel" in request:
            request["preTunedModel"] = self._outcomes.pre_tuned_model(
                request["preTunedModel"], creation.base_model
            )
        request.setdefault(
            "tunedModelDisplayName",
            self._outcomes.display_name(request, creation.base_model, sequence),
        )
        pacing = self.pacing
        return JobFacts(
            name=f"projects/{project_number(project)}/locations/{location}"
            f"/tuningJobs/{number}",
            sequence=sequence,
            request=request,
            create_time=self._clock.now(),
            pending_seconds=self._draw(pacing.pending_seconds, sequence, "pending"),
            running_seconds=self._draw(pacing.running_seconds, sequence, "running"),
            cancelling_seconds=self._draw(
                pacing.cancelling_seconds, sequence, "cancelling"
            ),
            leaves_model=self.behaviour.failed_jobs_leave_model,
            success_wins_race=self.behaviour.success_wins_race,
        )

    def _draw(self, seconds: float, sequence: int, phase: str) -> float:
        deviation = 2 * self._identities.share("pace", sequence, phase) - 1
        return seconds * (1 + self.pacing.spread * deviation)

    def _add(self, facts: JobFacts) -> None:
        self._jobs[facts.name] = facts
        self._open[facts.name] = facts
        self._save(facts)

    def _save(self, facts: JobFacts) -> None:
        self._quiet_until = None
        self._database.save("job", facts.name, facts.to_json())

    def _find(self, name: TuningJobName, *, also_expired: bool = False) -> JobFacts:
        facts = self._jobs.get(_with_project_number(name))
        if facts is None or (facts.is_expired and not also_expired):
            raise not_found(_NOUN)
        return facts

    def _wire(self, facts: JobFacts) -> Json:
        """Return a job as it was when all was settled.

        A moment later it may have ended, with the model that it leaves not yet made.
        """
        return job_wire(facts, max(self._settled_at, facts.create_time))


def _due_at(facts: JobFacts) -> datetime | None:
    if not facts.is_started:
        start = start_at(facts)
        if start is not None:
            return start
    end = end_of(facts)
    return end[0] if end else None


def _with_project_number(name: TuningJobName) -> str:
    number = project_number(name.project)
    return str(TuningJobName(number, name.location, name.tuning_job))
