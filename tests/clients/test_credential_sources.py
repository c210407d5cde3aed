"""Credentials of every kind, found where Google's tools leave them."""

import json
import subprocess
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qs

import httpx
import pytest
from google.auth.exceptions import TransportError

from pulumi_tuning.errors import CredentialsError
from pulumi_tuning.gcp.token_requests import HttpxRequest
from pulumi_tuning.settings import Settings
from tests.clients.answering import Answering, json_answer
from tests.clients.credentials import (
    IMPERSONATION_URL,
    STS_URL,
    TOKEN_URL,
    USER,
    bearer,
    external_account,
    google_auth,
    private_key,
    service_account,
)

TOKEN = json_answer(
    {
        "access_token": "abc",
        "expires_in": 3599,
        "token_type": "Bearer",
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
    }
)
IMPERSONATED = json_answer(
    {"accessToken": "robot", "expireTime": "2100-01-01T00:00:00Z"}
)


def form(request: httpx.Request) -> dict[str, str]:
    """Return the fields of a form that was sent."""
    fields = parse_qs(request.content.decode())
    return {name: values[0] for name, values in fields.items()}


def explicit(text: str) -> Settings:
    """Return settings with credentials."""
    return Settings.resolve({"gcp:credentials": text}.get, {})


def test_service_account() -> None:
    """The key of a service account signs a request for a token."""
    service = Answering(TOKEN)

    token = bearer(google_auth(service, explicit(service_account())))

    assert token == "abc"
    (request,) = service.requests
    assert str(request.url) == TOKEN_URL
    assert form(request)["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer"
    assert form(request)["assertion"].startswith("eyJ")


def test_service_account_file(tmp_path: Path) -> None:
    """Credentials may be named by the path of their file."""
    path = tmp_path / "key.json"
    path.write_text(service_account())

    assert bearer(google_auth(Answering(TOKEN), explicit(str(path)))) == "abc"


def test_user() -> None:
    """A user's login is refreshed with the scopes that the user agreed to."""
    service = Answering(TOKEN)

    bearer(google_auth(service, explicit(json.dumps(dict(USER)))))

    assert [form(request) for request in service.requests] == [
        {
            "grant_type": "refresh_token",
            "client_id": "id",
            "client_secret": "secret-of-the-client",
            "refresh_token": "refresh-token",
        }
    ]


def test_external_account_of_a_file(tmp_path: Path) -> None:
    """A workload identity changes the token of a file for one of Google's."""
    file = tmp_path / "token"
    file.write_text("subject-token")
    service = Answering(TOKEN)

    bearer(google_auth(service, explicit(external_account({"file": str(file)}))))

    (request,) = service.requests
    assert str(request.url) == STS_URL
    assert form(request)["subject_token"] == "subject-token"
    assert form(request)["scope"] == "https://www.googleapis.com/auth/cloud-platform"


def test_external_account_of_a_url() -> None:
    """A workload identity may take its token from a URL, and impersonate."""
    source = {"url": "http://169.254.0.1/token", "headers": {"x-a": "b"}}
    service = Answering(httpx.Response(200, text="subject-token"), TOKEN, IMPERSONATED)
    settings = explicit(
        external_account(source, service_account_impersonation_url=IMPERSONATION_URL)
    )

    token = bearer(google_auth(service, settings))

    assert token == "robot"
    assert [str(request.url) for request in service.requests] == [
        "http://169.254.0.1/token",
        STS_URL,
        IMPERSONATION_URL,
    ]
    assert service.requests[0].headers["x-a"] == "b"


def test_external_account_of_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """A workload of another cloud proves itself with that cloud's keys."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"):
        monkeypatch.setenv(name, "us-east-1")
    source = {
        "environment_id": "aws1",
        "regional_cred_verification_url": "https://sts.{region}.amazonaws.com?A=B",
    }
    kind = "urn:ietf:params:aws:token-type:aws4_request"
    service = Answering(TOKEN)
    settings = explicit(external_account(source, subject_token_type=kind))

    bearer(google_auth(service, settings))

    (request,) = service.requests
    assert "AWS4-HMAC-SHA256" in form(request)["subject_token"]


def test_external_account_of_a_program() -> None:
    """A program that gives tokens runs only where the user allowed it."""
    source = {"executable": {"command": "/bin/false"}}
    settings = explicit(external_account(source))

    with pytest.raises(CredentialsError, match="EXECUTABLES"):
        bearer(google_auth(Answering(TOKEN), settings))


def test_program_that_gives_no_token_in_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program that does not end is an error of ours."""
    monkeypatch.setenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES", "1")

    def hang(command: list[str], timeout: float, **_: object) -> NoReturn:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    source = {"executable": {"command": "/bin/get-token", "timeout_millis": 5000}}
    auth = google_auth(Answering(TOKEN), explicit(external_account(source)))

    with pytest.raises(CredentialsError, match=": TimeoutExpired; "):
        bearer(auth)


def test_external_account_of_a_user() -> None:
    """The login of a workforce identity is refreshed."""
    info = {
        "type": "external_account_authorized_user",
        "audience": "//iam.googleapis.com/locations/global/workforcePools/p",
        "client_id": "id",
        "client_secret": "secret",
        "refresh_token": "refresh",
        "token_url": STS_URL,
    }
    service = Answering(TOKEN)

    assert bearer(google_auth(service, explicit(json.dumps(info)))) == "abc"
    assert form(service.requests[0])["refresh_token"] == "refresh"


def test_impersonated_account() -> None:
    """A login that impersonates is understood."""
    info = {
        "type": "impersonated_service_account",
        "source_credentials": dict(USER),
        "service_account_impersonation_url": IMPERSONATION_URL,
        "delegates": [],
    }
    service = Answering(TOKEN, IMPERSONATED)

    assert bearer(google_auth(service, explicit(json.dumps(info)))) == "robot"
    assert str(service.requests[1].url) == IMPERSONATION_URL


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("{", "this is not the JSON of credentials", id="truncated"),
        pytest.param('{"type": "x"}', "the type is not one of service_acc", id="type"),
        pytest.param("{}", "the type is not one of service_account", id="no type"),
        pytest.param(
            '{"type": "service_account"}', "client_email", id="an empty account"
        ),
        pytest.param('{"type": "authorized_user"}', "refresh_token", id="empty user"),
        pytest.param(
            '{"type": "impersonated_service_account"}', "NoneType", id="no source"
        ),
        pytest.param('{"type": "external_account"}', "no access token", id="empty"),
        pytest.param("/no/such/file.json", "No such file", id="no file"),
        pytest.param("key-of-nobody", "No such file", id="no JSON and no file"),
        pytest.param("~nobody-at-all/key.json", "home directory", id="no such home"),
    ],
)
def test_malformed_credentials(text: str, words: str) -> None:
    """Credentials that cannot be used are an error of ours that says why."""
    auth = google_auth(Answering(TOKEN), explicit(text))

    with pytest.raises(CredentialsError, match=words) as raised:
        bearer(auth)

    message = str(raised.value)
    assert message.startswith("no access token from stack config gcp:credentials: ")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(private_key(), id="a key instead of its JSON"),
        pytest.param(private_key().replace("\n", ""), id="a key on one line"),
        pytest.param(f'{{"private_key": "{private_key()[:60]}', id="half a file"),
        pytest.param(service_account(private_key=private_key()[:200]), id="half a key"),
        pytest.param(service_account().lstrip("{"), id="JSON without its brace"),
    ],
)
def test_keys_are_not_told(text: str) -> None:
    """Not even a key in the wrong place gets into a message, or into its cause."""
    auth = google_auth(Answering(TOKEN), explicit(text))
    secret = private_key().splitlines()[1][:16]

    with pytest.raises(CredentialsError) as raised:
        bearer(auth)

    assert secret not in str(raised.value)
    assert secret not in str(raised.value.__cause__)


