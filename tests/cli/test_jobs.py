"""`pulumi-tuning jobs`: what stands in the table and in the JSON."""

import json
from datetime import timedelta
from typing import Any

import pytest

from pulumi_tuning.cli.job_facts import JobFacts, time_of
from pulumi_tuning.emulator import Emulator
from pulumi_tuning.errors import SettingsError
from pulumi_tuning.live import LiveTuningJob
from tests.cli.conftest import Run
from tests.support.fake_clock import FakeClock

HEADER = "JOB STATE AGE ELAPSED STACK BASE MODEL DISPLAY NAME COST USD"


def add_finished(service: Emulator, **fields: object) -> str:
    """Add a job that has run and was billed; return its name."""
    job: dict[str, Any] = {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {
            "trainingDatasetUri": "gs://acme/train.jsonl",
            "hyperParameters": {"epochCount": "4"},
        },
        "tunedModelDisplayName": "bot",
        "labels": {"pulumi-tuning-stack": "0123abcd"},
        "state": "JOB_STATE_SUCCEEDED",
        "createTime": "2026-11-22T08:00:00Z",
        "startTime": "2026-11-22T08:10:00Z",
        "endTime": "2026-11-22T09:25:30Z",
        "tuningDataStats": {
            "supervisedTuningDataStats": {"totalBillableTokenCount": "100000"}
        },
    }
    name: str = service.add_job(job | fields)["name"]
    return name


def words(output: str) -> list[str]:
    """Return the lines of a table with single spaces."""
    return [" ".join(line.split()) for line in output.splitlines()]


def test_row_says_what_a_job_is_and_costs(service: Emulator, run: Run) -> None:
    """State, times, owner, model and the cost of all epochs stand in one row."""
    number = add_finished(service).rpartition("/")[2]

    result = run("jobs")

    assert words(result.stdout) == [
        HEADER,
        f"{number} SUCCEEDED 2h00m 1h15m 0123abcd gemini-2.5-flash bot 2.00",
    ]
    assert result.exit_code == 0


def test_newest_job_comes_first(service: Emulator, run: Run) -> None:
    """Jobs are sorted by their creation, whatever the service's order."""
    old = add_finished(service, createTime="2026-11-20T08:00:00Z")
    new = add_finished(service, createTime="2026-11-22T09:59:00.5Z")
    middle = add_finished(service, createTime="2026-11-21T08:00:00Z")

    result = run("jobs", "--json")

    names = [job["name"] for job in json.loads(result.stdout)]
    assert names == [new, middle, old]


def test_unknown_facts_are_dashes(service: Emulator, run: Run) -> None:
    """A job that has not run and that no stack started shows no more than it has."""
    spec = {"trainingDatasetUri": "gs://acme/train.jsonl"}
    name = service.add_job(
        {
            "preTunedModel": {
                "tunedModelName": "projects/1/locations/us-central1/models/2"
            },
            "supervisedTuningSpec": spec,
            "tunedModelDisplayName": "\x1b[31mred\n",
            "state": "JOB_STATE_PENDING",
        }
    )["name"]

    result = run("jobs")

    assert words(result.stdout)[1] == (
        f"{name.rpartition('/')[2]} PENDING 0s - - "
        "projects/1/locations/us-central1/models/2 [31mred -"
    )


@pytest.mark.parametrize(
    ("state", "cost"),
    [
        pytest.param("JOB_STATE_RUNNING", "~2.00", id="expected while it runs"),
        pytest.param("JOB_STATE_FAILED", "-", id="not known once it failed"),
        pytest.param("JOB_STATE_CANCELLED", "-", id="not known once it is cancelled"),
        pytest.param("JOB_STATE_PARTIALLY_SUCCEEDED", "2.00", id="billed in part"),
    ],
)
def test_cost_depends_on_the_state(
    service: Emulator, run: Run, state: str, cost: str
) -> None:
    """Only what a job that succeeded has cost is known; a running one's is expected."""
    add_finished(service, state=state)

    result = run("jobs")

    assert words(result.stdout)[1].split()[-1] == cost


@pytest.mark.parametrize(
    ("state", "billed", "expected"),
    [
        pytest.param("JOB_STATE_SUCCEEDED", 2.0, None, id="billed"),
        pytest.param("JOB_STATE_RUNNING", None, 2.0, id="expected"),
        pytest.param("JOB_STATE_EXPIRED", None, None, id="not known"),
    ],
)
def test_json_tells_billed_from_expected(
    service: Emulator,
    run: Run,
    state: str,
    billed: float | None,
    expected: float | None,
) -> None:
    """The JSON has the facts of the table, in full and with the API's names."""
    name = add_finished(service, state=state)

    result = run("jobs", "--json")

    project, number = name.split("/")[1], name.rpartition("/")[2]
    assert json.loads(result.stdout) == [
        {
            "name": name,
            "state": state,
            "stack": "0123abcd",
            "baseModel": "gemini-2.5-flash",
            "tunedModelDisplayName": "bot",
            "ageSeconds": 7200.0,
            "elapsedSeconds": 4530.0,
            "billedCostUsd": billed,
            "expectedCostUsd": expected,
            "consoleUrl": "https://console.cloud.google.com/vertex-ai/generative/"
            f"language/locations/us-central1/tuning/tuningJob/{number}"
            f"?project={project}",
        }
    ]


