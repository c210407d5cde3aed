"""The CRC-32C (Castagnoli) checksum that Cloud Storage keeps for each object.

Computed by `google-crc32c` where that is installed, which is fast, else from a table.
"""

import importlib
from collections.abc import Callable
from typing import Final

Extend = Callable[[int, bytes], int]

_POLYNOMIAL: Final = 0x82F63B78


def _table() -> tuple[int, ...]:
    entries: list[int] = []
    for byte in range(256):
        remainder = byte
        for _ in range(8):
            low_bit = remainder & 1
            remainder = (remainder >> 1) ^ (_POLYNOMIAL if low_bit else 0)
        entries.append(remainder)
    return tuple(entries)


_TABLE: Final = _table()


def extend_by_table(checksum: int, data: bytes) -> int:
    """Return the checksum of what was before and the data, without help."""
    remainder = checksum ^ 0xFFFFFFFF
    for byte in data:
        remainder = (remainder >> 8) ^ _TABLE[(remainder ^ byte) & 0xFF]
    return remainder ^ 0xFFFFFFFF


def accelerated(module: str) -> Extend:
    """Return the function of a module that computes it fast, else the one here."""
    try:
        extend: Extend = importlib.import_module(module).extend
    except ImportError:
        return extend_by_table
    return extend


extend: Final = accelerated("google_crc32c")
"""Return the checksum of what was before and the data."""
