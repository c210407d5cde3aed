"""The wire types of a tuning job, field for field, as the discovery document has them.

Pure: text in, types out. `tuning_job_types` and its neighbours hold the text; this
module reads it once. A line without indentation opens a message or an `enum`; an
indented one is `field: type flags…`. `[T]` is a list and `{T}` a map by string;
`output` is set by the service alone, `beta` exists only under `/v1beta1/`, `optional`
keeps a zero, and `oneof=group` excludes its neighbours. Values of an enum are numbered
from 0 unless `=number` follows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pulumi_tuning.emulator.schema.evaluation_types import EVALUATION_TYPES
from pulumi_tuning.emulator.schema.generation_config_types import (
    GENERATION_CONFIG_TYPES,
)
from pulumi_tuning.emulator.schema.tuning_job_types import TUNING_JOB_TYPES

Cardinality = Literal["one", "list", "map"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message."""

    name: str
    """Name in JSON, camelCase."""

    type: str
    """A scalar, `any`, or the name of an enum or a message."""

    cardinality: Cardinality
    is_output: bool
    is_beta: bool
    has_presence: bool
    """Whether a zero that was sent is told apart from a field that was not."""

    oneof: str | None

    @property
    def proto_name(self) -> str:
        """Name in snake_case, which the service accepts as well."""
        return snake_case(self.name)


@dataclass(frozen=True, slots=True)
class Schema:
    """All messages and enums, by name."""

    messages: Mapping[str, Mapping[str, Field]]
    """Fields by JSON name, in the order in which they are answered."""

    enums: Mapping[str, Mapping[str, int]]


def snake_case(name: str) -> str:
    """Return the proto name of a JSON field."""
    return re.sub(r"[A-Z]", lambda capital: f"_{capital[0].lower()}", name)


def read_schema(text: str) -> Schema:
    """Return the messages and enums that the text declares."""
    messages: dict[str, dict[str, Field]] = {}
    enums: dict[str, dict[str, int]] = {}
    for heading, lines in _blocks(text):
        if heading[0] == "enum":
            enums[heading[1]] = _enum(" ".join(lines).split())
        else:
            fields = [_field(line) for line in lines]
            messages[heading[0]] = {field.name: field for field in fields}
    return Schema(messages, enums)


def _blocks(text: str) -> Iterator[tuple[list[str], list[str]]]:
    for block in re.split(r"\n(?=\S)", text.strip()):
        heading, *lines = block.splitlines()
        yield heading.split(), lines


def _enum(words: list[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    next_number = 0
    for word in words:
        name, _, number = word.partition("=")
        numbers[name] = int(number or next_number)
        next_number = numbers[name] + 1
    return numbers


def _field(line: str) -> Field:
    label, declared, *flags = line.split()
    oneofs = [flag.removeprefix("oneof=") for flag in flags if "=" in flag]
    cardinalities: dict[str, Cardinality] = {"[": "list", "{": "map"}
    return Field(
        name=label.removesuffix(":"),
        type=declared.strip("[]{}"),
        cardinality=cardinalities.get(declared[0], "one"),
        is_output="output" in flags,
        is_beta="beta" in flags,
        has_presence="optional" in flags or bool(oneofs),
        oneof=oneofs[0] if oneofs else None,
    )


SCHEMA: Final = read_schema(
    TUNING_JOB_TYPES.strip("\n") + EVALUATION_TYPES + GENERATION_CONFIG_TYPES.strip()
)
"""The schema of `TuningJob`, in both of its versions."""
