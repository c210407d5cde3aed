"""What is known of data sets before a job starts, and how seldom they are read."""

import json

import httpx
import pytest

from pulumi_tuning.errors import DatasetUnreadableError
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.lifecycle.dataset_reader import SAMPLE_BYTES, DatasetReader
from pulumi_tuning.lifecycle.datasets import (
    CheckedDatasets,
    Look,
    check_datasets,
    require_datasets,
)
from pulumi_tuning.lifecycle.notes import Notes
from tests.support.bucket import Bucket
from tests.support.factories import (
    TRAIN,
    VALIDATION,
    inputs,
    preference,
    services,
    supervised,
)
from tests.support.fake_clock import FakeClock

TRAIN_PATH = "supervisedTuningSpec.trainingDatasetUri"
VALIDATION_PATH = "supervisedTuningSpec.validationDatasetUri"


def rows(count: int, start: int = 0) -> bytes:
    """Return lines of a faultless data set, all different."""
    return b"".join(
        json.dumps(
            {
                "contents": [
                    {"role": "user", "parts": [{"text": f"Question {number}?"}]},
                    {"role": "model", "parts": [{"text": f"Answer {number}."}]},
                ]
            }
        ).encode()
        + b"\n"
        for number in range(start, start + count)
    )


@pytest.fixture
def bucket(fake_clock: FakeClock) -> Bucket:
    """A bucket with a training and a validation data set."""
    objects = {TRAIN: rows(120), VALIDATION: rows(20, start=1000)}
    return Bucket(fake_clock, objects)


@pytest.fixture
def reader(bucket: Bucket) -> DatasetReader:
    """The reader of one process."""
    return DatasetReader(services(bucket, bucket.clock))


def check(
    reader: DatasetReader,
    asked: TuningJobInputs,
    *,
    is_new_job: bool = True,
    may_appear: bool = False,
) -> tuple[CheckedDatasets, Notes]:
    """Return what a check finds, and what it tells."""
    notes = Notes()
    look = Look(asked.dataset_uris, is_new_job=is_new_job, may_appear=may_appear)
    return check_datasets(reader, asked, look, notes), notes


def with_validation(**changed: object) -> TuningJobInputs:
    """Return inputs with both data sets."""
    return inputs(
        supervisedTuningSpec=supervised(validationDatasetUri=VALIDATION), **changed
    )


