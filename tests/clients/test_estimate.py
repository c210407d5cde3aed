"""The estimate of a preview beside what the service counts by another method."""

from typing import Final

import pytest

from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.preflight import sample, validate
from pulumi_tuning.dataset.tokens import MARGIN
from pulumi_tuning.emulator import Emulator, Pacing
from tests.support.example_dataset import DATASET, example_files, put_example_files

MODEL: Final = "gemini-2.5-flash"
SPECS: Final = {
    LineFormat.CHAT: ("train.jsonl", "supervisedTuningSpec", "supervisedTuning"),
    LineFormat.PREFERENCE: (
        "preference.jsonl",
        "preferenceOptimizationSpec",
        "preferenceOptimization",
    ),
}
SAMPLE_BYTES: Final = 40_000


@pytest.mark.parametrize("line_format", SPECS)
def test_examples_data_set(line_format: LineFormat) -> None:
    """Read whole or in part, it is estimated within the margin of the real count."""
    name, spec, kind = SPECS[line_format]
    content, model = example_files()[name], find_model(MODEL)
    with Emulator(pacing=Pacing()) as emulator:
        emulator.freeze()
        put_example_files(emulator)
        uri = f"{DATASET}/{name}"
        job = emulator.add_job({"baseModel": MODEL, spec: {"trainingDatasetUri": uri}})
        emulator.advance(24 * 3600)
        statistics = emulator.job(job["name"])["tuningDataStats"][f"{kind}DataStats"]
    counted = int(statistics["totalBillableTokenCount"])

    whole = validate([content], line_format, model)
    part = sample(content[:SAMPLE_BYTES], line_format, model, size=len(content))

    assert len(content) > SAMPLE_BYTES
    assert not whole.problems
    assert whole.tokens.tokens == pytest.approx(counted, rel=MARGIN)
    assert part.tokens.tokens == pytest.approx(counted, rel=MARGIN)
