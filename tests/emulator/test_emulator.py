"""The library: presets, existing jobs, the clock, the journal and the server."""

import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from pulumi_tuning.emulator import Emulator, Pacing
from pulumi_tuning.emulator.errors import RefusalError
from tests.emulator.bodies import JOBS, PARENT, TRAIN, chat, json_lines, supervised
from tests.support.fake_clock import FakeClock


def create(client: httpx.Client) -> str:
    """Create a job and return its name."""
    name: str = client.post(JOBS, json=supervised()).json()["name"]
    return name


def test_a_state_set_by_hand_holds(client: httpx.Client, emulator: Emulator) -> None:
    """A job that was put into a state stays there, whatever time passes."""
    name = create(client)

    emulator.preset(name, state="JOB_STATE_PAUSED")
    emulator.advance(100_000)

    assert emulator.job(name)["state"] == "JOB_STATE_PAUSED"


def test_a_state_that_nobody_knows_is_answered(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A state of the future is answered as it was set, and can be cancelled."""
    name = create(client)
    emulator.preset(name, state="JOB_STATE_DREAMING")
    dreaming = client.get(f"/v1/{name}").json()["state"]

    client.post(f"/v1/{name}:cancel")
    emulator.advance(10)

    assert dreaming == "JOB_STATE_DREAMING"
    assert emulator.job(name)["state"] == "JOB_STATE_CANCELLED"


def test_a_failure_set_by_hand_has_its_error(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job failed by hand is final at once, with the error that was given."""
    name = create(client)
    emulator.advance(100)

    job = emulator.preset(name, state="JOB_STATE_FAILED", error={"code": 8})

    assert job["state"] == "JOB_STATE_FAILED"
    assert job["error"] == {"code": 8}
    assert job["endTime"] == "2026-11-22T10:01:40Z"
    assert client.post(f"/v1/{name}:cancel").status_code == 400


def test_a_success_set_by_hand_has_a_model(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job that was made to succeed has read its data set and left a model."""
    job = emulator.preset(create(client), state="JOB_STATE_SUCCEEDED")

    assert job["tunedModel"]["model"] == f"{emulator.models()[0]}@1"
    assert "tuningDataStats" in job


def test_a_state_can_be_set_after_the_end(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A finished job can be put back, keeps its one model, and ends again."""
    name = create(client)
    emulator.advance(1_000)
    model = emulator.job(name)["tunedModel"]

    running = emulator.preset(name, state="JOB_STATE_RUNNING")
    again = emulator.preset(name, state="JOB_STATE_SUCCEEDED")

    assert running["state"] == "JOB_STATE_RUNNING"
    assert "tunedModel" not in running
    assert again["tunedModel"] == model
    assert len(emulator.models()) == 1


def test_any_field_can_be_set_and_taken_away(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Fields that were set by hand are answered as they are, None removes one."""
    name = create(client)
    spec = {"trainingDatasetUri": "gs://other/set.jsonl"}
    tuned = {"model": f"{PARENT}/models/7@3"}

    emulator.preset(
        name,
        supervisedTuningSpec=spec,
        tunedModel=tuned,
        tunedModelDisplayName=None,
        fieldOfTheFuture={"a": 1},
    )
    answer = client.get(f"/v1/{name}").json()

    assert answer["supervisedTuningSpec"] == spec
    assert answer["tunedModel"] == tuned
    assert "tunedModelDisplayName" not in answer
    assert list(answer)[-1] == "fieldOfTheFuture"


def test_a_model_set_by_hand_is_not_made_again(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job whose tuned model was given leaves no other one behind."""
    name = create(client)
    emulator.preset(name, tunedModel={"model": "given"})

    emulator.advance(1_000)

    assert emulator.job(name)["tunedModel"] == {"model": "given"}
    assert emulator.models() == []


def test_an_expired_job_is_gone_for_clients(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job whose record has expired is neither read nor listed nor cancelled."""
    name = create(client)

    emulator.preset(name, expired=True)

    assert client.get(f"/v1/{name}").status_code == 404
    assert client.post(f"/v1/{name}:cancel").status_code == 404
    assert client.get(JOBS).json() == {}
    assert [job["name"] for job in emulator.jobs()] == [name]
    emulator.preset(name, expired=False)
    assert client.get(f"/v1/{name}").status_code == 200


def test_one_job_may_ignore_a_cancel(client: httpx.Client, emulator: Emulator) -> None:
    """A single job can be made to go on after a cancel, or to win the race."""
    ignoring, winning = create(client), create(client)
    emulator.preset(ignoring, ignoresCancel=True)
    emulator.preset(winning, successWinsRace=True)
    emulator.advance(100)

    statuses = {
        client.post(f"/v1/{name}:cancel").status_code for name in (ignoring, winning)
    }
    emulator.advance(10)

    assert statuses == {200}
    assert emulator.job(ignoring)["state"] == "JOB_STATE_RUNNING"
    assert emulator.job(winning)["state"] == "JOB_STATE_SUCCEEDED"


def test_an_existing_job_is_added_as_it_is(
    client: httpx.Client, emulator: Emulator
) -> None:
    """An old job is there with all that it is said to have, and stays so."""
    old = {
        "name": "projects/646763706049/locations/us-central1/tuningJobs/62847659613712",
        "tunedModelDisplayName": "old",
        "baseModel": "gemini-1.5-pro-002",
        "supervisedTuningSpec": {
            "trainingDatasetUri": "gs://gone/set.jsonl",
            "hyperParameters": {"epochCount": "10"},
        },
        "state": "JOB_STATE_FAILED",
        "createTime": "2024-11-03T21:08:07.734198Z",
        "startTime": "2024-11-03T21:08:30.888568Z",
        "endTime": "2024-11-03T21:40:37.139132Z",
        "updateTime": "2024-11-03T21:40:37.139132Z",
        "error": {"code": 13, "message": "Failed to create endpoint."},
        "labels": {"team": "nlp"},
    }
    emulator.add_job(old)
    emulator.advance(100)

    assert client.get(f"/v1/{old['name']}").json() == old
    assert list(client.get(f"/v1/{old['name']}").json())[:3] == [
        "name",
        "tunedModelDisplayName",
        "baseModel",
    ]


def test_an_existing_job_may_still_run(emulator: Emulator) -> None:
    """Without a state an added job starts like a new one, in the default project."""
    job = emulator.add_job(supervised())

    emulator.advance(61)

    assert job["state"] == "JOB_STATE_PENDING"
    assert emulator.job(job["name"])["state"] == "JOB_STATE_RUNNING"


def test_added_jobs_are_listed_by_age(client: httpx.Client, emulator: Emulator) -> None:
    """A list is ordered by the time of creation, not by the time of adding."""
    new = create(client)
    old = emulator.add_job(
        {"name": f"{PARENT}/tuningJobs/5", "createTime": "2020-01-01T00:00:00Z"}
    )["name"]

    names = [job["name"] for job in client.get(JOBS).json()["tuningJobs"]]

    assert names == [new, old]


def test_unknown_jobs_are_refused_by_the_library(emulator: Emulator) -> None:
    """A name that no job has, or that is no name, is an error."""
    with pytest.raises(RefusalError, match="does not exist"):
        emulator.job(f"{PARENT}/tuningJobs/5")
    with pytest.raises(ValueError, match="not the name of a tuning job: 5"):
        emulator.preset("5", state="JOB_STATE_FAILED")


def test_only_a_frozen_clock_is_moved(emulator: Emulator) -> None:
    """A clock that runs cannot be advanced, and none goes back."""
    with pytest.raises(ValueError, match="time does not go back"):
        emulator.advance(-1)
    emulator.thaw()
    with pytest.raises(ValueError, match="freeze it first"):
        emulator.advance(1)


def test_a_thawed_clock_goes_on_from_where_it_stood(
    tmp_path: Path, fake_clock: FakeClock
) -> None:
    """Time that was moved by hand is not lost, neither by thawing nor by a restart."""
    path = tmp_path / "emulator.db"
    emulator = Emulator(path, clock=fake_clock)
    emulator.freeze()
    emulator.advance(100)
    fake_clock.advance(5)
    emulator.thaw()
    emulator.stop()
    fake_clock.advance(20)

    again = Emulator(path, clock=fake_clock)
    job = again.add_job(supervised())
    again.stop()

    assert job["createTime"] == "2026-11-22T10:02:00Z"


def test_the_journal_keeps_every_request(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Method, path, query, body, headers and status are kept in order, control not."""
    client.get(f"{JOBS}?pageSize=3&filter=a%20b", headers={"X-One": "1"})
    client.post(JOBS, content=b"{oops")
    client.get("/_emulator/health")
    client.delete("/storage/v1/b/acme-tuning/o/a%2Fb")

    first, second, third = emulator.journal()
    assert (first.method, first.path) == ("GET", JOBS)
    assert first.query == {"pageSize": "3", "filter": "a b"}
    assert first.headers["x-one"] == "1"
    assert (first.status, first.body) == (400, None)
    assert (second.status, second.body) == (400, None)
    assert third.path == "/storage/v1/b/acme-tuning/o/a/b"
    assert third.time.isoformat() == "2026-11-22T10:00:00+00:00"


def test_the_journal_is_searched_and_cleared(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Entries are found by method and by a regular expression in the path."""
    name = create(client)
    client.post(f"/v1/{name}:cancel")
    client.get(JOBS)

    cancels = emulator.journal("POST", ":cancel$")
    gets = emulator.journal(method="GET")
    emulator.clear_journal()

    assert [entry.path for entry in cancels] == [f"/v1/{name}:cancel"]
    assert [entry.path for entry in gets] == [JOBS]
    assert emulator.journal() == []


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        pytest.param(
            {"createTime": "2026-01-01"}, "a time with its zone", id="no time zone"
        ),
        pytest.param({"createTime": "soon"}, "soon", id="no time"),
        pytest.param(
            {"createTime": "9999-12-31T00:00:00Z"}, "1970 to 8999", id="end of time"
        ),
        pytest.param({"state": 4}, "state of a job is a text", id="no state"),
        pytest.param({"state": None}, "state of a job is a text", id="state away"),
        pytest.param({"expired": "no"}, "is true or false", id="no flag"),
        pytest.param({"failure": "bad"}, "is an object", id="no error"),
        pytest.param({"labels": {"a": 1}}, "an object of texts", id="no label"),
        pytest.param({"updateTime": "now"}, "a time with its zone", id="no update"),
        pytest.param({"evaluateDatasetRuns": {}}, "is a list", id="no list"),
    ],
)
def test_a_preset_that_cannot_be_is_refused(
    client: httpx.Client, emulator: Emulator, fields: dict[str, object], error: str
) -> None:
    """A value that no job can have is refused, and the job stays as it was."""
    name = create(client)
    before = emulator.job(name)

    with pytest.raises(ValueError, match=error):
        emulator.preset(name, description="new", **fields)

    assert emulator.job(name) == before


def test_a_field_of_a_job_that_has_ended_can_be_set(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job that has ended stays as it is but for the field that is set."""
    name = create(client)
    emulator.advance(3_600)
    before = emulator.job(name)

    after = emulator.preset(name, labels={"team": "nlp"})

    assert after == before | {"labels": {"team": "nlp"}}
    assert len(emulator.models()) == 1


def test_a_list_goes_on_without_a_time_that_was_taken_away(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job whose time of change was taken away is none that a filter by it finds."""
    name = create(client)
    emulator.preset(name, updateTime=None)

    found = client.get(JOBS, params={"filter": "update_time>2000-01-01T00:00:00Z"})

    assert (found.status_code, found.json()) == (200, {})


def test_an_added_job_keeps_the_base_model_of_its_pre_tuned_model(
    emulator: Emulator,
) -> None:
    """What the service had said of the model that was tuned further is answered."""
    tuned = {"tunedModelName": f"{PARENT}/models/5@1", "baseModel": "gemini-2.5-pro"}

    job = emulator.add_job({"preTunedModel": tuned, "state": "JOB_STATE_RUNNING"})

    assert job["preTunedModel"] == tuned


def test_the_environment_points_programs_at_the_server(served: Emulator) -> None:
    """Every variable that Google's clients and Pulumi read holds the address."""
    environment = served.environment

    assert served.url.startswith("http://127.0.0.1:")
    assert environment["GOOGLE_VERTEX_BASE_URL"] == served.url
    assert environment["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] == served.url
    assert environment["STORAGE_EMULATOR_HOST"] == served.url
    assert environment.keys() >= {
        "GOOGLE_OAUTH_ACCESS_TOKEN",
        "GOOGLE_CLOUD_PROJECT",
        "GOOGLE_CLOUD_LOCATION",
    }


def test_many_clients_are_answered_at_once(served: Emulator) -> None:
    """Jobs created by many threads at once are all there, with different names."""
    with httpx.Client(base_url=served.url) as client:
        threads = [threading.Thread(target=create, args=[client]) for _ in range(50)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    names = {job["name"] for job in served.jobs()}
    assert len(names) == 50
    assert {entry.status for entry in served.journal()} == {200}


def test_answers_do_not_wait_for_acknowledgements(served: Emulator) -> None:
    """Many small requests over one connection are answered without a delay."""
    with httpx.Client(base_url=served.url) as client:
        elapsed = sum(
            client.get(f"{JOBS}/1").elapsed.total_seconds() for _ in range(50)
        )

    assert elapsed < 50 * 0.03


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_foreground_server_ends_on_a_signal(number: signal.Signals) -> None:
    """`run` announces the address, serves, and ends in order when it is told to."""
    statuses: list[int] = []
    urls: list[str] = []

    def announce(emulator: Emulator) -> None:
        urls.append(emulator.url)
        statuses.append(httpx.get(f"{emulator.url}{JOBS}").status_code)
        os.kill(os.getpid(), number)

    before = signal.getsignal(number)

    Emulator(pacing=Pacing.fast()).run(announce)

    assert statuses == [200]
    assert signal.getsignal(number) == before
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0])


def test_signals_may_come_at_any_moment() -> None:
    """A signal at every step of waiting and ending ends the server in order."""
    script = """if True:
        import signal, sys, threading
        from pulumi_tuning.emulator import Emulator

        def announce(emulator):
            handler = signal.getsignal(signal.SIGINT)

            def interrupt(frame, event, _):
                if frame.f_code is not handler.__code__ and (
                    signal.getsignal(signal.SIGINT) is handler
                ):
                    signal.raise_signal(signal.SIGINT)
                return interrupt

            main = threading.main_thread().ident
            kill = signal.pthread_kill
            threading.Timer(1, kill, [main, signal.SIGTERM]).start()
            sys.settrace(interrupt)

        Emulator().run(announce)
    """
    ended = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", script],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert ended.stderr == b""
    assert ended.returncode == 0


def test_a_port_that_is_taken_is_an_error(served: Emulator) -> None:
    """A second server on the same port fails to start, and leaves nothing open."""
    second = Emulator(port=int(served.url.rpartition(":")[2]))

    with pytest.raises(OSError, match="in use"):
        second.start()

    second.stop()


def test_a_port_can_be_chosen(fake_clock: FakeClock) -> None:
    """The server listens on the port that was asked for, also right after another."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    for _ in range(2):
        with Emulator(port=port, clock=fake_clock) as emulator:
            emulator.put_object(TRAIN, json_lines(chat()))
            status = httpx.get(f"{emulator.url}{JOBS}").status_code

            assert emulator.url == f"http://127.0.0.1:{port}"
            assert status == 200
