"""The `Range` header of a download."""

import re
from typing import Final

from pulumi_tuning.emulator.errors import RefusalError

_RANGE: Final = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last, or None for the whole.

    A header that is no range, or whose range ends before it begins, is ignored.

    Raises:
        RefusalError: The range begins behind the end.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if match["first"]:
        first = int(match["first"])
        end = min(int(match["last"]) + 1, size) if match["last"] else size
    else:
        first, end = max(size - int(match["last"]), 0), size
    if first >= size:
        raise RefusalError(416, "The requested range cannot be satisfied.")
    return (first, end) if first < end else None
