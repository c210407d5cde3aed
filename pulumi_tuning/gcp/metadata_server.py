# mypy: disable-error-code="no-untyped-call"
# google-auth is typed in part only.
"""Credentials of the machine: the metadata server of Compute Engine, GKE, Cloud Run.

google-auth has its own, which needs the `requests` package even to be imported. Source:
https://cloud.google.com/compute/docs/metadata/overview.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from google.auth.credentials import Credentials
from google.auth.exceptions import RefreshError, TransportError

from pulumi_tuning.clock import Clock
from pulumi_tuning.gcp.token_requests import HttpxRequest, TokenResponse

_FLAVOR: Final = {"Metadata-Flavor": "Google"}
_PING_SECONDS: Final = 3.0
_PINGS: Final = 2
_OK: Final = 200
_NOT_FOUND: Final = 404


class MetadataServer:
    """The metadata server that the environment names, or the usual one."""

    def __init__(self, environ: Mapping[str, str], request: HttpxRequest) -> None:
        host = environ.get("GCE_METADATA_HOST") or environ.get("GCE_METADATA_ROOT")
        address = host or environ.get("GCE_METADATA_IP") or "169.254.169.254"
        self._is_switched_off = environ.get("NO_GCE_CHECK") == "true"
        self._ping_url = f"http://{address}"
        self._root = f"http://{host or 'metadata.google.internal'}/computeMetadata/v1"
        self._request = request

    def is_there(self) -> bool:
        """Return whether this machine has a metadata server."""
        if self._is_switched_off:
            return False
        for _ in range(_PINGS):
            try:
                answer = self._request(
                    self._ping_url, headers=_FLAVOR, timeout=_PING_SECONDS
                )
            except TransportError:
                continue
            return answer.headers.get("metadata-flavor") == "Google"
        return False

    def project(self) -> str | None:
        """Return the id of the project that this machine belongs to."""
        try:
            answer = self.get("project/project-id")
        except TransportError:
            return None
        return answer.data.decode().strip() or None if answer.status == _OK else None

    def universe_domain(self) -> str:
        """Return the domain of the cloud that this machine belongs to.

        Raises:
            RefreshError: The server does not say.
        """
        answer = self.get("universe/universe-domain")
        if answer.status == _NOT_FOUND:
            return ""
        return _text(answer, "the universe domain")

    def get(self, path: str) -> TokenResponse:
        """Return what the server answers for a path."""
        url = f"{self._root}/{path}"
        return self._request(url, headers=_FLAVOR, timeout=_PING_SECONDS)


class MetadataServerCredentials(Credentials):
    """Access tokens of the service account that this machine runs as."""

    def __init__(self, server: MetadataServer, clock: Clock) -> None:
        super().__init__()
        self._server = server
        self._clock = clock

    @property
    def universe_domain(self) -> str:
        """The domain of the cloud that this machine belongs to."""
        return self._server.universe_domain() or str(super().universe_domain)

    def refresh(self, request: HttpxRequest) -> None:  # noqa: ARG002 - the interface
        """Take a new token.

        Raises:
            RefreshError: The server gives none.
        """
        path = "instance/service-accounts/default/token"
        answer = _text(self._server.get(path), "an access token")
        try:
            token = json.loads(answer)
            seconds = float(token["expires_in"])
            self.token = str(token["access_token"])
        except (ValueError, TypeError, KeyError):
            message = "the metadata server's token cannot be read"
            raise RefreshError(message) from None
        # google-auth keeps moments in UTC and does not say so.
        moment = self._clock.now() + timedelta(seconds=seconds)
        self.expiry = moment.replace(tzinfo=None)


def _text(answer: TokenResponse, what: str) -> str:
    if answer.status != _OK:
        message = f"the metadata server does not give {what}: status {answer.status}"
        raise RefreshError(message)
    return answer.data.decode().strip()
