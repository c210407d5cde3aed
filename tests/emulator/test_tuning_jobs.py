"""Tuning jobs over HTTP: created, read, listed and cancelled."""

import re
from pathlib import Path

import httpx
import pytest

from pulumi_tuning.emulator import Behaviour, Emulator, Pacing
from tests.emulator.bodies import (
    JOBS,
    JOBS_BETA,
    PARENT,
    TRAIN,
    Json,
    chat,
    json_lines,
    supervised,
    supervised_with,
)
from tests.emulator.in_process import InProcessTransport
from tests.support.fake_clock import FakeClock

KEY = "projects/acme/locations/us-central1/keyRings/ring/cryptoKeys/key"


def create(client: httpx.Client, **fields: object) -> Json:
    """Create a job and return the answer."""
    response = client.post(JOBS, json=supervised(**fields))
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def read(client: httpx.Client, name: str, version: str = "v1") -> Json:
    """Return the answer about a job."""
    response = client.get(f"/{version}/{name}")
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def listed(client: httpx.Client, **query: str | int) -> Json:
    """Return the answer of a list."""
    response = client.get(JOBS, params=query)
    assert response.status_code == 200, response.text
    answer: Json = response.json()
    return answer


def emulator_that(
    behaviour: Behaviour | None = None, pacing: Pacing | None = None
) -> tuple[Emulator, httpx.Client]:
    """Return an emulator with a data set, whose time stands still, and its client."""
    emulator = Emulator(
        behaviour=behaviour,
        pacing=pacing or Pacing(pending_seconds=60, running_seconds=600),
        clock=FakeClock(),
    )
    emulator.put_object(TRAIN, json_lines(*[chat()] * 20))
    emulator.freeze()
    transport = InProcessTransport(emulator.app)
    return emulator, httpx.Client(transport=transport, base_url="http://emulator.test")


def test_a_created_job_is_answered_as_google_answers_it(client: httpx.Client) -> None:
    """The answer has the number of the project, a generated name, and no defaults."""
    answer = create(client)

    name = re.fullmatch(
        r"projects/(\d{12})/locations/us-central1/tuningJobs/(\d{16,19})",
        answer.pop("name"),
    )
    assert name is not None
    assert re.fullmatch(
        r"gemini-2\.5-flash-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}"
        r"-[0-9a-f]{12}",
        answer.pop("tunedModelDisplayName"),
    )
    assert answer == {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
        "state": "JOB_STATE_PENDING",
        "createTime": "2026-11-22T10:00:00Z",
        "updateTime": "2026-11-22T10:00:00Z",
    }


def test_answers_carry_the_headers_of_the_front_end(client: httpx.Client) -> None:
    """JSON is answered with the content type and the headers of Google's front end."""
    headers = client.get(JOBS).headers

    assert headers["content-type"] == "application/json; charset=UTF-8"
    assert headers["vary"] == "Origin, X-Origin, Referer"
    assert headers["server"] == "ESF"
    assert headers["x-content-type-options"] == "nosniff"


def test_a_job_is_found_by_project_id_and_number(client: httpx.Client) -> None:
    """The name is good with the project's id as with its number."""
    name = create(client)["name"]
    by_id = f"{PARENT}/tuningJobs/{name.rpartition('/')[2]}"

    assert read(client, by_id) == read(client, name)


def test_a_project_of_a_domain(client: httpx.Client) -> None:
    """A project's id may begin with a domain; its jobs are found and cancelled."""
    url = JOBS.replace("acme", "acme.com:shop")

    name = client.post(url, json=supervised()).json()["name"]
    cancelled = client.post(f"{url}/{name.rpartition('/')[2]}:cancel")
    listed = client.get(url).json()["tuningJobs"]

    assert [job["name"] for job in listed] == [name]
    assert cancelled.json() == {}


