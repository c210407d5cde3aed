"""What a job would cost, told before it is started, and what it has cost."""

import re
import threading
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from pulumi_tuning.dataset.report import Report
from pulumi_tuning.dataset.tokens import TokenEstimate
from pulumi_tuning.errors import Problem
from pulumi_tuning.inputs import TUNING_SPECS, DatasetFingerprint, TuningJobInputs
from pulumi_tuning.job_state import SUCCEEDED_STATES
from pulumi_tuning.lifecycle.notes import Notes
from pulumi_tuning.live import LiveTuningJob
from pulumi_tuning.pricing import Price, billed, estimate
from pulumi_tuning.state import TuningJobState

_STATISTICS: Final[Mapping[str, str]] = dict(
    zip(
        TUNING_SPECS,
        ("supervisedTuningDataStats", "preferenceOptimizationDataStats"),
        strict=True,
    )
)
"""Where the service reports what a job of each tuning spec was billed for."""

_LIMIT: Final = "maxEstimatedCostUsd"
_CENT: Final = Decimal("0.01")


class CostTable:
    """Estimates of a process, corrected by jobs that have run on the same data."""

    def __init__(self, prices: Mapping[str, Price]) -> None:
        self._prices = prices
        self._lock = threading.Lock()
        self._billed_tokens: dict[tuple[object, ...], int] = {}

    def learn(self, recorded: TuningJobState, live: LiveTuningJob) -> None:
        """Remember how many tokens of its data set a job was really billed for."""
        trained_on = recorded.trained_on.training if recorded.trained_on else None
        spec = _spec_of(recorded.inputs)
        tokens = _billable_tokens(live, spec) if spec else None
        if spec is not None and trained_on is not None and tokens is not None:
            with self._lock:
                self._billed_tokens[_content(spec, trained_on)] = tokens

    def judge(
        self, inputs: TuningJobInputs, training: Report | None, notes: Notes
    ) -> list[Problem]:
        """Note the estimated cost; refuse a job above its limit."""
        tokens = self._tokens(inputs, training)
        limit = inputs.max_estimated_cost_usd
        if tokens is None:
            if limit is not None:
                notes.warn(f"{_LIMIT} is not checked: the data set was not looked at")
            return []
        cost = estimate(
            tokens.tokens,
            _epochs_of(inputs),
            inputs.base_model or "a tuned model",
            margin=tokens.margin,
            overrides=self._prices,
        )
        notes.info(cost.text())
        if limit is None:
            return []
        if cost.amount is None:
            notes.warn(f"{_LIMIT} is not checked: the model has no known price")
        elif cost.exceeds(limit):
            shown = f"{limit:,.2f}" if limit >= _CENT else f"{limit:g}"
            return [Problem(_LIMIT, f"{shown} USD is exceeded, {cost.text()}")]
        elif cost.is_per_epoch:
            notes.warn(f"{_LIMIT} is checked for one epoch only: set epoch_count")
        uncounted = training.uncounted_media if training and tokens.margin else {}
        if uncounted:
            media = ", ".join(sorted(uncounted))
            notes.warn(f"{_LIMIT} is checked without the tokens of: {media}")
        return []

    def _tokens(
        self, inputs: TuningJobInputs, training: Report | None
    ) -> TokenEstimate | None:
        """Return the tokens of one epoch: billed ones where the data set was used."""
        spec, now = _spec_of(inputs), inputs.dataset_fingerprints
        if spec is not None and now is not None and now.training is not None:
            with self._lock:
                real = self._billed_tokens.get(_content(spec, now.training))
            if real is not None:
                return TokenEstimate(real, 0.0)
        return training.tokens if training is not None and training.rows else None


def billed_outputs(
    live: LiveTuningJob, inputs: TuningJobInputs, prices: Mapping[str, Price]
) -> dict[str, Any]:
    """Return what a job was billed for, from the service's own statistics."""
    spec = _spec_of(inputs)
    if spec is None or live.state not in SUCCEEDED_STATES:
        return {}
    tokens, epochs = _billable_tokens(live, spec), _live_epochs(live, spec)
    if tokens is None or epochs is None:
        return {}
    cost = billed(tokens, epochs, _base_model_of(live), overrides=prices)
    outputs: dict[str, Any] = {"billedTokens": cost.tokens}
    if cost.amount is not None:
        outputs["billedCostUsd"] = float(cost.amount.quantize(_CENT))
    return outputs


def _content(spec: str, fingerprint: DatasetFingerprint) -> tuple[object, ...]:
    """Return what identifies billed tokens: the content, and how it is counted."""
    return (spec, fingerprint.crc32c or fingerprint.generation, fingerprint.size)


def _spec_of(inputs: TuningJobInputs) -> str | None:
    properties = inputs.to_properties()
    return next((spec for spec in TUNING_SPECS if spec in properties), None)


def _epochs_of(inputs: TuningJobInputs) -> int | None:
    spec = inputs.tuning_spec
    parameters = spec.hyper_parameters if spec else None
    return parameters.epoch_count if parameters else None


def _base_model_of(live: LiveTuningJob) -> str:
    """Return the base model; a job that tunes a tuned model names its there."""
    definition = live.definition()
    return str(
        definition.get("baseModel")
        or _below(definition, "preTunedModel", "baseModel")
        or "a tuned model"
    )


def _billable_tokens(live: LiveTuningJob, spec: str) -> int | None:
    path = (_STATISTICS[spec], "totalBillableTokenCount")
    return _whole(_below(live.tuning_data_stats, *path))


def _live_epochs(live: LiveTuningJob, spec: str) -> int | None:
    return _whole(_below(live.definition(), spec, "hyperParameters", "epochCount"))


def _below(tree: Any, *path: str) -> Any:  # noqa: ANN401 - any JSON
    for step in path:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _whole(value: object) -> int | None:
    """Return a 64-bit integer, which JSON carries as a string, or None."""
    text = str(value)
    return int(text) if re.fullmatch("[0-9]{1,19}", text) else None
