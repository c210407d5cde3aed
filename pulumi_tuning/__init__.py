"""Declarative tuning jobs of Vertex AI for Pulumi programs."""

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pulumi_tuning.args import (
        EncryptionSpecArgs,
        PreferenceHyperParametersArgs,
        PreferenceOptimizationSpecArgs,
        PreTunedModelArgs,
        SupervisedHyperParametersArgs,
        SupervisedTuningSpecArgs,
    )
    from pulumi_tuning.errors import TuningError
    from pulumi_tuning.job_state import JobState
    from pulumi_tuning.lookups import (
        TuningJobResult,
        get_tuning_job,
        get_tuning_job_output,
        list_tuning_jobs,
        list_tuning_jobs_output,
    )
    from pulumi_tuning.outputs import Checkpoint, TunedModel
    from pulumi_tuning.resource import TuningJob

__all__ = [
    "Checkpoint",
    "EncryptionSpecArgs",
    "JobState",
    "PreTunedModelArgs",
    "PreferenceHyperParametersArgs",
    "PreferenceOptimizationSpecArgs",
    "SupervisedHyperParametersArgs",
    "SupervisedTuningSpecArgs",
    "TunedModel",
    "TuningError",
    "TuningJob",
    "TuningJobResult",
    "get_tuning_job",
    "get_tuning_job_output",
    "list_tuning_jobs",
    "list_tuning_jobs_output",
]

_HOMES: Final = {
    "Checkpoint": "outputs",
    "EncryptionSpecArgs": "args",
    "JobState": "job_state",
    "PreTunedModelArgs": "args",
    "PreferenceHyperParametersArgs": "args",
    "PreferenceOptimizationSpecArgs": "args",
    "SupervisedHyperParametersArgs": "args",
    "SupervisedTuningSpecArgs": "args",
    "TunedModel": "outputs",
    "TuningError": "errors",
    "TuningJob": "resource",
    "TuningJobResult": "lookups",
    "get_tuning_job": "lookups",
    "get_tuning_job_output": "lookups",
    "list_tuning_jobs": "lookups",
    "list_tuning_jobs_output": "lookups",
}
"""The module of each name, imported when the name is first used: the command line and
the provider's process need few of them."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> Any:  # noqa: ANN401 - each name has its own type
        """Return a public name."""
        if name not in _HOMES:
            message = f"module {__name__!r} has no attribute {name!r}"
            raise AttributeError(message)
        value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = value
        return value
