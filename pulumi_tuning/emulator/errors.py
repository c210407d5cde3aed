"""Refusals of the emulated services, and the one place that knows Google's envelope."""

from collections.abc import Mapping, Sequence
from typing import Final

from pulumi_tuning.emulator.json_values import Json

STATUS_WORDS: Final[Mapping[int, str]] = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    409: "ABORTED",
    412: "FAILED_PRECONDITION",
    429: "RESOURCE_EXHAUSTED",
    499: "CANCELLED",
    500: "INTERNAL",
    501: "UNIMPLEMENTED",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""Canonical word for each HTTP status that a Google API answers."""

_MESSAGES: Final[Mapping[int, str]] = {
    400: "Request contains an invalid argument.",
    401: (
        "Request had invalid authentication credentials. Expected OAuth 2 access "
        "token, login cookie or other valid authentication credential."
    ),
    403: "The caller does not have permission",
    404: "Requested entity was not found.",
    409: "The operation was aborted.",
    429: "Resource has been exhausted (e.g. check quota).",
    500: "Internal error encountered.",
    503: "The service is currently unavailable.",
    504: "Deadline expired before operation could complete.",
}
_STORAGE_REASONS: Final[Mapping[int, str]] = {
    400: "invalid",
    401: "required",
    403: "forbidden",
    404: "notFound",
    409: "conflict",
    412: "conditionNotMet",
    416: "requestedRangeNotSatisfiable",
    429: "rateLimitExceeded",
    503: "backendError",
}


class RefusalError(Exception):
    """A request that the emulated service answers with an error."""

    def __init__(
        self,
        code: int,
        message: str,
        *,
        status: str | None = None,
        details: Sequence[Json] = (),
    ) -> None:
        self.code = code
        self.message = message
        self.status = status or STATUS_WORDS.get(code, "UNKNOWN")
        self.details = tuple(details)
        super().__init__(message)

    @property
    def envelope(self) -> Json:
        """The JSON body of a Vertex AI error."""
        error: Json = {
            "code": self.code,
            "message": self.message,
            "status": self.status,
        }
        if self.details:
            error["details"] = list(self.details)
        return {"error": error}

    @property
    def storage_envelope(self) -> Json:
        """The JSON body of a Cloud Storage error."""
        reason = _STORAGE_REASONS.get(self.code, "internalError")
        cause = {"message": self.message, "domain": "global", "reason": reason}
        return {
            "error": {"code": self.code, "message": self.message, "errors": [cause]}
        }


def default_refusal(code: int) -> RefusalError:
    """Return the error that Google answers with this status when nothing is known."""
    return RefusalError(code, _MESSAGES.get(code, "Unknown Error."))


def bad_request(violations: Sequence[tuple[str, str]]) -> RefusalError:
    """Return a 400 for a body that does not fit its message, all problems joined."""
    return RefusalError(
        400,
        "\n".join(description for _, description in violations),
        details=[_bad_request_detail(violations)],
    )


def invalid_fields(problems: Sequence[tuple[str, str]]) -> RefusalError:
    """Return a 400 that lists fields with a wrong value, as Vertex AI words it."""
    found = "".join(
        f"\t{number}.Field: {field}; Message: {message}"
        for number, (field, message) in enumerate(problems, start=1)
    )
    return RefusalError(
        400,
        f"List of found errors:{found}\t",
        details=[_bad_request_detail(problems)],
    )


def invalid_argument(message: str) -> RefusalError:
    """Return a 400 INVALID_ARGUMENT."""
    return RefusalError(400, message)


def failed_precondition(message: str) -> RefusalError:
    """Return a 400 FAILED_PRECONDITION."""
    return RefusalError(400, message, status="FAILED_PRECONDITION")


def not_found(noun: str) -> RefusalError:
    """Return the 404 of a resource that does not exist."""
    return RefusalError(404, f"The {noun} does not exist.")


def _bad_request_detail(violations: Sequence[tuple[str, str]]) -> Json:
    return {
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        "fieldViolations": [
            {"field": field, "description": description}
            for field, description in violations
        ],
    }
