"""What the service refuses when a tuning job is created.

Pure. Problems of single fields are all named in one answer; then come the rules about
base models, of which the first that is broken is answered.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pulumi_tuning.emulator.base_models import (
    BaseModel,
    find_base_model,
    is_publisher_path,
)
from pulumi_tuning.emulator.errors import (
    RefusalError,
    failed_precondition,
    invalid_argument,
    invalid_fields,
)
from pulumi_tuning.emulator.job_facts import tuning_spec_name
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.options import Behaviour
from pulumi_tuning.emulator.schema import snake_case
from pulumi_tuning.resource_names import DatasetName, GcsUri, KmsKeyName, ModelName

_REQUIRED: Final = "Required field is not set."
_LONGEST_DISPLAY_NAME: Final = 128
_LONGEST_LABEL: Final = 64
_MOST_LABELS: Final = 64
_EMAIL: Final = re.compile(r"[A-Za-z0-9._-]+@[A-Za-z0-9.-]+\.[A-Za-z]+")
_OF_OPEN_MODELS: Final = (
    "outputUri",
    "customBaseModel",
    "tuningMode",
    "learningRate",
    "batchSize",
)
_OF_GOOGLE_MODELS: Final = ("learningRateMultiplier",)
_MULTI_REGIONS: Final = frozenset({"us", "eu"})
"""Where tuned models are served. Assumed: nothing is tuned there."""

Problem = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Creation:
    """A request to create a job, as far as it has been read."""

    location: str
    request: Json
    base_model: str
    """Name of the base model, also where a tuned model is tuned further."""

    @property
    def spec_name(self) -> str:
        """Name of the member that holds the tuning spec, or nothing."""
        return tuning_spec_name(self.request)

    @property
    def spec(self) -> Json:
        """The tuning spec, or an empty one."""
        spec: Json = self.request.get(self.spec_name, {})
        return spec

    @property
    def hyper_parameters(self) -> Json:
        """The hyperparameters, or none."""
        hyper_parameters: Json = self.spec.get("hyperParameters", {})
        return hyper_parameters


def refuse_invalid_fields(location: str, request: Json, *, strict_labels: bool) -> None:
    """Refuse a request with a field that is missing or malformed.

    Raises:
        RefusalError: One or more fields are; all of them are named.
    """
    creation = Creation(location, request, request.get("baseModel", ""))
    problems = [
        *_source_problems(creation),
        *_spec_problems(creation),
        *_evaluation_problems(creation.spec.get("evaluationConfig")),
        *_text_problems(request),
        *_label_problems(request.get("labels", {}), is_strict=strict_labels),
        *_key_problems(creation),
    ]
    if problems:
        raise invalid_fields(problems)


def refuse_invalid_hyper_parameters(creation: Creation) -> None:
    """Refuse a number that no training can have.

    Raises:
        RefusalError: One or more are; all of them are named.
    """
    path = f"tuning_job.{snake_case(creation.spec_name)}.hyper_parameters"
    problems = [*_hyper_parameter_problems(creation, path)]
    if problems:
        raise invalid_fields(problems)


def refuse_unsupported(creation: Creation, behaviour: Behaviour) -> None:
    """Refuse what the base model cannot do.

    Raises:
        RefusalError: The first rule that is broken.
    """
    model = find_base_model(creation.base_model)
    if is_publisher_path(creation.base_model) and not behaviour.accept_publisher_paths:
        model = None
    if model is None or (model.is_retired and not behaviour.accept_retired_models):
        message = f"Base model {creation.base_model} is not supported."
        raise RefusalError(behaviour.unknown_model_code, message)
    _refuse_location(creation, model)
    _refuse_key(creation, model)
    if model.is_open and not creation.request.get("outputUri"):
        message = "The output_uri field is required for this model."
        raise invalid_argument(message)
    _refuse_kind(creation, model)
    _refuse_foreign_fields(creation, model)
    size = creation.hyper_parameters.get("adapterSize")
    if size is not None and not model.allows_adapter_size(size):
        message = "The adapter size is not supported for this base model."
        raise invalid_argument(message)


def _source_problems(creation: Creation) -> Iterator[Problem]:
    tuned = creation.request.get("preTunedModel")
    if tuned is None:
        if not creation.base_model:
            yield "tuning_job.base_model", _REQUIRED
    elif "tunedModelName" not in tuned:
        yield "tuning_job.pre_tuned_model.tuned_model_name", _REQUIRED
    elif ModelName.parse(tuned["tunedModelName"]) is None:
        yield "tuning_job.pre_tuned_model.tuned_model_name", "Invalid resource name."


def _spec_problems(creation: Creation) -> Iterator[Problem]:
    known = ("supervisedTuningSpec", "preferenceOptimizationSpec")
    if not creation.spec_name:
        yield "tuning_job.supervised_tuning_spec", _REQUIRED
    if creation.spec_name not in known:
        return
    path = f"tuning_job.{snake_case(creation.spec_name)}"
    for member, name in (
        ("trainingDatasetUri", "training_dataset_uri"),
        ("validationDatasetUri", "validation_dataset_uri"),
    ):
        uri = creation.spec.get(member)
        if uri is not None and not _is_dataset(uri):
            yield f"{path}.{name}", f"Invalid Cloud Storage URI or dataset: {uri}"
    if "trainingDatasetUri" not in creation.spec:
        yield f"{path}.training_dataset_uri", _REQUIRED
    yield from _hyper_parameter_problems(creation, f"{path}.hyper_parameters")


def _is_dataset(uri: str) -> bool:
    has_wildcard = "*" in uri
    return not has_wildcard and bool(GcsUri.parse(uri) or DatasetName.parse(uri))


def _hyper_parameter_problems(creation: Creation, path: str) -> Iterator[Problem]:
    values = creation.hyper_parameters
    for member, name in (
        ("epochCount", "epoch_count"),
        ("learningRateMultiplier", "learning_rate_multiplier"),
        ("learningRate", "learning_rate"),
        ("batchSize", "batch_size"),
        ("beta", "beta"),
    ):
        if float(values.get(member, 1)) < 0:
            yield f"{path}.{name}", "Value must be positive."
    if "learningRate" in values and "learningRateMultiplier" in values:
        yield (
            f"{path}.learning_rate",
            "learning_rate and learning_rate_multiplier are mutually exclusive.",
        )


def _evaluation_problems(config: Json | None) -> Iterator[Problem]:
    if config is None:
        return
    path = "tuning_job.supervised_tuning_spec.evaluation_config"
    if not config.get("metrics"):
        yield f"{path}.metrics", _REQUIRED
    destination = config.get("outputConfig", {}).get("gcsDestination", {})
    if not destination.get("outputUriPrefix"):
        yield f"{path}.output_config.gcs_destination.output_uri_prefix", _REQUIRED
    elif not destination["outputUriPrefix"].startswith("gs://"):
        yield (
            f"{path}.output_config.gcs_destination.output_uri_prefix",
            "Invalid Cloud Storage URI.",
        )


def _text_problems(request: Json) -> Iterator[Problem]:
    if len(request.get("tunedModelDisplayName", "")) > _LONGEST_DISPLAY_NAME:
        yield (
            "tuning_job.tuned_model_display_name",
            f"Length must be at most {_LONGEST_DISPLAY_NAME} characters.",
        )
    account = request.get("serviceAccount")
    if account is not None and not _EMAIL.fullmatch(account):
        yield "tuning_job.service_account", "Invalid service account email."


def _label_problems(labels: Json, *, is_strict: bool) -> Iterator[Problem]:
    if is_strict and len(labels) > _MOST_LABELS:
        yield "tuning_job.labels", f"At most {_MOST_LABELS} labels are allowed."
    for key, value in labels.items():
        is_usual = key[:1].isalpha() and not key.startswith("goog")
        if not key or not _is_label(key) or (is_strict and not is_usual):
            yield "tuning_job.labels", f"Invalid label key: {key}"
        if not _is_label(value):
            yield "tuning_job.labels", f"Invalid label value: {value}"


def _is_label(text: str) -> bool:
    if len(text) > _LONGEST_LABEL:
        return False
    categories = (unicodedata.category(sign) for sign in text if sign not in "_-")
    return all(kind in ("Ll", "Lo") or kind[0] == "N" for kind in categories)


def _key_problems(creation: Creation) -> Iterator[Problem]:
    encryption = creation.request.get("encryptionSpec")
    if encryption is None:
        return
    path = "tuning_job.encryption_spec.kms_key_name"
    text = encryption.get("kmsKeyName", "")
    key = KmsKeyName.parse(text)
    if not text:
        yield path, _REQUIRED
    elif key is None:
        yield path, f"Invalid KMS key name: {text}"
    elif creation.location not in (key.location, "global"):
        yield (
            path,
            f"The key is in {key.location}, but must be in {creation.location}.",
        )


def _refuse_location(creation: Creation, model: BaseModel) -> None:
    location = creation.location
    if location in _MULTI_REGIONS:
        message = f"Tuning is not supported in location {location}."
        raise invalid_argument(message)
    if location == "global" and not model.is_open:
        message = f"{creation.base_model} does not support global endpoint tuning."
        raise failed_precondition(message)
    if model.locations is not None and location not in model.locations:
        message = f"{creation.base_model} cannot be tuned in location {location}."
        raise invalid_argument(message)


def _refuse_key(creation: Creation, model: BaseModel) -> None:
    if "encryptionSpec" not in creation.request:
        return
    if creation.location == "global":
        message = "CMEK is not supported for tuning jobs in location global."
        raise failed_precondition(message)
    if not model.has_cmek:
        message = f"CMEK is not supported for {creation.base_model}."
        raise failed_precondition(message)


def _refuse_foreign_fields(creation: Creation, model: BaseModel) -> None:
    """Refuse what is documented for open models alone, or for Google's alone.

    Assumed: the wording, after that of the field which open models require.
    """
    given = {*creation.request, *creation.spec, *creation.hyper_parameters}
    foreign = _OF_GOOGLE_MODELS if model.is_open else _OF_OPEN_MODELS
    for name in foreign:
        if name in given and creation.spec_name == "supervisedTuningSpec":
            message = f"The {snake_case(name)} field is not supported for this model."
            raise invalid_argument(message)


def _refuse_kind(creation: Creation, model: BaseModel) -> None:
    is_preference = creation.spec_name == "preferenceOptimizationSpec"
    if is_preference and not model.has_preference_tuning:
        message = f"Preference tuning is not supported for {creation.base_model}."
        raise invalid_argument(message)
    if "preTunedModel" in creation.request and not model.has_continuous_tuning:
        message = f"Continuous tuning is not supported for {creation.base_model}."
        raise invalid_argument(message)
