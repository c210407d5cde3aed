"""The data set of the examples, built once for all tests of a run."""

import runpy
from functools import cache
from pathlib import Path

from pulumi_tuning.emulator import Emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
DATASET = "gs://pulumi-tuning-examples/docstrings"


@cache
def example_files() -> dict[str, bytes]:
    """Return the files that the examples' script builds."""
    script = runpy.run_path(str(EXAMPLES / "dataset" / "build.py"))
    files: dict[str, bytes] = script["build"]()
    return files


def put_example_files(emulator: Emulator) -> None:
    """Put the data set where the examples look for it."""
    for name, content in example_files().items():
        emulator.put_object(f"{DATASET}/{name}", content)
