"""Reading a data set before paying for its training: a streaming validator.

Pure: no I/O; the caller hands over bytes as they come. Memory is bounded: a line that
is longer than `LONGEST_LINE` is skipped, twelve bytes are kept of every row, and ten
problems of every kind. Where a download breaks, `Preflight.position` says from which
byte to go on.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final

from pulumi_tuning.dataset.duplicates import RowDigests
from pulumi_tuning.dataset.examination import Examiner
from pulumi_tuning.dataset.facts import Modality, ModelRules
from pulumi_tuning.dataset.formats import FAST_READERS, LineFormat
from pulumi_tuning.dataset.problems import DatasetProblem, ProblemKind, ProblemLog
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.dataset.tokens import TokenEstimate, TokenMeter
from pulumi_tuning.dataset.wholes import foreign_file, foreign_line, row_problems

LONGEST_LINE: Final = 10 * 1024**2
"""Bytes of a line that is looked into."""

_BLOCK: Final = 256 * 1024
_HEAD: Final = 8
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


class Preflight:
    """One data set being validated; chunks may be cut anywhere."""

    def __init__(
        self,
        line_format: LineFormat,
        model: ModelRules | None = None,
        *,
        content_encoding: str | None = None,
        is_validation: bool = False,
    ) -> None:
        """Start at the first byte.

        Args:
            line_format: What the lines hold.
            model: The base model; None where it is not known.
            content_encoding: `contentEncoding` of the object's metadata.
            is_validation: Whether this is a validation data set, which may be small.
        """
        self.position = 0
        """Bytes taken so far: where a broken download goes on."""
        self._model = model
        self._is_validation = is_validation
        self._reader = FAST_READERS[line_format]
        self._examiner = Examiner(line_format, model)
        limit = model.most_tokens_per_row if model else None
        self._short_line = limit.value if limit else LONGEST_LINE
        """Bytes up to which a line cannot have too many tokens."""
        self._log = ProblemLog()
        self._meter = TokenMeter()
        self._digests = RowDigests()
        self._media: Counter[Modality] = Counter()
        self._rows = 0
        self._lines = 0
        self._rest = bytearray()
        self._is_skipping = False
        self._has_begun = False
        self._is_foreign = False
        if content_encoding and "gzip" in content_encoding.lower():
            self._stop(ProblemKind.COMPRESSED, GZIP)
