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


def test_the_first_program_works(stack: Stack, emulator: Emulator) -> None:
    """A newcomer who copies it sees a cost, gets an endpoint, and pays once."""
    (program,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    for name, first, count in (("train", 0, 120), ("validation", 1000, 20)):
        rows = "".join(ROW.format(n) for n in range(first, first + count))
        emulator.put_object(f"gs://acme-tuning/support/{name}.jsonl", rows.encode())
    stack.write(program)

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
