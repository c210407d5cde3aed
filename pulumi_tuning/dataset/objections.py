"""What the table of models has against a tuning job.

Pure: no I/O, no time, no Pulumi. An objection that is certain is a reason to refuse;
any other is a reason to warn, with the date of the knowledge in its words.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pulumi_tuning.dataset.facts import Fact, ModelFamily, ModelRules, TuningKind


class Aspect(StrEnum):
    """Which part of a job an objection is about."""

    MODEL = "model"
    TUNING_KIND = "tuningKind"
    ADAPTER_SIZE = "adapterSize"
    LOCATION = "location"
    ENCRYPTION = "encryptionSpec"
    EVALUATION = "evaluationConfig"


@dataclass(frozen=True, slots=True)
class Objection:
    """One thing that a model cannot be tuned with."""

    aspect: Aspect
    reason: str
    is_certain: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a job asks of its base model; None where it is left out or not known yet."""

    tuning_kind: TuningKind | None = None
    adapter_size: int | None = None
    location: str | None = None
    has_encryption_key: bool = False
    has_evaluation: bool = False


def objections(model: ModelRules, plan: Plan) -> Iterator[Objection]:
    """Yield everything that the table has against tuning this model so."""
    if model.family is ModelFamily.OPEN:
        yield Objection(
            Aspect.MODEL,
            f"{model.name} is an open model; only Gemini and translation models can "
            "be tuned here",
            is_certain=True,
        )
        return
    yield from _model(model)
    yield from _tuning_kind(model, plan)
    yield from _adapter_size(model, plan)
    yield from _location(model, plan)
    if (
        plan.has_encryption_key
        and model.supports_cmek
        and not model.supports_cmek.value
    ):
        yield _objection(
            Aspect.ENCRYPTION,
            f"{model.name} has no customer-managed encryption",
            model.supports_cmek,
        )
    evaluation = model.supports_evaluation
    if plan.has_evaluation and evaluation and not evaluation.value:
        yield _objection(
            Aspect.EVALUATION,
            f"{model.name} is not evaluated by tuning jobs",
            evaluation,
        )


def _model(model: ModelRules) -> Iterator[Objection]:
    if not model.is_listed.value:
        yield _objection(
            Aspect.MODEL,
            f"{model.name} is no longer listed as tunable",
            model.is_listed,
        )


def _tuning_kind(model: ModelRules, plan: Plan) -> Iterator[Objection]:
    kind = plan.tuning_kind
    if kind is not None and kind not in model.tuning_kinds.value:
        yield _objection(
            Aspect.TUNING_KIND,
            f"{model.name} has no {kind} tuning",
            model.tuning_kinds,
        )


def _adapter_size(model: ModelRules, plan: Plan) -> Iterator[Objection]:
    sizes = model.adapter_sizes
    if sizes and plan.adapter_size is not None and plan.adapter_size not in sizes.value:
        known = ", ".join(map(str, sizes.value))
        yield _objection(
            Aspect.ADAPTER_SIZE,
            f"{model.name} takes {known}, not {plan.adapter_size}",
            sizes,
        )


def _location(model: ModelRules, plan: Plan) -> Iterator[Objection]:
    if plan.location == "global" and model.family is ModelFamily.GEMINI:
        yield Objection(
            Aspect.LOCATION,
            f"the service refuses to tune {model.name} in global; use a region such "
            "as us-central1",
            is_certain=True,
        )
    elif plan.location and model.locations:
        known = " or ".join(model.locations.value)
        if plan.location not in model.locations.value:
            yield _objection(
                Aspect.LOCATION,
                f"{model.name} is tuned in {known}, not in {plan.location}",
                model.locations,
            )


def _objection(aspect: Aspect, reason: str, fact: Fact[Any]) -> Objection:
    """Return the objection, with the date of its fact where it may be out of date."""
    if not fact.is_certain:
        reason = f"{reason} (documentation of {fact.source.as_of})"
    return Objection(aspect, reason, is_certain=fact.is_certain)
