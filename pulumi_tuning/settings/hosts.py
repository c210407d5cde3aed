"""Base URLs of the services, and which of them are one and the same service.

Pure. Sources: the endpoint list of the Vertex AI v1 discovery document, and the rules
of Google's `google-genai` client for `global` and the `us` and `eu` multi-regions.
"""

import ipaddress
import re
from collections.abc import Sequence
from typing import Final, Protocol
from urllib.parse import urlsplit

from pulumi_tuning.errors import SettingsError, quoted

DEFAULT_UNIVERSE_DOMAIN: Final = "googleapis.com"
LOOPBACK: Final = "loopback"
"""Service address of everything on this machine, whatever its port."""

_LOCATION_KEY: Final = "gcp:region"
_MULTI_REGIONS: Final = frozenset({"us", "eu"})
_REGION_PLACEHOLDER: Final = "{{region}}"
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_OFFICIAL_HOST: Final = re.compile(
    r"(?:[a-z0-9-]+-)?aiplatform(?:\.mtls|\.(?:us|eu)\.rep)?\.googleapis\.com"
)


class Endpoints(Protocol):
    """The part of the settings that decides about hosts."""

    @property
    def universe_domain(self) -> str:
        """Domain of the cloud, `googleapis.com` for Google's own."""
        ...

    @property
    def vertex_endpoint(self) -> str | None:
        """Base URL that replaces the official one."""
        ...

    @property
    def storage_endpoint(self) -> str | None:
        """Base URL that replaces the official one."""
        ...


def vertex_base_url(settings: Endpoints, location: str) -> str:
    """Return the base URL of Vertex AI for a location, without version.

    Raises:
        SettingsError: The location cannot be part of a host name.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", location):
        message = f"{quoted(location)!r} is not a location such as us-central1"
        raise SettingsError(_LOCATION_KEY, message)
    if settings.vertex_endpoint:
        return settings.vertex_endpoint.replace(_REGION_PLACEHOLDER, location)
    domain = settings.universe_domain
    if location == "global":
        return f"https://aiplatform.{domain}"
    if location in _MULTI_REGIONS:
        return f"https://aiplatform.{location}.rep.{domain}"
    return f"https://{location}-aiplatform.{domain}"


def storage_base_url(settings: Endpoints) -> str:
    """Return the base URL of Cloud Storage, without `/storage/v1`."""
    return settings.storage_endpoint or f"https://storage.{settings.universe_domain}"


def service_address(settings: Endpoints, location: str) -> str:
    """Return the identity of the tuning service that these settings call.

    It is one for all official hosts of a cloud, whatever the location; the host and
    port of a custom endpoint; and `loopback` for everything on this machine.
    """
    if settings.vertex_endpoint is None:
        return f"aiplatform.{settings.universe_domain}"
    return _address_of(vertex_base_url(settings, location))


def is_same_service(one: str, other: str) -> bool:
    """Return whether two service addresses, or URLs, mean the same service."""
    return _address_of(one) == _address_of(other)


def is_loopback(url: str) -> bool:
    """Return whether a URL leads to this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def parse_base_url(text: str, *, api_paths: Sequence[str]) -> str:
    """Return a base URL without trailing slash and without the path of an API version.

    Raises:
        ValueError: The text is no http or https URL, or has parts that a base URL has
            not. The text is not repeated: it may hold a password.
    """
    scheme, separator, rest = text.rstrip("/").partition("://")
    url = f"{scheme.lower()}{separator}{rest}"
    message = "must be a base URL such as https://vertex.example.com/v1/"
    if not re.fullmatch(r"https?://[^/?#@\s]+(/[^?#\s]*)?", url):
        raise ValueError(message)
    try:
        parts = urlsplit(url.replace(_REGION_PLACEHOLDER, "region"))
        has_host = bool(parts.hostname) and parts.port != 0
    except ValueError as error:
        raise ValueError(message) from error
    if not has_host:
        raise ValueError(message)
    for path in api_paths:
        if url.endswith(path):
            return url.removesuffix(path).rstrip("/")
    return url


def _address_of(url: str) -> str:
    if "://" not in url:
        return url
    if is_loopback(url):
        return LOOPBACK
    parts = urlsplit(url)
    host = parts.hostname or ""
    if _OFFICIAL_HOST.fullmatch(host):
        return f"aiplatform.{DEFAULT_UNIVERSE_DOMAIN}"
    if parts.port in {None, _DEFAULT_PORTS.get(parts.scheme)}:
        return host
    return f"{host}:{parts.port}"
