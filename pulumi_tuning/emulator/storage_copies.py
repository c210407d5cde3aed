"""The handlers that make an object of Cloud Storage from others that are stored."""

from typing import Final

from starlette.responses import Response

from pulumi_tuning.emulator.calls import Call
from pulumi_tuning.emulator.errors import invalid_argument
from pulumi_tuning.emulator.json_values import Json, is_list, is_object
from pulumi_tuning.emulator.storage import Preconditions, StoredObject
from pulumi_tuning.emulator.storage_wire import (
    object_wire,
    preconditions_of,
    settable_of,
    storage_answer,
)

_MOST_SOURCES: Final = 32


async def copy_object(call: Call) -> Response:
    """Answer `objects.copy`."""
    return storage_answer(object_wire(call, _copied(call)))


async def rewrite_object(call: Call) -> Response:
    """Answer `objects.rewrite`, which is done at once however large the object."""
    stored = _copied(call)
    return storage_answer(
        {
            "kind": "storage#rewriteResponse",
            "totalBytesRewritten": str(stored.size),
            "objectSize": str(stored.size),
            "done": True,
            "resource": object_wire(call, stored),
        }
    )


async def compose_object(call: Call) -> Response:
    """Answer `objects.compose`."""
    request = call.json_object()
    described = request.get("sourceObjects")
    if not is_list(described) or not 0 < len(described) <= _MOST_SOURCES:
        message = f"Compose takes from 1 to {_MOST_SOURCES} source objects."
        raise invalid_argument(message)
    store = call.services.store
    sources = [_source(call, source) for source in described]
    destination = request.get("destination")
    stored = store.put(
        call.parameters["bucket"],
        call.parameters["object"],
        (part for source in sources for part in store.read(source.blob)),
        settable_of(destination if is_object(destination) else {}),
        preconditions_of(call),
    )
    return storage_answer(object_wire(call, stored))


def _copied(call: Call) -> StoredObject:
    parameters, store = call.parameters, call.services.store
    source = store.get(
        parameters["bucket"], parameters["object"], call.number("sourceGeneration")
    )
    preconditions_of(call, of_source=True).check(source)
    described = call.json_object()
    return store.put(
        parameters["to_bucket"],
        parameters["to_object"],
        store.read(source.blob),
        settable_of(described) if described else source.settable,
        preconditions_of(call),
    )


def _source(call: Call, described: object) -> StoredObject:
    source: Json = described if is_object(described) else {}
    required = source.get("objectPreconditions") or {}
    stored = call.services.store.get(
        call.parameters["bucket"],
        str(source.get("name", "")),
        _generation(source.get("generation")),
    )
    Preconditions(_generation(required.get("ifGenerationMatch"))).check(stored)
    return stored


def _generation(value: object) -> int | None:
    """Return a generation, which JSON holds as text."""
    if value is None:
        return None
    if not str(value).isdecimal():
        message = f"Invalid generation: {value}"
        raise invalid_argument(message)
    return int(str(value))
