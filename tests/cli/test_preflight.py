"""`pulumi-tuning preflight`: reports of files and objects, and what they cost."""

import json
from pathlib import Path
from typing import Any

import pytest

from pulumi_tuning.emulator import Emulator, Fault
from pulumi_tuning.errors import DatasetUnreadableError, NotFoundError
from tests.cli.conftest import Run

TRAIN = "gs://acme/train.jsonl"


def chat(number: int, answer: str = "model") -> str:
    """Return a line of a supervised data set."""
    turns = [
        {"role": "user", "parts": [{"text": f"What is {number} plus one?"}]},
        {"role": answer, "parts": [{"text": f"It is {number + 1}."}]},
    ]
    return json.dumps({"contents": turns})


def pair(number: int) -> str:
    """Return a line of a preference data set."""
    completions = [
        {"score": score, "completion": {"role": "model", "parts": [{"text": text}]}}
        for score, text in ((1.0, f"It is {number + 1}."), (0.0, "Ask me later."))
    ]
    turn = {"role": "user", "parts": [{"text": f"What is {number} plus one?"}]}
    return json.dumps({"contents": [turn], "completions": completions})


def lines(*rows: str) -> bytes:
    """Return a data set."""
    return "".join(f"{row}\n" for row in rows).encode()


GOOD = lines(*map(chat, range(120)))


@pytest.fixture
def good(tmp_path: Path) -> str:
    """Give the path of a data set without a fault."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(GOOD)
    return str(path)


def test_good_file_ends_with_0(run: Run, good: str) -> None:
    """A data set without a fault is said to be so, and what it costs."""
    result = run("preflight", good, "--model", "gemini-2.5-flash", "--epochs", "3")

    report, cost = result.stdout.splitlines()
    assert report.startswith("training data set: 120 examples, about ")
    assert report.endswith(" tokens per epoch, no problems")
    assert cost.startswith("estimated cost: 0.0")
    assert result.exit_code == 0
    assert result.stderr == ""


def test_object_is_read_once_and_in_full(
    service: Emulator, run: Run, good: str
) -> None:
    """A data set in Cloud Storage gives the same report as the file."""
    service.put_object(TRAIN, GOOD)
    expected = run("preflight", good, "--json")
    service.clear_journal()

    result = run("preflight", TRAIN, "--json")

    assert json.loads(result.stdout) == json.loads(expected.stdout)
    queries = [entry.query for entry in service.journal("GET", "train.jsonl")]
    assert [q.get("alt") for q in queries] == [None, "media"]


def test_broken_download_goes_on(service: Emulator, run: Run, good: str) -> None:
    """A connection that breaks does not break the report."""
    service.put_object(TRAIN, GOOD)
    service.add_fault(Fault(method="GET", path="train.jsonl", skip=1, status=503))
    expected = run("preflight", good)

    result = run("preflight", TRAIN)

    assert result.stdout == expected.stdout


def test_faulty_file_ends_with_1(run: Run, tmp_path: Path) -> None:
    """An error is named with its line, and the exit code is 1."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(GOOD + lines(chat(1000, answer="assistant")))

    result = run("preflight", str(path))

    assert result.exit_code == 1
    assert "error: line 121: contents[1].role: " in result.stdout
    assert result.stdout.endswith("estimated cost: give --model\n")


def test_warnings_end_with_0(run: Run, tmp_path: Path) -> None:
    """What the service would only drop does not fail a pipeline."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(lines(chat(1), chat(1)))

    result = run("preflight", str(path))

    assert "warning: line 2: the same as line 1" in result.stdout
    assert result.exit_code == 0


def test_validation_is_compared(run: Run, good: str, tmp_path: Path) -> None:
    """Rows of the validation data set that stand in the training data are found."""
    path = tmp_path / "validation.jsonl"
    path.write_bytes(lines(chat(7), chat(500)))

    result = run("preflight", good, "--validation", str(path))

    assert "validation data set: 2 examples" in result.stdout
    assert "line 1: stands in the training data, too, on line 8" in result.stdout


def test_faulty_validation_ends_with_1(run: Run, good: str, tmp_path: Path) -> None:
    """An error in the validation data set counts as well."""
    path = tmp_path / "validation.jsonl"
    path.write_bytes(b"{}\n")

    result = run("preflight", good, "--validation", str(path))

    assert result.exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "row", "code"),
    [
        pytest.param(["--kind", "preference"], pair(1), 0, id="preference"),
        pytest.param(["--kind", "supervised"], pair(1), 1, id="preference as chat"),
        pytest.param(["--kind", "translation"], chat(1), 0, id="translation"),
        pytest.param(["--model", "translation-llm-002"], chat(1), 0, id="by the model"),
    ],
)
def test_kind_decides_what_lines_hold(
    run: Run, tmp_path: Path, arguments: list[str], row: str, code: int
) -> None:
    """The lines are held to the format of the kind of tuning."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(lines(row))

    result = run("preflight", str(path), *arguments)

    assert result.exit_code == code


