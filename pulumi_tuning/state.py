"""TuningJobState: what Pulumi records about a tuning job.

Pure: no I/O, no Pulumi. The recorded state is one flat JSON object: the inputs as they
were checked, what the service answered, and what only this package knows. Properties
that this version does not know are kept.
"""

from copy import deepcopy
from functools import cached_property
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel

from pulumi_tuning.errors import TuningError
from pulumi_tuning.inputs import (
    HIDDEN_INPUT,
    SCHEMA_VERSION,
    DatasetFingerprints,
    Declaration,
    TuningJobInputs,
)
from pulumi_tuning.job_state import JobState
from pulumi_tuning.live import LiveTuningJob, State, Text
from pulumi_tuning.names import LIVE_OUTPUTS

_Model = TypeVar("_Model", bound=BaseModel)


class NewerStateError(TuningError):
    """The state was recorded by a newer version of this package."""


class TuningJobState(BaseModel):
    """The recorded outputs that this package reads back."""

    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, extra="allow", frozen=True
    )

    state: State = JobState.UNSPECIFIED.value
    create_time: Text = None
    fingerprints: Any = Field(default=None, alias="trainedOn")
    service_address: Text = None

    @classmethod
    def from_properties(cls, properties: dict[str, Any]) -> Self:
        """Read the recorded outputs of a resource.

        Raises:
            NewerStateError: a newer version of this package recorded them.
        """
        hidden = properties.get(HIDDEN_INPUT)
        version = hidden.get("schemaVersion") if isinstance(hidden, dict) else None
        if isinstance(version, (int, float)) and version > SCHEMA_VERSION:
            message = (
                f"this state was recorded by a newer pulumi_tuning (schema {version:g},"
                f" this version reads up to {SCHEMA_VERSION}): upgrade the package"
            )
            raise NewerStateError(message)
        return cls.model_validate(properties)

    @cached_property
    def inputs(self) -> TuningJobInputs:
        """The recorded inputs, as far as this version can read them."""
        return _readable(
            TuningJobInputs,
            {
                k: v
                for k, v in self.to_properties().items()
                if k in TuningJobInputs.properties() and v is not None
            },
        )

    @cached_property
    def trained_on(self) -> DatasetFingerprints | None:
        """Fingerprints of the data sets when the job was created."""
        if not isinstance(self.fingerprints, dict):
            return None
        return _readable(DatasetFingerprints, deepcopy(self.fingerprints))

    @property
    def has_inputs(self) -> bool:
        """Whether inputs were recorded; `.get` reads a job without any."""
        return self.inputs.tuning_spec is not None

    @cached_property
    def declaration(self) -> Declaration:
        """The hidden input as it was recorded."""
        hidden = self.to_properties().get(HIDDEN_INPUT)
        return _readable(Declaration, dict(hidden) if isinstance(hidden, dict) else {})

    def to_properties(self) -> dict[str, Any]:
        """Return the outputs as the engine records them."""
        return self.model_dump(by_alias=True, exclude_unset=True)


def _readable(model: type[_Model], tree: dict[str, Any]) -> _Model:
    """Return what this version can read of a record; the rest of it is taken away."""
    try:
        return model.model_validate(tree)
    except ValidationError as error:
        for problem in error.errors():
            _remove(tree, problem["loc"])
        return model.model_validate(tree)


def _remove(tree: dict[str, Any], path: tuple[int | str, ...]) -> None:
    """Remove the deepest property on the path that can be removed."""
    node: Any = tree
    for step in path[:-1]:
        below = node.get(step) if isinstance(node, dict) else None
        if not isinstance(below, dict):
            node.pop(step, None)
            return
        node = below
    node.pop(path[-1], None)


def live_outputs(live: LiveTuningJob) -> dict[str, Any]:
    """Return the outputs that come from the service, without training text."""
    answer = live.to_json()
    outputs: dict[str, Any] = {
        k: _without_examples(answer[k]) for k in LIVE_OUTPUTS if k in answer
    }
    outputs["name"] = live.name
    outputs["state"] = live.state
    outputs["consoleUrl"] = live.resource_name.console_url
    return outputs


def _without_examples(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return the value without `userDatasetExamples`, which is training text."""
    if isinstance(value, dict):
        return {
            k: _without_examples(v)
            for k, v in value.items()
            if k != "userDatasetExamples"
        }
    if isinstance(value, list):
        return [_without_examples(item) for item in value]
    return value
