"""Python names and engine-side names of inputs, by the models' own aliases.

Pure: no I/O, no Pulumi. The table is closed: a key that is no field of the model at its
place stays as it is, so that a label called `base_model` stays one and a misspelt
property is named as it was written.
"""

import re
from typing import Any, Final, get_args

from pydantic import BaseModel

from pulumi_tuning.inputs import TuningJobInputs

_STEP: Final = re.compile(r'[^.\["\]]+|\["[^"]*"\]|\[[^\]]*\]')

Model = type[BaseModel]


def engine_name(key: str, model: Model) -> tuple[str, Model | None]:
    """Return a key's engine-side name and the model below it, where there is one."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return str(field.alias), _model_of(field.annotation)
    return key, None


def to_engine_path(path: str) -> str:
    """Return a property path of a resource option with engine-side names.

    Below `labels` and other maps the names are the user's own and stay.
    """
    model: Model | None = TuningJobInputs
    steps: list[str] = []
    for match in _STEP.finditer(path):
        step = match.group()
        if not step.startswith("[") and model is not None:
            step, model = engine_name(step, model)
        steps.append(step if step.startswith("[") or not steps else f".{step}")
    return "".join(steps)


def _model_of(annotation: Any) -> Model | None:  # noqa: ANN401 - a type expression
    """Return the model inside a field's annotation, such as in `list[M] | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    models = (_model_of(argument) for argument in get_args(annotation))
    return next((model for model in models if model is not None), None)