def test_a_project_number_stays_itself(client: httpx.Client) -> None:
    """A parent that is given by number is answered with that number."""
    url = JOBS.replace("acme", "123456789012")

    answer = client.post(url, json=supervised()).json()

    assert answer["name"].startswith("projects/123456789012/")


def test_hyper_parameters_are_filled_in_when_the_job_runs(
    client: httpx.Client, emulator: Emulator
) -> None:
    """What was not asked for is absent until the data set is read, then the default."""
    create(client)
    name = create(
        client,
        supervisedTuningSpec={
            "trainingDatasetUri": TRAIN,
            "hyperParameters": {"epochCount": 7},
        },
    )["name"]

    emulator.advance(60)

    assert read(client, name)["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "7",
        "learningRateMultiplier": 1,
        "adapterSize": "ADAPTER_SIZE_FOUR",
    }
    assert emulator.jobs()[0]["supervisedTuningSpec"]["hyperParameters"] == {
        "epochCount": "40",
        "learningRateMultiplier": 1,
        "adapterSize": "ADAPTER_SIZE_FOUR",
    }


def test_a_job_succeeds_with_model_statistics_and_experiment(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A finished job has everything that the documentation's example has."""
    name = create(client)["name"]

    emulator.advance(3_600)
    done = read(client, name)

    assert done["state"] == "JOB_STATE_SUCCEEDED"
    assert done["startTime"] == "2026-11-22T10:01:00Z"
    assert done["endTime"] == done["updateTime"] == "2026-11-22T10:11:00Z"
    assert done["tunedModel"]["model"].endswith("@1")
    assert done["tunedModel"]["endpoint"].startswith("projects/")
    assert done["experiment"].endswith("/tuning-experiment-20261122020100000000")
    assert done["tuningDataStats"].keys() == {"supervisedTuningDataStats"}
    assert "error" not in done
    assert "tuningJobState" not in done


def test_the_beta_api_shows_progress(client: httpx.Client, emulator: Emulator) -> None:
    """Stage and completed epochs of a running job are shown by v1beta1 alone."""
    create_body = supervised_with(epochCount=4)
    name = client.post(JOBS, json=create_body).json()["name"]
    emulator.advance(60 + 390)

    beta = read(client, name, "v1beta1")

    assert beta["tuningJobState"] == "TUNING_JOB_STATE_TUNING"
    assert beta["tuningJobMetadata"] == {
        "completedEpochCount": "2",
        "completedStepCount": "5",
    }
    assert not {"tuningJobState", "tuningJobMetadata"} & read(client, name).keys()


def test_an_unknown_job_is_not_found(client: httpx.Client) -> None:
    """A name that no job has is Google's NOT_FOUND, for a read as for a cancel."""
    expected = {
        "error": {
            "code": 404,
            "message": "The TuningJob does not exist.",
            "status": "NOT_FOUND",
        }
    }

    for answer in (client.get(f"{JOBS}/1"), client.post(f"{JOBS}/1:cancel")):
        assert (answer.status_code, answer.json()) == (404, expected)


def test_there_is_no_delete(client: httpx.Client, emulator: Emulator) -> None:
    """DELETE of a job is the front end's page, as the API has no such method."""
    name = create(client)["name"]

    answer = client.delete(f"/v1/{name}")

    assert answer.status_code == 404
    assert answer.headers["content-type"].startswith("text/html")
    assert f"/v1/{name}</code> was not found on this server" in answer.text
    assert len(emulator.jobs()) == 1


def test_the_root_explains_itself(client: httpx.Client) -> None:
    """A client that calls the bare base URL is told what it probably forgot."""
    for answer in (client.get("/"), client.post("/", json={})):
        assert answer.status_code == 404
        assert "neither project nor location" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("POST", f"{JOBS}:rebaseTunedModel"),
        ("POST", f"{JOBS_BETA}:processData"),
        ("POST", f"{JOBS_BETA}:validateReinforcementTuningReward"),
        ("GET", f"/v1/{PARENT}/models?filter=labels.tune-type:*"),
        ("PATCH", f"/v1/{PARENT}/models/5?updateMask=displayName"),
        ("GET", f"/v1/{PARENT}/endpoints"),
    ],
)
def test_a_known_method_that_is_not_emulated_says_so(
    client: httpx.Client, method: str, url: str
) -> None:
    """A method of the API that is out of scope is UNIMPLEMENTED, not unknown."""
    answer = client.request(method, url, json={})

    assert answer.status_code == 501
    assert answer.json()["error"]["status"] == "UNIMPLEMENTED"


