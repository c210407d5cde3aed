"""Create: at most one POST, and nothing after it may raise.

A lost answer is the expensive case: the job may exist and bill. So a job is looked for
by its labels before the POST and after a POST without an answer; only a request that
provably was not accepted is sent again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

import stamina

from pulumi_tuning.diff import Diff, diff
from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiError,
    ApiStatusError,
    ApiTimeoutError,
    CancelledError,
    DatasetUnreadableError,
    QuotaError,
    ServerError,
    TuningError,
    UnexpectedResponseError,
    UnimplementedError,
)
from pulumi_tuning.inputs import DatasetFingerprints, Declaration, TuningJobInputs
from pulumi_tuning.lifecycle.adoption import differences, refusal
from pulumi_tuning.lifecycle.identity import (
    FINGERPRINT_LABEL,
    fingerprint_label,
    request_body,
)
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.lifecycle.snapshot import list_labelled
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.resource_names import GcsUri

LOOK_AGAIN_SECONDS: Final = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Pauses between the looks for a job whose create call got no answer: a list may not
show a new job for a moment."""

REFUSED_RETRY_SECONDS: Final = 60.0
"""How long a request that was provably not accepted is tried again."""


class CreateUnansweredError(TuningError):
    """Nobody knows whether the service started the job."""


class AdoptionRefusedError(TuningError):
    """The job that should be adopted is not the one that is declared."""


