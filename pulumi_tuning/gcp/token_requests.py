# mypy: disable-error-code="no-untyped-call"
# google-auth is typed in part only.
"""google-auth's way of asking for tokens, over httpx."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import httpx

from pulumi_tuning.errors import quoted

_TIMEOUT_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class TokenResponse:
    """An answer as `google.auth.transport.Response` describes it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


class HttpxRequest:
    """A callable as `google.auth.transport.Request` describes it.

    It is no subclass, because importing google-auth can wait until a token is needed.
    """

    def __init__(self, client: Callable[[], httpx.Client]) -> None:
        self._client = client

    def __call__(
        self,
        url: str,
        method: str = "GET",
        body: bytes | str | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float | None = None,
        **kwargs: Any,  # noqa: ANN401 - google-auth's interface
    ) -> TokenResponse:
        """Return what a URL answers, whatever the status.

        Raises:
            google.auth.exceptions.TransportError: There was no answer.
        """
        from google.auth.exceptions import TransportError  # noqa: PLC0415 - start-up

        if kwargs.get("cert"):
            message = "tokens that need a client certificate are not supported"
            raise TransportError(message)
        try:
            response = self._client().request(
                method,
                url,
                content=body,
                headers=headers,
                timeout=timeout or _TIMEOUT_SECONDS,
                follow_redirects=False,
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            message = f"no answer about a token: {quoted(str(error))}"
            raise TransportError(message) from error
        return TokenResponse(response.status_code, response.headers, response.content)
