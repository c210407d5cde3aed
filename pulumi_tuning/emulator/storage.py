"""The objects of the emulated Cloud Storage; knows no HTTP.

An object's content is kept in chunks, so that a part of a large object is read without
the rest, and an upload need not fit in memory.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Final, Self

from pulumi_tuning.clock import Clock
from pulumi_tuning.emulator import crc32c
from pulumi_tuning.emulator.database import Database
from pulumi_tuning.emulator.emulator_clock import EmulatorClock
from pulumi_tuning.emulator.errors import (
    RefusalError,
)
from pulumi_tuning.emulator.json_values import Json, new_object
from pulumi_tuning.emulator.wire import timestamp

_CHUNK_BYTES: Final = 2**20
_CHECKSUMS: Final = ("md5Hash", "crc32c")
"""What an uploader may state, and nobody may change."""


@dataclass(slots=True, kw_only=True)
class StoredObject:
    """One generation of an object."""

    bucket: str
    name: str
    generation: int
    metageneration: int = 1
    blob: int
    size: int
    md5: str
    crc32c: str
    created: str
    updated: str
    settable: Json = field(default_factory=new_object)
    """What an uploader sets: contentType, contentEncoding, metadata and the like."""

    @classmethod
    def from_json(cls, document: Json) -> Self:
        """Return the object that a JSON document holds."""
        return cls(**document)

    @property
    def key(self) -> str:
        """Key among the documents of the database."""
        return f"{self.bucket}/{self.name}"

    @property
    def content_type(self) -> str:
        """Type of the content, as the uploader declared it."""
        return str(self.settable.get("contentType", "application/octet-stream"))

    @property
    def content_encoding(self) -> str | None:
        """`gzip` where the uploader declared a compressed content."""
        encoding = self.settable.get("contentEncoding")
        return str(encoding) if encoding else None


@dataclass(frozen=True, slots=True)
class Preconditions:
    """What must be true of the live object for a request to be carried out."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    def check(self, current: StoredObject | None) -> None:
        """Refuse where the live object is another one than the caller thinks.

        Raises:
            RefusalError: 412, or 304 where the caller's copy is still the newest.
        """
        generation = current.generation if current else 0
        metageneration = current.metageneration if current else 0
        if self.generation_match not in (None, generation) or (
            self.metageneration_match not in (None, metageneration)
        ):
            message = "At least one of the pre-conditions you specified did not hold."
            raise RefusalError(412, message)
        if self.generation_not_match == generation or (
            self.metageneration_not_match == metageneration
        ):
            raise RefusalError(304, "Not Modified")


