"""Rows that occur twice, found in bounded memory.

Pure: no I/O. Each row leaves a 64-bit digest and its line number, twelve bytes, in one
of 256 arrays, so that looking for a repetition holds one small array at a time. Python
mixes a random value into the digests of each process: they never leave it.
"""

from array import array
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import islice
from typing import Final

from pulumi_tuning.dataset.problems import KEPT_PER_KIND

MOST_LINES: Final = 4_000_000
"""Lines that are compared, in 48 MB; later ones are not looked for."""

_GROUPS: Final = 256
_MASK: Final = _GROUPS - 1
_NOTHING: Final = hash(b"")


class RowDigests:
    """Digests of the rows of one data set, with their line numbers."""

    def __init__(self, most_lines: int = MOST_LINES) -> None:
        self.most_lines = most_lines
        self.groups = [(array("q"), array("I")) for _ in range(_GROUPS)]
        """Digests and their line numbers, by the last bits of the digest."""

    def add(self, lines: Iterable[bytes], first_line: int) -> None:
        """Remember consecutive lines; an empty one is no row."""
        groups = self.groups
        room = max(self.most_lines - first_line + 1, 0)
        digests = map(hash, islice(lines, room))
        for line, digest in enumerate(digests, first_line):
            if digest != _NOTHING:
                group = groups[digest & _MASK]
                group[0].append(digest)
                group[1].append(line)

    def repeated(self) -> Iterator[tuple[int, int]]:
        """Yield (line, first line with the same bytes) for each repetition."""
        for digests, lines in self.groups:
            if len(set(digests)) == len(digests):
                continue
            first: dict[int, int] = {}
            for digest, line in zip(digests, lines, strict=True):
                if first.setdefault(digest, line) != line:
                    yield line, first[digest]

    def shared_with(self, other: "RowDigests") -> Iterator[tuple[int, int]]:
        """Yield (line here, first line there) for each row that both have."""
        for (digests, lines), (there, there_lines) in zip(
            self.groups, other.groups, strict=True
        ):
            first = dict(zip(reversed(there), reversed(there_lines), strict=True))
            if first.keys().isdisjoint(digests):
                continue
            for digest, line in zip(digests, lines, strict=True):
                if digest in first:
                    yield line, first[digest]


def first_pairs(
    pairs: Iterable[tuple[int, int]], most: int = KEPT_PER_KIND
) -> tuple[list[tuple[int, int]], int]:
    """Return the pairs with the lowest lines, in order, and the number of all."""
    kept: list[tuple[int, int]] = []
    number = 0
    for line, other in pairs:
        number += 1
        heappush(kept, (-line, other))
        if len(kept) > most:
            heappop(kept)
    return sorted((-line, other) for line, other in kept), number
