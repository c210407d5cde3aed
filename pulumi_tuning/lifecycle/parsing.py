"""From what the engine hands over to inputs, with every problem named at once.

Pure: no I/O, no Pulumi. Values that are not known yet are passed as paths beside the
known ones: they are neither missing nor wrong.
"""

import difflib
from collections.abc import Collection
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from pulumi_tuning.diff import Path, to_property
from pulumi_tuning.errors import Problem
from pulumi_tuning.inputs import TuningJobInputs
from pulumi_tuning.names import engine_name

_EXPECTED: Final = {
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large",
    "less_than": "is too large",
    "greater_than_equal": "is too small",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "dict_type": "must be a mapping",
    "model_type": "must be a mapping of properties",
    "model_attributes_type": "must be a mapping of properties",
}


@dataclass(frozen=True, slots=True)
class Unknown:
    """Paths of the values that a preview does not know yet."""

    paths: frozenset[Path] = frozenset()

    def covers(self, *path: str | int) -> bool:
        """Return whether the value at this path, or anything below it, is unknown."""
        return any(
            unknown[: len(path)] == path or path[: len(unknown)] == unknown
            for unknown in self.paths
        )


@dataclass(frozen=True, slots=True)
class Parsed:
    """What could be read of the inputs."""

    inputs: TuningJobInputs
    problems: tuple[Problem, ...]
    rejected: frozenset[Path]
    """Paths that were left out because they are wrong: not missing, and not unset."""


def parse(
    known: dict[str, Any],
    unknown: Unknown = Unknown(),
    *,
    ignored: Collection[str] = (),
) -> Parsed:
    """Read inputs; what is wrong becomes a problem and is left out.

    Args:
        known: Engine-side properties, without unknown values; an unknown element of a
            list stands there as None.
        unknown: Where the unknown values stand.
        ignored: Top-level properties that are not inputs of a tuning job.
    """
    remaining = deepcopy({k: v for k, v in known.items() if k not in ignored})
    problems: list[Problem] = []
    rejected: set[Path] = set()
    while True:
        try:
            inputs = TuningJobInputs.model_validate(remaining)
        except ValidationError as error:
            for detail in error.errors(include_url=False):
                path = detail["loc"]
                if not unknown.covers(*path):
                    problems.append(Problem(to_property(path), _reason(detail)))
                rejected.add(_remove(remaining, path))
        else:
            return Parsed(inputs, tuple(problems), frozenset(rejected))


def _remove(tree: dict[str, Any], location: tuple[int | str, ...]) -> Path:
    """Remove the value at a location and return the path that was removed."""
    node: Any = tree
    path: list[str | int] = []
    for step in location[:-1]:
        below = node.get(step) if isinstance(node, dict) else node[step]
        if not isinstance(below, (dict, list)):
            break
        path.append(step)
        node = below
    last = location[len(path)]
    if isinstance(node, list):
        # Removing one element would move the others: the whole list goes.
        return _remove(tree, tuple(path))
    node.pop(last, None)
    return (*path, last)


def _reason(detail: ErrorDetails) -> str:
    """Return pydantic's finding in this package's words."""
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _no_such_property(detail["loc"])
    context = detail.get("ctx", {})
    if kind == "value_error":
        return str(context["error"])
    if kind == "literal_error":
        return f"must be one of {context['expected']}"
    return _EXPECTED.get(kind, detail["msg"])


def _no_such_property(location: tuple[int | str, ...]) -> str:
    """Return a reason that names the property that was probably meant."""
    names = _property_names(location[:-1])
    close = difflib.get_close_matches(str(location[-1]), names, n=1)
    meant = f"; did you mean {close[0]}?" if close else f"; known: {', '.join(names)}"
    return f"there is no such property{meant}"


def _property_names(location: tuple[int | str, ...]) -> list[str]:
    """Return the properties that exist at a location of the inputs."""
    model: type[BaseModel] = TuningJobInputs
    for step in location:
        if isinstance(step, int):
            continue
        _, below = engine_name(step, model)
        model = below or model
    return [str(f.alias) for f in model.model_fields.values()]
