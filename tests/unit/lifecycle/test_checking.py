"""One check of all that can be refused before money is spent."""

from typing import Any

import httpx
import pytest

from pulumi_tuning.errors import SettingsError, TuningError
from pulumi_tuning.lifecycle.checking import Checked, Checker
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.lifecycle.parsing import Unknown
from tests.support.bucket import Bucket
from tests.support.factories import (
    LOCATION,
    PROJECT,
    TRAIN,
    job_name,
    properties,
    services,
    supervised,
)
from tests.support.fake_clock import FakeClock
from tests.support.vertex_service import VertexService, refusal

ROW = (
    b'{"contents":[{"role":"user","parts":[{"text":"Hi"}]},'
    b'{"role":"model","parts":[{"text":"Hello"}]}]}\n'
)


class Both(httpx.BaseTransport):
    """Vertex AI and Cloud Storage behind one transport."""

    def __init__(self, clock: FakeClock) -> None:
        self.vertex = VertexService(clock)
        self.bucket = Bucket(clock, {TRAIN: ROW * 120})

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Hand the request to the service that it is for."""
        is_storage = "/storage/" in request.url.path
        service = self.bucket if is_storage else self.vertex
        return service.handle_request(request)


@pytest.fixture
def both(fake_clock: FakeClock) -> Both:
    """The services of one test."""
    return Both(fake_clock)


def check(
    both: Both,
    asked: dict[str, Any],
    *,
    unknown: Unknown = Unknown(),  # noqa: B008 - immutable
    is_new_job: bool = True,
    notes: Notes | None = None,
    **settings: Any,  # noqa: ANN401 - fields of the settings
) -> Checked:
    """Return what one check of a new process finds."""
    outside = services(both, both.bucket.clock, **settings)
    return Checker(outside).check(
        asked,
        unknown,
        Notes() if notes is None else notes,
        is_new_job=is_new_job,
        may_appear=False,
    )


def test_project_and_location_are_filled_in(both: Both) -> None:
    """What the stack is configured with becomes part of what is recorded."""
    checked = check(both, properties(project=None, location=None))

    assert checked.problems == ()
    assert (checked.inputs.project, checked.inputs.location) == (PROJECT, LOCATION)


def test_an_unknown_project_is_not_filled_in(both: Both) -> None:
    """It will be known in the update: no other one may stand in for it."""
    asked = properties(project=None, location=None)

    checked = check(
        both, asked, unknown=Unknown(frozenset({("project",), ("location",)}))
    )

    assert checked.problems == ()
    assert (checked.inputs.project, checked.inputs.location) == (None, None)


def test_a_missing_project_names_where_to_set_it(both: Both) -> None:
    """Credentials that cannot be loaded are no reason to fail otherwise."""
    asked = properties(project=None)

    checked = check(both, asked, project=None, access_token=None, credentials="{")

    (problem,) = checked.problems
    assert problem.property == "project"
    assert "gcp:project" in problem.reason


def test_all_problems_come_at_once(both: Both) -> None:
    """Wrong types, broken rules and unfit data sets are one list."""
    asked = properties(
        supervisedTuningSpec=supervised(
            trainingDatasetUri="gs://acme/nothing.jsonl", adapterSize=3, epochCount=0
        ),
        encryptionSpec={"kmsKeyName": "key"},
    )

    checked = check(both, asked)

    assert sorted(problem.property for problem in checked.problems) == [
        "encryptionSpec.kmsKeyName",
        "supervisedTuningSpec.hyperParameters.adapterSize",
        "supervisedTuningSpec.hyperParameters.epochCount",
        "supervisedTuningSpec.trainingDatasetUri",
    ]
    assert both.vertex.requests == []


def test_a_malformed_address_is_not_looked_up(both: Both) -> None:
    """Its problem is told once, by the rule."""
    asked = properties(
        supervisedTuningSpec=supervised(trainingDatasetUri="acme/train.jsonl")
    )

    checked = check(both, asked)

    assert len(checked.problems) == 1
    assert both.bucket.requests == []


def test_doubts_are_told_and_refuse_nothing(both: Both) -> None:
    """Old knowledge warns."""
    notes = Notes()

    checked = check(both, properties(baseModel="gemini-2.5-flahs"), notes=notes)

    assert checked.problems == ()
    assert "did you mean gemini-2.5-flash?" in " ".join(notes.warnings)


def test_fingerprints_of_a_program_are_not_taken(both: Both) -> None:
    """They are read, never given."""
    asked = properties(datasetFingerprints={"training": {"generation": "1"}})

    checked = check(both, asked, is_new_job=False)

    fingerprints = checked.inputs.dataset_fingerprints
    assert fingerprints is not None
    assert fingerprints.training is not None
    assert fingerprints.training.size == len(ROW * 120)


def test_only_a_new_job_is_estimated(both: Both) -> None:
    """An unchanged job costs nothing more."""
    new, recorded = Notes(), Notes()

    check(both, properties(), notes=new)
    check(both, properties(), notes=recorded, is_new_job=False)

    assert [text.startswith("estimated cost") for text in new.infos] == [True]
    assert recorded.infos == []


def test_malformed_settings_are_all_named(both: Both) -> None:
    """A program cannot mend them, so they are no problem of a property."""
    problems = (
        SettingsError("gcp:region", "not a location"),
        SettingsError("gcp:vertexAiCustomEndpoint", "not a URL"),
    )

    with pytest.raises(TuningError, match=r"gcp:region.*gcp:vertexAiCustomEndpoint"):
        check(both, properties(), problems=problems)


def test_a_job_that_can_be_adopted_is_announced(both: Both) -> None:
    """Nothing is estimated, because nothing is started."""
    notes = Notes()
    asked = properties(adopt=job_name())
    both.vertex.add_job(
        baseModel=asked["baseModel"], supervisedTuningSpec=asked["supervisedTuningSpec"]
    )

    checked = check(both, asked, notes=notes)

    assert checked.problems == ()
    assert notes.infos == [f"adopts {job_name()} (JOB_STATE_RUNNING), starts nothing"]


def test_a_job_that_differs_is_refused_with_every_difference(both: Both) -> None:
    """A reviewer sees in the preview why the job cannot be taken over."""
    both.vertex.add_job(
        baseModel="gemini-2.5-pro",
        supervisedTuningSpec={"trainingDatasetUri": "gs://acme/other.jsonl"},
        serviceAccount="tuner@acme.iam.gserviceaccount.com",
    )

    (problem,) = check(both, properties(adopt=job_name())).problems

    assert problem.property == "adopt"
    for named in ("gemini-2.5-pro", "gs://acme/other.jsonl", "tuner@acme"):
        assert named in problem.reason


def test_a_job_that_does_not_exist_cannot_be_adopted(both: Both) -> None:
    """Nothing is started in its place."""
    (problem,) = check(both, properties(adopt=job_name(404))).problems

    assert problem.property == "adopt"
    assert "does not exist" in problem.reason


def test_an_unreadable_job_to_adopt_is_a_warning(both: Both) -> None:
    """The update will read it again before anything happens."""
    both.vertex.script("GET", "/tuningJobs/", refusal(403), endless=True)
    notes = Notes()

    checked = check(both, properties(adopt=job_name()), notes=notes)

    assert checked.problems == ()
    assert "was not looked at" in " ".join(notes.warnings)


def test_services_read_the_project_of_the_settings(both: Both) -> None:
    """The credentials are asked only where the settings name none."""
    outside = services(both, both.bucket.clock)

    assert outside.default_project() == PROJECT