def test_a_query_parameter_that_no_method_has_is_refused(client: httpx.Client) -> None:
    """`orderBy` is no parameter of the list, `alt` is one of every method."""
    unknown = client.get(JOBS, params={"orderBy": "name"})
    common = client.get(JOBS, params={"alt": "json", "prettyPrint": "false"})

    assert unknown.status_code == 400
    assert unknown.json()["error"]["message"] == (
        'Invalid JSON payload received. Unknown name "orderBy": Cannot bind query '
        "parameter. Field 'orderBy' could not be found in request message."
    )
    assert common.status_code == 200


def test_an_empty_list_is_an_empty_object(client: httpx.Client) -> None:
    """Without jobs there is no `tuningJobs` key at all."""
    assert listed(client) == {}


def test_a_list_is_newest_first_and_of_one_location(
    client: httpx.Client, emulator: Emulator
) -> None:
    """Jobs of the location are listed, newest first, in full."""
    first = create(client)
    second = create(client)
    client.post(JOBS.replace("us-central1", "europe-west4"), json=supervised())
    client.post(JOBS.replace("acme", "other"), json=supervised())

    jobs = listed(client)["tuningJobs"]

    assert jobs == [second, first]
    assert len(emulator.jobs()) == 4


def test_a_list_is_paged(client: httpx.Client) -> None:
    """Pages follow each other by token, and a new job does not shift them."""
    names = [create(client)["name"] for _ in range(5)][::-1]

    first = listed(client, pageSize=2)
    create(client)
    second = listed(client, pageSize=2, pageToken=first["nextPageToken"])
    third = listed(client, pageSize=2, pageToken=second["nextPageToken"])

    pages = [
        [job["name"] for job in page["tuningJobs"]] for page in (first, second, third)
    ]
    assert pages == [names[:2], names[2:4], names[4:]]
    assert "nextPageToken" not in third


def test_a_page_follows_a_job_that_is_not_found_any_more(
    client: httpx.Client, emulator: Emulator
) -> None:
    """The next page goes on at its place although the last job of this one changed."""
    names = []
    for _ in range(3):
        emulator.advance(1)
        names.append(create(client)["name"])
    pending = "state=JOB_STATE_PENDING"
    first = listed(client, filter=pending, pageSize=1)
    emulator.preset(names[2], state="JOB_STATE_FAILED")

    token = first["nextPageToken"]
    second = listed(client, filter=pending, pageSize=1, pageToken=token)

    assert first["tuningJobs"][0]["name"] == names[2]
    assert second["tuningJobs"][0]["name"] == names[1]


def test_a_list_may_be_oldest_first() -> None:
    """The other order is kept across pages, also where a job changed in between."""
    emulator, client = emulator_that(Behaviour(list_oldest_first=True))
    with client:
        names = []
        for _ in range(4):
            emulator.advance(1)
            names.append(create(client)["name"])
        pending = "state=JOB_STATE_PENDING"
        first = listed(client, filter=pending, pageSize=2)
        emulator.preset(names[1], state="JOB_STATE_FAILED")
        token = first["nextPageToken"]
        second = listed(client, filter=pending, pageSize=2, pageToken=token)
    emulator.stop()

    pages = [[job["name"] for job in page["tuningJobs"]] for page in (first, second)]
    assert pages == [names[:2], names[2:]]


