"""Answers: which error each of them means, and what its message says to do."""

from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import (
    STATUS_ERRORS,
    ApiError,
    ApiStatusError,
    CancelledError,
    ConflictError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    QuotaError,
    ServerError,
    UnauthenticatedError,
    UnexpectedResponseError,
    UnimplementedError,
)
from tests.clients.answering import (
    TOKEN,
    Answering,
    error_answer,
    google_http,
    json_answer,
)

URL = (
    "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/tuningJobs"
)
SUBJECT = "create a tuning job in projects/p/locations/l"


def refused(answer: httpx.Response, url: str = URL) -> ApiError:
    """Return the error that an answer becomes."""
    with pytest.raises(ApiError) as raised:
        google_http(Answering(answer)).post(url, {}, subject=SUBJECT)
    return raised.value


def info(reason: str, **metadata: str) -> dict[str, Any]:
    """Return Google's detail about the reason of an error."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": "googleapis.com",
        "metadata": metadata,
    }


@pytest.mark.parametrize(
    ("word", "expected"),
    [item for item in STATUS_ERRORS.items() if item[0] != "NOT_FOUND"],
)
def test_the_status_word_decides(word: str, expected: type[ApiStatusError]) -> None:
    """Google's status word names the error, whatever the HTTP code."""
    error = refused(error_answer(418, word, "what happened"))

    assert type(error) is expected
    assert str(error).startswith(f"{SUBJECT}: 418 {word}: what happened")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (400, InvalidArgumentError),
        (401, UnauthenticatedError),
        (402, ApiStatusError),
        (403, PermissionDeniedError),
        (404, UnexpectedResponseError),
        (405, ApiStatusError),
        (408, ServerError),
        (409, ConflictError),
        (412, FailedPreconditionError),
        (413, ApiStatusError),
        (429, QuotaError),
        (499, CancelledError),
        (500, ServerError),
        (501, UnimplementedError),
        (502, ServerError),
        (503, ServerError),
        (504, ServerError),
        (599, ServerError),
    ],
)
@pytest.mark.parametrize(
    "body",
    [
        pytest.param("", id="no body"),
        pytest.param("<html><title>Sorry</title></html>", id="HTML"),
        pytest.param('{"message": "sorry"}', id="other JSON"),
        pytest.param('{"error": "sorry"}', id="an error that is a word"),
        pytest.param('{"error": {"message": "sorry"}}', id="an error without code"),
        pytest.param('{"error": {"code": 404, "mes', id="truncated JSON"),
        pytest.param("[1, 2]", id="a list"),
    ],
)
def test_the_code_decides_without_envelope(
    code: int, expected: type[ApiError], body: str
) -> None:
    """Without Google's envelope the HTTP code names the error, and 404 is not gone."""
    assert type(refused(httpx.Response(code, text=body))) is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (400, InvalidArgumentError),
        (403, PermissionDeniedError),
        (410, ApiStatusError),
        (500, ServerError),
        (503, ServerError),
    ],
)
def test_not_found_with_another_code(code: int, expected: type[ApiStatusError]) -> None:
    """The word NOT_FOUND means "gone" only with the code that Google gives it."""
    error = refused(error_answer(code, "NOT_FOUND", "what happened"))

    assert type(error) is expected
    assert str(error).startswith(f"{SUBJECT}: {code} NOT_FOUND: what happened")


@pytest.mark.parametrize(
    "error",
    [
        pytest.param({"code": 404, "message": "no such route"}, id="no word"),
        pytest.param({"code": 404, "status": "Not Found"}, id="a word of its own"),
        pytest.param({"code": 404, "status": "", "message": "m"}, id="an empty word"),
    ],
)
def test_404_of_a_gateway(error: dict[str, Any]) -> None:
    """An envelope that looks like Google's, but has not its word, is not gone."""
    assert type(refused(json_answer({"error": error}, 404))) is ApiStatusError


def test_envelope_without_status_word() -> None:
    """Cloud Storage says no status word: its own 404 is one all the same."""
    body = {"error": {"code": 404, "message": "No such object: b/o", "errors": [{}]}}

    error = refused(json_answer(body, 404))

    assert type(error) is NotFoundError
    assert str(error).startswith(f"{SUBJECT}: 404 Not Found: No such object: b/o")


