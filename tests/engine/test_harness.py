"""The test's own way to run the real CLI: what it reports is what happened."""

import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pulumi_tuning.emulator import Emulator
from tests.support.commands import (
    Command,
    UnexpectedExitError,
    command_line,
    is_running_in,
    wait_until,
)
from tests.support.stacks import Stack, require_cli

pytestmark = pytest.mark.engine

PROGRAM = """
import time

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Provider(ResourceProvider):
    serialize_as_secret_always = False

    def diff(self, id, olds, news):
        return DiffResult(olds["size"] != news["size"], ["size"])

    def create(self, props):
        time.sleep({seconds})
        return CreateResult("id", props)


class Box(Resource):
    size: pulumi.Output[int]

    def __init__(self, name, size):
        super().__init__(Provider(), name, {{"size": size}})


box = Box("box", {size})
Box("other", 1)
pulumi.log.info("a note", resource=box)
pulumi.export("size", box.size)
pulumi.export("project", pulumi.Config("gcp").get("project"))
pulumi.export("token", pulumi.Config("gcp").get_secret("accessToken"))
"""


@pytest.fixture
def bare_stack(tmp_path: Path, cli: Path, pulumi_home: Path) -> Iterator[Stack]:
    """Give a stack that needs no emulator."""
    folder = tmp_path / "stack"
    with Stack(folder, cli=cli, home=pulumi_home, environment={}) as stack:
        yield stack


def a_program(size: int = 1, seconds: float = 0) -> str:
    """Return a program with two boxes, which take some time to be made."""
    return PROGRAM.format(size=size, seconds=seconds)


def test_operations(bare_stack: Stack) -> None:
    """Each command tells what happened to which resource, and why."""
    bare_stack.write(a_program(size=1))
    created = bare_stack.up()
    refreshed = bare_stack.refresh()
    bare_stack.write(a_program(size=2))
    previewed = bare_stack.preview()
    replaced = bare_stack.up()
    destroyed = bare_stack.destroy()

    assert created.operations == {"box": "create", "other": "create"}
    assert refreshed.operations == {"box": "refresh", "other": "refresh"}
    assert previewed.operations == {"box": "replace", "other": "same"}
    assert previewed.replaced_properties("box") == {"size"}
    assert replaced.operations == {"box": "replace", "other": "same"}
    assert destroyed.operations == {"box": "delete", "other": "delete"}


def test_state(bare_stack: Stack) -> None:
    """Outputs, resources and configuration can be read; secrets stay encrypted."""
    bare_stack.configure({"gcp:project": "acme"})
    bare_stack.set_secret("gcp:accessToken", "ya29.secret")
    bare_stack.write(a_program(size=2))

    before = bare_stack.outputs()
    bare_stack.up()

    outputs = bare_stack.outputs()
    assert before == {}
    assert (outputs["size"], outputs["project"]) == (2, "acme")
    assert bare_stack.resource("box")["outputs"]["size"] == 2
    assert "ya29.secret" not in str(bare_stack.export())


def test_emulator(stack: Stack, emulator: Emulator) -> None:
    """A program of the usual stack reaches the emulator and gets its answer."""
    stack.write(
        """
        import os
        import pulumi
        from urllib.request import urlopen

        with urlopen(os.environ["STORAGE_EMULATOR_HOST"] + "/_emulator/journal") as it:
            pulumi.export("status", it.status)
        """
    )

    stack.up()

    assert stack.environment["STORAGE_EMULATOR_HOST"] == emulator.url
    assert stack.outputs() == {"status": 200}


def test_messages(bare_stack: Stack) -> None:
    """A message on a resource's row is found under the resource's name."""
    bare_stack.write(a_program())

    result = bare_stack.preview()

    assert result.messages("box") == ["a note"]
    assert result.messages("other") == []


def test_unexpected_exit_code(bare_stack: Stack) -> None:
    """A command that fails unexpectedly shows the test what the user would see."""
    bare_stack.write("raise ValueError('broken program')")

    with pytest.raises(UnexpectedExitError, match="broken program"):
        bare_stack.up()


@pytest.mark.parametrize(
    "killed", ["everything", "the CLI alone"], ids=["everything", "the CLI alone"]
)
def test_kill(bare_stack: Stack, killed: str) -> None:
    """A killed run leaves no process, whichever process was killed first."""
    bare_stack.write(a_program(seconds=30))
    command = bare_stack.start_engine("up", "--yes", "--skip-preview")
    wait_until(lambda: command.processes("provider"))
    started = {role: command.processes(role) for role in ("program", "language host")}
    if killed == "the CLI alone":
        command.process.send_signal(signal.SIGKILL)
    command.kill()

    assert all(len(processes) == 1 for processes in started.values())
    assert command.processes() == []


def test_interrupt(bare_stack: Stack) -> None:
    """An interrupted run ends by itself, as after Ctrl-C."""
    bare_stack.write("import time\ntime.sleep(30)")
    command = bare_stack.start_engine("up", "--yes", "--skip-preview")
    wait_until(lambda: command.processes("program"))

    command.interrupt()
    result = command.wait()

    assert result.exit_code != 0
    assert "cancelling" in result.text


def test_command_that_hangs(tmp_path: Path) -> None:
    """A command that does not end is killed with its children, and shown."""
    script = (
        "import subprocess; print('hello', flush=True); subprocess.run(['sleep', '30'])"
    )
    command = Command(
        [sys.executable, "-c", script],
        folder=tmp_path,
        environment={"PATH": "/usr/bin:/bin"},
        output=tmp_path / "hanging",
    )

    with pytest.raises(UnexpectedExitError, match="no end after") as raised:
        command.wait(timeout=1)

    assert "hello" in str(raised.value)
    assert command.processes() == []


def test_condition_that_never_comes_about() -> None:
    """Waiting for another process has an end."""
    with pytest.raises(AssertionError, match="it never came about"):
        wait_until(lambda: False, timeout=0)


def test_ended_process() -> None:
    """A process that has ended meanwhile belongs to no session and has no command."""
    with psutil.Popen([sys.executable, "-c", ""]) as ended:
        pass

    assert not is_running_in(ended, ended.pid)
    assert command_line(ended) == ""


@pytest.mark.parametrize(
    ("environment", "outcome"),
    [
        pytest.param({}, pytest.skip.Exception, id="skipped"),
        pytest.param(
            {"PULUMI_TUNING_REQUIRE_ENGINE": "1"},
            pytest.fail.Exception,
            id="failed where the engine is required",
        ),
    ],
)
def test_missing_cli(environment: dict[str, str], outcome: type[BaseException]) -> None:
    """Without a CLI engine tests are skipped, but not where they are required."""
    with pytest.raises(outcome, match="no Pulumi CLI"):
        require_cli(None, environment)
