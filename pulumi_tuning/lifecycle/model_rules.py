"""What the table of models has against a job, at the properties of its inputs.

Pure: no I/O, no Pulumi. The table is `pulumi_tuning.dataset.models`.
"""

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pulumi_tuning.dataset.facts import ModelFamily, TuningKind
from pulumi_tuning.dataset.models import MODELS, find_model
from pulumi_tuning.dataset.objections import Aspect, Plan, objections
from pulumi_tuning.inputs import ADAPTER_SIZES, TUNING_SPECS
from pulumi_tuning.lifecycle.subject import Subject

_ADAPTER_NUMBERS: Final = {name: size for size, name in ADAPTER_SIZES.items()}
_TUNING_KINDS: Final[Mapping[str, TuningKind]] = dict(
    zip(TUNING_SPECS, (TuningKind.SUPERVISED, TuningKind.PREFERENCE), strict=True)
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem, or only a doubt: old knowledge warns, certain knowledge refuses."""

    property: str
    reason: str
    is_certain: bool


def model_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what the table of models has against the job."""
    base_model = subject.inputs.base_model
    if not base_model:
        yield from _tuned_model_findings(subject)
        return
    model = find_model(base_model)
    if model is None:
        close = difflib.get_close_matches(base_model, [m.name for m in MODELS], n=1)
        meant = f"; did you mean {close[0]}?" if close else ""
        reason = f"{base_model} is in no table of tunable models{meant}"
        yield Finding("baseModel", reason, is_certain=False)
        return
    if "/" in base_model and model.family is not ModelFamily.OPEN:
        reason = f"the service is only known to take the short name {model.name}"
        yield Finding("baseModel", reason, is_certain=False)
    spec = _spec(subject)
    plan = Plan(
        tuning_kind=_TUNING_KINDS[spec] if spec else None,
        adapter_size=_adapter_size(subject),
        location=subject.inputs.location,
        has_encryption_key=bool(subject.value("encryptionSpec", "kmsKeyName")),
        has_evaluation=subject.value(TUNING_SPECS[0], "evaluationConfig") is not None,
    )
    places = {
        Aspect.MODEL: "baseModel",
        Aspect.TUNING_KIND: spec or TUNING_SPECS[0],
        Aspect.ADAPTER_SIZE: f"{spec}.hyperParameters.adapterSize",
        Aspect.LOCATION: "location",
        Aspect.ENCRYPTION: "encryptionSpec.kmsKeyName",
        Aspect.EVALUATION: f"{TUNING_SPECS[0]}.evaluationConfig",
    }
    for objection in objections(model, plan):
        yield Finding(places[objection.aspect], objection.reason, objection.is_certain)


def _tuned_model_findings(subject: Subject) -> Iterator[Finding]:
    """Yield what no base model in the table has, where a tuned model's is not known."""
    size = _adapter_size(subject)
    known = {s for m in MODELS if m.adapter_sizes for s in m.adapter_sizes.value}
    if size is not None and size not in known:
        path = f"{_spec(subject)}.hyperParameters.adapterSize"
        yield Finding(path, f"no known model takes {size}", is_certain=False)
    if subject.inputs.location == "global":
        reason = "the service refuses to tune Gemini models in global"
        yield Finding("location", reason, is_certain=False)


def _spec(subject: Subject) -> str | None:
    return next((s for s in TUNING_SPECS if subject.value(s) is not None), None)


def _adapter_size(subject: Subject) -> int | None:
    spec = _spec(subject)
    size = subject.value(spec, "hyperParameters", "adapterSize") if spec else None
    return _ADAPTER_NUMBERS.get(str(size))
