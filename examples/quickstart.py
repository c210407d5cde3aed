"""Drives the Pulumi CLI through the life of a tuning job, against the emulator.

`bash examples/quickstart` sets up and runs this. Everything happens in a temporary
folder, and everything that was started is stopped at the end, also on Ctrl-C.
"""

import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

from pulumi_tuning.emulator import Emulator, Pacing

EXAMPLES = Path(__file__).resolve().parent
DATASET = "gs://pulumi-tuning-examples/docstrings"
FOREIGN_VARIABLES = re.compile(
    "PULUMI_|GOOGLE_|GCLOUD_|CLOUDSDK_|STORAGE_EMULATOR|USER_PROJECT_OVERRIDE"
    "|PYTHONPATH|(HTTPS?|ALL|NO)_PROXY",
    re.IGNORECASE,
)
CANCEL_SECONDS = 10.0


class Tour:
    """The steps of the tour and the one command that runs at a time."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self._emulator = emulator
        self._project = shutil.copytree(EXAMPLES / "serve", folder / "serve")
        self._environment = environment(folder) | emulator.environment
        self._running: subprocess.Popen[bytes] | None = None

    def run(self) -> None:
        """Show every step."""
        build = str(EXAMPLES / "dataset" / "build.py")
        say(
            "The data set: docstrings of Python's standard library, and their summaries"
        )
        self._show(sys.executable, build, "data", DATASET)

        say("A stack for the program in examples/serve")
        self._show("pulumi", "stack", "init", "quickstart")

        say("What would happen?")
        self._show("pulumi", "preview")

        say("Start the job, wait for it, hand on the endpoint of the tuned model")
        self._show("pulumi", "up", "--yes", "--skip-preview")
        self._tell_jobs()

        say("The same program again: nothing changes, and no job is started")
        self._show("pulumi", "up", "--yes", "--skip-preview", "--expect-no-changes")
        self._tell_jobs()

        say("Another number of epochs: the preview names the property and its values")
        self._show("pulumi", "config", "set", "epochs", "4")
        self._show("pulumi", "preview", "--diff")

        say("A new job is trained; the old one goes when the new one is there")
        self._show("pulumi", "up", "--yes", "--skip-preview")
        self._tell_jobs()

        say("The end")
        self._show("pulumi", "destroy", "--yes", "--skip-preview")
        self._tell_jobs()

    def stop(self) -> None:
        """End the command that runs and everything that it has started."""
        command = self._running
        if command is None:
            return
        command.send_signal(signal.SIGINT)
        try:
            command.wait(CANCEL_SECONDS)
        except subprocess.TimeoutExpired:
            command.kill()
            command.wait()
        for pid in session_members(command.pid):
            os.kill(pid, signal.SIGKILL)

    def _show(self, *command: str) -> None:
        """Print a command, run it, and let the user see what it prints."""
        shown = [Path(word).name if Path(word).is_file() else word for word in command]
        tell(f"$ {shlex.join(shown)}")
        self._running = subprocess.Popen(  # noqa: S603 - the commands stand above
            command,
            cwd=self._project,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
        exit_code = self._running.wait()
        self._running = None
        if exit_code:
            sys.exit(
                f"quickstart: {shlex.join(shown)} ended with exit code {exit_code}"
            )

    def _tell_jobs(self) -> None:
        """Say what the service has been asked until now."""
        started = len(self._emulator.journal("POST", "/tuningJobs$"))
        cancelled = len(self._emulator.journal("POST", ":cancel$"))
        states = [
            job["state"].removeprefix("JOB_STATE_") for job in self._emulator.jobs()
        ]
        tell(
            f"The service was asked to start {started} and to cancel {cancelled}; "
            f"it has {', '.join(states)}"
        )


def say(text: str) -> None:
    """Announce a step."""
    bold, plain = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("", "")
    tell(f"\n{bold}## {text}{plain}")


def tell(text: str) -> None:
    """Print a line before anything that a command prints after it."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def environment(folder: Path) -> dict[str, str]:
    """Return an environment that touches neither account nor settings of the user."""
    own = {k: v for k, v in os.environ.items() if not FOREIGN_VARIABLES.match(k)}
    backend = folder / "backend"
    backend.mkdir()
    return own | {
        "PATH": f"{Path(sys.prefix, 'bin')}{os.pathsep}{own.get('PATH', '')}",
        "PULUMI_BACKEND_URL": f"file://{backend}",
        "PULUMI_CONFIG_PASSPHRASE": "quickstart",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "PULUMI_HOME": str(folder / "home"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_STACK": "quickstart",
    }


def session_members(session: int) -> list[int]:
    """Return what still runs of a command's session, where the system can tell."""
    members: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(entry.name)) == session:
                members.append(int(entry.name))
        except ProcessLookupError:
            continue
    return members


def leave(number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does, whichever signal it was."""
    for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(other, signal.SIG_IGN)
    sys.exit(128 + number)


def main() -> None:
    """Run the tour; stop everything whatever happens."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, leave)
    pacing = Pacing(pending_seconds=1, running_seconds=3)
    with (
        tempfile.TemporaryDirectory(prefix="quickstart-") as folder,
        Emulator(pacing=pacing) as emulator,
    ):
        tour = Tour(Path(folder), emulator)
        try:
            tour.run()
        except BrokenPipeError:
            sys.exit("quickstart: nobody reads on")
        finally:
            tour.stop()


if __name__ == "__main__":
    main()
