"""Cloud Storage over plain HTTP, beyond what Google's client asks for."""

import base64
import gzip
import json
import zlib

import httpx
import pytest

from pulumi_tuning.emulator import Emulator
from pulumi_tuning.emulator.crc32c import accelerated, extend, extend_by_table
from tests.emulator.bodies import TRAIN, Json

BUCKET = "/storage/v1/b/acme-tuning"
UPLOAD = "/upload/storage/v1/b/acme-tuning/o"


def put(client: httpx.Client, name: str, content: bytes, **query: str | int) -> Json:
    """Upload an object in one request and return its resource."""
    response = client.post(
        UPLOAD,
        params={"uploadType": "media", "name": name, **query},
        content=content,
        headers={"content-type": "text/plain"},
    )
    assert response.status_code == 200, response.text
    resource: Json = response.json()
    return resource


def test_an_object_has_the_fields_of_the_api(client: httpx.Client) -> None:
    """Size, generation, both checksums, types, links and times are those documented."""
    resource = put(client, "a/b.txt", b"123456789")

    generation = resource["generation"]
    assert resource == {
        "kind": "storage#object",
        "id": f"acme-tuning/a/b.txt/{generation}",
        "selfLink": f"http://emulator.test{BUCKET}/o/a%2Fb.txt",
        "mediaLink": f"http://emulator.test/download{BUCKET}/o/a%2Fb.txt"
        f"?generation={generation}&alt=media",
        "name": "a/b.txt",
        "bucket": "acme-tuning",
        "generation": generation,
        "metageneration": "1",
        "contentType": "text/plain",
        "storageClass": "STANDARD",
        "size": "9",
        "md5Hash": "JfnnlDI7RTiF9RgfG2JNCw==",
        "crc32c": "4waSgw==",
        "etag": resource["etag"],
        "timeCreated": "2026-11-22T10:00:00Z",
        "updated": "2026-11-22T10:00:00Z",
        "timeStorageClassUpdated": "2026-11-22T10:00:00Z",
    }
    assert client.get(f"{BUCKET}/o/a%2Fb.txt").json() == resource


def test_generations_rise_even_when_time_stands_still(client: httpx.Client) -> None:
    """Two contents of one moment have different generations, the newer the larger."""
    first = put(client, "a", b"1")["generation"]
    second = put(client, "a", b"2")["generation"]

    old = client.get(f"{BUCKET}/o/a", params={"generation": first})
    new = client.get(f"{BUCKET}/o/a", params={"generation": second})

    assert int(second) > int(first)
    assert (old.status_code, new.status_code) == (404, 200)
    assert old.json()["error"]["message"] == f"No such object: acme-tuning/a#{first}"


@pytest.mark.parametrize(
    ("header", "status", "content", "content_range"),
    [
        pytest.param("bytes=2-4", 206, b"234", "bytes 2-4/10", id="middle"),
        pytest.param("bytes=7-", 206, b"789", "bytes 7-9/10", id="from"),
        pytest.param("bytes=-3", 206, b"789", "bytes 7-9/10", id="last"),
        pytest.param("bytes=-30", 206, b"0123456789", "bytes 0-9/10", id="too many"),
        pytest.param("bytes=8-99", 206, b"89", "bytes 8-9/10", id="over the end"),
        pytest.param("bytes=-", 200, b"0123456789", None, id="nothing"),
        pytest.param("bytes=5-2", 200, b"0123456789", None, id="backwards"),
        pytest.param("lines=1-2", 200, b"0123456789", None, id="other unit"),
    ],
)
@pytest.mark.parametrize("prefix", ["", "/download"])
def test_a_range_is_read(
    client: httpx.Client,
    *,
    prefix: str,
    header: str,
    status: int,
    content: bytes,
    content_range: str | None,
) -> None:
    """A part of the content is answered with 206, the whole with 200."""
    put(client, "digits", b"0123456789")

    answer = client.get(
        f"{prefix}{BUCKET}/o/digits", params={"alt": "media"}, headers={"range": header}
    )

    assert (answer.status_code, answer.content) == (status, content)
    assert answer.headers.get("content-range") == content_range
    assert answer.headers["x-goog-hash"].startswith("crc32c=")


