"""One command of the real Pulumi CLI: how it is run, and what it printed and did."""

import json
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Literal

import psutil

COMMAND_TIMEOUT_SECONDS: Final = 120.0
KILL_TIMEOUT_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.02

Role = Literal["program", "provider", "language host"]
ROLES: Final[Mapping[Role, str]] = {
    "program": "pulumi-language-python-exec",
    "provider": "pulumi.dynamic",
    "language host": "pulumi-language-python ",
}
"""What the command line of each process of a run contains."""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A message that the engine showed on a resource's row or under Diagnostics."""

    severity: str
    message: str
    urn: str
    is_ephemeral: bool

    @property
    def name(self) -> str:
        """The resource's logical name; empty for a message of the whole run."""
        return self.urn.rpartition("::")[2]


@dataclass(frozen=True, slots=True)
class Step:
    """One step that the engine planned or took for a resource."""

    operation: str
    urn: str
    replaces: tuple[str, ...]
    """Properties that the provider named as the reason of a replacement."""

    @property
    def name(self) -> str:
        """The resource's logical name."""
        return self.urn.rpartition("::")[2]


class UnexpectedExitError(AssertionError):
    """A command that ended otherwise than the test expects."""


@dataclass(frozen=True)
class Result:
    """What a command of the CLI printed and did."""

    command: tuple[str, ...]
    exit_code: int
    stdout: str
    stderr: str
    seconds: float
    events: tuple[dict[str, Any], ...]
    """The engine's events, for the commands that run the engine."""

    @property
    def text(self) -> str:
        """Everything that the user saw."""
        return self.stdout + self.stderr

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Messages of the engine, the provider and the program, without debug ones."""
        bodies = (e["diagnosticEvent"] for e in self.events if "diagnosticEvent" in e)
        return tuple(
            Diagnostic(
                severity=body["severity"],
                message=re.sub(r"<\{%.*?%\}>", "", body["message"]).strip(),
                urn=body.get("urn", ""),
                is_ephemeral=body.get("ephemeral", False),
            )
            for body in bodies
            if body["severity"] != "debug"
        )

    def messages(self, name: str) -> list[str]:
        """Return the messages on a resource's row, in order."""
        return [d.message for d in self.diagnostics if d.name == name]

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Steps of the program's own resources, in order."""
        bodies = (e["resourcePreEvent"] for e in self.events if "resourcePreEvent" in e)
        return tuple(
            Step(
                operation=body["metadata"]["op"],
                urn=body["metadata"]["urn"],
                replaces=tuple(body["metadata"].get("keys") or ()),
            )
            for body in bodies
            if not body["metadata"]["type"].startswith("pulumi:p")
        )

    def replaced_properties(self, name: str) -> set[str]:
        """Return the properties for which the provider wants a resource replaced."""
        steps = (step for step in self.steps if step.name == name)
        return {replaced for step in steps for replaced in step.replaces}

    @property
    def operations(self) -> dict[str, str]:
        """What happens to each resource, as on its row: `create`, `same`, `replace`.

        A replacement takes several steps; it is named once.
        """
        operations: dict[str, str] = {}
        for step in self.steps:
            known = operations.get(step.name)
            operations[step.name] = "replace" if known else step.operation
        return operations


class Command:
    """A command of the CLI that runs in a session of its own."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        output: Path,
    ) -> None:
        self.arguments = tuple(arguments)
        self._events = output.with_suffix(".events")
        self._stdout = output.with_suffix(".stdout")
        self._stderr = output.with_suffix(".stderr")
        self._started = time.perf_counter()
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(  # noqa: S603 - the test's own command
                self.arguments,
                cwd=folder,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )

    def wait(self, timeout: float = COMMAND_TIMEOUT_SECONDS) -> Result:
        """Return what the command did; kill it with all its children when it hangs."""
        try:
            exit_code = self.process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            self.kill()
            message = f"no end after {timeout} s: {self.arguments}\n{self.text()}"
            raise UnexpectedExitError(message) from error
        seconds = time.perf_counter() - self._started
        lines = self._events.read_text().splitlines() if self._events.exists() else []
        return Result(
            command=self.arguments,
            exit_code=exit_code,
            stdout=self._stdout.read_text(),
            stderr=self._stderr.read_text(),
            seconds=seconds,
            events=tuple(json.loads(line) for line in lines),
        )

    def text(self) -> str:
        """Return what the command has printed until now."""
        return self._stdout.read_text() + self._stderr.read_text()

    def processes(self, role: Role | None = None) -> list[psutil.Process]:
        """Return what the command has started and still runs, the CLI included."""
        mark = ROLES[role] if role else ""
        return [p for p in session(self.process.pid) if mark in command_line(p)]

    def interrupt(self) -> None:
        """Do what Ctrl-C does."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill the CLI and everything that it started, and wait for their end."""
        while members := self.processes():
            for member in members:
                with suppress(psutil.NoSuchProcess):
                    member.kill()
            self.process.wait(KILL_TIMEOUT_SECONDS)
            _, left = psutil.wait_procs(members, timeout=KILL_TIMEOUT_SECONDS)
            assert not left, f"processes do not end: {left}"


def wait_until(
    condition: Callable[[], object], timeout: float = COMMAND_TIMEOUT_SECONDS
) -> None:
    """Return as soon as another process has brought the condition about."""
    deadline = time.perf_counter() + timeout
    while not condition():
        assert time.perf_counter() < deadline, "it never came about"
        threading.Event().wait(POLL_SECONDS)


def session(leader: int) -> list[psutil.Process]:
    """Return the processes of a session that still run.

    The CLI gives each plugin a process group of its own, but no session.
    """
    return [p for p in psutil.process_iter() if is_running_in(p, leader)]


def is_running_in(process: psutil.Process, leader: int) -> bool:
    """Return whether a process belongs to the session and has not ended."""
    try:
        status = process.status()
        return os.getsid(process.pid) == leader and status != psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, ProcessLookupError, PermissionError):
        return False


def command_line(process: psutil.Process) -> str:
    """Return how a process was started; nothing when it has ended."""
    try:
        return " ".join(process.cmdline())
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return ""
