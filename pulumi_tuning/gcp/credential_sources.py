# mypy: disable-error-code="no-untyped-call, no-any-return"
# google-auth is typed in part only.
"""Where credentials are found: settings, files, the metadata server.

Imported when the first token is needed: google-auth takes its time to load.
"""

import configparser
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from google.auth import (
    aws,
    external_account_authorized_user,
    identity_pool,
    impersonated_credentials,
    pluggable,
)
from google.auth.exceptions import DefaultCredentialsError
from google.oauth2 import credentials as oauth2
from google.oauth2 import service_account

from pulumi_tuning.clock import Clock
from pulumi_tuning.gcp.credential_errors import credentials_errors
from pulumi_tuning.gcp.metadata_server import MetadataServer, MetadataServerCredentials
from pulumi_tuning.gcp.token_requests import HttpxRequest
from pulumi_tuning.settings import Settings

if TYPE_CHECKING:
    from google.auth.credentials import Credentials

SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)
_LIFETIME_SECONDS: Final = 3600
_SERVICE_ACCOUNT: Final[Any] = service_account.Credentials
_USER: Final[Any] = oauth2.Credentials
_EXTERNAL_USER: Final[Any] = external_account_authorized_user.Credentials
_IMPERSONATED: Final[Any] = impersonated_credentials.Credentials
_AWS_TOKEN: Final = "urn:ietf:params:aws:token-type:aws4_request"  # noqa: S105 - a type


@dataclass(frozen=True)
class Source:
    """Credentials, where they come from, and the project that they belong to."""

    credentials: "Credentials"
    origin: str
    project: str | None = None
    is_universal: bool = False
    """Whether they say nothing about the cloud that they belong to."""


def find(
    settings: Settings, environ: Mapping[str, str], request: HttpxRequest, clock: Clock
) -> Source:
    """Return the credentials of some settings, impersonation included.

    Raises:
        CredentialsError: They are malformed, or a file cannot be read.
        GoogleAuthError: There are none.
    """
    source = _explicit(settings) or _default(environ, request, clock)
    if settings.impersonate_service_account is None:
        return source
    impersonated = impersonated_credentials.Credentials(
        source_credentials=source.credentials,
        target_principal=settings.impersonate_service_account,
        target_scopes=list(SCOPES),
        delegates=list(settings.impersonate_delegates),
        lifetime=_LIFETIME_SECONDS,
        quota_project_id=source.credentials.quota_project_id,
    )
    origin = f"{settings.impersonate_service_account} impersonated by {source.origin}"
    return Source(impersonated, origin, source.project, source.is_universal)


def _explicit(settings: Settings) -> Source | None:
    if settings.access_token:
        credentials = oauth2.Credentials(settings.access_token)
        origin = settings.source_of("access_token")
        return Source(credentials, origin, is_universal=True)
    if not settings.credentials:
        return None
    origin = settings.source_of("credentials")
    if settings.credentials.startswith("{"):
        return _from_json(settings.credentials, origin)
    with credentials_errors(origin):
        path = Path(settings.credentials).expanduser()
    return _from_file(path, origin)


def _default(environ: Mapping[str, str], request: HttpxRequest, clock: Clock) -> Source:
    """Return Application Default Credentials, in the order that Google documents.

    `google.auth.default` would do the same with the `requests` package only.
    """
    if path := environ.get("GOOGLE_APPLICATION_CREDENTIALS"):
        return _from_file(Path(path), "GOOGLE_APPLICATION_CREDENTIALS")
    gcloud = _gcloud_folder(environ)
    file = gcloud / "application_default_credentials.json"
    if file.is_file():
        return _from_file(file, "gcloud's login", project=_gcloud_project(gcloud))
    server = MetadataServer(environ, request)
    if server.is_there():
        credentials = MetadataServerCredentials(server, clock)
        return Source(credentials, "the metadata server", server.project())
    message = "no credentials were found"
    raise DefaultCredentialsError(message)


def _from_file(path: Path, origin: str, *, project: str | None = None) -> Source:
    with credentials_errors(origin):
        text = path.read_text(encoding="utf-8")
    return _from_json(text, origin, project=project)


def _from_json(text: str, origin: str, *, project: str | None = None) -> Source:
    with credentials_errors(origin):
        info = _object(text)
        load = _LOADERS.get(str(info.get("type")))
        if load is None:
            message = f"the type is not one of {', '.join(_LOADERS)}"
            raise ValueError(message)
        return Source(load(info), origin, info.get("project_id") or project)


def _object(text: str) -> dict[str, Any]:
    try:
        info = json.loads(text)
    except ValueError:
        info = None
    if not isinstance(info, dict):
        message = "this is not the JSON of credentials"
        raise ValueError(message)  # noqa: TRY004 - malformed text
    return cast("dict[str, Any]", info)


def _service_account(info: dict[str, Any]) -> "Credentials":
    return _SERVICE_ACCOUNT.from_service_account_info(info, scopes=SCOPES)


def _authorized_user(info: dict[str, Any]) -> "Credentials":
    # The scopes are those that the user agreed to.
    return _USER.from_authorized_user_info(info)


def _external_account(info: dict[str, Any]) -> "Credentials":
    source = info.get("credential_source")
    kind: Any
    if info.get("subject_token_type") == _AWS_TOKEN:
        kind = aws.Credentials
    elif isinstance(source, dict) and "executable" in source:
        kind = pluggable.Credentials
    else:
        kind = identity_pool.Credentials
    return kind.from_info(info, scopes=SCOPES)


def _external_account_user(info: dict[str, Any]) -> "Credentials":
    return _EXTERNAL_USER.from_info(info)


def _impersonated(info: dict[str, Any]) -> "Credentials":
    return _IMPERSONATED.from_impersonated_service_account_info(info, scopes=SCOPES)


_LOADERS: Final[Mapping[str, Callable[[dict[str, Any]], "Credentials"]]] = {
    "service_account": _service_account,
    "authorized_user": _authorized_user,
    "external_account": _external_account,
    "external_account_authorized_user": _external_account_user,
    "impersonated_service_account": _impersonated,
}
"""The loader of each type of credentials JSON."""


def _gcloud_folder(environ: Mapping[str, str]) -> Path:
    if folder := environ.get("CLOUDSDK_CONFIG"):
        return Path(folder)
    if folder := environ.get("APPDATA"):
        return Path(folder) / "gcloud"
    home = environ.get("HOME")
    return (Path(home) if home else Path.home()) / ".config" / "gcloud"


def _gcloud_project(folder: Path) -> str | None:
    """Return the project of gcloud's active configuration, read from its files."""
    try:
        active = (folder / "active_config").read_text(encoding="utf-8").strip()
        parser = configparser.ConfigParser(interpolation=None)
        parser.read(folder / "configurations" / f"config_{active}", encoding="utf-8")
    except (OSError, ValueError, configparser.Error):
        return None
    return parser.get("core", "project", fallback=None) or None
