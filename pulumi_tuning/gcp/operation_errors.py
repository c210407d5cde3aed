"""What a failed operation says about itself, as an error of this package.

Pure: reads an answer that has arrived.
"""

from collections.abc import Mapping
from typing import Any, Final

from pulumi_tuning.errors import STATUS_ERRORS, ApiStatusError, quoted

_RPC_CODES: Final = (
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)
_RPC_WORDS: Final = dict(enumerate(_RPC_CODES, start=1))
"""The words of `google.rpc.Code` by number, all but OK."""


def operation_error(error: Mapping[str, Any], name: str, url: str) -> ApiStatusError:
    """Return the error that an operation's own `google.rpc.Status` means."""
    number = error.get("code")
    code = number if isinstance(number, int) and number in _RPC_WORDS else 0
    status = _RPC_WORDS.get(code, "UNKNOWN")
    return STATUS_ERRORS[status](
        method="GET",
        url=url,
        code=code,
        status=status,
        detail=quoted(str(error.get("message", ""))),
        subject=name,
    )