class ObjectStore:
    """Buckets and their objects."""

    def __init__(self, database: Database, clock: Clock | EmulatorClock) -> None:
        self._database = database
        self._clock = clock
        self._buckets = database.load("bucket")
        self._objects = {
            key: StoredObject.from_json(document)
            for key, document in database.load("object").items()
        }
        kept = database.setting("blobs") or {"last": 0}
        self._last_blob: int = kept["last"]
        self._last_generation = max(
            (stored.generation for stored in self._objects.values()), default=0
        )

    def add_bucket(self, name: str, settings: Json | None = None) -> Json:
        """Create a bucket, or return the one that exists."""
        with self._database.transaction():
            if name not in self._buckets:
                created = timestamp(self._clock.now())
                bucket = {"location": "US", "storageClass": "STANDARD"}
                bucket |= settings or {}
                bucket |= {"name": name, "timeCreated": created, "updated": created}
                self._buckets[name] = bucket
                self._database.save("bucket", name, bucket)
            return self._buckets[name]

    def buckets(self) -> list[Json]:
        """Return all buckets by name."""
        return [self._buckets[name] for name in sorted(self._buckets)]

    def has_bucket(self, name: str) -> bool:
        """Return whether the bucket exists."""
        return name in self._buckets

    def delete_bucket(self, name: str) -> None:
        """Remove an empty bucket."""
        with self._database.transaction():
            if self.objects(name):
                message = "The bucket you tried to delete is not empty."
                raise RefusalError(409, message)
            del self._buckets[name]
            self._database.forget("bucket", name)

    def objects(self, bucket: str) -> list[StoredObject]:
        """Return the live objects of a bucket by name.

        Raises:
            RefusalError: There is no such bucket.
        """
        if bucket not in self._buckets:
            raise RefusalError(404, "The specified bucket does not exist.")
        found = [stored for stored in self._objects.values() if stored.bucket == bucket]
        return sorted(found, key=lambda stored: stored.name)

    def find(self, bucket: str, name: str) -> StoredObject | None:
        """Return the live object, or None."""
        return self._objects.get(f"{bucket}/{name}")

    def get(
        self, bucket: str, name: str, generation: int | None = None
    ) -> StoredObject:
        """Return the live object.

        Raises:
            RefusalError: There is none, or its generation is another one.
        """
        found = self.find(bucket, name)
        if found is None or generation not in (None, found.generation):
            suffix = f"#{generation}" if generation is not None else ""
            raise RefusalError(404, f"No such object: {bucket}/{name}{suffix}")
        return found

    def new_blob(self) -> int:
        """Return the number of a content that is about to be written."""
        self._last_blob += 1
        self._database.set_setting("blobs", {"last": self._last_blob})
        return self._last_blob

    def append(self, blob: int, start: int, data: bytes) -> None:
        """Write a part of a content at its place."""
        for offset in range(0, len(data), _CHUNK_BYTES):
            self._database.execute(
                "INSERT OR REPLACE INTO chunks VALUES (?, ?, ?)",
                blob,
                start + offset,
                data[offset : offset + _CHUNK_BYTES],
            )

    def read(
        self, blob: int, start: int = 0, end: int | None = None
    ) -> Iterator[bytes]:
        """Return a content from one byte up to and without another, in parts."""
        bounds = self._database.execute(
            "SELECT start, length(data) FROM chunks WHERE blob = ? ORDER BY start", blob
        )
        for chunk_start, length in bounds:
            low = max(start - chunk_start, 0)
            high = length if end is None else min(end - chunk_start, length)
            if low < high:
                (row,) = self._database.execute(
                    "SELECT data FROM chunks WHERE blob = ? AND start = ?",
                    blob,
                    chunk_start,
                )
                yield row[0][low:high]

    def put(
        self,
        bucket: str,
        name: str,
        parts: Iterable[bytes],
        settable: Json,
        preconditions: Preconditions = Preconditions(),
    ) -> StoredObject:
        """Store a content as the live generation of an object."""
        with self._database.transaction():
            blob = self.new_blob()
            size = 0
            for part in parts:
                self.append(blob, size, part)
                size += len(part)
            return self.finish(bucket, name, blob, settable, preconditions)

    def finish(
        self,
        bucket: str,
        name: str,
        blob: int,
        settable: Json,
        preconditions: Preconditions,
    ) -> StoredObject:
        """Make a written content the live generation of an object.

        Raises:
            RefusalError: A precondition does not hold, or a checksum is another one.
        """
        with self._database.transaction():
            current = self.find(bucket, name)
            preconditions.check(current)
            stored = self._describe(bucket, name, blob, dict(settable))
            self.add_bucket(bucket)
            if current:
                self._drop(current)
            self._keep(stored)
            return stored

    def patch(self, stored: StoredObject, changes: Json) -> StoredObject:
        """Change what an uploader may set of an object."""
        with self._database.transaction():
            merged = stored.settable | changes
            stored.settable = {
                key: value
                for key, value in merged.items()
                if value is not None and key not in _CHECKSUMS
            }
            stored.metageneration += 1
            stored.updated = timestamp(self._clock.now())
            self._keep(stored)
            return stored

    def delete(self, stored: StoredObject) -> None:
        """Remove an object."""
        with self._database.transaction():
            self._drop(stored)
            del self._objects[stored.key]
            self._database.forget("object", stored.key)

    def _describe(
        self, bucket: str, name: str, blob: int, settable: Json
    ) -> StoredObject:
        md5 = hashlib.md5(usedforsecurity=False)
        checksum = size = 0
        for part in self.read(blob):
            md5.update(part)
            checksum = crc32c.extend(checksum, part)
            size += len(part)
        now = self._clock.now()
        stored = StoredObject(
            bucket=bucket,
            name=name,
            generation=self._next_generation(now),
            blob=blob,
            size=size,
            md5=base64.b64encode(md5.digest()).decode(),
            crc32c=base64.b64encode(checksum.to_bytes(4, "big")).decode(),
            created=timestamp(now),
            updated=timestamp(now),
            settable=settable,
        )
        _check_sum("MD5", settable.pop("md5Hash", None), stored.md5)
        _check_sum("CRC32C", settable.pop("crc32c", None), stored.crc32c)
        return stored

    def _next_generation(self, now: datetime) -> int:
        microseconds = round(now.timestamp() * 1_000_000)
        self._last_generation = max(self._last_generation + 1, microseconds)
        return self._last_generation

    def _keep(self, stored: StoredObject) -> None:
        self._objects[stored.key] = stored
        self._database.save("object", stored.key, asdict(stored))

    def _drop(self, stored: StoredObject) -> None:
        self._database.execute("DELETE FROM chunks WHERE blob = ?", stored.blob)


def _check_sum(kind: str, provided: object, calculated: str) -> None:
    if provided not in (None, calculated):
        message = (
            f'Provided {kind} hash "{provided}" doesn\'t match calculated {kind} '
            f'hash "{calculated}".'
        )
        raise RefusalError(400, message)