@dataclass(frozen=True, slots=True)
class Creation:
    """One create call of the engine."""

    services: Services
    inputs: TuningJobInputs
    declaration: Declaration
    notes: Notes

    def run(self) -> LiveTuningJob:
        """Adopt the job that is already there, or start exactly one.

        Raises:
            AdoptionRefusedError: `adopt` names a job with another definition.
            DatasetUnreadableError: the label of a running job cannot be known.
            CreateUnansweredError: no answer and no job found; the next `up` looks on.
            ApiError: the service refused, or could not be read before the POST.
        """
        if self.inputs.adopt:
            return self._adopt_named(self.inputs.adopt)
        self._require_fingerprints()
        before = self._matches()
        live = [self._look_at(job) for job in before if job.is_live]
        running = [job for job in live if self._is_adoptable(job)]
        if running:
            return self._adopt_running(sorted(running, key=_age))
        try:
            started = self._start()
        except ApiError as error:
            if not _is_ambiguous(error):
                raise
            return self._find_unanswered(error, frozenset(job.name for job in before))
        self._note_other_definition(started)
        return started

    @property
    def _project(self) -> str:
        return self.inputs.project or ""

    @property
    def _location(self) -> str:
        return self.inputs.location or ""

    @property
    def _identity(self) -> str:
        return self.declaration.identity or ""

    def _adopt_named(self, name: str) -> LiveTuningJob:
        """Return the job to adopt, if it is what the program declares."""
        live = self.services.vertex.get_tuning_job(name)
        reason = refusal(self.inputs, live)
        if reason is not None:
            raise AdoptionRefusedError(reason)
        self.notes.info(f"adopted {live.name} ({live.state}), nothing was started")
        return live

    def _require_fingerprints(self) -> None:
        """Refuse to look for a job by a label that needs data nobody could read.

        With the label of another moment the same job would not be found, and started
        once more.
        """
        if self.inputs.on_dataset_change != "replace":
            return
        known = self.inputs.dataset_fingerprints or DatasetFingerprints()
        for path, uri in self.inputs.dataset_uris.items():
            is_training = path.endswith("trainingDatasetUri")
            found = known.training if is_training else known.validation
            if found is None and GcsUri.parse(uri) is not None:
                message = (
                    'was not readable, so with on_dataset_change="replace" nobody can '
                    "tell whether a job for it runs already; nothing was started"
                )
                raise DatasetUnreadableError(uri, message)

    def _matches(self) -> list[LiveTuningJob]:
        """Return all jobs that carry this resource's fingerprint, read right now."""
        return list_labelled(
            self.services.vertex,
            self._project,
            self._location,
            label=FINGERPRINT_LABEL,
            value=fingerprint_label(self._identity, self.declaration.name, self.inputs),
        )

    def _look_at(self, job: LiveTuningJob) -> LiveTuningJob:
        """Return a listed job as it is now: a list may be old or show less."""
        return self.services.vertex.get_tuning_job(job.name)

    def _is_adoptable(self, job: LiveTuningJob) -> bool:
        """Return whether a job is live and is what the program declares.

        A job that was changed behind its label keeps the label, so its definition is
        compared too.
        """
        return job.is_live and not differences(self.inputs, job)

    def _note_other_definition(self, live: LiveTuningJob) -> None:
        """Tell at once what the next `up` would find, and pay another job for."""
        ignored = self.declaration.ignore_changes
        changes = diff(self.inputs, self.inputs, live).changes
        drifted = [c.as_drift() for c in Diff.of(changes, ignored=ignored).changes]
        if drifted:
            self.notes.warn(
                f"the service answered another definition: {'; '.join(drifted)}. If it "
                "keeps that, every `pulumi up` replaces the job: write the answered "
                "values in the program, or name the properties in ignore_changes"
            )

    def _adopt_running(self, jobs: Sequence[LiveTuningJob]) -> LiveTuningJob:
        """Return the oldest job and name the others."""
        oldest, *others = jobs
        self.notes.warn(
            f"adopted {oldest.name}, which this stack started with the same definition "
            f"and which is still {oldest.state}; to force a second run, change triggers"
        )
        self._name_others(others)
        return oldest

    def _start(self) -> LiveTuningJob:
        """Send the create request; only one that was provably refused is sent again."""
        body = request_body(
            self.inputs,
            identity=self._identity,
            name=self.declaration.name,
            default_labels=dict(self.services.settings.default_labels),
        )
        bound = self.declaration.timeout_seconds("create") or REFUSED_RETRY_SECONDS
        retrying = stamina.RetryingCaller(attempts=None, timeout=bound)
        return retrying.on(_is_provably_refused)(
            self.services.vertex.create_tuning_job, self._project, self._location, body
        )

    def _find_unanswered(self, error: ApiError, known: frozenset[str]) -> LiveTuningJob:
        """Return the job that the unanswered request started, if a list shows one.

        Args:
            error: What came instead of an answer.
            known: Names of the jobs that carried the label before the request.
        """
        for pause in LOOK_AGAIN_SECONDS:
            self.services.clock.sleep(pause)
            try:
                matches = self._matches()
            except TuningError:
                continue
            new = sorted((j for j in matches if j.name not in known), key=_age)
            if new:
                self.notes.warn(
                    f"the create call got no answer ({error}); the job was found by "
                    f"its label: {new[0].name}"
                )
                self._name_others(new[1:])
                return new[0]
        message = (
            f"the create call got no answer ({error}) and no job with its label is "
            "listed. Nothing is recorded; the next `pulumi up` looks for the job again "
            f"in {self._project}, {self._location} before it starts one"
        )
        raise CreateUnansweredError(message) from error

    def _name_others(self, others: Sequence[LiveTuningJob]) -> None:
        if others:
            names = ", ".join(job.name for job in others)
            self.notes.warn(
                f"also there with the same definition: {names}; "
                "`pulumi-tuning orphans` lists and cancels them"
            )


def _is_provably_refused(error: Exception) -> bool:
    """Return whether the request certainly started nothing and may be repeated."""
    if isinstance(error, ApiConnectionError):
        return not error.was_sent
    return (
        isinstance(error, QuotaError)
        and error.is_rate
        and error.code == HTTPStatus.TOO_MANY_REQUESTS
    )


def _is_ambiguous(error: ApiError) -> bool:
    """Return whether the service may have started the job all the same."""
    if isinstance(error, ApiConnectionError):
        return error.was_sent
    if isinstance(error, ApiStatusError) and not isinstance(error, UnimplementedError):
        # Whatever word a proxy puts beside them, these codes promise nothing.
        is_open = (
            error.code == HTTPStatus.REQUEST_TIMEOUT
            or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
        )
        return is_open or isinstance(error, (ServerError, CancelledError))
    return isinstance(error, (ApiTimeoutError, UnexpectedResponseError))


def _age(job: LiveTuningJob) -> tuple[str, str]:
    """Return a key that sorts jobs from the oldest to the newest."""
    return (job.create_time or "", job.name)
