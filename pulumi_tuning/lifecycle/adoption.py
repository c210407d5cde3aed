"""Adoption: taking over a job that is there, if it is what the program declares.

Pure: no I/O, no Pulumi.
"""

from collections.abc import Iterator

from pulumi_tuning.diff import diff, is_same_project, unasked
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.live import LiveTuningJob


def differences(inputs: TuningJobInputs, live: LiveTuningJob) -> list[str]:
    """Return everything in which a live job is not what the program declares."""
    found = [str(change) for change in diff(inputs, inputs, live).changes]
    found += [f"{there} → (unset)" for there in unasked(live, inputs)]
    return found + list(_other_place(inputs, live))


def _other_place(inputs: TuningJobInputs, live: LiveTuningJob) -> Iterator[str]:
    place = live.resource_name
    if inputs.project and not is_same_project(inputs.project, place.project):
        yield f'project "{place.project}" → "{inputs.project}"'
    if inputs.location and inputs.location != place.location:
        yield f'location "{place.location}" → "{inputs.location}"'


def refusal(inputs: TuningJobInputs, live: LiveTuningJob) -> str | None:
    """Return why a job cannot be adopted, or None where it can."""
    found = differences(inputs, live)
    if not found:
        return None
    return (
        f"{live.name} cannot be adopted, it differs from the program: "
        f"{'; '.join(found)}. Change the program, or remove adopt to start a new job"
    )
