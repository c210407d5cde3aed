"""How buckets and objects of Cloud Storage are asked for and answered."""

import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from starlette.responses import Response

from pulumi_tuning.emulator.calls import Call
from pulumi_tuning.emulator.errors import invalid_argument
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.storage import Preconditions, StoredObject

_HEADER: Final = re.compile(r"[\x20-\x7e\xa0-\xff]*")
_SETTABLE: Final = (
    "contentType",
    "contentEncoding",
    "contentDisposition",
    "contentLanguage",
    "cacheControl",
    "storageClass",
    "metadata",
    "md5Hash",
    "crc32c",
)
_PRECONDITIONS: Final = {
    "GenerationMatch": "generation_match",
    "GenerationNotMatch": "generation_not_match",
    "MetagenerationMatch": "metageneration_match",
    "MetagenerationNotMatch": "metageneration_not_match",
}


def settable_of(described: Mapping[str, Any]) -> Json:
    """Return what of an object's description an uploader sets.

    Raises:
        RefusalError: A download could not be answered with it.
    """
    for key in ("contentType", "contentEncoding"):
        if not _HEADER.fullmatch(str(described.get(key, ""))):
            message = f"Invalid value for {key}."
            raise invalid_argument(message)
    return {key: described[key] for key in _SETTABLE if key in described}


def preconditions_of(call: Call, *, of_source: bool = False) -> Preconditions:
    """Return what the query requires of the object, or of the one it is made from."""
    prefix = "ifSource" if of_source else "if"
    return Preconditions(
        **{field: call.number(prefix + name) for name, field in _PRECONDITIONS.items()}
    )


def media_headers(stored: StoredObject) -> dict[str, str]:
    """Return the headers of a download."""
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


def base_url(call: Call) -> str:
    """Return the address at which the caller found the service."""
    return str(call.request.base_url).rstrip("/")


def bucket_wire(call: Call, bucket: Json) -> Json:
    """Return a bucket as the API answers it."""
    name = bucket["name"]
    return {
        "kind": "storage#bucket",
        "id": name,
        "selfLink": f"{base_url(call)}/storage/v1/b/{name}",
        "projectNumber": "0",
        "metageneration": "1",
        "etag": "CAE=",
        **bucket,
    }


def object_wire(call: Call, stored: StoredObject) -> Json:
    """Return an object as the API answers it."""
    path = f"b/{stored.bucket}/o/{quote(stored.name, safe='')}"
    base = base_url(call)
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
        "storageClass": stored.settable.get("storageClass", "STANDARD"),
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


def storage_answer(body: Json) -> Response:
    """Return an answer in JSON."""
    return Response(
        json.dumps(body), headers={"content-type": "application/json; charset=UTF-8"}
    )
