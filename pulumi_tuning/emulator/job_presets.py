"""Facts of a job that are set by hand, and what a job that is added was asked for.

Pure. An order is checked whole before any of it is done, so one that is refused leaves
the job as it was.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from pulumi_tuning.emulator.emulator_clock import LATEST
from pulumi_tuning.emulator.job_facts import JobFacts
from pulumi_tuning.emulator.json_values import Json, is_list, is_object
from pulumi_tuning.emulator.parsing import read_message
from pulumi_tuning.emulator.schema import SCHEMA, Field

_FIELDS: Final = SCHEMA.messages["TuningJob"]
_FLAGS: Final = {
    "ignoresCancel": "ignores_cancel",
    "successWinsRace": "success_wins_race",
    "leavesModel": "leaves_model",
    "expired": "is_expired",
}
_FAILURE: Final = "failure"
_YEARS: Final = range(1970, LATEST.year)
"""Those in which a job can run without leaving what a date can hold."""


def requested(fields: Mapping[str, Any]) -> Json:
    """Return what of the fields a caller of the API sets, as the service stores it.

    Raises:
        RefusalError: It would not be read by the service either.
    """
    body = {
        name: fields[name]
        for name, field in _FIELDS.items()
        if name in fields and not field.is_output
    }
    return read_message("TuningJob", body, path="tuning_job", version="v1beta1")


def refuse_misfits(fields: Mapping[str, Any]) -> None:
    """Refuse a field of the API, or one of the emulator's own, with a wrong value.

    Raises:
        ValueError: The first one.
    """
    for key, value in fields.items():
        kind, fits = _kind(key)
        is_taken_away = value is None and key not in (*_FLAGS, "state", "createTime")
        if not is_taken_away and not fits(value):
            message = f"{key} of a job is {kind}, not {value!r}"
            raise ValueError(message)


def set_facts(facts: JobFacts, fields: Mapping[str, Any], now: datetime) -> None:
    """Set facts by the names of `refuse_misfits`; a state holds from now on."""
    for key, value in fields.items():
        if key in _FLAGS:
            setattr(facts, _FLAGS[key], value)
        elif key == _FAILURE:
            facts.failure = value
        elif key == "createTime":
            facts.create_time = datetime.fromisoformat(value)
        elif key == "state":
            facts.held_state = value
            facts.held_at = now
            facts.cancelled_at = None
            facts.is_concluded = False
        else:
            facts.overrides[key] = value


def _kind(key: str) -> tuple[str, Callable[[object], bool]]:
    """Return what a value must be, in words and as a test."""
    if key in _FLAGS:
        return _KINDS["bool"]
    field = _FIELDS.get(key)
    if key == _FAILURE or (field and _is_message(field)):
        return "an object", is_object
    if field is None:
        return "anything", lambda _: True
    if field.cardinality == "list":
        return "a list", is_list
    if field.cardinality == "map":
        return "an object of texts", _is_map
    return _KINDS.get(field.type, _TEXT)


def _is_message(field: Field) -> bool:
    scalar = field.type in _KINDS or field.type in SCHEMA.enums
    return field.cardinality == "one" and not scalar


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_map(value: object) -> bool:
    return is_object(value) and all(map(_is_text, value.values()))


def _is_time(value: object) -> bool:
    try:
        time = datetime.fromisoformat(str(value))
    except ValueError:
        return False
    return time.tzinfo is not None and time.year in _YEARS


_TEXT: Final = ("a text", _is_text)
_KINDS: Final[Mapping[str, tuple[str, Callable[[object], bool]]]] = {
    "string": _TEXT,
    "bool": ("true or false", lambda value: isinstance(value, bool)),
    "timestamp": ("a time with its zone, from 1970 to 8999", _is_time),
}
