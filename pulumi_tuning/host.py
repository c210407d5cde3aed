"""The provider's host process: the engine's calls translated for the lifecycle.

What a process knows belongs to this module, because the engine may hold several
provider objects in it.
"""

import os
import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

from pulumi import UNKNOWN
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    UpdateResult,
)
from pulumi.output import Unknown as EngineUnknown

from pulumi_tuning.diff import Path
from pulumi_tuning.engine import (
    EngineReporter,
    Secrets,
    called_timeout,
    called_urn,
    end_with_engine,
    engine_address,
    show_errors_in_one_line,
    widen_thread_pool,
)
from pulumi_tuning.errors import InvalidInputsError, Problem
from pulumi_tuning.gcp.http import GoogleHttp
from pulumi_tuning.inputs import HIDDEN_INPUT, Declaration, Effect, TuningJobInputs
from pulumi_tuning.lifecycle import Desired, Lifecycle, Services
from pulumi_tuning.lifecycle.parsing import Unknown, parse
from pulumi_tuning.settings import Settings

_PROVIDER_KEY: Final = "__provider"
_NOT_INPUTS: Final = frozenset({_PROVIDER_KEY, HIDDEN_INPUT})


class _Process:
    """What all provider objects of a host process share."""

    def __init__(self) -> None:
        self.secrets: Final = Secrets()
        self._lock = threading.Lock()
        self._settings = Settings.resolve(lambda _: None, {})
        self._lifecycle: Lifecycle | None = None

    def configure(self, get_config: Callable[[str], Any]) -> None:
        """Take the engine's configuration; raises nothing.

        A provider object that an older state names is configured later than the first
        one: what the process knows by then, such as which jobs are wanted, stays.
        """
        settings = Settings.resolve(get_config, os.environ)
        with self._lock:
            if settings != self._settings:
                self._settings = settings
                self._lifecycle = None

    @property
    def lifecycle(self) -> Lifecycle:
        """The one lifecycle of the process.

        Raises:
            SettingsError: a setting is malformed.
        """
        with self._lock:
            if self._lifecycle is None:
                reporter = EngineReporter(engine_address(), self.secrets)
                self._lifecycle = Lifecycle(
                    Services.over(GoogleHttp(self._settings), reporter)
                )
            return self._lifecycle


_process: Final = _Process()


def configure(req: ConfigureRequest) -> None:
    """Take settings and prepare the host; an error would hit every resource."""
    show_errors_in_one_line(_process.secrets)
    widen_thread_pool()
    end_with_engine()
    _process.configure(req.config.get)