@pytest.mark.parametrize("wanted", ["bytes=10-", "bytes=10-5", "bytes=-0"])
def test_a_range_behind_the_end_is_refused(client: httpx.Client, wanted: str) -> None:
    """A range that has no byte of the content is 416."""
    put(client, "digits", b"0123456789")

    answer = client.get(
        f"{BUCKET}/o/digits", params={"alt": "media"}, headers={"range": wanted}
    )

    assert answer.status_code == 416


def test_a_range_across_stored_parts_is_read(client: httpx.Client) -> None:
    """A content of several stored parts is read as one, whole and in part."""
    content = bytes(range(256)) * 4096 * 4
    put(client, "large", content)
    middle = slice(2**21 - 5, 2**21 + 5)

    part = client.get(
        f"{BUCKET}/o/large",
        params={"alt": "media"},
        headers={"range": f"bytes={middle.start}-{middle.stop - 1}"},
    )
    whole = client.get(f"{BUCKET}/o/large", params={"alt": "media"})

    assert part.content == content[middle]
    assert whole.content == content
    assert whole.headers["content-length"] == str(len(content))


def test_a_missing_object_is_not_found(client: httpx.Client) -> None:
    """Metadata are refused with the envelope of storage, a download with plain text."""
    metadata = client.get(f"{BUCKET}/o/nothing")
    media = client.get(f"{BUCKET}/o/nothing", params={"alt": "media"})

    message = "No such object: acme-tuning/nothing"
    assert metadata.json() == {
        "error": {
            "code": 404,
            "message": message,
            "errors": [{"message": message, "domain": "global", "reason": "notFound"}],
        }
    }
    assert (media.status_code, media.text) == (404, message)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param({"ifGenerationMatch": "0"}, 412, id="expected none"),
        pytest.param({"ifGenerationMatch": "5"}, 412, id="expected another"),
        pytest.param({"ifMetagenerationMatch": "2"}, 412, id="expected a change"),
        pytest.param({"ifMetagenerationNotMatch": "1"}, 304, id="unchanged"),
        pytest.param({"ifGenerationNotMatch": "0"}, 200, id="expected any"),
        pytest.param({"ifGenerationMatch": "x"}, 400, id="no number"),
    ],
)
def test_preconditions_are_checked(
    client: httpx.Client, query: dict[str, str], status: int
) -> None:
    """A request that expects another object than the live one is not carried out."""
    put(client, "a", b"1")

    answer = client.get(f"{BUCKET}/o/a", params=query)

    assert answer.status_code == status


def test_a_gzip_content_is_answered_as_it_is_asked_for(client: httpx.Client) -> None:
    """Compressed content is decompressed for a client that does not accept it."""
    packed = gzip.compress(b"text")
    metadata = json.dumps({"name": "a", "contentEncoding": "gzip"}).encode()
    body = (
        b"--b\r\ncontent-type: application/json\r\n\r\n"
        + metadata
        + b"\r\n--b\r\ncontent-type: text/plain\r\nx: y\r\n\r\n"
        + packed
        + b"\r\n--b--"
    )
    uploaded = client.post(
        UPLOAD,
        params={"uploadType": "multipart"},
        content=body,
        headers={"content-type": 'multipart/related; boundary="b"'},
    ).json()
    url = f"{BUCKET}/o/a?alt=media"

    plain = client.get(url, headers={"accept-encoding": "identity"})
    compressed = client.get(url, headers={"accept-encoding": "gzip"})

    assert uploaded["contentType"] == "text/plain"
    assert (plain.content, plain.headers.get("content-encoding")) == (b"text", None)
    assert compressed.content == b"text"
    assert compressed.headers["content-encoding"] == "gzip"
    assert compressed.headers["content-length"] == str(len(packed))


