"""Reading a data set before paying for its training: a streaming validator.

Pure: no I/O; the caller hands over bytes as they come. Memory is bounded: a line that
is longer than `LONGEST_LINE` is skipped, eight bytes are kept of every line, and ten
problems of every kind. Where a download breaks, `Preflight.position` says from which
byte to go on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Final

from pulumi_tuning.dataset.duplicates import RowDigests, first_pairs
from pulumi_tuning.dataset.examination import Examiner
from pulumi_tuning.dataset.facts import Modality, ModelRules
from pulumi_tuning.dataset.findings import Findings
from pulumi_tuning.dataset.formats import FAST_READERS, LineFormat
from pulumi_tuning.dataset.problems import DatasetProblem, ProblemKind, ProblemLog
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.dataset.tokens import TokenEstimate, TokenMeter
from pulumi_tuning.dataset.whole_file import (
    COMPRESSED,
    HEAD,
    foreign_file,
    foreign_line,
    json_array,
    limits,
)

LONGEST_LINE: Final = 10 * 1024**2
"""Bytes of a line that is looked into."""

_BLOCK: Final = 256 * 1024
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Preflight:
    """One data set being validated; its chunks may be cut anywhere."""

    def __init__(
        self,
        line_format: LineFormat,
        model: ModelRules | None = None,
        *,
        is_validation: bool = False,
        content_encoding: str | None = None,
    ) -> None:
        """Start at the first byte.

        Args:
            line_format: What the lines hold.
            model: What is known of the base model; None where it is in no table.
            is_validation: Whether this is a validation data set, which may be small.
            content_encoding: `contentEncoding` of the object's metadata.
        """
        self.position = 0
        """Bytes taken so far: where a broken download goes on."""
        self._model = model
        self._is_validation = is_validation
        self._reader = FAST_READERS[line_format]
        self._examiner = Examiner(line_format, model)
        limit = model.most_tokens_per_row if model else None
        self._short_line = limit.value if limit else LONGEST_LINE
        self._log = ProblemLog()
        self._meter = TokenMeter()
        self._digests = RowDigests()
        self._media: Counter[Modality] = Counter()
        self._rows = 0
        self._lines = 0
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._has_begun = False
        self._is_skipping = False
        self._is_foreign = False
        if content_encoding and "gzip" in content_encoding.lower():
            self._give_up(DatasetProblem(ProblemKind.COMPRESSED, COMPRESSED))

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        self.position += len(chunk)
        for start in range(0, len(chunk), _BLOCK):
            if not self._is_foreign:
                self._take(chunk[start : start + _BLOCK])

    def finish(self, *, size: int | None = None) -> Report:
        """Return the report, once, after the last chunk.

        Args:
            size: Bytes of the whole file, where the chunks are only its beginning. A
                last line without its end is not judged then.
        """
        if not self._has_begun and not self._is_foreign:
            self._take(b"", is_end=True)
        is_sample = size is not None and size > self.position
        judged = self.position - self._held_bytes if is_sample else self.position
        if is_sample:
            self._judge_beginning()
        elif self._is_skipping:
            self._skip_line()
        elif self._held:
            self._judge([self._release().removesuffix(b"\r")])
        self._add_repetitions()
        report = Report(
            problems=self._log.problems,
            counts=self._log.counts,
            rows=self._rows,
            bytes=judged,
            size=size if is_sample and size is not None else self.position,
            is_sample=is_sample,
            tokens=TokenEstimate(self._meter.tokens),
            media=dict(self._media),
            digests=self._digests,
        ).extrapolated()
        return report.extended(self._limits(report))

    def _limits(self, report: Report) -> Iterable[DatasetProblem]:
        if report.rows:
            return limits(report, self._model, is_validation=self._is_validation)
        if report.is_sample or self._is_foreign:
            return ()
        return (DatasetProblem(ProblemKind.EMPTY_FILE, "there are no examples in it"),)

    def _add_repetitions(self) -> None:
        pairs, repeated = first_pairs(self._digests.repeated())
        for line, first in pairs:
            message = f"the same as line {first}"
            self._log.add(DatasetProblem(ProblemKind.DUPLICATE_ROW, message, line))
        self._log.count(ProblemKind.DUPLICATE_ROW, repeated - len(pairs))

    def _give_up(self, problem: DatasetProblem) -> None:
        """Record why the rest of the file is not worth a look."""
        self._log.add(problem)
        self._is_foreign = True
        self._release()

    def _take(self, piece: bytes, *, is_end: bool = False) -> None:
        """Judge the lines that end in this piece, and hold what begins in it."""
        if not self._has_begun:
            self._hold(piece)
            if self._held_bytes < HEAD and not is_end:
                return
            piece = self._begin(self._release())
        if self._is_skipping:
            _, newline, piece = piece.partition(b"\n")
            if not newline:
                return
            self._skip_line()
        lines = piece.split(b"\n")
        tail = lines.pop()
        if lines:
            lines[0] = self._release() + lines[0]
            if b"\r" in piece or lines[0].endswith(b"\r"):
                lines = [line.removesuffix(b"\r") for line in lines]
            self._judge(lines)
        self._hold(tail)
        if self._held_bytes > LONGEST_LINE + len(b"\r"):
            self._release()
            self._is_skipping = True

    def _begin(self, start: bytes) -> bytes:
        """Return the start of the file without a mark of its encoding."""
        self._has_begun = True
        problem = foreign_file(start)
        if problem is not None:
            self._give_up(problem)
            return b""
        if start.startswith(_BYTE_ORDER_MARK):
            message = "begins with a byte order mark; write UTF-8 without one"
            self._log.add(DatasetProblem(ProblemKind.BYTE_ORDER_MARK, message, 1))
        return start.removeprefix(_BYTE_ORDER_MARK)

    def _hold(self, piece: bytes) -> None:
        if piece and not self._is_foreign:
            self._held.append(piece)
            self._held_bytes += len(piece)

    def _release(self) -> bytes:
        held = b"".join(self._held)
        self._held.clear()
        self._held_bytes = 0
        return held

    def _judge(self, lines: list[bytes]) -> None:
        """Judge complete lines without their line breaks."""
        first = self._lines + 1
        takes, short = self._reader.takes, self._short_line
        faulty: dict[int, Findings | None] = {}
        blank = self._log.number(ProblemKind.BLANK_LINE)
        for index, line in enumerate(lines):
            if len(line) > short or not takes(line):
                faulty[index] = self._look_closely(line, first + index)
                if self._is_foreign:
                    return
                if faulty[index] is None:
                    lines[index] = b""
        self._lines += len(lines)
        blank -= self._log.number(ProblemKind.BLANK_LINE)
        self._rows += len(lines) + blank
        self._digests.add(lines)
        self._count_tokens(lines, first, faulty)

    def _look_closely(self, line: bytes, number: int) -> Findings | None:
        """Return what is in a line that is not plainly faultless; None where nothing.

        A file that is no JSON Lines at all is given up at its first row.
        """
        if not line or line.isspace():
            self._log.add(DatasetProblem(ProblemKind.BLANK_LINE, "is blank", number))
            return None
        if len(line) > LONGEST_LINE:
            self._log.add(_too_long(number))
            return None
        found = self._examiner.examine(line, number)
        if found.has_errors and self._log.number(ProblemKind.BLANK_LINE) == number - 1:
            foreign = foreign_line(line, number)
            if foreign is not None:
                self._give_up(foreign)
                return None
        self._log.extend(found.problems)
        return found

    def _judge_beginning(self) -> None:
        """Recognise a JSON array in a sample that does not hold its first line."""
        start = self._release()
        if not self._lines and start.lstrip().startswith(b"["):
            self._give_up(json_array(1))

    def _skip_line(self) -> None:
        """Go past a line that is too long to look into."""
        self._is_skipping = False
        self._lines += 1
        self._rows += 1
        self._digests.add((b"",))
        self._log.add(_too_long(self._lines))

    def _count_tokens(
        self, lines: list[bytes], first: int, faulty: Mapping[int, Findings | None]
    ) -> None:
        """Count the tokens of the lines that are trained on."""
        trained_on = lines.copy() if faulty else lines
        for index, found in faulty.items():
            if found is None or not found.is_trained_on:
                trained_on[index] = b""
            else:
                self._media += found.media
                self._meter.add_certain(self._examiner.image_tokens(found))

        def count(index: int) -> int:
            found = faulty.get(index)
            if found is None:
                return self._reader.tokens(lines[index])
            return self._examiner.billed_tokens(found)

        self._meter.add(trained_on, first, count)


def validate(
    chunks: Iterable[bytes],
    line_format: LineFormat,
    model: ModelRules | None = None,
    *,
    is_validation: bool = False,
    content_encoding: str | None = None,
) -> Report:
    """Return the report of a whole data set; the chunks may be cut anywhere."""
    preflight = Preflight(
        line_format,
        model,
        is_validation=is_validation,
        content_encoding=content_encoding,
    )
    for chunk in chunks:
        preflight.feed(chunk)
    return preflight.finish()


def sample(
    first: bytes,
    line_format: LineFormat,
    model: ModelRules | None = None,
    *,
    size: int,
    is_validation: bool = False,
    content_encoding: str | None = None,
) -> Report:
    """Return the report of the first bytes of a data set of this many bytes.

    A line that the sample cuts is not judged, and totals are extrapolated. A sample of
    the whole is the whole.
    """
    preflight = Preflight(
        line_format,
        model,
        is_validation=is_validation,
        content_encoding=content_encoding,
    )
    preflight.feed(first)
    return preflight.finish(size=size)


def _too_long(line: int) -> DatasetProblem:
    message = f"longer than {LONGEST_LINE:,} bytes; it is not looked into"
    return DatasetProblem(ProblemKind.LINE_TOO_LONG, message, line)