def test_a_missing_data_set_may_be_refused() -> None:
    """The stricter reading: a data set that does not exist is a 400 at creation."""
    emulator, client = emulator_that(Behaviour(find_dataset_at_creation=True))
    with client:
        found = client.post(JOBS, json=supervised())
        emulator.delete_object(TRAIN)
        missing = client.post(JOBS, json=supervised())
    emulator.stop()

    assert found.status_code == 200
    assert missing.status_code == 400
    assert missing.json()["error"]["message"] == (
        f"The input GCS object doesn't exist: {TRAIN}"
    )


@pytest.mark.parametrize(
    "query",
    [
        pytest.param({"pageSize": "-1"}, id="negative size"),
        pytest.param({"pageSize": "many"}, id="size that is no number"),
        pytest.param({"pageToken": "AAAA"}, id="unknown token"),
        pytest.param({"pageToken": "\u00e4"}, id="malformed token"),
        pytest.param({"filter": "colour=red"}, id="unknown field in the filter"),
    ],
)
def test_a_wrong_list_is_refused(client: httpx.Client, query: dict[str, str]) -> None:
    """A size, token or filter that means nothing is a 400."""
    answer = client.get(JOBS, params=query)

    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "INVALID_ARGUMENT"


def test_a_list_is_filtered_before_it_is_paged(client: httpx.Client) -> None:
    """Pages hold jobs that match, and end with the last of them."""
    wanted = [create(client, labels={"stack": "a"})["name"] for _ in range(2)]
    create(client, labels={"stack": "b"})

    page = listed(client, filter="labels.stack=a", pageSize=2)

    assert [job["name"] for job in page["tuningJobs"]] == wanted[::-1]
    assert "nextPageToken" not in page


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"json": {}}, id="empty message"),
        pytest.param({}, id="no body"),
        pytest.param({"content": b""}, id="body of no length"),
    ],
)
def test_a_cancel_takes_effect_a_while_later(
    client: httpx.Client, emulator: Emulator, body: Json
) -> None:
    """Every client's cancel is answered `{}`; the job is CANCELLING, then CANCELLED."""
    name = create(client)["name"]
    emulator.advance(100)

    answer = client.post(f"/v1/{name}:cancel", **body)
    cancelling = read(client, name)
    emulator.advance(10)
    cancelled = read(client, name)

    assert (answer.status_code, answer.json()) == (200, {})
    assert cancelling["state"] == "JOB_STATE_CANCELLING"
    assert cancelled["state"] == "JOB_STATE_CANCELLED"
    assert cancelled["error"] == {"code": 1, "message": "CANCELED"}
    assert cancelled["endTime"] == cancelled["updateTime"] == "2026-11-22T10:01:50Z"
    assert "tunedModel" not in cancelled


def test_a_cancel_with_fields_is_refused(client: httpx.Client) -> None:
    """The request message of a cancel has no fields."""
    name = create(client)["name"]

    answer = client.post(f"/v1/{name}:cancel", json={"force": True})

    assert answer.status_code == 400
    assert 'Unknown name "force"' in answer.json()["error"]["message"]


