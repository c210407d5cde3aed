# mypy: disable-error-code="no-untyped-call"
# google-auth is typed in part only.
"""Who calls: access tokens for the services, from whatever credentials there are.

Order: the access token of the settings, else their credentials JSON, else Application
Default Credentials; impersonation stands on top of any of them.

A service that is reached on this machine or over plain http is called without a token,
unless the settings name an access token or credentials: an emulator needs none, and
Application Default Credentials are never sent where they could be read on the way.
"""

import os
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import httpx

from pulumi_tuning.clock import Clock, SystemClock
from pulumi_tuning.errors import CredentialsError
from pulumi_tuning.gcp.credential_errors import credentials_errors
from pulumi_tuning.gcp.token_requests import HttpxRequest
from pulumi_tuning.settings import Settings, is_loopback

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

    from pulumi_tuning.gcp.credential_sources import Source

_LONG_AGO: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - google-auth names no zone


class GoogleAuth:
    """The credentials of some settings: loaded once, refreshed ahead of their end.

    Safe to use from many threads: one of them refreshes, the others go on with the
    token that is still good, or wait where there is none. Those who waited for a token
    share what came of it, a failure too: each would wait as long for the next one.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        client: Callable[[], httpx.Client],
        clock: Clock | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._settings = settings
        self._request = HttpxRequest(client)
        self._clock = clock or SystemClock()
        self._environ = environ
        self._lock = threading.Lock()
        self._source: Source | None = None
        self._failure: CredentialsError | None = None
        self._failed_at = float("-inf")

    def headers_for(self, url: str) -> dict[str, str]:
        """Return the headers that say to a service who calls.

        Raises:
            CredentialsError: There is no access token.
        """
        if self._is_anonymous(url):
            return {}
        credentials = self._fresh()
        headers = {"authorization": f"Bearer {credentials.token}"}
        if project := self._quota_project(credentials):
            headers["x-goog-user-project"] = project
        return headers

    def discard_token(self) -> bool:
        """Give up a token that a service refused; return whether there can be another.

        Its end is told by this machine's clock, which may be wrong, and nobody tells
        that it was revoked.
        """
        source = self._source
        if source is None or source.credentials.expiry is None:
            return False
        credentials: Any = source.credentials
        credentials.expiry = _LONG_AGO
        return True

    def default_project(self) -> str | None:
        """Return the project that the credentials belong to, where they say so."""
        if self._is_anonymous(self._settings.vertex_endpoint or "https://"):
            return None
        try:
            with self._alone():
                return self._load().project
        except CredentialsError:
            return None

    def _is_anonymous(self, url: str) -> bool:
        if self._settings.access_token or self._settings.credentials:
            return False
        return is_loopback(url) or url.startswith("http://")

    def _quota_project(self, credentials: "Credentials") -> str | None:
        if self._settings.user_project_override:
            return self._settings.billing_project or self._settings.project
        from_environment = self._environ.get("GOOGLE_CLOUD_QUOTA_PROJECT")
        return from_environment or credentials.quota_project_id

    def _fresh(self) -> "Credentials":
        """Return credentials with a token that is good now."""
        from google.auth.credentials import TokenState  # noqa: PLC0415 - start-up

        source = self._source
        if source is None or source.credentials.token_state is TokenState.INVALID:
            with self._alone():
                source = self._load()
                if source.credentials.token_state is not TokenState.FRESH:
                    self._refresh(source)
        elif source.credentials.token_state is TokenState.STALE:
            self._refresh_ahead(source)
        return source.credentials

    @contextmanager
    def _alone(self) -> Generator[None]:
        """Wait until no other thread is at it, and share the failure of one that was.

        Raises:
            CredentialsError: An attempt failed that this thread has waited for.
        """
        arrived_at = self._clock.monotonic()
        with self._lock:
            if self._failure is not None and self._failed_at > arrived_at:
                raise type(self._failure)(str(self._failure)) from self._failure
            try:
                yield
            except CredentialsError as error:
                self._failure, self._failed_at = error, self._clock.monotonic()
                raise

    def _refresh_ahead(self, source: "Source") -> None:
        """Refresh a token that is still good, unless another thread is at it."""
        if not self._lock.acquire(blocking=False):
            return
        try:
            self._refresh(source)
        except CredentialsError:
            # The token is good for some minutes yet: the next call tries again.
            return
        finally:
            self._lock.release()

    def _refresh(self, source: "Source") -> None:
        with credentials_errors(source.origin):
            credentials: Any = source.credentials
            credentials.refresh(self._request)

    def _load(self) -> "Source":
        if self._source is not None:
            return self._source
        from pulumi_tuning.gcp import credential_sources  # noqa: PLC0415 - start-up

        with credentials_errors("Application Default Credentials"):
            source = credential_sources.find(
                self._settings, self._environ, self._request, self._clock
            )
            universe = source.credentials.universe_domain
        expected = self._settings.universe_domain
        if not source.is_universal and universe != expected:
            message = (
                f"the credentials of {source.origin} belong to {universe}, the "
                f"settings say {expected}: set gcp:universeDomain, or use others"
            )
            raise CredentialsError(message)
        self._source = source
        return source
