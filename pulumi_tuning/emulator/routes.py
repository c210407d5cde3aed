"""The map of the emulated APIs: every method and path that they answer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, Self
from urllib.parse import unquote

from pulumi_tuning.emulator import storage_api, storage_copies, vertex_api
from pulumi_tuning.emulator.calls import Handler

Service = Literal["aiplatform", "storage"]

COMMON_QUERY: Final = frozenset(
    {
        "$.xgafv",
        "$alt",
        "$prettyPrint",
        "access_token",
        "alt",
        "callback",
        "fields",
        "key",
        "oauth_token",
        "prettyPrint",
        "quotaUser",
        "uploadType",
        "upload_protocol",
    }
)
"""Query parameters that every method of the tuning service takes."""

_PROJECT: Final = "[^/:]+(?::[^/:]+)?"
"""A project may belong to a domain, as `example.com:shop`."""


@dataclass(frozen=True, slots=True)
class Route:
    """One method of an API."""

    method: str
    template: str
    pattern: re.Pattern[str]
    handler: Handler
    service: Service
    query: frozenset[str]
    """Query parameters of its own."""

    @classmethod
    def to(cls, method: str, template: str, handler: Handler, query: str = "") -> Self:
        """Return the route of a method, such as `GET /v1/{name}`."""
        is_vertex = template.startswith("/{version}/")
        pattern = re.escape(template).replace(r"\{", "{").replace(r"\}", "}")
        pattern = pattern.replace("{version}", "(?P<version>v1|v1beta1)")
        part = "[^/:]+" if is_vertex else "[^/]+"
        pattern = pattern.replace("{project}", f"(?P<project>{_PROJECT})")
        pattern = re.sub(r"\{(\w+)\}", rf"(?P<\1>{part})", pattern)
        return cls(
            method,
            template,
            re.compile(pattern),
            handler,
            "aiplatform" if is_vertex else "storage",
            frozenset(query.split()),
        )

    def match(self, method: str, raw_path: str) -> Mapping[str, str] | None:
        """Return the parts of the path, or None where it is another one."""
        if method != self.method:
            return None
        path = unquote(raw_path) if self.service == "aiplatform" else raw_path
        match = self.pattern.fullmatch(path)
        if match is None:
            return None
        parts = match.groupdict()
        if self.service == "aiplatform":
            return parts
        return {name: unquote(part) for name, part in parts.items()}


_LOCATION: Final = "/{version}/projects/{project}/locations/{location}"
_JOBS: Final = f"{_LOCATION}/tuningJobs"
_JOB: Final = f"{_JOBS}/{{tuning_job}}"
_MODEL: Final = f"{_LOCATION}/models/{{model}}"
_ENDPOINT: Final = f"{_LOCATION}/endpoints/{{endpoint}}"
_CONTEXT: Final = f"{_LOCATION}/metadataStores/{{store}}/contexts/{{context}}"
_BUCKETS: Final = "/storage/v1/b"
_OBJECTS: Final = f"{_BUCKETS}/{{bucket}}/o"
_OBJECT: Final = f"{_OBJECTS}/{{object}}"
_TO_OBJECT: Final = "b/{to_bucket}/o/{to_object}"
_UPLOADS: Final = "/upload/storage/v1/b/{bucket}/o"

_ANY_LIST: Final = "filter orderBy pageSize pageToken readMask"

ROUTES: Final = (
    Route.to("POST", _JOBS, vertex_api.create_tuning_job),
    Route.to("GET", _JOBS, vertex_api.list_tuning_jobs, "filter pageSize pageToken"),
    Route.to("GET", _JOB, vertex_api.get_tuning_job),
    Route.to("POST", f"{_JOB}:cancel", vertex_api.cancel_tuning_job),
    Route.to("POST", f"{_JOBS}:rebaseTunedModel", vertex_api.not_emulated),
    Route.to("POST", f"{_JOBS}:optimizePrompt", vertex_api.not_emulated),
    Route.to("POST", f"{_JOBS}:processData", vertex_api.not_emulated),
    Route.to(
        "POST",
        f"{_JOBS}:validateReinforcementTuningReward",
        vertex_api.not_emulated,
    ),
    Route.to("GET", f"{_LOCATION}/models", vertex_api.not_emulated, _ANY_LIST),
    Route.to("PATCH", _MODEL, vertex_api.not_emulated, "updateMask"),
    Route.to("GET", f"{_LOCATION}/endpoints", vertex_api.not_emulated, _ANY_LIST),
    Route.to("GET", _MODEL, vertex_api.get_model),
    Route.to(
        "GET",
        f"{_MODEL}:listVersions",
        vertex_api.list_model_versions,
        "filter orderBy pageSize pageToken readMask",
    ),
    Route.to("DELETE", _MODEL, vertex_api.delete_model),
    Route.to("DELETE", f"{_MODEL}:deleteVersion", vertex_api.delete_model_version),
    Route.to("GET", f"{_MODEL}/operations/{{operation}}", vertex_api.get_operation),
    Route.to("GET", _ENDPOINT, vertex_api.get_endpoint),
    Route.to("POST", f"{_ENDPOINT}:undeployModel", vertex_api.undeploy_model),
    Route.to("POST", f"{_ENDPOINT}:generateContent", vertex_api.not_emulated),
    Route.to("DELETE", _ENDPOINT, vertex_api.delete_endpoint),
    Route.to("GET", f"{_LOCATION}/operations/{{operation}}", vertex_api.get_operation),
    Route.to("GET", _CONTEXT, vertex_api.get_context),
    Route.to("GET", _BUCKETS, storage_api.list_buckets),
    Route.to("POST", _BUCKETS, storage_api.insert_bucket),
    Route.to("GET", f"{_BUCKETS}/{{bucket}}", storage_api.get_bucket),
    Route.to("DELETE", f"{_BUCKETS}/{{bucket}}", storage_api.delete_bucket),
    Route.to("GET", _OBJECTS, storage_api.list_objects),
    Route.to("GET", _OBJECT, storage_api.get_object),
    Route.to("PATCH", _OBJECT, storage_api.patch_object),
    Route.to("PUT", _OBJECT, storage_api.update_object),
    Route.to("DELETE", _OBJECT, storage_api.delete_object),
    Route.to("POST", f"{_OBJECT}/copyTo/{_TO_OBJECT}", storage_copies.copy_object),
    Route.to(
        "POST", f"{_OBJECT}/rewriteTo/{_TO_OBJECT}", storage_copies.rewrite_object
    ),
    Route.to("POST", f"{_OBJECT}/compose", storage_copies.compose_object),
    Route.to("GET", f"/download{_OBJECT}", storage_api.download_object),
    Route.to("POST", _UPLOADS, storage_api.upload_object),
    Route.to("PUT", _UPLOADS, storage_api.continue_upload),
    Route.to("DELETE", _UPLOADS, storage_api.cancel_upload),
)
"""All that is emulated."""


def find_route(method: str, raw_path: str) -> tuple[Route, Mapping[str, str]] | None:
    """Return the route of a request and the parts of its path, or None."""
    for route in ROUTES:
        parameters = route.match(method, raw_path)
        if parameters is not None:
            return route, parameters
    return None
