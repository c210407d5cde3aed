"""One line of bytes to JSON, or the position and the reason why it is none.

Pure: no I/O. The reasons are this package's own words: a decoder's message may quote
the text that it stumbled over.
"""

import json
from typing import Any, Final, Never

from pulumi_tuning.dataset.problems import DatasetProblem, ProblemKind

_REASONS: Final = {
    "Expecting property name enclosed in double quotes": (
        "a key must stand in double quotes"
    ),
    "Expecting ',' delimiter": "a comma or the end of a list or object is missing",
    "Expecting ':' delimiter": "a colon is missing after a key",
    "Expecting value": "a value is missing",
    "Extra data": "more follows after the end of the JSON value",
    "Invalid control character at": (
        "a control character stands unescaped in a string (write \\n, \\t or \\u00XX)"
    ),
    "Unexpected UTF-8 BOM (decode using utf-8-sig)": (
        "a byte order mark in front of a line; were files joined that begin with one?"
    ),
    "Unterminated string starting at": "a string that starts here does not end",
    "Invalid \\escape": "a backslash must be doubled or start an escape",
    "Invalid \\uXXXX escape": "\\u must be followed by four hexadecimal digits",
}


def decode(line: bytes, number: int) -> tuple[Any, DatasetProblem | None]:
    """Return the JSON value of a line and None, or None and what is wrong."""
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode()) + 1
        return None, DatasetProblem(
            ProblemKind.NOT_UTF8, "bytes that are not UTF-8", number, column
        )
    if "\0" in text:
        return None, DatasetProblem(
            ProblemKind.NUL_BYTE, "a NUL byte", number, text.index("\0") + 1
        )
    try:
        return json.loads(text, parse_constant=_refuse), None
    except json.JSONDecodeError as error:
        reason, position = _reason(text, error)
        return None, _invalid(reason, number, position + 1)
    except RecursionError:
        return None, _invalid("nested too deeply", number)
    except ValueError:
        return None, _invalid("NaN, Infinity or a number with too many digits", number)


def _invalid(reason: str, number: int, column: int | None = None) -> DatasetProblem:
    message = f"not JSON: {reason}"
    return DatasetProblem(ProblemKind.INVALID_JSON, message, number, column)


def _refuse(constant: str) -> Never:
    """Refuse NaN and Infinity, which Python reads and JSON does not know."""
    raise ValueError(constant)


def _reason(text: str, error: json.JSONDecodeError) -> tuple[str, int]:
    """Return what is wrong and at which character, the same for all Pythons."""
    position = error.pos
    if text[position : position + 1] == ",":
        # From Python 3.13 on, a trailing comma is reported at the comma itself.
        bracket = len(text) - len(text[position + 1 :].lstrip())
        if text[bracket : bracket + 1] not in ("]", "}"):
            return "a comma too many", position
        position = bracket
    before, after = text[:position].rstrip(), text[position:].lstrip()
    if not after:
        reason = "the line ends inside the JSON value (one value must be on one line)"
    elif after[0] in "]}" and before.endswith(","):
        reason = "a comma before a closing bracket"
    elif after[0] == "'":
        reason = "keys and strings must stand in double quotes, not in single ones"
    else:
        reason = _REASONS.get(error.msg, "malformed")
    return reason, position
