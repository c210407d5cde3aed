"""Reading a request as proto3 JSON does, and writing an answer as the service does.

Pure. A body is checked against `schema`; every problem is found before any is
reported, in the words of Google's front end. Assumed are the words for two of a oneof,
the path that begins with `tuning_job`, and that fields which the service alone sets are
ignored.
"""

import json
import math
import re
from collections.abc import Callable, Mapping
from typing import Final

from pulumi_tuning.emulator.errors import (
    bad_request,
)
from pulumi_tuning.emulator.json_values import Json, is_list, is_object
from pulumi_tuning.emulator.schema import SCHEMA, Field

_INTEGER_LIMITS: Final = {"int32": 2**31, "int64": 2**63}


class _Invalid(Exception):  # noqa: N818 - a signal between two functions here
    """The value does not fit the type."""


class _Reader:
    def __init__(self, version: str) -> None:
        self.version = version
        self.violations: list[tuple[str, str]] = []

    def message(self, type_name: str, body: object, path: str) -> Json:
        """Return the message in the order of its fields, zeros left out."""
        fields = self._fields(type_name)
        spelled = {field.proto_name: field for field in fields.values()} | dict(fields)
        read: Json = {}
        taken: set[str] = set()
        if not is_object(body):
            self._invalid(path, type_name, body)
            return read
        for key, value in body.items():
            field = spelled.get(key)
            if field is None:
                self._unknown(key, path)
            elif value is not None and not field.is_output:
                self._take_oneof(field, key, path, taken)
                self._read_into(read, field, value, f"{path}.{field.proto_name}")
        return {name: read[name] for name in fields if name in read}

    def _fields(self, type_name: str) -> dict[str, Field]:
        return {
            name: field
            for name, field in SCHEMA.messages[type_name].items()
            if self.version == "v1beta1" or not field.is_beta
        }

    def _take_oneof(self, field: Field, key: str, path: str, taken: set[str]) -> None:
        if field.oneof in taken:
            problem = (
                f"Invalid value at '{path}' (oneof), oneof field '{field.oneof}' "
                f"is already set. Cannot set '{key}'"
            )
            self.violations.append((path, problem))
        if field.oneof:
            taken.add(field.oneof)

    def _read_into(self, read: Json, field: Field, value: object, path: str) -> None:
        try:
            parsed = self._value(field, value, path)
        except _Invalid:
            self._invalid(path, field.type, value)
            return
        if field.has_presence or not is_zero(field, parsed):
            read[field.name] = parsed

    def _value(self, field: Field, value: object, path: str) -> object:
        if field.cardinality == "list":
            if not is_list(value):
                raise _Invalid
            return [
                self._element(field.type, item, f"{path}[{index}]")
                for index, item in enumerate(value)
            ]
        if field.cardinality == "map":
            if not is_object(value):
                raise _Invalid
            return {
                key: self._element(field.type, item, f"{path}[{index}].value")
                for index, (key, item) in enumerate(value.items())
            }
        return self._single(field.type, value, path)

    def _element(self, type_name: str, value: object, path: str) -> object:
        try:
            return self._single(type_name, value, path)
        except _Invalid:
            self._invalid(path, type_name, value)
            return value

    def _single(self, type_name: str, value: object, path: str) -> object:
        if type_name in SCHEMA.messages:
            return self.message(type_name, value, path)
        if type_name in SCHEMA.enums:
            return _enum(SCHEMA.enums[type_name], value)
        return _SCALARS[type_name](value)

    def _unknown(self, key: str, path: str) -> None:
        problem = (
            f'Invalid JSON payload received. Unknown name "{key}" at '
            f"'{path}': Cannot find field."
        )
        self.violations.append((path, problem))

    def _invalid(self, path: str, type_name: str, value: object) -> None:
        known = type_name in SCHEMA.messages or type_name in SCHEMA.enums
        shown = (
            f"type.googleapis.com/google.cloud.aiplatform.{self.version}.{type_name}"
            if known
            else f"TYPE_{type_name.upper()}"
        )
        problem = f"Invalid value at '{path}' ({shown}), {json.dumps(value)}"
        self.violations.append((path, problem))


