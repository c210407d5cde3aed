"""What the preflight of a data set found.

Pure: no I/O. A report holds no training text, so it may be logged and recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from pulumi_tuning.dataset.duplicates import RowDigests
from pulumi_tuning.dataset.facts import Modality
from pulumi_tuning.dataset.problems import (
    DatasetProblem,
    ProblemKind,
    ProblemLog,
    Severity,
)
from pulumi_tuning.dataset.tokens import TokenEstimate

SHOWN: Final = 20
"""Problems that `to_text` shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one data set holds and what is wrong with it."""

    problems: tuple[DatasetProblem, ...]
    """The first of each kind: of the whole file first, then by line."""

    counts: Mapping[ProblemKind, int]
    """Number of all problems, by kind."""

    rows: int
    """Examples that were looked at; blank lines are none."""

    bytes: int
    """Bytes that were looked at."""

    size: int
    """Bytes of the whole file."""

    is_sample: bool
    """Whether only the beginning of the file was looked at."""

    tokens: TokenEstimate
    """Training tokens of one epoch of the whole file."""

    media: Mapping[Modality, int] = field(default_factory=dict)
    """Parts that are not text, as far as looked at."""

    digests: RowDigests = field(repr=False, compare=False, default_factory=RowDigests)
    """What `compared` finds shared rows with; stays in this process."""

    @property
    def errors(self) -> int:
        """Number of problems for which the service would reject the data set."""
        return self._number(Severity.ERROR)

    @property
    def warnings(self) -> int:
        """Number of problems that cost an example or are doubtful."""
        return self._number(Severity.WARNING)

    @property
    def ok(self) -> bool:
        """Whether there is no error."""
        return self.errors == 0

    @property
    def estimated_rows(self) -> int:
        """Examples of the whole file, estimated where this is a sample."""
        if not self.is_sample or not self.bytes:
            return self.rows
        return round(self.rows * self.size / self.bytes)

    @property
    def uncounted_media(self) -> Mapping[Modality, int]:
        """Parts whose tokens are not in the estimate: their length is not known."""
        return {m: n for m, n in self.media.items() if m is not Modality.IMAGE}

    def extrapolated(self) -> "Report":
        """Return a sample's report with the tokens of the whole file."""
        if not self.is_sample or not self.bytes:
            return self
        tokens = round(self.tokens.tokens * self.size / self.bytes)
        return replace(self, tokens=replace(self.tokens, tokens=tokens))

    def extended(
        self,
        problems: Iterable[DatasetProblem],
        *,
        uncounted: Mapping[ProblemKind, int] = MappingProxyType({}),
    ) -> "Report":
        """Return the report with further problems, and with more that are not kept."""
        log = ProblemLog(self.problems, self.counts)
        log.extend(problems)
        for kind, number in uncounted.items():
            log.count(kind, number)
        return replace(self, problems=log.problems, counts=log.counts)

    def summary(self) -> str:
        """Return the report in one line."""
        rows = f"{self.rows:,} examples"
        if self.is_sample:
            rows = f"sample of {rows} (about {self.estimated_rows:,} in all)"
        parts = [rows, f"about {self.tokens.tokens:,} tokens per epoch"]
        parts += [
            _counted(number, word)
            for number, word in ((self.errors, "error"), (self.warnings, "warning"))
            if number
        ]
        return ", ".join(parts if self.counts else [*parts, "no problems"])

    def to_text(self) -> str:
        """Return the report in full: summary, first problems, number of the rest."""
        shown = self.problems[:SHOWN]
        lines = [self.summary()]
        lines += [f"{p.severity}: {p}" for p in shown]
        lines += [
            f"{kind.severity}: {kind}: {_counted(more, 'more problem')}"
            for kind, number in self.counts.items()
            if (more := number - sum(p.kind is kind for p in shown)) > 0
        ]
        lines += [
            f"note: the tokens of {_counted(number, f'{modality} part')} are not known"
            for modality, number in sorted(self.uncounted_media.items())
        ]
        return "\n".join(lines)

    def _number(self, severity: Severity) -> int:
        return sum(n for kind, n in self.counts.items() if kind.severity is severity)


def _counted(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
