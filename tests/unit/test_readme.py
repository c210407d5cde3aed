"""The README says what the code does: its tables, links and commands are checked."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = sorted(
    page
    for page in (ROOT / "README.md", *(ROOT / "examples").glob("*/README.md"))
    if page.exists()
)


def test_tables_are_those_of_the_code() -> None:
    """Inputs, outputs, settings, models and prices are generated, never retold."""
    result = subprocess.run(  # noqa: S603 - a script of this repository
        [sys.executable, str(ROOT / ".tools" / "reference.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link names a file or folder that is there."""
    targets = re.findall(r"\]\((?!https?://|#)([^)#]+)", page.read_text())

    missing = [t for t in targets if not (page.parent / t).exists()]

    assert missing == []


def test_named_scripts_exist() -> None:
    """Every script that the README has Python run is there."""
    scripts = re.findall(r"python (\S+\.py)", (ROOT / "README.md").read_text())

    assert scripts
    assert [s for s in scripts if not (ROOT / s).is_file()] == []


def test_documented_commands_exist() -> None:
    """The scripts that the README names are there and can be run by bash."""
    commands = re.findall(
        r"^bash (\S+)", (ROOT / "README.md").read_text(), re.MULTILINE
    )

    assert sorted(set(commands)) == ["examples/quickstart", "tests/run"]
    assert [c for c in commands if not (ROOT / c).is_file()] == []
