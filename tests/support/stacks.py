"""A stack of the real Pulumi CLI, in folders that belong to one test."""

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Self

import pytest
import yaml

from tests.support.commands import (
    COMMAND_TIMEOUT_SECONDS,
    Command,
    Result,
    UnexpectedExitError,
)

STACK_NAME: Final = "test"
PASSPHRASE: Final = "test"
PROJECT: Final = "tuning-test"
FOREIGN_VARIABLES: Final = re.compile(
    "PULUMI_|GOOGLE_|GCLOUD_|GCE_|CLOUDSDK_|STORAGE_EMULATOR_HOST|VIRTUAL_ENV"
)
"""What the machine may say about accounts and settings is none of the tests' matter."""


def find_cli() -> Path | None:
    """Return the CLI that the set-up left beside this Python, else one on PATH."""
    folders = os.pathsep.join([str(Path(sys.prefix, "bin")), *os.get_exec_path()])
    found = shutil.which("pulumi", path=folders)
    return Path(found) if found else None


def require_cli(found: Path | None, environment: Mapping[str, str]) -> Path:
    """Return the CLI, or skip the test; fail it where a skip would hide something."""
    if found is not None:
        return found
    reason = "no Pulumi CLI; `bash .tools/setup` leaves one in .venv/bin"
    if environment.get("PULUMI_TUNING_REQUIRE_ENGINE") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


def hermetic_environment(home: Path) -> dict[str, str]:
    """Return an environment in which the CLI sees no account, plugin or setting."""
    own = {k: v for k, v in os.environ.items() if not FOREIGN_VARIABLES.match(k)}
    return own | {
        "GOGC": "off",  # the CLI ends before it is worth collecting garbage
        "HOME": str(home),
        "NO_GCE_CHECK": "true",
        "PATH": os.pathsep.join([str(Path(sys.prefix, "bin")), own.get("PATH", "")]),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_DEBUG_COMMANDS": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(home / ".pulumi"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
    }


