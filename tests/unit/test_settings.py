"""Settings: where each comes from, what is refused, which hosts follow."""

from decimal import Decimal

import pytest

from pulumi_tuning.errors import SettingsError
from pulumi_tuning.settings import (
    Settings,
    is_loopback,
    is_same_service,
    service_address,
    storage_base_url,
    vertex_base_url,
)


def resolve(
    config: dict[str, object] | None = None, environ: dict[str, str] | None = None
) -> Settings:
    """Return the settings of a stack."""
    return Settings.resolve((config or {}).get, environ or {})


def test_nothing_set() -> None:
    """Without any setting everything has its default, and nothing is wrong."""
    settings = resolve()

    assert settings == Settings()
    assert settings.source_of("project") == "default"
    assert settings.universe_domain == "googleapis.com"
    assert settings.diff == "live"


@pytest.mark.parametrize(
    ("key", "value", "field", "expected"),
    [
        pytest.param("gcp:project", "acme", "project", "acme", id="project"),
        pytest.param("gcp:region", "us-east4", "location", "us-east4", id="region"),
        pytest.param("gcp:credentials", "{}", "credentials", "{}", id="credentials"),
        pytest.param("gcp:accessToken", " t \n", "access_token", "t", id="token"),
        pytest.param(
            "gcp:impersonateServiceAccount",
            "a@b.example",
            "impersonate_service_account",
            "a@b.example",
            id="impersonation",
        ),
        pytest.param(
            "gcp:impersonateServiceAccountDelegates",
            '["a@b.example", "c@d.example"]',
            "impersonate_delegates",
            ("a@b.example", "c@d.example"),
            id="delegates as JSON",
        ),
        pytest.param(
            "gcp:impersonateServiceAccountDelegates",
            ["a@b.example"],
            "impersonate_delegates",
            ("a@b.example",),
            id="delegates as a list",
        ),
        pytest.param(
            "gcp:userProjectOverride",
            "true",
            "user_project_override",
            True,
            id="override as a word",
        ),
        pytest.param(
            "gcp:userProjectOverride",
            False,
            "user_project_override",
            False,
            id="override as a boolean",
        ),
        pytest.param(
            "gcp:billingProject", "acme-2", "billing_project", "acme-2", id="billing"
        ),
        pytest.param(
            "gcp:requestReason", "JIRA 1", "request_reason", "JIRA 1", id="reason"
        ),
        pytest.param(
            "gcp:universeDomain",
            "cloud.example",
            "universe_domain",
            "cloud.example",
            id="universe",
        ),
        pytest.param(
            "gcp:defaultLabels",
            '{"team": "nlp", "cost": 5, "prod": true}',
            "default_labels",
            {"team": "nlp", "cost": "5", "prod": "true"},
            id="labels with bare values",
        ),
        pytest.param("tuning:diff", "recorded", "diff", "recorded", id="recorded diff"),
        pytest.param("tuning:diff", "live", "diff", "live", id="live diff"),
        pytest.param(
            "tuning:prices",
            '{"gemini-2.5-flash": 4.5, "other": 0}',
            "prices",
            {"gemini-2.5-flash": Decimal("4.5"), "other": Decimal(0)},
            id="prices",
        ),
    ],
)
def test_stack_config(key: str, value: object, field: str, expected: object) -> None:
    """Each setting is read from the stack's config, under the name pulumi-gcp uses."""
    settings = resolve({key: value})

    assert getattr(settings, field) == expected
    assert settings.source_of(field) == f"stack config {key}"
    assert settings.problems == ()


@pytest.mark.parametrize(
    ("variables", "field"),
    [
        pytest.param(
            (
                "GOOGLE_PROJECT",
                "GOOGLE_CLOUD_PROJECT",
                "GCLOUD_PROJECT",
                "CLOUDSDK_CORE_PROJECT",
            ),
            "project",
            id="project",
        ),
        pytest.param(
            (
                "GOOGLE_REGION",
                "GOOGLE_CLOUD_LOCATION",
                "GCLOUD_REGION",
                "CLOUDSDK_COMPUTE_REGION",
            ),
            "location",
            id="location",
        ),
        pytest.param(("GOOGLE_CREDENTIALS",), "credentials", id="credentials"),
        pytest.param(("GOOGLE_OAUTH_ACCESS_TOKEN",), "access_token", id="token"),
    ],
)
def test_environment(variables: tuple[str, ...], field: str) -> None:
    """Each environment variable counts, in the order that pulumi-gcp documents."""
    environ = {name: f"value-{number}" for number, name in enumerate(variables)}

    found = []
    for name in variables:
        settings = resolve(environ=environ)
        found.append((getattr(settings, field), settings.source_of(field)))
        del environ[name]

    assert found == [
        (f"value-{number}", f"environment variable {name}")
        for number, name in enumerate(variables)
    ]


