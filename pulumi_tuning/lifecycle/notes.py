"""What one engine call has to tell about one resource, joined to one line.

Only the last message of a resource shows on its row, so everything that a call found
goes into one.
"""

from contextlib import suppress
from dataclasses import dataclass, field

from pulumi_tuning.lifecycle.services import Reporter, Severity


@dataclass(slots=True)
class Notes:
    """Reasons, costs and warnings collected during one call."""

    warnings: list[str] = field(default_factory=list)
    infos: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Remember something that a reader should act on or know."""
        if message not in self.warnings:
            self.warnings.append(message)

    def info(self, message: str) -> None:
        """Remember a reason or a cost."""
        if message not in self.infos:
            self.infos.append(message)

    def extend(self, other: "Notes") -> bool:
        """Take over what another call found; return whether any of it is new."""
        before = len(self.warnings) + len(self.infos)
        for message in other.warnings:
            self.warn(message)
        for message in other.infos:
            self.info(message)
        return len(self.warnings) + len(self.infos) > before

    def report_to(self, reporter: Reporter, urn: str) -> None:
        """Show everything in one line on the resource's row.

        Whatever a reporter raises is swallowed: a message is never worth a job.
        """
        if not self.warnings and not self.infos:
            return
        severity: Severity = "warning" if self.warnings else "info"
        with suppress(Exception):
            reporter.report(urn, severity, " · ".join([*self.warnings, *self.infos]))
