"""What can be wrong with a data set, and the record of what was found.

Pure: no I/O. No problem ever quotes training text: it names the position, the JSON
path and, where a key is a known misspelling, that key.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

KEPT_PER_KIND: Final = 10
"""Problems of one kind that are kept with their position; the rest is counted."""


class Severity(StrEnum):
    """How bad a problem is."""

    ERROR = "error"
    """The service would reject the data set, or fail the job."""

    WARNING = "warning"
    """The service would drop the example, or the example is doubtful."""


class ProblemKind(StrEnum):
    """What is wrong, as a stable identifier."""

    EMPTY_FILE = "empty-file"
    COMPRESSED = "compressed"
    NOT_JSON_LINES = "not-json-lines"
    FILE_TOO_LARGE = "file-too-large"
    BYTE_ORDER_MARK = "byte-order-mark"
    FEW_ROWS = "few-rows"
    TOO_MANY_ROWS = "too-many-rows"
    TOO_MANY_VALIDATION_ROWS = "too-many-validation-rows"

    BLANK_LINE = "blank-line"
    LINE_TOO_LONG = "line-too-long"
    NOT_UTF8 = "not-utf8"
    NUL_BYTE = "nul-byte"
    INVALID_JSON = "invalid-json"
    DUPLICATE_ROW = "duplicate-row"
    ROW_IN_BOTH = "row-in-both"

    WRONG_TYPE = "wrong-type"
    MISSING_FIELD = "missing-field"
    UNKNOWN_FIELD = "unknown-field"
    UNKNOWN_ROLE = "unknown-role"
    UNDOCUMENTED_ROLE = "undocumented-role"
    WRONG_LAST_TURN = "wrong-last-turn"
    NO_USER_TURN = "no-user-turn"
    EMPTY_LIST = "empty-list"
    NOT_A_LIST = "not-a-list"
    EMPTY_TURN = "empty-turn"
    WRONG_PART = "wrong-part"
    UNSUPPORTED_PART = "unsupported-part"
    DOUBTFUL_PART = "doubtful-part"
    TOO_MANY_TOKENS = "too-many-tokens"
    TOO_MANY_IMAGES = "too-many-images"
    WRONG_COMPLETIONS = "wrong-completions"
    DOUBTFUL_COMPLETIONS = "doubtful-completions"

    @property
    def severity(self) -> Severity:
        """How bad every problem of this kind is."""
        return Severity.WARNING if self in _WARNINGS else Severity.ERROR


_WARNINGS: Final = frozenset(
    {
        ProblemKind.FILE_TOO_LARGE,
        ProblemKind.BYTE_ORDER_MARK,
        ProblemKind.FEW_ROWS,
        ProblemKind.TOO_MANY_ROWS,
        ProblemKind.TOO_MANY_VALIDATION_ROWS,
        ProblemKind.BLANK_LINE,
        ProblemKind.LINE_TOO_LONG,
        ProblemKind.DUPLICATE_ROW,
        ProblemKind.ROW_IN_BOTH,
        ProblemKind.UNKNOWN_FIELD,
        ProblemKind.UNDOCUMENTED_ROLE,
        ProblemKind.NO_USER_TURN,
        ProblemKind.NOT_A_LIST,
        ProblemKind.EMPTY_TURN,
        ProblemKind.DOUBTFUL_PART,
        ProblemKind.TOO_MANY_TOKENS,
        ProblemKind.TOO_MANY_IMAGES,
        ProblemKind.DOUBTFUL_COMPLETIONS,
    }
)


@dataclass(frozen=True, slots=True)
class DatasetProblem:
    """One thing that is wrong with a data set."""

    kind: ProblemKind
    message: str
    """What is wrong and what to do, in one line without any training text."""

    line: int | None = None
    """Line of the file, from 1; None where the whole file is meant."""

    column: int | None = None
    """Character of the line, from 1."""

    path: str = ""
    """JSON path inside the line, such as `contents[1].role`."""

    @property
    def severity(self) -> Severity:
        """How bad it is."""
        return self.kind.severity

    def __str__(self) -> str:
        where = [] if self.line is None else [f"line {self.line}"]
        if self.column is not None:
            where.append(f"column {self.column}")
        prefix = f"{', '.join(where)}: " if where else ""
        return prefix + (f"{self.path}: " if self.path else "") + self.message


class ProblemLog:
    """The first problems of each kind and the number of all, in bounded memory."""

    def __init__(
        self,
        problems: Iterable[DatasetProblem] = (),
        counts: Mapping[ProblemKind, int] = MappingProxyType({}),
    ) -> None:
        self._kept: list[DatasetProblem] = list(problems)
        self._counts = Counter(counts)

    def add(self, problem: DatasetProblem) -> None:
        """Record a problem."""
        self._counts[problem.kind] += 1
        if self._counts[problem.kind] <= KEPT_PER_KIND:
            self._kept.append(problem)

    def extend(self, problems: Iterable[DatasetProblem]) -> None:
        """Record several problems."""
        for problem in problems:
            self.add(problem)

    def count(self, kind: ProblemKind, number: int) -> None:
        """Count problems that are not kept."""
        self._counts[kind] += number

    def number(self, kind: ProblemKind) -> int:
        """Return how many problems of this kind occurred."""
        return self._counts[kind]

    @property
    def problems(self) -> tuple[DatasetProblem, ...]:
        """What was kept: of the whole file first, then by line."""
        return tuple(sorted(self._kept, key=lambda p: (p.line or 0, p.column or 0)))

    @property
    def counts(self) -> Mapping[ProblemKind, int]:
        """Number of problems of each kind that occurred."""
        return {kind: self._counts[kind] for kind in sorted(+self._counts)}
