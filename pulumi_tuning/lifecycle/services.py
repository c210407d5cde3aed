"""What the lifecycle needs from outside, passed in."""

from dataclasses import dataclass
from typing import Literal, Protocol, Self

from pulumi_tuning.clock import Clock
from pulumi_tuning.gcp.http import GoogleHttp
from pulumi_tuning.gcp.storage import StorageClient
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.settings import Settings

Severity = Literal["info", "warning"]


class Reporter(Protocol):
    """Where a resource's reasons, costs and warnings are shown."""

    def report(
        self, urn: str, severity: Severity, message: str, *, ephemeral: bool = False
    ) -> None:
        """Show a message on the resource's row; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Services:
    """The outside of the lifecycle."""

    http: GoogleHttp
    vertex: VertexClient
    storage: StorageClient
    reporter: Reporter

    @classmethod
    def over(cls, http: GoogleHttp, reporter: Reporter) -> Self:
        """Return the services that are reached over one HTTP client."""
        return cls(http, VertexClient(http), StorageClient(http), reporter)

    @property
    def settings(self) -> Settings:
        """The settings that decide which services these are."""
        return self.http.settings

    @property
    def clock(self) -> Clock:
        """Where the time comes from."""
        return self.http.clock

    def default_project(self) -> str | None:
        """Return the project of the settings, or else that of the credentials."""
        return self.settings.project or self.http.auth.default_project()
