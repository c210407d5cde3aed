"""Jobs that a stack has started, and what the service was asked to do with them."""

from pulumi_tuning.emulator import Emulator
from tests.cli.exports import Json, labels

CREATED = "2026-11-22T09:00:00Z"


def add_running(service: Emulator, **fields: object) -> str:
    """Add a running job of the stack and return its name."""
    job: Json = {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": "gs://acme/train.jsonl"},
        "labels": labels(),
        "createTime": CREATED,
        "state": "JOB_STATE_RUNNING",
    }
    name: str = service.add_job(job | fields)["name"]
    return name


def cancels(service: Emulator) -> list[str]:
    """Return the names of the jobs that the service was asked to cancel."""
    paths = [entry.path for entry in service.journal("POST", ":cancel$")]
    return [path.removeprefix("/v1/").removesuffix(":cancel") for path in paths]
