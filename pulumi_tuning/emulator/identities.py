"""Numbers and names that the service gives, reproducible from a seed.

A value depends on the seed and on what it is for, not on when it is asked for.
"""

import hashlib
from dataclasses import dataclass
from typing import Final
from uuid import UUID

_SMALLEST_ID: Final = 10**15
_LARGEST_ID: Final = 2**63


@dataclass(frozen=True, slots=True)
class Identities:
    """Draws of one seed."""

    seed: int

    def number(self, *purpose: object) -> str:
        """Return an id of 16 to 19 digits, as those of jobs, models and endpoints."""
        return str(_SMALLEST_ID + self._draw(purpose) % (_LARGEST_ID - _SMALLEST_ID))

    def uuid(self, *purpose: object) -> str:
        """Return a version 4 UUID."""
        return str(UUID(int=self._draw(purpose) % 2**128, version=4))

    def share(self, *purpose: object) -> float:
        """Return a number from 0 up to 1."""
        return self._draw(purpose) % 2**32 / 2**32

    def _draw(self, purpose: tuple[object, ...]) -> int:
        return _digest("/".join(str(part) for part in (self.seed, *purpose)))


def project_number(project: str) -> str:
    """Return the number of a project: always the same; a number is itself."""
    if project.isdigit():
        return project
    return str(10**11 + _digest(project) % (9 * 10**11))


def _digest(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
