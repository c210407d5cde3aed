"""The `Range` header of a download."""

import re
from typing import Final

from pulumi_tuning.emulator.errors import RefusalError

_RANGE: Final = re.compile(r"bytes=(?P<first>\d*)-(?P<last>\d*)")


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """Return the first byte and the one after the last, or None for the whole.

    Raises:
        RefusalError: The range begins behind the end.
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or not (match["first"] or match["last"]):
        return None
    if not match["first"]:
        return max(size - int(match["last"]), 0), size
    first = int(match["first"])
    last = int(match["last"]) if match["last"] else size - 1
    if first >= size:
        raise RefusalError(416, "The requested range cannot be satisfied.")
    return first, min(last + 1, size)
