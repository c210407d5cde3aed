"""Captures what previews look like, for examples/previews/README.md.

`python .tools/capture.py` runs the real CLI against the emulator and rewrites the page;
with `--check` it only says whether the page is what the CLI shows now.
"""

import json
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from difflib import unified_diff
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from pulumi_tuning.emulator import Emulator, Fault, Pacing  # noqa: E402
from tests.support.stacks import Stack, find_cli  # noqa: E402

PAGE: Final = ROOT / "examples" / "previews" / "README.md"
DATASET: Final = "gs://acme-tuning/support/train.jsonl"
PROGRAM: Final = f"""\
import pulumi
import pulumi_tuning as tuning

job = tuning.TuningJob(
    "support-bot",
    base_model="gemini-2.5-flash",
    supervised_tuning_spec={{
        "training_dataset_uri": "{DATASET}",
        "hyper_parameters": {{"epoch_count": 4, "learning_rate_multiplier": 1.0}},
    }},
)
"""
INTRODUCTION: Final = f"""\
# What previews look like

Captured from the real CLI against the emulator, by `python .tools/capture.py`, with
this program:

```python
{PROGRAM}```
"""
Preparation = Callable[[Stack, Emulator], None]
Section = tuple[str, str, Preparation]


def dataset(rows: int) -> bytes:
    """Return a data set of this many different questions and answers."""
    return b"".join(
        json.dumps(
            {
                "contents": [
                    {"role": "user", "parts": [{"text": f"Where is parcel {n}?"}]},
                    {"role": "model", "parts": [{"text": f"Parcel {n} is at home."}]},
                ]
            }
        ).encode()
        + b"\n"
        for n in range(rows)
    )


def start(stack: Stack, emulator: Emulator) -> None:
    """Start the job."""
    del emulator
    stack.up()


def drift(stack: Stack, emulator: Emulator) -> None:
    """Let somebody's script have changed the live job behind its name."""
    start(stack, emulator)
    (job,) = emulator.jobs()
    spec = job["supervisedTuningSpec"]
    parameters = {**spec["hyperParameters"], "learningRateMultiplier": 9}
    changed = {**spec, "hyperParameters": parameters}
    emulator.preset(job["name"], supervisedTuningSpec=changed)


def change_data(stack: Stack, emulator: Emulator) -> None:
    """Upload other rows to the same address."""
    start(stack, emulator)
    emulator.put_object(DATASET, dataset(180))


def fail(stack: Stack, emulator: Emulator) -> None:
    """Let the job fail."""
    start(stack, emulator)
    (job,) = emulator.jobs()
    message = "Failed to create endpoint. Tuned model is uploaded."
    error = {"code": 13, "message": message}
    emulator.preset(job["name"], state="JOB_STATE_FAILED", error=error)


def expire(stack: Stack, emulator: Emulator) -> None:
    """Let the service forget a job that has succeeded."""
    start(stack, emulator)
    (job,) = emulator.jobs()
    emulator.advance(3600)
    stack.refresh()
    emulator.preset(job["name"], expired=True)


def refuse(stack: Stack, emulator: Emulator) -> None:
    """Let the service be unavailable."""
    start(stack, emulator)
    emulator.add_fault(Fault(method="GET", path="/tuningJobs", times=99, status=503))


SECTIONS: Final[tuple[Section, ...]] = (
    ("A new job, with its cost", "Nothing is there yet.", lambda *_: None),
    (
        "The live job is not what was declared",
        "The engine cannot explain this replacement, so the row does.",
        drift,
    ),
    (
        "The data set has changed",
        'With `on_dataset_change="replace"` the job would be replaced.',
        change_data,
    ),
    ("The job has failed", 'With `on_failure="replace"` it would be replaced.', fail),
    (
        "The service's record of the job has expired",
        "The job had succeeded: its tuned model outlives the record.",
        expire,
    ),
    (
        "The service cannot be read",
        "The preview goes on with what was recorded.",
        refuse,
    ),
)


def captured() -> Iterator[str]:
    """Yield the page, section by section."""
    yield INTRODUCTION
    cli = find_cli()
    if cli is None:
        sys.exit("capture: no pulumi here; run bash .tools/setup dev first")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        for number, (title, explanation, prepare) in enumerate(SECTIONS):
            text = preview(Path(folder, f"stack-{number}"), cli, home, prepare)
            yield f"\n## {title}\n\n{explanation}\n\n"
            yield f"```console\n$ pulumi preview\n{text}```\n"


def preview(folder: Path, cli: Path, home: Path, prepare: Preparation) -> str:
    """Return what a preview shows after what a section wants to have happened."""
    with (
        Emulator(pacing=Pacing(), seed=1) as emulator,
        Stack(folder, cli=cli, home=home, environment=emulator.environment) as stack,
    ):
        emulator.freeze()
        emulator.put_object(DATASET, dataset(200))
        stack.write(PROGRAM)
        prepare(stack, emulator)
        return readable(stack.preview().stdout)


def readable(text: str) -> str:
    """Return the CLI's text without what changes from run to run."""
    lines = [line.rstrip() for line in text.splitlines()]
    kept = [line for line in lines if not line.startswith("@ previewing")]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()
    return re.sub(r"generation \d+ → \d+", "generation 1 → 2", joined) + "\n"


def main() -> None:
    """Rewrite the page, or check it."""
    page = "".join(captured())
    if sys.argv[1:] != ["--check"]:
        PAGE.write_text(page)
    elif PAGE.read_text() != page:
        written = PAGE.read_text().splitlines(keepends=True)
        sys.stderr.writelines(unified_diff(written, page.splitlines(keepends=True)))
        sys.exit(f"{PAGE.name} is out of date: run python .tools/capture.py")


if __name__ == "__main__":
    main()
