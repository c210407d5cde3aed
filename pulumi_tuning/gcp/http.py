"""Calls of Google's JSON APIs: one connection pool, bounded, never repeated blindly.

Only idempotent calls are tried again, and only after an error that can pass; a refused
token passes when another can be had. Every failure, httpx's and the service's, comes
out as an error of `pulumi_tuning.errors`.
"""

import atexit
import functools
import importlib.metadata
import json
import logging
import platform
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import httpx
import stamina

from pulumi_tuning.clock import Clock, SystemClock
from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiError,
    ApiTimeoutError,
    SettingsError,
    TuningError,
    UnauthenticatedError,
    UnexpectedResponseError,
    quoted,
)
from pulumi_tuning.gcp.answers import Call, error_of, json_object
from pulumi_tuning.gcp.auth import GoogleAuth
from pulumi_tuning.settings import Settings

_T = TypeVar("_T")

CONNECT_SECONDS: Final = 5.0
READ_SECONDS: Final = 30.0
_ATTEMPTS: Final = 3
_LONGEST_WAIT_SECONDS: Final = 4.0
_CONNECTIONS: Final = 64
_DIRECT_HOSTS: Final = (
    "all://localhost",
    "all://127.0.0.1",
    "all://[::1]",
    "all://0.0.0.0",
    "all://169.254.169.254",
    "all://metadata.google.internal",
)
"""Hosts that no proxy of the environment may stand before."""

# Without a handler Python prints stamina's warnings on stderr, which Pulumi shows.
logging.getLogger("stamina").addHandler(logging.NullHandler())