def test_no_jobs_are_no_output(service: Emulator, run: Run) -> None:
    """Where there are no jobs, stdout stays empty and stderr says so."""
    service.clear_journal()

    result = run("jobs", "--location", "europe-west4", "--project", "acme")

    assert result.stdout == ""
    assert result.stderr == ("no tuning jobs in projects/acme/locations/europe-west4\n")


def test_filter_goes_to_the_service(service: Emulator, run: Run) -> None:
    """The filter is the API's own."""
    add_finished(service)
    add_finished(service, state="JOB_STATE_FAILED")

    result = run("jobs", "--filter", 'state="JOB_STATE_FAILED"', "--json")

    assert [job["state"] for job in json.loads(result.stdout)] == ["JOB_STATE_FAILED"]


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        pytest.param(
            "GOOGLE_CLOUD_PROJECT",
            "project: give --project or set GOOGLE_CLOUD_PROJECT",
            id="no project",
        ),
        pytest.param(
            "GOOGLE_CLOUD_LOCATION",
            "location: give --location or set GOOGLE_CLOUD_LOCATION",
            id="no location",
        ),
    ],
)
def test_missing_setting_is_named(
    service: Emulator,
    run: Run,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    message: str,
) -> None:
    """Without project or location the error says which option gives it."""
    service.clear_journal()
    monkeypatch.delenv(variable)
    monkeypatch.delenv("GOOGLE_OAUTH_ACCESS_TOKEN")

    result = run("jobs")

    assert isinstance(result.exception, SettingsError)
    assert str(result.exception) == message
    assert service.journal() == []


@pytest.mark.usefixtures("service")
def test_malformed_setting_is_named(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A malformed environment is an error that names the variable."""
    monkeypatch.setenv("GOOGLE_VERTEX_BASE_URL", "nowhere")
    monkeypatch.delenv("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT")

    result = run("jobs")

    assert isinstance(result.exception, SettingsError)
    assert "GOOGLE_VERTEX_BASE_URL" in str(result.exception)


def test_terminal_gets_a_header_in_bold(
    service: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the table is set in its styles."""
    add_finished(service)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "200")

    result = run("jobs")

    assert "\x1b[1mJOB" in result.stdout


def test_narrow_terminal_cuts_no_name(
    service: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal of 40 columns every job keeps its whole number, on one line."""
    number = add_finished(service).rpartition("/")[2]
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "40")

    result = run("jobs")

    _, row = words(result.stdout)
    assert row.startswith(f"{number} SUCCEEDED ")
    assert row.endswith(" gemini-2.5-flash bot 2.00")


def test_elapsed_of_a_running_job_grows(
    service: Emulator, fake_clock: FakeClock
) -> None:
    """A job that has not ended has run until now."""
    name = add_finished(service, state="JOB_STATE_RUNNING", endTime=None)
    facts = JobFacts.of(LiveTuningJob.model_validate(service.job(name)))

    elapsed = facts.elapsed_seconds(fake_clock.now() + timedelta(minutes=1))

    assert elapsed == 6660.0


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"baseModel": 7, "preTunedModel": "text"}, id="no texts"),
        pytest.param({"supervisedTuningSpec": []}, id="a spec that is a list"),
        pytest.param({"tuningDataStats": {"supervised": "many"}}, id="no statistics"),
        pytest.param({"createTime": "yesterday"}, id="no time"),
        pytest.param({"createTime": "2026-11-22T08:00:00"}, id="a time of no zone"),
    ],
)
def test_strange_answers_are_unknown_facts(fields: dict[str, object]) -> None:
    """Whatever has not its documented form is not known; nothing raises."""
    name = "projects/1/locations/us-central1/tuningJobs/2"

    facts = JobFacts.of(LiveTuningJob.model_validate({"name": name, **fields}))

    assert facts == JobFacts.of(LiveTuningJob.model_validate({"name": name}))


def test_continued_job_has_the_base_model_of_its_model() -> None:
    """A job that tunes a tuned model is priced as the model below it."""
    live = LiveTuningJob.model_validate(
        {
            "name": "projects/1/locations/us-central1/tuningJobs/2",
            "preTunedModel": {
                "tunedModelName": "projects/1/locations/us-central1/models/3",
                "baseModel": "gemini-2.5-pro",
            },
        }
    )

    facts = JobFacts.of(live)

    assert facts.base_model == "gemini-2.5-pro"


def test_time_keeps_its_instant() -> None:
    """Nanoseconds and offsets of other writers are read."""
    one = time_of("2026-11-23T19:22:40.903769175Z")
    other = time_of("2026-11-23T21:22:40.903769+02:00")

    assert one is not None
    assert one == other
