"""What the tests of safety share: programs of tuning jobs, and what came of them."""

from collections.abc import Mapping
from typing import Any, Final

from pulumi_tuning.emulator import Emulator, Pacing
from pulumi_tuning.job_state import is_live
from tests.support.stacks import Stack

DATASET: Final = "gs://acme/train.jsonl"
ENDLESS: Final = Pacing(pending_seconds=0.1, running_seconds=36_000)
"""A pace at which a job still runs when the test is over."""

_LINE: Final = (
    '{{"contents":[{{"role":"user","parts":[{{"text":"Question {0}"}}]}},'
    '{{"role":"model","parts":[{{"text":"Answer {0}"}}]}}]}}\n'
)
_PROGRAM: Final = """
import pulumi
import pulumi_tuning as tuning

for name, arguments in {jobs!r}.items():
    tuning.TuningJob(name, **arguments)
{more}
"""


def a_job(epochs: int = 4, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the arguments of a tuning job."""
    spec = {
        "training_dataset_uri": arguments.pop("dataset", DATASET),
        "hyper_parameters": {"epoch_count": epochs},
    }
    given = {"base_model": "gemini-2.5-flash", "supervised_tuning_spec": spec}
    return given | arguments


def a_program(jobs: Mapping[str, Mapping[str, Any]], more: str = "") -> str:
    """Return a program with these jobs, and more text at its end."""
    return _PROGRAM.format(jobs=dict(jobs), more=more)


def put_dataset(emulator: Emulator, examples: int = 100, uri: str = DATASET) -> None:
    """Store a data set that nothing is wrong with."""
    lines = (_LINE.format(number) for number in range(examples))
    emulator.put_object(uri, "".join(lines).encode())


def posts(emulator: Emulator) -> int:
    """Return how many create calls have arrived."""
    return len(emulator.journal("POST", "/tuningJobs$"))


def cancelled(emulator: Emulator) -> set[str]:
    """Return the names of the jobs that somebody asked to cancel."""
    calls = emulator.journal("POST", ":cancel$")
    return {call.path.removeprefix("/v1/").removesuffix(":cancel") for call in calls}


def live(emulator: Emulator) -> set[str]:
    """Return the names of the jobs that work."""
    return {job["name"] for job in emulator.jobs() if is_live(job["state"])}


def recorded(stack: Stack) -> set[str]:
    """Return the names of the jobs in the state, pending deletions included."""
    resources = stack.resources()
    return {r["id"] for r in resources if r["type"].endswith("tuning:TuningJob")}


def name_of(stack: Stack, resource: str) -> str:
    """Return the name of the job that a resource records."""
    name: str = stack.resource(resource)["id"]
    return name
