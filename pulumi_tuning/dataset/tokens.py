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
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

MARGIN: Final = 0.25
"""Share by which an estimate may be off, in both directions."""

CORRECTED_MARGIN: Final = 0.1
"""The same for an estimate that another run's statistics have corrected."""

_MEASURED_BITS: Final = 6
"""The first 63 lines are measured, and 32 of each stretch after them."""

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
    """Tokens of all lines, from those lines that were measured.

    The first lines are all measured; of each later stretch, which is twice as long as
    the one before, the same number. A line that is not measured has as many tokens per
    byte as those of its stretch.
    """

    def __init__(self) -> None:
        self._stretches: defaultdict[int, _Stretch] = defaultdict(_Stretch)
        self._certain_tokens = 0

    def add(
        self, lines: Sequence[bytes], first_line: int, count: Callable[[int], int]
    ) -> None:
        """Count consecutive lines; an empty one is no text.

        Args:
            lines: The lines, without those that are not trained on.
            first_line: Line of the first of them, from 1.
            count: Returns the tokens of one of them, by its index.
        """
        start, end = first_line, first_line + len(lines)
        while start < end:
            bits = start.bit_length()
            stop = min(end, 1 << bits)
            stretch = self._stretches[bits]
            stretch.bytes += sum(
                map(len, lines[start - first_line : stop - first_line])
            )
            every = 1 << max(bits - _MEASURED_BITS, 0)
            for line in range(start + -start % every, stop, every):
                index = line - first_line
                if lines[index]:
                    stretch.measured_bytes += len(lines[index])
                    stretch.measured_tokens += count(index)
            start = stop

    def add_certain(self, tokens: int) -> None:
        """Count tokens that do not depend on the text, such as those of images."""
        self._certain_tokens += tokens

    @property
    def tokens(self) -> int:
        """Estimated tokens of everything that was counted."""
        total = _Stretch()
        for stretch in self._stretches.values():
            total.measured_bytes += stretch.measured_bytes
            total.measured_tokens += stretch.measured_tokens
        estimated = sum(s.tokens(total) for s in self._stretches.values())
        return round(estimated) + self._certain_tokens


@dataclass(slots=True)
class _Stretch:
    bytes: int = 0
    measured_bytes: int = 0
    measured_tokens: int = 0

    def tokens(self, others: "_Stretch") -> float:
        """Return the tokens of the stretch; unmeasured, it is taken to be as others."""
        measured = self if self.measured_bytes else others
        if not measured.measured_bytes:
            return 0.0
        return self.bytes * measured.measured_tokens / measured.measured_bytes
