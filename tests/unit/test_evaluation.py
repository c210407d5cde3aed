"""The evaluation config: sent as it is written, with the API's names."""

from typing import get_args

import pytest
from pydantic import ValidationError

from pulumi_tuning.evaluation import (
    AggregationMetric,
    ComputationBasedMetricType,
    EvaluationConfig,
    MediaResolution,
    Metric,
    Modality,
    RestModel,
    RubricContentType,
    ThinkingLevel,
)
from tests.support.discovery import fields


def test_names_on_the_wire() -> None:
    """Snake case in Python is camel case on the wire, at every depth."""
    config = EvaluationConfig.model_validate(
        {
            "metrics": [
                {
                    "llm_based_metric_spec": {
                        "rubric_generation_spec": {"modelConfig": {}},
                        "judge_autorater_config": {"sampling_count": 4},
                    }
                }
            ],
            "output_config": {"gcs_destination": {"output_uri_prefix": "gs://b/"}},
        }
        | {"inference_generation_config": {"top_p": 0.5, "max_output_tokens": 9}}
    )

    assert config.model_dump(by_alias=True, exclude_none=True) == {
        "metrics": [
            {
                "llmBasedMetricSpec": {
                    "rubricGenerationSpec": {"modelConfig": {}},
                    "judgeAutoraterConfig": {"samplingCount": 4},
                }
            }
        ],
        "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://b/"}},
        "inferenceGenerationConfig": {"topP": 0.5, "maxOutputTokens": 9},
    }


def test_empty_spec_is_a_choice() -> None:
    """A metric's spec without fields is there: it says which metric is meant."""
    metric = Metric.model_validate({"exactMatchSpec": {}})

    assert metric.model_dump(by_alias=True, exclude_none=True) == {"exactMatchSpec": {}}


def test_unknown_property() -> None:
    """A property that the API has not is refused, not dropped."""
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Metric.model_validate({"bleuSpecs": {}})


def test_models_cannot_be_changed() -> None:
    """A message is a value: nobody can change what was checked."""
    with pytest.raises(ValidationError, match="frozen"):
        Metric().aggregation_metrics = []  # type: ignore[misc] # it is frozen

    assert RestModel.model_config.get("allow_inf_nan") is False


@pytest.mark.parametrize(
    ("values", "message", "field"),
    [
        (AggregationMetric, "Metric", "aggregationMetrics"),
        (ComputationBasedMetricType, "ComputationBasedMetricSpec", "type"),
        (MediaResolution, "GenerationConfig", "mediaResolution"),
        (Modality, "GenerationConfig", "responseModalities"),
        (RubricContentType, "RubricGenerationSpec", "rubricContentType"),
        (ThinkingLevel, "GenerationConfigThinkingConfig", "thinkingLevel"),
    ],
)
def test_values_are_those_of_the_api(values: object, message: str, field: str) -> None:
    """Each choice is between all values of the discovery document and no others."""
    known = fields(message)[field]

    assert set(get_args(values)) == set(known.get("items", known)["enum"])
