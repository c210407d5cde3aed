"""Cloud Storage as a dictionary, behind the real client."""

import base64
from dataclasses import dataclass, field
from urllib.parse import unquote

import httpx

from tests.support.fake_clock import FakeClock

_WORDS = {403: "PERMISSION_DENIED", 404: "NOT_FOUND", 503: "UNAVAILABLE"}


@dataclass
class Bucket(httpx.BaseTransport):
    """Objects by address, and every request for them."""

    clock: FakeClock
    objects: dict[str, bytes] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    """Status instead of an object, by address."""
    seconds_per_request: float = 0.0
    content_encoding: str | None = None
    requests: list[str] = field(default_factory=list)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer as the JSON API of Cloud Storage does."""
        self.clock.advance(self.seconds_per_request)
        path = request.url.raw_path.decode().partition("?")[0]
        bucket, _, name = path.partition("/b/")[2].partition("/o/")
        uri = f"gs://{unquote(bucket)}/{unquote(name)}"
        is_media = request.url.params.get("alt") == "media"
        self.requests.append(f"{'read' if is_media else 'look at'} {uri}")
        content = self.objects.get(uri)
        status = self.refusals.get(uri, 404 if content is None else 200)
        if content is None or status != 200:
            error = {"code": status, "message": "no", "status": _WORDS[status]}
            return httpx.Response(status, json={"error": error}, request=request)
        return _media(request, content) if is_media else self._metadata(content)

    def _metadata(self, content: bytes) -> httpx.Response:
        checksum = base64.b64encode(sum(content).to_bytes(4, "big")).decode()
        metadata = {
            "generation": _generation(content),
            "size": str(len(content)),
            "crc32c": checksum,
        }
        if self.content_encoding is not None:
            metadata["contentEncoding"] = self.content_encoding
        return httpx.Response(200, json=metadata)


def _generation(content: bytes) -> str:
    return str(1_700_000_000_000_000 + len(content))


def _media(request: httpx.Request, content: bytes) -> httpx.Response:
    asked = request.headers.get("range", "bytes=0-").removeprefix("bytes=")
    first, _, last = asked.partition("-")
    start, end = int(first), min(int(last) + 1 if last else len(content), len(content))
    headers = {
        "x-goog-generation": _generation(content),
        "content-range": f"bytes {start}-{end - 1}/{len(content)}",
    }
    stream = httpx.ByteStream(content[start:end])
    return httpx.Response(206, stream=stream, headers=headers)
