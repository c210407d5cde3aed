"""The table of models as documentation.

Pure: no I/O. What is generated here is what the checks read, so it cannot drift.
"""

from collections.abc import Iterable
from typing import Any, Final

from pulumi_tuning.dataset.facts import Fact, ModelRules, Source
from pulumi_tuning.dataset.models import MODELS

_HEADINGS: Final = (
    "`base_model`",
    "tuning",
    "adapter sizes",
    "tuned in",
    "CMEK",
    "evaluation",
    "tokens per example",
    "training examples",
    "validation examples",
)
_LEGEND: Final = (
    "**Bold** facts are certain, and a job that breaks them is refused; the others may "
    "be out of date and are warned about. Sources:"
)


def models_markdown() -> str:
    """Return the table of models and its sources as Markdown."""
    lines = [_row(_HEADINGS), _row(["---"] * len(_HEADINGS))]
    lines += [_row(_cells(model)) for model in MODELS]
    lines += ["", _LEGEND, ""]
    lines += [
        f"- [{source.title}]({source.url}), {source.as_of}" for source in sources()
    ]
    return "\n".join(lines) + "\n"


def sources() -> list[Source]:
    """Return the sources of all facts in the table, by title."""
    found = {
        fact.source
        for model in MODELS
        for name in ModelRules.__dataclass_fields__
        if isinstance(fact := getattr(model, name), Fact)
    }
    return sorted(found, key=lambda source: source.title)


def _cells(model: ModelRules) -> list[str]:
    listed = "" if model.is_listed.value else " (no longer listed)"
    share = model.most_validation_share
    validation = _cell(model.most_validation_rows)
    if share is not None:
        validation += f", or {share.value:.0%} of the training examples"
    return [
        f"`{model.name}`{listed}",
        _cell(model.tuning_kinds),
        _cell(model.adapter_sizes),
        _cell(model.locations),
        _cell(model.supports_cmek),
        _cell(model.supports_evaluation),
        _cell(model.most_tokens_per_row),
        _cell(model.most_rows),
        validation,
    ]


def _cell(fact: Fact[Any] | None) -> str:
    if fact is None:
        return "not documented"
    text = _text(fact.value)
    return f"**{text}**" if fact.is_certain else text


def _text(value: bool | int | Iterable[object]) -> str:  # noqa: FBT001 - a cell's value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    items = [str(item) for item in value]
    return ", ".join(sorted(items) if isinstance(value, frozenset) else items)


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
