"""The inputs under check, as rules look at them.

Pure: no I/O, no Pulumi.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.parsing import Parsed, Unknown


@dataclass(frozen=True, slots=True)
class Subject:
    """The inputs under check, and which of their values cannot be judged."""

    inputs: TuningJobInputs
    properties: Mapping[str, Any]
    unknown: Unknown
    parsed: Parsed
    default_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Labels that the stack's settings add."""

    def is_open(self, *path: str) -> bool:
        """Return whether a missing value at the path may still be there.

        It is unknown in this preview, or it was given and is wrong already.
        """
        return self.unknown.covers(*path) or any(
            rejected[: len(path)] == path or path[: len(rejected)] == rejected
            for rejected in self.parsed.rejected
        )

    def value(self, *path: str) -> Any:  # noqa: ANN401 - any JSON
        """Return the value at the path, or None."""
        node: Any = self.properties
        for step in path:
            node = node.get(step) if isinstance(node, dict) else None
        return node

    def is_missing(self, *path: str) -> bool:
        """Return whether the program certainly does not give this value."""
        return self.value(*path) in (None, "") and not self.is_open(*path)
