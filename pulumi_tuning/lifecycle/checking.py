"""Check: everything that can be refused before money is spent, all at once."""

from dataclasses import dataclass
from typing import Any, Final

from pulumi_tuning.errors import NotFoundError, Problem, TuningError
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.adoption import refusal
from pulumi_tuning.lifecycle.costs import CostTable
from pulumi_tuning.lifecycle.dataset_reader import DatasetReader
from pulumi_tuning.lifecycle.datasets import Look, check_datasets
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Unknown, parse
from pulumi_tuning.lifecycle.rules import doubts, problems
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.lifecycle.subject import Subject

_FINGERPRINTS: Final = "datasetFingerprints"


@dataclass(frozen=True, slots=True)
class Checked:
    """Checked inputs, and everything that is wrong with them."""

    inputs: TuningJobInputs
    problems: tuple[Problem, ...]


class Checker:
    """Checks the inputs of all resources of a process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.datasets = DatasetReader(services)
        self.costs = CostTable(services.settings.prices)

    def check(
        self,
        properties: dict[str, Any],
        unknown: Unknown,
        notes: Notes,
        *,
        is_new_job: bool,
        may_appear: bool,
    ) -> Checked:
        """Return the inputs with project, location and fingerprints filled in.

        Args:
            properties: Engine-side inputs without unknown values.
            unknown: Where the unknown values stand.
            notes: Gets what is doubtful, and the estimated cost.
            is_new_job: Whether a job would be started.
            may_appear: Whether something may still write a missing data set.

        Raises:
            TuningError: settings are malformed; all of them are named.
        """
        settings_problems = self._services.settings.problems
        if settings_problems:
            raise TuningError("; ".join(map(str, settings_problems)))
        given = {k: v for k, v in properties.items() if k != _FINGERPRINTS}
        parsed = parse(self._with_place(given, unknown), unknown)
        inputs = parsed.inputs
        subject = Subject(
            inputs,
            inputs.to_properties(),
            unknown,
            parsed,
            self._services.settings.default_labels,
        )
        found = [*parsed.problems, *problems(subject)]
        for doubt in doubts(subject):
            notes.warn(doubt)
        wrong = {problem.property for problem in found}
        uris = {p: uri for p, uri in inputs.dataset_uris.items() if p not in wrong}
        look = Look(uris, is_new_job=is_new_job, may_appear=may_appear)
        datasets = check_datasets(self.datasets, inputs, look, notes)
        inputs = inputs.model_copy(
            update={"dataset_fingerprints": datasets.fingerprints}
        )
        found += datasets.problems
        if is_new_job and inputs.adopt and not found:
            found += self._judge_adoption(inputs, inputs.adopt, notes)
        elif is_new_job and not inputs.adopt:
            found += self.costs.judge(inputs, datasets.training, notes)
        return Checked(inputs, tuple(found))

    def _judge_adoption(
        self, inputs: TuningJobInputs, name: str, notes: Notes
    ) -> list[Problem]:
        """Look whether the job that is to be adopted is the declared one."""
        try:
            live = self._services.vertex.get_tuning_job(name)
        except NotFoundError:
            return [Problem("adopt", f"{name} does not exist")]
        except TuningError as error:
            notes.warn(f"{name} was not looked at: {error}")
            return []
        reason = refusal(inputs, live)
        if reason is not None:
            return [Problem("adopt", reason)]
        notes.info(f"adopts {name} ({live.state}), starts nothing")
        return []

    def _with_place(
        self, properties: dict[str, Any], unknown: Unknown
    ) -> dict[str, Any]:
        """Return the properties with the configured project and location."""
        filled = dict(properties)
        if "location" not in filled and not unknown.covers("location"):
            filled["location"] = self._services.settings.location
        if "project" not in filled and not unknown.covers("project"):
            filled["project"] = self._services.default_project()
        return {k: v for k, v in filled.items() if v is not None}
