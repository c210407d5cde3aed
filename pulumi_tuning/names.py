"""Python names and engine-side names of inputs and outputs, by the models' own aliases.

Pure: no I/O, no Pulumi. The table is closed: a key that is no field of the model at its
place stays as it is, so that a label called `base_model` stays one and a misspelt
property is named as it was written.
"""

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.alias_generators import to_snake

from pulumi_tuning.inputs import TuningJobInputs

_STEP: Final = re.compile(r'\["(?P<quoted>[^"]*)"\]|\[(?P<index>[^\]]*)\]|[^.\["\]]+')

_ANY: Final = "*"
"""Stands for any one step of a path."""

LIVE_OUTPUTS: Final = (
    "state",
    "error",
    "tunedModel",
    "experiment",
    "tuningDataStats",
    "createTime",
    "startTime",
    "endTime",
    "updateTime",
)
"""Engine-side names of the outputs that are copied from the service's answer."""

OUTPUTS: Final = (
    "name",
    *LIVE_OUTPUTS,
    "consoleUrl",
    "trainedOn",
    "serviceAddress",
    "billedTokens",
    "billedCostUsd",
)
"""Engine-side names of the outputs that are no inputs."""

ALIASES: Final = {
    **{name: str(field.alias) for name, field in TuningJobInputs.model_fields.items()},
    **{to_snake(name): name for name in OUTPUTS},
}
"""Engine-side name of every input and output, by its Python name."""

FOUND_AT_ONCE: Final = {name for name, alias in ALIASES.items() if name == alias} - {
    "name",
    "state",
    "project",
    "location",
}
"""Those that have one name in both worlds, but for those that always have a value."""

Model = type[BaseModel]


def engine_name(key: str, model: Model) -> tuple[str, Model | None]:
    """Return a key's engine-side name and the model below it, where there is one."""
    return _fields(model).get(key, (key, None))


def to_engine_path(path: str) -> str:
    """Return a property path of a resource option with engine-side names.

    Below `labels` and other maps the names are the user's own and stay.
    """
    models: list[Model] = [TuningJobInputs]
    text = ""
    for match in _STEP.finditer(path):
        step, name = match.group(), _name(match)
        if match["index"] is None:
            engine_side, models = _step_down(name, models)
            step = step.replace(name, engine_side)
        text += step if step.startswith("[") or not text else f".{step}"
    return text


def _step_down(key: str, models: Sequence[Model]) -> tuple[str, list[Model]]:
    """Return a key's engine-side name and the models that may stand below it."""
    if key == _ANY:
        found = [pair for model in models for pair in _fields(model).values()]
        return key, [below for _, below in found if below is not None]
    names = [engine_name(key, model) for model in models]
    alias = next((alias for alias, _ in names if alias != key), key)
    return alias, [below for _, below in names if below is not None]


@cache
def _fields(model: Model) -> dict[str, tuple[str, Model | None]]:
    """Return engine-side name and model below, by each name that a field goes by.

    A field whose name Python has another use for is known by its alias, in both cases.
    """
    return {
        spelling: (str(field.alias), _model_of(field.annotation))
        for name, field in model.model_fields.items()
        for spelling in (name, str(field.alias), to_snake(str(field.alias)))
    }


def path_steps(path: str) -> tuple[str, ...]:
    """Return the steps of a property path; `*` stands for any one step."""
    return tuple(_name(match) for match in _STEP.finditer(path))


def _name(match: re.Match[str]) -> str:
    """Return a step's name without what encloses it."""
    return next((n for n in match.groups() if n is not None), match.group())


def _model_of(annotation: Any) -> Model | None:  # noqa: ANN401 - a type expression
    """Return the model inside a field's annotation, such as in `list[M] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_of(argument) for argument in get_args(annotation))
    return next((model for model in models if model is not None), None)
