"""Recorded states: how one is made, and how a later version gets it back."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from pulumi_tuning.emulator import Emulator
from tests.engine.safety import DATASET, name_of, put_dataset
from tests.support.stacks import Stack

RECORDED: Final = Path(__file__).with_name("recorded")
STATE: Final = "stack.json"
SERVICE: Final = "service.json"
PROGRAM: Final = "__main__.py"

_PREFERENCE: Final = (
    '{{"contents":[{{"role":"user","parts":[{{"text":"Question {0}"}}]}}],'
    '"completions":['
    '{{"score":1.0,"completion":{{"role":"model","parts":[{{"text":"Yes {0}"}}]}}}},'
    '{{"score":0.0,"completion":{{"role":"model","parts":[{{"text":"No {0}"}}]}}}}]}}\n'
)
_ADOPTED: Final = "projects/896976011491/locations/us-central1/tuningJobs/4242"


def put_data(emulator: Emulator) -> None:
    """Store the data sets of the recorded program."""
    put_dataset(emulator)
    put_dataset(emulator, uri="gs://acme/validation.jsonl", examples=20)
    lines = (_PREFERENCE.format(number) for number in range(100))
    emulator.put_object("gs://acme/preferences.jsonl", "".join(lines).encode())


def record(version: str, stack: Stack, emulator: Emulator, folder: Path) -> None:
    """Run the program of a version, and keep the state and what the service answers."""
    put_data(emulator)
    emulator.add_job(
        {
            "name": _ADOPTED,
            "baseModel": "gemini-2.5-flash",
            "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
        }
    )
    program = RECORDED / version / PROGRAM
    shutil.copy(program, stack.project / PROGRAM)
    stack.up()
    emulator.preset(
        name_of(stack, "succeeded"),
        state="JOB_STATE_SUCCEEDED",
        tunedModel={
            "model": "projects/896976011491/locations/us-central1/models/7@1",
            "endpoint": "projects/896976011491/locations/us-central1/endpoints/8",
            "checkpoints": [{"checkpointId": "1", "epoch": "1", "step": "10"}],
        },
    )
    stack.refresh()
    folder.mkdir(parents=True, exist_ok=True)
    state = stack.export()
    for resource in state["deployment"]["resources"]:
        for place_in_the_program in ("sourcePosition", "stackTrace"):
            resource.pop(place_in_the_program, None)
    for name, document in ((STATE, state), (SERVICE, emulator.jobs())):
        (folder / name).write_text(json.dumps(document, indent=1) + "\n")


def restore(version: str, stack: Stack, emulator: Emulator, state: Any) -> None:  # noqa: ANN401 - JSON
    """Bring a stack and a service to where a recording ended."""
    put_data(emulator)
    for job in json.loads((RECORDED / version / SERVICE).read_text()):
        emulator.add_job(job)
    shutil.copy(RECORDED / version / PROGRAM, stack.project / PROGRAM)
    file = stack.folder / STATE
    file.write_text(json.dumps(state))
    stack.run("stack", "import", "--file", str(file))


def state_of(folder: Path) -> Any:  # noqa: ANN401 - JSON
    """Return a recorded state."""
    return json.loads((folder / STATE).read_text())


def jobs_of(state: Any) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - JSON
    """Yield the tuning jobs of a state."""
    for resource in state["deployment"]["resources"]:
        if resource["type"].endswith("tuning:TuningJob"):
            yield resource


def shape(state: Any) -> dict[str, set[str]]:  # noqa: ANN401 - JSON
    """Return the paths of everything that is recorded of each job."""
    return {
        job["urn"].rpartition("::")[2]: {
            f"{part}.{path}"
            for part in ("inputs", "outputs")
            for path in paths(job[part])
        }
        for job in jobs_of(state)
    }


def paths(tree: Any, above: str = "") -> Iterator[str]:  # noqa: ANN401 - JSON
    """Yield the path of every value, the elements of a list as one."""
    if isinstance(tree, dict) and tree:
        for key, below in tree.items():
            yield from paths(below, f"{above}.{key}" if above else key)
    elif isinstance(tree, list) and tree:
        for below in tree:
            yield from paths(below, f"{above}[]")
    else:
        yield above