class Stack:
    """One stack with its project, its backend and the commands that work on it.

    The commands want exit code 0 unless they are told another one; None takes any.
    """

    def __init__(
        self,
        folder: Path,
        *,
        cli: Path,
        home: Path,
        environment: Mapping[str, str],
        project: Path | None = None,
    ) -> None:
        """Prepare the stack.

        Args:
            folder: Where the backend, the configuration and the output are kept.
            cli: The CLI.
            home: What several stacks share: the CLI's own files, an empty backend.
            environment: More variables, such as those of an emulator.
            project: Folder of an existing project; it is only read.
        """
        self.folder = folder
        self.project = project or folder / "program"
        self.environment = {
            **hermetic_environment(home),
            "PULUMI_BACKEND_URL": f"file://{folder}",
            "PULUMI_STACK": STACK_NAME,
            **environment,
        }
        self._cli = cli
        self._config_file = folder / f"Pulumi.{STACK_NAME}.yaml"
        self._commands: list[Command] = []
        folder.mkdir(parents=True, exist_ok=True)
        if project is None:
            self.project.mkdir()
            (self.project / "Pulumi.yaml").write_text(
                f"name: {PROJECT}\nruntime: python\n"
            )
        self._take_empty_backend_from(home / "empty")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """End what the test has left running, such as the plugins of a killed CLI."""
        for command in self._commands:
            command.kill()

    def write(self, program: str) -> None:
        """Replace the program."""
        (self.project / "__main__.py").write_text(textwrap.dedent(program))

    def configure(self, settings: Mapping[str, str]) -> None:
        """Set configuration, such as `{"gcp:project": "acme"}`."""
        document = yaml.safe_load(self._config_file.read_text())
        document["config"] = {**document.get("config", {}), **settings}
        self._config_file.write_text(yaml.safe_dump(document))

    def set_secret(self, name: str, value: str) -> None:
        """Set a secret, which the configuration holds encrypted."""
        self.run("config", "set", "--secret", name, value, *self._config_option)

    def preview(self, *arguments: str, exit_code: int | None = 0) -> Result:
        """Show what `up` would do."""
        return self._engine("preview", *arguments, exit_code=exit_code)

    def up(self, *arguments: str, exit_code: int | None = 0) -> Result:
        """Make the resources as the program says, without a preview before it."""
        options = ("--yes", "--skip-preview")
        return self._engine("up", *options, *arguments, exit_code=exit_code)

    def refresh(self, *arguments: str, exit_code: int | None = 0) -> Result:
        """Record what is live."""
        options = ("--yes", "--skip-preview")
        return self._engine("refresh", *options, *arguments, exit_code=exit_code)

    def destroy(self, *arguments: str, exit_code: int | None = 0) -> Result:
        """Delete all resources."""
        options = ("--yes", "--skip-preview")
        return self._engine("destroy", *options, *arguments, exit_code=exit_code)

    def run(self, *arguments: str, exit_code: int | None = 0) -> Result:
        """Run any other command, such as `stack export`."""
        return finish(self.start(*arguments), exit_code)

    def start(self, *arguments: str) -> Command:
        """Start a command and leave it to the test to end it."""
        command = Command(
            [str(self._cli), *arguments, "--non-interactive", "--color=never"],
            folder=self.project,
            environment=self.environment,
            output=self._output(arguments[0]),
        )
        self._commands.append(command)
        return command

    def start_engine(self, *arguments: str) -> Command:
        """Start `preview`, `up`, `refresh` or `destroy` on this stack."""
        events = str(self._output(arguments[0]).with_suffix(".events"))
        options = ("--event-log", events, *self._config_option)
        return self.start(*arguments, *options)

    def export(self) -> dict[str, Any]:
        """Return the stack's state as `pulumi stack export` gives it."""
        exported = self.run("stack", "export")
        state: dict[str, Any] = json.loads(exported.stdout)
        return state

    def outputs(self) -> dict[str, Any]:
        """Return what the program exported."""
        stacks = [r for r in self.resources() if r["type"] == "pulumi:pulumi:Stack"]
        outputs: dict[str, Any] = stacks[0].get("outputs", {}) if stacks else {}
        return outputs

    def resources(self) -> list[dict[str, Any]]:
        """Return every recorded resource, read from the backend's file."""
        state = json.loads(self._state_file.read_text())
        latest = state["checkpoint"]["latest"] or {}
        resources: list[dict[str, Any]] = latest.get("resources", [])
        return resources

    def resource(self, name: str) -> dict[str, Any]:
        """Return the one recorded resource with this logical name."""
        found = [r for r in self.resources() if r["urn"].rpartition("::")[2] == name]
        assert len(found) == 1, f"{len(found)} resources are named {name}"
        return found[0]

    @property
    def _config_option(self) -> tuple[str, str]:
        return ("--config-file", str(self._config_file))

    @property
    def _state_file(self) -> Path:
        text = (self.project / "Pulumi.yaml").read_text()
        name = re.search(r"^name: *(\S+)", text, re.MULTILINE)
        assert name, "Pulumi.yaml has no name"
        stack = self.environment["PULUMI_STACK"]
        return self.folder / ".pulumi/stacks" / name[1] / f"{stack}.json"

    def _output(self, command: str) -> Path:
        return self.folder / f"{len(self._commands)}-{command}"

    def _engine(self, *arguments: str, exit_code: int | None) -> Result:
        return finish(self.start_engine(*arguments), exit_code)

    def _take_empty_backend_from(self, template: Path) -> None:
        """Copy a stack without resources: making one takes the CLI half a second."""
        if not template.exists():
            make_empty_backend(template, self._cli, self.environment)
        self._state_file.parent.mkdir(parents=True)
        shutil.copy(template / ".pulumi/meta.yaml", self.folder / ".pulumi/meta.yaml")
        shutil.copy(template / "state.json", self._state_file)
        shutil.copy(template / "config.yaml", self._config_file)


def make_empty_backend(folder: Path, cli: Path, environment: Mapping[str, str]) -> None:
    """Let the CLI make a stack, and keep what it wrote."""
    folder.mkdir(parents=True)
    (folder / "Pulumi.yaml").write_text(f"name: {PROJECT}\nruntime: python\n")
    command = Command(
        [str(cli), "stack", "init", STACK_NAME, "--non-interactive"],
        folder=folder,
        environment={**environment, "PULUMI_BACKEND_URL": f"file://{folder}"},
        output=folder / "init",
    )
    finish(command, 0)
    shutil.copy(folder / f"Pulumi.{STACK_NAME}.yaml", folder / "config.yaml")
    state = folder / ".pulumi/stacks" / PROJECT / f"{STACK_NAME}.json"
    shutil.copy(state, folder / "state.json")


def finish(command: Command, exit_code: int | None) -> Result:
    """Wait for a command and hold it to its exit code."""
    result = command.wait(COMMAND_TIMEOUT_SECONDS)
    if exit_code is not None and result.exit_code != exit_code:
        message = f"exit code {result.exit_code}: {result.command}\n{result.text}"
        raise UnexpectedExitError(message)
    return result
