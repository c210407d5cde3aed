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
        project=st.sampled_from(["acme", "acme.com:shop"]),
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


_LETTERS: Final = "aZ0_- .ßñ日ªⅧ²½٣ǅʰ🙂\n\x00\u0301"
_border_labels = st.one_of(
    st.dictionaries(
        st.text("abz0_-日", max_size=4), st.text(_LETTERS, max_size=3), max_size=3
    ),
    st.sampled_from([60, 61, 62, 63, 64]).map(
        lambda number: {f"k{n}": "" for n in range(number)}
    ),
    st.sampled_from([63, 64, 65]).map(lambda length: {"k" * length: "日" * length}),
    st.dictionaries(st.text(_LETTERS, max_size=2), st.text(max_size=3), max_size=2),
)
_models = st.sampled_from(
    [
        "gemini-3.5-flash",
        "gemini-3.1-flash-lite",
        "gemini-2.5-pro",
        "gemini-2.5-flash",
        "gemini-2.0-flash-001",
        "gemini-1.5-pro-002",
        "translation-llm-002",
        "publishers/google/models/gemini-2.5-flash",
        "qwen/qwen3@qwen3-8b",
        "Meta/Llama@x",
        "gemini-9",
        "",
    ]
)
_locations = st.sampled_from(
    ["us-central1", "europe-west4", "asia-east1", "global", "us", "eu", "a.b"]
)
_keys = st.builds(
    "projects/acme/locations/{}/keyRings/{}/cryptoKeys/{}{}".format,
    _locations,
    st.sampled_from(["r", "r" * 63, "r" * 64, "r_-1", "ä"]),
    st.sampled_from(["k", "k" * 63, "k.k"]),
    st.sampled_from(["", "", "", "/cryptoKeyVersions/1"]),
)
_border_uris = st.sampled_from(
    [
        "gs://acme/train.jsonl",
        "gs://acme/ä ö#?.jsonl",
        "gs://a.b_c-d/x/y",
        "gs://ab/x",
        "gs://acme/a*",
        "gs://acme/",
        "projects/acme/locations/us-central1/datasets/7",
        "projects/acme/locations/us-central1/datasets/*",
        "",
    ]
)

_32_bits = st.sampled_from([0, 1, 32, 33, "7", 2**31 - 1, 2**31, -(2**31), -1, 1.0])
_border_judge = _some(samplingCount=_32_bits, generationConfig=_some(seed=_32_bits))
_border_metric = _some(
    bleuSpec=_some(useEffectiveOrder=st.sampled_from([True, "true", 1])),
    exactMatchSpec=st.just({}),
    computationBasedMetricSpec=_some(type=st.sampled_from(["BLEU", "bleu", "X"])),
    aggregationMetrics=st.lists(st.sampled_from(["AVERAGE", "P90", ""]), max_size=2),
) | st.fixed_dictionaries(
    {
        "llmBasedMetricSpec": _some(
            rubricGroupKey=_texts,
            rubricGenerationSpec=_some(
                rubricContentType=st.sampled_from(["PROPERTY", "X"]),
                modelConfig=_border_judge,
            ),
            predefinedRubricGenerationSpec=_some(metricSpecName=_texts),
            judgeAutoraterConfig=_border_judge,
        )
    }
)
_border_generation = _some(
    temperature=st.sampled_from([0, "1", 1e308, -1]),
    maxOutputTokens=_32_bits,
    responseModalities=st.lists(st.sampled_from(["TEXT", "SMELL"]), max_size=1),
    mediaResolution=st.sampled_from(["MEDIA_RESOLUTION_LOW", "LOW"]),
    thinkingConfig=_some(thinkingLevel=st.sampled_from(["LOW", "low"])),
)
_tuned_models = st.sampled_from(
    [
        "projects/acme/locations/us-central1/models/5",
        "projects/1/locations/us/models/5@golden",
        "models/5",
        "",
    ]
)
_accounts = st.sampled_from(
    ["t@acme.iam.gserviceaccount.com", "t+x@a.io", "ü@a.io", "a@b", "a@b.1", ""]
)
_BORDERS: Final[dict[str, SearchStrategy[Any]]] = {
    "baseModel": _models,
    "preTunedModel.tunedModelName": _tuned_models,
    "project": st.sampled_from(["acme.com:shop", "123456789012", "Acme", "a/b", ""]),
    "location": _locations,
    "tunedModelDisplayName": st.sampled_from(["", "ü" * 128, "🙂" * 129, "a\x00b"]),
    "description": st.text(max_size=5),
    "labels": _border_labels,
    "encryptionSpec.kmsKeyName": _keys,
    "serviceAccount": _accounts,
    "SPEC.trainingDatasetUri": _border_uris,
    "SPEC.validationDatasetUri": _border_uris,
    "SPEC.hyperParameters.epochCount": st.sampled_from(
        [1, 3.0, "4", 2**63 - 1, 2**63, 0, "1e3", 1e18]
    ),
    "SPEC.hyperParameters.adapterSize": st.sampled_from([1, 2, 4, "8", 16, 32]),
    "SPEC.hyperParameters.learningRateMultiplier": st.sampled_from(
        [1, "0.5", 5e-324, 1e308, 0, "x", "1e9"]
    ),
    "preferenceOptimizationSpec.hyperParameters.beta": st.sampled_from(
        [0, 0.1, "0.5", -1, 1e308]
    ),
    "supervisedTuningSpec.evaluationConfig.metrics": st.lists(
        _border_metric, max_size=2
    ),
    "supervisedTuningSpec.evaluationConfig.outputConfig": st.sampled_from(
        [{}, {"gcsDestination": {}}, {"gcsDestination": {"outputUriPrefix": "x"}}]
    ),
    "supervisedTuningSpec.evaluationConfig.autoraterConfig": _border_judge,
    "supervisedTuningSpec.evaluationConfig.inferenceGenerationConfig": (
        _border_generation
    ),
}
"""Values around the limits of the service, by path; SPEC is either tuning spec."""

_EVALUATED: Final = {
    "metrics": [{"bleuSpec": {}}],
    "outputConfig": {"gcsDestination": {"outputUriPrefix": "gs://acme/eval/"}},
}


@st.composite
def border_properties(draw: st.DrawFn) -> Json:
    """Return a small job of which up to three properties lie around a limit."""
    spec = draw(st.sampled_from(["supervisedTuningSpec", "preferenceOptimizationSpec"]))
    job: Json = {"project": "acme", "location": "us-central1"}
    job[spec] = {"trainingDatasetUri": "gs://acme/train.jsonl"}
    if spec == "supervisedTuningSpec" and draw(st.booleans()):
        job[spec]["evaluationConfig"] = dict(_EVALUATED)
    if draw(st.booleans()):
        job["baseModel"] = draw(_models)
    else:
        job["preTunedModel"] = {"tunedModelName": draw(_tuned_models)}
    for path in draw(st.lists(st.sampled_from(sorted(_BORDERS)), max_size=3)):
        *above, last = path.replace("SPEC", spec).split(".")
        node = job
        for step in above:
            node = node.setdefault(step, {})
        node[last] = draw(_BORDERS[path])
    return job
