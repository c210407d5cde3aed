"""The one table of models: what each can be tuned with, and who says so.

Pure: no I/O, no time, no Pulumi. Checks, the preflight of data sets and the
documentation read this table; `pulumi_tuning.dataset.objections` asks it what is wrong
with a job.
"""

import re
from dataclasses import replace
from datetime import date
from typing import Final

from pulumi_tuning.dataset.facts import (
    Fact,
    Modality,
    ModelFamily,
    ModelRules,
    Source,
    TuningKind,
)

_DOCS: Final = "https://docs.cloud.google.com/gemini-enterprise-agent-platform/models"
_OLDER_DOCS: Final = "https://cloud.google.com/vertex-ai/generative-ai/docs/models"
_SEEN: Final = date(2026, 11, 22)

_SUPERVISED: Final = Source(
    "About supervised fine-tuning for Gemini models",
    f"{_DOCS}/tuning/supervised-tuning",
    date(2026, 9, 25),
)
_SUPERVISED_2025: Final = Source(
    "About supervised fine-tuning for Gemini models, edition of May 2025",
    f"{_OLDER_DOCS}/gemini-supervised-tuning",
    date(2025, 5, 12),
)
_PREFERENCE: Final = Source(
    "About preference tuning for Gemini models",
    f"{_DOCS}/gemini-preference-tuning",
    _SEEN,
)
_CONTINUOUS: Final = Source(
    "Use continuous tuning for Gemini models",
    f"{_DOCS}/tuning/continuous-tuning",
    _SEEN,
)
_TRANSLATION: Final = Source(
    "About supervised fine-tuning for Translation LLM models",
    f"{_OLDER_DOCS}/translation-supervised-tuning",
    _SEEN,
)
_OPEN: Final = Source("Tune an open model", f"{_OLDER_DOCS}/open-model-tuning", _SEEN)
_IMAGES: Final = Source("Image tuning", f"{_DOCS}/tuning/image", _SEEN)
_GEMINI_3_TOKENS: Final = Source("Gemini 3 Flash", f"{_DOCS}/gemini/3-flash", _SEEN)
_IMAGE_TOKENS: Final = Source(
    "Image understanding", f"{_DOCS}/capabilities/image-understanding", _SEEN
)
_FUNCTION_CALLING: Final = Source(
    "Tune function calling, edition that lists gemini-2.0-flash-001 alone",
    f"{_OLDER_DOCS}/tune-function-calling",
    _SEEN,
)
_FUNCTION_CALLS_REFUSED: Final = Source(
    "googleapis/python-aiplatform, issue 6127: a gemini-2.5 job refused such parts",
    "https://github.com/googleapis/python-aiplatform/issues/6127",
    _SEEN,
)
_ADAPTER_SIZE_REFUSED: Final = Source(
    "googleapis/python-genai, issue 908: the API refuses any other adapter size; "
    "the sizes are those of “About supervised fine-tuning for Gemini models”",
    "https://github.com/googleapis/python-genai/issues/908",
    date(2026, 9, 25),
)

RECOMMENDED_ROWS: Final = Fact(100, _SUPERVISED)
"""Training examples to start with."""

MOST_IMAGES_PER_ROW: Final = Fact(30, _IMAGES)
"""Images in one example."""

MANY_VALIDATION_ROWS: Final = Fact(1000, _SUPERVISED)
"""More validation examples than this must be a small share of the training examples."""

_GIBIBYTE: Final = 1024**3
_TEXT: Final = frozenset({Modality.TEXT})
_SUPERVISED_ONLY: Final = frozenset({TuningKind.SUPERVISED})
_WITHOUT_PREFERENCE: Final = frozenset({TuningKind.SUPERVISED, TuningKind.CONTINUOUS})


def _gemini(
    name: str, title: str, sizes: tuple[int, ...], kinds: Fact[frozenset[TuningKind]]
) -> ModelRules:
    """Return what all models of the current page have in common."""
    return ModelRules(
        name=name,
        title=title,
        family=ModelFamily.GEMINI,
        is_listed=Fact(value=True, source=_SUPERVISED),
        tuning_kinds=kinds,
        modalities=Fact(frozenset(Modality), _SUPERVISED),
        adapter_sizes=Fact(sizes, _ADAPTER_SIZE_REFUSED, is_certain=True),
        most_tokens_per_row=Fact(131_072, _SUPERVISED),
        most_rows=Fact(10_000_000, _SUPERVISED),
        most_multimodal_rows=Fact(300_000, _SUPERVISED),
        most_validation_rows=Fact(5000, _SUPERVISED),
        most_validation_share=Fact(0.3, _SUPERVISED),
        most_bytes=Fact(_GIBIBYTE, _SUPERVISED),
    )


def _gemini_3(name: str, title: str) -> ModelRules:
    """Return the rules of a Gemini 3 model: two regions, no encryption key."""
    return replace(
        _gemini(name, title, (1, 2, 4, 8, 16), Fact(_WITHOUT_PREFERENCE, _CONTINUOUS)),
        locations=Fact(("us-central1", "europe-west4"), _SUPERVISED),
        serving_locations=Fact(("us", "eu"), _SUPERVISED),
        supports_cmek=Fact(value=False, source=_SUPERVISED, is_certain=True),
        supports_evaluation=Fact(value=False, source=_SUPERVISED),
        tokens_per_image=Fact(1120, _GEMINI_3_TOKENS),
    )


