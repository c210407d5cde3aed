"""Every request is one that Google's discovery documents describe."""

import functools
import json
import re
from collections.abc import Callable, Iterator
from importlib import resources
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from pulumi_tuning.gcp import Clients, StorageClient, VertexClient
from pulumi_tuning.resource_names import GcsUri
from tests.clients.answering import Answering, google_http, json_answer

ENDPOINT = "projects/1/locations/us/endpoints/7"
MODEL = "projects/1/locations/us/models/5"
JOB = "projects/1/locations/us-central1/tuningJobs/99"
URI = GcsUri("bucket", "a/b.jsonl")
BODY = {
    "baseModel": "m",
    "supervisedTuningSpec": {"trainingDatasetUri": "gs://b/o"},
    "labels": {"a": "b"},
}


@functools.cache
def document(name: str) -> dict[str, Any]:
    """Return a discovery document that Google's Python client carries."""
    folder = resources.files("googleapiclient.discovery_cache") / "documents"
    document: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return document


def methods(resource: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the methods of a resource and of those below it."""
    yield from resource.get("methods", {}).values()
    for below in resource.get("resources", {}).values():
        yield from methods(below)


def method_of(api: str, name: str) -> dict[str, Any]:
    """Return a method by its id."""
    return next(m for m in methods(document(api)) if m["id"] == name)


LOCATIONS = "aiplatform.projects.locations"


@pytest.mark.parametrize(
    ("api", "name", "call"),
    [
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.tuningJobs.create",
            lambda c: c.vertex.create_tuning_job("p", "us-central1", BODY),
            id="create",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.tuningJobs.get",
            lambda c: c.vertex.get_tuning_job(JOB),
            id="get",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.tuningJobs.list",
            lambda c: c.vertex.list_tuning_jobs("p", "us-central1", "f"),
            id="list",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.tuningJobs.cancel",
            lambda c: c.vertex.cancel_tuning_job(JOB),
            id="cancel",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.endpoints.get",
            lambda c: c.vertex.get_endpoint(ENDPOINT),
            id="get an endpoint",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.endpoints.undeployModel",
            lambda c: c.vertex.undeploy_model(ENDPOINT, "3"),
            id="undeploy a model",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.endpoints.delete",
            lambda c: c.vertex.delete_endpoint(ENDPOINT),
            id="delete an endpoint",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.models.delete",
            lambda c: c.vertex.delete_model(MODEL),
            id="delete a model",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.models.deleteVersion",
            lambda c: c.vertex.delete_model_version(f"{MODEL}@2"),
            id="delete a version",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.models.listVersions",
            lambda c: c.vertex.list_model_versions(MODEL),
            id="list versions",
        ),
        pytest.param(
            "aiplatform.v1",
            f"{LOCATIONS}.endpoints.operations.get",
            lambda c: c.vertex.get_operation(f"{ENDPOINT}/operations/1"),
            id="get an operation",
        ),
        pytest.param(
            "storage.v1",
            "storage.objects.get",
            lambda c: c.storage.get_object_metadata(URI),
            id="metadata of an object",
        ),
        pytest.param(
            "storage.v1",
            "storage.objects.get",
            lambda c: c.storage.read_range(URI, 0, 1, 7),
            id="bytes of an object",
        ),
    ],
)
def test_documented(api: str, name: str, call: Callable[[Clients], object]) -> None:
    """Method, path, query and body of a request are those of the documented method."""
    answer = json.dumps({"name": JOB, "generation": "7", "size": "2"}).encode()
    service = Answering(httpx.Response(200, stream=httpx.ByteStream(answer)))
    http = google_http(service)
    method = method_of(api, name)
    known = set(document(api)["parameters"]) | set(method["parameters"])
    schema = document(api)["schemas"].get(method.get("request", {}).get("$ref"), {})
    path = document(api)["basePath"] + method.get("flatPath", method["path"])
    pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(f"/{path.lstrip('/')}"))

    call(Clients(VertexClient(http), StorageClient(http), http))

    (request,) = service.requests
    assert request.method == method["httpMethod"]
    assert re.fullmatch(pattern, request.url.raw_path.decode().partition("?")[0])
    assert set(request.url.params) <= known
    assert set(json.loads(request.content or "{}")) <= set(schema.get("properties", {}))


def test_names_survive_the_path() -> None:
    """An object's name stands in the path as one segment, whatever it holds."""
    service = Answering(json_answer({"generation": "7", "size": "2"}))
    uri = GcsUri("bucket", "a/../b c?#%2F+é\u200d.jsonl")

    StorageClient(google_http(service)).get_object_metadata(uri)

    path = service.requests[0].url.raw_path.decode()
    assert unquote(path.removeprefix("/storage/v1/b/bucket/o/")) == uri.object
    assert path.count("/") == 6
