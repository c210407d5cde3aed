"""Settings: which project, location, credentials and services, and who said so.

Pure: no I/O, no Pulumi. Each setting comes from an input of the resource, else from the
stack's config, else from the environment; names are those of `pulumi-gcp`, so that one
configuration serves both. What is still missing then (credentials, project) may come
from Application Default Credentials, which `pulumi_tuning.gcp.auth` knows.

`Settings.resolve` never raises, because it runs where an error would hit every resource
of a stack: what is malformed stands in `Settings.problems` and is raised by
`Settings.raise_problems`, which each call to a service asks first.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Final, Self, TypeVar

from pulumi_tuning.errors import SettingsError
from pulumi_tuning.settings import values
from pulumi_tuning.settings.hosts import DEFAULT_UNIVERSE_DOMAIN

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class SettingNames:
    """Where a setting may be set."""

    config: str
    environment: tuple[str, ...] = ()


SETTING_NAMES: Final[Mapping[str, SettingNames]] = {
    "project": SettingNames(
        "gcp:project",
        (
            "GOOGLE_PROJECT",
            "GOOGLE_CLOUD_PROJECT",
            "GCLOUD_PROJECT",
            "CLOUDSDK_CORE_PROJECT",
        ),
    ),
    "location": SettingNames(
        "gcp:region",
        (
            "GOOGLE_REGION",
            "GOOGLE_CLOUD_LOCATION",
            "GCLOUD_REGION",
            "CLOUDSDK_COMPUTE_REGION",
        ),
    ),
    "credentials": SettingNames(
        "gcp:credentials",
        ("GOOGLE_CREDENTIALS", "GOOGLE_CLOUD_KEYFILE_JSON", "GCLOUD_KEYFILE_JSON"),
    ),
    "access_token": SettingNames("gcp:accessToken", ("GOOGLE_OAUTH_ACCESS_TOKEN",)),
    "impersonate_service_account": SettingNames(
        "gcp:impersonateServiceAccount", ("GOOGLE_IMPERSONATE_SERVICE_ACCOUNT",)
    ),
    "impersonate_delegates": SettingNames("gcp:impersonateServiceAccountDelegates"),
    "user_project_override": SettingNames(
        "gcp:userProjectOverride", ("USER_PROJECT_OVERRIDE",)
    ),
    "billing_project": SettingNames("gcp:billingProject", ("GOOGLE_BILLING_PROJECT",)),
    "request_reason": SettingNames(
        "gcp:requestReason", ("CLOUDSDK_CORE_REQUEST_REASON",)
    ),
    "universe_domain": SettingNames(
        "gcp:universeDomain", ("GOOGLE_CLOUD_UNIVERSE_DOMAIN",)
    ),
    "default_labels": SettingNames("gcp:defaultLabels"),
    "vertex_endpoint": SettingNames(
        "gcp:vertexAiCustomEndpoint",
        ("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT", "GOOGLE_VERTEX_BASE_URL"),
    ),
    "storage_endpoint": SettingNames(
        "gcp:storageCustomEndpoint",
        ("GOOGLE_STORAGE_CUSTOM_ENDPOINT", "STORAGE_EMULATOR_HOST"),
    ),
    "diff": SettingNames("tuning:diff"),
    "prices": SettingNames("tuning:prices"),
}
"""Every setting by the name of its field; the first name that is set wins."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Everything that decides which service is called, and as whom."""

    project: str | None = None
    location: str | None = None
    credentials: str | None = field(default=None, repr=False)
    """Text or path of a credentials JSON file."""
    access_token: str | None = field(default=None, repr=False)
    """Wins over `credentials`, as in Google's own provider."""
    impersonate_service_account: str | None = None
    impersonate_delegates: tuple[str, ...] = ()
    user_project_override: bool = False
    billing_project: str | None = None
    request_reason: str | None = None
    universe_domain: str = DEFAULT_UNIVERSE_DOMAIN
    default_labels: Mapping[str, str] = field(default_factory=dict[str, str])
    vertex_endpoint: str | None = None
    """Base URL without version and trailing slash; `{{region}}` is the location."""
    storage_endpoint: str | None = None
    """Base URL without `/storage/v1` and trailing slash."""
    diff: values.Diff = "live"
    prices: Mapping[str, Decimal] = field(default_factory=dict[str, Decimal])
    """USD per million training tokens by model, instead of the list prices."""
    problems: tuple[SettingsError, ...] = ()
    """Settings that are malformed; their fields hold the default."""
    sources: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    @classmethod
    def resolve(
        cls, get_config: Callable[[str], object], environ: Mapping[str, str]
    ) -> Self:
        """Return the settings of a stack; never raises for what they hold.

        Args:
            get_config: Gives the stack's config for a full key such as `gcp:project`;
                lists and objects arrive as JSON, or as what JSON means.
            environ: The environment, always the live one.
        """
        reader = _Reader(get_config, environ)
        no_labels: dict[str, str] = {}
        no_prices: dict[str, Decimal] = {}
        return cls(
            project=reader.read("project", values.parse_project, None),
            location=reader.read("location", values.parse_location, None),
            credentials=reader.read("credentials", str, None),
            access_token=reader.read("access_token", values.parse_access_token, None),
            impersonate_service_account=reader.read(
                "impersonate_service_account", values.parse_email, None
            ),
            impersonate_delegates=reader.read(
                "impersonate_delegates", values.parse_emails, ()
            ),
            user_project_override=reader.read(
                "user_project_override", values.parse_boolean, default=False
            ),
            billing_project=reader.read("billing_project", values.parse_project, None),
            request_reason=reader.read("request_reason", values.parse_header, None),
            universe_domain=reader.read(
                "universe_domain", values.parse_domain, DEFAULT_UNIVERSE_DOMAIN
            ),
            default_labels=reader.read(
                "default_labels", values.parse_labels, no_labels
            ),
            vertex_endpoint=reader.read(
                "vertex_endpoint", values.parse_vertex_endpoint, None
            ),
            storage_endpoint=reader.read(
                "storage_endpoint", values.parse_storage_endpoint, None
            ),
            diff=reader.read("diff", values.parse_diff, cls.diff),
            prices=reader.read("prices", values.parse_prices, no_prices),
            problems=tuple(reader.problems),
            sources=reader.sources,
        )

    def with_inputs(
        self, *, project: str | None = None, location: str | None = None
    ) -> Self:
        """Return these settings with what a call itself asks for.

        As anywhere, an empty text asks for nothing.
        """
        inputs = {"project": project, "location": location}
        given = {name: text for name, text in inputs.items() if text}
        names = {SETTING_NAMES[name].config for name in given}
        others = [problem for problem in self.problems if problem.name not in names]
        return replace(
            self,
            project=project or self.project,
            location=location or self.location,
            sources={**self.sources, **{name: f"input {name}" for name in given}},
            problems=(*others, *_problems_of(given)),
        )

    def source_of(self, name: str) -> str:
        """Return who set a field, in words for a message."""
        return self.sources.get(name, "default")

    def raise_problems(self) -> None:
        """Raise for the first malformed setting, if there is one.

        Raises:
            SettingsError: A setting is malformed.
        """
        if self.problems:
            raise self.problems[0]

    def require_project(self) -> str:
        """Return the project.

        Raises:
            SettingsError: There is none.
        """
        return _required("project", self.project)

    def require_location(self) -> str:
        """Return the location.

        Raises:
            SettingsError: There is none.
        """
        return _required("location", self.location)


