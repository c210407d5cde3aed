"""How many tokens a text probably is.

Pure: no I/O. The tokenizer of the tuned models is not public, so a text is cut into
pieces that its tokens resemble and the pieces are counted: a word counts once for every
eight Latin letters, four letters of another alphabet or two ideographs; a digit, a
symbol and a run of line breaks count once; a single space belongs to its word. That
gives the documented rule of thumb for English (a token is about four characters, and
100 tokens are 60 to 80 words) and follows code and other scripts where the rule of
thumb does not. `MARGIN` is how far the estimate may be off.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 0.25
"""Share by which an estimate may be off, in both directions."""

CORRECTED_MARGIN: Final = 0.1
"""The same for an estimate that another run's statistics have corrected."""

MEASURED_ROWS: Final = 200
"""Rows at the start of a data set that are all measured."""

MEASURED_EVERY: Final = 256
"""Of the rows after those, one of this many is measured."""

_PIECE: Final = re.compile(
    r"""
      [A-Za-z\u00c0-\u024f]{1,8}            # Latin letters
    | [0-9]                                 # a digit
    | [\u3040-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]{1,2}
    | (?:[^\W0-9_]|[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0eff]){1,4}
    | ([^\w\s])\1{1,15}                     # a line of the same symbol
    | [^\w\s]{1,2} | _                      # symbols
    | \n+ | [^\S\n]{2,}                     # line breaks, indentation
    """,
    re.VERBOSE,
)


def count_tokens(text: str) -> int:
    """Return about how many tokens a text is."""
    return len(_PIECE.findall(text))


@dataclass(frozen=True, slots=True)
class TokenEstimate:
    """Training tokens of one epoch, and how far that may be off."""

    tokens: int
    margin: float = MARGIN
    """Share by which `tokens` may be off, in both directions; 0 is exact."""

    def corrected_by(
        self, real_tokens: int, *, estimated: int | None = None
    ) -> "TokenEstimate":
        """Return the estimate in the light of a job that has run.

        Args:
            real_tokens: `totalBillableTokenCount` of the job, which is of one epoch.
            estimated: What was estimated for the data set of that job, where it was
                another one; None where it was this very data set.
        """
        if estimated is None:
            return TokenEstimate(real_tokens, 0.0)
        if estimated <= 0:
            return self
        corrected = round(self.tokens * real_tokens / estimated)
        return TokenEstimate(corrected, CORRECTED_MARGIN)


class TokenMeter:
    """Tokens of all rows, from those rows that were measured.

    The first rows are all measured, later ones in regular steps; a row that is not
    measured has as many tokens per byte as those that are. Rows that the service would
    not train on are taken out again.
    """

    def __init__(self) -> None:
        self._bytes = 0
        self._measured_bytes = 0
        self._measured_tokens = 0
        self._certain_tokens = 0

    @staticmethod
    def measured(first_line: int, lines: int) -> Iterable[int]:
        """Return which of these consecutive lines are to be measured, from 0."""
        early = min(max(MEASURED_ROWS - first_line + 1, 0), lines)
        step = -(first_line + early) % MEASURED_EVERY
        return (*range(early), *range(early + step, lines, MEASURED_EVERY))

    def add_bytes(self, size: int) -> None:
        """Count lines by their size."""
        self._bytes += size

    def add_certain(self, tokens: int) -> None:
        """Count tokens that do not depend on the text, such as those of images."""
        self._certain_tokens += tokens

    def add_measured(self, tokens: int, size: int) -> None:
        """Count the tokens of a measured line of this many bytes."""
        self._measured_tokens += tokens
        self._measured_bytes += size

    @property
    def tokens(self) -> int:
        """Estimated tokens of everything that was counted."""
        if not self._measured_bytes:
            return self._certain_tokens
        measured = self._measured_tokens * self._bytes / self._measured_bytes
        return round(measured) + self._certain_tokens
