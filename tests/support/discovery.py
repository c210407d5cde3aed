"""Schemas of the v1 discovery document, which Google's Python client carries."""

import functools
import json
from importlib import resources
from typing import Any

_PREFIX = "GoogleCloudAiplatformV1"


@functools.cache
def schemas() -> dict[str, Any]:
    """Return all schemas by their name."""
    folder = resources.files("googleapiclient.discovery_cache") / "documents"
    document = json.loads((folder / "aiplatform.v1.json").read_text())
    found: dict[str, Any] = document["schemas"]
    return found


def fields(message: str) -> dict[str, Any]:
    """Return the fields of a message by their name on the wire."""
    found: dict[str, Any] = schemas()[_PREFIX + message]["properties"]
    return found


def message_of(field: dict[str, Any]) -> str | None:
    """Return the name of the message that a field, or each of its items, holds."""
    reference = field.get("$ref") or field.get("items", {}).get("$ref")
    return str(reference).removeprefix(_PREFIX) if reference else None
