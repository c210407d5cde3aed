"""What to do about an error of a Google API, in words for the person who reads it.

Pure. Sources: the reasons of `google.rpc.ErrorInfo`, and Vertex AI's documentation of
the roles that tuning needs.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from pulumi_tuning.errors import (
    ApiStatusError,
    FailedPreconditionError,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    QuotaError,
    ServerError,
    UnauthenticatedError,
)

_UNKNOWN_PROJECT: Final = frozenset({"CONSUMER_INVALID", "USER_PROJECT_DENIED"})


def remedy_for(error: ApiStatusError) -> str:
    """Return what to do about an error, or nothing where nobody can say."""
    for error_class, remedy in _REMEDIES.items():
        if isinstance(error, error_class):
            return remedy(error)
    return ""


def _unauthenticated(_: ApiStatusError) -> str:
    return (
        "renew the credentials, for example with `gcloud auth application-default "
        "login`; in destroy and refresh the config is what the last up recorded: use "
        "`--run-program`, or give credentials in the environment where the config has "
        "none"
    )


def _permission_denied(error: ApiStatusError) -> str:
    metadata = _metadata(error)
    if error.reason == "SERVICE_DISABLED":
        service = metadata.get("service", "aiplatform.googleapis.com")
        project = str(metadata.get("consumer", "")).removeprefix("projects/")
        option = f" --project={project}" if project else ""
        return f"enable it with `gcloud services enable {service}{option}`"
    if error.reason in _UNKNOWN_PROJECT or "on resource project" in error.detail:
        return (
            "check the project's id and that the caller may use it "
            "(roles/serviceusage.serviceUsageConsumer)"
        )
    permission = metadata.get("permission")
    if permission:
        return f"grant the caller a role with {permission}{_role(str(permission))}"
    return "grant the caller the permission that the message names"


def _role(permission: str) -> str:
    roles = {"aiplatform": "aiplatform.user", "storage": "storage.objectViewer"}
    role = roles.get(permission.partition(".")[0])
    return f", such as roles/{role}" if role else ""


def _not_found(error: ApiStatusError) -> str:
    if error.url.endswith("/tuningJobs"):
        return "check the project's id and the location"
    return ""


def _quota(error: ApiStatusError) -> str:
    if isinstance(error, QuotaError) and error.is_rate:
        return "calls come too fast; try again in a minute"
    metric = _metadata(error).get("quota_metric") or _metric_in(error.detail)
    which = f" {metric}" if metric else ""
    return (
        f"the quota{which} is used up: wait until other jobs end, cancel one, or ask "
        "for more on the quotas page of the Google Cloud console"
    )


def _metric_in(detail: str) -> str:
    words = (word.strip(".,'\"") for word in detail.split())
    return next((word for word in words if ".googleapis.com/" in word), "")


def _wrong_request(error: ApiStatusError) -> str:
    if "permission to act as service_account" in error.detail:
        return (
            "grant the caller roles/iam.serviceAccountUser on that service account "
            "(iam.serviceAccounts.actAs)"
        )
    return ""


def _server(_: ApiStatusError) -> str:
    return "the service failed; try again later"


def _metadata(error: ApiStatusError) -> Mapping[str, Any]:
    metadata = error.info("ErrorInfo").get("metadata")
    return cast("dict[str, Any]", metadata) if isinstance(metadata, dict) else {}


_REMEDIES: Final[Mapping[type[ApiStatusError], Callable[[ApiStatusError], str]]] = {
    UnauthenticatedError: _unauthenticated,
    PermissionDeniedError: _permission_denied,
    NotFoundError: _not_found,
    QuotaError: _quota,
    InvalidArgumentError: _wrong_request,
    FailedPreconditionError: _wrong_request,
    ServerError: _server,
}
