"""Small pieces of the wire format that all emulated services share."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Return a time as proto3 JSON writes it: Z, and 0, 3 or 6 fraction digits."""
    moment = moment.astimezone(UTC)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    if moment.microsecond == 0:
        return f"{text}Z"
    digits = f"{moment.microsecond:06d}"
    return f"{text}.{digits.removesuffix('000')}Z"


def json_number(value: float) -> float | int:
    """Return a double as JSON writes it: without a fraction where it has none."""
    return int(value) if float(value).is_integer() else value