def test_a_second_cancel_changes_nothing(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A job that is being cancelled accepts another cancel and keeps its time."""
    name = create(client)["name"]
    client.post(f"/v1/{name}:cancel")
    emulator.advance(9)

    answer = client.post(f"/v1/{name}:cancel")
    emulator.advance(1)

    assert answer.status_code == 200
    assert read(client, name)["state"] == "JOB_STATE_CANCELLED"


def test_a_final_job_refuses_a_cancel(client: httpx.Client, emulator: Emulator) -> None:
    """The cancel of a job that has ended is FAILED_PRECONDITION."""
    name = create(client)["name"]
    emulator.advance(3_600)

    answer = client.post(f"/v1/{name}:cancel")

    assert answer.status_code == 400
    assert answer.json()["error"]["status"] == "FAILED_PRECONDITION"


def test_a_final_job_may_accept_a_cancel() -> None:
    """The other reading of the documentation: 200, and nothing changes."""
    emulator, client = emulator_that(Behaviour(cancel_of_final_job="accept"))
    with client:
        name = create(client)["name"]
        emulator.advance(3_600)

        answer = client.post(f"/v1/{name}:cancel")
        state = read(client, name)["state"]
    emulator.stop()

    assert (answer.status_code, answer.json()) == (200, {})
    assert state == "JOB_STATE_SUCCEEDED"


def test_all_jobs_may_ignore_a_cancel() -> None:
    """A cancel is best effort: it may be accepted and have no effect."""
    emulator, client = emulator_that(Behaviour(ignore_cancel=True))
    with client:
        name = create(client)["name"]

        answer = client.post(f"/v1/{name}:cancel")
        state = read(client, name)["state"]
    emulator.stop()

    assert answer.status_code == 200
    assert state == "JOB_STATE_PENDING"


def test_success_may_win_the_race() -> None:
    """A job that is being cancelled may end in SUCCEEDED with a model."""
    emulator, client = emulator_that(Behaviour(success_wins_race=True))
    with client:
        name = create(client)["name"]
        emulator.advance(100)
        client.post(f"/v1/{name}:cancel")
        emulator.advance(10)

        done = read(client, name)
    emulator.stop()

    assert done["state"] == "JOB_STATE_SUCCEEDED"
    assert "model" in done["tunedModel"]


def test_jobs_above_the_limit_wait_for_a_slot() -> None:
    """A job above the limit stays PENDING until another one of its project ends."""
    emulator, client = emulator_that(Behaviour(concurrent_jobs=1))
    with client:
        names = [create(client)["name"] for _ in range(3)]
        other = client.post(JOBS.replace("acme", "other"), json=supervised()).json()
        client.post(f"/v1/{names[1]}:cancel")
        emulator.advance(100)
        states = [read(client, name)["state"] for name in (*names, other["name"])]
        stage = read(client, names[2], "v1beta1")["tuningJobState"]
        emulator.advance(600)
        last = read(client, names[2])
    emulator.stop()

    assert states == [
        "JOB_STATE_RUNNING",
        "JOB_STATE_CANCELLED",
        "JOB_STATE_PENDING",
        "JOB_STATE_RUNNING",
    ]
    assert stage == "TUNING_JOB_STATE_WAITING_FOR_QUOTA"
    assert last["state"] == "JOB_STATE_RUNNING"
    assert last["startTime"] == "2026-11-22T10:11:00Z"


def test_jobs_above_the_limit_may_be_rejected() -> None:
    """The other report: a job above the limit is RESOURCE_EXHAUSTED."""
    emulator, client = emulator_that(Behaviour(concurrent_jobs=1, over_quota="reject"))
    with client:
        create(client)

        answer = client.post(JOBS, json=supervised())
    emulator.stop()

    assert answer.status_code == 429
    assert answer.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    assert "global_concurrent_tuning_jobs" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("required", "headers", "status"),
    [
        pytest.param(True, {}, 401, id="no token"),
        pytest.param(True, {"authorization": "Basic x"}, 401, id="other scheme"),
        pytest.param(True, {"authorization": "Bearer x"}, 200, id="any token"),
        pytest.param("right", {"authorization": "Bearer x"}, 401, id="wrong token"),
        pytest.param("right", {"authorization": "Bearer right"}, 200, id="right token"),
        pytest.param(False, {}, 200, id="nothing asked for"),
    ],
)
def test_a_token_may_be_required(
    required: bool | str,  # noqa: FBT001 - the value of the option under test
    headers: dict[str, str],
    status: int,
) -> None:
    """Without the token that is asked for, a request is UNAUTHENTICATED."""
    emulator, client = emulator_that(Behaviour(require_token=required))
    with client:
        answer = client.get(JOBS, headers=headers)
    emulator.stop()

    assert answer.status_code == status


def test_a_restart_changes_nothing(tmp_path: Path, fake_clock: FakeClock) -> None:
    """All answers are the same after a restart on the same file, and ids go on."""
    path = tmp_path / "emulator.db"
    first = Emulator(path, clock=fake_clock, seed=7)
    first.put_object(TRAIN, json_lines(*[chat()] * 20))
    first.freeze()
    with httpx.Client(
        transport=InProcessTransport(first.app), base_url="http://emulator.test"
    ) as client:
        names = [create(client)["name"] for _ in range(3)]
        client.post(f"/v1/{names[1]}:cancel")
        first.advance(1)
        create(client)
    before = (first.jobs(), first.journal(), first.models())
    first.stop()

    second = Emulator(path, clock=fake_clock, seed=8)
    with httpx.Client(
        transport=InProcessTransport(second.app), base_url="http://emulator.test"
    ) as client:
        after = (second.jobs(), second.journal(), second.models())
        second.advance(3_600)
        fresh = create(client)["name"]
        states = [job["state"] for job in second.jobs()]
    second.stop()

    assert after == before
    assert fresh not in {job["name"] for job in before[0]}
    assert states[:3] == [
        "JOB_STATE_SUCCEEDED",
        "JOB_STATE_CANCELLED",
        "JOB_STATE_SUCCEEDED",
    ]


def test_names_are_reproducible_from_the_seed() -> None:
    """The same seed and the same requests give the same names, another seed others."""

    def names(seed: int) -> list[str]:
        emulator = Emulator(seed=seed)
        transport = InProcessTransport(emulator.app)
        with httpx.Client(transport=transport, base_url="http://e.test") as client:
            found = [create(client)["name"] for _ in range(3)]
        emulator.stop()
        return found

    assert names(1) == names(1)
    assert names(1) != names(2)
    assert len(set(names(1))) == 3


def test_durations_are_drawn_within_the_spread() -> None:
    """Each job draws its own durations, within the spread, the same each time."""
    pacing = Pacing(pending_seconds=100, running_seconds=1_000, spread=0.2)

    def starts() -> list[str]:
        emulator, client = emulator_that(pacing=pacing)
        with client:
            for _ in range(5):
                create(client)
            emulator.advance(121)
            found = [job["startTime"] for job in emulator.jobs()]
        emulator.stop()
        return found

    first = starts()

    assert starts() == first
    assert len(set(first)) == 5
    assert min(first) >= "2026-11-22T10:01:20"
    assert max(first) <= "2026-11-22T10:02:00"


def test_the_presets_of_pacing_are_slow_and_fast() -> None:
    """One pace is like the real service's, one is for tests."""
    assert Pacing.realistic().running_seconds > 600
    assert Pacing.fast().pending_seconds + Pacing.fast().running_seconds <= 0.2


def test_a_key_is_checked_against_that_of_the_tuned_model(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A model is tuned further only with the key that it was tuned with."""
    name = create(client, encryptionSpec={"kmsKeyName": KEY})["name"]
    emulator.advance(3_600)
    model = read(client, name)["tunedModel"]["model"]
    body = {
        "preTunedModel": {"tunedModelName": model},
        "supervisedTuningSpec": {"trainingDatasetUri": TRAIN},
    }

    without = client.post(JOBS, json=body)
    with_key = client.post(JOBS, json=body | {"encryptionSpec": {"kmsKeyName": KEY}})

    assert without.json()["error"]["status"] == "FAILED_PRECONDITION"
    assert with_key.status_code == 200


def test_a_beta_list_has_the_beta_fields(
    client: httpx.Client, emulator: Emulator
) -> None:
    """A list shows its jobs as its own version of the API does."""
    create(client)
    emulator.advance(100)

    (job,) = client.get(JOBS_BETA).json()["tuningJobs"]

    assert job["tuningJobState"] == "TUNING_JOB_STATE_PROCESSING_DATASET"
