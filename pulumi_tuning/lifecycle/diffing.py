"""Diff: the desired job against the live one, with the reason of each step.

The engine explains what the program changed; what it cannot explain (the live job
changed, the job failed, the data set changed) is told on the resource's row.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from pulumi_tuning.diff import (
    Change,
    Diff,
    Path,
    diff,
    is_ignored,
    is_same_job,
    unasked,
)
from pulumi_tuning.errors import NotFoundError, TuningError
from pulumi_tuning.inputs import (
    DatasetFingerprint,
    Declaration,
    Effect,
    TuningJobInputs,
)
from pulumi_tuning.job_state import UNSUCCESSFUL_STATES, JobState
from pulumi_tuning.lifecycle.costs import CostTable
from pulumi_tuning.lifecycle.identity import (
    FINGERPRINT_LABEL,
    fingerprint_label,
)
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Unknown
from pulumi_tuning.lifecycle.reading import require_same_service, why_kept
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.lifecycle.snapshot import SnapshotReader
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.names import path_steps
from pulumi_tuning.resource_names import TuningJobName
from pulumi_tuning.state import TuningJobState

_UNKNOWN: Final = "not known yet"


@dataclass(frozen=True, slots=True)
class Desired:
    """What the program asks for in this call."""

    inputs: TuningJobInputs
    declaration: Declaration
    unknown: Unknown


@dataclass(frozen=True, slots=True)
class Comparison:
    """One diff call of the engine."""

    services: Services
    snapshots: SnapshotReader
    costs: CostTable
    name: str
    recorded: TuningJobState
    desired: Desired
    notes: Notes

    def run(self) -> Diff:
        """Return what has to be done, and note why.

        Raises:
            OtherServiceError: another service than the recorded one is configured.
        """
        name = require_same_service(self.services, self.name, self.recorded)
        ignored = self.desired.declaration.ignore_changes
        live = self._read_live(name, self._identity)
        asked = self._definition_changes(name, live)
        drifted = self._drifted(asked) if live is not None else []
        if drifted:
            # No list alone is a reason to pay again: it may be old or show less.
            live = self._read_live(name, None)
            asked = self._definition_changes(name, live)
            drifted = self._drifted(asked)
        changes = [*asked, *self._unknown_changes(), *self._dataset_changes()]
        if live is not None:
            self.costs.learn(self.recorded, live)
            self._explain_drift(drifted, live)
            changes += self._failure_changes(live)
            self._note_end(live)
            self._note_twins(name, live)
        self._explain_secrets([c for c in asked if c not in drifted])
        return Diff.of(changes, ignored=ignored)

    def _read_live(
        self, name: TuningJobName, identity: str | None
    ) -> LiveTuningJob | None:
        """Return the live job, by itself where no stack is named.

        Without it the record is compared.
        """
        if self.services.settings.diff == "recorded":
            return None
        try:
            return self.snapshots.get(name, identity)
        except NotFoundError:
            kept = why_kept(self.recorded, self.services.clock.now())
            self.notes.warn(
                f"{name} is not found any more and stays recorded: {kept}"
                if kept
                else f"{name} has vanished: `pulumi refresh` forgets it, changed "
                "triggers start a new job"
            )
        except TuningError as error:
            self.notes.warn(
                f"compared with the recorded job, the live one is unreadable: {error}"
            )
        return None

    @property
    def _identity(self) -> str | None:
        """The stack's identity; a job that was only read has none."""
        return self.desired.declaration.identity or self.recorded.declaration.identity

    def _definition_changes(
        self, name: TuningJobName, live: LiveTuningJob | None
    ) -> Sequence[Change]:
        """Return the differences of what is asked for, unknown values left aside."""
        found = [
            change
            for change in diff(self.desired.inputs, self.recorded.inputs, live).changes
            if not self.desired.unknown.covers(*change.path)
            and not _is_same_project(change, name)
            and not self._is_default_label(change)
        ]
        adopt = self.desired.inputs.adopt
        if adopt is not None and not is_same_job(adopt, str(name)):
            other = Change(("adopt",), str(name), adopt, Effect.REPLACE)
            found = [*(c for c in found if c.path != other.path), other]
        return Diff.of(found, ignored=self.desired.declaration.ignore_changes).changes

    def _is_default_label(self, change: Change) -> bool:
        """Return whether a label that is taken away would come back by default."""
        above, *below = change.path
        if above != "labels" or change.desired is not None:
            return False
        default = self.services.settings.default_labels.get(str(*below))
        return default is not None and default == change.observed

    def _drifted(self, changes: Sequence[Change]) -> list[Change]:
        """Return the changes that replace the job and that the program did not make."""
        if not changes:
            return []
        inputs, recorded = self.desired.inputs, self.recorded.inputs
        by_program = {change.path for change in diff(inputs, recorded, None).changes}
        return [
            change
            for change in changes
            if change.path not in by_program and change.effect is Effect.REPLACE
        ]

    def _explain_drift(self, drifted: Sequence[Change], live: LiveTuningJob) -> None:
        """Note each difference that the program did not make."""
        if drifted:
            told = "; ".join(change.as_drift() for change in drifted)
            self.notes.info(f"replace: the live job differs, {told}")
        there = unasked(live, self.recorded.inputs, self.desired.inputs)
        if there:
            self.notes.warn(
                f"the live job has what nobody asked for: {'; '.join(there)}"
            )

    def _explain_secrets(self, changes: Sequence[Change]) -> None:
        """Name the secret inputs that replace the job: the engine does not."""
        secret = self.desired.declaration.secret_inputs
        replacing = {str(c.path[0]) for c in changes if c.effect is Effect.REPLACE}
        if hidden := sorted(replacing.intersection(secret)):
            self.notes.info(f"replace: {', '.join(hidden)} changed (secret)")

    def _unknown_changes(self) -> list[Change]:
        """Return a change for each value that is not known in this preview."""
        effects = TuningJobInputs.effects()
        changes = [
            Change(path, None, _UNKNOWN, effects[str(path[0])])
            for path in sorted(self.desired.unknown.paths, key=str)
            if str(path[0]) in effects
        ]
        for change in changes:
            if change.effect is Effect.REPLACE:
                self.notes.info(
                    f"{change.property} is {_UNKNOWN}: another value replaces the job"
                )
        return changes

    def _dataset_changes(self) -> list[Change]:
        """Return what follows from data that the job was not trained on."""
        policy = self.desired.inputs.on_dataset_change or "warn"
        if policy == "ignore":
            return []
        changes: list[Change] = []
        for kind, uri, old, new in self._changed_datasets():
            told = (
                f"{uri} changed since the job was trained on it "
                f"(generation {old.generation} → {new.generation}, "
                f"{old.size} → {new.size} bytes)"
            )
            path = ("datasetFingerprints", kind)
            if self._is_ignored(path):
                continue
            if policy == "replace":
                self.notes.info(f"replace: {told}")
                changes.append(
                    Change(path, old.generation, new.generation, Effect.REPLACE)
                )
            else:
                self.notes.warn(f'{told}; on_dataset_change="replace" trains again')
        return changes

    def _is_ignored(self, path: Path) -> bool:
        ignored = self.desired.declaration.ignore_changes
        return is_ignored(path, [path_steps(pattern) for pattern in ignored])

    def _changed_datasets(
        self,
    ) -> Iterator[tuple[str, str, DatasetFingerprint, DatasetFingerprint]]:
        """Yield kind, address, old and new fingerprint of each changed data set."""
        then, now = self.recorded.trained_on, self.desired.inputs.dataset_fingerprints
        if then is None or now is None:
            return
        before = self.recorded.inputs.dataset_uris
        for path, uri in self.desired.inputs.dataset_uris.items():
            is_training = path.endswith("trainingDatasetUri")
            old = then.training if is_training else then.validation
            new = now.training if is_training else now.validation
            if old is None or new is None or before.get(path) != uri:
                continue
            if not old.is_same_content(new):
                yield "training" if is_training else "validation", uri, old, new

    def _failure_changes(self, live: LiveTuningJob) -> list[Change]:
        """Return what follows from a job that did not do what it was paid for."""
        if live.state == JobState.CANCELLING:
            self.notes.warn("the job is being cancelled")
        if live.state not in UNSUCCESSFUL_STATES:
            return []
        detail = f": {live.error_message}" if live.error_message else ""
        left = f" (it left {live.model} behind)" if live.model else ""
        told = f"the job is {live.state}{detail}{left}"
        if self.desired.inputs.adopt is not None:
            self.notes.warn(f"{told}; without adopt, changed triggers start a new one")
            return []
        if self.desired.inputs.on_failure == "replace":
            self.notes.info(f"replace: {told}")
            wanted = JobState.SUCCEEDED.value
            return [Change(("state",), live.state, wanted, Effect.REPLACE)]
        self.notes.warn(
            f'{told}; on_failure="replace" or changed triggers start a new one'
        )
        return []

    def _note_end(self, live: LiveTuningJob) -> None:
        """Tell that a job has ended since it was recorded; that alone is no change."""
        if live.is_final and self.recorded.state != live.state:
            self.notes.info(f"finished: {live.state}; `pulumi refresh` records it")

    def _note_twins(self, name: TuningJobName, live: LiveTuningJob) -> None:
        """Warn about other live jobs that were started for the same resource."""
        identity = self._identity
        if identity is None:
            return
        logical_name, inputs = self.desired.declaration.name, self.desired.inputs
        wanted = {
            live.labels.get(FINGERPRINT_LABEL),
            fingerprint_label(identity, logical_name, inputs),
        } - {None}
        try:
            jobs = self.snapshots.jobs(name, identity)
        except TuningError:
            return
        twins = [
            job.name
            for job in jobs.values()
            if job.labels.get(FINGERPRINT_LABEL) in wanted
            and not is_same_job(job.name, live.name)
            and job.is_live
        ]
        if twins:
            self.notes.warn(
                f"also running for this resource and not recorded: {', '.join(twins)}; "
                "`pulumi-tuning orphans` lists and cancels them"
            )


def _is_same_project(change: Change, name: TuningJobName) -> bool:
    """Return whether a changed project is only the number of the recorded one."""
    return (
        change.path == ("project",)
        and name.project in (change.desired, change.observed)
        and str(change.desired).isdigit() != str(change.observed).isdigit()
    )
