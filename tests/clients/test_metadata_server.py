"""The metadata server: found where it is, asked for tokens, project and cloud."""

from collections.abc import Callable

import httpx
import pytest

from pulumi_tuning.errors import CredentialsError
from pulumi_tuning.gcp.auth import GoogleAuth
from tests.clients.answering import Answer, Answering, json_answer
from tests.clients.credentials import bearer, google_auth

PATH = "/computeMetadata/v1"
TOKEN_PATH = f"{PATH}/instance/service-accounts/default/token"
GOOGLE = {"metadata-flavor": "Google"}


def machine(**answers: Answer) -> Callable[[httpx.Request], httpx.Response]:
    """Return a machine of Google's, with other answers than usual where given."""
    token = json_answer({"access_token": "abc", "expires_in": 3599})
    usual: dict[str, Answer] = {
        "ping": httpx.Response(200, headers=GOOGLE),
        "token": token,
        "project": httpx.Response(200, text="acme\n"),
        "universe": httpx.Response(200, text="googleapis.com"),
    }
    names = {
        "/": "ping",
        TOKEN_PATH: "token",
        f"{PATH}/project/project-id": "project",
        f"{PATH}/universe/universe-domain": "universe",
    }

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["metadata-flavor"] == "Google"
        found = (usual | answers)[names[request.url.path]]
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, httpx.Response)
        return found

    return answer


def machine_auth(service: Answering, **environ: str) -> GoogleAuth:
    """Return the credentials of a machine without any others."""
    return google_auth(service, environ={"HOME": "/nowhere"} | environ)


def test_token_of_the_machine() -> None:
    """The machine's service account gives the token, its metadata the project."""
    service = Answering(machine())
    auth = machine_auth(service)

    assert (bearer(auth), auth.default_project()) == ("abc", "acme")
    assert [str(request.url) for request in service.requests] == [
        "http://169.254.169.254",
        f"http://metadata.google.internal{PATH}/project/project-id",
        f"http://metadata.google.internal{PATH}/universe/universe-domain",
        f"http://metadata.google.internal{TOKEN_PATH}",
    ]


@pytest.mark.parametrize(
    ("environ", "hosts"),
    [
        pytest.param({"GCE_METADATA_HOST": "m:1"}, {"m"}, id="host"),
        pytest.param({"GCE_METADATA_ROOT": "m:1"}, {"m"}, id="host, by its old name"),
        pytest.param(
            {"GCE_METADATA_IP": "10.0.0.1"},
            {"10.0.0.1", "metadata.google.internal"},
            id="address of the first question",
        ),
    ],
)
def test_place_of_the_server(environ: dict[str, str], hosts: set[str]) -> None:
    """The environment may say where the metadata server is."""
    service = Answering(machine())

    bearer(machine_auth(service, **environ))

    assert {request.url.host for request in service.requests} == hosts


def test_token_is_fetched_anew() -> None:
    """The machine's token is fetched anew when it has ended."""
    ends = json_answer({"access_token": "abc", "expires_in": -400_000_000})
    service = Answering(machine(token=ends))
    auth = machine_auth(service)

    bearer(auth)
    bearer(auth)

    assert [r.url.path for r in service.requests].count(TOKEN_PATH) == 2


@pytest.mark.parametrize(
    ("ping", "attempts"),
    [
        pytest.param(httpx.ConnectTimeout("slow"), 2, id="no answer"),
        pytest.param(httpx.Response(400), 1, id="the metadata server of another cloud"),
    ],
)
def test_no_server(ping: Answer, attempts: int) -> None:
    """Where no metadata server of Google's answers, there are no credentials."""
    service = Answering(machine(ping=ping))

    with pytest.raises(CredentialsError, match="no credentials were found"):
        bearer(machine_auth(service))

    assert len(service.requests) == attempts


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        pytest.param(
            {"token": httpx.Response(404)},
            "does not give an access token: status 404",
            id="a machine without account",
        ),
        pytest.param(
            {"token": httpx.Response(200, text="<html>")},
            "token cannot be read",
            id="no JSON",
        ),
        pytest.param(
            {"token": json_answer({"access_token": "ya29.hush"})},
            "token cannot be read",
            id="no end of the token",
        ),
        pytest.param({"token": json_answer([])}, "token cannot be read", id="a list"),
        pytest.param(
            {"token": httpx.ReadTimeout("slow")},
            "check the network",
            id="no answer",
        ),
        pytest.param(
            {"universe": httpx.Response(500)},
            "does not give the universe domain: status 500",
            id="no universe",
        ),
        pytest.param(
            {"universe": httpx.Response(200, text="cloud.example")},
            "belong to cloud.example",
            id="another universe",
        ),
    ],
)
def test_failing_server(answers: dict[str, Answer], words: str) -> None:
    """What the metadata server does not give is told, and no token is."""
    with pytest.raises(CredentialsError, match=words) as raised:
        bearer(machine_auth(Answering(machine(**answers))))

    assert "hush" not in str(raised.value)


def test_old_server() -> None:
    """A metadata server that knows no clouds belongs to Google's own."""
    service = Answering(machine(universe=httpx.Response(404)))

    assert bearer(machine_auth(service)) == "abc"


@pytest.mark.parametrize(
    "project",
    [
        pytest.param(httpx.Response(404), id="none"),
        pytest.param(httpx.Response(200, text=" "), id="empty"),
        pytest.param(httpx.ReadTimeout("slow"), id="no answer"),
    ],
)
def test_machine_without_project(project: Answer) -> None:
    """A machine that names no project has none."""
    service = Answering(machine(project=project))

    assert machine_auth(service).default_project() is None
