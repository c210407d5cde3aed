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
