"""Adoption: taking over a job that is there, if it is what the program declares.

Pure: no I/O, no Pulumi.
"""

from pulumi_tuning.diff import diff, unasked
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.live import LiveTuningJob


def differences(inputs: TuningJobInputs, live: LiveTuningJob) -> list[str]:
    """Return everything in which a live job is not what the program declares."""
    found = [str(change) for change in diff(inputs, inputs, live).changes]
    return found + [f"{there} → (unset)" for there in unasked(live, inputs)]


def refusal(inputs: TuningJobInputs, live: LiveTuningJob) -> str | None:
    """Return why a job cannot be adopted, or None where it can."""
    found = differences(inputs, live)
    if not found:
        return None
    return (
        f"{live.name} cannot be adopted, it differs from the program: "
        f"{'; '.join(found)}. Change the program, or remove adopt to start a new job"
    )
