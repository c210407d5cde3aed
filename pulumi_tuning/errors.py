"""Everything that can go wrong, on one screen.

TuningError
├── InvalidInputsError(problems)        the program is wrong; a CheckFailure each
├── SettingsError(name, source)         a setting is missing or malformed
├── CredentialsError                    google-auth could not produce a token
├── DatasetError(uri)
│   ├── DatasetUnreadableError          missing, forbidden, empty
│   └── DatasetRejectedError            all problems, the first ten in the message
├── ApiError(method, url)               something about one call
│   ├── ApiConnectionError              no answer; retryable
│   ├── ApiTimeoutError                 no answer in time; retryable
│   ├── UnexpectedResponseError         an answer that is not the documented shape
│   └── ApiStatusError(code, status, detail, details)
│       ├── InvalidArgumentError        INVALID_ARGUMENT, OUT_OF_RANGE
│       ├── FailedPreconditionError     FAILED_PRECONDITION
│       ├── UnauthenticatedError        UNAUTHENTICATED
│       ├── PermissionDeniedError       PERMISSION_DENIED
│       ├── NotFoundError               NOT_FOUND — the only error that means "gone"
│       ├── ConflictError               ALREADY_EXISTS, ABORTED
│       ├── QuotaError                  RESOURCE_EXHAUSTED; retryable
│       ├── CancelledError              CANCELLED
│       ├── UnimplementedError          UNIMPLEMENTED
│       └── ServerError                 INTERNAL, UNAVAILABLE, UNKNOWN, DATA_LOSS,
│                                       DEADLINE_EXCEEDED; retryable
└── JobError(job, state)                the job itself
    ├── JobFailedError
    ├── JobCancelledError
    ├── JobExpiredError
    └── WaitTimeoutError(waited_seconds)   the job goes on
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

_LONGEST_QUOTE: Final = 256


def quoted(text: str) -> str:
    """Return foreign text on one line, cut to 256 characters.

    Without what a terminal would obey.
    """
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(line) <= _LONGEST_QUOTE:
        return line
    return f"{line[: _LONGEST_QUOTE - 1]}…"


class TuningError(Exception):
    """Something that a user of this package can understand and act on."""

    is_retryable: ClassVar[bool] = False
    """Whether the same *idempotent* call may succeed a moment later."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with what a program asks for."""

    property: str
    """Engine-side path, such as `supervisedTuningSpec.hyperParameters.epochCount`."""

    reason: str
    """What is wrong and what to do, in one line."""


class InvalidInputsError(TuningError):
    """The program asks for something that no tuning job can be."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{p.property}: {p.reason}" for p in self.problems))


class SettingsError(TuningError):
    """A setting is missing or malformed."""

    def __init__(self, name: str, message: str, *, source: str | None = None) -> None:
        self.name = name
        self.source = source
        super().__init__(f"{name}{f' (from {source})' if source else ''}: {message}")


class CredentialsError(TuningError):
    """google-auth could not produce an access token."""


class DatasetError(TuningError):
    """Something about a data set."""

    def __init__(self, uri: str, message: str) -> None:
        self.uri = uri
        super().__init__(f"{uri}: {message}")


class DatasetUnreadableError(DatasetError):
    """The data set is missing, forbidden or empty."""


class DatasetRejectedError(DatasetError):
    """The data set has lines that the service would drop or refuse."""


class ApiError(TuningError):
    """Something about one call of a Google API."""

    def __init__(self, message: str, *, method: str, url: str) -> None:
        self.method = method
        self.url = url
        super().__init__(message)


class ApiConnectionError(ApiError):
    """No answer: the connection could not be made, or broke."""

    is_retryable = True

    def __init__(
        self, message: str, *, method: str, url: str, was_sent: bool = True
    ) -> None:
        self.was_sent = was_sent
        """False only where the request provably never left this machine."""
        super().__init__(message, method=method, url=url)


class ApiTimeoutError(ApiError):
    """No answer in time; the service may have acted all the same."""

    is_retryable = True


class UnexpectedResponseError(ApiError):
    """An answer that is not of the documented shape."""


class ApiStatusError(ApiError):
    """The API answered with an error."""

    def __init__(
        self,
        *,
        method: str,
        url: str,
        code: int,
        status: str,
        detail: str,
        details: Sequence[Mapping[str, Any]] = (),
        subject: str = "",
        remedy: str = "",
        retry_after_seconds: float | None = None,
    ) -> None:
        self.code = code
        self.status = status
        self.detail = detail
        """The API's own message, on one line."""
        self.details = tuple(details)
        """The `google.rpc` messages of the envelope, such as `ErrorInfo`."""
        self.retry_after_seconds = retry_after_seconds
        """How long the service asks to wait before the next call, where it does."""
        what = f"{subject}: " if subject else ""
        told = f"{detail.removesuffix('.')}; {remedy}" if remedy else detail
        super().__init__(f"{what}{code} {status}: {told}", method=method, url=url)

    def info(self, message: str) -> Mapping[str, Any]:
        """Return the envelope's first `google.rpc` message of this name, or nothing."""
        for detail in self.details:
            if str(detail.get("@type", "")).endswith(f"google.rpc.{message}"):
                return detail
        return {}

    @property
    def reason(self) -> str | None:
        """The `reason` word of the envelope's `ErrorInfo`, where there is one."""
        reason = self.info("ErrorInfo").get("reason")
        return None if reason is None else str(reason)


