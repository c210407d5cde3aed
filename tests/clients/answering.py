"""A service that answers as it is told and remembers what it was asked."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx

from pulumi_tuning.clock import Clock
from pulumi_tuning.gcp.http import GoogleHttp, new_client
from pulumi_tuning.settings import Settings

TOKEN = "ya29.token-of-the-test"

Answer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class Answering(httpx.BaseTransport):
    """Gives the answers in turn, the last one for ever."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Remember a request and answer it."""
        request.read()
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def calls(self) -> list[tuple[str, str]]:
        """Method and path with query of each request."""
        return [(r.method, r.url.raw_path.decode()) for r in self.requests]


def json_answer(body: object, status: int = 200, **headers: str) -> httpx.Response:
    """Return an answer as a service sends JSON."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, json=body, headers=named)


def error_answer(
    code: int,
    status: str,
    message: str = "m",
    *details: Mapping[str, Any],
    **headers: str,
) -> httpx.Response:
    """Return an answer in the shape of Google's errors."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    if details:
        error["details"] = list(details)
    return json_answer({"error": error}, code, **headers)


def google_http(
    service: httpx.BaseTransport,
    settings: Settings | None = None,
    clock: Clock | None = None,
) -> GoogleHttp:
    """Return the HTTP layer in front of a service."""
    settings = settings or Settings(access_token=TOKEN)
    return GoogleHttp(settings, client=new_client(service), clock=clock)
