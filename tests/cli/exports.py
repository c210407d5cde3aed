"""What `pulumi stack export` gives of small stacks."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from pulumi_tuning.lifecycle.identity import stack_label

IDENTITY: Final = "d9368112-cec3-46d9-b367-49080954380a"
OTHER_IDENTITY: Final = "0b1c8f6e-7b0e-4a53-9d3e-1f0d5a7c9e21"
TYPE: Final = "pulumi-python:dynamic/tuning:TuningJob"

Json = dict[str, Any]


def tuning_job(name: str, *, identity: str | None = IDENTITY, **other: object) -> Json:
    """Return the record of a job, or with other fields of the resource."""
    hidden = {"name": "bot", "identity": identity, "schemaVersion": 1}
    properties = {
        "__pulumiTuning": hidden,
        "project": "emulated-project",
        "location": "us-central1",
    }
    resource: Json = {
        "urn": f"urn:pulumi:dev::acme::{TYPE}::bot",
        "custom": True,
        "id": name,
        "type": TYPE,
        "inputs": properties,
        "outputs": {**properties, "name": name, "serviceAddress": "loopback"},
    }
    return resource | other


def stash(identity: str = IDENTITY, **other: object) -> Json:
    """Return the record of a stack's identity."""
    resource: Json = {
        "urn": "urn:pulumi:dev::acme::pulumi:index:Stash::pulumi-tuning-identity",
        "custom": True,
        "id": "8280e511-b46d-4bf7-94da-5e18260e72b5",
        "type": "pulumi:index:Stash",
        "inputs": {"input": identity},
        "outputs": {"input": identity, "output": identity},
    }
    return resource | other


def export(
    *resources: Json,
    written: str = "2026-11-22T12:00:00.123456789Z",
    pending: Sequence[Json] = (),
) -> str:
    """Return the state of a stack with these resources."""
    deployment: Json = {
        "manifest": {"time": written, "magic": "", "version": "v3.259.0"},
        "resources": list(resources),
        "metadata": {},
    }
    if pending:
        deployment["pending_operations"] = list(pending)
    return json.dumps({"version": 3, "deployment": deployment})


def write(folder: Path, text: str, name: str = "state.json") -> str:
    """Write a state and return the path of its file."""
    path = folder / name
    path.write_text(text)
    return str(path)


def labels(identity: str = IDENTITY, fingerprint: str = "f1") -> dict[str, str]:
    """Return the labels of a job that a stack started."""
    return {
        "pulumi-tuning-stack": stack_label(identity),
        "pulumi-tuning-fingerprint": fingerprint,
    }
