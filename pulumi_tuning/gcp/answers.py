"""What a service answered: a JSON object, or the error that it means.

Pure: reads responses that have arrived. The shapes are those of Google's JSON error
model (https://google.aip.dev/193), the older one of Cloud Storage, which has no status
word, and whatever stands between here and Google, which answers as it likes.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus
from typing import Any, Final, cast

import httpx

from pulumi_tuning.errors import (
    CODE_ERRORS,
    STATUS_ERRORS,
    ApiError,
    ApiStatusError,
    ServerError,
    UnexpectedResponseError,
    quoted,
)
from pulumi_tuning.gcp.remedies import remedy_for

_NOT_FOUND_WORD: Final = "NOT_FOUND"
_DURATION: Final = re.compile(r"(?P<seconds>\d+(\.\d+)?)s")


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a service, as a message names it."""

    method: str
    url: str
    """Without query."""
    subject: str
    """What the call is about, such as "create tuning job in projects/p/…"."""


@dataclass(frozen=True, slots=True)
class _Envelope:
    """Google's description of an error."""

    code: int
    status: str
    message: str
    details: Sequence[Mapping[str, Any]]
    is_older: bool
    """Whether it has the shape of Cloud Storage's errors, which have no status word."""


def json_object(response: httpx.Response, call: Call) -> dict[str, Any]:
    """Return the JSON object of a successful answer.

    Raises:
        UnexpectedResponseError: The answer is none.
    """
    body = _as_object(_json(response))
    if body is None:
        raise _unexpected(call, response, "the answer is not a JSON object")
    return body


def error_of(response: httpx.Response, call: Call, *, now: datetime) -> ApiError:
    """Return the error that an unsuccessful answer means."""
    envelope = _envelope(response)
    code = response.status_code
    if envelope is None and (response.is_redirect or code == HTTPStatus.NOT_FOUND):
        return _unexpected(
            call,
            response,
            f"{code} without Google's description of an error, so this is not the API; "
            "check the custom endpoint and what stands before it",
        )
    error_class = _error_class(envelope, code)
    build = partial(
        error_class,
        method=call.method,
        url=call.url,
        code=code,
        status=(envelope and envelope.status) or _phrase(code),
        detail=_detail(envelope, response),
        details=envelope.details if envelope else (),
        subject=call.subject,
    )
    error = build()
    return build(
        remedy=remedy_for(error),
        retry_after_seconds=_retry_after(response, error, now),
    )


def _body_text(response: httpx.Response) -> str:
    """Return the words of an answer's body, without mark-up."""
    text = re.sub(
        r"<(style|script)\b.*?</\1>|<[^>]*>", " ", response.text, flags=re.DOTALL
    )
    return _quoted(text, response)


def _quoted(text: str, response: httpx.Response) -> str:
    """Return foreign text on one line, without the token that the request carried."""
    token = response.request.headers.get("authorization", "").removeprefix("Bearer ")
    return quoted(text.replace(token, "[token]") if token else text)


def _detail(envelope: _Envelope | None, response: httpx.Response) -> str:
    return _quoted(envelope.message, response) if envelope else _body_text(response)


def _unexpected(
    call: Call, response: httpx.Response, message: str
) -> UnexpectedResponseError:
    body = _body_text(response)
    what = f": {body}" if body else ""
    return UnexpectedResponseError(
        f"{call.subject}: {message}{what}", method=call.method, url=call.url
    )


def _json(response: httpx.Response) -> object:
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _as_object(value: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _envelope(response: httpx.Response) -> _Envelope | None:
    body = _json(response)
    listed = _as_list(body)
    answer = _as_object(listed[0] if len(listed) == 1 else body) or {}
    error = _as_object(answer.get("error"))
    if error is None or not isinstance(error.get("code"), int):
        return None
    details = [_as_object(detail) for detail in _as_list(error.get("details"))]
    return _Envelope(
        code=error["code"],
        status=str(error.get("status") or ""),
        message=str(error.get("message") or ""),
        details=[detail for detail in details if detail is not None],
        is_older="errors" in error and not error.get("status"),
    )


def _error_class(envelope: _Envelope | None, code: int) -> type[ApiStatusError]:
    word = envelope.status if envelope else ""
    if envelope and envelope.is_older and envelope.code == HTTPStatus.NOT_FOUND:
        word = _NOT_FOUND_WORD
    # A word says "gone" only together with the code that Google gives it.
    if word in STATUS_ERRORS and (
        word != _NOT_FOUND_WORD or code == HTTPStatus.NOT_FOUND
    ):
        return STATUS_ERRORS[word]
    if code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CODE_ERRORS.get(code, ServerError)
    return CODE_ERRORS.get(code, ApiStatusError)


def _phrase(code: int) -> str:
    try:
        return HTTPStatus(code).phrase
    except ValueError:
        return "error"


def _retry_after(
    response: httpx.Response, error: ApiStatusError, now: datetime
) -> float | None:
    header = response.headers.get("retry-after", "").strip()
    if header.isdecimal():
        return float(header)
    if header:
        return _seconds_until(header, now)
    delay = _DURATION.fullmatch(str(error.info("RetryInfo").get("retryDelay", "")))
    return float(delay["seconds"]) if delay else None


def _seconds_until(date: str, now: datetime) -> float | None:
    try:
        moment = parsedate_to_datetime(date)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, (aware - now).total_seconds())
