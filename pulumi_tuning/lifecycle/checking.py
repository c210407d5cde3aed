"""Check: everything that can be refused before money is spent, all at once."""

from dataclasses import dataclass
from typing import Any, Final

from pulumi_tuning.errors import Problem, TuningError
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.datasets import DatasetChecker
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Parsed, Unknown, parse
from pulumi_tuning.lifecycle.rules import Subject, doubts, problems
from pulumi_tuning.lifecycle.services import Services

_FINGERPRINTS: Final = "datasetFingerprints"


@dataclass(frozen=True, slots=True)
class Findings:
    """Checked inputs, or everything that is wrong with them."""

    inputs: TuningJobInputs
    problems: tuple[Problem, ...]


class Checker:
    """Checks the inputs of all resources of a process."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._datasets = DatasetChecker(services)

    def check(
        self, properties: dict[str, Any], unknown: Unknown, notes: Notes
    ) -> Findings:
        """Return the inputs with project, location and fingerprints filled in.

        Args:
            properties: Engine-side inputs without unknown values.
            unknown: Where the unknown values stand.
            notes: Gets what is doubtful, and the estimated cost.
        """
        given = {k: v for k, v in properties.items() if k != _FINGERPRINTS}
        parsed = parse(self._with_place(given, unknown), unknown)
        subject = Subject(parsed.inputs, parsed.inputs.to_properties(), unknown, parsed)
        found = [*parsed.problems, *problems(subject)]
        for doubt in doubts(subject):
            notes.warn(doubt)
        return self._with_datasets(parsed, found, notes)

    def _with_datasets(
        self, parsed: Parsed, found: list[Problem], notes: Notes
    ) -> Findings:
        """Look at the data sets whose addresses are known and well formed."""
        wrong = {problem.property for problem in found}
        uris = {
            path: uri
            for path, uri in parsed.inputs.dataset_uris.items()
            if path not in wrong
        }
        checked = self._datasets.check(parsed.inputs, uris, notes)
        found += checked.problems
        inputs = parsed.inputs.model_copy(
            update={"dataset_fingerprints": checked.fingerprints}
        )
        return Findings(inputs, tuple(found))

    def _with_place(
        self, properties: dict[str, Any], unknown: Unknown
    ) -> dict[str, Any]:
        """Return the properties with the configured project and location."""
        filled = dict(properties)
        if "location" not in filled and not unknown.covers("location"):
            filled["location"] = self._services.settings.location
        if "project" not in filled and not unknown.covers("project"):
            filled["project"] = self._project()
        return {k: v for k, v in filled.items() if v is not None}

    def _project(self) -> str | None:
        """Return the configured project, or that of the credentials."""
        try:
            return self._services.default_project()
        except TuningError:
            return None
