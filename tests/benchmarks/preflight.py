"""How fast the preflight is beside the plainest loop, and how much memory it takes.

Run by hand: `python -m tests.benchmarks.preflight [--megabytes 1000] [--bytes 400]`.
Builds a data set of real text in a temporary folder, reads it in turns with a loop of
`json.loads` and with the preflight, each in a process of its own, and prints both. On
a machine that has other work the processor time is the more steady number.
"""

import argparse
import ast
import inspect
import itertools
import json
import resource
import statistics
import string
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.preflight import validate

ROUNDS = 3
CHUNK = 1024**2


def docstrings() -> list[str]:
    """Return real text: the docstrings of modules of the standard library."""
    modules = (argparse, ast, inspect, json, statistics, string, subprocess, textwrap)
    return [
        docstring
        for module in modules
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module))
        if (docstring := ast.get_docstring(node))
    ]


def write(path: Path, megabytes: int, line_bytes: int) -> int:
    """Write different lines of about this many bytes, and return their number."""
    texts = itertools.cycle(docstrings())
    size = rows = 0
    with path.open("w", encoding="ascii") as file:
        while size < megabytes * 1_000_000:
            rows += 1
            answer = next(texts).splitlines()[0]
            prompt = f"{rows}. {answer}"
            while len(prompt) + len(answer) < line_bytes - 150:
                prompt += f"\n{next(texts)}"
            prompt = prompt[: max(line_bytes - 150 - len(answer), 20)]
            row = {
                "contents": [
                    {"role": "user", "parts": [{"text": prompt}]},
                    {"role": "model", "parts": [{"text": answer}]},
                ]
            }
            size += file.write(json.dumps(row) + "\n")
    return rows


def chunks(path: Path) -> Iterator[bytes]:
    """Yield the file as a download would."""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            yield chunk


def plain(path: Path) -> str:
    """Read the file as plainly as one can."""
    with path.open("rb") as file:
        for line in file:
            json.loads(line)
    return ""


def preflight(path: Path) -> str:
    """Read the file with the preflight."""
    model = find_model("gemini-2.5-flash")
    return validate(chunks(path), LineFormat.CHAT, model).summary()


def measure(reader: str, path: Path) -> None:
    """Print what the reader took and says, as JSON."""
    wall, processor = time.perf_counter(), time.process_time()
    said = {"plain": plain, "preflight": preflight}[reader](path)
    result = {
        "wall": time.perf_counter() - wall,
        "processor": time.process_time() - processor,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "said": said,
    }
    sys.stdout.write(json.dumps(result))


def in_own_process(reader: str, path: Path) -> dict[str, Any]:
    """Return what a reader takes and says."""
    command = [sys.executable, "-m", "tests.benchmarks.preflight"]
    output = subprocess.run(  # noqa: S603 - this very script
        [*command, "--measure", reader, str(path)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    result: dict[str, Any] = json.loads(output)
    return result


def compare(megabytes: int, line_bytes: int) -> None:
    """Print how both readers do on the same file, in turns."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.jsonl"
        rows = write(path, megabytes, line_bytes)
        sys.stdout.write(f"{path.stat().st_size:,} bytes, {rows:,} lines\n")
        best: dict[tuple[str, str], float] = {}
        for reader in ("plain", "preflight") * ROUNDS:
            result = in_own_process(reader, path)
            for clock in ("wall", "processor"):
                seconds = result[clock]
                best[reader, clock] = min(seconds, best.get((reader, clock), seconds))
            sys.stdout.write(
                f"{reader:9} {result['wall']:6.2f} s, processor "
                f"{result['processor']:6.2f} s, {result['megabytes']:3.0f} MB  "
                f"{result['said']}\n"
            )
    for clock in ("wall", "processor"):
        ratio = best["plain", clock] / best["preflight", clock]
        sys.stdout.write(f"{ratio:.2f} times as fast as json.loads by {clock} time\n")


def main() -> None:
    """Read the arguments and compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1000)
    parser.add_argument("--bytes", type=int, default=400, help="of a line")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        reader, path = arguments.measure
        measure(reader, Path(path))
    else:
        compare(arguments.megabytes, arguments.bytes)


if __name__ == "__main__":
    main()