@pytest.mark.parametrize(
    ("query", "content", "headers"),
    [
        pytest.param({"uploadType": "media"}, b"x", {}, id="no name"),
        pytest.param({"uploadType": "multipart"}, b"x", {}, id="no boundary"),
        pytest.param(
            {"uploadType": "multipart"},
            b"--b\r\n\r\n{}\r\n--b--",
            {"content-type": "multipart/related; boundary=b"},
            id="one part",
        ),
        pytest.param(
            {"uploadType": "multipart"},
            b"--b\r\n\r\n[]\r\n--b\r\n\r\nx\r\n--b--",
            {"content-type": "multipart/related; boundary=b"},
            id="metadata that is no object",
        ),
        pytest.param({"uploadType": "resumable"}, b"{", {}, id="no JSON"),
        pytest.param({"uploadType": "resumable"}, b"", {}, id="nothing"),
    ],
)
def test_a_malformed_upload_is_refused(
    client: httpx.Client, query: dict[str, str], content: bytes, headers: dict[str, str]
) -> None:
    """An upload without a name or with a broken body is a 400."""
    answer = client.post(UPLOAD, params=query, content=content, headers=headers)

    assert answer.status_code == 400


@pytest.mark.parametrize("field", ["md5Hash", "crc32c"])
def test_a_wrong_checksum_is_refused(client: httpx.Client, field: str) -> None:
    """A content that does not have the checksum that was announced is not stored."""
    metadata = json.dumps({"name": "a", field: "AAAAAA=="}).encode()
    body = b"--b\r\n\r\n" + metadata + b"\r\n--b\r\n\r\nx\r\n--b--"

    answer = client.post(
        UPLOAD,
        params={"uploadType": "multipart"},
        content=body,
        headers={"content-type": "multipart/related; boundary=b"},
    )

    assert answer.status_code == 400
    assert "doesn't match calculated" in answer.json()["error"]["message"]
    assert client.get(f"{BUCKET}/o/a").status_code == 404


def begin_resumable(client: httpx.Client, **headers: str) -> str:
    """Begin a resumable upload and return where it goes on."""
    answer = client.post(
        UPLOAD,
        params={"uploadType": "resumable", "name": "large"},
        json={},
        headers=headers,
    )
    assert answer.status_code == 200, answer.text
    return answer.headers["location"]


def test_an_interrupted_upload_goes_on(client: httpx.Client) -> None:
    """A client asks how much arrived, sends some again, and ends with the rest."""
    url = begin_resumable(client, **{"x-upload-content-type": "text/csv"})

    empty = client.put(url, headers={"content-range": "bytes */10"})
    first = client.put(url, content=b"01234", headers={"content-range": "bytes 0-4/10"})
    asked = client.put(url, headers={"content-range": "bytes */*"})
    last = client.put(
        url, content=b"3456789", headers={"content-range": "bytes 3-9/10"}
    )

    assert (empty.status_code, empty.headers.get("range")) == (308, None)
    assert (first.status_code, first.headers["range"]) == (308, "bytes=0-4")
    assert (asked.status_code, asked.headers["range"]) == (308, "bytes=0-4")
    assert (last.status_code, last.json()["size"]) == (200, "10")
    assert last.json()["contentType"] == "text/csv"
    content = client.get(f"{BUCKET}/o/large", params={"alt": "media"}).content
    assert content == b"0123456789"


def test_an_upload_in_one_piece_needs_no_range(client: httpx.Client) -> None:
    """Without a `Content-Range` the piece is the whole."""
    answer = client.put(begin_resumable(client), content=b"abc")

    assert answer.json()["size"] == "3"
    assert answer.json()["contentType"] == "application/octet-stream"


def test_an_upload_with_a_gap_is_refused(client: httpx.Client) -> None:
    """A piece that does not follow what has arrived is not taken."""
    url = begin_resumable(client)

    gap = client.put(url, content=b"x", headers={"content-range": "bytes 5-5/10"})
    malformed = client.put(url, content=b"x", headers={"content-range": "5-5/10"})

    assert (gap.status_code, malformed.status_code) == (503, 400)


def test_a_cancelled_upload_is_gone(client: httpx.Client) -> None:
    """Nothing more can be sent to an upload that was given up."""
    url = begin_resumable(client)

    cancelled = client.delete(url)
    answer = client.put(url, content=b"x")

    assert (cancelled.status_code, answer.status_code) == (499, 404)


