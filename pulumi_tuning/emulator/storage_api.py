"""The handlers of the part of Cloud Storage's JSON API that is emulated."""

import gzip
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from pulumi_tuning.emulator.byte_ranges import parse_range
from pulumi_tuning.emulator.calls import Call, parse_json_object
from pulumi_tuning.emulator.errors import (
    RefusalError,
    invalid_argument,
)
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.storage import Preconditions, StoredObject
from pulumi_tuning.emulator.uploads import parse_content_range

_SETTABLE: Final = (
    "contentType",
    "contentEncoding",
    "contentDisposition",
    "contentLanguage",
    "cacheControl",
    "metadata",
    "md5Hash",
    "crc32c",
)
_PRECONDITIONS: Final = {
    "ifGenerationMatch": "generation_match",
    "ifGenerationNotMatch": "generation_not_match",
    "ifMetagenerationMatch": "metageneration_match",
    "ifMetagenerationNotMatch": "metageneration_not_match",
}
_REQUIRED: Final = "Required"
_PAGE_SIZE: Final = 1000
_STREAMED_BYTES: Final = 2**20


async def insert_bucket(call: Call) -> Response:
    """Answer `buckets.insert`."""
    settings = call.json_object()
    name = str(settings.get("name", ""))
    if not name:
        raise invalid_argument(_REQUIRED)
    if call.services.store.has_bucket(name):
        message = "Your previous request to create the named bucket succeeded"
        raise RefusalError(409, message)
    kept: Json = {
        key: settings[key] for key in ("location", "labels") if key in settings
    }
    return _json(_bucket(call, call.services.store.add_bucket(name, kept)))


async def get_bucket(call: Call) -> Response:
    """Answer `buckets.get`."""
    return _json(_bucket(call, _existing_bucket(call)))


async def list_buckets(call: Call) -> Response:
    """Answer `buckets.list`."""
    prefix = call.query.get("prefix", "")
    items = [
        _bucket(call, bucket)
        for bucket in call.services.store.buckets()
        if bucket["name"].startswith(prefix)
    ]
    body: Json = {"kind": "storage#buckets"}
    return _json(body | ({"items": items} if items else {}))


async def delete_bucket(call: Call) -> Response:
    """Answer `buckets.delete`."""
    call.services.store.delete_bucket(_existing_bucket(call)["name"])
    return Response(status_code=204)


async def list_objects(call: Call) -> Response:
    """Answer `objects.list` with prefix, delimiter and paging."""
    query = call.query
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    found = [
        stored
        for stored in call.services.store.objects(call.parameters["bucket"])
        if stored.name.startswith(prefix) and stored.name > query.get("pageToken", "")
    ]
    folders: dict[str, None] = {}
    items: list[StoredObject] = []
    for stored in found:
        head, separator, _ = stored.name[len(prefix) :].partition(delimiter or "\0")
        if separator:
            folders[f"{prefix}{head}{separator}"] = None
        else:
            items.append(stored)
    size = call.number("maxResults") or _PAGE_SIZE
    body: Json = {"kind": "storage#objects"}
    if folders:
        body["prefixes"] = list(folders)
    if items:
        body["items"] = [_resource(call, stored) for stored in items[:size]]
    if items[size:]:
        body["nextPageToken"] = items[size - 1].name
    return _json(body)


async def get_object(call: Call) -> Response:
    """Answer `objects.get`: the metadata, or with `alt=media` the content."""
    if call.query.get("alt") == "media":
        return await download_object(call)
    return _json(_resource(call, _existing_object(call)))


async def download_object(call: Call) -> Response:
    """Answer a download, whole or one range of bytes."""
    stored = _existing_object(call)
    headers = _media_headers(stored)
    store = call.services.store
    accepts_gzip = "gzip" in call.request.headers.get("accept-encoding", "")
    if stored.content_encoding == "gzip" and not accepts_gzip:
        content = gzip.decompress(b"".join(store.read(stored.blob)))
        return Response(content, headers=headers)
    if stored.content_encoding:
        headers["content-encoding"] = stored.content_encoding
    start, end, status = 0, stored.size, 200
    wanted = parse_range(call.request.headers.get("range", ""), stored.size)
    if wanted:
        start, end = wanted
        status = 206
        headers["content-range"] = f"bytes {start}-{end - 1}/{stored.size}"
    headers["content-length"] = str(end - start)
    parts = store.read(stored.blob, start, end)
    if end - start <= _STREAMED_BYTES:
        return Response(b"".join(parts), status, headers)
    return StreamingResponse(_one_by_one(parts), status, headers)


