"""Who calls: tokens refreshed in time, by one thread, and sent only where they may."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from google.auth.exceptions import RefreshError

from pulumi_tuning.errors import CredentialsError
from pulumi_tuning.gcp.credential_errors import credentials_errors
from pulumi_tuning.settings import Settings
from tests.clients.answering import Answering, json_answer
from tests.clients.credentials import (
    IMPERSONATION_URL,
    ROBOT,
    USER,
    VERTEX,
    bearer,
    google_auth,
    service_account,
)
from tests.support.fake_clock import FakeClock

FRESH_SECONDS = 3599
STALE_SECONDS = 100
"""google-auth calls a token stale that ends within 225 s."""


def token_answer(token: str, seconds: int = FRESH_SECONDS) -> httpx.Response:
    """Return the answer of a token endpoint."""
    return json_answer({"access_token": token, "expires_in": seconds})


DENIED = json_answer({"error": "invalid_grant", "error_description": "Bad"}, 400)


def key_settings() -> Settings:
    """Return settings with the key of a service account."""
    return stack({"gcp:credentials": service_account()})


def stack(config: dict[str, object]) -> Settings:
    """Return the settings of a stack with some config."""
    return Settings.resolve(config.get, {})


def test_access_token() -> None:
    """An access token is sent as it is, and asked for nowhere."""
    service = Answering(DENIED)
    settings = Settings(access_token="abc", credentials=service_account())

    headers = google_auth(service, settings).headers_for(VERTEX)

    assert headers == {"authorization": "Bearer abc"}
    assert service.requests == []


def test_a_token_is_asked_for_once() -> None:
    """A token that is good is used again."""
    service = Answering(token_answer("one"), token_answer("two"))
    auth = google_auth(service, key_settings())

    assert [bearer(auth) for _ in range(3)] == ["one"] * 3
    assert len(service.requests) == 1


def test_a_token_is_refreshed_ahead_of_its_end() -> None:
    """Minutes before a token ends the next one is fetched."""
    service = Answering(token_answer("one", STALE_SECONDS), token_answer("two"))
    auth = google_auth(service, key_settings())

    assert [bearer(auth) for _ in range(3)] == ["one", "two", "two"]


def test_an_outage_is_survived() -> None:
    """While a token is good, a refresh that fails stops nothing."""
    service = Answering(
        token_answer("one", STALE_SECONDS),
        httpx.ConnectError("down"),
        DENIED,
        token_answer("two"),
    )
    auth = google_auth(service, key_settings())

    assert [bearer(auth) for _ in range(5)] == ["one", "one", "one", "two", "two"]


def test_no_token_at_all() -> None:
    """Without a good token a failed refresh is an error, and the next call tries."""
    service = Answering(httpx.ConnectError("down"), token_answer("one"))
    auth = google_auth(service, key_settings())

    with pytest.raises(CredentialsError, match="check the network and the proxy"):
        bearer(auth)

    assert bearer(auth) == "one"


@pytest.mark.parametrize("is_passing", [True, False])
def test_token_endpoint_that_fails(*, is_passing: bool) -> None:
    """What google-auth would try again later can pass, and nothing else it refuses."""
    failure = RefreshError("m", retryable=is_passing)  # type: ignore[no-untyped-call]

    with pytest.raises(CredentialsError) as raised, credentials_errors("a file"):
        raise failure

    assert raised.value.is_retryable == is_passing


def test_many_threads_ask_once() -> None:
    """Threads that start together wait for one token instead of asking each."""
    threads = 8
    barrier = threading.Barrier(threads)
    service = Answering(token_answer("one"))
    auth = google_auth(service, key_settings())

    def call(_: int) -> str:
        barrier.wait()
        return bearer(auth)

    with ThreadPoolExecutor(threads) as pool:
        tokens = list(pool.map(call, range(threads)))

    assert tokens == ["one"] * threads
    assert len(service.requests) == 1


class CountedClock(FakeClock):
    """Time that says how often it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Semaphore(0)

    def monotonic(self) -> float:
        """Return the time of the test."""
        now = super().monotonic()
        self.asked.release()
        return now