class _Reader:
    """Reads settings by name and remembers sources and problems."""

    def __init__(
        self, get_config: Callable[[str], object], environ: Mapping[str, str]
    ) -> None:
        self._get_config = get_config
        self._environ = environ
        self.problems: list[SettingsError] = []
        self.sources: dict[str, str] = {}

    def read(self, name: str, parse: Callable[[str], _T], default: _T) -> _T:
        """Return the parsed value, or the default where it is unset or malformed."""
        text, source = self._find(SETTING_NAMES[name])
        if not text:
            return default
        try:
            value = parse(text)
        except ValueError as error:
            key = SETTING_NAMES[name].config
            where = source.removesuffix(f" {key}")
            self.problems.append(SettingsError(key, str(error), source=where))
            return default
        self.sources[name] = source
        return value

    def _find(self, names: SettingNames) -> tuple[str, str]:
        if text := _text(self._get_config(names.config)):
            return text, f"stack config {names.config}"
        for variable in names.environment:
            if text := self._environ.get(variable, "").strip():
                return text, f"environment variable {variable}"
        return "", ""


def _problems_of(given: Mapping[str, str]) -> Iterator[SettingsError]:
    """Yield what is malformed in inputs."""
    parsers = {"project": values.parse_project, "location": values.parse_location}
    for name, text in given.items():
        try:
            parsers[name](text)
        except ValueError as error:
            yield SettingsError(SETTING_NAMES[name].config, str(error))


def _text(value: object) -> str:
    if value is None:
        return ""
    return value.strip() if isinstance(value, str) else json.dumps(value, default=str)


def _required(name: str, value: str | None) -> str:
    if value:
        return value
    names = SETTING_NAMES[name]
    variable = names.environment[1]
    raise SettingsError(
        names.config,
        f"not set: give the resource a `{name}`, run `pulumi config set "
        f"{names.config} …`, or set {variable}",
    )