def gcloud(folder: Path, *, project: str | None = None) -> Path:
    """Leave a login in gcloud's folder, as gcloud does."""
    folder.mkdir(parents=True)
    login = folder / "application_default_credentials.json"
    login.write_text(json.dumps(dict(USER)))
    if project is not None:
        (folder / "active_config").write_text("work\n")
        (folder / "configurations").mkdir()
        configuration = folder / "configurations" / "config_work"
        configuration.write_text(f"[core]\naccount = me\nproject = {project}\n")
    return folder


@pytest.mark.parametrize(
    ("variable", "below"),
    [
        pytest.param("CLOUDSDK_CONFIG", "", id="gcloud's own variable"),
        pytest.param("APPDATA", "gcloud", id="Windows"),
        pytest.param("HOME", ".config/gcloud", id="the home folder"),
    ],
)
def test_login_of_gcloud(tmp_path: Path, variable: str, below: str) -> None:
    """The login that gcloud left is found, with its project."""
    root = tmp_path / "root"
    gcloud(root / below, project="acme")
    auth = google_auth(Answering(TOKEN), environ={variable: str(root)})

    assert bearer(auth) == "abc"
    assert auth.default_project() == "acme"


@pytest.mark.parametrize(
    "configuration",
    [
        pytest.param(None, id="none"),
        pytest.param("", id="empty"),
        pytest.param("[core]\naccount = me\n", id="without project"),
        pytest.param("project = acme\n", id="malformed"),
    ],
)
def test_login_without_project(tmp_path: Path, configuration: str | None) -> None:
    """A login whose configuration names no project has none."""
    folder = gcloud(tmp_path / "gcloud", project="x")
    file = folder / "configurations" / "config_work"
    if configuration is None:
        (folder / "active_config").unlink()
    else:
        file.write_text(configuration)
    auth = google_auth(Answering(TOKEN), environ={"CLOUDSDK_CONFIG": str(folder)})

    assert auth.default_project() is None