def test_many_threads_fail_once() -> None:
    """Threads that waited for a token that does not come do not ask each."""
    threads = 8
    clock = CountedClock()

    def down(_: httpx.Request) -> httpx.Response:
        assert all(clock.asked.acquire(timeout=10) for _ in range(threads))
        clock.advance(30)
        return DENIED

    service = Answering(down)
    auth = google_auth(service, key_settings(), clock=clock)

    with ThreadPoolExecutor(threads) as pool:
        calls = [pool.submit(bearer, auth) for _ in range(threads)]
        errors = [call.exception() for call in calls]

    assert {type(error) for error in errors} == {CredentialsError}
    assert len({str(error) for error in errors}) == 1
    assert len(service.requests) == 1


def test_nobody_waits_for_a_refresh_ahead() -> None:
    """While one thread refreshes, the others go on with the token that is good."""
    asked, answer = threading.Event(), threading.Event()

    def slow(_: httpx.Request) -> httpx.Response:
        asked.set()
        assert answer.wait(10)
        return token_answer("two")

    service = Answering(token_answer("one", STALE_SECONDS), slow)
    auth = google_auth(service, key_settings())
    bearer(auth)

    with ThreadPoolExecutor(1) as pool:
        refreshing = pool.submit(bearer, auth)
        assert asked.wait(10)
        meanwhile = [bearer(auth) for _ in range(3)]
        answer.set()

    assert (meanwhile, refreshing.result()) == (["one"] * 3, "two")
    assert len(service.requests) == 2


@pytest.mark.parametrize(
    ("url", "is_anonymous"),
    [
        pytest.param("http://127.0.0.1:8080/v1/x", True, id="loopback"),
        pytest.param("https://localhost:8443/v1/x", True, id="loopback with TLS"),
        pytest.param("http://emulator:8080/v1/x", True, id="plain http"),
        pytest.param(VERTEX, False, id="the real service"),
        pytest.param("https://vertex.example/v1/x", False, id="a custom endpoint"),
    ],
)
def test_default_credentials_stay_where_they_are_safe(
    url: str,
    is_anonymous: bool,  # noqa: FBT001 - a table
) -> None:
    """Without credentials in the settings, only a safe service is told who calls."""
    auth = google_auth(Answering(DENIED))

    if is_anonymous:
        assert auth.headers_for(url) == {}
    else:
        with pytest.raises(CredentialsError, match="no credentials were found"):
            auth.headers_for(url)


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param(Settings(access_token="abc"), id="token"),
        pytest.param(Settings(credentials=service_account()), id="key"),
    ],
)
def test_named_credentials_are_sent(settings: Settings) -> None:
    """Credentials of the settings are sent where the settings lead."""
    auth = google_auth(Answering(token_answer("abc")), settings)

    headers = auth.headers_for("http://127.0.0.1:8080/v1/x")

    assert headers == {"authorization": "Bearer abc"}


@pytest.mark.parametrize(
    ("changes", "environ", "expected"),
    [
        pytest.param({}, {}, "quota-project", id="of the credentials"),
        pytest.param(
            {}, {"GOOGLE_CLOUD_QUOTA_PROJECT": "env"}, "env", id="of the environment"
        ),
        pytest.param(
            {"user_project_override": True, "billing_project": "billed"},
            {"GOOGLE_CLOUD_QUOTA_PROJECT": "env"},
            "billed",
            id="of the settings",
        ),
        pytest.param(
            {"user_project_override": True, "project": "acme"},
            {},
            "acme",
            id="the job's own",
        ),
        pytest.param(
            {"billing_project": "billed"}, {}, "quota-project", id="not overridden"
        ),
        pytest.param({"user_project_override": True}, {}, None, id="none to name"),
    ],
)
def test_quota_project(
    changes: dict[str, object], environ: dict[str, str], expected: str | None
) -> None:
    """The project that pays for calls is that of the most specific setting."""
    text = str(dict(USER)).replace("'", '"')
    settings = Settings(credentials=text, **changes)  # type: ignore[arg-type]
    auth = google_auth(Answering(token_answer("t")), settings, environ or None)

    assert auth.headers_for(VERTEX).get("x-goog-user-project") == expected


def test_universe_of_the_credentials() -> None:
    """Credentials of another cloud than that of the settings are refused."""
    settings = stack(
        {"gcp:credentials": service_account(universe_domain="cloud.example")}
    )

    with pytest.raises(CredentialsError) as raised:
        bearer(google_auth(Answering(DENIED), settings))

    assert str(raised.value) == (
        "the credentials of stack config gcp:credentials belong to cloud.example, the "
        "settings say googleapis.com: set gcp:universeDomain, or use others"
    )


