"""JSON as Python holds it."""

import json
import math
from typing import Any, Final, TypeGuard

_DEEPEST: Final = 100
_TOO_DEEP: Final = "Message too deep."

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


def read_json(text: bytes) -> Any:  # noqa: ANN401 - any JSON
    """Return the value that a JSON text holds.

    Stricter than Python, as the parsers of the service are: no `NaN`, no half of a
    surrogate pair, no number beyond a double, and at most 100 levels.

    Raises:
        ValueError: The text is none.
    """
    try:
        value = json.loads(text, parse_constant=_refuse, parse_float=_double)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    _refuse_depth(value)
    json.dumps(value, ensure_ascii=False).encode()
    return value


def _refuse(constant: str) -> None:
    message = f"{constant} is no JSON."
    raise ValueError(message)


def _double(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        _refuse(text)
    return number


def _refuse_depth(value: object, levels: int = _DEEPEST) -> None:
    if levels == 0:
        raise ValueError(_TOO_DEEP)
    inner = value.values() if is_object(value) else value if is_list(value) else ()
    for item in inner:
        _refuse_depth(item, levels - 1)
