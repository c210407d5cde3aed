"""`pulumi-tuning emulate`: the emulator as a server in the foreground."""

import errno
import json
import shlex
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

import typer
from pydantic import TypeAdapter, ValidationError

from pulumi_tuning.cli.terminal import show_text, tell
from pulumi_tuning.emulator import Behaviour, Emulator, Pacing
from pulumi_tuning.resource_names import GcsUri

_PORT_ERRORS: Final = (errno.EADDRINUSE, errno.EACCES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command was asked for."""

    port: int
    database: str
    seed: int
    is_realistic: bool
    pacing: Mapping[str, float | None]
    """Fields of `Pacing`; None where the option was not given."""
    behaviour: Iterable[str]
    """`NAME=VALUE`, names being fields of `Behaviour`."""
    put: Iterable[str]
    """`gs://bucket/object=FILE`."""


def run(options: Options) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        typer.BadParameter: An option is of no use.
    """
    objects = [_object(text) for text in options.put]
    pacing = _pacing(options)
    behaviour = parse_behaviour(options.behaviour)
    try:
        emulator = Emulator(
            options.database,
            pacing=pacing,
            behaviour=behaviour,
            port=options.port,
            seed=options.seed,
        )
    except sqlite3.Error as error:
        message = f"{options.database}: {error}"
        raise typer.BadParameter(message, param_hint="--database") from error
    for uri, data in objects:
        emulator.put_object(uri, data)
    try:
        emulator.run(_announce)
    except OSError as error:
        emulator.stop()
        if error.errno not in _PORT_ERRORS:
            raise
        message = f"{options.port}: {error.strerror}"
        raise typer.BadParameter(message, param_hint="--port") from error
    tell("The emulator has ended.")


def _pacing(options: Options) -> Pacing:
    pacing = Pacing.realistic() if options.is_realistic else Pacing()
    given = {k: v for k, v in options.pacing.items() if v is not None}
    try:
        return replace(pacing, **given)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def parse_behaviour(switches: Iterable[str]) -> Behaviour:
    """Return the behaviour that `NAME=VALUE` switches ask for.

    Raises:
        typer.BadParameter: A name or a value is not known.
    """
    known = [field.name for field in fields(Behaviour)]
    values: dict[str, Any] = {}
    for switch in switches:
        name, equals, value = switch.partition("=")
        if not equals or name not in known:
            message = f"{switch}: write NAME=VALUE with one of {', '.join(known)}"
            raise typer.BadParameter(message, param_hint="--behaviour")
        values[name] = _value(value)
    try:
        return TypeAdapter(Behaviour).validate_python(values)
    except ValidationError as error:
        first = error.errors()[0]
        message = ": ".join([*map(str, first["loc"]), first["msg"]])
        raise typer.BadParameter(message, param_hint="--behaviour") from error


def _value(text: str) -> Any:  # noqa: ANN401 - any JSON
    """Return the JSON value, or the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _object(text: str) -> tuple[str, bytes]:
    """Return an object to store; its name may hold `=`, the file's may not."""
    uri, _, file = text.rpartition("=")
    if GcsUri.parse(uri) is None:
        message = f"{text}: write gs://bucket/object=FILE"
        raise typer.BadParameter(message, param_hint="--put")
    try:
        return uri, Path(file).read_bytes()
    except OSError as error:
        message = f"{file}: {error.strerror}"
        raise typer.BadParameter(message, param_hint="--put") from error


def _announce(emulator: Emulator) -> None:
    """Print the variables at once, so that a reader never sees half of them."""
    variables = emulator.environment.items()
    lines = [f"export {name}={shlex.quote(value)}" for name, value in variables]
    show_text("\n".join(lines))
    tell(f"The emulator serves at {emulator.url}; Ctrl-C ends it.")
