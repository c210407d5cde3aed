"""What the documentation shows of the real CLI: its first program, its previews."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from pulumi_tuning.emulator import Emulator
from tests.support.stacks import Stack

ROOT: Final = Path(__file__).resolve().parents[2]
ROW: Final = (
    '{{"contents":[{{"role":"user","parts":[{{"text":"Question {0}?"}}]}},'
    '{{"role":"model","parts":[{{"text":"Answer {0}."}}]}}]}}\n'
)

pytestmark = pytest.mark.engine


def python_samples() -> tuple[str, str]:
    """Return the README's first program, and its use of the emulator."""
    text = (ROOT / "README.md").read_text()
    program, use_of_emulator = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return program, use_of_emulator


def datasets() -> dict[str, bytes]:
    """Return files as the README's first program names them."""
    return {
        f"{name}.jsonl": "".join(map(ROW.format, range(first, first + count))).encode()
        for name, first, count in (("train", 0, 120), ("validation", 1000, 20))
    }


def test_the_first_program_works(stack: Stack, emulator: Emulator) -> None:
    """A newcomer who copies it sees a cost, gets an endpoint, and pays once."""
    for name, content in datasets().items():
        emulator.put_object(f"gs://acme-tuning/support/{name}", content)
    stack.write(python_samples()[0])

    preview = stack.preview()
    stack.up()
    again = stack.up()
    endpoint = stack.outputs()["endpoint"]
    stack.destroy()

    assert "estimated cost: " in preview.stdout
    assert "warning" not in preview.stdout
    assert "/endpoints/" in endpoint
    assert "unchanged" in again.stdout
    assert len(emulator.journal("POST", "/tuningJobs$")) == 1


def test_the_use_of_the_emulator_works(stack: Stack) -> None:
    """A newcomer who copies it sees that a lost answer costs nothing."""
    program, use_of_emulator = python_samples()
    for name, content in datasets().items():
        (stack.project / name).write_bytes(content)
    stack.write(program)

    result = subprocess.run(  # noqa: S603 - the README's own words
        [sys.executable, "-c", use_of_emulator],
        cwd=stack.project,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )

    assert result.returncode == 0, result.stdout + result.stderr
    assert "the job was found by its label" in result.stdout


@pytest.mark.usefixtures("cli")
def test_captured_previews() -> None:
    """The previews in the documentation are what the CLI shows now."""
    result = subprocess.run(  # noqa: S603 - a script of this repository
        [sys.executable, str(ROOT / ".tools" / "capture.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")
