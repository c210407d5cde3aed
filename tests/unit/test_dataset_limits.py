"""Limits of a whole file, and of a validation data set beside its training data."""

from dataclasses import replace

import pytest

from pulumi_tuning.dataset.duplicates import RowDigests
from pulumi_tuning.dataset.facts import Modality
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.problems import DatasetProblem, ProblemKind
from pulumi_tuning.dataset.report import SHOWN, Report
from pulumi_tuning.dataset.tokens import TokenEstimate
from pulumi_tuning.dataset.whole_file import compared, limits

LARGE_FILE = "file-too-large: 1,500,000,000 bytes; documented are at most 1,073,741,824"


def _report(rows: int, *lines: bytes, **changes: object) -> Report:
    digests = RowDigests()
    digests.add(lines)
    report = Report(
        problems=(),
        counts={},
        rows=rows,
        bytes=1000,
        size=1000,
        is_sample=False,
        tokens=TokenEstimate(100),
        digests=digests,
    )
    return replace(report, **changes)  # type: ignore[arg-type] # any field


def _limits(
    report: Report, model: str = "gemini-2.5-flash", *, is_validation: bool = False
) -> list[str]:
    problems = limits(report, find_model(model), is_validation=is_validation)
    return [f"{problem.kind}: {problem.message}" for problem in problems]


@pytest.mark.parametrize(
    ("report", "model", "expected"),
    [
        pytest.param(
            _report(99),
            "gemini-2.5-flash",
            ["few-rows: 99 examples; 100 are recommended"],
            id="few examples",
        ),
        pytest.param(_report(100), "gemini-2.5-flash", [], id="just enough"),
        pytest.param(
            _report(99),
            "gemini-9",
            ["few-rows: 99 examples; 100 are recommended"],
            id="few examples for an unknown model",
        ),
        pytest.param(
            _report(20, is_sample=True, bytes=1000, size=3000),
            "gemini-2.5-flash",
            ["few-rows: about 60 examples; 100 are recommended"],
            id="few examples as far as a sample can tell",
        ),
        pytest.param(
            _report(10_000_001),
            "gemini-2.5-flash",
            ["too-many-rows: 10,000,001 examples; documented are at most 10,000,000"],
            id="too many examples",
        ),
        pytest.param(
            _report(300_001, media={Modality.IMAGE: 1}),
            "gemini-2.5-flash",
            ["too-many-rows: 300,001 examples; documented are at most 300,000"],
            id="too many examples with images",
        ),
        pytest.param(
            _report(200, size=15 * 10**8),
            "gemini-2.5-flash",
            [LARGE_FILE],
            id="a large file",
        ),
        pytest.param(
            _report(10**9, size=2 * 1024**3), "gemini-9", [], id="unknown model"
        ),
    ],
)
def test_limits_of_training_data(
    report: Report, model: str, expected: list[str]
) -> None:
    """A training data set is held against the limits of its model."""
    assert _limits(report, model) == expected


@pytest.mark.parametrize(
    ("rows", "model", "expected"),
    [
        pytest.param(5, "gemini-2.5-flash", [], id="few are enough"),
        pytest.param(
            9000, "gemini-2.5-flash", [], id="as a share it depends on the training"
        ),
        pytest.param(
            1025,
            "translation-llm-002",
            ["too-many-validation-rows: 1,025; documented are at most 1,024 examples"],
            id="too many",
        ),
        pytest.param(10**6, "gemini-9", [], id="unknown model"),
    ],
)
def test_limits_of_validation_data(rows: int, model: str, expected: list[str]) -> None:
    """A validation data set may be small, and has its own upper limit."""
    assert _limits(_report(rows), model, is_validation=True) == expected


@pytest.mark.parametrize(
    ("rows", "training_rows", "expected"),
    [
        pytest.param(1000, 10, 0, id="a thousand are always fine"),
        pytest.param(3000, 10_000, 0, id="just 30 %"),
        pytest.param(3001, 10_000, 1, id="more than 30 %"),
        pytest.param(3001, 0, 0, id="training data of which nothing was read"),
    ],
)
def test_validation_data_beside_training_data(
    rows: int, training_rows: int, expected: int
) -> None:
    """Many validation examples must be a small share of the training examples."""
    report = compared(
        _report(rows), _report(training_rows), find_model("gemini-2.5-flash")
    )

    number = report.counts.get(ProblemKind.TOO_MANY_VALIDATION_ROWS, 0)
    assert number == expected


def test_share_reads_as_one_line() -> None:
    """The problem names both numbers, and says so where they are estimates."""
    validation = _report(2000, is_sample=True, size=2000)

    report = compared(validation, _report(9000), find_model("gemini-2.5-flash"))

    assert str(report.problems[0]) == (
        "about 4,000 beside 9,000 for training; documented are at most 1,000 examples, "
        "or 30% of the training examples"
    )


def test_rows_in_both_are_told_with_both_lines() -> None:
    """A validation row that is trained on measures nothing."""
    rows = [b"row %d" % number for number in range(20)]

    report = compared(_report(20, *rows), _report(20, b"x", *rows))

    assert report.counts == {ProblemKind.ROW_IN_BOTH: 20}
    assert len(report.problems) == 10
    assert str(report.problems[0]) == (
        "line 1: stands in the training data, too, on line 2"
    )


def test_good_pair_stays_as_it_was() -> None:
    """Data sets that have nothing to do with each other get no problem."""
    validation = _report(20, b"a")

    assert compared(validation, _report(20, b"b")) == validation


def test_report_shows_the_first_problems_and_counts_the_rest() -> None:
    """A long report ends with the number of what it does not show, by kind."""
    problems = [
        DatasetProblem(kind, "bad", line)
        for line in range(1, 12)
        for kind in (ProblemKind.INVALID_JSON, ProblemKind.EMPTY_TURN)
    ]
    report = _report(50).extended(problems)

    lines = report.to_text().splitlines()

    assert lines[0] == (
        "50 examples, about 100 tokens per epoch, 11 errors, 11 warnings"
    )
    assert len(lines) == 1 + SHOWN + 2
    assert lines[1] == "error: line 1: bad"
    assert lines[-2:] == [
        "warning: empty-turn: 1 more problem",
        "error: invalid-json: 1 more problem",
    ]


def test_one_warning_is_no_error() -> None:
    """A report with nothing but warnings is fine."""
    report = _report(50).extended([DatasetProblem(ProblemKind.FEW_ROWS, "few")])

    assert (report.ok, report.errors, report.warnings) == (True, 0, 1)
    assert report.summary().endswith("per epoch, 1 warning")


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        pytest.param(
            DatasetProblem(ProblemKind.INVALID_JSON, "not JSON", 3, 14),
            "line 3, column 14: not JSON",
            id="line and column",
        ),
        pytest.param(
            DatasetProblem(ProblemKind.EMPTY_TURN, "empty", 3, path="contents[0]"),
            "line 3: contents[0]: empty",
            id="line and path",
        ),
        pytest.param(
            DatasetProblem(ProblemKind.EMPTY_FILE, "empty"), "empty", id="the file"
        ),
    ],
)
def test_problem_reads_as_one_line(problem: DatasetProblem, text: str) -> None:
    """A problem says where it is and what it is."""
    assert str(problem) == text
