"""Settings as text: parsed, or refused with a reason that a user can act on.

Pure. Each function raises `ValueError` with that reason; none of them repeats a secret.
"""

import json
import re
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field, TypeAdapter

from pulumi_tuning.errors import quoted
from pulumi_tuning.resource_names import LOCATION_ID, PROJECT_ID
from pulumi_tuning.settings.hosts import parse_base_url

Diff = Literal["live", "recorded"]
"""What a program is compared with: the live job, or what Pulumi recorded."""

_EMAILS: Final = TypeAdapter(list[str])
_HIGHEST_PRICE: Final = 1_000_000
"""A dollar per token: a cost above that has more digits than money has."""

_PRICES: Final = TypeAdapter(
    dict[str, Annotated[float, Field(ge=0, le=_HIGHEST_PRICE, strict=True)]]
)
_LABELS: Final = TypeAdapter(dict[str, str | bool | int])


def parse_project(text: str) -> str:
    """Return the id or number of a project."""
    return _matching(PROJECT_ID, text, "the id of a project")


def parse_location(text: str) -> str:
    """Return a location."""
    return _matching(LOCATION_ID, text, "a location such as us-central1")


def parse_domain(text: str) -> str:
    """Return the domain of a cloud."""
    pattern = r"[a-z0-9-]+(\.[a-z0-9-]+)+"
    return _matching(pattern, text, "a domain such as googleapis.com")


def parse_email(text: str) -> str:
    """Return the e-mail address of a service account."""
    pattern = r"[^@\s/:]+@[^@\s/:]+"
    return _matching(pattern, text, "the e-mail address of a service account")


def parse_access_token(text: str) -> str:
    """Return an access token, which a reason never repeats."""
    if not re.fullmatch(r"[!-~]+", text):
        message = "not an access token: it has spaces or characters outside ASCII"
        raise ValueError(message)
    return text


def parse_header(text: str) -> str:
    """Return text that can be sent as the value of a header."""
    if not re.fullmatch(r"[ -~]+", text):
        message = "must be one line of ASCII, as it is sent in a header"
        raise ValueError(message)
    return text


def parse_emails(text: str) -> tuple[str, ...]:
    """Return a list of e-mail addresses, written as JSON."""
    try:
        emails = _EMAILS.validate_json(text)
    except ValueError:
        message = 'must be a JSON list of e-mail addresses, such as ["a@b.example"]'
        raise ValueError(message) from None
    return tuple(parse_email(email) for email in emails)


def parse_labels(text: str) -> dict[str, str]:
    """Return labels, written as a JSON object.

    `pulumi config set --path` stores numbers and booleans bare: they count as text.
    """
    try:
        labels = _LABELS.validate_json(text)
    except ValueError:
        message = 'must be a JSON object of strings, such as {"team": "nlp"}'
        raise ValueError(message) from None
    return {
        key: value if isinstance(value, str) else json.dumps(value)
        for key, value in labels.items()
    }


def parse_boolean(text: str) -> bool:
    """Return a boolean."""
    words = {"true": True, "1": True, "false": False, "0": False}
    if text.lower() not in words:
        message = f"{quoted(text)!r} is neither true nor false"
        raise ValueError(message)
    return words[text.lower()]


def parse_diff(text: str) -> Diff:
    """Return what a program is compared with."""
    if text == "live":
        return "live"
    if text == "recorded":
        return "recorded"
    message = f"{quoted(text)!r} is neither live nor recorded"
    raise ValueError(message)


def parse_prices(text: str) -> dict[str, Decimal]:
    """Return prices by model, USD per million training tokens, written as JSON."""
    try:
        prices = _PRICES.validate_json(text)
    except ValueError:
        message = (
            "must be a JSON object of prices in USD per million tokens, from 0 to "
            f'{_HIGHEST_PRICE:,}, such as {{"gemini-2.5-flash": 4.5}}'
        )
        raise ValueError(message) from None
    return {model: Decimal(str(price)) for model, price in prices.items()}


def parse_vertex_endpoint(text: str) -> str:
    """Return the base URL of a Vertex AI service, without version."""
    return parse_base_url(text, api_paths=("/v1", "/v1beta1"))


def parse_storage_endpoint(text: str) -> str:
    """Return the base URL of a Cloud Storage service.

    Google's clients take `STORAGE_EMULATOR_HOST` also as `host:port`, and speak http.
    """
    url = text if "://" in text else f"http://{text}"
    return parse_base_url(url, api_paths=("/storage/v1", "/v1"))


def _matching(pattern: str | re.Pattern[str], text: str, noun: str) -> str:
    if not re.fullmatch(pattern, text):
        message = f"{quoted(text)!r} is not {noun}"
        raise ValueError(message)
    return text
