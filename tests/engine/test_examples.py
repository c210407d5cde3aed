"""Each example, run as its README says, against the emulator."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from tests.support.commands import wait_until
from tests.support.example_dataset import DATASET, EXAMPLES, put_example_files
from tests.support.stacks import Stack

pytestmark = pytest.mark.engine

ENDLESS = Pacing(pending_seconds=0.1, running_seconds=3600)
"""A pace at which a job still runs when the test is over."""

ExampleFactory = Callable[[str], Stack]


@pytest.fixture
def example(
    tmp_path: Path, cli: Path, pulumi_home: Path, emulator: Emulator
) -> Iterator[ExampleFactory]:
    """Give a function that makes a stack of an example, with its data set in place."""
    put_example_files(emulator)
    with ExitStack() as stacks:

        def make(name: str) -> Stack:
            stack = Stack(
                tmp_path / name,
                cli=cli,
                home=pulumi_home,
                environment=emulator.environment,
                project=EXAMPLES.parent if name == "." else EXAMPLES / name,
            )
            return stacks.enter_context(stack)

        yield make


def posted(emulator: Emulator) -> list[dict[str, Any]]:
    """Return the bodies of the create calls, without the labels of the package."""
    bodies = [e.body for e in emulator.journal("POST", "/tuningJobs$")]
    return [
        {**body, "labels": labels}
        for body in bodies
        for labels in [
            {
                name: value
                for name, value in body["labels"].items()
                if not name.startswith("pulumi-tuning-")
            }
        ]
    ]


def test_basic_from_the_root(example: ExampleFactory) -> None:
    """The root of the repository is the smallest program too."""
    assert example(".").preview().operations["summaries"] == "create"


@pytest.mark.parametrize("pacing", [ENDLESS], ids=["a job that runs"])
def test_basic(example: ExampleFactory, emulator: Emulator) -> None:
    """The smallest program starts one job with nothing in it but what it says."""
    stack = example("basic")

    previewed = stack.preview()
    stack.up()
    again = stack.up("--expect-no-changes")
    stack.preview("--expect-no-changes")
    stack.destroy()

    assert previewed.operations["summaries"] == "create"
    assert again.operations["summaries"] == "same"
    assert posted(emulator) == [
        {
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {"trainingDatasetUri": f"{DATASET}/train.jsonl"},
            "labels": {},
        }
    ]
    assert len(emulator.journal("POST", ":cancel$")) == 1
    assert [job["state"] for job in emulator.jobs()] == ["JOB_STATE_CANCELLED"]


@pytest.mark.parametrize("pacing", [ENDLESS], ids=["a job that runs"])
def test_advanced(example: ExampleFactory, emulator: Emulator) -> None:
    """The largest program sends every field as the API's documentation spells it."""
    stack = example("advanced")

    stack.preview()
    stack.up()
    stack.preview("--expect-no-changes")
    stack.destroy()

    assert posted(emulator) == [
        {
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {
                "trainingDatasetUri": f"{DATASET}/train.jsonl",
                "validationDatasetUri": f"{DATASET}/validation.jsonl",
                "hyperParameters": {
                    "epochCount": "4",
                    "adapterSize": "ADAPTER_SIZE_FOUR",
                    "learningRateMultiplier": 0.5,
                },
                "exportLastCheckpointOnly": False,
                "evaluationConfig": {
                    "metrics": [
                        {"aggregationMetrics": ["AVERAGE"], "bleuSpec": {}},
                        {
                            "aggregationMetrics": ["AVERAGE", "MINIMUM"],
                            "rougeSpec": {"rougeType": "rougeL"},
                        },
                    ],
                    "outputConfig": {
                        "gcsDestination": {"outputUriPrefix": f"{DATASET}/evaluation/"}
                    },
                },
            },
            "tunedModelDisplayName": "Summaries of Python documentation",
            "description": "Learns to summarise a docstring in one sentence.",
            "labels": {"team": "documentation", "stage": "test"},
            "encryptionSpec": {
                "kmsKeyName": "projects/acme-tuning/locations/us-central1"
                "/keyRings/tuning/cryptoKeys/jobs"
            },
            "serviceAccount": "tuner@acme-tuning.iam.gserviceaccount.com",
        }
    ]


