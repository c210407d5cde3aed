"""The emulator judged by google-cloud-storage, unmodified."""

import gzip
import io
from collections.abc import Iterator

import pytest
from google.api_core import exceptions
from google.cloud.storage import Client  # type: ignore[import-untyped]

from pulumi_tuning.emulator import Emulator, Fault
from tests.emulator.google_access import anonymous

# A download that fails leaves its connection to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning"),
    pytest.mark.usefixtures("collected_sockets"),
]

MEBIBYTE = 2**20


@pytest.fixture
def google(served: Emulator) -> Iterator[Client]:
    """Give Google's client, pointed at the emulator as its environment would."""
    client = Client(
        project="acme",
        credentials=anonymous(),
        client_options={
            "api_endpoint": served.environment["STORAGE_EMULATOR_HOST"],
        },
    )
    yield client
    client.close()


def test_a_small_upload_comes_back(google: Client) -> None:
    """A text that is uploaded in one request is downloaded unchanged."""
    blob = google.bucket("acme-tuning").blob("sets/a b#1?.jsonl")
    blob.upload_from_string("ä\n" * 100, content_type="application/jsonl")

    same = google.bucket("acme-tuning").get_blob("sets/a b#1?.jsonl")

    assert same.download_as_text() == "ä\n" * 100
    assert same.content_type == "application/jsonl"
    assert same.size == 300


def test_a_large_upload_is_resumed_piece_by_piece(
    google: Client, served: Emulator
) -> None:
    """A file is uploaded in chunks, and its checksums hold for Google's client."""
    content = bytes(range(256)) * 10 * 1024
    blob = google.bucket("acme-tuning").blob("large", chunk_size=MEBIBYTE)
    blob.upload_from_file(io.BytesIO(content))

    downloaded = google.bucket("acme-tuning").blob("large").download_as_bytes()

    assert downloaded == content
    assert len(served.journal("PUT")) == 3


