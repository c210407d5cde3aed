"""Preview of many unchanged jobs, beside as many dynamic resources that do nothing.

`python -m tests.benchmarks.preview [JOBS]` prints the requests of one preview, and the
ratio of both wall times, taken in turns in the same run.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from pulumi_tuning.emulator import Emulator, Pacing
from tests.support.stacks import Stack, find_cli

ROUNDS: Final = 5
ROW: Final = (
    b'{"contents":[{"role":"user","parts":[{"text":"Hi"}]},'
    b'{"role":"model","parts":[{"text":"Hello"}]}]}\n'
)
JOBS_PROGRAM: Final = """\
import pulumi_tuning as tuning

for number in range({count}):
    tuning.TuningJob(
        f"job{{number}}",
        base_model="gemini-2.5-flash",
        supervised_tuning_spec={{
            "training_dataset_uri": "gs://acme/train.jsonl",
            "hyper_parameters": {{"epoch_count": 1 + number}},
        }},
    )
"""
NOTHING_PROGRAM: Final = """\
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Nothing(ResourceProvider):
    serialize_as_secret_always = False

    def diff(self, _id, _olds, _news):
        return DiffResult(changes=False)

    def create(self, props):
        return CreateResult("nothing", props)


class Thing(Resource):
    pass


provider = Nothing()
for number in range({count}):
    inputs = {{"baseModel": "gemini-2.5-flash", "epochs": number, "uri": "gs://a/b"}}
    Thing(provider, f"nothing{{number}}", inputs)
"""


def timed(stack: Stack) -> float:
    """Return the seconds of one preview."""
    start = time.perf_counter()
    stack.preview("--expect-no-changes")
    return time.perf_counter() - start


def main(count: int) -> None:
    """Run both programs in turns and print what was measured."""
    cli = find_cli()
    if cli is None:
        sys.exit("no pulumi here: run bash .tools/setup dev first")
    pacing = Pacing(pending_seconds=0.0, running_seconds=3600.0)
    with tempfile.TemporaryDirectory() as folder, Emulator(pacing=pacing) as emulator:
        emulator.put_object("gs://acme/train.jsonl", ROW * 200)
        home = Path(folder, "home")
        home.mkdir()
        stacks = []
        for name, program in (("jobs", JOBS_PROGRAM), ("none", NOTHING_PROGRAM)):
            stack = Stack(
                Path(folder, name),
                cli=cli,
                home=home,
                environment=emulator.environment,
            )
            stack.write(program.format(count=count))
            stack.up("--skip-preview")
            stacks.append(stack)
        jobs, nothing = stacks
        timed(jobs), timed(nothing)
        emulator.clear_journal()
        ours = [timed(jobs)]
        requests = len(emulator.journal(path="/tuningJobs"))
        theirs = [timed(nothing)]
        for _ in range(ROUNDS - 1):
            ours.append(timed(jobs))
            theirs.append(timed(nothing))
        ratio = statistics.median(ours) / statistics.median(theirs)
        print(f"{count} unchanged jobs: {requests} requests to the tuning service")
        print(f"median preview {statistics.median(ours):.2f} s")
        print(
            f"the same of resources that do nothing {statistics.median(theirs):.2f} s"
        )
        print(f"ratio {ratio:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
