"""What happens to a tuning job in each step of an engine; knows no Pulumi type.

`Lifecycle` takes and returns the package's own models. One of them lives as long as the
provider's process: it remembers which jobs are still wanted, and the jobs it listed.
"""

import threading
from typing import Any

from pulumi_tuning.diff import Diff, is_same_job
from pulumi_tuning.errors import TuningError
from pulumi_tuning.inputs import Declaration, Effect, TuningJobInputs
from pulumi_tuning.lifecycle.cancelling import (
    BOUND_SECONDS,
    CancelRefusedError,
    CancelWindow,
    cancel,
)
from pulumi_tuning.lifecycle.checking import Checked, Checker
from pulumi_tuning.lifecycle.creating import Creation
from pulumi_tuning.lifecycle.datasets import require_datasets
from pulumi_tuning.lifecycle.diffing import Comparison, Desired
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Unknown
from pulumi_tuning.lifecycle.reading import Read, read, require_same_service
from pulumi_tuning.lifecycle.recording import record_created, record_read, record_update
from pulumi_tuning.lifecycle.services import Reporter, Services, Severity
from pulumi_tuning.lifecycle.snapshot import SnapshotReader
from pulumi_tuning.lifecycle.tuned_model import delete_tuned_model
from pulumi_tuning.state import TuningJobState

__all__ = ["Checked", "Desired", "Lifecycle", "Reporter", "Services", "Severity"]