def test_fingerprints_are_read_of_both_data_sets(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """Generation, checksum and size identify what a job will be trained on."""
    checked, notes = check(reader, with_validation())

    fingerprints = checked.fingerprints
    assert fingerprints is not None
    assert fingerprints.training is not None
    assert fingerprints.training.size == len(bucket.objects[TRAIN])
    assert fingerprints.training.generation is not None
    assert fingerprints.training.generation.startswith("17000")
    assert fingerprints.validation is not None
    assert fingerprints.validation.size == len(bucket.objects[VALIDATION])
    assert (checked.problems, notes.warnings, notes.infos) == ((), [], [])


def test_an_unchanged_job_costs_one_look_per_data_set(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """The content is read only where a job would be started, each object once."""
    for _ in range(3):
        check(reader, with_validation(), is_new_job=False)

    assert bucket.requests == [f"look at {TRAIN}", f"look at {VALIDATION}"]


def test_content_is_sampled_once_per_generation(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """Ten new jobs on one data set read its metadata and its beginning once."""
    for _ in range(10):
        check(reader, inputs())

    assert bucket.requests == [f"look at {TRAIN}", f"read {TRAIN}"]


def test_a_sample_stays_small(reader: DatasetReader, bucket: Bucket) -> None:
    """Of a large data set only the beginning is read, and totals are extrapolated."""
    bucket.objects[TRAIN] = rows(20_000)

    checked, _ = check(reader, inputs())

    assert checked.training is not None
    assert checked.training.is_sample
    assert checked.training.bytes <= SAMPLE_BYTES
    assert 18_000 < checked.training.estimated_rows < 25_000


def test_full_preflight_reads_every_line(reader: DatasetReader, bucket: Bucket) -> None:
    """A defect on the last line of a large data set is found."""
    bucket.objects[TRAIN] = rows(20_000) + b'{"contents": [}\n'

    checked, notes = check(reader, inputs(preflight="full"))

    assert checked.training is not None
    assert not checked.training.is_sample
    told = " ".join([*notes.warnings, *(p.reason for p in checked.problems)])
    assert "line 20001" in told


def test_preflight_off_reads_no_content(reader: DatasetReader, bucket: Bucket) -> None:
    """Metadata is still read: a changed data set must show."""
    checked, _ = check(reader, inputs(preflight="off"))

    assert checked.fingerprints is not None
    assert bucket.requests == [f"look at {TRAIN}"]


def test_a_missing_object_is_a_problem(reader: DatasetReader, bucket: Bucket) -> None:
    """What does not exist is refused before a job fails minutes later."""
    del bucket.objects[TRAIN]

    checked, _ = check(reader, inputs())

    (problem,) = checked.problems
    assert problem.property == TRAIN_PATH
    assert "does not exist" in problem.reason
    assert checked.fingerprints is None


def test_a_missing_object_that_may_appear_is_no_problem(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """A bucket object of the same program is written after its preview."""
    del bucket.objects[TRAIN]

    checked, notes = check(reader, inputs(), may_appear=True)

    assert checked.problems == ()
    assert notes.infos == [f"{TRAIN} does not exist yet"]


@pytest.mark.parametrize("status", [403, 503], ids=["forbidden", "unavailable"])
def test_unreadable_metadata_is_a_warning(
    reader: DatasetReader, bucket: Bucket, status: int
) -> None:
    """Nobody can say whether the data set is fit: that refuses nothing."""
    bucket.refusals[TRAIN] = status

    checked, notes = check(reader, inputs())

    assert checked.problems == ()
    assert checked.fingerprints is None
    (warning,) = notes.warnings
    assert TRAIN in warning


def test_all_looks_share_five_seconds(reader: DatasetReader, bucket: Bucket) -> None:
    """A slow bucket does not hold up a preview with many data sets."""
    bucket.seconds_per_request = 1.0
    notes = Notes()
    for number in range(50):
        bucket.objects[f"gs://acme/{number}.jsonl"] = rows(1)
        uri = f"gs://acme/{number}.jsonl"
        asked = inputs(supervisedTuningSpec=supervised(trainingDatasetUri=uri))
        _, notes = check(reader, asked, is_new_job=False)

    assert len(bucket.requests) == 5
    assert "used up" in notes.warnings[0]


def test_errors_refuse_and_name_the_line(reader: DatasetReader, bucket: Bucket) -> None:
    """A data set that is no JSON Lines is refused with its property."""
    bucket.objects[TRAIN] = b"question,answer\nhow,so\n"

    checked, _ = check(reader, inputs())

    (problem,) = checked.problems
    assert problem.property == TRAIN_PATH
    assert "line 1" in problem.reason


def test_gzip_is_refused_with_a_reason(reader: DatasetReader, bucket: Bucket) -> None:
    """The service reads no compressed data sets."""
    bucket.content_encoding = "gzip"

    checked, _ = check(reader, inputs())

    assert "gzip" in checked.problems[0].reason


def test_doubts_warn_and_name_how_many(reader: DatasetReader, bucket: Bucket) -> None:
    """The first three problems are shown, the rest is counted."""
    bucket.objects[TRAIN] = rows(1) * 120

    checked, notes = check(reader, inputs())

    assert checked.problems == ()
    assert "116 more" in notes.warnings[0]


def test_training_rows_in_validation_are_told(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """A model that is validated on what it was trained on looks better than it is."""
    bucket.objects[VALIDATION] = rows(10)

    _, notes = check(reader, with_validation())

    assert "line 1" in notes.warnings[0]
    assert VALIDATION in notes.warnings[0]


def test_validation_alone_is_judged(reader: DatasetReader, bucket: Bucket) -> None:
    """An unreadable training data set does not hide what is wrong beside it."""
    bucket.refusals[TRAIN] = 403
    bucket.objects[VALIDATION] = b"[1, 2]\n"

    checked, _ = check(reader, with_validation())

    assert checked.problems[0].property == VALIDATION_PATH


def test_preference_rows_are_judged_as_such(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """Supervised rows are no preference data set."""
    asked = inputs(
        supervisedTuningSpec=None, preferenceOptimizationSpec=preference(beta=0.1)
    )

    checked, notes = check(reader, asked)

    path = "preferenceOptimizationSpec.trainingDatasetUri"
    told = [p.reason for p in checked.problems if p.property == path] + notes.warnings
    assert "completions" in " ".join(told)
    assert bucket.requests[-1] == f"read {TRAIN}"


def test_a_multimodal_dataset_is_not_looked_at(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """It is a resource of Vertex AI, not an object."""
    name = "projects/p/locations/us-central1/datasets/1"
    asked = inputs(supervisedTuningSpec=supervised(trainingDatasetUri=name))

    checked, _ = check(reader, asked)
    require_datasets(reader, asked)

    assert checked == CheckedDatasets(None, (), None)
    assert bucket.requests == []


def test_a_data_set_that_did_not_appear_starts_nothing(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """What a preview let pass is looked at again before the job is paid for."""
    del bucket.objects[TRAIN]

    with pytest.raises(DatasetUnreadableError, match="nothing was started"):
        require_datasets(reader, inputs())


def test_an_unreadable_data_set_is_left_to_the_service(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """Only certainty refuses: the job's account may read what the caller may not."""
    bucket.refusals[TRAIN] = 403

    require_datasets(reader, inputs())

    assert bucket.requests == [f"look at {TRAIN}"]


def test_a_known_data_set_is_not_looked_at_again(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """Its fingerprint says that it was there a moment ago."""
    asked = inputs(datasetFingerprints={"training": {"generation": "1"}})

    require_datasets(reader, asked)

    assert bucket.requests == []


@pytest.mark.parametrize("preflight", ["sample", "full"])
def test_content_that_is_replaced_meanwhile_refuses_nothing(
    bucket: Bucket, preflight: str
) -> None:
    """The object exists, and what was identified of it is not forgotten."""
    replaced = DatasetReader(services(_Replaced(bucket), bucket.clock))

    checked, notes = check(replaced, inputs(preflight=preflight))

    assert checked.problems == ()
    assert checked.fingerprints is not None
    assert checked.fingerprints.training is not None
    (warning,) = notes.warnings
    assert warning.startswith(f"the content of {TRAIN} was not looked at")


class _Replaced(httpx.BaseTransport):
    """A bucket whose objects are uploaded again whenever their metadata was read."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Know no generation but the newest."""
        if "generation" not in request.url.params:
            return self._bucket.handle_request(request)
        error = {"code": 404, "message": "No such object", "status": "NOT_FOUND"}
        return httpx.Response(404, json={"error": error}, request=request)


def test_a_first_line_longer_than_the_sample_is_told(
    reader: DatasetReader, bucket: Bucket
) -> None:
    """Nobody may believe that a data set was judged of which no line was."""
    bucket.objects[TRAIN] = b'{"contents": "' + b"a" * SAMPLE_BYTES + b'"}\n'

    checked, notes = check(reader, inputs())

    assert checked.problems == ()
    (warning,) = notes.warnings
    assert "no line ends in the first 262,144 bytes, so none was judged" in warning
