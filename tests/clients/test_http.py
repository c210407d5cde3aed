"""Calls: what is sent, what is repeated, and which error each failure becomes."""

import atexit
import importlib.metadata
import inspect
import itertools
import logging
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiError,
    ApiTimeoutError,
    CredentialsError,
    NotFoundError,
    QuotaError,
    ServerError,
    SettingsError,
    UnauthenticatedError,
    UnexpectedResponseError,
)
from pulumi_tuning.gcp.answers import Call
from pulumi_tuning.gcp.http import (
    HTTPX_ERRORS,
    GoogleHttp,
    map_httpx_error,
    new_client,
    shared_client,
)
from pulumi_tuning.settings import Settings
from tests.clients.answering import (
    TOKEN,
    Answer,
    Answering,
    error_answer,
    google_http,
    json_answer,
)
from tests.clients.credentials import TOKEN_URL, service_account
from tests.clients.local_server import LocalServer
from tests.support.fake_clock import FakeClock

URL = "https://us-central1-aiplatform.googleapis.com/v1/x"
UNAVAILABLE = error_answer(503, "UNAVAILABLE")


def test_get_sends_exactly_this() -> None:
    """A GET has its query, who calls, and which product calls."""
    service = Answering(json_answer({"a": 1}))

    answer = google_http(service).get(URL, subject="s", params={"q": "ä b"})

    assert answer == {"a": 1}
    (request,) = service.requests
    assert (request.method, str(request.url)) == ("GET", f"{URL}?q=%C3%A4+b")
    headers = dict(request.headers)
    assert headers.pop("user-agent").startswith("pulumi-tuning/")
    assert headers.pop("x-goog-api-client").startswith("pulumi-tuning/")
    assert headers == {
        "accept": "*/*",
        "accept-encoding": "gzip, deflate",
        "authorization": f"Bearer {TOKEN}",
        "connection": "keep-alive",
        "host": "us-central1-aiplatform.googleapis.com",
    }


@pytest.mark.parametrize(
    "is_installed", [pytest.param(True, id="installed"), pytest.param(False, id="not")]
)
def test_product(monkeypatch: pytest.MonkeyPatch, is_installed: bool) -> None:  # noqa: FBT001 - a table
    """A call names this package and its version, where it is installed."""

    def version(name: str) -> str:
        if is_installed:
            return "1.2.3"
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", version)
    service = Answering(json_answer({}))

    google_http(service).get(URL, subject="s")

    product = f"pulumi-tuning/{'1.2.3' if is_installed else '0'}"
    headers = service.requests[0].headers
    assert headers["user-agent"] == product
    assert headers["x-goog-api-client"].startswith(f"{product} gl-python/3.")


def test_post_sends_exactly_this() -> None:
    """A POST has its body as UTF-8 JSON; falsy values are values."""
    service = Answering(json_answer({}))

    google_http(service).post(URL, {"ä": [0, "", False]}, subject="s")

    (request,) = service.requests
    assert request.content == '{"ä": [0, "", false]}'.encode()
    assert request.headers["content-type"] == "application/json"


def test_delete_sends_exactly_this() -> None:
    """A DELETE has no body."""
    service = Answering(json_answer({"done": True}))

    assert google_http(service).delete(URL, subject="s") == {"done": True}
    assert service.calls == [("DELETE", "/v1/x")]
    assert service.requests[0].content == b""


def test_timeouts_are_explicit() -> None:
    """A call waits 5 s for a connection and as long as it may for an answer."""
    service = Answering(json_answer({}))
    http = google_http(service)

    http.post(URL, {}, subject="s")
    http.post(URL, {}, subject="s", within_seconds=2)

    timeouts = [request.extensions["timeout"] for request in service.requests]
    assert timeouts == [
        {"connect": 5.0, "read": 30.0, "write": 30.0, "pool": 30.0},
        {"connect": 2, "read": 2, "write": 2, "pool": 2},
    ]


def test_request_reason() -> None:
    """The reason of the settings goes into its header."""
    service = Answering(json_answer({}))
    settings = Settings(access_token=TOKEN, request_reason="case 7")

    google_http(service, settings).get(URL, subject="s")

    assert service.requests[0].headers["x-goog-request-reason"] == "case 7"