class Lifecycle:
    """The steps of a tuning job, in the engine's order."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._snapshots = SnapshotReader(services.vertex, services.clock)
        self._checker = Checker(services)
        self._cancels = CancelWindow(services.clock)
        self._lock = threading.Lock()
        self._wanted: dict[str, str] = {}
        self._to_replace: dict[str, str] = {}
        self._failed: set[str] = set()
        self._found_by_check: dict[str, Notes] = {}
        self._held_by_diff: dict[str, Notes] = {}
        self._told: dict[str, Notes] = {}

    def check(
        self,
        properties: dict[str, Any],
        declaration: Declaration,
        unknown: Unknown,
        *,
        has_record: bool,
    ) -> Checked:
        """Refuse everything that can be refused before money is spent.

        Args:
            properties: Engine-side inputs without unknown values.
            declaration: The hidden input.
            unknown: Where the unknown values stand.
            has_record: Whether a diff follows, which then tells what was found here.
        """
        notes = Notes()
        checked = self._checker.check(
            properties,
            unknown,
            notes,
            is_new_job=not has_record,
            may_appear=declaration.datasets_may_appear,
        )
        if checked.problems:
            self._remember_failure(declaration.urn)
        if checked.inputs.adopt and not checked.problems:
            # With delete_before_replace its own deletion may come before its adoption.
            with self._lock:
                self._wanted[declaration.urn] = checked.inputs.adopt
        if has_record and not checked.problems:
            with self._lock:
                self._found_by_check[declaration.urn] = notes
        else:
            self._tell(declaration.urn, notes)
        return checked

    def diff(self, name: str, recorded: dict[str, Any], desired: Desired) -> Diff:
        """Return what has to be done so that the desired job is there.

        Raises:
            TuningError: the record belongs to another service or a newer version.
        """
        notes, urn = Notes(), desired.declaration.urn
        state = TuningJobState.from_properties(recorded)
        found = Comparison(
            services=self._services,
            snapshots=self._snapshots,
            costs=self._checker.costs,
            name=name,
            recorded=state,
            desired=desired,
            notes=notes,
        ).run()
        with self._lock:
            checked = self._found_by_check.pop(urn, None)
            notes.extend(checked or Notes())
            if checked is not None:
                # A refresh lets a job be compared too, unchecked: it may be unwanted.
                self._wanted.pop(urn, None)
                if found.effect is Effect.REPLACE:
                    # The engine checks a replacement once more: one line tells it all.
                    self._held_by_diff[urn] = notes
                    self._to_replace[urn] = name
                    return found
                self._wanted[urn] = name
        self._tell(urn, notes)
        return found

    def create(
        self, inputs: TuningJobInputs, declaration: Declaration
    ) -> tuple[str, dict[str, Any]]:
        """Adopt or start the job; return its name and what to record.

        Raises:
            TuningError: no job was started, or nobody knows; see `Creation.run`.
        """
        notes = Notes()
        try:
            if declaration.datasets_may_appear and not inputs.adopt:
                require_datasets(self._checker.datasets, inputs)
            live = Creation(self._services, inputs, declaration, notes).run()
        except TuningError:
            self._remember_failure(declaration.urn)
            raise
        name = live.name
        with self._lock:
            self._wanted[declaration.urn] = name
        outputs = record_created(
            inputs,
            declaration,
            live,
            service_address=self._services.vertex.service_address(
                live.resource_name.location
            ),
            trained_on=None if inputs.adopt else inputs.dataset_fingerprints,
            prices=self._services.settings.prices,
        )
        self._tell(declaration.urn, notes)
        return name, outputs

    def read(self, name: str, recorded: dict[str, Any]) -> Read:
        """Return what a refresh records; no name means that the job is gone.

        Raises:
            TuningError: the job could not be read; nothing changes.
        """
        notes = Notes()
        state = TuningJobState.from_properties(recorded)
        found = read(self._services, name, state, notes)
        self._tell(state.declaration.urn, notes)
        return found

    def update(
        self,
        name: str,
        recorded: dict[str, Any],
        inputs: TuningJobInputs,
        declaration: Declaration,
    ) -> dict[str, Any]:
        """Return what to record after inputs of this package's own changed.

        The live job is looked at on the way; where it cannot be read, the record stays.

        Raises:
            NewerStateError: a newer version of this package recorded the state.
        """
        state = TuningJobState.from_properties(recorded)
        with self._lock:
            self._wanted[declaration.urn] = name
        try:
            live = self._services.vertex.get_tuning_job(name)
            outputs = record_read(state, live, prices=self._services.settings.prices)
        except TuningError:
            outputs = state.to_properties()
        return record_update(outputs, inputs, declaration)

    def delete(
        self,
        name: str,
        recorded: dict[str, Any],
        *,
        timeout_seconds: float | None = None,
    ) -> None:
        """Cancel the job if it still works, and clean up where that is asked for.

        A job that this process knows to be wanted is left alone: a pending deletion
        may name the job that a forced replacement adopted. Where the replacement of the
        recorded job failed, and that is not known, each may be it.

        Args:
            name: The job's name.
            recorded: What the state says.
            timeout_seconds: The custom timeout of now; None is the recorded one.

        Raises:
            TuningError: the job may still work; it stays recorded.
        """
        with self._lock:
            kept = self._failed & self._to_replace.keys()
            in_use = [*self._wanted.values(), *(self._to_replace[u] for u in kept)]
        if any(is_same_job(name, wanted) for wanted in in_use):
            return
        state = TuningJobState.from_properties(recorded)
        require_same_service(self._services, name, state)
        declaration = state.declaration
        self._require_no_failure(declaration.urn, name)
        notes = Notes()
        timeout = timeout_seconds or declaration.timeout_seconds("delete")
        bound = timeout or BOUND_SECONDS
        cancelled = cancel(
            self._services, name, bound_seconds=bound, window=self._cancels
        )
        if state.inputs.delete_tuned_model and cancelled.live is not None:
            delete_tuned_model(
                self._services, cancelled.live, notes, bound_seconds=bound
            )
        elif cancelled.lost_race and cancelled.live is not None:
            notes.info(
                f"{name} ended before the cancel and left "
                f"{cancelled.live.model or 'a tuned model'}"
            )
        self._tell(declaration.urn, notes)

    def _require_no_failure(self, urn: str, name: str) -> None:
        """Refuse to cancel what may be the recorded job of a resource that failed."""
        with self._lock:
            is_unknown = urn in self._failed and urn not in self._to_replace
        if is_unknown:
            message = (
                f"{name} was not cancelled: what should replace this resource's job "
                "failed, and this may be that job; run `pulumi up` again"
            )
            raise CancelRefusedError(message)

    def _remember_failure(self, urn: str) -> None:
        """Remember that a resource keeps its job: a step towards another one failed.

        With `--continue-on-error` the pending deletions follow all the same.
        """
        with self._lock:
            self._failed.add(urn)

    def _tell(self, urn: str, notes: Notes) -> None:
        """Show on the resource's row what is new, joined with what was told before.

        A replacement is checked twice; only the last message stays on the row.
        """
        with self._lock:
            told = self._told.setdefault(urn, Notes())
            held = self._held_by_diff.pop(urn, Notes())
            has_news = told.extend(held) | told.extend(notes)
        if has_news:
            told.report_to(self._services.reporter, urn)
