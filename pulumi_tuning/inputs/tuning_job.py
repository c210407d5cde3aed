"""TuningJobInputs: what a program may ask for; each field says what its change does.

Pure: no I/O, no Pulumi.
"""

from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from pulumi_tuning.evaluation import RestModel
from pulumi_tuning.inputs.specs import (
    TUNING_SPECS,
    EncryptionSpec,
    Integer,
    Number,
    PreferenceOptimizationSpec,
    PreTunedModel,
    SupervisedTuningSpec,
)


class Effect(StrEnum):
    """What a changed input does to the job."""

    REPLACE = "replace"
    """A new job is started, the old one cancelled: the service has no update call."""

    UPDATE = "update"
    """Recorded in place; the job is not touched."""

    RECORD = "record"
    """No step of its own: recorded when something else is."""


class DatasetFingerprint(RestModel):
    """Identity of a data set's content, from the object's metadata."""

    generation: str | None = None
    """Cloud Storage generation of the object."""

    crc32c: str | None = Field(default=None, alias="crc32c")
    """CRC32C of the content, base64."""

    size: Integer | None = None
    """Bytes."""

    def is_same_content(self, other: "DatasetFingerprint") -> bool:
        """Return whether both name the same bytes.

        An object that was uploaded again has a new generation; the same checksum and
        size all the same mean the same content.
        """
        if self.crc32c is not None and other.crc32c is not None:
            return self.content == other.content
        return self.generation == other.generation

    @property
    def content(self) -> tuple[str | None, int | None]:
        """What stays the same when the same bytes are uploaded again.

        Every object has a checksum in fact; the generation stands in for a missing one.
        """
        return (self.crc32c or self.generation, self.size)


class DatasetFingerprints(RestModel):
    """Fingerprints of the data sets of a job."""

    training: DatasetFingerprint | None = None
    """Of the training data set."""

    validation: DatasetFingerprint | None = None
    """Of the validation data set."""


class TuningJobInputs(RestModel):
    """Everything that a program may ask of a tuning job."""

    base_model: Annotated[str | None, Effect.REPLACE] = None
    """Model to tune, such as `gemini-2.5-flash`. Either this or `pre_tuned_model`."""

    pre_tuned_model: Annotated[PreTunedModel | None, Effect.REPLACE] = None
    """Tuned model to tune further. Either this or `base_model`."""

    supervised_tuning_spec: Annotated[SupervisedTuningSpec | None, Effect.REPLACE] = (
        None
    )
    """Supervised fine-tuning. Exactly one of the two specs is required."""

    preference_optimization_spec: Annotated[
        PreferenceOptimizationSpec | None, Effect.REPLACE
    ] = None
    """Preference tuning. Exactly one of the two specs is required."""

    tuned_model_display_name: Annotated[str | None, Effect.REPLACE] = None
    """Display name of the tuned model, at most 128 characters; the service makes one
    where left out."""

    description: Annotated[str | None, Effect.REPLACE] = None
    """Description of the job."""

    labels: Annotated[dict[str, str] | None, Effect.REPLACE] = None
    """Labels of the job and of what it creates: lowercase letters, digits, `_` and `-`,
    keys and values at most 64 characters; 62 labels, two more are this package's."""

    encryption_spec: Annotated[EncryptionSpec | None, Effect.REPLACE] = None
    """Customer-managed encryption key of everything that the job creates."""

    service_account: Annotated[str | None, Effect.REPLACE] = None
    """E-mail of the service account that the job runs as."""

    project: Annotated[str | None, Effect.REPLACE] = None
    """Project of the job; default `gcp:project`, then the environment."""

    location: Annotated[str | None, Effect.REPLACE] = None
    """Location of the job; default `gcp:region`, then the environment."""

    triggers: Annotated[list[Any] | None, Effect.REPLACE] = None
    """Anything; a changed element replaces the job."""

    adopt: Annotated[str | None, Effect.UPDATE] = None
    """Name of an existing job to take over instead of starting one. Naming another job
    than the one that is managed replaces it."""

    on_failure: Annotated[Literal["keep", "replace"] | None, Effect.UPDATE] = None
    """What an `up` does about a job that ended FAILED, CANCELLED or EXPIRED: `keep` it
    and warn (default), or `replace` it, once per `up`."""

    on_dataset_change: Annotated[
        Literal["warn", "replace", "ignore"] | None, Effect.UPDATE
    ] = None
    """What an `up` does when a data set is no longer what the job was trained on:
    `warn` (default), `replace` the job, or `ignore` it."""

    preflight: Annotated[Literal["sample", "full", "off"] | None, Effect.UPDATE] = None
    """How much of the data sets is validated in a preview: a `sample` (default), all
    (`full`) or nothing (`off`)."""

    delete_tuned_model: Annotated[bool | None, Effect.UPDATE] = None
    """Delete the job's tuned model and endpoints with the resource; default false."""

    max_estimated_cost_usd: Annotated[Number | None, Effect.UPDATE] = None
    """Refuse a job whose estimated training cost is above this."""

    dataset_fingerprints: Annotated[DatasetFingerprints | None, Effect.RECORD] = None
    """Fingerprints of the data sets, read by the preview; never given by a program."""

    @classmethod
    @cache
    def properties(cls) -> tuple[str, ...]:
        """Return the engine-side names of all inputs."""
        return tuple(str(field.alias) for field in cls.model_fields.values())

    @classmethod
    @cache
    def effects(cls) -> dict[str, Effect]:
        """Return what a change of each input does, as its field declares it."""
        return {
            str(field.alias): effect
            for field in cls.model_fields.values()
            for effect in field.metadata
            if isinstance(effect, Effect)
        }

    def to_properties(self) -> dict[str, Any]:
        """Return the inputs as the engine records them."""
        return self.model_dump(by_alias=True, exclude_none=True)

    def definition(self) -> dict[str, Any]:
        """Return what is sent to the service, as REST JSON with numbers as numbers."""
        return {k: v for k, v in self.to_properties().items() if k in SENT}

    def to_request(self) -> dict[str, Any]:
        """Return the body of the create call, without any label of this package.

        64-bit integers are strings there, as the discovery document says.
        """
        body = self.definition()
        for spec in TUNING_SPECS:
            hyper_parameters = body.get(spec, {}).get("hyperParameters", {})
            if "epochCount" in hyper_parameters:
                hyper_parameters["epochCount"] = str(hyper_parameters["epochCount"])
        return body

    @property
    def tuning_spec(self) -> SupervisedTuningSpec | PreferenceOptimizationSpec | None:
        """The one tuning spec of the job, where there is one."""
        return self.supervised_tuning_spec or self.preference_optimization_spec

    @property
    def dataset_uris(self) -> dict[str, str]:
        """Data set URIs by their property path."""
        return {
            f"{name}.{kind}DatasetUri": uri
            for name, spec in (
                ("supervisedTuningSpec", self.supervised_tuning_spec),
                ("preferenceOptimizationSpec", self.preference_optimization_spec),
            )
            if spec is not None
            for kind, uri in (
                ("training", spec.training_dataset_uri),
                ("validation", spec.validation_dataset_uri),
            )
            if uri
        }


SENT: Final = (
    "baseModel",
    "preTunedModel",
    "supervisedTuningSpec",
    "preferenceOptimizationSpec",
    "tunedModelDisplayName",
    "description",
    "labels",
    "encryptionSpec",
    "serviceAccount",
)
"""Properties that make up the job's definition: the only ones sent to the service."""
