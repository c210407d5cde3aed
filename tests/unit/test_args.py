"""The typed dictionaries of a program, and how they become engine-side inputs."""

import asyncio
from collections.abc import Mapping
from typing import Any, get_args

import pulumi
import pytest
from pydantic import BaseModel

from pulumi_tuning import args
from pulumi_tuning.inputs import (
    ADAPTER_SIZES,
    EncryptionSpec,
    PreferenceHyperParameters,
    PreferenceOptimizationSpec,
    PreTunedModel,
    SupervisedHyperParameters,
    SupervisedTuningSpec,
    TuningJobInputs,
)
from tests.support.programs import run_program

PAIRS = [
    (args.SupervisedTuningSpecArgs, SupervisedTuningSpec),
    (args.SupervisedHyperParametersArgs, SupervisedHyperParameters),
    (args.PreferenceOptimizationSpecArgs, PreferenceOptimizationSpec),
    (args.PreferenceHyperParametersArgs, PreferenceHyperParameters),
    (args.PreTunedModelArgs, PreTunedModel),
    (args.EncryptionSpecArgs, EncryptionSpec),
]


@pytest.mark.parametrize(("typed", "model"), PAIRS)
def test_fields_are_those_of_the_model(typed: type, model: type[BaseModel]) -> None:
    """A typed dictionary has exactly the fields of the model, none of them required."""
    assert list(typed.__annotations__) == list(model.model_fields)
    assert getattr(typed, "__required_keys__", None) == frozenset()


@pytest.mark.parametrize(("typed", "model"), PAIRS)
def test_each_value_may_be_an_output(typed: type, model: type[BaseModel]) -> None:
    """Every value of a typed dictionary may be an output of another resource."""
    del model
    for hint in typed.__annotations__.values():
        assert "Output" in str(get_args(hint)[-1])


def test_adapter_sizes() -> None:
    """The adapter sizes that a type checker accepts are those that there are."""
    assert set(get_args(args.AdapterSizeArg)) == {
        *ADAPTER_SIZES,
        *ADAPTER_SIZES.values(),
    }


NESTED = {
    "hyper_parameters": {"epoch_count": 4},
    "evaluation_config": {
        "metrics": [{"bleu_spec": {"use_effective_order": True}}],
        "autorater_config": {"sampling_count": 4},
    },
    "misspelt_name": {"epoch_count": 1},
}
ENGINE_SIDE = {
    "hyperParameters": {"epochCount": 4},
    "evaluationConfig": {
        "metrics": [{"bleuSpec": {"useEffectiveOrder": True}}],
        "autoraterConfig": {"samplingCount": 4},
    },
    "misspelt_name": {"epoch_count": 1},
}


def test_translation() -> None:
    """Nested keys get engine-side names; unknown ones and maps stay as written."""
    assert args.translated(NESTED, SupervisedTuningSpec) == ENGINE_SIDE
    assert args.translated(ENGINE_SIDE, SupervisedTuningSpec) == ENGINE_SIDE
    assert args.translated(None, SupervisedTuningSpec) is None
    assert args.translated({"base_model": "x"}, None) == {"base_model": "x"}
    assert args.translated("text", SupervisedTuningSpec) == "text"
    assert args.translated({1: 2}, TuningJobInputs) == {"1": 2}


async def _resolved(value: pulumi.Output[Any]) -> object:
    return await value.future()


def test_translation_of_outputs() -> None:
    """An output is translated when it resolves, wherever it stands."""

    async def translate() -> tuple[object, object]:
        whole = pulumi.Output.from_input({"epoch_count": 4})
        nested = args.translated(
            {"hyper_parameters": whole, "training_dataset_uri": "gs://b/o"},
            SupervisedTuningSpec,
        )
        assert isinstance(nested, Mapping)
        return await _resolved(nested["hyperParameters"]), nested["trainingDatasetUri"]

    assert asyncio.run(translate()) == ({"epochCount": 4}, "gs://b/o")


def test_has_output() -> None:
    """An output is found at every depth of nested inputs."""

    async def look() -> list[bool]:
        output = pulumi.Output.from_input("x")
        await _resolved(output)
        return [
            args.has_output(value)
            for value in (output, {"a": {"b": output}}, {"a": {"b": "x"}}, None, "x")
        ]

    assert asyncio.run(look()) == [True, True, False, False, False]


def test_secret_names() -> None:
    """Inputs that hold a secret are known by name, nested ones too."""

    async def look() -> list[str]:
        return await args.secret_names(
            {
                "description": pulumi.Output.secret("s"),
                "labels": {"a": pulumi.Output.secret("s")},
                "baseModel": pulumi.Output.from_input("m"),
                "location": "us-central1",
                "adopt": None,
            }
        )

    assert asyncio.run(look()) == ["description", "labels"]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        pytest.param("n", pulumi.UNKNOWN, (None, True), id="no value"),
        pytest.param("n", "v", ("v", True), id="a value"),
        pytest.param(pulumi.UNKNOWN, pulumi.UNKNOWN, (None, False), id="may change"),
        pytest.param(pulumi.UNKNOWN, "v", ("v", True), id="an input"),
    ],
)
def test_known_beside(name: Any, value: Any, expected: tuple[str | None, bool]) -> None:  # noqa: ANN401 - unknown values
    """A missing output is None where its job's name is known; a secret stays one."""

    async def main() -> tuple[object, bool, bool]:
        from_input = pulumi.Output.from_input
        output = args.known_beside(from_input(name), pulumi.Output.secret(value))
        return (
            await output.future(),
            await output.is_known(),
            await output.is_secret(),
        )

    assert run_program(main, preview=True) == (*expected, True)
