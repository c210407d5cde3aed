"""Settings of this package: what they are, and which hosts follow from them."""

from pulumi_tuning.settings.hosts import (
    DEFAULT_UNIVERSE_DOMAIN,
    is_loopback,
    is_same_service,
    service_address,
    storage_base_url,
    vertex_base_url,
)
from pulumi_tuning.settings.resolve import SETTING_NAMES, Settings
from pulumi_tuning.settings.values import Diff

__all__ = [
    "DEFAULT_UNIVERSE_DOMAIN",
    "SETTING_NAMES",
    "Diff",
    "Settings",
    "is_loopback",
    "is_same_service",
    "service_address",
    "storage_base_url",
    "vertex_base_url",
]
