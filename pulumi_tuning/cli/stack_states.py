"""States of stacks as `pulumi stack export` gives them, read to protect what they name.

Pure but for the reading of files. Whatever cannot be understood is an error: a state
that is only half read would make its jobs look like nobody's.
"""

import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Self, cast

from pydantic import TypeAdapter, ValidationError

from pulumi_tuning.cli.connection import Place
from pulumi_tuning.cli.job_facts import mapping_of, time_of
from pulumi_tuning.errors import TuningError
from pulumi_tuning.inputs import HIDDEN_INPUT
from pulumi_tuning.lifecycle.identity import stack_label
from pulumi_tuning.resource_names import TuningJobName

STDIN: Final = "-"
IDENTITY_NAME: Final = "pulumi-tuning-identity"
"""Logical name of the stash that keeps a stack's identity."""

_MARK_OF_SECRETS: Final = "4dabf18193072939515e22adb298388d"
"""Key by which the engine marks a secret in a state."""

_STASH_TYPE: Final = "pulumi:index:Stash"
_VERSIONS: Final = (3, 4)
"""Versions of the deployment format, the second being the first with features."""

_OBJECTS: Final = TypeAdapter(list[dict[str, Any]])


class StackStateError(TuningError):
    """A state is missing, is no export, or is of an unknown version."""

    def __init__(self, source: str, message: str) -> None:
        where = "standard input" if source == STDIN else source
        super().__init__(
            f"{where}: {message}; give the output of `pulumi stack export`. "
            "Nothing was listed or cancelled"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StackState:
    """What one exported state says about tuning jobs."""

    text: str = field(repr=False)
    """The whole export, in which job numbers are searched."""

    stacks: frozenset[str]
    """Stack and project, as the names of the resources begin."""

    written: datetime
    """When the engine wrote the state, which is not when it was exported."""

    stack_labels: frozenset[str]
    """Labels of the jobs that the stack starts."""

    creating: frozenset[str]
    """Those of the labels of which a creation has begun and is not known to be over."""

    places: frozenset[Place]
    service_addresses: frozenset[str]

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """Return what an export says.

        Raises:
            StackStateError: It is none.
        """
        deployment = _deployment(text, source)
        resources = _objects(deployment, "resources", source)
        pending = _objects(deployment, "pending_operations", source)
        written = time_of(mapping_of(deployment.get("manifest")).get("time"))
        if written is None:
            message = "it does not say when it was written"
            raise StackStateError(source, message)
        begun = [
            mapping_of(operation.get("resource"))
            for operation in pending
            if operation.get("type") == "creating"
        ]
        jobs = [r for r in [*resources, *begun] if _properties(r).get(HIDDEN_INPUT)]
        return cls(
            text=text,
            stacks=frozenset(_stack(resource) for resource in [*resources, *begun]),
            written=written,
            stack_labels=_labels(jobs, source) | _labels_of_stash(resources, source),
            creating=_labels(begun, source),
            places=frozenset(place for job in jobs for place in _places(job)),
            service_addresses=frozenset(
                address
                for job in jobs
                if isinstance(address := _properties(job).get("serviceAddress"), str)
            ),
        )

    def mentions(self, job: TuningJobName) -> bool:
        """Return whether a job's number stands anywhere in the state.

        That covers more than the record of a job: pending deletions, pending
        operations, outputs, and inputs of other resources. Projects have two names, so
        the number alone counts.
        """
        return job.tuning_job in self.text


def read_states(sources: Iterable[str]) -> list[StackState]:
    """Return the states in all files; `-` is standard input.

    Raises:
        StackStateError: One of them cannot be read.
    """
    return [StackState.parse(_read(source), source) for source in sources]


def _read(source: str) -> str:
    try:
        content = _standard_input() if source == STDIN else Path(source).read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise StackStateError(source, str(error.strerror)) from error
    except UnicodeDecodeError as error:
        raise StackStateError(source, "it is not UTF-8") from error


def _standard_input() -> bytes:
    """Return what stands in standard input, which may be closed."""
    return sys.stdin.buffer.read() if sys.stdin else b""


def _deployment(text: str, source: str) -> Mapping[str, Any]:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise StackStateError(source, "it is not JSON") from error
    deployment: object = mapping_of(document).get("deployment")
    if not isinstance(deployment, dict):
        message = "it is not an exported state"
        raise StackStateError(source, message)
    version = document.get("version")
    if version not in _VERSIONS:
        message = f"version {version} is not known here"
        raise StackStateError(source, message)
    return cast("Mapping[str, Any]", deployment)


def _objects(
    deployment: Mapping[str, Any], key: str, source: str
) -> list[dict[str, Any]]:
    """Return a list of objects, which an empty state leaves out."""
    try:
        return _OBJECTS.validate_python(deployment.get(key, []))
    except ValidationError as error:
        message = f"{key} is not a list of objects"
        raise StackStateError(source, message) from error


def _properties(resource: Mapping[str, Any]) -> dict[str, Any]:
    return {**mapping_of(resource.get("inputs")), **mapping_of(resource.get("outputs"))}


def _stack(resource: Mapping[str, Any]) -> str:
    return "::".join(str(resource.get("urn")).split("::")[:2])


def _plain(value: object, source: str) -> object:
    """Return what a value means, which a program or a transform may have made secret.

    Raises:
        StackStateError: It is encrypted.
    """
    secret = mapping_of(value)
    if _MARK_OF_SECRETS not in secret:
        return value
    try:
        return json.loads(secret["plaintext"])
    except (KeyError, ValueError) as error:
        message = "the identity of its stack is a secret: add --show-secrets"
        raise StackStateError(source, message) from error


def _labels(resources: Iterable[Mapping[str, Any]], source: str) -> frozenset[str]:
    """Return the labels of the stacks that declare tuning jobs; a read one has none."""
    hidden = (_plain(_properties(r).get(HIDDEN_INPUT), source) for r in resources)
    identities = (_plain(mapping_of(h).get("identity"), source) for h in hidden)
    return frozenset(stack_label(i) for i in identities if isinstance(i, str))


def _labels_of_stash(
    resources: Iterable[Mapping[str, Any]], source: str
) -> frozenset[str]:
    """Return the label of a stack whose program declares no tuning job any more."""
    return frozenset(
        stack_label(identity)
        for resource in resources
        if resource.get("type") == _STASH_TYPE
        and str(resource.get("urn")).endswith(f"::{IDENTITY_NAME}")
        and isinstance(
            identity := _plain(_properties(resource).get("output"), source), str
        )
    )


def _places(resource: Mapping[str, Any]) -> Iterable[Place]:
    """Yield where a job was declared, or else where its name says."""
    properties = _properties(resource)
    project, location = properties.get("project"), properties.get("location")
    name = TuningJobName.parse(str(resource.get("id")))
    if isinstance(project, str) and isinstance(location, str):
        yield Place(project, location)
    elif name is not None:
        yield Place(name.project, name.location)