def check(olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
    """Refuse what can be refused, fill in project and location."""
    known, unknown = _received(news)
    checked = _process.lifecycle.check(
        {k: v for k, v in known.items() if k not in _NOT_INPUTS},
        _declaration(known),
        unknown,
        has_record=_PROVIDER_KEY in olds,
    )
    if checked.problems:
        secret_inputs = _declaration(known).secret_inputs
        failures = [_failure(problem, secret_inputs) for problem in checked.problems]
        return CheckResult(news, failures)
    properties = checked.inputs.to_properties()
    properties[HIDDEN_INPUT] = known[HIDDEN_INPUT]
    for path in unknown.paths:
        put_unknown(properties, path)
    return CheckResult(properties, [])


def diff(name: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
    """Compare with the live job."""
    known, unknown = _received(news)
    recorded, _ = _received(olds)
    found = _process.lifecycle.diff(
        name,
        recorded,
        Desired(_inputs(known), _declaration(known), unknown),
    )
    # The engine names top-level properties only; nested values are in its own diff.
    replaces = sorted(
        {str(c.path[0]) for c in found.changes if c.effect is Effect.REPLACE}
    )
    return DiffResult(changes=bool(found.changes), replaces=replaces)


def create(props: dict[str, Any]) -> CreateResult:
    """Adopt the job that is already there, or start exactly one."""
    known, _ = _received(props)
    created, outputs = _process.lifecycle.create(_inputs(known), _declaration(known))
    return CreateResult(created, outputs)


def read(name: str, props: dict[str, Any]) -> ReadResult:
    """Return the job as it is now."""
    recorded, _ = _received(props)
    found = _process.lifecycle.read(name, recorded)
    inputs = found.inputs
    if inputs is not None:
        inputs = {**inputs, HIDDEN_INPUT: recorded[HIDDEN_INPUT]}
    return ReadResult(found.name, found.outputs, inputs)


def update(name: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
    """Record inputs that do not touch the job."""
    known, _ = _received(news)
    recorded, _ = _received(olds)
    outputs = _process.lifecycle.update(
        name, recorded, _inputs(known), _declaration(known)
    )
    return UpdateResult(outputs)


def delete(name: str, props: dict[str, Any]) -> None:
    """Cancel the job if it still works."""
    recorded, _ = _received(props)
    _process.lifecycle.delete(name, recorded, timeout_seconds=called_timeout())


def _inputs(known: dict[str, Any]) -> TuningJobInputs:
    """Return checked inputs; they were well formed when they were checked.

    Raises:
        InvalidInputsError: they are not: another version checked them.
    """
    parsed = parse(known, ignored=_NOT_INPUTS)
    if parsed.problems:
        raise InvalidInputsError(parsed.problems)
    return parsed.inputs


def _failure(problem: Problem, secret_inputs: list[str]) -> CheckFailure:
    """Return a problem as the engine shows it: with the property's value.

    It does so with a secret value too, unless the property is named in the text only.
    """
    reason = _process.secrets.hide(problem.reason)
    if problem.property in secret_inputs:
        return CheckFailure("", f"{problem.property}: {reason}")
    return CheckFailure(problem.property, reason)


def _declaration(known: dict[str, Any]) -> Declaration:
    return Declaration.model_validate(known[HIDDEN_INPUT])


def _received(properties: dict[str, Any]) -> tuple[dict[str, Any], Unknown]:
    """Return the known values of a call and where unknown ones stand.

    The row is the one that the resource has in this run, and its secrets are hidden
    from now on.
    """
    known, unknown = split_unknown(properties)
    hidden = known.get(HIDDEN_INPUT)
    declared: dict[str, Any] = hidden if isinstance(hidden, dict) else {}
    names = declared.get("secretInputs")
    secrets = names if isinstance(names, list) else []
    _process.secrets.add([known.get(name) for name in secrets])
    urn = called_urn() or declared.get("urn", "")
    return {**known, HIDDEN_INPUT: {**declared, "urn": urn}}, unknown


def split_unknown(properties: dict[str, Any]) -> tuple[dict[str, Any], Unknown]:
    """Return the known values and the paths of those that are not known yet.

    The provider's own entry is left out. An unknown element of a list leaves None in
    its place, so that the others keep theirs.
    """
    paths: set[Path] = set()

    def known(value: Any, path: Path) -> Any:  # noqa: ANN401 - any JSON
        if isinstance(value, EngineUnknown):
            paths.add(path)
            return None
        if isinstance(value, dict):
            below = {k: known(v, (*path, k)) for k, v in value.items()}
            return {k: v for k, v in below.items() if v is not None}
        if isinstance(value, list):
            return [known(v, (*path, index)) for index, v in enumerate(value)]
        return value

    split = known({k: v for k, v in properties.items() if k != _PROVIDER_KEY}, ())
    return split, Unknown(frozenset(paths))


def put_unknown(properties: dict[str, Any], path: Path) -> None:
    """Put an unknown value back where it stood.

    A list that is not there as a whole is unknown as a whole.
    """
    node: Any = properties
    for step, below in pairwise(path):
        if isinstance(below, int) and step not in node:
            node[step] = UNKNOWN
            return
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[step]
    node[path[-1]] = UNKNOWN
