"""The inputs: their shape, their effects, and what of them is sent."""

from typing import Any

import pytest
from hypothesis import given
from pydantic import BaseModel, ValidationError

from pulumi_tuning.evaluation import EvaluationConfig
from pulumi_tuning.inputs import (
    ADAPTER_SIZES,
    SENT,
    TUNING_SPECS,
    DatasetFingerprint,
    Declaration,
    Effect,
    TuningJobInputs,
)
from pulumi_tuning.names import engine_name
from tests.support.discovery import fields, message_of
from tests.support.factories import TRAIN, VALIDATION, inputs, preference, supervised
from tests.support.strategies import FEW, asked_properties


def test_each_input_has_one_effect() -> None:
    """Every input says what its change does: no change is ever lost."""
    effects = TuningJobInputs.effects()

    assert set(effects) == set(TuningJobInputs.properties())
    assert {name for name, effect in effects.items() if effect is Effect.REPLACE} == {
        *SENT,
        "project",
        "location",
        "triggers",
    }
    assert [name for name, effect in effects.items() if effect is Effect.RECORD] == [
        "datasetFingerprints"
    ]


def _undocumented(model: type[BaseModel], message: str) -> list[str]:
    """Return what of a model the discovery document has not, or has otherwise."""
    known = fields(message)
    aliases = {n: str(field.alias) for n, field in model.model_fields.items()}
    wrong = [f"{message}.{alias}" for alias in aliases.values() if alias not in known]
    for name, alias in aliases.items():
        _, below = engine_name(name, model)
        nested = message_of(known.get(alias, {}))
        if below is not None and nested is not None:
            wrong += _undocumented(below, nested)
        elif (below is None) != (nested is None):
            wrong.append(f"{message}.{alias} is {nested}, not {below}")
    return wrong


FREE_FORM = {
    "GenerationConfig.responseSchema is Schema, not None",
    "GenerationConfig.routingConfig is GenerationConfigRoutingConfig, not None",
    "GenerationConfig.speechConfig is SpeechConfig, not None",
    "GenerationConfig.imageConfig is ImageConfig, not None",
    "GenerationConfig.translationConfig is TranslationConfig, not None",
    "GenerationConfig.audioTranscriptionConfig is AudioTranscriptionConfig, not None",
    "GenerationConfig.responseFormat is ResponseFormat, not None",
    "LLMBasedMetricSpec.resultParserConfig is EvaluationParserConfig, not None",
    "Metric.metadata is MetricMetadata, not None",
}
"""Messages that are written as dictionaries here, whose own fields are not checked."""


def test_sent_fields_are_those_of_the_api() -> None:
    """Each field that is sent stands under that name in the discovery document."""
    known = fields("TuningJob")
    wrong = [name for name in SENT if name not in known]
    for name in SENT:
        nested = message_of(known[name])
        _, model = engine_name(name, TuningJobInputs)
        if model is not None and nested not in (None, "EncryptionSpec"):
            wrong += _undocumented(model, str(nested))

    assert set(wrong) == FREE_FORM


def test_writable_fields_of_the_api_are_offered() -> None:
    """What the v1 API lets a caller set can be set, read-only fields apart."""
    writable = {
        name for name, field in fields("TuningJob").items() if not field.get("readOnly")
    }

    assert writable - set(SENT) == set()
    for spec, message in zip(
        TUNING_SPECS,
        ("SupervisedTuningSpec", "PreferenceOptimizationSpec"),
        strict=True,
    ):
        _, model = engine_name(spec, TuningJobInputs)
        assert model is not None
        offered = {str(field.alias) for field in model.model_fields.values()}
        assert offered == set(fields(message))


def test_evaluation_config_is_complete() -> None:
    """An evaluation config has every field of the API's."""
    offered = {str(f.alias) for f in EvaluationConfig.model_fields.values()}

    assert offered == set(fields("EvaluationConfig"))


@pytest.mark.parametrize(("size", "name"), ADAPTER_SIZES.items())
def test_adapter_size(size: int, name: str) -> None:
    """An adapter size is one value, as a number, a float, digits or its name."""
    for given_size in (size, float(size), str(size), name):
        spec = inputs(
            supervisedTuningSpec=supervised(adapterSize=given_size)
        ).supervised_tuning_spec
        assert spec is not None
        assert spec.hyper_parameters is not None
        assert spec.hyper_parameters.adapter_size == name


@pytest.mark.parametrize(
    "size",
    [
        pytest.param(3, id="a number between"),
        pytest.param(0, id="zero"),
        pytest.param(-4, id="a negative number"),
        pytest.param(4.5, id="a fraction"),
        pytest.param(True, id="a boolean"),
        pytest.param("3", id="digits of no size"),
        pytest.param("²", id="a superscript"),
        pytest.param("٤", id="digits of another script"),
        pytest.param("4.0", id="a fraction as text"),
        pytest.param("adapter_size_four", id="a name in small letters"),
        pytest.param("9" * 5000, id="very many digits"),
        pytest.param([4], id="a list"),
        pytest.param({}, id="an object"),
    ],
)
def test_no_adapter_size(size: object) -> None:
    """Anything else is refused with the sizes that there are."""
    with pytest.raises(ValidationError, match="must be one of 1, 2, 4, 8, 16, 32"):
        inputs(supervisedTuningSpec=supervised(adapterSize=size))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"epochCount": True}, "a whole number, not a boolean"),
        ({"epochCount": 2.5}, "valid integer"),
        ({"learningRateMultiplier": False}, "a number, not a boolean"),
        ({"learningRateMultiplier": float("inf")}, "finite number"),
        ({"learningRateMultiplier": float("nan")}, "finite number"),
    ],
)
def test_no_number(changed: dict[str, Any], reason: str) -> None:
    """What is no number of the right kind is refused, not converted."""
    with pytest.raises(ValidationError, match=reason):
        inputs(supervisedTuningSpec=supervised(**changed))