def test_translation_knows_its_model(run: Run, good: str) -> None:
    """There is one model for translation, so it need not be named."""
    result = run("preflight", good, "--kind", "translation", "--json")

    cost = json.loads(result.stdout)["cost"]
    assert cost["model"] == "translation-llm-002"
    assert cost["usd"] is None


def test_json_holds_report_and_cost(run: Run, tmp_path: Path) -> None:
    """The JSON has every kept problem with its place, and the cost in numbers."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(GOOD + b"{\n")

    result = run(
        "preflight", str(path), "--json", "--model", "gemini-2.5-pro", "--price", "100"
    )

    document: dict[str, Any] = json.loads(result.stdout)
    training, cost = document["training"], document["cost"]
    assert result.exit_code == 1
    assert training["ok"] is False
    assert (training["errors"], training["warnings"]) == (1, 0)
    assert training["counts"] == {"invalid-json": 1}
    assert training["problems"] == [
        {
            "kind": "invalid-json",
            "severity": "error",
            "line": 121,
            "column": 2,
            "path": None,
            "message": training["problems"][0]["message"],
        }
    ]
    assert cost["epochs"] is None
    assert cost["tokens"] == training["tokensPerEpoch"]
    assert cost["usdPerMillionTokens"] == 100.0
    assert cost["usd"] == pytest.approx(cost["tokens"] / 10_000, abs=0.005)


def test_price_is_a_number(run: Run, good: str) -> None:
    """An endless price is refused, as a negative one is."""
    result = run("preflight", good, "--model", "gemini-2.5-pro", "--price", "inf")

    assert result.exit_code == 2
    assert "'--price'" in result.stderr


def test_empty_file_has_no_cost(run: Run, tmp_path: Path) -> None:
    """A data set without a line is an error and costs nothing that is known."""
    path = tmp_path / "train.jsonl"
    path.touch()

    result = run("preflight", str(path), "--json", "--model", "gemini-2.5-pro")

    assert result.exit_code == 1
    assert json.loads(result.stdout)["cost"] is None


def test_empty_file_of_a_model_asks_for_no_model(run: Run, tmp_path: Path) -> None:
    """Where the examples are missing, the model that was given is not asked for."""
    path = tmp_path / "train.jsonl"
    path.write_bytes(b"")

    result = run("preflight", str(path), "--model", "gemini-2.5-flash")

    assert result.stdout.endswith("estimated cost: unknown without an example\n")


def test_unknown_model_is_told(run: Run, good: str) -> None:
    """A model that is in no table limits nothing, which is said."""
    result = run("preflight", good, "--model", "gemini-99")

    assert result.stderr == "gemini-99 is not known here: its limits are not checked\n"
    assert result.exit_code == 0


def test_progress_is_drawn_on_a_terminal(
    run: Run, good: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a terminal a bar moves on stderr while the lines are read."""
    monkeypatch.setenv("FORCE_COLOR", "1")

    result = run("preflight", good)

    # The bar shortens the path to the width of the terminal.
    assert "\x1b[2K" in result.stderr
    assert result.stdout.startswith("training data set: 120 examples")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        pytest.param("missing.jsonl", "No such file or directory", id="missing"),
        pytest.param("", "Is a directory", id="a folder"),
    ],
)
def test_unreadable_file_is_an_error(
    run: Run, tmp_path: Path, name: str, reason: str
) -> None:
    """A path without a file is an error of this package, which ends with 2."""
    path = str(tmp_path / name) if name else str(tmp_path)

    result = run("preflight", path)

    assert isinstance(result.exception, DatasetUnreadableError)
    assert str(result.exception) == f"{path}: {reason}"


@pytest.mark.usefixtures("service")
def test_missing_object_is_an_error(run: Run) -> None:
    """An object that is not there is an error of this package, which ends with 2."""
    result = run("preflight", TRAIN)

    assert isinstance(result.exception, NotFoundError)


@pytest.mark.parametrize(
    "address",
    [
        pytest.param("gs://acme/train/", id="a folder"),
        pytest.param("s3://acme/train.jsonl", id="another cloud"),
    ],
)
def test_other_addresses_are_refused(run: Run, address: str) -> None:
    """What is neither a file nor an object ends with 2."""
    result = run("preflight", address)

    assert result.exit_code == 2
    assert f"{address} is not gs://bucket/object" in result.stderr