def _gemini_2_5(
    name: str, title: str, sizes: tuple[int, ...], kinds: Fact[frozenset[TuningKind]]
) -> ModelRules:
    """Return the rules of a Gemini 2.5 model."""
    return replace(
        _gemini(name, title, sizes, kinds),
        supports_evaluation=Fact(value=True, source=_SUPERVISED),
        supports_function_parts=Fact(value=False, source=_FUNCTION_CALLS_REFUSED),
        tokens_per_image=Fact(258, _IMAGE_TOKENS),
    )


def _gemini_2_0(name: str, title: str, *, calls_functions: bool) -> ModelRules:
    """Return the rules of a Gemini 2.0 model, which the current page lists no more."""
    return ModelRules(
        name=name,
        title=title,
        family=ModelFamily.GEMINI,
        is_listed=Fact(value=False, source=_SUPERVISED),
        tuning_kinds=Fact(_SUPERVISED_ONLY, _SUPERVISED_2025),
        modalities=Fact(frozenset(Modality), _SUPERVISED_2025),
        adapter_sizes=Fact((1, 2, 4, 8), _SUPERVISED_2025, is_certain=True),
        supports_function_parts=Fact(calls_functions, _FUNCTION_CALLING),
        most_tokens_per_row=Fact(131_072, _SUPERVISED_2025),
        most_rows=Fact(1_000_000, _SUPERVISED_2025),
        most_multimodal_rows=Fact(300_000, _SUPERVISED_2025),
        most_validation_rows=Fact(5000, _SUPERVISED_2025),
        most_bytes=Fact(_GIBIBYTE, _SUPERVISED_2025),
        tokens_per_image=Fact(258, _IMAGE_TOKENS),
    )


MODELS: Final = (
    _gemini_3("gemini-3.5-flash", "Gemini 3.5 Flash"),
    _gemini_3("gemini-3.1-flash-lite", "Gemini 3.1 Flash-Lite"),
    _gemini_2_5(
        "gemini-2.5-pro",
        "Gemini 2.5 Pro",
        (1, 2, 4, 8),
        Fact(_WITHOUT_PREFERENCE, _CONTINUOUS),
    ),
    _gemini_2_5(
        "gemini-2.5-flash",
        "Gemini 2.5 Flash",
        (1, 2, 4, 8, 16),
        Fact(frozenset(TuningKind), _PREFERENCE),
    ),
    _gemini_2_5(
        "gemini-2.5-flash-lite",
        "Gemini 2.5 Flash-Lite",
        (1, 2, 4, 8, 16),
        Fact(frozenset(TuningKind), _PREFERENCE),
    ),
    _gemini_2_0("gemini-2.0-flash-001", "Gemini 2.0 Flash", calls_functions=True),
    _gemini_2_0(
        "gemini-2.0-flash-lite-001", "Gemini 2.0 Flash-Lite", calls_functions=False
    ),
    ModelRules(
        name="translation-llm-002",
        title="Translation LLM",
        family=ModelFamily.TRANSLATION,
        is_listed=Fact(value=True, source=_TRANSLATION),
        tuning_kinds=Fact(_SUPERVISED_ONLY, _TRANSLATION),
        modalities=Fact(_TEXT, _TRANSLATION),
        adapter_sizes=Fact((4,), _TRANSLATION, is_certain=True),
        locations=Fact(("us-central1",), _TRANSLATION),
        supports_evaluation=Fact(value=False, source=_SUPERVISED),
        supports_function_parts=Fact(value=False, source=_TRANSLATION),
        most_tokens_per_row=Fact(1000, _TRANSLATION),
        most_validation_rows=Fact(1024, _TRANSLATION),
        most_bytes=Fact(_GIBIBYTE, _TRANSLATION),
    ),
)
"""Every base model that is documented, the newest first."""

_BY_NAME: Final = {model.name: model for model in MODELS}
_PUBLISHED: Final = re.compile(
    r"(?:projects/[^/]+/locations/[^/]+/)?publishers/google/models/"
)
_OPEN_MODEL: Final = re.compile(r"[a-z0-9-]+/[a-z0-9._-]+(?:@[a-z0-9._-]+)?")


def find_model(base_model: str) -> ModelRules | None:
    """Return what is known of a `baseModel`, or None where it is in no table.

    The long form `publishers/google/models/{model}` is understood, too. Open models
    (`publisher/family@version`) are recognised, and their tuning is not supported.
    """
    published = _PUBLISHED.match(base_model)
    if published:
        return _BY_NAME.get(base_model[published.end() :])
    if _OPEN_MODEL.fullmatch(base_model):
        return ModelRules(
            name=base_model,
            title=base_model,
            family=ModelFamily.OPEN,
            is_listed=Fact(value=True, source=_OPEN),
            tuning_kinds=Fact(_SUPERVISED_ONLY, _OPEN),
            modalities=Fact(_TEXT, _OPEN),
        )
    return _BY_NAME.get(base_model)