def test_envelope_with_another_code() -> None:
    """A 404 that speaks of another error is not gone."""
    error = refused(json_answer({"error": {"code": 500, "message": "m"}}, 404))

    assert type(error) is ApiStatusError


def test_envelope_with_an_unknown_word() -> None:
    """A status word of the future falls back to the HTTP code."""
    assert type(refused(error_answer(409, "LATER"))) is ConflictError


def test_envelope_in_a_list() -> None:
    """An envelope in a list of one is read as the envelope."""
    body = [{"error": {"code": 404, "status": "NOT_FOUND", "message": "m"}}]

    assert type(refused(json_answer(body, 404))) is NotFoundError


def test_odd_details() -> None:
    """Details of an unexpected shape are left out, not fatal."""
    body: Any = {"error": {"code": 400, "status": None, "message": None, "details": {}}}
    listed: Any = {"error": {"code": 400, "details": ["x", info("R")]}}

    first, second = refused(json_answer(body, 400)), refused(json_answer(listed, 400))

    assert isinstance(first, InvalidArgumentError)
    assert isinstance(second, InvalidArgumentError)
    assert (first.details, second.reason) == ((), "R")


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(httpx.Response(200, text=""), id="nothing"),
        pytest.param(httpx.Response(200, text="<html>Sign in</html>"), id="HTML"),
        pytest.param(httpx.Response(200, text='{"name": "proj'), id="truncated JSON"),
        pytest.param(httpx.Response(200, json=[{}]), id="a list"),
        pytest.param(httpx.Response(204), id="no content"),
        pytest.param(httpx.Response(200, text="[" * 100_000), id="too deep to read"),
    ],
)
def test_success_of_another_shape(answer: httpx.Response) -> None:
    """A success that is no JSON object is not taken for one."""
    error = refused(answer)

    assert type(error) is UnexpectedResponseError
    assert str(error).startswith(f"{SUBJECT}: the answer is not a JSON object")


def test_html_is_quoted_as_words() -> None:
    """Of a page only its words are told, on one line and not many of them."""
    page = (
        "<html><head><style>p {color: red}</style></head>\n<body><h1>No</h1>"
        f"<p>The requested URL was not found. {'x' * 300}</p></body></html>"
    )

    message = str(refused(httpx.Response(404, text=page)))

    assert "No The requested URL was not found. xxx" in message
    assert "<" not in message
    assert "color" not in message
    assert len(message) < 500


