"""StorageClient: stored bytes of one generation, over connections that break."""

from collections.abc import Iterator

import httpx
import pytest

from pulumi_tuning.errors import (
    ApiConnectionError,
    ApiError,
    NotFoundError,
    PermissionDeniedError,
    ServerError,
    UnexpectedResponseError,
)
from pulumi_tuning.gcp.storage import ObjectMetadata, StorageClient
from pulumi_tuning.resource_names import GcsUri
from pulumi_tuning.settings import Settings
from tests.clients.answering import (
    TOKEN,
    Answer,
    Answering,
    error_answer,
    google_http,
    json_answer,
)
from tests.support.fake_clock import FakeClock

CONTENT = bytes(range(256)) * 4
URI = GcsUri("bucket", "a/b c+ü?.jsonl")
PATH = "/storage/v1/b/bucket/o/a%2Fb%20c%2B%C3%BC%3F.jsonl"
UNAVAILABLE = error_answer(503, "UNAVAILABLE")


def storage(service: httpx.BaseTransport) -> StorageClient:
    """Return a client of a service, whose pauses cost no time."""
    return StorageClient(google_http(service, clock=FakeClock()))


def sent(content: bytes, status: int = 200) -> httpx.Response:
    """Return an answer whose bytes are still to be read."""
    return httpx.Response(status, stream=Pieces(content))


class Pieces(httpx.SyncByteStream):
    """Bytes that come a hundred at a time."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), 100):
            yield self._content[start : start + 100]


class Stored(httpx.BaseTransport):
    """An object, of which each answer breaks off after some bytes."""

    def __init__(self, *cuts: int | None, generation: str | None = "7") -> None:
        self.cuts = list(cuts)
        self.generation = generation
        self.ranges: list[str | None] = []
        self.queries: list[str] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a range of the object."""
        asked = request.headers.get("range")
        self.ranges.append(asked)
        self.queries.append(request.url.query.decode())
        first, _, last = (asked or "bytes=0-").removeprefix("bytes=").partition("-")
        content = CONTENT[int(first) : int(last) + 1 if last else None]
        headers = {"x-goog-generation": self.generation} if self.generation else {}
        cut = self.cuts.pop(0) if self.cuts else None
        stream = Cut(content, cut)
        return httpx.Response(206 if asked else 200, stream=stream, headers=headers)


class Cut(httpx.SyncByteStream):
    """Bytes that stop coming."""

    def __init__(self, content: bytes, cut: int | None) -> None:
        self._content = content
        self._cut = cut

    def __iter__(self) -> Iterator[bytes]:
        if self._cut is None:
            yield self._content
            return
        yield self._content[: self._cut]
        message = "reset"
        raise httpx.ReadError(message)


def test_metadata() -> None:
    """What identifies an object is read from its metadata, numbers as numbers."""
    service = Answering(
        json_answer(
            {
                "generation": "1700000000000001",
                "size": "12",
                "crc32c": "AAAA==",
                "contentType": "text/plain",
                "contentEncoding": "gzip",
                "updated": "2026-11-22T10:00:00Z",
                "other": 1,
            }
        )
    )

    metadata = storage(service).get_object_metadata(URI)

    assert metadata == ObjectMetadata(
        generation=1700000000000001,
        size=12,
        crc32c="AAAA==",
        content_type="text/plain",
        content_encoding="gzip",
        updated="2026-11-22T10:00:00Z",
    )
    (request,) = service.requests
    assert service.calls == [("GET", PATH)]
    assert request.url.host == "storage.googleapis.com"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"size": "1"}, id="no generation"),
        pytest.param({"generation": "1"}, id="no size"),
        pytest.param({"generation": "x", "size": "1"}, id="no number"),
        pytest.param({"generation": None, "size": "1"}, id="null"),
    ],
)
def test_metadata_of_another_shape(body: dict[str, object]) -> None:
    """An answer that identifies nothing is an error, not an empty object."""
    with pytest.raises(UnexpectedResponseError, match="not the metadata of an object"):
        storage(Answering(json_answer(body))).get_object_metadata(URI)


def test_missing_object() -> None:
    """An object that is not there is not found."""
    body = {"error": {"code": 404, "message": "No such object: bucket/a", "errors": []}}

    with pytest.raises(NotFoundError) as raised:
        storage(Answering(json_answer(body, 404))).get_object_metadata(URI)

    assert str(raised.value) == f"get {URI}: 404 Not Found: No such object: bucket/a"


def test_range() -> None:
    """A range is asked for as stored, in one generation, and no more is read."""
    service = Answering(sent(CONTENT[10:30], 206))

    content = storage(service).read_range(URI, 10, 20, generation=7)

    assert content == CONTENT[10:30]
    (request,) = service.requests
    assert service.calls == [("GET", f"{PATH}?alt=media&generation=7")]
    assert request.headers["range"] == "bytes=10-29"
    assert request.headers["accept-encoding"] == "gzip"


