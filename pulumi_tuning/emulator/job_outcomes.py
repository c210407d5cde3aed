"""What a tuning job does to the rest: reads its data set, leaves a model behind."""

from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Final

from pulumi_tuning.emulator.base_models import BaseModel, find_base_model
from pulumi_tuning.emulator.data_stats import (
    DatasetSummary,
    preference_stats,
    supervised_stats,
)
from pulumi_tuning.emulator.errors import invalid_argument
from pulumi_tuning.emulator.examples import DatasetError, read_examples
from pulumi_tuning.emulator.identities import Identities
from pulumi_tuning.emulator.job_facts import JobFacts
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.models import ModelRegistry
from pulumi_tuning.emulator.options import Behaviour
from pulumi_tuning.emulator.storage import ObjectStore, StoredObject
from pulumi_tuning.emulator.timeline import moment
from pulumi_tuning.job_state import SUCCEEDED_STATES, JobState
from pulumi_tuning.resource_names import GcsUri

_MOST_CHECKPOINTS: Final = 10
_SUMMARIES_KEPT: Final = 32
_DEFAULT_BETA: Final = 0.1
_PREFERENCE: Final = "preferenceOptimizationSpec"
_WITH_STATS: Final = ("supervisedTuningSpec", _PREFERENCE)


class JobOutcomes:
    """The effects of jobs on models, endpoints and their own facts."""

    def __init__(
        self,
        identities: Identities,
        behaviour: Behaviour,
        models: ModelRegistry,
        store: ObjectStore,
    ) -> None:
        self._identities = identities
        self._behaviour = behaviour
        self._models = models
        self._store = store
        self._summary = lru_cache(_SUMMARIES_KEPT)(self._read_summary)

    def display_name(self, request: Json, base_model: str, sequence: int) -> str:
        """Return the display name of a model for which none was asked for."""
        if "preTunedModel" in request:
            tuned = request["preTunedModel"]["tunedModelName"]
            found = self._models.find_version(self._models.parse(tuned))
            if found:
                return str(found[1]["displayName"])
        return f"{base_model}-{self._identities.uuid('display name', sequence)}"

    def pre_tuned_model(self, requested: Json, base_model: str) -> Json:
        """Return the pre-tuned model with what the service knows about it."""
        answered = requested | {"baseModel": base_model}
        text = requested["tunedModelName"]
        found = self._models.find_version(self._models.parse(text))
        if found and "@" not in text and self._behaviour.version_in_pre_tuned_model:
            answered["tunedModelName"] = f"{text}@{found[0]}"
        return answered

    def refuse_missing_datasets(self, spec: Json) -> None:
        """Refuse a spec whose data sets do not exist.

        Raises:
            RefusalError: One does not.
        """
        for member in ("trainingDatasetUri", "validationDatasetUri"):
            try:
                self._open(spec.get(member, ""))
            except DatasetError as error:
                raise invalid_argument(str(error)) from error

    def start(self, facts: JobFacts) -> None:
        """Read the data set and fill in what depends on it."""
        facts.is_started = True
        if facts.tuning_spec_name not in _WITH_STATS:
            return
        try:
            summary = self._fill(facts)
        except DatasetError as error:
            facts.dataset_error = {"code": 3, "message": str(error)}
            return
        if summary:
            epochs = int(facts.hyper_parameters["epochCount"])
            is_preference = facts.tuning_spec_name == _PREFERENCE
            compute = preference_stats if is_preference else supervised_stats
            kind = "preferenceOptimization" if is_preference else "supervisedTuning"
            facts.data_stats = {f"{kind}DataStats": compute(summary, epochs)}
            facts.step_count = summary.steps(epochs)

    def fill_defaults(self, facts: JobFacts) -> None:
        """Fill in the hyperparameters, if the data sets can be read."""
        if facts.tuning_spec_name in _WITH_STATS:
            with suppress(DatasetError):
                self._fill(facts)

    def _fill(self, facts: JobFacts) -> DatasetSummary | None:
        """Fill in what the number of examples decides; what was filled in stays."""
        model = find_base_model(facts.base_model) or BaseModel()
        summary = self._training_summary(facts, model)
        self._open(facts.tuning_spec.get("validationDatasetUri", ""))
        epochs = summary.default_epochs if summary else _MOST_CHECKPOINTS
        filled = self._filled(facts, model, epochs)
        facts.hyper_parameters = filled | facts.hyper_parameters
        return summary

    def conclude(self, facts: JobFacts, state: str, at: datetime) -> None:
        """Leave the model and the endpoints of a job that has come to its end."""
        if "tunedModel" in facts.overrides or facts.tuned_model:
            return
        if state in SUCCEEDED_STATES:
            checkpoints = self._checkpoints(facts)
            endpoints = [checkpoint["endpoint"] for checkpoint in checkpoints]
            facts.tuned_model = {
                "model": self._add_version(facts, endpoints, at),
                "endpoint": endpoints[-1],
                "checkpoints": checkpoints,
            }
        elif state == JobState.FAILED and facts.leaves_model:
            facts.tuned_model = {"model": self._add_version(facts, [], at)}
        elif state == JobState.CANCELLED and self._behaviour.cancelled_jobs_leave_model:
            self._leave_checkpoints(facts, at)

    def _leave_checkpoints(self, facts: JobFacts, at: datetime) -> None:
        """Leave what was deployed while the job ran, without a default endpoint."""
        checkpoints = self._checkpoints(facts)
        reached = int(len(checkpoints) * moment(facts, at).tuned_share)
        if reached:
            left = checkpoints[:reached]
            endpoints = [checkpoint["endpoint"] for checkpoint in left]
            facts.tuned_model = {
                "model": self._add_version(facts, endpoints, at),
                "checkpoints": left,
            }

    def _training_summary(
        self, facts: JobFacts, model: BaseModel
    ) -> DatasetSummary | None:
        stored = self._open(facts.tuning_spec.get("trainingDatasetUri", ""))
        if stored is None:
            return None
        summary = self._summary(
            stored.blob,
            facts.tuning_spec_name == _PREFERENCE,
            model.longest_example_tokens,
        )
        if summary.dropped and self._behaviour.invalid_examples == "fail":
            first = summary.dropped[0]
            message = f"Dataset example {first.index} is invalid: {first.reason}"
            raise DatasetError(message)
        if not summary.examples:
            message = "The training dataset has no valid examples."
            raise DatasetError(message)
        return summary

    def _open(self, uri: str) -> StoredObject | None:
        """Return the object of a data set; a dataset resource has none."""
        parsed = GcsUri.parse(uri)
        if parsed is None:
            return None
        stored = self._store.find(parsed.bucket, parsed.object)
        if stored is None:
            message = f"The input GCS object doesn't exist: {uri}"
            raise DatasetError(message)
        return stored

    def _read_summary(
        self,
        blob: int,
        is_preference: bool,  # noqa: FBT001 - a part of the key of the cache
        longest_tokens: int,
    ) -> DatasetSummary:
        return DatasetSummary.of(
            read_examples(
                self._store.read(blob),
                is_preference=is_preference,
                longest_tokens=longest_tokens,
            )
        )

    def _filled(self, facts: JobFacts, model: BaseModel, epochs: int) -> Json:
        requested: Json = facts.tuning_spec.get("hyperParameters", {})
        filled: Json = {
            "epochCount": str(epochs),
            "learningRateMultiplier": 1,
            "adapterSize": model.default_adapter_size_name,
        }
        if model.is_open or "learningRate" in requested:
            del filled["learningRateMultiplier"]
        if facts.tuning_spec_name == _PREFERENCE:
            filled["beta"] = _DEFAULT_BETA
        return filled | requested

    def _checkpoints(self, facts: JobFacts) -> list[Json]:
        epochs = int(facts.hyper_parameters.get("epochCount", 1))
        numbers = checkpoint_epochs(epochs)
        if facts.tuning_spec.get("exportLastCheckpointOnly"):
            numbers = numbers[-1:]
        steps = max(facts.step_count // epochs, 1)
        parent = self._serving_parent(facts)
        return [
            {
                "checkpointId": str(order),
                "epoch": str(epoch),
                "step": str(epoch * steps),
                "endpoint": f"{parent}/endpoints/"
                + self._identities.number("endpoint", facts.sequence, epoch),
            }
            for order, epoch in enumerate(numbers, start=1)
        ]

    def _serving_parent(self, facts: JobFacts) -> str:
        location = facts.location
        model = find_base_model(facts.base_model)
        if model and self._behaviour.serve_from_multi_region:
            location = model.multi_regions.get(location, location)
        if location == "global":
            location = "us-central1"
        return f"projects/{facts.project}/locations/{location}"

    def _add_version(self, facts: JobFacts, endpoints: list[str], at: datetime) -> str:
        request = facts.request
        version = {
            "displayName": request.get("tunedModelDisplayName", ""),
            "baseModel": facts.base_model,
            "encryptionSpec": request.get("encryptionSpec"),
            "labels": request.get("labels", {}) if self._behaviour.label_models else {},
        }
        return self._models.add_version(self._model_name(facts), version, endpoints, at)

    def _model_name(self, facts: JobFacts) -> str:
        """Return the pre-tuned model, unless a new display name asks for a new one."""
        tuned = facts.request.get("preTunedModel", {})
        name = self._models.parse(tuned.get("tunedModelName", ""))
        found = self._models.find_version(name)
        asked = facts.request.get("tunedModelDisplayName")
        if name and found and found[1]["displayName"] == asked:
            return name.without_version
        number = self._identities.number("model", facts.sequence)
        return f"{self._serving_parent(facts)}/models/{number}"


def checkpoint_epochs(epochs: int) -> list[int]:
    """Return the epochs after which a checkpoint is kept: all, or ten spread evenly."""
    if epochs <= _MOST_CHECKPOINTS:
        return list(range(1, epochs + 1))
    spread = (
        round(epochs * number / _MOST_CHECKPOINTS)
        for number in range(1, _MOST_CHECKPOINTS + 1)
    )
    return list(dict.fromkeys(spread))
