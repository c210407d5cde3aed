"""The handlers of the part of Cloud Storage's JSON API that is emulated."""

import gzip
import zlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final

from starlette.responses import Response, StreamingResponse

from pulumi_tuning.emulator.byte_ranges import parse_range
from pulumi_tuning.emulator.calls import Call, parse_json_object
from pulumi_tuning.emulator.errors import (
    RefusalError,
    invalid_argument,
)
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.storage import StoredObject
from pulumi_tuning.emulator.storage_wire import (
    base_url,
    bucket_wire,
    media_headers,
    object_wire,
    preconditions_of,
    settable_of,
    storage_answer,
)
from pulumi_tuning.emulator.uploads import parse_content_range
from pulumi_tuning.resource_names import GcsUri

_REQUIRED: Final = "Required"
_PAGE_SIZE: Final = 1000
_STREAMED_BYTES: Final = 2**20


async def insert_bucket(call: Call) -> Response:
    """Answer `buckets.insert`."""
    settings = call.json_object()
    name = str(settings.get("name", ""))
    if not name:
        raise invalid_argument(_REQUIRED)
    if GcsUri.parse(f"gs://{name}/object") is None or "/" in name:
        message = f"Invalid bucket name: '{name}'"
        raise invalid_argument(message)
    if call.services.store.has_bucket(name):
        message = "Your previous request to create the named bucket succeeded"
        raise RefusalError(409, message)
    kept: Json = {
        key: settings[key] for key in ("location", "labels") if key in settings
    }
    return storage_answer(bucket_wire(call, call.services.store.add_bucket(name, kept)))


async def get_bucket(call: Call) -> Response:
    """Answer `buckets.get`."""
    return storage_answer(bucket_wire(call, _existing_bucket(call)))


async def list_buckets(call: Call) -> Response:
    """Answer `buckets.list`."""
    prefix = call.query.get("prefix", "")
    items = [
        bucket_wire(call, bucket)
        for bucket in call.services.store.buckets()
        if bucket["name"].startswith(prefix)
    ]
    body: Json = {"kind": "storage#buckets"}
    return storage_answer(body | ({"items": items} if items else {}))


async def delete_bucket(call: Call) -> Response:
    """Answer `buckets.delete`."""
    call.services.store.delete_bucket(_existing_bucket(call)["name"])
    return Response(status_code=204)


async def list_objects(call: Call) -> Response:
    """Answer `objects.list` with prefix, delimiter, offsets and paging."""
    query = call.query
    if "matchGlob" in query:
        message = "matchGlob is not emulated."
        raise RefusalError(501, message)
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    size = call.number("maxResults") or _PAGE_SIZE
    if size < 0:
        message = f"Invalid unsigned integer value: '{size}'."
        raise invalid_argument(message)
    folders: dict[str, None] = {}
    items: list[StoredObject] = []
    body: Json = {"kind": "storage#objects"}
    for stored in _between(call, prefix):
        if len(items) == size:
            body["nextPageToken"] = items[-1].name
            break
        head, separator, _ = stored.name[len(prefix) :].partition(delimiter or "\0")
        if separator:
            folders[f"{prefix}{head}{separator}"] = None
        else:
            items.append(stored)
    if folders:
        body["prefixes"] = list(folders)
    if items:
        body["items"] = [object_wire(call, stored) for stored in items]
    return storage_answer(body)


def _between(call: Call, prefix: str) -> Iterator[StoredObject]:
    """Return the objects of a bucket, by name, within the bounds of the query."""
    start, end = call.query.get("startOffset", ""), call.query.get("endOffset", "")
    for stored in call.services.store.objects(call.parameters["bucket"]):
        is_after = stored.name > call.query.get("pageToken", "")
        is_before_end = not end or stored.name < end
        is_within = start <= stored.name and is_before_end
        if stored.name.startswith(prefix) and is_after and is_within:
            yield stored


async def get_object(call: Call) -> Response:
    """Answer `objects.get`: the metadata, or with `alt=media` the content."""
    if call.query.get("alt") == "media":
        return await download_object(call)
    return storage_answer(object_wire(call, _existing_object(call)))


async def download_object(call: Call) -> Response:
    """Answer a download, whole or one range of bytes."""
    stored = _existing_object(call)
    headers = media_headers(stored)
    store = call.services.store
    accepts_gzip = "gzip" in call.request.headers.get("accept-encoding", "")
    if stored.content_encoding == "gzip" and not accepts_gzip:
        content = b"".join(store.read(stored.blob))
        with suppress(gzip.BadGzipFile, EOFError, zlib.error):
            content = gzip.decompress(content)
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
    changes = settable_of(call.json_object())
    stored = call.services.store.patch(_existing_object(call), changes)
    return storage_answer(object_wire(call, stored))


async def update_object(call: Call) -> Response:
    """Answer `objects.update`: what it does not name is taken away."""
    stored = _existing_object(call)
    changes = dict.fromkeys(stored.settable) | settable_of(call.json_object())
    stored = call.services.store.patch(stored, changes)
    return storage_answer(object_wire(call, stored))


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
        settable_of(described),
        preconditions_of(call),
    )
    return storage_answer(object_wire(call, stored))


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
        return storage_answer(object_wire(call, uploads.finish(key)))
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
        settable_of(described),
        preconditions_of(call),
    )
    base = f"{base_url(call)}/upload/storage/v1/b/{bucket}/o"
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
    preconditions_of(call).check(stored)
    return stored