def test_stack_config_wins() -> None:
    """The stack's config wins over the environment, an empty value is none."""
    environ = {"GOOGLE_PROJECT": "from-env", "GOOGLE_REGION": "europe-west4"}

    settings = resolve({"gcp:project": "from-config", "gcp:region": " "}, environ)

    assert settings.project == "from-config"
    assert settings.location == "europe-west4"


def test_input_wins() -> None:
    """What a resource asks for wins, even over a malformed setting."""
    settings = resolve({"gcp:project": "acme", "gcp:region": "US!"})

    changed = settings.with_inputs(location="us-central1")

    assert changed.project == "acme"
    assert changed.require_location() == "us-central1"
    assert changed.source_of("location") == "input location"
    assert changed.source_of("project") == "stack config gcp:project"
    assert changed.problems == ()
    assert settings.with_inputs(project="other").require_project() == "other"
    assert settings.with_inputs(project="", location="") == settings


@pytest.mark.parametrize(
    "project",
    [
        pytest.param("acme", id="an id"),
        pytest.param("acme.com:shop", id="an id in a domain"),
        pytest.param("123456789012", id="a number"),
    ],
)
def test_project_as_input(project: str) -> None:
    """A project may be named in each of the forms that Google knows."""
    assert resolve().with_inputs(project=project).require_project() == project


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        pytest.param(
            {"project": "a/b"}, "gcp:project: 'a/b' is not the id of a project", id="id"
        ),
        pytest.param(
            {"location": "US"},
            "gcp:region: 'US' is not a location such as us-central1",
            id="location",
        ),
    ],
)
def test_malformed_input(inputs: dict[str, str], message: str) -> None:
    """A malformed input is a problem until another one is given."""
    settings = resolve({"gcp:project": "acme", "gcp:region": "us-east4"})

    malformed = settings.with_inputs(**inputs)

    assert [str(problem) for problem in malformed.problems] == [message]
    assert malformed.with_inputs(project="p", location="l").problems == ()


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        pytest.param("gcp:project", "a b", "'a b' is not the id", id="project"),
        pytest.param("gcp:region", "US", "'US' is not a location", id="region"),
        pytest.param("gcp:accessToken", "se cret", "spaces", id="token with a space"),
        pytest.param("gcp:requestReason", "a\nb", "one line", id="reason of two lines"),
        pytest.param(
            "gcp:impersonateServiceAccount", "bot", "e-mail", id="account of a name"
        ),
        pytest.param(
            "gcp:impersonateServiceAccountDelegates",
            "a@b.example",
            "JSON list",
            id="delegates without JSON",
        ),
        pytest.param(
            "gcp:impersonateServiceAccountDelegates",
            "[1]",
            "JSON list",
            id="delegates of numbers",
        ),
        pytest.param(
            "gcp:impersonateServiceAccountDelegates",
            '["bot"]',
            "'bot' is not the e-mail",
            id="delegate of a name",
        ),
        pytest.param(
            "gcp:userProjectOverride", "maybe", "neither true nor", id="boolean"
        ),
        pytest.param("gcp:universeDomain", "cloud", "not a domain", id="universe"),
        pytest.param("gcp:defaultLabels", "[]", "JSON object", id="labels as a list"),
        pytest.param(
            "gcp:defaultLabels", '{"labels": {}}', "JSON object", id="nested labels"
        ),
        pytest.param("tuning:diff", "dead", "neither live nor", id="diff"),
        pytest.param("tuning:prices", "[]", "of prices", id="prices as a list"),
        pytest.param("tuning:prices", '{"m": -1}', "of prices", id="negative price"),
        pytest.param("tuning:prices", '{"m": true}', "of prices", id="price of a word"),
        pytest.param(
            "tuning:prices", '{"m": 1e30}', "from 0 to 1,000,000", id="price too high"
        ),
        pytest.param("tuning:prices", '{"m": NaN}', "of prices", id="no number"),
        pytest.param(
            "gcp:vertexAiCustomEndpoint", "vertex", "base URL", id="no scheme"
        ),
        pytest.param(
            "gcp:vertexAiCustomEndpoint", "ftp://x/", "base URL", id="other scheme"
        ),
        pytest.param(
            "gcp:vertexAiCustomEndpoint", "http://x:99999", "base URL", id="port"
        ),
        pytest.param(
            "gcp:vertexAiCustomEndpoint", "http://x:0", "base URL", id="port zero"
        ),
        pytest.param("gcp:vertexAiCustomEndpoint", "http://:8", "base URL", id="host"),
        pytest.param(
            "gcp:storageCustomEndpoint", "http://x/?a=b", "base URL", id="a query"
        ),
    ],
)
def test_malformed_setting(key: str, value: str, words: str) -> None:
    """A malformed setting has its default and one problem, raised when asked."""
    settings = resolve({key: value})

    with pytest.raises(SettingsError, match=words) as raised:
        settings.raise_problems()

    assert settings.sources == {}
    assert settings.problems == (raised.value,)
    assert raised.value.name == key
    assert str(raised.value).startswith(f"{key} (from stack config): ")


