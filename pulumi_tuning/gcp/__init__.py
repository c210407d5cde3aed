"""Google Cloud over HTTP: the only package that opens a connection to it.

`connect` gives the clients; `GoogleHttp` stands under both of them, `GoogleAuth` under
that.
"""

from dataclasses import dataclass

from pulumi_tuning.clock import Clock
from pulumi_tuning.gcp.http import GoogleHttp
from pulumi_tuning.gcp.storage import StorageClient
from pulumi_tuning.gcp.vertex import VertexClient
from pulumi_tuning.settings import Settings


@dataclass(frozen=True, slots=True)
class Clients:
    """The services of some settings."""

    vertex: VertexClient
    storage: StorageClient
    http: GoogleHttp


def connect(settings: Settings, clock: Clock | None = None) -> Clients:
    """Return clients for some settings; nothing is opened or read before a call."""
    http = GoogleHttp(settings, clock=clock)
    return Clients(VertexClient(http), StorageClient(http), http)


__all__ = ["Clients", "StorageClient", "VertexClient", "connect"]