def test_malformed_settings_send_nothing() -> None:
    """With a malformed setting no call leaves."""
    service = Answering(json_answer({}))
    settings = Settings.resolve({"gcp:region": "US"}.get, {})

    with pytest.raises(SettingsError, match="'US' is not a location"):
        google_http(service, settings).get(URL, subject="s")

    assert service.requests == []


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(UNAVAILABLE, id="unavailable"),
        pytest.param(error_answer(500, "INTERNAL"), id="internal"),
        pytest.param(httpx.Response(502, text="bad gateway"), id="a proxy's 502"),
        pytest.param(httpx.Response(408), id="408"),
        pytest.param(error_answer(429, "RESOURCE_EXHAUSTED"), id="a rate"),
        pytest.param(httpx.ReadTimeout("slow"), id="no answer in time"),
        pytest.param(httpx.ReadError("reset"), id="a reset"),
        pytest.param(httpx.ConnectError("refused"), id="refused"),
    ],
)
def test_get_is_repeated(passing: httpx.Response | Exception) -> None:
    """A GET is tried again after an error that can pass."""
    service = Answering(passing, json_answer({"a": 1}))

    assert google_http(service).get(URL, subject="s") == {"a": 1}
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    "lasting",
    [
        pytest.param(error_answer(400, "INVALID_ARGUMENT"), id="invalid"),
        pytest.param(error_answer(401, "UNAUTHENTICATED"), id="unauthenticated"),
        pytest.param(error_answer(403, "PERMISSION_DENIED"), id="forbidden"),
        pytest.param(error_answer(404, "NOT_FOUND"), id="not found"),
        pytest.param(httpx.Response(200, text="<html>"), id="not JSON"),
    ],
)
def test_get_is_not_repeated(lasting: httpx.Response) -> None:
    """An error that stays is not asked for again."""
    service = Answering(lasting)

    with pytest.raises(ApiError):
        google_http(service).get(URL, subject="s")

    assert len(service.requests) == 1


def new_tokens(refused: set[str]) -> Callable[[httpx.Request], httpx.Response]:
    """Return a service that refuses some tokens, and a token endpoint that counts."""
    numbers = itertools.count(1)

    def answer(request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            token = f"t{next(numbers)}"
            return json_answer({"access_token": token, "expires_in": 3599})
        if request.headers["authorization"].removeprefix("Bearer ") in refused:
            return error_answer(401, "UNAUTHENTICATED")
        return json_answer({"a": 1})

    return answer


def test_refused_token_is_renewed() -> None:
    """A token that looks good and is refused gives way to another one."""
    service = Answering(new_tokens(refused={"t1"}))
    http = google_http(service, Settings(credentials=service_account()))

    assert http.get(URL, subject="s") == {"a": 1}
    assert [r.url.path for r in service.requests] == ["/token", "/v1/x"] * 2


def test_token_endpoint_that_is_away_for_a_moment() -> None:
    """A token that nobody could be asked for is asked for again, as the call is."""
    service = Answering(
        httpx.ConnectError("down"),
        json_answer({"access_token": "t1", "expires_in": 3599}),
        json_answer({"a": 1}),
    )
    http = google_http(service, Settings(credentials=service_account()))

    assert http.get(URL, subject="s") == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "is_retryable"),
    [
        pytest.param(httpx.ConnectError("down"), True, id="no network"),
        pytest.param(json_answer({"error": "aborted"}, 409), False, id="a conflict"),
        pytest.param(json_answer({"error": "invalid_grant"}, 400), False, id="refused"),
    ],
)
def test_credentials_that_may_pass(answer: Answer, *, is_retryable: bool) -> None:
    """Whoever waits can tell an outage from credentials that are no good."""
    http = google_http(Answering(answer), Settings(credentials=service_account()))

    with pytest.raises(CredentialsError) as raised:
        http.get(URL, subject="s")

    assert raised.value.is_retryable == is_retryable


def test_refused_token_does_not_repeat_a_post() -> None:
    """A POST that costs money is not sent again with another token."""
    service = Answering(new_tokens(refused={"t1"}))
    http = google_http(service, Settings(credentials=service_account()))

    with pytest.raises(UnauthenticatedError):
        http.post(URL, {}, subject="s")

    assert [r.url.path for r in service.requests] == ["/token", "/v1/x"]


def test_every_token_is_refused() -> None:
    """Where no token is taken, the third refusal is the error."""
    service = Answering(new_tokens(refused={"t1", "t2", "t3"}))
    http = google_http(service, Settings(credentials=service_account()))

    with pytest.raises(UnauthenticatedError):
        http.get(URL, subject="s")

    assert len(service.requests) == 6


def test_three_attempts() -> None:
    """An idempotent call is tried three times, and its own error is raised."""
    service = Answering(UNAVAILABLE)

    with pytest.raises(ServerError, match="503 UNAVAILABLE"):
        google_http(service).post(URL, {}, subject="s", is_idempotent=True)

    assert len(service.requests) == 3


