"""The control plane: what the library does, over HTTP."""

import httpx
import pytest

from pulumi_tuning.emulator import Emulator
from tests.emulator.bodies import JOBS, PARENT, supervised


def test_health_says_how_the_emulator_is_set_up(client: httpx.Client) -> None:
    """Time, pacing and behaviour are there to be read."""
    health = client.get("/_emulator/health").json()

    assert health["status"] == "ok"
    assert health["time"] == "2026-11-22T10:00:00+00:00"
    assert health["frozen"] is True
    assert health["pacing"]["running_seconds"] == 600
    assert health["behaviour"]["cancel_of_final_job"] == "refuse"


def test_the_clock_is_moved(client: httpx.Client, emulator: Emulator) -> None:
    """Another process freezes time, moves it on and lets it go."""
    name = client.post(JOBS, json=supervised()).json()["name"]

    thawed = client.post("/_emulator/clock/thaw").json()
    client.post("/_emulator/clock/freeze")
    advanced = client.post("/_emulator/clock/advance", json={"seconds": 61}).json()

    assert thawed == {"time": "2026-11-22T10:00:00+00:00"}
    assert advanced == {"time": "2026-11-22T10:01:01+00:00"}
    assert emulator.job(name)["state"] == "JOB_STATE_RUNNING"


def test_the_journal_is_read_and_cleared(client: httpx.Client) -> None:
    """Another process reads the requests, searches them and forgets them."""
    client.get(JOBS)
    client.post(JOBS, json=supervised())

    found = client.get("/_emulator/journal", params={"method": "POST", "path": "Jobs$"})
    client.delete("/_emulator/journal")

    (entry,) = found.json()["entries"]
    assert (entry["method"], entry["status"]) == ("POST", 200)
    assert entry["body"] == supervised()
    assert client.get("/_emulator/journal").json() == {"entries": []}


def test_jobs_are_added_read_and_set(client: httpx.Client) -> None:
    """Another process adds a job, sets its state and reads all jobs."""
    added = client.post(
        "/_emulator/jobs",
        json={"name": f"{PARENT}/tuningJobs/5", "state": "JOB_STATE_FAILED"},
    ).json()

    preset = client.post(
        "/_emulator/jobs/preset",
        json={"name": added["name"], "state": "JOB_STATE_EXPIRED"},
    ).json()

    assert preset["state"] == "JOB_STATE_EXPIRED"
    assert client.get("/_emulator/jobs").json() == {"tuningJobs": [preset]}


def test_faults_are_added_listed_and_cleared(client: httpx.Client) -> None:
    """Another process scripts what goes wrong."""
    fault = {"path": "/tuningJobs$", "status": 503, "times": None}
    client.post("/_emulator/faults", json=fault)
    (listed,) = client.get("/_emulator/faults").json()["faults"]
    faulty = client.get(JOBS).status_code

    client.delete("/_emulator/faults")

    assert listed.items() >= fault.items()
    assert faulty == 503
    assert client.get(JOBS).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "error"),
    [
        pytest.param("GET", "nothing", {}, 404, "unknown; there is:", id="unknown"),
        pytest.param(
            "POST", "faults", {"colour": "red"}, 400, "no colour", id="bad fault"
        ),
        pytest.param("POST", "faults", [], 400, "Parse Error", id="no object"),
        pytest.param(
            "POST", "faults", {"path": "("}, 400, "unterminated", id="bad pattern"
        ),
        pytest.param("GET", "journal?path=(", {}, 400, "unterminated", id="bad search"),
        pytest.param(
            "POST",
            "clock/advance",
            {"seconds": 1e300},
            400,
            "too large",
            id="beyond time",
        ),
        pytest.param(
            "POST", "clock/advance", {}, 400, "'seconds'", id="missing argument"
        ),
        pytest.param(
            "POST",
            "clock/advance",
            {"seconds": 2.3e11},
            400,
            "too large",
            id="end of time",
        ),
        pytest.param(
            "POST", "jobs/preset", {"name": "5"}, 400, "not the name", id="bad name"
        ),
        pytest.param(
            "POST", "jobs", {"name": 5}, 400, "not the name", id="number for a name"
        ),
        pytest.param(
            "POST", "jobs", {"name": "5"}, 400, "not the name", id="bad name to add"
        ),
        pytest.param(
            "POST",
            "jobs",
            {"supervisedTuningSpec": 5},
            400,
            "Invalid value at 'tuning_job.supervised_tuning_spec'",
            id="no spec",
        ),
        pytest.param(
            "POST",
            "jobs",
            {"supervisedTuningSpec": {"trainingDatasetUri": 5}},
            400,
            "training_dataset_uri' (TYPE_STRING), 5",
            id="no URI",
        ),
        pytest.param(
            "POST",
            "jobs",
            {"supervisedTuningSpec": {"hyperParameters": {"epochCount": -1}}},
            400,
            "supervised_tuning_spec.hyper_parameters.epoch_count",
            id="negative epochs",
        ),
        pytest.param(
            "POST",
            "jobs",
            {"preTunedModel": {}},
            400,
            "'tunedModelName' is missing",
            id="nameless model",
        ),
        pytest.param(
            "POST", "jobs", {"expired": 1}, 400, "true or false", id="no flag"
        ),
        pytest.param(
            "POST",
            "jobs/preset",
            {"name": f"{PARENT}/tuningJobs/5"},
            404,
            "does not exist",
            id="unknown job",
        ),
    ],
)
def test_a_wrong_order_is_refused(
    client: httpx.Client,
    *,
    method: str,
    path: str,
    body: object,
    status: int,
    error: str,
) -> None:
    """An order that cannot be carried out says why."""
    answer = client.request(method, f"/_emulator/{path}", json=body)

    assert answer.status_code == status
    assert error in answer.json()["error"]


def test_a_job_is_added_once(client: httpx.Client, emulator: Emulator) -> None:
    """A name that a job has is refused, and the jobs to come stay apart from it."""
    old = {"name": f"{PARENT}/tuningJobs/5", "baseModel": "gemini-2.5-flash"}
    client.post("/_emulator/jobs", json=old)

    again = client.post("/_emulator/jobs", json=old | {"state": "JOB_STATE_FAILED"})

    assert again.status_code == 409
    assert "tuningJobs/5 exists already" in again.json()["error"]
    assert [job["state"] for job in emulator.jobs()] == ["JOB_STATE_PENDING"]
