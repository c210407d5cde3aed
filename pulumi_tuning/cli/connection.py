"""Which service the commands call, and where: options first, then the environment."""

import os
from dataclasses import dataclass

from pulumi_tuning.clock import Clock
from pulumi_tuning.errors import SettingsError
from pulumi_tuning.gcp import Clients, connect
from pulumi_tuning.settings import Settings


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A project and a location, in which jobs are listed together."""

    project: str
    location: str

    def __str__(self) -> str:
        return f"projects/{self.project}/locations/{self.location}"


def connected(project: str | None, location: str | None, clock: Clock) -> Clients:
    """Return clients for the environment and the options of a command."""
    settings = Settings.resolve(lambda _: None, os.environ)
    return connect(settings.with_inputs(project=project, location=location), clock)


def place_of(clients: Clients) -> Place:
    """Return the project and location that the settings name.

    Raises:
        SettingsError: One of them is malformed or not known.
    """
    settings = clients.http.settings
    settings.raise_problems()
    project = settings.project or clients.http.auth.default_project()
    if not project:
        name, message = "project", "give --project or set GOOGLE_CLOUD_PROJECT"
        raise SettingsError(name, message)
    if not settings.location:
        name, message = "location", "give --location or set GOOGLE_CLOUD_LOCATION"
        raise SettingsError(name, message)
    return Place(project, settings.location)
