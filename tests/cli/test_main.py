"""The entry point: errors in one line, and an extra that may be missing."""

import builtins
import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

import pulumi_tuning.cli
from pulumi_tuning.emulator import Emulator, Fault

HEAVY = ("httpx", "rich", "starlette", "uvicorn")


def end_of_main(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    """Return the exit code of the entry point."""
    monkeypatch.setattr(sys, "argv", ["pulumi-tuning", *arguments])
    with pytest.raises(SystemExit) as ended:
        pulumi_tuning.cli.main()
    return ended.value.code


def without(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    """Make a module impossible to import, as where it is not installed."""
    message = f"No module named {missing!r}"
    fail_import(monkeypatch, ModuleNotFoundError(message, name=missing))


def fail_import(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    """Let the import of the commands end with an error."""
    real = builtins.__import__

    def guarded(
        name: str,
        globals_: Mapping[str, object] | None = None,
        locals_: Mapping[str, object] | None = None,
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> Any:  # noqa: ANN401 - as the function that it stands for
        if name == "pulumi_tuning.cli.app":
            raise error
        return real(name, globals_, locals_, fromlist, level)

    monkeypatch.setattr(builtins, "__import__", guarded)


def test_help_names_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help ends with 0 and lists the five commands."""
    code = end_of_main(monkeypatch, "--help")

    assert code == 0
    listed = capsys.readouterr().out.partition("Commands:")[2]
    for name in ("emulate", "jobs", "orphans", "wait", "preflight"):
        assert f"\n  {name} " in listed


def test_output_that_is_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that calls the entry point may take its output in memory."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = end_of_main(monkeypatch, "--help")

    assert code == 0
    assert "Commands:" in output.getvalue()


@pytest.mark.usefixtures("service")
def test_error_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of this package is one line on stderr, and the exit code is 2."""
    name = "projects/acme/locations/us-central1/tuningJobs/1234567890123456"

    code = end_of_main(monkeypatch, "wait", name)

    assert code == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"error: get {name}: 404 NOT_FOUND: ")
    assert err.count("\n") == 1


def test_error_never_holds_the_token(
    service: Emulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A refused token is told without the token."""
    monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", "ya29.secret")
    service.add_fault(Fault(path="tuningJobs", times=None, status=401))

    code = end_of_main(monkeypatch, "jobs")

    assert code == 2
    err = capsys.readouterr().err
    assert "401 UNAUTHENTICATED" in err
    assert "ya29" not in err


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["table", "JSON"])
def test_any_encoding_of_the_terminal_will_do(
    service: Emulator, monkeypatch: pytest.MonkeyPatch, options: list[str]
) -> None:
    """What the encoding of stdout lacks is escaped, and JSON stays JSON."""
    service.add_job({"baseModel": "gemini-2.5-flash", "tunedModelDisplayName": "für"})
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))

    code = end_of_main(monkeypatch, "jobs", *options)

    assert code == 0
    text = written.getvalue().decode()
    if options:
        assert json.loads(text)[0]["tunedModelDisplayName"] == "für"
    else:
        assert "f\\xfcr" in text


@pytest.mark.usefixtures("service")
def test_full_disk_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A result that cannot be written ends with 2."""
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        code = end_of_main(monkeypatch, "jobs", "--json")
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()

    assert code == 2
    assert capsys.readouterr().err == "error: [Errno 28] No space left on device\n"


@pytest.mark.parametrize(
    ("stream", "arguments"),
    [
        pytest.param("stdout", ["jobs", "--json"], id="results"),
        pytest.param("stderr", ["jobs"], id="messages"),
    ],
)
@pytest.mark.usefixtures("service")
def test_output_that_nobody_reads_on(
    monkeypatch: pytest.MonkeyPatch, stream: str, arguments: list[str]
) -> None:
    """A reader that has gone is told apart from what a command finds."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as output:
        monkeypatch.setattr(sys, stream, output)
        code = end_of_main(monkeypatch, *arguments)
        monkeypatch.undo()

    assert code == 141


@pytest.mark.usefixtures("service")
def test_closed_stderr_is_not_made_up_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a standard error nothing that is told gets among the results."""
    monkeypatch.setattr(sys, "stderr", None)

    code = end_of_main(monkeypatch, "jobs")

    assert code == 0
    assert capsys.readouterr().out == ""


@pytest.mark.usefixtures("service")
def test_argument_that_is_no_text_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Bytes that no encoding explains end with 2."""
    code = end_of_main(monkeypatch, "jobs", "--filter", "state=\udce4")

    assert code == 2
    err = capsys.readouterr().err
    assert err.startswith("error: an argument or a variable of the environment is not ")
    assert err.count("\n") == 1


def test_interrupt_at_the_start_has_no_traceback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ctrl-C ends with 130 also while the commands are imported."""
    fail_import(monkeypatch, KeyboardInterrupt())

    assert end_of_main(monkeypatch, "jobs") == 130


def test_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the extra, one line says how to install it."""
    without(monkeypatch, "typer")

    code = end_of_main(monkeypatch, "--help")

    assert code == 2
    assert capsys.readouterr().err == (
        "error: typer is not installed; the command line needs the extra `tools` of "
        "pulumi-tuning: install the package as pulumi-tuning[tools]\n"
    )


def test_other_missing_module_is_a_bug(monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that is in no extra is missed with a traceback."""
    without(monkeypatch, "pulumi_tuning.gone")

    with pytest.raises(ModuleNotFoundError, match=r"pulumi_tuning\.gone"):
        pulumi_tuning.cli.main()


def test_help_needs_nothing_heavy() -> None:
    """The grammar of the commands imports no HTTP, no tables and no server."""
    script = (
        "import json, sys; import pulumi_tuning; before = set(sys.modules);"
        "import pulumi_tuning.cli.app; print(json.dumps([*set(sys.modules) - before]))"
    )

    done = subprocess.run(  # noqa: S603 - the script above
        [sys.executable, "-c", script],
        check=True,
        capture_output=True,
        cwd=Path(pulumi_tuning.cli.__file__).parents[2],
    )

    added = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "typer" in added
    assert added.isdisjoint(HEAVY)