class InvalidArgumentError(ApiStatusError):
    """The request is wrong whatever the state of the service."""


class FailedPreconditionError(ApiStatusError):
    """The service is not in a state in which it could do this."""


class UnauthenticatedError(ApiStatusError):
    """The access token is missing, expired or not accepted."""


class PermissionDeniedError(ApiStatusError):
    """The caller may not do this, or the API is not enabled."""


class NotFoundError(ApiStatusError):
    """Google's own NOT_FOUND envelope: the only error that means "gone"."""


class ConflictError(ApiStatusError):
    """Another change of the same thing came first."""


class QuotaError(ApiStatusError):
    """A rate or quota is used up."""

    is_retryable = True

    @property
    def is_rate(self) -> bool:
        """Whether only calls came too fast, so that a short wait helps."""
        return self.reason == "RATE_LIMIT_EXCEEDED" or bool(self.info("RetryInfo"))


class CancelledError(ApiStatusError):
    """The call was cancelled."""


class UnimplementedError(ApiStatusError):
    """The service does not know this method."""


class ServerError(ApiStatusError):
    """The service failed; it may have acted all the same."""

    is_retryable = True


STATUS_ERRORS: Final[Mapping[str, type[ApiStatusError]]] = {
    "CANCELLED": CancelledError,
    "UNKNOWN": ServerError,
    "INVALID_ARGUMENT": InvalidArgumentError,
    "DEADLINE_EXCEEDED": ServerError,
    "NOT_FOUND": NotFoundError,
    "ALREADY_EXISTS": ConflictError,
    "PERMISSION_DENIED": PermissionDeniedError,
    "UNAUTHENTICATED": UnauthenticatedError,
    "RESOURCE_EXHAUSTED": QuotaError,
    "FAILED_PRECONDITION": FailedPreconditionError,
    "ABORTED": ConflictError,
    "OUT_OF_RANGE": InvalidArgumentError,
    "UNIMPLEMENTED": UnimplementedError,
    "INTERNAL": ServerError,
    "UNAVAILABLE": ServerError,
    "DATA_LOSS": ServerError,
}
"""Google's canonical status words (all but OK) and the error of each."""

CODE_ERRORS: Final[Mapping[int, type[ApiStatusError]]] = {
    400: InvalidArgumentError,
    401: UnauthenticatedError,
    403: PermissionDeniedError,
    408: ServerError,
    409: ConflictError,
    412: FailedPreconditionError,
    429: QuotaError,
    499: CancelledError,
    501: UnimplementedError,
}
"""HTTP codes of answers without Google's envelope, such as a proxy's.

404 is missing on purpose: without the envelope it does not mean "gone".
"""


class JobError(TuningError):
    """A tuning job that did not do what was asked."""

    def __init__(self, message: str, *, job: str, state: str) -> None:
        self.job = job
        self.state = state
        super().__init__(message)


class JobFailedError(JobError):
    """The job ended in FAILED."""


class JobCancelledError(JobError):
    """The job ended in CANCELLED."""


class JobExpiredError(JobError):
    """The job ended in EXPIRED."""


class WaitTimeoutError(JobError):
    """The wait is over, the job is not: it goes on."""

    def __init__(
        self, message: str, *, job: str, state: str, waited_seconds: float
    ) -> None:
        self.waited_seconds = waited_seconds
        super().__init__(message, job=job, state=state)
