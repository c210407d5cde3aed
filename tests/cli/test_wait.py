"""`pulumi-tuning wait`: progress, what it shows at the end, and its exit codes."""

import pytest

from pulumi_tuning.emulator import Emulator, Fault
from pulumi_tuning.errors import ApiError, PermissionDeniedError
from tests.cli.conftest import Run
from tests.cli.exports import Json

DATASET = "gs://acme/train.jsonl"
LINE = (
    b'{"contents":[{"role":"user","parts":[{"text":"Hello"}]},'
    b'{"role":"model","parts":[{"text":"Hello to you"}]}]}\n'
)


def add_job(service: Emulator, **fields: object) -> str:
    """Add a job that starts now and return its name."""
    service.put_object(DATASET, LINE * 20)
    job: Json = {
        "baseModel": "gemini-2.5-flash",
        "supervisedTuningSpec": {"trainingDatasetUri": DATASET},
    }
    name: str = service.add_job(job | fields)["name"]
    return name


def test_success_shows_model_and_endpoint(service: Emulator, run: Run) -> None:
    """A job that succeeds ends with 0; its model and endpoint stand on stdout."""
    name = add_job(service)

    result = run("wait", name)

    made = service.job(name)["tunedModel"]
    assert result.stdout == (
        f"model     {made['model']}\nendpoint  {made['endpoint']}\n"
    )
    assert result.stderr.endswith(f"{name} ended in JOB_STATE_SUCCEEDED\n")
    assert result.exit_code == 0


def test_progress_is_a_line_for_each_change(service: Emulator, run: Run) -> None:
    """Without a terminal each change of state is one plain line on stderr."""
    name = add_job(service)

    result = run("wait", name)

    lines = result.stderr.splitlines()
    assert lines[0] == "JOB_STATE_PENDING (0s)"
    assert any(line.startswith("JOB_STATE_RUNNING (1m") for line in lines)
    assert "\x1b" not in result.stderr


def test_progress_on_a_terminal_is_one_line(
    service: Emulator, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal the progress is drawn over itself."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    name = add_job(service)

    result = run("wait", name)

    assert "\x1b[?25l" in result.stderr
    assert result.exit_code == 0


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        pytest.param(
            {"state": "JOB_STATE_FAILED", "error": {"message": "out of\x1b[31m luck"}},
            "ended in JOB_STATE_FAILED: out of [31m luck · https://console.cloud.goo",
            id="failed with a reason",
        ),
        pytest.param(
            {"state": "JOB_STATE_CANCELLED", "error": None},
            "ended in JOB_STATE_CANCELLED · https://console.cloud.google.com/",
            id="cancelled",
        ),
        pytest.param(
            {"state": "JOB_STATE_EXPIRED", "error": None},
            "ended in JOB_STATE_EXPIRED · https://console.cloud.google.com/",
            id="expired",
        ),
    ],
)
def test_failure_ends_with_1(
    service: Emulator, run: Run, fields: Json, told: str
) -> None:
    """A job without a model ends with 1, its reason and the console's page."""
    name = add_job(service, **fields)

    result = run("wait", name)

    assert result.exit_code == 1
    assert result.stderr.startswith(f"{name} {told}")
    assert result.stdout == ""


def test_success_without_a_model_is_shown_as_such(service: Emulator, run: Run) -> None:
    """What the service does not name is a dash."""
    name = add_job(service, state="JOB_STATE_SUCCEEDED", tunedModel=None)

    result = run("wait", name)

    assert result.stdout == "model     -\nendpoint  -\n"


def test_timeout_ends_with_3(service: Emulator, run: Run) -> None:
    """When the time is over the job goes on, and the exit code is 3."""
    name = add_job(service)

    result = run("wait", name, "--timeout", "90s")

    assert result.exit_code == 3
    assert f"{name} is still JOB_STATE_RUNNING after 1m3" in result.stderr
    assert result.stderr.endswith("; it goes on\n")
    assert service.journal("POST", "cancel") == []


def test_number_is_short_for_the_name(service: Emulator, run: Run) -> None:
    """The number alone is looked for in the project and location of the settings."""
    name = add_job(service, state="JOB_STATE_SUCCEEDED")

    result = run("wait", name.rpartition("/")[2])

    assert result.exit_code == 0
    assert "projects/emulated-project/" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["bot"], "bot is not projects/", id="a name of something else"),
        pytest.param(["1", "--timeout", "soon"], "'soon' is no duration", id="no time"),
    ],
)
def test_wrong_arguments_are_refused(
    service: Emulator, run: Run, arguments: list[str], message: str
) -> None:
    """What is no job or no duration ends with 2, without a request."""
    result = run("wait", *arguments)

    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert service.journal() == []


def test_outage_at_the_start_is_waited_for(service: Emulator, run: Run) -> None:
    """A service that does not answer at first is asked again."""
    name = add_job(service, state="JOB_STATE_SUCCEEDED")
    service.add_fault(Fault(method="GET", path=f"{name}$", times=3, status=503))

    result = run("wait", name)

    assert result.exit_code == 0


def test_refusal_at_the_start_is_told_at_once(service: Emulator, run: Run) -> None:
    """What waiting does not mend ends the wait."""
    name = add_job(service)
    service.add_fault(Fault(method="GET", path=f"{name}$", times=None, status=403))

    result = run("wait", name)

    assert isinstance(result.exception, ApiError)
    assert isinstance(result.exception, PermissionDeniedError)
    assert len(service.journal("GET", name)) == 1
