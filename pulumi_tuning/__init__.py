"""Declarative tuning jobs of Vertex AI for Pulumi programs."""

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