def test_all_problems_are_kept() -> None:
    """Every malformed setting is remembered, not only the first."""
    environ = {"GOOGLE_REGION": "US", "GOOGLE_PROJECT": "A"}

    problems = resolve({"tuning:diff": "x"}, environ).problems

    assert [(p.name, p.source) for p in problems] == [
        ("gcp:project", "environment variable GOOGLE_PROJECT"),
        ("gcp:region", "environment variable GOOGLE_REGION"),
        ("tuning:diff", "stack config"),
    ]


def test_sound_settings() -> None:
    """Sound settings raise nothing."""
    assert resolve({"gcp:project": "acme"}).raise_problems() is None  # type: ignore[func-returns-value]


@pytest.mark.parametrize(
    "secret",
    [
        pytest.param({"gcp:accessToken": "ya29.hush"}, id="token"),
        pytest.param({"gcp:accessToken": "ya29.hush hush"}, id="malformed token"),
        pytest.param({"gcp:credentials": '{"private_key": "hush"}'}, id="key"),
        pytest.param(
            {"gcp:vertexAiCustomEndpoint": "https://me:hush@x"}, id="URL with password"
        ),
    ],
)
def test_secrets_stay_secret(secret: dict[str, object]) -> None:
    """No secret is in the settings' text, nor in a problem with it."""
    settings = resolve(secret)

    assert "hush" not in repr(settings)
    assert "hush" not in str(settings.problems)


@pytest.mark.parametrize(
    ("require", "words"),
    [
        pytest.param(
            Settings.require_project,
            "gcp:project: not set: give the resource a `project`, run `pulumi config "
            "set gcp:project …`, or set GOOGLE_CLOUD_PROJECT",
            id="project",
        ),
        pytest.param(
            Settings.require_location,
            "gcp:region: not set: give the resource a `location`, run `pulumi config "
            "set gcp:region …`, or set GOOGLE_CLOUD_LOCATION",
            id="location",
        ),
    ],
)
def test_missing_setting(require: object, words: str) -> None:
    """A setting that is needed and missing says how to give it."""
    assert callable(require)

    with pytest.raises(SettingsError) as raised:
        require(Settings())

    assert str(raised.value) == words


@pytest.mark.parametrize(
    ("location", "universe", "expected"),
    [
        pytest.param(
            "us-central1",
            "googleapis.com",
            "https://us-central1-aiplatform.googleapis.com",
            id="a region",
        ),
        pytest.param(
            "global",
            "googleapis.com",
            "https://aiplatform.googleapis.com",
            id="global, which is no prefix",
        ),
        pytest.param(
            "us", "googleapis.com", "https://aiplatform.us.rep.googleapis.com", id="us"
        ),
        pytest.param(
            "eu", "googleapis.com", "https://aiplatform.eu.rep.googleapis.com", id="eu"
        ),
        pytest.param(
            "u-germany1",
            "cloud.example",
            "https://u-germany1-aiplatform.cloud.example",
            id="another universe",
        ),
    ],
)
def test_official_hosts(location: str, universe: str, expected: str) -> None:
    """The host follows from the location, as Google's own clients choose it."""
    settings = Settings(universe_domain=universe)

    assert vertex_base_url(settings, location) == expected
    assert service_address(settings, location) == f"aiplatform.{universe}"
    assert storage_base_url(settings) == f"https://storage.{universe}"


