"""Rows that occur twice, found in bounded memory.

Pure: no I/O. Each line leaves a digest of 64 bits. Repetitions are looked for at the
end, in one group of digests after the other, so that only a small part of them ever
stands in a set. Python mixes a random value into the digests of each process: they are
compared within one process and never leave it.
"""

from array import array
from collections.abc import Iterable, Iterator
from heapq import heappop, heappush
from itertools import compress, islice
from typing import Final

from pulumi_tuning.dataset.problems import KEPT_PER_KIND

MOST_LINES: Final = 4_000_000
"""Lines that are compared, in 32 MB; later ones are not looked for."""

_GROUP: Final = 500_000
_NOTHING: Final = hash(b"")


class RowDigests:
    """Digests of the rows of one data set, by line."""

    def __init__(self, most_lines: int = MOST_LINES) -> None:
        self.most_lines = most_lines
        self.digests = array("q")
        """Digest of each line from the first on; that of nothing where it is no row."""

    def add(self, lines: Iterable[bytes]) -> None:
        """Remember the next lines; an empty one is no row."""
        room = self.most_lines - len(self.digests)
        self.digests.extend(map(hash, islice(lines, room)))

    def repeated(self) -> Iterator[tuple[int, int]]:
        """Yield (line, first line with the same bytes) for each repetition."""
        for chosen in _groups(self.digests):
            members = [d for d in compress(self.digests, chosen) if d != _NOTHING]
            if len(set(members)) == len(members):
                continue
            first: dict[int, int] = {}
            for line, digest in compress(enumerate(self.digests, 1), chosen):
                if digest != _NOTHING and first.setdefault(digest, line) != line:
                    yield line, first[digest]

    def shared_with(self, other: "RowDigests") -> Iterator[tuple[int, int]]:
        """Yield (line here, first line there) for each row that both have."""
        for chosen in _groups(self.digests):
            members = {d for d in compress(self.digests, chosen) if d != _NOTHING}
            if members.isdisjoint(other.digests):
                continue
            first: dict[int, int] = {}
            for line, digest in enumerate(other.digests, 1):
                if digest in members:
                    first.setdefault(digest, line)
            for line, digest in enumerate(self.digests, 1):
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


def _groups(digests: "array[int]") -> Iterator[bytes]:
    """Yield, for each group of digests, a 1 for every member and a 0 for the others.

    One byte of a digest says which group is its own. Picking by such marks is several
    times faster than a test of each digest.
    """
    number = 1
    while number * _GROUP < len(digests):
        number *= 2
    keys = memoryview(digests).cast("B")[:: digests.itemsize].tobytes()
    for group in range(number):
        yield keys.translate(bytes(key % number == group for key in range(256)))