def test_universe_of_a_token() -> None:
    """A bare token says nothing about its cloud and is used in any."""
    settings = Settings(access_token="abc", universe_domain="cloud.example")

    assert bearer(google_auth(Answering(DENIED), settings)) == "abc"


def test_another_universe() -> None:
    """In another cloud a key signs its own tokens."""
    settings = Settings(
        credentials=service_account(universe_domain="cloud.example"),
        universe_domain="cloud.example",
    )
    service = Answering(DENIED)

    token = bearer(google_auth(service, settings))

    assert token.startswith("eyJ")
    assert service.requests == []


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param(Settings(credentials=service_account()), "acme", id="of a key"),
        pytest.param(Settings(access_token="abc"), None, id="a token has none"),
        pytest.param(Settings(), None, id="no credentials"),
        pytest.param(
            Settings(vertex_endpoint="http://127.0.0.1:1"), None, id="an emulator"
        ),
    ],
)
def test_default_project(settings: Settings, expected: str | None) -> None:
    """The project of the credentials is known where they name one."""
    auth = google_auth(Answering(DENIED), settings)

    assert auth.default_project() == expected


def test_denied_refresh() -> None:
    """A refused refresh says what Google said and what to do."""
    with pytest.raises(CredentialsError) as raised:
        bearer(google_auth(Answering(DENIED), key_settings()))

    assert str(raised.value) == (
        "no access token from stack config gcp:credentials: invalid_grant: Bad; renew "
        "it there; destroy and refresh take what the last up recorded: use "
        "`--run-program`"
    )
    assert raised.value.__cause__ is not None


def test_denied_impersonation() -> None:
    """A refused impersonation names the role that is missing."""
    settings = stack({"gcp:accessToken": "abc", "gcp:impersonateServiceAccount": ROBOT})
    service = Answering(json_answer({"error": {"message": "Permission denied"}}, 403))

    with pytest.raises(CredentialsError) as raised:
        bearer(google_auth(service, settings))

    message = str(raised.value)
    assert f"from {ROBOT} impersonated by stack config gcp:accessToken: " in message
    assert "Permission denied" in message
    assert "grant the caller roles/iam.serviceAccountTokenCreator" in message


def test_unknown_type_is_no_missing_role() -> None:
    """Credentials whose type is none are no matter of impersonation."""
    with pytest.raises(CredentialsError) as raised:
        bearer(google_auth(Answering(DENIED), Settings(credentials='{"a": 1}')))

    message = str(raised.value)
    assert "the type is not one of service_account" in message
    assert "serviceAccountTokenCreator" not in message
    assert message.endswith("GOOGLE_CREDENTIALS or GOOGLE_APPLICATION_CREDENTIALS")


def test_tokens_are_not_told() -> None:
    """An answer that holds a token is not quoted, nor chained to the error."""
    settings = Settings(access_token="abc", impersonate_service_account=ROBOT)
    body = {"accessToken": "ya29.hush", "expireTime": "nonsense"}

    with pytest.raises(CredentialsError) as raised:
        bearer(google_auth(Answering(json_answer(body)), settings))

    assert "hush" not in str(raised.value)
    assert raised.value.__cause__ is None
    assert raised.value.__suppress_context__ is True


def test_impersonation() -> None:
    """Another account is impersonated over delegates, on top of any credentials."""
    settings = Settings(
        access_token="abc",
        impersonate_service_account=ROBOT,
        impersonate_delegates=("a@b.example",),
    )
    service = Answering(
        json_answer({"accessToken": "robot", "expireTime": "2100-01-01T00:00:00Z"})
    )

    token = bearer(google_auth(service, settings))

    assert token == "robot"
    (request,) = service.requests
    assert str(request.url) == IMPERSONATION_URL
    assert request.headers["authorization"] == "Bearer abc"
    assert request.content == (
        b'{"delegates": ["a@b.example"], "scope": '
        b'["https://www.googleapis.com/auth/cloud-platform"], "lifetime": "3600s"}'
    )


def test_start_up_is_light() -> None:
    """Importing the clients loads no google-auth, and using it loads no requests."""
    program = (
        "import sys, pulumi_tuning.gcp; print('google.auth' in sys.modules);"
        "import pulumi_tuning.gcp.credential_sources; print('requests' in sys.modules)"
    )

    output = subprocess.run(  # noqa: S603 - this very Python
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert output.stdout.split() == ["False", "False"]
