"""Preview of many unchanged jobs, beside as many dynamic resources that do nothing.

The others have the same names and values, so that the engine has as much to compare.

`python -m tests.benchmarks.preview [JOBS]` prints the requests of one preview, and the
ratio of both wall times, taken in turns in the same run.
"""

import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

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
import json
from pathlib import Path

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class Nothing(ResourceProvider):
    serialize_as_secret_always = False

    def diff(self, _id, _olds, _news):
        return DiffResult(changes=False)

    def create(self, props):
        return CreateResult("nothing", {**props, **props["outputs"]})


class Thing(Resource):
    pass


provider = Nothing()
for job in json.loads(Path("recorded.json").read_text()):
    outputs = dict.fromkeys(job["outputs"])
    inputs = {**job["inputs"], "outputs": job["outputs"]}
    Thing(provider, job["name"], {**outputs, **inputs})
"""


def recorded(stack: Stack) -> str:
    """Return inputs and outputs of the jobs, for resources that have the same."""
    jobs = [
        {
            "name": resource["urn"].rpartition("::")[2],
            "inputs": _own(resource["inputs"]),
            "outputs": {
                name: value
                for name, value in _own(resource["outputs"]).items()
                if name not in resource["inputs"]
            },
        }
        for resource in stack.resources()
        if resource["type"].endswith(":TuningJob")
    ]
    return json.dumps(jobs)


def _own(properties: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in properties.items() if k != "__provider"}


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
        jobs, nothing = (
            Stack(
                Path(folder, name), cli=cli, home=home, environment=emulator.environment
            )
            for name in ("jobs", "nothing")
        )
        jobs.write(JOBS_PROGRAM.format(count=count))
        jobs.up("--skip-preview")
        nothing.write(NOTHING_PROGRAM)
        Path(nothing.project, "recorded.json").write_text(recorded(jobs))
        nothing.up("--skip-preview")
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
