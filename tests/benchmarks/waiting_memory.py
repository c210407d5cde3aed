"""What it costs a program to wait for many jobs: calls for each tick, and memory.

`python -m tests.benchmarks.waiting_memory [JOBS]` prints the resident memory of the
program's process at its peak, beside that of a program without resources.
"""

import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Final

import psutil

from pulumi_tuning.emulator import Emulator, Pacing
from tests.engine.safety import put_dataset
from tests.support.commands import Command
from tests.support.stacks import Stack, find_cli

EMPTY: Final = """
import time
import pulumi

time.sleep(2)
"""
WAITING: Final = """
import pulumi
import pulumi_tuning as tuning

for number in range({jobs}):
    job = tuning.TuningJob(
        f"job{{number}}",
        base_model="gemini-2.5-flash",
        supervised_tuning_spec={{"training_dataset_uri": "gs://acme/train.jsonl"}},
    )
    pulumi.export(f"job{{number}}", job.wait_for_completion(timeout="1h").model)
"""
MEBIBYTE: Final = 2**20


def peak_memory(command: Command) -> float:
    """Return the largest resident memory of a command's program, in MiB."""
    peak = 0
    while command.process.poll() is None:
        for program in command.processes("program"):
            try:
                peak = max(peak, program.memory_info().rss)
            except psutil.NoSuchProcess:
                continue
        threading.Event().wait(0.1)
    return peak / MEBIBYTE


def run(jobs: int) -> list[str]:
    """Measure, and return lines to print."""
    cli = find_cli()
    if cli is None:
        sys.exit("no Pulumi CLI; `bash .tools/setup` leaves one in .venv/bin")
    pacing = Pacing(pending_seconds=5, running_seconds=30, spread=0.9)
    with tempfile.TemporaryDirectory() as folder, Emulator(pacing=pacing) as emulator:
        put_dataset(emulator)
        home = Path(folder, "home")
        memory, seconds = {}, 0.0
        for name, program in (("empty", EMPTY), ("waiting", WAITING.format(jobs=jobs))):
            with Stack(
                Path(folder, name),
                cli=cli,
                home=home,
                environment=emulator.environment,
            ) as stack:
                stack.write(program)
                started = time.perf_counter()
                command = stack.start_engine("up", "--yes", "--skip-preview")
                memory[name] = peak_memory(command)
                seconds = time.perf_counter() - started
                if command.process.returncode:
                    sys.exit(command.text())
        posted = emulator.journal("POST", "/tuningJobs$")
        lists = [
            call
            for call in emulator.journal("GET", "/tuningJobs$")
            if "pulumi-tuning-stack" in call.query.get("filter", "")
        ]
        per_second = Counter(call.time.replace(microsecond=0) for call in lists)
        gets = emulator.journal("GET", "/tuningJobs/[0-9]+$")
    return [
        f"{len(posted)} jobs started and waited for in {seconds:.0f} s",
        f"{len(lists)} list calls, at most {max(per_second.values())} in a second",
        f"{len(gets)} get calls",
        *(f"{mib:.0f} MiB resident: {name} program" for name, mib in memory.items()),
        f"{memory['waiting'] - memory['empty']:.0f} MiB above an empty program",
    ]


if __name__ == "__main__":
    lines = run(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
    sys.stdout.write("\n".join([*lines, ""]))
