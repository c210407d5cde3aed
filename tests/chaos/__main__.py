"""A chaos run of any length: `python -m tests.chaos --kills 500 --seed 7`."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.chaos.driver import run_chaos
from tests.support.stacks import find_cli


def main() -> int:
    """Run chaos as the arguments say, and print what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="how many are enough")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 10**6)
    parser.add_argument("--minutes", type=float, default=60.0, help="the longest run")
    parser.add_argument("--stacks", type=int, default=2, help="beside each other")
    asked = parser.parse_args()
    cli = find_cli()
    if cli is None:
        sys.exit("no Pulumi CLI; `bash .tools/setup` leaves one in .venv/bin")
    started = time.perf_counter()
    sys.stdout.write(f"seed {asked.seed}\n")
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        tally = run_chaos(
            Path(folder),
            cli=cli,
            seed=asked.seed,
            kills=asked.kills,
            seconds=60 * asked.minutes,
            stacks=asked.stacks,
        )
    minutes = (time.perf_counter() - started) / 60
    sys.stdout.write("\n".join([*tally.lines(), f"{minutes:.1f} minutes\n"]))
    return int(bool(tally.violations))


if __name__ == "__main__":
    sys.exit(main())