def test_a_list_has_folders_and_pages(client: httpx.Client) -> None:
    """A delimiter folds names to prefixes, and pages follow by token."""
    for name in ("a/1", "a/2", "b", "c"):
        put(client, name, b"")

    first = client.get(f"{BUCKET}/o", params={"delimiter": "/", "maxResults": "1"})
    second = client.get(
        f"{BUCKET}/o", params={"pageToken": first.json()["nextPageToken"]}
    )

    assert first.json()["prefixes"] == ["a/"]
    assert [item["name"] for item in first.json()["items"]] == ["b"]
    assert [item["name"] for item in second.json()["items"]] == ["c", "train.jsonl"]
    assert client.get(f"{BUCKET}/o", params={"prefix": "x"}).json() == {
        "kind": "storage#objects"
    }


def test_a_folder_stands_on_one_page(client: httpx.Client) -> None:
    """A folder is listed on the page on which its place is, and on no other one."""
    for name in ("a", "b/1", "c", "z/1"):
        put(client, name, b"")
    query = {"delimiter": "/", "maxResults": "1", "endOffset": "c1"}

    first = client.get(f"{BUCKET}/o", params=query).json()
    token = first["nextPageToken"]
    second = client.get(f"{BUCKET}/o", params={**query, "pageToken": token}).json()

    assert (first.get("prefixes"), second["prefixes"]) == (None, ["b/"])
    assert "nextPageToken" not in second


@pytest.mark.parametrize(
    ("query", "status"),
    [
        pytest.param({"maxResults": "-1"}, 400, id="negative page"),
        pytest.param({"matchGlob": "**.jsonl"}, 501, id="pattern"),
    ],
)
def test_a_list_that_cannot_be_is_refused(
    client: httpx.Client, query: dict[str, str], status: int
) -> None:
    """A list is refused rather than answered with other objects than asked for."""
    assert client.get(f"{BUCKET}/o", params=query).status_code == status


@pytest.mark.parametrize("name", ["b", "A-b-c", "a/b", "5"])
def test_a_bucket_that_no_uri_can_name_is_refused(
    client: httpx.Client, name: str
) -> None:
    """A bucket has a name that Cloud Storage, and so a tuning job, can take."""
    answer = client.post("/storage/v1/b", json={"name": name})

    assert answer.status_code == 400
    assert "Invalid bucket name" in answer.json()["error"]["message"]


def test_a_content_that_is_not_compressed_is_answered_as_it_is(
    client: httpx.Client,
) -> None:
    """An object that only claims to be compressed is not undone, nor an error."""
    put(client, "claimed", b"plain")
    client.patch(f"{BUCKET}/o/claimed", json={"contentEncoding": "gzip"})

    answer = client.get(
        f"{BUCKET}/o/claimed",
        params={"alt": "media"},
        headers={"accept-encoding": "identity"},
    )

    assert (answer.status_code, answer.content) == (200, b"plain")


@pytest.mark.parametrize(
    "source",
    [
        pytest.param({"name": "a", "generation": "old"}, id="no generation"),
        pytest.param(5, id="no object"),
        pytest.param({}, id="no name"),
    ],
)
def test_a_malformed_source_is_refused(client: httpx.Client, source: object) -> None:
    """A compose of what names no object is an error of the caller."""
    put(client, "a", b"")

    answer = client.post(f"{BUCKET}/o/b/compose", json={"sourceObjects": [source]})

    assert answer.status_code in (400, 404)


@pytest.mark.parametrize("field", ["contentType", "contentEncoding"])
def test_what_no_header_can_hold_is_refused(client: httpx.Client, field: str) -> None:
    """A type or encoding that would break the downloads of an object is a 400."""
    put(client, "a", b"1")

    answer = client.patch(f"{BUCKET}/o/a", json={field: "text/plain\r\nx: y"})

    assert answer.status_code == 400
    assert client.get(f"{BUCKET}/o/a", params={"alt": "media"}).content == b"1"


