"""The lifecycle under SIGKILL, with the real CLI."""

from pathlib import Path

import pytest

from tests.chaos.driver import BETWEEN, run_chaos

pytestmark = [pytest.mark.engine, pytest.mark.timeout(1200)]

SEED = 20261126
KILLS = 4
SECONDS = 900.0


def test_chaos(tmp_path: Path, cli: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No kill makes a second job, loses one, or cancels one that is still wanted.

    A short run; `python -m tests.chaos --help` tells how to run it longer.
    """
    tally = run_chaos(tmp_path, cli=cli, seed=SEED, kills=KILLS, seconds=SECONDS)
    with capsys.disabled():
        lines = "\n".join([f"\nseed {SEED}", *tally.lines()])
        print(lines)  # noqa: T201 - the numbers are what a reader wants

    assert tally.violations == []
    assert tally.kills >= KILLS
    assert tally.counts[BETWEEN] > 0
