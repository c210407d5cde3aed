"""Hypothesis strategies for what a program may ask for."""

from typing import Any, Final

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Json = dict[str, Any]

FEW: Final = settings(max_examples=15, deadline=None)
"""For properties whose examples are large."""

_texts = st.text("abz019.-_ äß/@", max_size=8)
_uris = st.sampled_from(
    [
        "gs://acme/train.jsonl",
        "gs://acme/validation.jsonl",
        "projects/acme/locations/us-central1/datasets/7",
    ]
)
_numbers = st.floats(-2, 1000, allow_nan=False) | st.integers(-2, 1000)


def _some(**fields: SearchStrategy[Any]) -> SearchStrategy[Json]:
    """Return objects with some of these fields."""
    return st.fixed_dictionaries({}, optional=fields)


_hyper_parameters = {
    "epochCount": st.integers(0, 2**53),
    "adapterSize": st.sampled_from([1, 2.0, "4", "ADAPTER_SIZE_EIGHT"]),
    "learningRateMultiplier": _numbers,
}
_generation = _some(
    temperature=_numbers,
    topK=_numbers,
    maxOutputTokens=st.integers(0, 10**6),
    stopSequences=st.lists(_texts, max_size=2),
    responseJsonSchema=st.dictionaries(_texts, _numbers | _texts, max_size=2),
)
_metrics = _some(
    exactMatchSpec=st.just({}),
    bleuSpec=_some(useEffectiveOrder=st.booleans()),
    rougeSpec=_some(rougeType=_texts, useStemmer=st.booleans()),
    llmBasedMetricSpec=_some(
        metricPromptTemplate=_texts,
        judgeAutoraterConfig=_some(samplingCount=st.integers(0, 32)),
    ),
    aggregationMetrics=st.lists(st.sampled_from(["AVERAGE", "MODE"]), max_size=2),
)
_evaluation = _some(
    metrics=st.lists(_metrics, max_size=3),
    outputConfig=_some(gcsDestination=_some(outputUriPrefix=_texts)),
    autoraterConfig=_some(flipEnabled=st.booleans(), generationConfig=_generation),
    inferenceGenerationConfig=_generation,
)
_common = {
    "trainingDatasetUri": _uris,
    "validationDatasetUri": _uris,
    "exportLastCheckpointOnly": st.booleans(),
}


def asked_properties() -> SearchStrategy[Json]:
    """Return engine-side inputs of the right types: possible jobs or not."""
    return _some(
        baseModel=_texts,
        preTunedModel=_some(
            tunedModelName=st.sampled_from(
                ["projects/acme/locations/us-central1/models/5@2", "models/5"]
            ),
            checkpointId=_texts,
        ),
        supervisedTuningSpec=_some(
            hyperParameters=_some(**_hyper_parameters),
            evaluationConfig=_evaluation,
            **_common,
        ),
        preferenceOptimizationSpec=_some(
            hyperParameters=_some(beta=_numbers, **_hyper_parameters), **_common
        ),
        tunedModelDisplayName=_texts,
        description=_texts,
        labels=st.dictionaries(_texts, _texts, max_size=3),
        encryptionSpec=_some(kmsKeyName=_texts),
        serviceAccount=_texts,
        project=st.sampled_from(["acme", "shop"]),
        location=st.sampled_from(["us-central1", "europe-west4"]),
        triggers=st.lists(_numbers | _texts, max_size=2),
        adopt=_texts,
        onFailure=st.sampled_from(["keep", "replace"]),
        onDatasetChange=st.sampled_from(["warn", "replace", "ignore"]),
        preflight=st.sampled_from(["sample", "full", "off"]),
        deleteTunedModel=st.booleans(),
        maxEstimatedCostUsd=_numbers,
    )


def any_json() -> SearchStrategy[Any]:
    """Return any JSON."""
    return st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda below: (
            st.lists(below, max_size=3)
            | st.dictionaries(st.text(max_size=5), below, max_size=3)
        ),
        max_leaves=6,
    )