def new_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Return a client for all services of this process.

    Raises:
        SettingsError: The environment names a proxy or certificates of no use.
    """
    timeout = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    limits = httpx.Limits(
        max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
    )
    try:
        return httpx.Client(
            transport=transport,
            mounts=dict.fromkeys(_DIRECT_HOSTS),
            timeout=timeout,
            limits=limits,
            headers=_product_headers(),
        )
    except (OSError, ValueError, httpx.InvalidURL) as error:
        name = "HTTPS_PROXY, SSL_CERT_FILE"
        message = f"the connection cannot be set up: {quoted(str(error))}"
        raise SettingsError(name, message, source="environment") from error


@functools.cache
def shared_client() -> httpx.Client:
    """Return the one client of this process."""
    client = new_client()
    atexit.register(client.close)
    return client


class GoogleHttp:
    """Calls of Google's JSON APIs with the credentials of some settings."""

    def __init__(
        self,
        settings: Settings,
        *,
        client: httpx.Client | None = None,
        auth: GoogleAuth | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock or SystemClock()
        self._given_client = client
        self.auth = auth or GoogleAuth(
            settings, client=lambda: self._client, clock=self.clock
        )

    def get(
        self,
        url: str,
        *,
        subject: str,
        params: Mapping[str, str] | None = None,
        within_seconds: float = READ_SECONDS,
    ) -> dict[str, Any]:
        """Return the JSON object at a URL, tried up to three times.

        Args:
            url: Without query.
            subject: What the call is about, for messages.
            params: The query.
            within_seconds: Bound of all attempts together.

        Raises:
            ApiError: There was no such answer.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        call = Call("GET", url, subject)
        return self._repeat(
            lambda seconds: self._send(call, params=params, read_seconds=seconds),
            within_seconds,
        )

    def post(
        self,
        url: str,
        body: Mapping[str, Any],
        *,
        subject: str,
        is_idempotent: bool = False,
        within_seconds: float = READ_SECONDS,
    ) -> dict[str, Any]:
        """Return the JSON object that a POST answers: exactly one attempt.

        Only with `is_idempotent` it is tried again as `get` is.

        Raises:
            ApiError: There was no such answer.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        call = Call("POST", url, subject)
        if not is_idempotent:
            return self._send(call, body=body, read_seconds=within_seconds)
        return self._repeat(
            lambda seconds: self._send(call, body=body, read_seconds=seconds),
            within_seconds,
        )

    def delete(
        self, url: str, *, subject: str, within_seconds: float = READ_SECONDS
    ) -> dict[str, Any]:
        """Return the JSON object that a DELETE answers: exactly one attempt.

        Raises:
            ApiError: There was no such answer.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        return self._send(Call("DELETE", url, subject), read_seconds=within_seconds)

    @contextmanager
    def stream(
        self,
        url: str,
        *,
        subject: str,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Generator[httpx.Response]:
        """Open an answer whose body the caller reads; one attempt.

        Errors while it is read are mapped as well.

        Raises:
            ApiError: There was no successful answer, or it broke off.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        call = Call("GET", url, subject)
        request = self._request(call, params=params, headers=headers)
        with api_errors(call):
            response = self._client.send(request, stream=True)
            try:
                if not response.is_success:
                    response.read()
                    raise error_of(response, call, now=self.clock.now())
                yield response
            finally:
                response.close()

    @property
    def _client(self) -> httpx.Client:
        return self._given_client or shared_client()

    def _send(
        self,
        call: Call,
        *,
        read_seconds: float,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        request = self._request(
            call, params=params, body=body, read_seconds=read_seconds
        )
        with api_errors(call):
            response = self._client.send(request)
        if not response.is_success:
            raise error_of(response, call, now=self.clock.now())
        return json_object(response, call)

    def _request(
        self,
        call: Call,
        *,
        params: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> httpx.Request:
        self.settings.raise_problems()
        all_headers = {**self.auth.headers_for(call.url), **(headers or {})}
        if self.settings.request_reason:
            all_headers["x-goog-request-reason"] = self.settings.request_reason
        content = None
        if body is not None:
            content = json.dumps(body, ensure_ascii=False).encode()
            all_headers["content-type"] = "application/json"
        connect_seconds = min(CONNECT_SECONDS, read_seconds)
        with api_errors(call):
            return self._client.build_request(
                call.method,
                call.url,
                params=params,
                content=content,
                headers=all_headers,
                timeout=httpx.Timeout(read_seconds, connect=connect_seconds),
            )

    def _repeat(self, send: Callable[[float], _T], within_seconds: float) -> _T:
        """Return what an idempotent call answers, in at most three attempts."""
        end = self.clock.monotonic() + within_seconds

        def is_worth_another(error: Exception) -> bool | float:
            left = end - self.clock.monotonic()
            if isinstance(error, UnauthenticatedError):
                return left > 0 and self.auth.discard_token()
            if not isinstance(error, TuningError) or not error.is_retryable:
                return False
            asked = getattr(error, "retry_after_seconds", None)
            if asked is None:
                return left > 0
            return float(asked) if asked < left else False

        def attempt() -> _T:
            left = end - self.clock.monotonic()
            return send(min(READ_SECONDS, max(left, 1.0)))

        repeating = stamina.RetryingCaller(
            attempts=_ATTEMPTS,
            timeout=within_seconds,
            wait_initial=0.2,
            wait_max=_LONGEST_WAIT_SECONDS,
            wait_jitter=0.2,
        )
        return repeating(is_worth_another, attempt)


@contextmanager
def api_errors(call: Call) -> Generator[None]:
    """Turn every error of httpx into one of ours.

    Raises:
        ApiError: httpx failed.
    """
    try:
        yield
    except HTTPX_ERRORS as error:
        raise map_httpx_error(error, call) from error


HTTPX_ERRORS: Final = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.CookieConflict,
    httpx.StreamError,
)
"""The roots of httpx's exceptions."""

_NEVER_SENT: Final = (
    httpx.ConnectError,  # refused, DNS and the TLS handshake
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.InvalidURL,
)


def map_httpx_error(error: Exception, call: Call) -> ApiError:
    """Return the error of ours that an exception of httpx means."""
    host = call.url.partition("://")[2].partition("/")[0]
    reason = quoted(str(error)) or type(error).__name__
    if isinstance(error, _NEVER_SENT):
        return ApiConnectionError(
            f"{call.subject}: no connection to {host}: {reason}; check the network, "
            "the proxy and the endpoint",
            method=call.method,
            url=call.url,
            was_sent=False,
        )
    if isinstance(error, httpx.TimeoutException):
        return ApiTimeoutError(
            f"{call.subject}: no answer from {host} in time ({type(error).__name__})",
            method=call.method,
            url=call.url,
        )
    if isinstance(error, httpx.TransportError):
        return ApiConnectionError(
            f"{call.subject}: the connection to {host} broke: {reason}",
            method=call.method,
            url=call.url,
        )
    return UnexpectedResponseError(
        f"{call.subject}: the answer of {host} cannot be read: {reason}",
        method=call.method,
        url=call.url,
    )


def _product_headers() -> dict[str, str]:
    try:
        version = importlib.metadata.version("pulumi-tuning")
    except importlib.metadata.PackageNotFoundError:
        version = "0"
    product = f"pulumi-tuning/{version}"
    return {
        "user-agent": product,
        "x-goog-api-client": f"{product} gl-python/{platform.python_version()}",
    }
