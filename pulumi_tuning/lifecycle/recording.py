"""From a live job and its inputs to the state that Pulumi records."""

from collections.abc import Mapping
from typing import Any

from pulumi_tuning.diff import Path, diff
from pulumi_tuning.inputs import (
    HIDDEN_INPUT,
    SCHEMA_VERSION,
    DatasetFingerprints,
    Declaration,
    TuningJobInputs,
)
from pulumi_tuning.lifecycle.costs import billed_outputs
from pulumi_tuning.lifecycle.parsing import parse
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.names import LIVE_OUTPUTS
from pulumi_tuning.pricing import Price
from pulumi_tuning.state import TuningJobState, live_outputs


def record_created(
    inputs: TuningJobInputs,
    declaration: Declaration,
    live: LiveTuningJob,
    *,
    service_address: str,
    trained_on: DatasetFingerprints | None,
    prices: Mapping[str, Price],
) -> dict[str, Any]:
    """Return the outputs of a job that was just created or adopted."""
    outputs = {
        **inputs.to_properties(),
        **live_outputs(live),
        **billed_outputs(live, inputs, prices),
        "serviceAddress": service_address,
        HIDDEN_INPUT: _hidden(declaration),
    }
    if trained_on is not None:
        outputs["trainedOn"] = trained_on.model_dump(by_alias=True, exclude_none=True)
    return outputs


def record_read(
    recorded: TuningJobState, live: LiveTuningJob, *, prices: Mapping[str, Price]
) -> dict[str, Any]:
    """Return the recorded outputs, brought up to date from the live job.

    What the service no longer says is dropped; what only this package knows, and what a
    later version may have recorded, is kept.
    """
    kept = {k: v for k, v in recorded.to_properties().items() if k not in LIVE_OUTPUTS}
    return {
        **kept,
        **live_outputs(live),
        **billed_outputs(live, recorded.inputs, prices),
        HIDDEN_INPUT: _hidden(recorded.declaration),
    }


def inputs_of(live: LiveTuningJob, *, project: str, location: str) -> dict[str, Any]:
    """Return the inputs that would declare a live job, for a job without a record."""
    definition = {
        k: v for k, v in live.definition().items() if k in TuningJobInputs.properties()
    }
    return {**definition, "project": project, "location": location}


def drifted_inputs(recorded: TuningJobState, live: LiveTuningJob) -> dict[str, Any]:
    """Return the recorded inputs, changed only where a value the user set differs."""
    inputs = recorded.inputs
    properties = inputs.to_properties()
    for change in diff(inputs, inputs, live).changes:
        _put(properties, change.path, change.observed)
    return parse(properties).inputs.to_properties()


def _put(tree: dict[str, Any], path: Path, value: Any) -> None:  # noqa: ANN401 - JSON
    """Set the value at a path that the program set, or take it away.

    What stands behind an element that is taken out of a list goes with it.
    """
    node: Any = tree
    *above, last = path
    for step in above:
        if not _has(node, step):
            return
        node = node[step]
    if not _has(node, last):
        return
    if value is not None:
        node[last] = value
    elif isinstance(last, int):
        del node[last:]
    else:
        del node[last]


def _has(node: Any, step: str | int) -> bool:  # noqa: ANN401 - any JSON
    return step < len(node) if isinstance(step, int) else step in node


def _hidden(declaration: Declaration) -> dict[str, Any]:
    return {
        **declaration.model_dump(by_alias=True, exclude_none=True),
        "schemaVersion": SCHEMA_VERSION,
    }


def record_update(
    outputs: dict[str, Any], inputs: TuningJobInputs, declaration: Declaration
) -> dict[str, Any]:
    """Return recorded outputs with other inputs; what the job is stays as it was."""
    kept = {k: v for k, v in outputs.items() if k not in TuningJobInputs.properties()}
    return {**kept, **inputs.to_properties(), HIDDEN_INPUT: _hidden(declaration)}
