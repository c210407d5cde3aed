"""Labels by which a job is found again when its name was never received.

Pure: no I/O, no Pulumi. No URN, parent, project or stack name goes into a label, so a
rename or a move changes none of them.
"""

import hashlib
import json
from typing import Any, Final

from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.live import LiveTuningJob

STACK_LABEL: Final = "pulumi-tuning-stack"
"""Label with the digest of the stack's identity."""

FINGERPRINT_LABEL: Final = "pulumi-tuning-fingerprint"
"""Label with the digest of everything that makes a job this job."""

OWN_LABELS: Final = (STACK_LABEL, FINGERPRINT_LABEL)


def stack_label(identity: str) -> str:
    """Return the value of the stack label."""
    return _digest(identity)


def fingerprint_label(identity: str, name: str, inputs: TuningJobInputs) -> str:
    """Return the value of the fingerprint label.

    Data sets count only when a changed one replaces the job, and then by their content:
    else an upload between two tries would start a second job.
    """
    fingerprints = inputs.dataset_fingerprints
    datasets = (
        [
            dataset and dataset.content
            for dataset in (fingerprints.training, fingerprints.validation)
        ]
        if inputs.on_dataset_change == "replace" and fingerprints
        else None
    )
    return _digest(
        [identity, name, inputs.definition(), datasets, inputs.triggers],
    )


def request_body(
    inputs: TuningJobInputs,
    *,
    identity: str,
    name: str,
    default_labels: dict[str, str],
) -> dict[str, Any]:
    """Return the create call's body: what the user asked for, and our labels."""
    body = inputs.to_request()
    body["labels"] = {
        **default_labels,
        **body.get("labels", {}),
        STACK_LABEL: stack_label(identity),
        FINGERPRINT_LABEL: fingerprint_label(identity, name, inputs),
    }
    return body


def is_of_stack(job: LiveTuningJob, identity: str) -> bool:
    """Return whether this stack started the job."""
    return job.labels.get(STACK_LABEL) == stack_label(identity)


def _digest(value: object) -> str:
    """Return 32 lowercase hexadecimal digits, a valid label value."""
    canonical = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