@pytest.mark.parametrize("method", ["post", "delete"])
@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(UNAVAILABLE, id="unavailable"),
        pytest.param(httpx.ConnectError("refused"), id="refused"),
        pytest.param(httpx.RemoteProtocolError("cut"), id="cut"),
        pytest.param(error_answer(429, "RESOURCE_EXHAUSTED"), id="a rate"),
    ],
)
def test_one_attempt(method: str, passing: httpx.Response | Exception) -> None:
    """A call that may act is sent once, whatever happens to it."""
    service = Answering(passing)
    http = google_http(service)
    arguments: tuple[Any, ...] = (URL, {}) if method == "post" else (URL,)

    with pytest.raises(ApiError):
        getattr(http, method)(*arguments, subject="s")

    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("asked", "attempts"),
    [
        pytest.param("2", 3, id="shorter than the bound"),
        pytest.param("60", 1, id="longer than the bound"),
    ],
)
def test_the_service_may_ask_to_wait(asked: str, attempts: int) -> None:
    """What the service asks to wait is waited, unless the bound is over by then."""
    service = Answering(error_answer(429, "RESOURCE_EXHAUSTED", retry_after=asked))

    with pytest.raises(QuotaError):
        google_http(service).get(URL, subject="s", within_seconds=10)

    assert len(service.requests) == attempts


def test_the_bound_ends_the_attempts() -> None:
    """After the bound of a call nothing is tried again."""
    clock = FakeClock()

    def slow(_: httpx.Request) -> httpx.Response:
        clock.advance(6)
        return UNAVAILABLE

    service = Answering(slow)

    with pytest.raises(ServerError):
        google_http(service, clock=clock).get(URL, subject="s", within_seconds=10)

    assert [r.extensions["timeout"]["read"] for r in service.requests] == [10, 4.0]


@pytest.mark.parametrize(
    ("header", "detail", "expected"),
    [
        pytest.param("7", None, 7.0, id="seconds"),
        pytest.param("Sun, 22 Nov 2026 10:00:30 GMT", None, 30.0, id="a date"),
        pytest.param("Sun, 22 Nov 2026 10:00:30", None, 30.0, id="no time zone"),
        pytest.param("Sat, 21 Nov 2026 10:00:00 GMT", None, 0.0, id="a date gone by"),
        pytest.param("soon", None, None, id="nonsense"),
        pytest.param("", "1.5s", 1.5, id="the envelope's RetryInfo"),
        pytest.param("", "later", None, id="nonsense in RetryInfo"),
        pytest.param("", None, None, id="nothing"),
    ],
)
def test_how_long_to_wait(
    header: str, detail: str | None, expected: float | None
) -> None:
    """Both ways in which a service asks to wait are understood."""
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": detail}
    details = [info] if detail else []
    service = Answering(
        error_answer(429, "RESOURCE_EXHAUSTED", "m", *details, retry_after=header)
    )

    with pytest.raises(QuotaError) as raised:
        google_http(service, clock=FakeClock()).post(URL, {}, subject="s")

    assert raised.value.retry_after_seconds == expected


def every_httpx_error() -> list[type[Exception]]:
    """Return all exceptions that httpx can raise."""
    return [
        value
        for _, value in inspect.getmembers(httpx, inspect.isclass)
        if issubclass(value, Exception)
    ]


def test_every_httpx_error_has_a_known_root() -> None:
    """No exception of httpx passes by those that are turned into ours."""
    assert all(issubclass(error, HTTPX_ERRORS) for error in every_httpx_error())


def built(error_class: type[Exception]) -> Exception:
    """Return an exception of httpx, whatever its constructor wants."""
    if issubclass(error_class, httpx.HTTPStatusError):
        request = httpx.Request("GET", URL)
        return error_class("m", request=request, response=httpx.Response(500))
    try:
        return error_class("m")
    except TypeError:
        return error_class()


@pytest.mark.parametrize("error_class", every_httpx_error(), ids=lambda c: c.__name__)
def test_every_httpx_error_becomes_ours(error_class: type[Exception]) -> None:
    """Each exception of httpx is an ApiError that names the call and the cause."""
    service = Answering(built(error_class))

    with pytest.raises(ApiError, match=r"^make tea: ") as raised:
        google_http(service).post(URL, {}, subject="make tea")

    assert type(raised.value.__cause__) is error_class
    assert (raised.value.method, raised.value.url) == ("POST", URL)


