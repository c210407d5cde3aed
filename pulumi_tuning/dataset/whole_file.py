"""What is wrong with a file as a whole: its kind, its size, its relation to another.

Pure: no I/O.
"""

from collections.abc import Iterator
from typing import Final

from pulumi_tuning.dataset.duplicates import first_pairs
from pulumi_tuning.dataset.facts import Fact, Modality, ModelRules
from pulumi_tuning.dataset.models import MANY_VALIDATION_ROWS, RECOMMENDED_ROWS
from pulumi_tuning.dataset.problems import DatasetProblem, ProblemKind
from pulumi_tuning.dataset.report import Report

HEAD: Final = 8
"""Bytes by which a foreign file is recognised."""

COMPRESSED: Final = "compressed with gzip; the service reads plain JSON Lines"

_MAGIC: Final = {
    b"\x1f\x8b": DatasetProblem(ProblemKind.COMPRESSED, COMPRESSED),
    b"PK\x03\x04": DatasetProblem(
        ProblemKind.COMPRESSED, "a ZIP archive; the service reads plain JSON Lines"
    ),
    b"BZh": DatasetProblem(
        ProblemKind.COMPRESSED, "compressed with bzip2; the service reads plain text"
    ),
    b"\x28\xb5\x2f\xfd": DatasetProblem(
        ProblemKind.COMPRESSED, "compressed with zstd; the service reads plain text"
    ),
    b"PAR1": DatasetProblem(
        ProblemKind.NOT_JSON_LINES, "a Parquet file; the service reads JSON Lines"
    ),
    b"\xff\xfe": DatasetProblem(ProblemKind.NOT_UTF8, "UTF-16; write UTF-8"),
    b"\xfe\xff": DatasetProblem(ProblemKind.NOT_UTF8, "UTF-16; write UTF-8"),
}
_OPEN_ENDS: Final = (b"{", b"[", b",", b":")


def foreign_file(head: bytes) -> DatasetProblem | None:
    """Return why a file that begins so holds no lines of JSON, or None."""
    for magic, problem in _MAGIC.items():
        if head.startswith(magic):
            return problem
    return None


def foreign_line(line: bytes, number: int) -> DatasetProblem | None:
    """Return why a file whose first row is this faulty line is no JSON Lines, or None.

    One problem for the whole file says more than one for each of its lines.
    """
    if b"\0" in line:
        return None
    text = line.strip()
    if text.startswith(b"["):
        return json_array(number)
    if text.startswith(b"{") and text.endswith(_OPEN_ENDS):
        message = "JSON over several lines; write each example on one line"
    elif not text.startswith((b"{", b'"{')) and (b"," in text or b"\t" in text):
        message = "no JSON, it looks like a table (CSV); write one JSON object per line"
    else:
        return None
    return DatasetProblem(ProblemKind.NOT_JSON_LINES, message, number)


def json_array(number: int) -> DatasetProblem:
    """Return what is wrong with a file that begins as a list."""
    message = "a JSON array; write one object per line, without brackets around"
    return DatasetProblem(ProblemKind.NOT_JSON_LINES, message, number)


def limits(
    report: Report, model: ModelRules | None, *, is_validation: bool
) -> Iterator[DatasetProblem]:
    """Yield what the documented limits have against a data set of this size."""
    rows = report.estimated_rows
    about = "about " if report.is_sample else ""
    most_bytes = model.most_bytes if model else None
    if most_bytes and report.size > most_bytes.value:
        message = f"{report.size:,} bytes; documented are at most {most_bytes.value:,}"
        yield DatasetProblem(ProblemKind.FILE_TOO_LARGE, message)
    if is_validation:
        most = model.most_validation_rows if model else None
        if most and not (model and model.most_validation_share) and rows > most.value:
            yield _too_many_validation_rows(
                f"{about}{rows:,}", f"{most.value:,} examples"
            )
        return
    most_rows = _most_rows(report, model)
    if most_rows and rows > most_rows.value:
        message = f"{about}{rows:,} examples; documented are at most "
        yield DatasetProblem(ProblemKind.TOO_MANY_ROWS, f"{message}{most_rows.value:,}")
    if 0 < rows < RECOMMENDED_ROWS.value:
        message = f"{about}{rows} examples; {RECOMMENDED_ROWS.value} are recommended"
        yield DatasetProblem(ProblemKind.FEW_ROWS, message)


def compared(
    validation: Report, training: Report, model: ModelRules | None = None
) -> Report:
    """Return the validation report with what is wrong beside the training data.

    Those are examples that stand in both, and a validation data set that is too large
    for the training data set. Both reports must come from this process.
    """
    problems: list[DatasetProblem] = []
    pairs, shared = first_pairs(validation.digests.shared_with(training.digests))
    problems += [
        DatasetProblem(
            ProblemKind.ROW_IN_BOTH,
            f"stands in the training data, too, on line {line_there}",
            line,
        )
        for line, line_there in pairs
    ]
    most = model.most_validation_rows if model else None
    share = model.most_validation_share if model else None
    if most and share and training.estimated_rows:
        rows, rows_there = validation.estimated_rows, training.estimated_rows
        if rows > MANY_VALIDATION_ROWS.value and rows > share.value * rows_there:
            about = "about " if validation.is_sample or training.is_sample else ""
            problems.append(
                _too_many_validation_rows(
                    f"{about}{rows:,} beside {rows_there:,} for training",
                    f"{MANY_VALIDATION_ROWS.value:,} examples, or {share.value:.0%} of "
                    "the training examples",
                )
            )
    return validation.extended(
        problems, uncounted={ProblemKind.ROW_IN_BOTH: shared - len(pairs)}
    )


def _most_rows(report: Report, model: ModelRules | None) -> Fact[int] | None:
    if model is None:
        return None
    if any(number for m, number in report.media.items() if m is not Modality.TEXT):
        return model.most_multimodal_rows
    return model.most_rows


def _too_many_validation_rows(rows: str, most: str) -> DatasetProblem:
    message = f"{rows}; documented are at most {most}"
    return DatasetProblem(ProblemKind.TOO_MANY_VALIDATION_ROWS, message)