@pytest.mark.parametrize(
    ("start", "length"),
    [
        pytest.param(0, 300, id="the start"),
        pytest.param(5, 300, id="the middle"),
        pytest.param(1000, 300, id="over the end"),
        pytest.param(0, 0, id="nothing"),
        pytest.param(0, 5000, id="everything"),
    ],
)
@pytest.mark.parametrize(
    "is_understood", [pytest.param(True, id="range"), pytest.param(False, id="none")]
)
def test_range_of_any_server(start: int, length: int, is_understood: bool) -> None:  # noqa: FBT001 - a table
    """A range is right whether or not the server knows ranges."""

    def answer(_: httpx.Request) -> httpx.Response:
        if is_understood:
            return sent(CONTENT[start : start + length], 206)
        return sent(CONTENT)

    content = storage(Answering(answer)).read_range(URI, start, length)

    assert content == CONTENT[start : start + length]


def test_range_past_the_end() -> None:
    """Past the end of an object there are no bytes."""
    service = Answering(httpx.Response(416, text="<html>Range</html>"))

    assert storage(service).read_range(URI, 5000, 10) == b""
    assert list(storage(service).stream(URI, start=5000)) == []


def test_gzip_is_not_undone() -> None:
    """An object that is stored compressed comes as it is stored."""
    packed = b"\x1f\x8b" + CONTENT
    service = Answering(
        httpx.Response(
            200,
            stream=httpx.ByteStream(packed),
            headers={"content-encoding": "gzip"},
        )
    )

    assert b"".join(storage(service).stream(URI)) == packed


def test_stream() -> None:
    """A whole object comes in one answer."""
    service = Stored()

    assert b"".join(storage(service).stream(URI)) == CONTENT
    assert (service.ranges, service.queries) == ([None], ["alt=media"])


def test_stream_from_the_middle() -> None:
    """A stream may start anywhere."""
    service = Stored()

    assert b"".join(storage(service).stream(URI, 7, start=1000)) == CONTENT[1000:]
    assert service.ranges == ["bytes=1000-"]


def test_broken_stream_goes_on() -> None:
    """Where a connection broke, the next one goes on in the same generation."""
    service = Stored(100, 200, 0, None)

    assert b"".join(storage(service).stream(URI)) == CONTENT
    assert service.ranges == [None, "bytes=100-", "bytes=300-", "bytes=300-"]
    assert service.queries == ["alt=media"] + ["alt=media&generation=7"] * 3


def test_broken_range_goes_on() -> None:
    """A range ends where it was to end, however often it broke."""
    service = Stored(5, 5, None)

    assert storage(service).read_range(URI, 100, 20, 7) == CONTENT[100:120]
    assert service.ranges == ["bytes=100-119", "bytes=105-119", "bytes=110-119"]


def test_break_after_the_last_byte() -> None:
    """A connection that breaks after everything has come breaks nothing."""
    service = Stored(20)

    assert storage(service).read_range(URI, 100, 20, 7) == CONTENT[100:120]
    assert service.ranges == ["bytes=100-119"]


def test_stream_that_never_comes_further() -> None:
    """After some connections without a single byte the stream gives up."""
    clock = FakeClock()
    service = Stored(10, *[0] * 9)
    client = StorageClient(google_http(service, clock=clock))

    with pytest.raises(ApiConnectionError, match="broke: reset"):
        list(client.stream(URI))

    assert len(service.ranges) == 5
    assert clock.sleeps == [0.2, 0.4, 0.8, 1.6]


def test_stream_of_no_known_generation() -> None:
    """Where nobody says the generation, another one may not be sewn on."""
    service = Stored(10, generation=None)

    with pytest.raises(ApiConnectionError):
        list(storage(service).stream(URI))

    assert len(service.ranges) == 1


def test_start_that_fails() -> None:
    """Before the first byte a failed connection can be made again."""
    service = Answering(httpx.ConnectError("refused"), UNAVAILABLE, sent(b"x"))

    assert b"".join(storage(service).stream(URI)) == b"x"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        pytest.param(
            error_answer(403, "PERMISSION_DENIED"), PermissionDeniedError, id="denied"
        ),
        pytest.param(error_answer(404, "NOT_FOUND"), NotFoundError, id="gone"),
        pytest.param(UNAVAILABLE, ServerError, id="unavailable for long"),
    ],
)
def test_refused_stream(answer: Answer, expected: type[ApiError]) -> None:
    """A stream that is refused raises the service's own error."""
    with pytest.raises(expected):
        list(storage(Answering(answer)).stream(URI))


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        pytest.param(
            json_answer({"error": {"code": 404, "message": "m", "errors": []}}, 404),
            NotFoundError,
            id="the object is gone",
        ),
        pytest.param(
            json_answer({"generation": "7"}),
            UnexpectedResponseError,
            id="the object is there",
        ),
    ],
)
def test_media_that_is_refused_in_plain_words(
    metadata: Answer, expected: type[ApiError]
) -> None:
    """Only the metadata's refusal, in Google's own form, means that media is gone."""
    service = Answering(httpx.Response(404, text="No such object"), metadata)

    with pytest.raises(expected):
        storage(service).read_range(URI, 0, 10, 7)

    assert service.calls == [
        ("GET", f"{PATH}?alt=media&generation=7"),
        ("GET", f"{PATH}?generation=7"),
    ]


def test_emulator_of_storage() -> None:
    """A custom endpoint on this machine is called without a token."""
    service = Answering(json_answer({"generation": "1", "size": "0"}))
    settings = Settings(storage_endpoint="http://127.0.0.1:9000")

    StorageClient(google_http(service, settings)).get_object_metadata(URI)

    (request,) = service.requests
    assert str(request.url) == f"http://127.0.0.1:9000{PATH}"
    assert "authorization" not in request.headers
