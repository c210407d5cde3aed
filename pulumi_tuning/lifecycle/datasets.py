"""The data sets of a job: identified in every check, judged before a job starts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from pulumi_tuning.dataset.facts import TuningKind
from pulumi_tuning.dataset.formats import line_format
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.problems import Severity
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.dataset.whole_file import compared
from pulumi_tuning.errors import (
    DatasetUnreadableError,
    NotFoundError,
    Problem,
    TuningError,
)
from pulumi_tuning.gcp.storage import ObjectMetadata
from pulumi_tuning.inputs import (
    DatasetFingerprint,
    DatasetFingerprints,
    TuningJobInputs,
)
from pulumi_tuning.lifecycle.dataset_reader import SAMPLE_BYTES, DatasetReader, Purpose
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.resource_names import GcsUri

_SHOWN_PROBLEMS: Final = 3


@dataclass(frozen=True, slots=True)
class Look:
    """What one check wants to know about the data sets of a job."""

    uris: Mapping[str, str]
    """Addresses by property path: those that are known and well formed."""

    is_new_job: bool
    """Whether a job would be started: then the content is worth a look."""

    may_appear: bool
    """Whether something in the program may still write a missing object."""


@dataclass(frozen=True, slots=True)
class CheckedDatasets:
    """What is known of the data sets of a job."""

    fingerprints: DatasetFingerprints | None
    problems: tuple[Problem, ...]
    training: Report | None
    """Report of the training data set, where its content was looked at."""


@dataclass(frozen=True, slots=True)
class _Dataset:
    """One data set that was found."""

    path: str
    uri: GcsUri
    metadata: ObjectMetadata
    report: Report | None

    @property
    def is_validation(self) -> bool:
        return _is_validation(self.path)

    @property
    def fingerprint(self) -> DatasetFingerprint:
        return DatasetFingerprint(
            generation=str(self.metadata.generation),
            crc32c=self.metadata.crc32c,
            size=self.metadata.size,
        )


def check_datasets(
    reader: DatasetReader, inputs: TuningJobInputs, look: Look, notes: Notes
) -> CheckedDatasets:
    """Return the fingerprints of a job's data sets, and what is wrong with them."""
    found: list[_Dataset] = []
    problems: list[Problem] = []
    for path, text in look.uris.items():
        uri = GcsUri.parse(text)
        if uri is None:
            continue  # a multimodal dataset is no object
        try:
            metadata = reader.metadata(uri)
        except NotFoundError:
            if look.may_appear:
                notes.info(f"{uri} does not exist yet")
            else:
                problems.append(Problem(path, f"{uri} does not exist"))
        except TuningError as error:
            notes.warn(f"{uri} was not looked at: {error}")
        else:
            dataset = _Dataset(path, uri, metadata, None)
            found.append(_read(reader, inputs, look, dataset, notes))
    training = next((d for d in found if not d.is_validation), None)
    validation = next((d for d in found if d.is_validation), None)
    for dataset, report in _reports(inputs, training, validation):
        problems += _judge(dataset, report, notes)
    fingerprints = DatasetFingerprints(
        training=training.fingerprint if training else None,
        validation=validation.fingerprint if validation else None,
    )
    return CheckedDatasets(
        fingerprints if found else None,
        tuple(problems),
        training.report if training else None,
    )


def require_datasets(reader: DatasetReader, inputs: TuningJobInputs) -> None:
    """Refuse to start a job whose data sets should have appeared by now.

    The check let them pass as something that the program may still write.

    Raises:
        DatasetUnreadableError: a data set does not exist.
    """
    known = inputs.dataset_fingerprints or DatasetFingerprints()
    for path, text in inputs.dataset_uris.items():
        uri = GcsUri.parse(text)
        seen = known.validation if _is_validation(path) else known.training
        if uri is None or seen is not None:
            continue
        try:
            reader.metadata(uri)
        except NotFoundError as error:
            message = "does not exist; nothing was started"
            raise DatasetUnreadableError(text, message) from error
        except TuningError:
            continue  # nobody can say; the service will


def _read(
    reader: DatasetReader,
    inputs: TuningJobInputs,
    look: Look,
    dataset: _Dataset,
    notes: Notes,
) -> _Dataset:
    """Return a data set with the report of its content, where one is wanted.

    A content that is gone was replaced since its metadata was read: no reason to
    refuse anything, nor to forget what was identified.
    """
    if not look.is_new_job or inputs.preflight == "off":
        return dataset
    model = find_model(inputs.base_model or "")
    is_preference = inputs.preference_optimization_spec is not None
    kind = TuningKind.PREFERENCE if is_preference else TuningKind.SUPERVISED
    purpose = Purpose(
        line_format=line_format(kind, model),
        model=model,
        is_validation=dataset.is_validation,
        is_full=inputs.preflight == "full",
    )
    try:
        report = reader.report(dataset.uri, dataset.metadata, purpose)
    except TuningError as error:
        notes.warn(f"the content of {dataset.uri} was not looked at: {error}")
        return dataset
    if report.is_sample and not report.rows and report.ok:
        notes.warn(
            f"{dataset.uri}: no line ends in the first {SAMPLE_BYTES:,} bytes, so none "
            'was judged; preflight="full" reads it all'
        )
    return replace(dataset, report=report)


def _is_validation(path: str) -> bool:
    return path.endswith("validationDatasetUri")


def _reports(
    inputs: TuningJobInputs, training: _Dataset | None, validation: _Dataset | None
) -> Iterator[tuple[_Dataset, Report]]:
    """Yield the reports, that of the validation data compared with the training's."""
    if training is not None and training.report is not None:
        yield training, training.report
    if validation is None or validation.report is None:
        return
    if training is None or training.report is None:
        yield validation, validation.report
    else:
        model = find_model(inputs.base_model or "")
        yield validation, compared(validation.report, training.report, model)


def _judge(dataset: _Dataset, report: Report, notes: Notes) -> list[Problem]:
    """Refuse what the service would reject; warn about what it would drop."""
    if report.ok:
        if report.warnings:
            notes.warn(f"{dataset.uri}: {_told(report, Severity.WARNING)}")
        return []
    return [Problem(dataset.path, f"{dataset.uri}: {_told(report, Severity.ERROR)}")]


def _told(report: Report, severity: Severity) -> str:
    """Return the first problems of a severity and the number of all."""
    shown = [p for p in report.problems if p.severity is severity][:_SHOWN_PROBLEMS]
    number = report.errors if severity is Severity.ERROR else report.warnings
    more = number - len(shown)
    rest = f"; {more:,} more, see `pulumi-tuning preflight`" if more > 0 else ""
    return "; ".join(map(str, shown)) + rest
