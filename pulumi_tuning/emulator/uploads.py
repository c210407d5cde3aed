"""Resumable uploads: content that arrives in pieces before it becomes an object.

A finished upload is remembered: a client that lost the last answer asks again.
"""

import re
from dataclasses import asdict
from typing import Final

from pulumi_tuning.emulator.database import Database
from pulumi_tuning.emulator.errors import (
    RefusalError,
    invalid_argument,
)
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.storage import ObjectStore, Preconditions, StoredObject

_CONTENT_RANGE: Final = re.compile(
    r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?:(?P<total>\d+)|\*)"
)


class Uploads:
    """Uploads that were begun and not finished, kept in the database."""

    def __init__(self, database: Database, store: ObjectStore) -> None:
        self._database = database
        self._store = store
        self._begun = database.load("upload")

    def begin(
        self, bucket: str, name: str, settable: Json, preconditions: Preconditions
    ) -> str:
        """Begin an upload and return its id."""
        with self._database.transaction():
            blob = self._store.new_blob()
            key = f"upload-{blob}"
            self._begun[key] = {
                "bucket": bucket,
                "name": name,
                "settable": settable,
                "preconditions": asdict(preconditions),
                "blob": blob,
                "received": 0,
            }
            self._database.save("upload", key, self._begun[key])
            return key

    def received(self, key: str) -> int:
        """Return how many bytes of the upload have arrived.

        Raises:
            RefusalError: There is no such upload.
        """
        return int(self._upload(key)["received"])

    def add(self, key: str, data: bytes) -> None:
        """Keep the next bytes of an upload.

        Raises:
            RefusalError: There is no such upload.
        """
        upload = self._upload(key)
        with self._database.transaction():
            self._store.append(upload["blob"], upload["received"], data)
            upload["received"] += len(data)
            self._database.save("upload", key, upload)

    def finish(self, key: str) -> StoredObject:
        """Make the object that the upload was for, or return the one that it made.

        Raises:
            RefusalError: There is no such upload, or the object is refused.
        """
        upload = self._upload(key)
        if "finished" in upload:
            return StoredObject.from_json(upload["finished"])
        with self._database.transaction():
            stored = self._store.finish(
                upload["bucket"],
                upload["name"],
                upload["blob"],
                upload["settable"],
                Preconditions(**upload["preconditions"]),
            )
            upload["finished"] = asdict(stored)
            self._database.save("upload", key, upload)
            return stored

    def cancel(self, key: str) -> None:
        """Forget an upload."""
        self._begun.pop(key, None)
        self._database.forget("upload", key)

    def _upload(self, key: str) -> Json:
        upload = self._begun.get(key)
        if upload is None:
            raise RefusalError(404, "Upload not found.")
        return upload


def parse_content_range(header: str) -> tuple[int | None, int | None]:
    """Return the first byte that is sent, if any, and the size of the whole, if known.

    Raises:
        RefusalError: The header is malformed.
    """
    match = _CONTENT_RANGE.fullmatch(header)
    if match is None:
        message = f"Failed to parse Content-Range header: {header}"
        raise invalid_argument(message)
    first, total = match["first"], match["total"]
    return int(first) if first else None, int(total) if total else None
