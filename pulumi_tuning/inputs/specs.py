"""What is tuned and how: source models, tuning specs and their hyperparameters.

Pure: no I/O, no Pulumi.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import BeforeValidator

from pulumi_tuning.evaluation import EvaluationConfig, RestModel

TUNING_SPECS: Final = ("supervisedTuningSpec", "preferenceOptimizationSpec")
"""The two members of the API's `tuning_spec` oneof that this package offers."""


def _integer(value: object) -> object:
    """Refuse what pydantic would silently take for a whole number."""
    if isinstance(value, bool):
        message = "a whole number, not a boolean"
        raise ValueError(message)  # noqa: TRY004 - pydantic collects ValueError
    return value


def _number(value: object) -> object:
    """Refuse what pydantic would silently take for a number."""
    if isinstance(value, bool):
        message = "a number, not a boolean"
        raise ValueError(message)  # noqa: TRY004 - pydantic collects ValueError
    return value


ADAPTER_SIZES: Final[Mapping[int, str]] = {
    1: "ADAPTER_SIZE_ONE",
    2: "ADAPTER_SIZE_TWO",
    4: "ADAPTER_SIZE_FOUR",
    8: "ADAPTER_SIZE_EIGHT",
    16: "ADAPTER_SIZE_SIXTEEN",
    32: "ADAPTER_SIZE_THIRTY_TWO",
}
"""Adapter sizes and their enum names. Digits are never sent: the service reads them as
enum *numbers*, so 4 would mean sixteen."""


def _adapter_size(value: object) -> object:
    """Return the enum name of an adapter size given as a number or a name."""
    if value is None or value in ADAPTER_SIZES.values():
        return value
    for size, name in ADAPTER_SIZES.items():
        if value in (size, str(size)) and not isinstance(value, bool):
            return name
    message = "must be one of 1, 2, 4, 8, 16, 32 (or the enum name)"
    raise ValueError(message)


Integer = Annotated[int, BeforeValidator(_integer)]
Number = Annotated[float, BeforeValidator(_number)]
AdapterSize = Annotated[str, BeforeValidator(_adapter_size)]


class SupervisedHyperParameters(RestModel):
    """Hyperparameters of supervised tuning; the service fills those left out."""

    epoch_count: Integer | None = None
    """Complete passes over the training data set, at least 1."""

    adapter_size: AdapterSize | None = None
    """Adapter size: 1, 2, 4, 8, 16 or 32 or the enum name; the model decides which."""

    learning_rate_multiplier: Number | None = None
    """Multiplier of the recommended learning rate, above 0."""


class PreferenceHyperParameters(RestModel):
    """Hyperparameters of preference tuning; the service fills those left out."""

    beta: Number | None = None
    """Weight of the KL divergence; recommended: 0.01 to 0.5."""

    epoch_count: Integer | None = None
    """Complete passes over the training data set, at least 1."""

    adapter_size: AdapterSize | None = None
    """Adapter size: 1, 2, 4, 8, 16 or 32 or the enum name; the model decides which."""

    learning_rate_multiplier: Number | None = None
    """Multiplier of the recommended learning rate, above 0."""


class SupervisedTuningSpec(RestModel):
    """Supervised fine-tuning: prompts with the answers that are wanted."""

    training_dataset_uri: str | None = None
    """Training data set: `gs://bucket/object` (JSONL) or the resource name of a
    multimodal dataset. Required."""

    validation_dataset_uri: str | None = None
    """Validation data set, in the same form."""

    hyper_parameters: SupervisedHyperParameters | None = None
    """Hyperparameters; the service chooses those that are left out."""

    export_last_checkpoint_only: bool | None = None
    """Keep only the last checkpoint instead of one per epoch."""

    evaluation_config: EvaluationConfig | None = None
    """How the service evaluates the checkpoints."""


class PreferenceOptimizationSpec(RestModel):
    """Preference tuning: prompts with a preferred and a rejected answer."""

    training_dataset_uri: str | None = None
    """Training data set: `gs://bucket/object` (JSONL) or the resource name of a
    multimodal dataset. Required."""

    validation_dataset_uri: str | None = None
    """Validation data set, in the same form."""

    hyper_parameters: PreferenceHyperParameters | None = None
    """Hyperparameters; the service chooses those that are left out."""

    export_last_checkpoint_only: bool | None = None
    """Keep only the last checkpoint instead of one per epoch."""


class PreTunedModel(RestModel):
    """A tuned model that is tuned further (continuous tuning)."""

    tuned_model_name: str | None = None
    """`projects/{p}/locations/{l}/models/{m}`, maybe with `@{version}`. Required."""

    checkpoint_id: str | None = None
    """Checkpoint to start from; the default checkpoint where left out."""


class EncryptionSpec(RestModel):
    """Customer-managed encryption key (CMEK)."""

    kms_key_name: str | None = None
    """`projects/{p}/locations/{l}/keyRings/{r}/cryptoKeys/{k}`, in the job's location.
    Required."""
