"""The data sets of a job, looked at before it is started."""

from collections.abc import Mapping
from dataclasses import dataclass

from pulumi_tuning.errors import NotFoundError, Problem, TuningError
from pulumi_tuning.inputs import (
    DatasetFingerprint,
    DatasetFingerprints,
    TuningJobInputs,
)
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.services import Services
from pulumi_tuning.resource_names import GcsUri


@dataclass(frozen=True, slots=True)
class CheckedDatasets:
    """What is known of the data sets of a job."""

    fingerprints: DatasetFingerprints | None
    problems: tuple[Problem, ...]


class DatasetChecker:
    """Reads each data set once per process, within one budget of time for all."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def check(
        self, inputs: TuningJobInputs, uris: Mapping[str, str], notes: Notes
    ) -> CheckedDatasets:
        """Return fingerprints of the data sets, and what is wrong with them."""
        if inputs.preflight == "off":
            return CheckedDatasets(None, ())
        problems: list[Problem] = []
        found: dict[str, DatasetFingerprint] = {}
        for path, text in uris.items():
            uri = GcsUri.parse(text)
            if uri is None:
                continue
            kind = "training" if path.endswith("trainingDatasetUri") else "validation"
            try:
                metadata = self._services.storage.get_object_metadata(uri)
            except NotFoundError:
                problems.append(Problem(path, f"{uri} does not exist"))
            except TuningError as error:
                notes.warn(f"{uri} could not be looked at: {error}")
            else:
                found[kind] = DatasetFingerprint(
                    generation=str(metadata.generation),
                    crc32c=metadata.crc32c,
                    size=metadata.size,
                )
        fingerprints = DatasetFingerprints(**found) if found else None
        return CheckedDatasets(fingerprints, tuple(problems))