def test_the_token_is_never_quoted() -> None:
    """A server that repeats the request's token does not get it into a message."""
    page = f"You sent Authorization: Bearer {TOKEN}"

    plain = refused(httpx.Response(500, text=page))
    enveloped = refused(error_answer(400, "INVALID_ARGUMENT", page))

    assert TOKEN not in str(plain)
    assert TOKEN not in str(enveloped)
    assert TOKEN not in repr(enveloped)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        pytest.param(
            error_answer(401, "UNAUTHENTICATED", "invalid credentials"),
            "renew the credentials, for example with `gcloud auth application-default "
            "login`; in destroy and refresh the config is what the last up recorded: "
            "use `--run-program`, or give credentials in the environment where the "
            "config has none",
            id="expired token",
        ),
        pytest.param(
            error_answer(
                403,
                "PERMISSION_DENIED",
                "Permission denied",
                info(
                    "IAM_PERMISSION_DENIED", permission="aiplatform.tuningJobs.create"
                ),
            ),
            "grant the caller a role with aiplatform.tuningJobs.create, such as "
            "roles/aiplatform.user",
            id="missing permission",
        ),
        pytest.param(
            error_answer(
                403,
                "PERMISSION_DENIED",
                "Permission denied",
                info("IAM_PERMISSION_DENIED", permission="other.things.get"),
            ),
            "grant the caller a role with other.things.get",
            id="permission of another service",
        ),
        pytest.param(
            error_answer(403, "PERMISSION_DENIED", "Permission 'x' denied"),
            "grant the caller the permission that the message names",
            id="no details",
        ),
        pytest.param(
            error_answer(
                403,
                "PERMISSION_DENIED",
                "Vertex AI API has not been used in project 1 before",
                info(
                    "SERVICE_DISABLED",
                    service="aiplatform.googleapis.com",
                    consumer="projects/1",
                ),
            ),
            "enable it with `gcloud services enable aiplatform.googleapis.com "
            "--project=1`",
            id="API not enabled",
        ),
        pytest.param(
            error_answer(
                403, "PERMISSION_DENIED", "disabled", info("SERVICE_DISABLED")
            ),
            "enable it with `gcloud services enable aiplatform.googleapis.com`",
            id="API not enabled, without metadata",
        ),
        pytest.param(
            error_answer(
                403,
                "PERMISSION_DENIED",
                "Permission denied on resource project acme.",
                info("CONSUMER_INVALID", consumer="projects/acme"),
            ),
            "check the project's id and that the caller may use it "
            "(roles/serviceusage.serviceUsageConsumer)",
            id="unknown project",
        ),
        pytest.param(
            error_answer(404, "NOT_FOUND", "Project not found"),
            "check the project's id and the location",
            id="project not found",
        ),
        pytest.param(
            error_answer(
                429, "RESOURCE_EXHAUSTED", "Quota exceeded", info("RATE_LIMIT_EXCEEDED")
            ),
            "calls come too fast; try again in a minute",
            id="too fast",
        ),
        pytest.param(
            error_answer(
                429,
                "RESOURCE_EXHAUSTED",
                "The following quota metrics exceed quota limits: "
                "aiplatform.googleapis.com/global_concurrent_tuning_jobs",
            ),
            "the quota aiplatform.googleapis.com/global_concurrent_tuning_jobs is used "
            "up: wait until other jobs end, cancel one, or ask for more on the quotas "
            "page of the Google Cloud console",
            id="quota named in the message",
        ),
        pytest.param(
            error_answer(
                429, "RESOURCE_EXHAUSTED", "m", info("OTHER", quota_metric="x.y/z")
            ),
            "the quota x.y/z is used up: wait until other jobs end, cancel one, or ask "
            "for more on the quotas page of the Google Cloud console",
            id="quota named in the details",
        ),
        pytest.param(
            error_answer(429, "RESOURCE_EXHAUSTED", "Too much"),
            "the quota is used up: wait until other jobs end, cancel one, or ask for "
            "more on the quotas page of the Google Cloud console",
            id="quota without a name",
        ),
        pytest.param(
            error_answer(
                400,
                "INVALID_ARGUMENT",
                "You do not have permission to act as service_account: a@b.example",
            ),
            "grant the caller roles/iam.serviceAccountUser on that service account "
            "(iam.serviceAccounts.actAs)",
            id="service account of another",
        ),
        pytest.param(
            error_answer(503, "UNAVAILABLE", "The service is currently unavailable."),
            "the service failed; try again later",
            id="unavailable",
        ),
    ],
)
def test_what_to_do(answer: httpx.Response, words: str) -> None:
    """The message of an error ends with what to do about it."""
    assert str(refused(answer)).endswith(f"; {words}")


@pytest.mark.parametrize(
    ("answer", "url"),
    [
        pytest.param(
            error_answer(404, "NOT_FOUND", "The TuningJob does not exist."),
            f"{URL}/1",
            id="a job that is gone",
        ),
        pytest.param(
            error_answer(400, "INVALID_ARGUMENT", "The adapter size is not supported."),
            URL,
            id="an argument that the message explains",
        ),
        pytest.param(error_answer(409, "ABORTED", "raced"), URL, id="a race"),
    ],
)
def test_nothing_to_add(answer: httpx.Response, url: str) -> None:
    """Where nobody can say what to do, the service's own message is all."""
    error = refused(answer, url)

    assert isinstance(error, ApiStatusError)
    assert str(error).endswith(error.detail)


def test_what_an_error_knows() -> None:
    """An error keeps code, status, message and details of the answer."""
    details = info("R", permission="p")

    error = refused(error_answer(403, "PERMISSION_DENIED", "no\nway", details))

    assert isinstance(error, PermissionDeniedError)
    assert (error.code, error.status, error.detail) == (
        403,
        "PERMISSION_DENIED",
        "no way",
    )
    assert error.details == (details,)
    assert (error.method, error.url, error.reason) == ("POST", URL, "R")