def test_home_of_the_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the environment names no home, the machine's own is used."""
    gcloud(tmp_path / ".config" / "gcloud")
    monkeypatch.setenv("HOME", str(tmp_path))
    auth = google_auth(Answering(TOKEN), environ={"NO_GCE_CHECK": "true"})

    assert bearer(auth) == "abc"


def test_file_of_the_environment(tmp_path: Path) -> None:
    """The file that the environment names wins over gcloud's login."""
    file = tmp_path / "key.json"
    file.write_text(service_account(project_id="from-file"))
    folder = gcloud(tmp_path / "gcloud", project="from-gcloud")
    environ = {
        "GOOGLE_APPLICATION_CREDENTIALS": str(file),
        "CLOUDSDK_CONFIG": str(folder),
    }

    auth = google_auth(Answering(TOKEN), environ=environ)

    assert auth.default_project() == "from-file"


def test_missing_file_of_the_environment() -> None:
    """A file that the environment names and that is missing is not passed over."""
    environ = {"GOOGLE_APPLICATION_CREDENTIALS": "/no/such.json", "HOME": "/nowhere"}
    auth = google_auth(Answering(TOKEN), environ=environ)

    with pytest.raises(
        CredentialsError, match="from GOOGLE_APPLICATION_CREDENTIALS: No such file"
    ):
        bearer(auth)


def test_no_credentials_anywhere() -> None:
    """Without any credentials the message says how to get some."""
    with pytest.raises(CredentialsError) as raised:
        bearer(google_auth(Answering(TOKEN)))

    assert str(raised.value) == (
        "no access token from Application Default Credentials: no credentials were "
        "found; run `gcloud auth application-default login`, or set gcp:credentials, "
        "GOOGLE_CREDENTIALS or GOOGLE_APPLICATION_CREDENTIALS"
    )


def test_token_request() -> None:
    """google-auth gets status, headers and bytes of any answer."""
    service = Answering(httpx.Response(418, text="tea", headers={"x-a": "b"}))

    with httpx.Client(transport=service) as client:
        answer = HttpxRequest(lambda: client)(
            "https://x/y", "POST", b"body", {"x-c": "d"}, timeout=3
        )

    assert (answer.status, answer.headers["X-A"], answer.data) == (418, "b", b"tea")
    (request,) = service.requests
    assert (request.method, request.content) == ("POST", b"body")
    assert request.headers["x-c"] == "d"
    assert request.extensions["timeout"]["read"] == 3


@pytest.mark.parametrize(
    ("url", "arguments"),
    [
        pytest.param("https://x/y", {}, id="no answer"),
        pytest.param("https://x:port/y", {}, id="no URL"),
        pytest.param("https://x/y", {"cert": ("a", "b")}, id="a certificate"),
    ],
)
def test_failing_token_request(url: str, arguments: dict[str, object]) -> None:
    """google-auth gets its own error when there is no answer."""
    service = Answering(httpx.ConnectError("down"))

    with httpx.Client(transport=service) as client, pytest.raises(TransportError):
        HttpxRequest(lambda: client)(url, **arguments)  # type: ignore[arg-type]
