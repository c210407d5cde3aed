"""The table of models: what is known, how sure it is, and what speaks against a job."""

from datetime import date

import pytest

from pulumi_tuning.dataset.documentation import models_markdown, sources
from pulumi_tuning.dataset.facts import ModelFamily, ModelRules, TuningKind
from pulumi_tuning.dataset.formats import LineFormat, line_format
from pulumi_tuning.dataset.models import MODELS, find_model
from pulumi_tuning.dataset.objections import Aspect, Plan, objections


def _model(name: str) -> ModelRules:
    found = find_model(name)
    assert found is not None
    return found


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.name)
def test_each_model_is_found_by_its_name(model: ModelRules) -> None:
    """A `baseModel` of the table leads to its row."""
    assert find_model(model.name) is model


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("publishers/google/models/gemini-2.5-flash", id="publisher"),
        pytest.param(
            "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-flash",
            id="full resource name",
        ),
    ],
)
def test_long_names_are_understood(name: str) -> None:
    """The long forms of a model's name lead to the same row."""
    assert find_model(name) is find_model("gemini-2.5-flash")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("gemini-9-ultra", id="a model of the future"),
        pytest.param("publishers/google/models/gemini-9", id="the same, long form"),
        pytest.param("", id="nothing"),
        pytest.param("Gemini 2.5 Flash", id="the name in prose"),
    ],
)
def test_unknown_models_are_none(name: str) -> None:
    """A name that is in no table is not guessed at."""
    assert find_model(name) is None


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("meta/llama3_1@llama-3.1-8b-instruct", id="with a version"),
        pytest.param("google/gemma-3-27b-it", id="without one"),
    ],
)
def test_open_models_are_refused_by_name(name: str) -> None:
    """An open model is recognised, and refused instead of failing at the service."""
    found = list(objections(_model(name), Plan(adapter_size=3, location="global")))

    assert [(o.aspect, o.is_certain) for o in found] == [(Aspect.MODEL, True)]
    assert name in found[0].reason


@pytest.mark.parametrize(
    ("name", "plan", "aspect", "is_certain", "words"),
    [
        pytest.param(
            "gemini-2.5-pro",
            Plan(adapter_size=16),
            Aspect.ADAPTER_SIZE,
            True,
            "takes 1, 2, 4, 8, not 16",
            id="adapter size of another model",
        ),
        pytest.param(
            "translation-llm-002",
            Plan(adapter_size=8),
            Aspect.ADAPTER_SIZE,
            True,
            "takes 4, not 8",
            id="translation takes one adapter size",
        ),
        pytest.param(
            "gemini-3.5-flash",
            Plan(has_encryption_key=True),
            Aspect.ENCRYPTION,
            True,
            "no customer-managed encryption",
            id="no encryption key for Gemini 3",
        ),
        pytest.param(
            "gemini-2.5-flash",
            Plan(location="global"),
            Aspect.LOCATION,
            True,
            "refuses to tune gemini-2.5-flash in global",
            id="global is refused",
        ),
        pytest.param(
            "gemini-3.1-flash-lite",
            Plan(location="europe-west1"),
            Aspect.LOCATION,
            False,
            "tuned in us-central1 or europe-west4, not in europe-west1",
            id="region of no Gemini 3 model",
        ),
        pytest.param(
            "translation-llm-002",
            Plan(location="global"),
            Aspect.LOCATION,
            False,
            "tuned in us-central1, not in global",
            id="translation in global",
        ),
        pytest.param(
            "gemini-2.5-pro",
            Plan(tuning_kind=TuningKind.PREFERENCE),
            Aspect.TUNING_KIND,
            False,
            "has no preference tuning",
            id="preference tuning of a model without it",
        ),
        pytest.param(
            "gemini-3.5-flash",
            Plan(has_evaluation=True),
            Aspect.EVALUATION,
            False,
            "not evaluated",
            id="evaluation of a model without it",
        ),
        pytest.param(
            "gemini-2.0-flash-001",
            Plan(),
            Aspect.MODEL,
            False,
            "no longer listed",
            id="a model of last year",
        ),
    ],
)
def test_objection_names_what_is_wrong(
    name: str, plan: Plan, aspect: Aspect, words: str, *, is_certain: bool
) -> None:
    """Each rule of the table speaks once, and refuses only what is certain."""
    (objection,) = objections(_model(name), plan)

    assert (objection.aspect, objection.is_certain) == (aspect, is_certain)
    assert words in objection.reason


