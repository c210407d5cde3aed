"""StorageClient: what is known of an object of Cloud Storage, and its bytes.

Objects are read as they are stored: with `Accept-Encoding: gzip` the service does not
decompress a gzip object on the way, which would make sizes and ranges meaningless
(https://cloud.google.com/storage/docs/transcoding).
"""

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import httpx

from pulumi_tuning.errors import ApiError, ApiStatusError, UnexpectedResponseError
from pulumi_tuning.gcp.http import READ_SECONDS, GoogleHttp
from pulumi_tuning.resource_names import GcsUri
from pulumi_tuning.settings import storage_base_url

_RESUMPTIONS: Final = 4
_FIRST_PAUSE_SECONDS: Final = 0.2
_OK: Final = 200
_RANGE_NOT_SATISFIABLE: Final = 416


@dataclass(frozen=True, slots=True)
class ObjectMetadata:
    """What identifies the content of an object."""

    generation: int
    size: int
    crc32c: str | None = None
    content_type: str | None = None
    content_encoding: str | None = None
    updated: str | None = None


class StorageClient:
    """Objects of Cloud Storage, only read."""

    def __init__(self, http: GoogleHttp) -> None:
        self._http = http

    def get_object_metadata(
        self, uri: GcsUri, *, within_seconds: float = READ_SECONDS
    ) -> ObjectMetadata:
        """Return what is known of an object.

        Raises:
            NotFoundError: There is no such bucket or object.
            ApiError: Nobody can say.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        url, subject = self._url(uri), f"get {uri}"
        answer = self._http.get(url, subject=subject, within_seconds=within_seconds)
        try:
            return ObjectMetadata(
                generation=int(answer["generation"]),
                size=int(answer["size"]),
                crc32c=answer.get("crc32c"),
                content_type=answer.get("contentType"),
                content_encoding=answer.get("contentEncoding"),
                updated=answer.get("updated"),
            )
        except (KeyError, TypeError, ValueError) as error:
            message = f"{subject}: the answer is not the metadata of an object"
            raise UnexpectedResponseError(message, method="GET", url=url) from error

    def read_range(
        self, uri: GcsUri, start: int, length: int, generation: int | None = None
    ) -> bytes:
        """Return up to `length` stored bytes from `start` on; none past the end.

        Raises:
            NotFoundError: There is no such object, or not in this generation.
            ApiError: It could not be read.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        content = bytearray()
        for chunk in self._read(uri, generation, start, start + length):
            content += chunk
        return bytes(content)

    def stream(
        self, uri: GcsUri, generation: int | None = None, start: int = 0
    ) -> Iterator[bytes]:
        """Yield the stored bytes of one generation from `start` on.

        Raises:
            NotFoundError: There is no such object, or not in this generation.
            ApiError: It could not be read.
            CredentialsError: There is no access token.
            SettingsError: A setting is malformed.
        """
        yield from self._read(uri, generation, start, None)

    def _read(
        self, uri: GcsUri, generation: int | None, start: int, end: int | None
    ) -> Iterator[bytes]:
        """Yield the bytes in front of `end`, going on where a connection broke."""
        position, failures = start, 0
        while end is None or position < end:
            try:
                with self._open(uri, generation, position, end) as response:
                    generation = generation or _generation_of(response)
                    for chunk in _chunks(response, position, end):
                        position, failures = position + len(chunk), 0
                        yield chunk
            except ApiError as error:
                if isinstance(error, ApiStatusError) and _is_past_the_end(error):
                    return
                # Without its generation the object may be another one by now.
                is_known = generation is not None or position == start
                if not (error.is_retryable and is_known and failures < _RESUMPTIONS):
                    raise
            else:
                return
            self._http.clock.sleep(_FIRST_PAUSE_SECONDS * 2**failures)
            failures += 1

    @contextmanager
    def _open(
        self, uri: GcsUri, generation: int | None, start: int, end: int | None
    ) -> Generator[httpx.Response]:
        params = {"alt": "media"}
        if generation is not None:
            params["generation"] = str(generation)
        headers = {"accept-encoding": "gzip"}
        if start or end is not None:
            last = "" if end is None else end - 1
            headers["range"] = f"bytes={start}-{last}"
        url, subject = self._url(uri), f"read {uri}"
        try:
            with self._http.stream(
                url, subject=subject, params=params, headers=headers
            ) as response:
                yield response
        except UnexpectedResponseError:
            # A missing object's media is refused in plain words, which could be any
            # server's; its metadata is refused in Google's own.
            self._require(url, generation, subject)
            raise

    def _require(self, url: str, generation: int | None, subject: str) -> None:
        params = {} if generation is None else {"generation": str(generation)}
        self._http.get(url, subject=subject, params=params)

    def _url(self, uri: GcsUri) -> str:
        bucket, name = quote(uri.bucket, safe=""), quote(uri.object, safe="")
        base = storage_base_url(self._http.settings)
        return f"{base}/storage/v1/b/{bucket}/o/{name}"


def _chunks(
    response: httpx.Response, position: int, end: int | None
) -> Iterator[bytes]:
    """Yield the stored bytes of an answer, also where it ignores the range."""
    skip = position if response.status_code == _OK else 0
    left = None if end is None else end - position
    for raw in response.iter_raw():
        chunk = raw[skip:]
        skip -= min(skip, len(raw))
        if left is not None:
            chunk = chunk[:left]
            left -= len(chunk)
        if chunk:
            yield chunk
        if left == 0:
            return


def _generation_of(response: httpx.Response) -> int | None:
    generation = response.headers.get("x-goog-generation", "")
    return int(generation) if generation.isdecimal() else None


def _is_past_the_end(error: ApiStatusError) -> bool:
    return error.code == _RANGE_NOT_SATISFIABLE