def test_a_lost_last_answer_is_asked_for_again(
    google: Client, served: Emulator
) -> None:
    """An upload whose last answer never arrived is finished all the same, once."""
    served.add_fault(Fault(method="PUT", path="^/upload", cut="after", skip=2))
    blob = google.bucket("acme-tuning").blob("large", chunk_size=MEBIBYTE)

    blob.upload_from_file(io.BytesIO(b"x" * (5 * MEBIBYTE // 2)), checksum="crc32c")

    (stored,) = google.list_blobs("acme-tuning", prefix="large")
    assert (stored.size, stored.generation) == (5 * MEBIBYTE // 2, blob.generation)


def test_reads_a_range(google: Client) -> None:
    """A part of an object is read without the rest."""
    blob = google.bucket("acme-tuning").blob("digits")
    blob.upload_from_string("0123456789")

    part = blob.download_as_bytes(start=3, end=5)

    assert part == b"345"


def test_a_compressed_object_is_decompressed(google: Client) -> None:
    """An object that declares gzip as its encoding is read as its content."""
    blob = google.bucket("acme-tuning").blob("packed.jsonl")
    blob.content_encoding = "gzip"
    blob.upload_from_string(gzip.compress(b"{}\n" * 50))

    text = google.bucket("acme-tuning").blob("packed.jsonl").download_as_bytes()

    assert text == b"{}\n" * 50


def test_a_new_content_is_a_new_generation(google: Client) -> None:
    """Each upload raises the generation and changes the checksums."""
    blob = google.bucket("acme-tuning").blob("changing")
    blob.upload_from_string("one")
    first = (blob.generation, blob.crc32c, blob.md5_hash)

    blob.upload_from_string("two")

    assert blob.generation > first[0]
    assert (blob.crc32c, blob.md5_hash) != first[1:]


def test_a_precondition_holds_back_an_overwrite(google: Client) -> None:
    """An upload that expects no object fails where there is one."""
    blob = google.bucket("acme-tuning").blob("once")
    blob.upload_from_string("one", if_generation_match=0)

    with pytest.raises(exceptions.PreconditionFailed):
        blob.upload_from_string("two", if_generation_match=0)

    assert blob.download_as_bytes() == b"one"


def test_lists_by_prefix(google: Client) -> None:
    """A list is cut to a prefix, page by page."""
    bucket = google.bucket("acme-tuning")
    for name in ("a/1", "a/2", "a/3", "b/1"):
        bucket.blob(name).upload_from_string("")

    names = [blob.name for blob in google.list_blobs(bucket, prefix="a/", page_size=2)]

    assert names == ["a/1", "a/2", "a/3"]


def test_deletes(google: Client) -> None:
    """A deleted object is gone, and deleting it again is not found."""
    blob = google.bucket("acme-tuning").blob("short-lived")
    blob.upload_from_string("x")
    blob.delete()

    assert not blob.exists()
    with pytest.raises(exceptions.NotFound, match="No such object"):
        blob.delete()
    with pytest.raises(exceptions.NotFound):
        blob.download_as_bytes()


def test_patches_metadata(google: Client) -> None:
    """Changed metadata raises the metageneration, not the generation."""
    blob = google.bucket("acme-tuning").blob("described")
    blob.upload_from_string("x")
    generation = blob.generation

    blob.metadata = {"rows": "1"}
    blob.patch()

    assert (blob.generation, blob.metageneration) == (generation, 2)
    assert google.bucket("acme-tuning").get_blob("described").metadata == {"rows": "1"}


def test_creates_and_lists_buckets(google: Client) -> None:
    """A bucket is created, found, listed and deleted."""
    bucket = google.create_bucket("acme-new", location="EU")

    assert google.get_bucket("acme-new").location == "EU"
    assert [item.name for item in google.list_buckets()] == ["acme-new", "acme-tuning"]
    bucket.delete()
    assert google.lookup_bucket("acme-new") is None


def test_survives_a_fault(google: Client, served: Emulator) -> None:
    """Google's client repeats a download that fails once."""
    blob = google.bucket("acme-tuning").blob("wanted")
    blob.upload_from_string("here")
    served.add_fault(Fault(method="GET", path="/wanted", status=503))

    content = blob.download_as_bytes()

    assert content == b"here"
    statuses = [entry.status for entry in served.journal("GET", "/wanted")]
    assert statuses == [503, 200]


def test_copies_and_renames(google: Client) -> None:
    """A copy has the content and the type; a renamed object has left its old name."""
    bucket, other = google.bucket("acme-tuning"), google.create_bucket("acme-other")
    blob = bucket.blob("sets/a b.jsonl")
    blob.upload_from_string("{}", content_type="application/jsonl")

    copy = bucket.copy_blob(blob, other, "copied")
    bucket.rename_blob(blob, "renamed")

    assert other.get_blob("copied").content_type == "application/jsonl"
    assert copy.download_as_bytes() == b"{}"
    assert bucket.get_blob("renamed").download_as_bytes() == b"{}"
    assert not blob.exists()
    with pytest.raises(exceptions.PreconditionFailed):
        bucket.copy_blob(copy, other, "copied", if_source_generation_match=1)


def test_rewrites(google: Client) -> None:
    """An object is rewritten in one step, also onto itself for another class."""
    bucket = google.bucket("acme-tuning")
    blob = bucket.blob("original")
    blob.upload_from_string("x" * (3 * MEBIBYTE))
    generation = blob.generation

    progress = bucket.blob("rewritten").rewrite(blob)
    blob.update_storage_class("NEARLINE")

    assert progress == (None, 3 * MEBIBYTE, 3 * MEBIBYTE)
    assert bucket.get_blob("rewritten").crc32c == blob.crc32c
    assert bucket.get_blob("original").storage_class == "NEARLINE"
    assert blob.generation > generation
    assert len(blob.download_as_bytes()) == 3 * MEBIBYTE


def test_composes(google: Client) -> None:
    """Objects are joined in their order; a source that changed holds it back."""
    bucket = google.bucket("acme-tuning")
    first, second = bucket.blob("first"), bucket.blob("second")
    first.upload_from_string("one ")
    second.upload_from_string("two")
    joined = bucket.blob("joined")
    joined.content_type = "text/plain"

    joined.compose([first, second])

    assert bucket.get_blob("joined").content_type == "text/plain"
    assert joined.download_as_bytes() == b"one two"
    with pytest.raises(exceptions.PreconditionFailed):
        joined.compose([first], if_source_generation_match=[1])
    with pytest.raises(exceptions.BadRequest, match="1 to 32"):
        joined.compose([])


def test_updates_all_metadata(google: Client) -> None:
    """An update takes away what it does not name, and leaves the checksums."""
    blob = google.bucket("acme-tuning").blob("updated")
    blob.cache_control = "no-store"
    blob.upload_from_string("x")
    blob.cache_control = None
    blob.metadata = {"rows": "1"}

    blob.update()

    same = google.bucket("acme-tuning").get_blob("updated")
    assert (same.cache_control, same.metadata) == (None, {"rows": "1"})
    assert same.crc32c == blob.crc32c


def test_lists_between_offsets(google: Client) -> None:
    """A list begins with one name and ends ahead of another."""
    bucket = google.create_bucket("acme-listed")
    for name in ("a", "b", "c", "d"):
        bucket.blob(name).upload_from_string("")

    names = [
        blob.name
        for blob in google.list_blobs(bucket, start_offset="b", end_offset="d")
    ]

    assert names == ["b", "c"]