def test_a_checksum_cannot_be_patched(client: httpx.Client) -> None:
    """A checksum is that of the content, whatever a patch says, also of a copy."""
    before = put(client, "a", b"1")

    after = client.patch(f"{BUCKET}/o/a", json={"md5Hash": "x", "crc32c": "y"}).json()
    copy = client.post(f"{BUCKET}/o/a/copyTo/b/acme-tuning/o/b").json()

    assert after["md5Hash"] == copy["md5Hash"] == before["md5Hash"]


def test_a_bucket_is_refused_twice_and_while_it_is_full(client: httpx.Client) -> None:
    """A bucket cannot be created twice, nor deleted while it holds objects."""
    again = client.post("/storage/v1/b", json={"name": "acme-tuning"})
    nameless = client.post("/storage/v1/b", json={})
    no_object = client.post("/storage/v1/b", json=[])
    full = client.delete(BUCKET)
    unknown = client.get("/storage/v1/b/other/o")

    statuses = [
        answer.status_code for answer in (again, nameless, no_object, full, unknown)
    ]
    assert statuses == [409, 400, 400, 409, 404]
    assert again.json()["error"]["errors"][0]["reason"] == "conflict"


def test_buckets_are_listed_by_prefix(client: httpx.Client) -> None:
    """A list of buckets is cut to a prefix, and empty without its key."""
    client.post("/storage/v1/b", json={"name": "new-one", "labels": {"a": "b"}})

    found = client.get("/storage/v1/b", params={"prefix": "new"}).json()
    none = client.get("/storage/v1/b", params={"prefix": "x"}).json()

    assert [bucket["name"] for bucket in found["items"]] == ["new-one"]
    assert found["items"][0]["labels"] == {"a": "b"}
    assert none == {"kind": "storage#buckets"}


def test_metadata_are_removed_by_null(client: httpx.Client) -> None:
    """A patch with null takes a field away."""
    put(client, "a", b"1")

    client.patch(f"{BUCKET}/o/a", json={"cacheControl": "no-store", "size": "9"})
    patched = client.patch(f"{BUCKET}/o/a", json={"cacheControl": None}).json()

    assert "cacheControl" not in patched
    assert (patched["metageneration"], patched["size"]) == ("3", "1")


def test_the_library_stores_and_deletes(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Objects that the library puts are there for a client, and generations rise."""
    first = emulator.put_object(
        "gs://new-bucket/a.txt", b"1", content_type="text/plain"
    )
    second = emulator.put_object("gs://new-bucket/a.txt", b"2")
    content = client.get("/storage/v1/b/new-bucket/o/a.txt?alt=media").content

    emulator.delete_object("gs://new-bucket/a.txt")

    assert second > first
    assert content == b"2"
    assert client.get("/storage/v1/b/new-bucket/o/a.txt").status_code == 404
    with pytest.raises(ValueError, match="not the URI of an object: gs://bucket/"):
        emulator.put_object("gs://bucket/", b"")


def test_both_ways_to_the_checksum_agree() -> None:
    """The table and the library compute the check value of the standard."""
    assert extend_by_table(0, b"123456789") == 0xE3069283
    assert extend(extend(0, b"1234"), b"56789") == 0xE3069283
    assert extend_by_table(extend_by_table(0, b"1234"), b"56789") == 0xE3069283
    assert accelerated("no_such_module") is extend_by_table
    assert accelerated("google_crc32c") is not extend_by_table
    assert zlib.crc32(b"123456789") != 0xE3069283


def test_a_checksum_is_big_endian(client: httpx.Client, emulator: Emulator) -> None:
    """The checksum of a resource is the base64 of four bytes, the highest first."""
    resource = client.get(f"{BUCKET}/o/train.jsonl").json()
    content = client.get(f"{BUCKET}/o/train.jsonl?alt=media").content

    expected = extend_by_table(0, content).to_bytes(4, "big")
    assert base64.b64decode(resource["crc32c"]) == expected
    assert TRAIN.endswith(emulator.journal()[0].path.rpartition("/")[2])
