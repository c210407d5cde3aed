"""`pulumi-tuning emulate`: a server in the foreground that a script can use."""

import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from pulumi_tuning.cli.emulate import parse_behaviour
from pulumi_tuning.emulator import Behaviour, Emulator
from tests.cli.conftest import Run
from tests.support.commands import wait_until

ENDS_WITHIN_SECONDS = 20.0


class Server:
    """`pulumi-tuning emulate` as a process of its own."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self._stdout = folder / "emulator.env"
        self._stderr = folder / "emulator.err"
        with self._stdout.open("wb") as stdout, self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(  # noqa: S603 - the command under test
                [sys.executable, "-c", MAIN, "emulate", *arguments],
                cwd=Path(__file__).parents[2],
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        wait_until(lambda: self._stdout.stat().st_size or self.process.poll())

    @property
    def exports(self) -> dict[str, str]:
        """The variables that its output sets."""
        lines = [shlex.split(line) for line in self._stdout.read_text().splitlines()]
        assert all(words[0] == "export" and len(words) == 2 for words in lines)
        pairs = (words[1].partition("=") for words in lines)
        return {name: value for name, _, value in pairs}

    @property
    def told(self) -> str:
        """What it has told the user."""
        return self._stderr.read_text()

    def end(self, number: signal.Signals) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(ENDS_WITHIN_SECONDS)


MAIN = "from pulumi_tuning.cli import main; main()"


PACING = {
    "pending_seconds": 0.2,
    "running_seconds": 2.0,
    "cancelling_seconds": 0.1,
    "operation_seconds": 0.0,
    "spread": 0.0,
}
REALISTIC = {
    "pending_seconds": 120.0,
    "running_seconds": 1800.0,
    "cancelling_seconds": 10.0,
    "operation_seconds": 5.0,
    "spread": 0.3,
}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Give a way to start the command; it is ended whatever happens."""
    started: list[Server] = []

    def start(*arguments: str) -> Server:
        started.append(Server(tmp_path, *arguments))
        return started[0]

    yield start
    for server in started:
        server.process.kill()
        server.process.wait()


@pytest.mark.parametrize(
    ("number", "options", "pacing"),
    [
        pytest.param(
            signal.SIGTERM,
            ["--pending-seconds", "0", "--running-seconds", "90"],
            PACING | {"pending_seconds": 0.0, "running_seconds": 90.0},
            id="SIGTERM",
        ),
        pytest.param(
            signal.SIGINT,
            ["--realistic", "--spread", "0", "--behaviour", "ignore_cancel=true"],
            REALISTIC | {"spread": 0.0},
            id="Ctrl-C",
        ),
    ],
)
def test_serves_until_a_signal(
    start: Callable[..., Server],
    tmp_path: Path,
    number: signal.Signals,
    options: list[str],
    pacing: dict[str, float],
) -> None:
    """It prints its variables, answers as it was asked to, and ends with 0."""
    file = tmp_path / "train.jsonl"
    file.write_text('{"contents": []}\n')
    put = f"gs://acme/day=1/train.jsonl={file}"
    server = start("--put", put, "--database", str(tmp_path / "emulator.db"), *options)
    base = server.exports["GOOGLE_VERTEX_BASE_URL"]
    stored = httpx.get(f"{base}/storage/v1/b/acme/o/day%3D1%2Ftrain.jsonl?alt=media")
    health = httpx.get(f"{base}/_emulator/health").json()
    children = psutil.Process(server.process.pid).children(recursive=True)

    code = server.end(number)

    assert code == 0
    assert server.told == (
        f"The emulator serves at {base}; Ctrl-C ends it.\nThe emulator has ended.\n"
    )
    assert server.exports["STORAGE_EMULATOR_HOST"] == base
    assert stored.text == '{"contents": []}\n'
    assert health["pacing"] == pacing
    assert children == []
    with pytest.raises(httpx.ConnectError):
        httpx.get(base)


@pytest.mark.parametrize(
    ("switch", "behaviour"),
    [
        pytest.param("require_token=true", Behaviour(require_token=True), id="boolean"),
        pytest.param("require_token=s3", Behaviour(require_token="s3"), id="text"),
        pytest.param(
            "unknown_model_code=404", Behaviour(unknown_model_code=404), id="code"
        ),
        pytest.param("concurrent_jobs=null", Behaviour(), id="nothing"),
        pytest.param(
            "invalid_examples=fail", Behaviour(invalid_examples="fail"), id="word"
        ),
    ],
)
def test_switches_are_fields_of_behaviour(switch: str, behaviour: Behaviour) -> None:
    """Each field can be set, in JSON or as a plain word."""
    parsed = parse_behaviour([switch])

    assert parsed == behaviour


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(
            ["--behaviour", "lazy=true"],
            "--behaviour: lazy=true: write NAME=VALUE with one of require_token, ",
            id="an unknown switch",
        ),
        pytest.param(
            ["--behaviour", "ignore_cancel"],
            "--behaviour: ignore_cancel: write NAME=VALUE",
            id="a switch without a value",
        ),
        pytest.param(
            ["--behaviour", "ignore_cancel=maybe"],
            "--behaviour: ignore_cancel: Input should be a valid boolean",
            id="a value of another type",
        ),
        pytest.param(
            ["--put", "acme/train.jsonl=x"],
            "--put: acme/train.jsonl=x: write gs://bucket/object=FILE",
            id="no address",
        ),
        pytest.param(
            ["--put", "gs://acme/train.jsonl=/nowhere/x"],
            "--put: /nowhere/x: No such file or directory",
            id="no file",
        ),
        pytest.param(
            ["--database", "/nowhere/x.db"],
            "--database: /nowhere/x.db: unable to open database file",
            id="no folder for the database",
        ),
        pytest.param(
            ["--behaviour", "default_page_size=0"],
            "--behaviour: Value error, a page holds at least one job",
            id="an empty page",
        ),
        pytest.param(
            ["--running-seconds", "inf"],
            "running_seconds must be from 0 to 1000000000",
            id="a job without end",
        ),
        pytest.param(["--port", "70000"], "Invalid value for '--port': ", id="no port"),
    ],
)
def test_useless_options_are_refused(
    run: Run, arguments: list[str], message: str
) -> None:
    """An option of no use ends with 2 and says why."""
    result = run("emulate", *arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_output_may_be_closed(tmp_path: Path) -> None:
    """Without a standard output nobody is told the variables, and it serves."""
    with (tmp_path / "told").open("w+") as told:
        process = subprocess.Popen(  # noqa: S603 - the command under test
            ["/bin/sh", "-c", 'exec "$0" -c "$1" emulate >&-', sys.executable, MAIN],
            cwd=Path(__file__).parents[2],
            stderr=told,
        )
        try:
            wait_until(lambda: (tmp_path / "told").stat().st_size or process.poll())
            process.send_signal(signal.SIGTERM)
            code = process.wait(ENDS_WITHIN_SECONDS)
        finally:
            process.kill()
        text = (tmp_path / "told").read_text()

    assert code == 0
    assert text.startswith("The emulator serves at ")


def test_taken_port_is_refused(run: Run) -> None:
    """A port of somebody else's is named."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        result = run("emulate", "--port", str(port))

    assert result.exit_code == 2
    assert f"--port: {port}: Address already in use" in result.stderr


def test_other_troubles_of_the_system_rise(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A failure that no option explains is not dressed up as one."""

    def fail(_: Emulator) -> None:
        message = "disk"
        raise OSError(message)

    monkeypatch.setattr(Emulator, "start", fail)

    result = run("emulate")

    assert isinstance(result.exception, OSError)
    assert str(result.exception) == "disk"