@pytest.mark.parametrize(
    ("error", "expected", "was_sent"),
    [
        pytest.param(
            httpx.ConnectError("refused"), ApiConnectionError, False, id="refused"
        ),
        pytest.param(
            httpx.ConnectTimeout("slow"), ApiConnectionError, False, id="no connection"
        ),
        pytest.param(
            httpx.PoolTimeout("busy"), ApiConnectionError, False, id="no place"
        ),
        pytest.param(httpx.ProxyError("no"), ApiConnectionError, False, id="proxy"),
        pytest.param(httpx.ReadError("reset"), ApiConnectionError, True, id="reset"),
        pytest.param(httpx.WriteError("pipe"), ApiConnectionError, True, id="write"),
        pytest.param(
            httpx.RemoteProtocolError("gone"), ApiConnectionError, True, id="cut"
        ),
        pytest.param(
            httpx.LocalProtocolError("odd"), ApiConnectionError, True, id="our protocol"
        ),
        pytest.param(httpx.ReadTimeout("slow"), ApiTimeoutError, None, id="slow"),
        pytest.param(httpx.WriteTimeout("slow"), ApiTimeoutError, None, id="stuck"),
        pytest.param(
            httpx.DecodingError("zip"), UnexpectedResponseError, None, id="decoding"
        ),
    ],
)
def test_what_was_sent(
    error: Exception, expected: type[ApiError], was_sent: object
) -> None:
    """Only where a request provably never left is it called unsent."""
    ours = map_httpx_error(error, Call("POST", URL, "s"))

    assert type(ours) is expected
    assert getattr(ours, "was_sent", None) is was_sent


def test_redirect_is_not_followed() -> None:
    """Credentials are not carried to where a redirect leads."""
    service = Answering(
        httpx.Response(302, headers={"location": "https://evil.example/"})
    )

    with pytest.raises(UnexpectedResponseError, match="302 without Google's"):
        google_http(service).get(URL, subject="s")

    assert len(service.requests) == 1


def real_http(settings: Settings) -> tuple[GoogleHttp, httpx.Client]:
    """Return the HTTP layer over real sockets, and its client."""
    client = new_client()
    return GoogleHttp(settings, client=client), client


def test_connections_are_kept() -> None:
    """Calls of one service share a connection."""
    with LocalServer() as server:
        http, client = real_http(Settings())
        with client:
            for _ in range(3):
                http.get(server.url, subject="s")

    assert server.connections == 1


def test_no_proxy_before_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy does not stand before a service on this machine."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    with LocalServer() as server:
        http, client = real_http(Settings())
        with client:
            answer = http.get(server.url, subject="s")

    assert answer == {}


def test_proxy_before_everything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxy stands before all other services."""
    with LocalServer() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        http, client = real_http(Settings())
        with client:
            answer = http.get("http://vertex.example/v1/x", subject="s")

    assert (answer, proxy.connections) == ({}, 1)


def test_nobody_listens() -> None:
    """A refused connection is a request that never left."""
    with LocalServer() as server:
        url = server.url
    http, client = real_http(Settings())

    with client, pytest.raises(ApiConnectionError, match="no connection to") as raised:
        http.post(url, {}, subject="s")

    assert raised.value.was_sent is False


def test_no_tls_there() -> None:
    """A failed TLS handshake is a request that never left."""
    http, client = real_http(Settings())

    with (
        LocalServer() as server,
        client,
        pytest.raises(ApiConnectionError, match="no connection to") as raised,
    ):
        http.post(f"https://{server.address}", {}, subject="s")

    assert raised.value.was_sent is False


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        pytest.param("SSL_CERT_FILE", "/no/such/file.pem", id="certificates"),
        pytest.param("ALL_PROXY", "gopher://proxy", id="proxy"),
    ],
)
def test_environment_of_no_use(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A proxy or certificates that cannot be used are named as the cause."""
    monkeypatch.setenv(variable, value)

    with pytest.raises(SettingsError, match="HTTPS_PROXY, SSL_CERT_FILE"):
        new_client()


def test_one_client_for_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """All services of a process share one connection pool, closed at its end."""
    at_exit: list[Callable[[], None]] = []
    monkeypatch.setattr(atexit, "register", at_exit.append)
    shared_client.cache_clear()

    with LocalServer() as server:
        first = GoogleHttp(Settings()).get(server.url, subject="s")
        second = GoogleHttp(Settings()).get(server.url, subject="s")
        (close,) = at_exit
        close()
    shared_client.cache_clear()

    assert (first, second, server.connections) == ({}, {}, 1)


def test_repetitions_are_not_printed() -> None:
    """A library's warning about a repetition does not reach Pulumi's output."""
    handlers = logging.getLogger("stamina").handlers

    assert any(isinstance(handler, logging.NullHandler) for handler in handlers)


def test_broken_stream() -> None:
    """What breaks while an answer is read is one of our errors as well."""

    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"abc"
            message = "reset"
            raise httpx.ReadError(message)

    service = Answering(httpx.Response(200, stream=Broken()))

    received = []
    with (
        pytest.raises(ApiConnectionError, match="broke: reset"),
        google_http(service).stream(URL, subject="s") as response,
    ):
        received += [*response.iter_raw()]

    assert received == []


def test_refused_stream() -> None:
    """A stream that is refused raises the service's own error."""
    service = Answering(error_answer(404, "NOT_FOUND", "no such object"))

    stream = google_http(service).stream(URL, subject="s")
    with pytest.raises(NotFoundError, match="no such object"):
        stream.__enter__()

    assert len(service.requests) == 1
