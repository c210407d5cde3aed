"""Names of inputs: Python's and the engine's, and never those of the user's maps."""

import pytest

from pulumi_tuning.evaluation import RubricGenerationSpec
from pulumi_tuning.inputs import (
    SupervisedHyperParameters,
    SupervisedTuningSpec,
    TuningJobInputs,
)
from pulumi_tuning.names import engine_name, path_steps, to_engine_path

PATHS = [
    pytest.param("base_model", "baseModel", id="an input"),
    pytest.param("baseModel", "baseModel", id="an engine-side name"),
    pytest.param(
        "supervised_tuning_spec.hyper_parameters.epoch_count",
        "supervisedTuningSpec.hyperParameters.epochCount",
        id="nested",
    ),
    pytest.param("labels.base_model", "labels.base_model", id="a label"),
    pytest.param('labels["base_model"]', 'labels["base_model"]', id="a quoted label"),
    pytest.param("triggers[0].base_model", "triggers[0].base_model", id="a trigger"),
    pytest.param(
        'supervised_tuning_spec["hyper_parameters"].epoch_count',
        'supervisedTuningSpec["hyperParameters"].epochCount',
        id="a quoted step",
    ),
    pytest.param(
        "supervised_tuning_spec.evaluation_config.metrics[0].bleu_spec",
        "supervisedTuningSpec.evaluationConfig.metrics[0].bleuSpec",
        id="below a list",
    ),
    pytest.param(
        "supervised_tuning_spec.evaluation_config.metrics[*].rouge_spec.rouge_type",
        "supervisedTuningSpec.evaluationConfig.metrics[*].rougeSpec.rougeType",
        id="any element",
    ),
    pytest.param(
        "*.hyper_parameters.epoch_count", "*.hyperParameters.epochCount", id="any key"
    ),
    pytest.param(
        "*.*.learning_rate_multiplier", "*.*.learningRateMultiplier", id="any"
    ),
    pytest.param("*", "*", id="everything"),
    pytest.param("trained_on", "trained_on", id="no input"),
    pytest.param("base_model.x_y", "baseModel.x_y", id="below a leaf"),
]


@pytest.mark.parametrize(("path", "expected"), PATHS)
def test_engine_path(path: str, expected: str) -> None:
    """Paths in options get engine-side names wherever a step is an input's field."""
    assert to_engine_path(path) == expected
    assert to_engine_path(expected) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", ("a", "b")),
        ('a["b.c"].d', ("a", "b.c", "d")),
        ("a[0][*]", ("a", "0", "*")),
        ('a[""]', ("a", "")),
        ("", ()),
    ],
)
def test_steps(path: str, expected: tuple[str, ...]) -> None:
    """A path is read as the engine reads it."""
    assert path_steps(path) == expected


def test_engine_name() -> None:
    """A key is looked up at its place, with the model that stands below it."""
    spec = ("supervisedTuningSpec", SupervisedTuningSpec)
    assert engine_name("supervised_tuning_spec", TuningJobInputs) == spec
    assert engine_name("hyper_parameters", SupervisedTuningSpec) == (
        "hyperParameters",
        SupervisedHyperParameters,
    )
    assert engine_name("epoch_count", TuningJobInputs) == ("epoch_count", None)
    assert engine_name("*", TuningJobInputs) == ("*", None)


def test_name_that_python_uses() -> None:
    """A field whose name means something to pydantic goes by the API's name."""
    name, below = engine_name("model_config", RubricGenerationSpec)

    assert name == "modelConfig"
    assert below is not None
    assert engine_name("sampling_count", below) == ("samplingCount", None)