def test_serve(example: ExampleFactory, emulator: Emulator) -> None:
    """The endpoint of the tuned model reaches the other resource, and a new one too."""
    stack = example("serve")

    previewed = stack.preview()
    stack.up()
    first = stack.outputs()
    stack.preview("--expect-no-changes")
    stack.configure({"tuning-serve:epochs": "3"})
    changed = stack.up("--diff")
    second = stack.outputs()
    stack.destroy()

    old, new = (job["tunedModel"] for job in emulator.jobs())
    assert previewed.operations["serving"] == "create"
    assert first == {"endpoint": old["endpoint"], "model": old["model"]}
    assert changed.operations["summaries"] == "replace"
    assert "~ epochCount: 2 => 3" in changed.stdout
    assert second == {"endpoint": new["endpoint"], "model": new["model"]}
    assert emulator.journal("POST", ":cancel$") == []


@pytest.mark.parametrize("pacing", [ENDLESS], ids=["a job that runs"])
def test_preference(example: ExampleFactory, emulator: Emulator) -> None:
    """Preference tuning is declared, previewed and sent like supervised tuning."""
    stack = example("preference")

    stack.up()
    stack.preview("--expect-no-changes")
    stack.destroy()

    (body,) = posted(emulator)
    assert body["preferenceOptimizationSpec"] == {
        "trainingDatasetUri": f"{DATASET}/preference.jsonl",
        "hyperParameters": {
            "beta": 0.1,
            "epochCount": "1",
            "adapterSize": "ADAPTER_SIZE_FOUR",
        },
        "exportLastCheckpointOnly": True,
    }


def test_continuous(example: ExampleFactory, emulator: Emulator) -> None:
    """The second job starts from the first one's checkpoint, when that is there."""
    stack = example("continuous")

    previewed = stack.preview()
    stack.up()
    stack.destroy()

    first, second = emulator.jobs()
    assert previewed.operations["second"] == "create"
    assert second["preTunedModel"]["tunedModelName"] == first["tunedModel"]["model"]
    assert second["preTunedModel"]["checkpointId"] == "1"


def test_dataset_script_uploads(tmp_path: Path, emulator: Emulator) -> None:
    """The data set's script writes its files and uploads the same bytes."""
    script = str(EXAMPLES / "dataset" / "build.py")

    subprocess.run(  # noqa: S603 - the project's own script
        [sys.executable, script, str(tmp_path), "gs://bucket/some/folder"],
        env={**os.environ, **emulator.environment},
        check=True,
    )

    uploaded = {e.query["name"]: e.status for e in emulator.journal("POST", "/upload")}
    names = {f"some/folder/{path.name}" for path in tmp_path.iterdir()}
    assert uploaded == dict.fromkeys(names, 200)


@contextmanager
def quickstart(output: Path) -> Iterator[psutil.Popen]:
    """Start the quickstart in a session of its own, and leave nothing of it."""
    with output.open("wb") as file:
        running = psutil.Popen(
            ["bash", str(EXAMPLES / "quickstart")],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield running
    finally:
        for process in [*marked(output.parent), running]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        running.wait()


def marked(mark: Path) -> list[psutil.Process]:
    """Return the running processes that have inherited a mark."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get("QUICKSTART_MARK") == str(mark):
                found.append(process)
    return found


def test_quickstart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The quickstart shows every step, ends with 0 and leaves no process."""
    monkeypatch.setenv("QUICKSTART_MARK", str(tmp_path))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # nobody is there
    output = tmp_path / "output"

    with quickstart(output) as running:
        exit_code = running.wait(250)
        left = marked(tmp_path)

    text = output.read_text()
    assert (exit_code, left) == (0, []), text
    assert "~ epochCount: 2 => 4" in text
    assert "asked to start 2 and to cancel 0" in text
    assert 'endpoint: "projects/' in text


@pytest.mark.parametrize(
    "number",
    [pytest.param(signal.SIGINT, id="Ctrl-C"), pytest.param(signal.SIGTERM, id="kill")],
)
def test_interrupted_quickstart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """The quickstart stops everything that it started when it is stopped itself."""
    monkeypatch.setenv("QUICKSTART_MARK", str(tmp_path))
    output = tmp_path / "output"
    with quickstart(output) as running:
        wait_until(
            lambda: "RUNNING" in output.read_text() or running.poll() is not None
        )
        before = marked(tmp_path)
        os.killpg(running.pid, number)
        exit_code = running.wait(60)
        after = marked(tmp_path)

    assert running in before, output.read_text()
    assert (exit_code, after) == (128 + number, [])
