"""The statistics of a data set, computed as the real service reports them.

Pure. Of a job of the real service it is known that the billable tokens are those of one
epoch, input and output together; that a distribution has six bins of equal width from
the smallest to the largest value, empty ones left out; and that three examples are
shown, each text cut to 400 characters.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pulumi_tuning.emulator.examples import Dropped, Example
from pulumi_tuning.emulator.json_values import Json
from pulumi_tuning.emulator.wire import json_number

_BINS: Final = 6
_SHOWN_EXAMPLES: Final = 3
_SHOWN_CHARACTERS: Final = 397
_SAMPLE: Final = 10
_EXAMPLES_PER_STEP: Final = 16
_EPOCHS_BY_EXAMPLES: Final = ((200, 40), (1_000, 10), (5_000, 4))
_FEWEST_EPOCHS: Final = 2


@dataclass(frozen=True, slots=True)
class DatasetSummary:
    """What one pass over a data set finds."""

    examples: Sequence[Example]
    """All that are tuned on; only the first three keep their content."""

    dropped: Sequence[Dropped]

    @classmethod
    def of(cls, found: Iterable[Example | Dropped]) -> "DatasetSummary":
        """Return the summary of what was read."""
        examples: list[Example] = []
        dropped: list[Dropped] = []
        for item in found:
            if isinstance(item, Dropped):
                dropped.append(item)
            elif len(examples) < _SHOWN_EXAMPLES:
                examples.append(item)
            else:
                examples.append(replace(item, contents=(), completions=()))
        return cls(examples, dropped)

    @property
    def default_epochs(self) -> int:
        """How many epochs the service runs where the request does not say."""
        for below, epochs in _EPOCHS_BY_EXAMPLES:
            if len(self.examples) < below:
                return epochs
        return _FEWEST_EPOCHS

    def steps(self, epochs: int) -> int:
        """Return how many steps the tuning takes."""
        return epochs * math.ceil(len(self.examples) / _EXAMPLES_PER_STEP)


def supervised_stats(summary: DatasetSummary, epochs: int) -> Json:
    """Return the `SupervisedTuningDataStats` of a data set."""
    examples = summary.examples
    stats: Json = {
        "tuningDatasetExampleCount": str(len(examples)),
        "totalTuningCharacterCount": str(sum(item.characters for item in examples)),
        "tuningStepCount": str(summary.steps(epochs)),
        "userInputTokenDistribution": _supervised_distribution(
            [item.input_tokens for item in examples]
        ),
        "userOutputTokenDistribution": _supervised_distribution(
            [item.output_tokens for item in examples]
        ),
        "userMessagePerExampleDistribution": _supervised_distribution(
            [item.message_count for item in examples]
        ),
        "userDatasetExamples": [
            _shortened(content)
            for item in examples[:_SHOWN_EXAMPLES]
            for content in item.contents
        ],
        "totalBillableTokenCount": _billable(summary),
    }
    if summary.dropped:
        sample = summary.dropped[:_SAMPLE]
        stats["totalTruncatedExampleCount"] = str(len(summary.dropped))
        stats["truncatedExampleIndices"] = [str(item.index) for item in sample]
        stats["droppedExampleReasons"] = [item.reason for item in sample]
    return stats


def preference_stats(summary: DatasetSummary, epochs: int) -> Json:
    """Return the `PreferenceOptimizationDataStats` of a data set."""
    examples = summary.examples
    stats: Json = {
        "tuningDatasetExampleCount": str(len(examples)),
        "totalBillableTokenCount": _billable(summary),
        "tuningStepCount": str(summary.steps(epochs)),
        "userInputTokenDistribution": _distribution(
            [item.input_tokens for item in examples]
        ),
        "userOutputTokenDistribution": _distribution(
            [item.output_tokens for item in examples]
        ),
        "scoresDistribution": _distribution(
            [score for item in examples for score in item.scores]
        ),
        "scoreVariancePerExampleDistribution": _distribution(
            [(item.scores[0] - item.scores[1]) ** 2 / 4 for item in examples]
        ),
        "userDatasetExamples": [
            {
                "contents": [_shortened(content) for content in item.contents],
                "completions": [
                    completion | {"completion": _shortened(completion["completion"])}
                    for completion in item.completions
                ],
            }
            for item in examples[:_SHOWN_EXAMPLES]
        ],
    }
    if summary.dropped:
        sample = summary.dropped[:_SAMPLE]
        stats["droppedExampleIndices"] = [str(item.index) for item in sample]
        stats["droppedExampleReasons"] = [item.reason for item in sample]
    return stats


def _billable(summary: DatasetSummary) -> str:
    return str(sum(example.billable_tokens for example in summary.examples))


def _supervised_distribution(values: Sequence[int]) -> Json:
    """Return a distribution whose sum is an int64 and whose counts are doubles."""
    distribution = _distribution(values)
    total = str(sum(values))
    buckets = [
        bucket | {"count": int(bucket["count"])} for bucket in distribution["buckets"]
    ]
    return distribution | {"sum": total, "buckets": buckets, "billableSum": total}


def _distribution(values: Sequence[float]) -> Json:
    ordered = sorted(values)
    mean = sum(ordered) / len(ordered)
    figures = {
        "sum": sum(ordered),
        "min": ordered[0],
        "max": ordered[-1],
        "mean": mean,
        "median": _percentile(ordered, 0.5),
        "p5": _percentile(ordered, 0.05),
        "p95": _percentile(ordered, 0.95),
    }
    shown = {key: json_number(value) for key, value in figures.items() if value}
    return shown | {"buckets": _buckets(ordered)}


def _percentile(ordered: Sequence[float], share: float) -> float:
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def _buckets(ordered: Sequence[float]) -> list[Json]:
    low, high = ordered[0], ordered[-1]
    if low == high:
        return [_bucket(len(ordered), low, high)]
    width = (high - low) / _BINS
    counts = [0] * _BINS
    for value in ordered:
        counts[min(int((value - low) / width), _BINS - 1)] += 1
    return [
        _bucket(count, low + number * width, low + (number + 1) * width)
        for number, count in enumerate(counts)
        if count
    ]


def _bucket(count: int, left: float, right: float) -> Json:
    edges = {"left": int(left), "right": int(right)}
    return {"count": str(count)} | {key: edge for key, edge in edges.items() if edge}


def _shortened(content: Json) -> Json:
    parts = [
        part | {"text": _cut(part["text"])}
        if isinstance(part.get("text"), str)
        else part
        for part in content["parts"]
    ]
    return content | {"parts": parts}


def _cut(text: str) -> str:
    if len(text) <= _SHOWN_CHARACTERS + 3:
        return text
    return text[:_SHOWN_CHARACTERS] + "..."
