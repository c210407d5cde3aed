"""Inputs: everything that a program hands over, and what a change of it does.

Pure: no I/O, no Pulumi. Field names are the snake_case of the REST names, aliases the
REST names themselves, which are the engine-side property names too. Every field is
optional here: what is required is a rule (`pulumi_tuning.lifecycle.rules`), because a
value may be unknown in a preview.
"""

from pulumi_tuning.inputs.declaration import HIDDEN_INPUT, SCHEMA_VERSION, Declaration
from pulumi_tuning.inputs.specs import (
    ADAPTER_SIZES,
    TUNING_SPECS,
    EncryptionSpec,
    PreferenceHyperParameters,
    PreferenceOptimizationSpec,
    PreTunedModel,
    SupervisedHyperParameters,
    SupervisedTuningSpec,
)
from pulumi_tuning.inputs.tuning_job import (
    SENT,
    DatasetFingerprint,
    DatasetFingerprints,
    Effect,
    TuningJobInputs,
)

__all__ = [
    "ADAPTER_SIZES",
    "HIDDEN_INPUT",
    "SCHEMA_VERSION",
    "SENT",
    "TUNING_SPECS",
    "DatasetFingerprint",
    "DatasetFingerprints",
    "Declaration",
    "Effect",
    "EncryptionSpec",
    "PreTunedModel",
    "PreferenceHyperParameters",
    "PreferenceOptimizationSpec",
    "SupervisedHyperParameters",
    "SupervisedTuningSpec",
    "TuningJobInputs",
]
