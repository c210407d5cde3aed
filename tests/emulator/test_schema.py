"""The emulator's schema judged by Google's published discovery documents."""

import importlib.resources
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from pulumi_tuning.emulator.schema import SCHEMA, Field, read_schema

VERSIONS = ("v1", "v1beta1")
SCALARS = {
    ("string", None): {"string"},
    ("string", "int64"): {"int64"},
    ("string", "google-datetime"): {"timestamp"},
    ("string", "google-duration"): {"duration"},
    ("string", "byte"): {"bytes"},
    ("integer", "int32"): {"int32"},
    ("number", "double"): {"double"},
    ("number", "float"): {"float"},
    ("boolean", None): {"bool"},
    ("any", None): {"any"},
}


@cache
def discovery(version: str) -> dict[str, Any]:
    """Return the schemas of a version, as google-api-python-client ships them."""
    folder = importlib.resources.files("googleapiclient.discovery_cache.documents")
    text = folder.joinpath(f"aiplatform.{version}.json").read_text()
    schemas: dict[str, Any] = json.loads(text)["schemas"]
    return schemas


def prefix(version: str) -> str:
    """Return what stands before each type's name in a discovery document."""
    return f"GoogleCloudAiplatform{version[0].upper()}{version[1:]}"


def fields_of(message: str, version: str) -> dict[str, Field]:
    """Return the fields of a message that a version has."""
    fields = SCHEMA.messages[message]
    is_beta = version == "v1beta1"
    return {name: f for name, f in fields.items() if is_beta or not f.is_beta}


def reachable(version: str) -> Iterator[tuple[str, str]]:
    """Return every pair of our message and Google's that a request can hold."""
    todo = [("TuningJob", f"{prefix(version)}TuningJob")]
    seen = set()
    while todo:
        ours, theirs = todo.pop()
        if ours in seen:
            continue
        seen.add(ours)
        yield ours, theirs
        properties = discovery(version)[theirs].get("properties", {})
        for name, field in fields_of(ours, version).items():
            if field.type in SCHEMA.messages and not field.is_output:
                reference = element(properties[name])["$ref"]
                todo.append((field.type, reference))


def element(described: dict[str, Any]) -> dict[str, Any]:
    """Return what a list or a map holds, or the type itself."""
    found: dict[str, Any] = described.get("items") or described.get(
        "additionalProperties", described
    )
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_the_messages_have_exactly_googles_fields(version: str) -> None:
    """Every message that a request can hold has the documented fields and no other."""
    pairs = list(reachable(version))

    ours = {theirs: set(fields_of(message, version)) for message, theirs in pairs}
    theirs = {
        name: set(discovery(version)[name].get("properties", {})) for name in ours
    }
    assert ours == theirs
    assert len(ours) >= {"v1": 50, "v1beta1": 75}[version]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_fields_have_googles_types(version: str) -> None:
    """Type, list or map, enum values and read-only are as documented, everywhere."""
    for message, theirs in reachable(version):
        properties = discovery(version)[theirs].get("properties", {})
        for name, field in fields_of(message, version).items():
            described = properties[name]
            held = element(described)
            is_map = "additionalProperties" in described
            cardinality = "map" if is_map else "list" if "items" in described else "one"

            where = f"{message}.{name}"
            assert field.cardinality == cardinality, where
            assert field.is_output == described.get("readOnly", False), where
            if "enum" in held:
                assert set(held["enum"]) <= SCHEMA.enums[field.type].keys(), where
            elif "$ref" not in held:
                scalar = SCALARS[held["type"], held.get("format")]
                assert field.type in scalar | SCHEMA.enums.keys(), where


def test_a_field_is_read_with_all_its_flags() -> None:
    """The text of the schema says type, cardinality, origin, version and group."""
    schema = read_schema(
        "Thing\n  many: [Other] output beta\n  one: string oneof=kind\n"
        "Other\n  byKey: {int64}\n  kept: bool optional\nenum Size\n  NONE BIG=7 BIGGER"
    )

    many = schema.messages["Thing"]["many"]
    one = schema.messages["Thing"]["one"]
    assert (many.type, many.cardinality) == ("Other", "list")
    assert (many.is_output, many.is_beta, many.has_presence) == (True, True, False)
    assert (one.oneof, one.has_presence) == ("kind", True)
    assert schema.messages["Other"]["byKey"].cardinality == "map"
    assert schema.messages["Other"]["byKey"].proto_name == "by_key"
    assert schema.messages["Other"]["kept"].has_presence
    assert schema.enums["Size"] == {"NONE": 0, "BIG": 7, "BIGGER": 8}
