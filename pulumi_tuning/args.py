"""The nested inputs of a tuning job, as a program writes them.

Each class has the fields of the model of the same purpose in `pulumi_tuning.inputs`,
which documents them; a test keeps the two equal. Every leaf may be an output of another
resource. An evaluation config is written as the nested dictionaries of the REST API, in
snake_case.
"""

from collections.abc import Mapping
from inspect import isawaitable
from typing import Any, Literal, TypedDict

import pulumi
from pulumi import Input

from pulumi_tuning.names import Model, engine_name

AdapterSizeArg = Literal[
    1,
    2,
    4,
    8,
    16,
    32,
    "ADAPTER_SIZE_ONE",
    "ADAPTER_SIZE_TWO",
    "ADAPTER_SIZE_FOUR",
    "ADAPTER_SIZE_EIGHT",
    "ADAPTER_SIZE_SIXTEEN",
    "ADAPTER_SIZE_THIRTY_TWO",
]


class SupervisedHyperParametersArgs(TypedDict, total=False):
    """Hyperparameters of supervised tuning; the service fills those left out."""

    epoch_count: Input[int]
    adapter_size: Input[AdapterSizeArg]
    learning_rate_multiplier: Input[float]


class PreferenceHyperParametersArgs(TypedDict, total=False):
    """Hyperparameters of preference tuning; the service fills those left out."""

    beta: Input[float]
    epoch_count: Input[int]
    adapter_size: Input[AdapterSizeArg]
    learning_rate_multiplier: Input[float]


class SupervisedTuningSpecArgs(TypedDict, total=False):
    """Supervised fine-tuning: prompts with the answers that are wanted."""

    training_dataset_uri: Input[str]
    validation_dataset_uri: Input[str]
    hyper_parameters: Input[SupervisedHyperParametersArgs]
    export_last_checkpoint_only: Input[bool]
    evaluation_config: Input[dict[str, Any]]


class PreferenceOptimizationSpecArgs(TypedDict, total=False):
    """Preference tuning: prompts with a preferred and a rejected answer."""

    training_dataset_uri: Input[str]
    validation_dataset_uri: Input[str]
    hyper_parameters: Input[PreferenceHyperParametersArgs]
    export_last_checkpoint_only: Input[bool]


class PreTunedModelArgs(TypedDict, total=False):
    """A tuned model that is tuned further (continuous tuning)."""

    tuned_model_name: Input[str]
    checkpoint_id: Input[str]


class EncryptionSpecArgs(TypedDict, total=False):
    """Customer-managed encryption key (CMEK)."""

    kms_key_name: Input[str]


def translated(value: Any, model: Model | None) -> Any:  # noqa: ANN401 - any input
    """Return inputs with the engine's names for their keys, outputs included.

    An awaitable becomes an output: it can be awaited once, an output often.
    """
    if isinstance(value, pulumi.Output):
        output: pulumi.Output[Any] = value
        if model is None:
            return output
        return output.apply(lambda resolved: translated(resolved, model))
    if isawaitable(value):
        return translated(pulumi.Output.from_input(value), model)
    if isinstance(value, Mapping):
        return {
            alias: translated(below, nested)
            for key, below in value.items()
            for alias, nested in [
                engine_name(str(key), model) if model else (str(key), None)
            ]
        }
    if isinstance(value, (list, tuple)):
        return [translated(item, model) for item in value]
    return value


def has_output(value: Any) -> bool:  # noqa: ANN401 - any input
    """Return whether an output stands in nested inputs."""
    if isinstance(value, Mapping):
        return any(has_output(below) for below in value.values())
    return isinstance(value, pulumi.Output)


def known_beside(
    name: pulumi.Output[str], value: pulumi.Output[Any]
) -> pulumi.Output[Any]:
    """Return an output of a job that is known as soon as the job's name is.

    The engine passes on no output that is None, and the SDK takes one that is missing
    in a preview for unknown: what depends on it would be shown as changed for ever.
    """

    async def is_known() -> bool:
        return await value.is_known() or await name.is_known()

    return pulumi.Output(
        value.resources(), value.future(), is_known(), value.is_secret()
    )


async def secret_names(properties: Mapping[str, Any]) -> list[str]:
    """Return the properties that hold a secret, which no message may show.

    The engine keeps from a provider which of the values are secret.
    """
    return [
        name
        for name, value in properties.items()
        if value is not None and await pulumi.Output.from_input(value).is_secret()
    ]