@pytest.mark.parametrize(
    "location",
    [
        pytest.param("evil.example/", id="another host"),
        pytest.param("us-central1\n", id="a line break"),
        pytest.param("-", id="the wildcard"),
        pytest.param("", id="nothing"),
    ],
)
def test_location_that_is_no_host(location: str) -> None:
    """A location that could lead to another host is refused."""
    with pytest.raises(SettingsError, match="is not a location"):
        vertex_base_url(Settings(), location)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("http://h:8080", "http://h:8080", id="no slash"),
        pytest.param("http://h:8080/", "http://h:8080", id="a slash"),
        pytest.param("http://h:8080/v1", "http://h:8080", id="a version"),
        pytest.param("https://h/v1/", "https://h", id="a version and a slash"),
        pytest.param("https://h/v1beta1/", "https://h", id="a beta version"),
        pytest.param("https://h/proxy/v1/", "https://h/proxy", id="a path"),
        pytest.param("https://h//v1//", "https://h", id="slashes twice"),
        pytest.param("HTTPS://h/V1/", "https://h/V1", id="a scheme in capitals"),
        pytest.param(
            "https://{{region}}-vertex.example/v1/",
            "https://us-east4-vertex.example",
            id="the region as pulumi-gcp writes it",
        ),
    ],
)
def test_custom_vertex_endpoint(text: str, expected: str) -> None:
    """A custom endpoint is a base URL with or without version and slash."""
    settings = resolve({"gcp:vertexAiCustomEndpoint": text})

    assert vertex_base_url(settings, "us-east4") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("http://h:9000", "http://h:9000", id="no path"),
        pytest.param("https://h/storage/v1/", "https://h", id="the API's path"),
        pytest.param("https://h/v1/", "https://h", id="a version"),
        pytest.param("localhost:9000", "http://localhost:9000", id="no scheme"),
        pytest.param("[::1]:9000", "http://[::1]:9000", id="an IPv6 address"),
        pytest.param("HTTP://h:9000", "http://h:9000", id="a scheme in capitals"),
    ],
)
def test_custom_storage_endpoint(text: str, expected: str) -> None:
    """The address of a storage emulator is taken as Google's clients take it."""
    settings = resolve(environ={"STORAGE_EMULATOR_HOST": text})

    assert storage_base_url(settings) == expected


def test_endpoint_variables() -> None:
    """Google's own name of an endpoint wins over that of another tool."""
    environ = {
        "GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT": "https://one",
        "GOOGLE_VERTEX_BASE_URL": "https://two",
        "GOOGLE_STORAGE_CUSTOM_ENDPOINT": "https://three",
        "STORAGE_EMULATOR_HOST": "four:1",
    }

    settings = resolve(environ=environ)

    assert settings.vertex_endpoint == "https://one"
    assert settings.storage_endpoint == "https://three"


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        pytest.param("http://127.0.0.1:8080", "loopback", id="loopback"),
        pytest.param("http://localhost:1/x", "loopback", id="localhost"),
        pytest.param("https://V.example/x", "v.example", id="a host"),
        pytest.param("https://v.example:443", "v.example", id="the default port"),
        pytest.param("https://v.example:444", "v.example:444", id="another port"),
        pytest.param(
            "https://us-central1-aiplatform.googleapis.com",
            "aiplatform.googleapis.com",
            id="an official host",
        ),
        pytest.param(
            "https://aiplatform.eu.rep.googleapis.com",
            "aiplatform.googleapis.com",
            id="an official multi-region",
        ),
        pytest.param(
            "https://us-central1-staging-aiplatform.sandbox.googleapis.com",
            "us-central1-staging-aiplatform.sandbox.googleapis.com",
            id="a host of Google's that is another service",
        ),
    ],
)
def test_service_address(endpoint: str, expected: str) -> None:
    """A service keeps its address whatever scheme or path leads to it."""
    settings = resolve({"gcp:vertexAiCustomEndpoint": endpoint})

    assert service_address(settings, "us-central1") == expected


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param("loopback", "http://127.0.0.1:9", True, id="loopback and a port"),
        pytest.param("http://[::1]:1", "http://localhost:2", True, id="two ports"),
        pytest.param("aiplatform.googleapis.com", "loopback", False, id="real and not"),
        pytest.param("v.example", "https://v.example/", True, id="address and URL"),
        pytest.param("v.example", "v.example:444", False, id="two ports of a host"),
    ],
)
def test_same_service(one: str, other: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Two addresses are compared by the service that they mean."""
    assert is_same_service(one, other) is expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("http://localhost:80", True, id="localhost"),
        pytest.param("http://a.localhost", True, id="a name under localhost"),
        pytest.param("http://127.9.9.9", True, id="any address of the loopback net"),
        pytest.param("http://0.0.0.0:8", True, id="the unspecified address"),
        pytest.param("http://[::1]", True, id="IPv6"),
        pytest.param("http://10.0.0.1", False, id="a private address"),
        pytest.param("http://localhost.example", False, id="a name that looks so"),
        pytest.param("nonsense", False, id="no URL"),
    ],
)
def test_loopback(url: str, expected: bool) -> None:  # noqa: FBT001 - a table
    """Everything on this machine is told from everything else."""
    assert is_loopback(url) is expected
