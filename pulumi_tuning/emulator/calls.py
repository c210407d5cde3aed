"""One request on its way to a handler, and the forms of an answer."""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from pulumi_tuning.emulator.errors import (
    invalid_argument,
)
from pulumi_tuning.emulator.identities import project_number
from pulumi_tuning.emulator.json_values import Json, is_object, read_json
from pulumi_tuning.emulator.schema import snake_case
from pulumi_tuning.emulator.services import Services

_FRONT_END_HEADERS: Final = {
    "content-type": "application/json; charset=UTF-8",
    "vary": "Origin, X-Origin, Referer",
    "server": "ESF",
    "x-xss-protection": "0",
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
}
_PAGE: Final = """<!DOCTYPE html>
<html lang=en>
  <meta charset=utf-8>
  <title>Error {code} ({phrase})!!1</title>
  <p><b>{code}.</b> <ins>That&#39;s an error.</ins>
  <p>{sentence}  <ins>That&#39;s all we know.</ins>
"""


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has found its handler."""

    services: Services
    request: Request
    parameters: Mapping[str, str]
    """Parts of the path."""

    body: bytes
    """The whole body; empty for an upload, which is read as it arrives."""

    created_before: datetime | None = None
    """Set where a list is to leave newer jobs out."""

    @property
    def query(self) -> Mapping[str, str]:
        """Parameters of the query."""
        return self.request.query_params

    @property
    def enums_as_numbers(self) -> bool:
        """Whether the caller asked for the numbers of enum values."""
        return "enum-encoding=int" in self.query.get("$alt", "")

    @property
    def project(self) -> str:
        """Number of the project in the path."""
        return project_number(self.parameters["project"])

    def number(self, name: str) -> int | None:
        """Return a parameter of the query that is a whole number, or None.

        Raises:
            RefusalError: It is none.
        """
        text = self.query.get(name)
        if not text:
            return None
        if not re.fullmatch(r"-?[0-9]{1,18}", text):
            message = f"Invalid value at '{snake_case(name)}' (TYPE_INT64), \"{text}\""
            raise invalid_argument(message)
        return int(text)

    def json_body(self) -> object:
        """Return the body as JSON; an empty one is an empty message.

        Raises:
            RefusalError: It is no JSON.
        """
        return parse_json(self.body)

    def json_object(self) -> Json:
        """Return the body as a JSON object.

        Raises:
            RefusalError: It is none.
        """
        return parse_json_object(self.body)


def parse_json(body: bytes) -> object:
    """Return a body as JSON; an empty one is an empty message.

    Raises:
        RefusalError: It is no JSON.
    """
    if not body.strip():
        return {}
    try:
        return read_json(body)
    except ValueError as error:
        message = f"Invalid JSON payload received. {error}"
        raise invalid_argument(message) from error


def parse_json_object(body: bytes) -> Json:
    """Return a body as a JSON object.

    Raises:
        RefusalError: It is none.
    """
    parsed = parse_json(body)
    if not is_object(parsed):
        message = "Parse Error"
        raise invalid_argument(message)
    return parsed


Handler = Callable[[Call], Awaitable[Response]]


def json_answer(
    body: Json, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an answer as Google's front end gives it."""
    content = json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, _FRONT_END_HEADERS | dict(headers or {}))


def html_answer(
    path: str, status: int = 404, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the page with which the front end refuses what no service takes."""
    sentence = "The server encountered an error."
    if status == 404:  # noqa: PLR2004 - the status itself
        sentence = (
            f"The requested URL <code>{path}</code> was not found on this server."
        )
    page = _PAGE.format(code=status, phrase="Error", sentence=sentence)
    all_headers = {"content-type": "text/html; charset=UTF-8"} | dict(headers or {})
    return Response(page, status, all_headers)
