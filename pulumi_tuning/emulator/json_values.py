"""JSON as Python holds it."""

from typing import Any, TypeGuard

Json = dict[str, Any]
"""A JSON object."""


def new_object() -> Json:
    """Return an empty JSON object."""
    return {}


def is_object(value: object) -> TypeGuard[Json]:
    """Return whether the value is a JSON object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[Any]]:
    """Return whether the value is a JSON list."""
    return isinstance(value, list)