async def _one_by_one(parts: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Return parts from the thread that answers, which is the one with the database."""
    for part in parts:
        yield part


async def patch_object(call: Call) -> Response:
    """Answer `objects.patch`."""
    changes = _settable(call.json_object())
    stored = call.services.store.patch(_existing_object(call), changes)
    return _json(_resource(call, stored))


async def delete_object(call: Call) -> Response:
    """Answer `objects.delete`."""
    call.services.store.delete(_existing_object(call))
    return Response(status_code=204)


async def upload_object(call: Call) -> Response:
    """Answer `objects.insert` of each of the three kinds of upload."""
    kind = call.query.get("uploadType", "media")
    if kind == "resumable":
        return await _begin_resumable(call)
    if kind == "multipart":
        described, content = _split_multipart(
            await call.request.body(), call.request.headers.get("content-type", "")
        )
    else:
        described = {"contentType": call.request.headers.get("content-type")}
        content = await call.request.body()
    stored = call.services.store.put(
        call.parameters["bucket"],
        _upload_name(call, described),
        [content],
        _settable(described),
        _preconditions(call),
    )
    return _json(_resource(call, stored))


async def continue_upload(call: Call) -> Response:
    """Answer the next piece of a resumable upload."""
    uploads = call.services.uploads
    key = call.query.get("upload_id", "")
    received = uploads.received(key)
    header = call.request.headers.get("content-range")
    first, total = parse_content_range(header) if header else (0, None)
    if first is not None:
        if first > received:
            message = f"The upload has {received} bytes; {first} would leave a gap."
            raise RefusalError(503, message)
        surplus = received - first
        async for data in call.request.stream():
            new = data[surplus:]
            surplus = max(surplus - len(data), 0)
            uploads.add(key, new)
    received = uploads.received(key)
    if header is None or received == total:
        return _json(_resource(call, uploads.finish(key)))
    ranges = {"range": f"bytes=0-{received - 1}"} if received else {}
    return Response(status_code=308, headers=ranges)


async def cancel_upload(call: Call) -> Response:
    """Answer the cancel of a resumable upload."""
    call.services.uploads.cancel(call.query.get("upload_id", ""))
    return Response(status_code=499)


async def _begin_resumable(call: Call) -> Response:
    body = await call.request.body()
    described = parse_json_object(body)
    declared = call.request.headers.get("x-upload-content-type")
    if declared:
        described.setdefault("contentType", declared)
    bucket = call.parameters["bucket"]
    key = call.services.uploads.begin(
        bucket,
        _upload_name(call, described),
        _settable(described),
        _preconditions(call),
    )
    base = f"{_base_url(call)}/upload/storage/v1/b/{bucket}/o"
    location = f"{base}?uploadType=resumable&upload_id={key}"
    headers = {"location": location, "x-guploader-uploadid": key}
    return Response(status_code=200, headers=headers)


def _upload_name(call: Call, described: Mapping[str, Any]) -> str:
    name = call.query.get("name") or described.get("name")
    if not name:
        raise invalid_argument(_REQUIRED)
    return str(name)


def _split_multipart(body: bytes, content_type: str) -> tuple[Json, bytes]:
    """Return the metadata and the content of a `multipart/related` body."""
    _, _, boundary = content_type.partition("boundary=")
    delimiter = b"--" + boundary.strip("\"' ").encode()
    parts = body.split(delimiter)
    if not boundary or len(parts) != 4:  # noqa: PLR2004 - prologue, two parts, epilogue
        message = "Malformed multipart body."
        raise invalid_argument(message)
    metadata_part, content_part = parts[1], parts[2]
    _, _, metadata = metadata_part.partition(b"\r\n\r\n")
    head, _, content = content_part.partition(b"\r\n\r\n")
    described = parse_json_object(metadata)
    for line in head.decode("latin-1").split("\r\n"):
        name, _, value = line.partition(":")
        if name.lower() == "content-type":
            described.setdefault("contentType", value.strip())
    return described, content.removesuffix(b"\r\n")


def _settable(described: Mapping[str, Any]) -> Json:
    return {key: described[key] for key in _SETTABLE if key in described}


def _preconditions(call: Call) -> Preconditions:
    given = {field: call.number(name) for name, field in _PRECONDITIONS.items()}
    return Preconditions(**given)


def _existing_bucket(call: Call) -> Json:
    name = call.parameters["bucket"]
    call.services.store.objects(name)
    return next(b for b in call.services.store.buckets() if b["name"] == name)


def _existing_object(call: Call) -> StoredObject:
    stored = call.services.store.get(
        call.parameters["bucket"],
        call.parameters["object"],
        call.number("generation"),
    )
    _preconditions(call).check(stored)
    return stored


def _media_headers(stored: StoredObject) -> dict[str, str]:
    return {
        "content-type": stored.content_type,
        "etag": _etag(stored),
        "x-goog-generation": str(stored.generation),
        "x-goog-metageneration": str(stored.metageneration),
        "x-goog-hash": f"crc32c={stored.crc32c},md5={stored.md5}",
        "x-goog-stored-content-encoding": stored.content_encoding or "identity",
        "x-goog-stored-content-length": str(stored.size),
        "accept-ranges": "bytes",
    }


def _base_url(call: Call) -> str:
    return str(call.request.base_url).rstrip("/")


def _bucket(call: Call, bucket: Json) -> Json:
    name = bucket["name"]
    return {
        "kind": "storage#bucket",
        "id": name,
        "selfLink": f"{_base_url(call)}/storage/v1/b/{name}",
        "projectNumber": "0",
        "metageneration": "1",
        "etag": "CAE=",
        **bucket,
    }


def _resource(call: Call, stored: StoredObject) -> Json:
    path = f"b/{stored.bucket}/o/{quote(stored.name, safe='')}"
    base = _base_url(call)
    return {
        "kind": "storage#object",
        "id": f"{stored.bucket}/{stored.name}/{stored.generation}",
        "selfLink": f"{base}/storage/v1/{path}",
        "mediaLink": f"{base}/download/storage/v1/{path}"
        f"?generation={stored.generation}&alt=media",
        "name": stored.name,
        "bucket": stored.bucket,
        "generation": str(stored.generation),
        "metageneration": str(stored.metageneration),
        **stored.settable,
        "contentType": stored.content_type,
        "storageClass": "STANDARD",
        "size": str(stored.size),
        "md5Hash": stored.md5,
        "crc32c": stored.crc32c,
        "etag": _etag(stored),
        "timeCreated": stored.created,
        "updated": stored.updated,
        "timeStorageClassUpdated": stored.created,
    }


def _etag(stored: StoredObject) -> str:
    return f"{stored.generation:x}/{stored.metageneration}"


def _json(body: Json) -> Response:
    return Response(
        json.dumps(body), headers={"content-type": "application/json; charset=UTF-8"}
    )