def read_message(type_name: str, body: object, *, path: str, version: str) -> Json:
    """Return a request's message as the service stores it.

    Raises:
        RefusalError: The body has unknown names, wrong types or two of a oneof.
    """
    reader = _Reader(version)
    message = reader.message(type_name, body, path)
    if reader.violations:
        raise bad_request(reader.violations)
    return message


def without_empty_messages(message: Json, type_name: str = "TuningJob") -> Json:
    """Return the message without members that were sent as `{}`.

    A member of a oneof stays: that it is there is its meaning.
    """
    fields = SCHEMA.messages[type_name]
    kept: Json = {}
    for name, value in message.items():
        field = fields[name]
        nested = field.cardinality == "one" and field.type in SCHEMA.messages
        cleaned = without_empty_messages(value, field.type) if nested else value
        if cleaned != {} or field.oneof:
            kept[name] = cleaned
    return kept


def shown_message(
    message: Json, *, version: str, enums_as_numbers: bool, type_name: str = "TuningJob"
) -> Json:
    """Return the message in the order of its fields, as a version of the API shows it.

    A field that the schema does not know stands last and unchanged.
    """
    fields = SCHEMA.messages.get(type_name, {})
    shown: Json = {}
    for name, field in fields.items():
        if name in message and (version == "v1beta1" or not field.is_beta):
            shown[name] = _shown_value(
                field, message[name], version=version, enums_as_numbers=enums_as_numbers
            )
    return shown | {key: message[key] for key in message if key not in fields}


def _shown_value(
    field: Field, value: object, *, version: str, enums_as_numbers: bool
) -> object:
    if is_list(value):
        return [
            _shown_single(
                field, item, version=version, enums_as_numbers=enums_as_numbers
            )
            for item in value
        ]
    if field.cardinality == "map":
        return value
    return _shown_single(
        field, value, version=version, enums_as_numbers=enums_as_numbers
    )


def _shown_single(
    field: Field, value: object, *, version: str, enums_as_numbers: bool
) -> object:
    if field.type in SCHEMA.enums and enums_as_numbers:
        return SCHEMA.enums[field.type].get(str(value), value)
    if field.type in SCHEMA.messages and is_object(value):
        return shown_message(
            value,
            version=version,
            enums_as_numbers=enums_as_numbers,
            type_name=field.type,
        )
    return value


def is_zero(field: Field, value: object) -> bool:
    """Return whether proto3 cannot tell the value from one that was not set."""
    if field.cardinality == "one":
        if field.type in SCHEMA.messages or field.type == "any":
            return False
        if field.type in SCHEMA.enums:
            return SCHEMA.enums[field.type].get(str(value)) == 0
        if field.type == "int64":
            return value == "0"
    return not value


def _enum(numbers: Mapping[str, int], value: object) -> object:
    """Return an enum's name; a number, also in text, is the number of a value.

    So `"4"` for an adapter size is the value numbered 4, ADAPTER_SIZE_SIXTEEN. A number
    that no value has is kept, as proto3 does.
    """
    if isinstance(value, str) and value in numbers:
        return value
    number = _integer(value, limit=2**31)
    names = {number: name for name, number in numbers.items()}
    return names.get(number, number)


def _integer(value: object, limit: int) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Invalid
    if not -limit <= value < limit:
        raise _Invalid
    return value


def _double(value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        raise _Invalid
    try:
        number = float(value)
    except ValueError:
        raise _Invalid from None
    if not math.isfinite(number):
        raise _Invalid
    return int(number) if number.is_integer() else number


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _Invalid
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Invalid
    return value


def _anything(value: object) -> object:
    return value


_SCALARS: Final[Mapping[str, Callable[[object], object]]] = {
    "string": _string,
    "bytes": _string,
    "duration": _string,
    "timestamp": _string,
    "bool": _boolean,
    "int32": lambda value: _integer(value, _INTEGER_LIMITS["int32"]),
    "int64": lambda value: str(_integer(value, _INTEGER_LIMITS["int64"])),
    "float": _double,
    "double": _double,
    "any": _anything,
}