def test_doubtful_objection_says_how_old_it_is() -> None:
    """Knowledge that may be out of date carries its date."""
    (objection,) = objections(_model("gemini-3.5-flash"), Plan(location="asia-east1"))

    assert objection.reason.endswith("(documentation of 2026-09-25)")


@pytest.mark.parametrize(
    ("name", "plan"),
    [
        pytest.param("gemini-2.5-flash", Plan(), id="nothing asked"),
        pytest.param(
            "gemini-2.5-flash",
            Plan(
                tuning_kind=TuningKind.PREFERENCE,
                adapter_size=16,
                location="europe-west3",
                has_encryption_key=True,
                has_evaluation=True,
            ),
            id="everything that Gemini 2.5 Flash can",
        ),
        pytest.param(
            "gemini-3.5-flash",
            Plan(
                tuning_kind=TuningKind.CONTINUOUS,
                adapter_size=1,
                location="europe-west4",
            ),
            id="everything that Gemini 3.5 Flash can",
        ),
        pytest.param(
            "translation-llm-002",
            Plan(
                tuning_kind=TuningKind.SUPERVISED,
                adapter_size=4,
                location="us-central1",
                has_encryption_key=True,
            ),
            id="everything that the translation model can",
        ),
    ],
)
def test_documented_jobs_meet_no_objection(name: str, plan: Plan) -> None:
    """What the documentation allows passes without a word."""
    assert list(objections(_model(name), plan)) == []


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        pytest.param(
            TuningKind.SUPERVISED, "gemini-2.5-flash", LineFormat.CHAT, id="supervised"
        ),
        pytest.param(
            TuningKind.CONTINUOUS, "gemini-2.5-pro", LineFormat.CHAT, id="continuous"
        ),
        pytest.param(
            TuningKind.PREFERENCE,
            "gemini-2.5-flash",
            LineFormat.PREFERENCE,
            id="preference",
        ),
        pytest.param(
            TuningKind.SUPERVISED,
            "translation-llm-002",
            LineFormat.TRANSLATION,
            id="translation",
        ),
        pytest.param(
            TuningKind.SUPERVISED, "gemini-9", LineFormat.CHAT, id="unknown model"
        ),
    ],
)
def test_format_follows_from_job_and_model(
    kind: TuningKind, name: str, expected: LineFormat
) -> None:
    """The kind of tuning and the model decide what the lines must hold."""
    assert line_format(kind, find_model(name)) is expected


def test_every_gemini_model_has_all_limits() -> None:
    """No Gemini model is in the table without the limits that a preflight needs."""
    gemini = [model for model in MODELS if model.family is ModelFamily.GEMINI]

    assert all(
        model.adapter_sizes
        and model.most_tokens_per_row
        and model.most_rows
        and model.most_multimodal_rows
        and model.most_validation_rows
        and model.most_bytes
        and model.tokens_per_image
        for model in gemini
    )


def test_documentation_is_the_table() -> None:
    """Each model has a row, each certain fact is bold, each source is linked."""
    markdown = models_markdown()

    assert all(f"| `{model.name}`" in markdown for model in MODELS)
    assert "| **1, 2, 4, 8** |" in markdown
    assert "continuous, preference, supervised" in markdown
    assert all(f"({source.url}), {source.as_of}" in markdown for source in sources())


def test_every_source_is_public_and_dated() -> None:
    """A fact can be looked up, and its age is known."""
    assert sources() != []
    assert all(source.url.startswith("https://") for source in sources())
    assert all(source.as_of > date(2025, 1, 1) for source in sources())
