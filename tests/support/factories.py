"""Small factories for what most tests of the core need: inputs, jobs, services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from pulumi_tuning.clock import Clock
from pulumi_tuning.gcp.http import GoogleHttp, new_client
from pulumi_tuning.inputs import Declaration, TuningJobInputs
from pulumi_tuning.lifecycle import Services, Severity
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.settings import Settings

PROJECT: Final = "acme"
NUMBER: Final = "123456789012"
LOCATION: Final = "us-central1"
IDENTITY: Final = "2f0b5d2c-0c5e-4f55-8d4b-8f6f3b1f5c1e"
URN: Final = "urn:pulumi:dev::shop::pulumi-python:dynamic/tuning:TuningJob::bot"
ADDRESS: Final = "aiplatform.googleapis.com"
TRAIN: Final = "gs://acme/train.jsonl"
VALIDATION: Final = "gs://acme/validation.jsonl"

Json = dict[str, Any]


def job_name(number: int = 1, project: str = NUMBER) -> str:
    """Return the name of a job."""
    return f"projects/{project}/locations/{LOCATION}/tuningJobs/{number}"


def properties(**changed: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return engine-side inputs of a small job; None takes one away."""
    base = {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
        "project": PROJECT,
        "location": LOCATION,
    }
    return {k: v for k, v in {**base, **changed}.items() if v is not None}


def supervised(**changed: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return a supervised tuning spec with these hyperparameters or other parts."""
    parameters = {"epochCount", "adapterSize", "learningRateMultiplier"}
    spec = {k: v for k, v in changed.items() if k not in parameters}
    hyper = {k: v for k, v in changed.items() if k in parameters}
    both = {"trainingDatasetUri": TRAIN, **spec}
    return {**both, "hyperParameters": hyper} if hyper else both


def preference(**changed: Any) -> Json:  # noqa: ANN401 - any JSON
    """Return a preference tuning spec with these hyperparameters."""
    return {"trainingDatasetUri": TRAIN, "hyperParameters": changed}


def inputs(**changed: Any) -> TuningJobInputs:  # noqa: ANN401 - any JSON
    """Return the inputs of a small job, changed by engine-side properties."""
    return TuningJobInputs.model_validate(properties(**changed))


def declaration(**changed: Any) -> Declaration:  # noqa: ANN401 - any JSON
    """Return the hidden input of a resource, changed by engine-side names."""
    return Declaration.model_validate(
        {"urn": URN, "name": "bot", "identity": IDENTITY, **changed}
    )


def live(body: Mapping[str, Any] | None = None, **fields: Any) -> LiveTuningJob:  # noqa: ANN401 - any JSON
    """Return a running job as the service answers it.

    Args:
        body: What was asked for when it was created; default: a small job.
        fields: Fields of the answer.
    """
    asked = inputs().to_request() if body is None else body
    answer = {"name": job_name(), "state": "JOB_STATE_RUNNING", **echo(asked), **fields}
    return LiveTuningJob.model_validate(answer)


def echo(body: Mapping[str, Any]) -> Json:
    """Return the body of a create call as the service echoes it.

    Zero, false and empty values are not echoed, whole doubles have no fraction, a
    missing display name is made up.
    """
    echoed = _kept(body)
    made_up = f"{body.get('baseModel', 'model')}-f9259f2c-3fdf-4dd3-9413-afef2bfd24f5"
    return {"tunedModelDisplayName": made_up, **echoed}


def settled(body: Mapping[str, Any]) -> Json:
    """Return the echo of a job that has started to run: all hyperparameters are set."""
    echoed = echo(body)
    for name in ("supervisedTuningSpec", "preferenceOptimizationSpec"):
        if name in echoed:
            chosen = {
                "epochCount": "10",
                "learningRateMultiplier": 1,
                "adapterSize": "ADAPTER_SIZE_FOUR",
                **echoed[name].get("hyperParameters", {}),
            }
            echoed[name] = {**echoed[name], "hyperParameters": chosen}
    return echoed


def _kept(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """Return JSON as a proto3 service prints it; labels may be empty."""
    if isinstance(value, dict):
        kept = {k: v if k == "labels" else _kept(v) for k, v in value.items()}
        return {
            k: v
            for k, v in kept.items()
            if k.endswith("Spec") or v not in (None, "", 0, {}, [])
        }
    if isinstance(value, list):
        return [_kept(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


@dataclass
class RecordingReporter:
    """Remembers what is shown on the rows."""

    reports: list[tuple[str, Severity, str]] = field(default_factory=list)

    def report(
        self, urn: str, severity: Severity, message: str, *, ephemeral: bool = False
    ) -> None:
        """Remember a message."""
        assert not ephemeral
        self.reports.append((urn, severity, message))

    @property
    def text(self) -> str:
        """All messages."""
        return "\n".join(message for _, _, message in self.reports)


def services(
    transport: httpx.BaseTransport,
    clock: Clock,
    reporter: RecordingReporter | None = None,
    **settings: Any,  # noqa: ANN401 - fields of the settings
) -> Services:
    """Return real clients in front of a service in memory."""
    chosen = {"access_token": "token", "project": PROJECT, "location": LOCATION}
    http = GoogleHttp(
        Settings(**{**chosen, **settings}), client=new_client(transport), clock=clock
    )
    return Services.over(http, reporter or RecordingReporter())
