"""Small pieces of the wire format that all emulated services share."""

from datetime import UTC, datetime


def timestamp(moment: datetime) -> str:
    """Return a time as proto3 JSON writes it: Z, and 0, 3 or 6 fraction digits."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text.removesuffix('000') if '.' in text else text}Z"


def json_number(value: float) -> float | int:
    """Return a double as JSON writes it: without a fraction where it has none."""
    return int(value) if float(value).is_integer() else value
