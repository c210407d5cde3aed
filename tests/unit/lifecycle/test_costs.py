"""What a job would cost, and what it has cost."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from pulumi_tuning.dataset.facts import Modality
from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.preflight import validate
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.inputs import (
    DatasetFingerprint,
    DatasetFingerprints,
    TuningJobInputs,
)
from pulumi_tuning.lifecycle.costs import CostTable, billed_outputs
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.state import TuningJobState
from tests.support.factories import inputs, live, preference, supervised

FINGERPRINT = {"generation": "7", "crc32c": "AAAAAA==", "size": 100}
FINGERPRINTS = {"training": FINGERPRINT}


@pytest.fixture(scope="module")
def report() -> Report:
    """The report of a data set of some tokens."""
    row = (
        b'{"contents":[{"role":"user","parts":[{"text":"How are you today?"}]},'
        b'{"role":"model","parts":[{"text":"Very well, thank you."}]}]}\n'
    )
    return validate([row] * 1000, LineFormat.CHAT)


def statistics(tokens: str, kind: str = "supervisedTuningDataStats") -> dict[str, Any]:
    """Return the statistics of a job that was billed for these tokens per epoch."""
    return {kind: {"totalBillableTokenCount": tokens}}


def learned(prices: dict[str, Decimal] | None = None) -> CostTable:
    """Return a table that knows what a job on the data set was billed for."""
    table = CostTable(prices or {})
    recorded = TuningJobState.from_properties(
        {**inputs().to_properties(), "trainedOn": FINGERPRINTS}
    )
    table.learn(recorded, live(tuningDataStats=statistics("2000000")))
    return table


def test_a_new_job_is_estimated_from_its_data_set(report: Report) -> None:
    """Tokens of the data set, times epochs, times the price, with the margin."""
    notes = Notes()
    asked = inputs(supervisedTuningSpec=supervised(epochCount=100))

    problems = CostTable({}).judge(asked, report, notes)

    assert problems == []
    (told,) = notes.infos
    dollars = report.tokens.tokens * 100 * 5 / 1_000_000
    assert f"estimated cost: {dollars:.2f} USD (" in told
    assert "±25 %" in told or "±25%" in told


def test_without_epochs_the_estimate_is_per_epoch(report: Report) -> None:
    """The service chooses the epochs when it has seen the data set."""
    notes = Notes()

    CostTable({}).judge(inputs(), report, notes)

    assert "per epoch" in notes.infos[0]


def test_billed_tokens_replace_the_estimate(report: Report) -> None:
    """Once a job has run on the same content, its statistics are the better number."""
    notes = Notes()
    asked = inputs(
        supervisedTuningSpec=supervised(epochCount=3), datasetFingerprints=FINGERPRINTS
    )

    learned().judge(asked, report, notes)

    assert notes.infos == ["estimated cost: 30.00 USD (6.00 M tokens × 5.00 USD/M)"]


@pytest.mark.parametrize(
    "asked",
    [
        inputs(datasetFingerprints={"training": {**FINGERPRINT, "crc32c": "BBBBBB=="}}),
        inputs(
            supervisedTuningSpec=None,
            preferenceOptimizationSpec=preference(),
            datasetFingerprints=FINGERPRINTS,
        ),
        inputs(),
    ],
    ids=["other content", "counted as preferences", "no fingerprint"],
)
def test_billed_tokens_are_of_the_same_content_and_kind(
    report: Report, asked: TuningJobInputs
) -> None:
    """Another data set, or another way of counting, is estimated anew."""
    notes = Notes()

    learned().judge(asked, report, notes)

    assert "±" in notes.infos[0]


def test_prices_of_the_settings_win(report: Report) -> None:
    """A negotiated price is the one that counts."""
    notes = Notes()
    asked = inputs(
        supervisedTuningSpec=supervised(epochCount=1), datasetFingerprints=FINGERPRINTS
    )

    learned({"gemini-2.5-flash": Decimal("0.5")}).judge(asked, report, notes)

    assert "1.00 USD" in notes.infos[0]


def test_a_job_above_its_limit_is_refused(report: Report) -> None:
    """The property and both amounts are named."""
    asked = inputs(
        supervisedTuningSpec=supervised(epochCount=3),
        datasetFingerprints=FINGERPRINTS,
        maxEstimatedCostUsd=29.99,
    )

    (problem,) = learned().judge(asked, report, Notes())

    assert problem.property == "maxEstimatedCostUsd"
    assert "29.99 USD is exceeded, estimated cost: 30.00 USD" in problem.reason


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"maxEstimatedCostUsd": 30.0}, None),
        ({"maxEstimatedCostUsd": 99.0, "supervisedTuningSpec": supervised()}, "epoch"),
        ({"maxEstimatedCostUsd": 9.0, "baseModel": "gemini-9"}, "no known price"),
    ],
    ids=["at the limit", "epochs are open", "no price"],
)
def test_a_limit_that_cannot_hold_warns(
    report: Report, changed: dict[str, Any], words: str | None
) -> None:
    """Nobody may believe in a guard that does not guard."""
    notes = Notes()
    asked = inputs(
        **{
            "supervisedTuningSpec": supervised(epochCount=3),
            "datasetFingerprints": FINGERPRINTS,
            **changed,
        }
    )

    problems = learned().judge(asked, report, notes)

    assert problems == []
    assert [words in warning for warning in notes.warnings if words] == (
        [True] if words else []
    )


@pytest.mark.parametrize("limit", [None, 5.0], ids=["no limit", "limit"])
def test_without_a_look_there_is_no_estimate(limit: float | None) -> None:
    """A limit that was not checked is told."""
    notes = Notes()

    problems = CostTable({}).judge(inputs(maxEstimatedCostUsd=limit), None, notes)

    assert (problems, notes.infos) == ([], [])
    assert len(notes.warnings) == (0 if limit is None else 1)


@pytest.mark.parametrize(
    "recorded",
    [
        {"trainedOn": FINGERPRINTS, "baseModel": "gemini-2.5-flash"},
        inputs().to_properties(),
        {**inputs().to_properties(), "trainedOn": {}},
    ],
    ids=["no spec", "no fingerprints", "no training fingerprint"],
)
def test_nothing_is_learned_from_half_a_record(
    report: Report, recorded: dict[str, Any]
) -> None:
    """Tokens are remembered only with the content that they are of."""
    table, notes = CostTable({}), Notes()
    job = live(tuningDataStats=statistics("2000000"))

    table.learn(TuningJobState.from_properties(recorded), job)
    table.judge(inputs(datasetFingerprints=FINGERPRINTS), report, notes)

    assert "±" in notes.infos[0]


def test_a_finished_job_tells_what_it_was_billed_for() -> None:
    """Billed tokens are those of all epochs, at the price of the base model."""
    body = inputs(supervisedTuningSpec=supervised(epochCount=10)).to_request()
    job = live(body, state="JOB_STATE_SUCCEEDED", tuningDataStats=statistics("255243"))

    outputs = billed_outputs(job, inputs(), {})

    assert outputs == {"billedTokens": 2_552_430, "billedCostUsd": 12.76}


def test_continuous_tuning_is_priced_by_the_model_below() -> None:
    """The service names the base model of the tuned model that was tuned further."""
    spec = "preferenceOptimizationSpec"
    asked = inputs(
        baseModel=None, supervisedTuningSpec=None, preferenceOptimizationSpec={}
    )
    job = live(
        {
            "preTunedModel": {"tunedModelName": "m", "baseModel": "gemini-2.5-pro"},
            spec: preference(epochCount="1"),
        },
        state="JOB_STATE_SUCCEEDED",
        tuningDataStats=statistics("1000000", "preferenceOptimizationDataStats"),
    )

    outputs = billed_outputs(job, asked, {})

    assert outputs == {"billedTokens": 1_000_000, "billedCostUsd": 25.0}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"state": "JOB_STATE_RUNNING"}, {}),
        ({"tuningDataStats": None}, {}),
        ({"tuningDataStats": statistics("many")}, {}),
        ({"baseModel": "gemini-9"}, {"billedTokens": 500}),
    ],
    ids=["still running", "no statistics", "unreadable statistics", "no price"],
)
def test_what_is_not_known_is_not_told(
    fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    """A missing number is missing, never zero."""
    body = inputs(supervisedTuningSpec=supervised(epochCount=5)).to_request()
    answer = {
        "state": "JOB_STATE_SUCCEEDED",
        "tuningDataStats": statistics("100"),
        **fields,
    }

    assert billed_outputs(live(body, **answer), inputs(), {}) == expected


def test_a_job_without_spec_was_billed_for_nothing_known() -> None:
    """Inputs that could not be read make no numbers."""
    job = live(state="JOB_STATE_SUCCEEDED", tuningDataStats=statistics("1"))

    assert billed_outputs(job, inputs(supervisedTuningSpec=None), {}) == {}


def test_content_without_checksum_is_told_apart_by_generation() -> None:
    """Composite objects have no checksum of every kind."""
    table, notes = CostTable({}), Notes()
    bare = DatasetFingerprint(generation="7", size=100)
    trained_on = DatasetFingerprints(training=bare).model_dump(by_alias=True)
    recorded = {**inputs().to_properties(), "trainedOn": trained_on}
    job = live(tuningDataStats=statistics("2000000"))

    table.learn(TuningJobState.from_properties(recorded), job)
    table.judge(inputs(datasetFingerprints=trained_on), None, notes)

    assert "10.00 USD per epoch" in notes.infos[0]


def test_a_limit_below_a_cent_is_told_as_it_is(report: Report) -> None:
    """No limit is shown as nothing."""
    asked = inputs(
        supervisedTuningSpec=supervised(epochCount=1), maxEstimatedCostUsd=0.004
    )

    (problem,) = CostTable({}).judge(asked, report, Notes())

    assert problem.reason.startswith("0.004 USD is exceeded")


@pytest.mark.parametrize("is_known", [False, True], ids=["estimated", "billed before"])
def test_a_limit_names_what_is_not_counted(report: Report, *, is_known: bool) -> None:
    """Tokens of videos cannot be estimated; those that were billed are all counted."""
    notes = Notes()
    table = learned() if is_known else CostTable({})
    asked = inputs(
        supervisedTuningSpec=supervised(epochCount=1),
        datasetFingerprints=FINGERPRINTS,
        maxEstimatedCostUsd=99.0,
    )

    table.judge(asked, replace(report, media={Modality.VIDEO: 3}), notes)

    expected = ["maxEstimatedCostUsd is checked without the tokens of: video"]
    assert notes.warnings == ([] if is_known else expected)