def test_unset_hyperparameters_stay_unset() -> None:
    """A hyperparameter that is given as None is the service's to choose."""
    asked = inputs(
        supervisedTuningSpec=supervised(adapterSize=None, epochCount=None)
    ).to_request()

    assert asked["supervisedTuningSpec"]["hyperParameters"] == {}


def test_request() -> None:
    """A request holds what is asked for and nothing of ours; epochs are text."""
    asked = inputs(
        supervisedTuningSpec=supervised(epochCount=4.0, adapterSize=4),
        labels={"team": ""},
        tunedModelDisplayName="n",
        triggers=[1],
        adopt="x",
        onFailure="keep",
        onDatasetChange="warn",
        preflight="off",
        deleteTunedModel=True,
        maxEstimatedCostUsd=1,
        datasetFingerprints={"training": {"generation": "1"}},
    )

    assert asked.to_request() == {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {
            "trainingDatasetUri": TRAIN,
            "hyperParameters": {"epochCount": "4", "adapterSize": "ADAPTER_SIZE_FOUR"},
        },
        "labels": {"team": ""},
        "tunedModelDisplayName": "n",
    }


def test_preference_request() -> None:
    """A preference tuning request is written the same way."""
    asked = inputs(
        supervisedTuningSpec=None,
        preferenceOptimizationSpec=preference(beta=0.1, epochCount=1),
    )

    assert asked.to_request()["preferenceOptimizationSpec"] == {
        "trainingDatasetUri": TRAIN,
        "hyperParameters": {"beta": 0.1, "epochCount": "1"},
    }
    assert asked.tuning_spec is asked.preference_optimization_spec


@FEW
@given(asked_properties())
def test_inputs_survive_the_engine(asked: dict[str, Any]) -> None:
    """What is recorded of inputs reads back as the same inputs."""
    there = inputs(**asked)

    assert TuningJobInputs.model_validate(there.to_properties()) == there
    assert set(there.definition()) <= set(SENT)


def test_dataset_uris() -> None:
    """Data sets are known by their property path, in the order of the specs."""
    both = inputs(
        supervisedTuningSpec=supervised(validationDatasetUri=VALIDATION),
        preferenceOptimizationSpec={"validationDatasetUri": ""},
    )

    assert both.dataset_uris == {
        "supervisedTuningSpec.trainingDatasetUri": TRAIN,
        "supervisedTuningSpec.validationDatasetUri": VALIDATION,
    }
    assert inputs(supervisedTuningSpec=None).dataset_uris == {}
    assert inputs(supervisedTuningSpec=None).tuning_spec is None


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        pytest.param(
            ("1", "AAAA", 5), ("2", "AAAA", 5), True, id="uploaded again, same content"
        ),
        pytest.param(("1", "AAAA", 5), ("1", "BBBB", 5), False, id="other checksum"),
        pytest.param(("1", "AAAA", 5), ("1", "AAAA", 6), False, id="other size"),
        pytest.param(("1", None, 5), ("1", "AAAA", 5), True, id="no checksum, same"),
        pytest.param(("1", None, 5), ("2", "AAAA", 5), False, id="no checksum, other"),
        pytest.param(("1", None, 5), ("2", None, 5), False, id="no checksums"),
    ],
)
def test_same_content(
    one: tuple[Any, ...], other: tuple[Any, ...], *, expected: bool
) -> None:
    """The same bytes are the same data set, whatever its generation."""
    first, second = (
        DatasetFingerprint(generation=generation, crc32c=crc32c, size=size)
        for generation, crc32c, size in (one, other)
    )

    assert first.is_same_content(second) is expected


def test_checksum_keeps_its_name() -> None:
    """The checksum is recorded under the name that Cloud Storage has for it."""
    fingerprint = DatasetFingerprint(generation="1", crc32c="AAAA", size=5)

    assert fingerprint.model_dump(by_alias=True) == {
        "generation": "1",
        "crc32c": "AAAA",
        "size": 5,
    }


@pytest.mark.parametrize(
    ("timeouts", "expected"),
    [
        ({"delete": "1h30m"}, 5400.0),
        ({"delete": "soon"}, None),
        ({"create": "1h"}, None),
        ({}, None),
    ],
)
def test_custom_timeout(timeouts: dict[str, str], expected: float | None) -> None:
    """A step's custom timeout is a number of seconds, or none where there is none."""
    assert Declaration(custom_timeouts=timeouts).timeout_seconds("delete") == expected


def test_declaration_of_a_later_version() -> None:
    """A hidden input with fields of a later version can be read."""
    later = {"urn": "u", "name": "n", "ignoreChanges": ["labels"], "brandNew": [1]}

    declaration = Declaration.model_validate(later)

    assert (declaration.urn, declaration.name) == ("u", "n")
    assert declaration.ignore_changes == ["labels"]
    assert declaration.schema_version == 1
