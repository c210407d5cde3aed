"""Statistics of a data set, computed from what is in the emulator's storage."""

import httpx
import pytest

from pulumi_tuning.emulator import Behaviour, Emulator
from tests.emulator.bodies import (
    JOBS,
    TRAIN,
    Json,
    chat,
    json_lines,
    model_turn,
    pair,
    preference,
    supervised,
    supervised_with,
)
from tests.emulator.in_process import InProcessTransport


def running(emulator: Emulator, client: httpx.Client, body: Json, data: bytes) -> Json:
    """Return a job that has read its data set."""
    emulator.put_object(TRAIN, data)
    answer = client.post(JOBS, json=body)
    assert answer.status_code == 200, answer.text
    emulator.advance(60)
    return emulator.job(answer.json()["name"])


def supervised_stats(emulator: Emulator, client: httpx.Client, *lines: object) -> Json:
    """Return the statistics of a supervised data set."""
    job = running(emulator, client, supervised_with(epochCount=1), json_lines(*lines))
    stats: Json = job["tuningDataStats"]["supervisedTuningDataStats"]
    return stats


def words(count: int) -> str:
    """Return a text of so many words."""
    return " ".join(["word"] * count)


def test_the_figures_of_a_supervised_set(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Counts, sums and percentiles are those of the examples, for one epoch."""
    lines = [chat(words(n), words(2)) for n in range(1, 101)]

    stats = supervised_stats(emulator, client, *lines)

    assert stats["tuningDatasetExampleCount"] == "100"
    assert stats["totalBillableTokenCount"] == str(5050 + 200)
    assert stats["tuningStepCount"] == "7"
    assert stats["totalTuningCharacterCount"] == str(5 * 5050 - 100 + 9 * 100)
    assert stats["userInputTokenDistribution"] == {
        "sum": "5050",
        "min": 1,
        "max": 100,
        "mean": 50.5,
        "median": 50,
        "p5": 5,
        "p95": 95,
        "buckets": [
            {"count": 17, "left": 1, "right": 17},
            {"count": 16, "left": 17, "right": 34},
            {"count": 17, "left": 34, "right": 50},
            {"count": 16, "left": 50, "right": 67},
            {"count": 17, "left": 67, "right": 83},
            {"count": 17, "left": 83, "right": 100},
        ],
        "billableSum": "5050",
    }
    assert stats["userOutputTokenDistribution"]["buckets"] == [
        {"count": 100, "left": 2, "right": 2}
    ]
    assert stats["userMessagePerExampleDistribution"]["mean"] == 2
    assert "totalTruncatedExampleCount" not in stats


def test_empty_bins_are_left_out(emulator: Emulator, client: httpx.Client) -> None:
    """A distribution has only the bins that hold something, and no zero fields."""
    lines = [chat("", "ok"), chat(words(60), "ok")]

    stats = supervised_stats(emulator, client, *lines)

    assert stats["userInputTokenDistribution"] == {
        "sum": "60",
        "max": 60,
        "mean": 30,
        "p95": 60,
        "buckets": [
            {"count": 1, "right": 10},
            {"count": 1, "left": 50, "right": 60},
        ],
        "billableSum": "60",
    }


def test_bins_have_the_edges_of_a_recorded_job(
    emulator: Emulator, client: httpx.Client
) -> None:
    """From 25 to 2932 the first bin ends at 509, as the real service answered."""
    lines = [chat(words(25), "ok"), chat(words(2932), "ok")]

    stats = supervised_stats(emulator, client, *lines)

    assert stats["userInputTokenDistribution"]["buckets"] == [
        {"count": 1, "left": 25, "right": 509},
        {"count": 1, "left": 2447, "right": 2932},
    ]


def test_everything_that_is_read_counts(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Instruction, punctuation and files are input, every turn of the model output."""
    line = {
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [
            {"parts": [{"text": "What is it?"}, {"fileData": {"fileUri": "gs://b/i"}}]},
            model_turn("A cat."),
            {"role": "user", "parts": [{"text": "Sure?"}]},
            model_turn("Yes."),
        ],
    }

    stats = supervised_stats(emulator, client, line)

    assert stats["userInputTokenDistribution"]["sum"] == str(3 + 4 + 258 + 2)
    assert stats["userOutputTokenDistribution"]["sum"] == str(3 + 2)
    assert stats["userMessagePerExampleDistribution"]["sum"] == "4"


def test_three_examples_are_shown_and_cut(
    emulator: Emulator, client: httpx.Client
) -> None:
    """The first three examples are shown turn by turn, long texts cut to 400 signs."""
    lines = [chat("x" * 401, "y" * 400)] * 4
    lines[0]["contents"][0]["parts"].append({"fileData": {"fileUri": "gs://b/i"}})

    shown = supervised_stats(emulator, client, *lines)["userDatasetExamples"]

    assert len(shown) == 6
    assert shown[0]["parts"] == [
        {"text": "x" * 397 + "..."},
        {"fileData": {"fileUri": "gs://b/i"}},
    ]
    assert shown[1]["parts"] == [{"text": "y" * 400}]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        pytest.param({}, 'The example has no "contents".', id="no contents"),
        pytest.param({"contents": []}, 'The example has no "contents".', id="empty"),
        pytest.param(
            {"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]},
            'The example has a content without a valid role and "parts".',
            id="unknown role",
        ),
        pytest.param(
            {"contents": ["x"]},
            'The example has a content without a valid role and "parts".',
            id="text for a content",
        ),
        pytest.param(
            {"contents": [{"parts": ["x"]}]},
            'The example has a content without a valid role and "parts".',
            id="text for a part",
        ),
        pytest.param(
            {"contents": [{"role": "user", "parts": [{"text": "x"}]}]},
            'The last content of the example is not of the role "model".',
            id="no answer",
        ),
        pytest.param(
            chat(words(131_072), "x"),
            "The example has 131073 tokens, more than 131072.",
            id="too long",
        ),
    ],
)
def test_an_invalid_example_is_dropped(
    emulator: Emulator, client: httpx.Client, line: Json, reason: str
) -> None:
    """An example of a wrong structure is left out; its index and reason are kept."""
    stats = supervised_stats(emulator, client, chat(), line, chat())

    assert stats["tuningDatasetExampleCount"] == "2"
    assert stats["totalTruncatedExampleCount"] == "1"
    assert stats["truncatedExampleIndices"] == ["2"]
    assert stats["droppedExampleReasons"] == [reason]


def test_the_figures_of_a_preference_set(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Prompts count twice for the bill; scores have distributions of their own."""
    lines = [pair("Yes.", "No.")] * 4 + [{"contents": pair()["contents"]}]

    job = running(emulator, client, preference(), json_lines(*lines))
    stats = job["tuningDataStats"]["preferenceOptimizationDataStats"]

    assert stats["tuningDatasetExampleCount"] == "4"
    assert stats["totalBillableTokenCount"] == str(4 * (2 * 4 + 4))
    assert stats["userInputTokenDistribution"]["sum"] == 16
    assert stats["userInputTokenDistribution"]["buckets"] == [
        {"count": "4", "left": 4, "right": 4}
    ]
    assert stats["scoresDistribution"] == {
        "sum": 4,
        "max": 1,
        "mean": 0.5,
        "p95": 1,
        "buckets": [{"count": "4"}, {"count": "4", "right": 1}],
    }
    assert stats["scoreVariancePerExampleDistribution"]["mean"] == 0.25
    assert stats["droppedExampleIndices"] == ["5"]
    assert stats["droppedExampleReasons"] == [
        'The example does not have exactly two "completions".'
    ]
    assert len(stats["userDatasetExamples"]) == 3
    spec = job["preferenceOptimizationSpec"]
    assert spec["hyperParameters"]["beta"] == 0.1


def test_a_valid_preference_set_drops_nothing(
    emulator: Emulator, client: httpx.Client
) -> None:
    """Without invalid examples there are no fields about them."""
    job = running(emulator, client, preference(), json_lines(pair()))

    stats = job["tuningDataStats"]["preferenceOptimizationDataStats"]
    assert not {"droppedExampleIndices", "droppedExampleReasons"} & stats.keys()


@pytest.mark.parametrize("completions", [None, "x", ["x"], [{"score": 1}]])
def test_completions_of_a_supervised_set_are_ignored(
    emulator: Emulator, client: httpx.Client, completions: object
) -> None:
    """Only a preference example has completions, whatever stands there."""
    line = chat() | {"completions": completions}

    stats = supervised_stats(emulator, client, line)

    assert stats["totalBillableTokenCount"] == "9"


@pytest.mark.parametrize(
    ("completions", "reason"),
    [
        pytest.param(
            [{"completion": model_turn("x")}],
            'The example does not have exactly two "completions".',
            id="one completion",
        ),
        pytest.param(
            [{"completion": model_turn("x")}, {"score": 1}],
            'The example has a completion without "parts".',
            id="score alone",
        ),
        pytest.param(
            ["x", "y"], 'The example has a completion without "parts".', id="texts"
        ),
        pytest.param(
            [{"completion": model_turn("x"), "score": "high"}] * 2,
            "The example has a completion whose score is no number.",
            id="score in words",
        ),
        pytest.param(
            [{"completion": model_turn("x"), "score": 10**400}] * 2,
            "The example has a completion whose score is no number.",
            id="score beyond a float",
        ),
    ],
)
def test_an_invalid_pair_is_dropped(
    emulator: Emulator, client: httpx.Client, completions: list[object], reason: str
) -> None:
    """A preference example needs exactly two completions with content and score."""
    line = {"contents": pair()["contents"], "completions": completions}

    job = running(emulator, client, preference(), json_lines(pair(), line))

    stats = job["tuningDataStats"]["preferenceOptimizationDataStats"]
    assert stats["droppedExampleReasons"] == [reason]


@pytest.mark.parametrize(
    ("count", "epochs"),
    [
        pytest.param(199, "40", id="few"),
        pytest.param(500, "10", id="hundreds"),
        pytest.param(1_000, "4", id="a thousand"),
        pytest.param(5_000, "2", id="many"),
    ],
)
def test_the_default_epochs_follow_the_size(
    emulator: Emulator, client: httpx.Client, count: int, epochs: str
) -> None:
    """The more examples, the fewer epochs the service chooses."""
    job = running(emulator, client, supervised(), json_lines(*[chat("a", "b")] * count))

    hyper_parameters = job["supervisedTuningSpec"]["hyperParameters"]
    assert hyper_parameters["epochCount"] == epochs


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b"", "The training dataset has no valid examples.", id="empty"),
        pytest.param(
            b"{}\n{}\n", "The training dataset has no valid examples.", id="all invalid"
        ),
        pytest.param(
            json_lines(chat()) + b"\n\n{oops\n",
            "Dataset example 2 is not a valid JSON object.",
            id="malformed line",
        ),
        pytest.param(
            b"[1]\n", "Dataset example 1 is not a valid JSON object.", id="list"
        ),
        pytest.param(
            b"[" * 100_000,
            "Dataset example 1 is not a valid JSON object.",
            id="too deep",
        ),
        pytest.param(
            json_lines(chat("\ud800")),
            "Dataset example 1 is not a valid JSON object.",
            id="half of a character",
        ),
        pytest.param(
            b'{"contents": NaN}',
            "Dataset example 1 is not a valid JSON object.",
            id="no number",
        ),
        pytest.param(
            b"\x1f\x8b\x08\x00",
            "Dataset example 1 is not a valid JSON object.",
            id="compressed",
        ),
    ],
)
def test_an_unusable_set_fails_the_job(
    emulator: Emulator, client: httpx.Client, data: bytes, message: str
) -> None:
    """A data set that cannot be read ends the job before it runs."""
    job = running(emulator, client, supervised(), data)

    assert job["state"] == "JOB_STATE_FAILED"
    assert job["error"] == {"code": 3, "message": message}
    assert "startTime" not in job
    assert "tuningDataStats" not in job


def test_an_unsupported_part_fails_the_job(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A function call in an example ends the job with the words of the service."""
    line = chat()
    part = {"functionCall": {"name": "f"}}
    line["contents"][0]["parts"].append(part)
    lines = json_lines(chat(), line, {"contents": ["x", {"parts": ["y"]}]})

    job = running(emulator, client, supervised(), lines)

    assert job["error"]["message"] == (
        "Dataset example 2 of 3 contains an unsupported modality [function call] in "
        'the "parts" field, which is not supported by this model. The supported '
        "modalities are: [image, PDF document, audio, video]. "
        'JSON: {"functionCall": {"name": "f"}}'
    )


@pytest.mark.parametrize("missing", ["trainingDatasetUri", "validationDatasetUri"])
def test_a_missing_object_fails_the_job(
    emulator: Emulator, client: httpx.Client, missing: str
) -> None:
    """A data set that does not exist is found out by the job, not at creation."""
    uri = "gs://acme-tuning/missing.jsonl"
    spec = {"trainingDatasetUri": TRAIN} | {missing: uri}
    body = supervised(supervisedTuningSpec=spec)

    job = running(emulator, client, body, json_lines(chat()))

    assert job["error"] == {
        "code": 3,
        "message": f"The input GCS object doesn't exist: {uri}",
    }


def test_a_data_set_resource_has_no_statistics(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A multimodal data set is accepted; its content is not emulated."""
    uri = "projects/acme/locations/us-central1/datasets/5"
    body = supervised(supervisedTuningSpec={"trainingDatasetUri": uri})

    job = running(emulator, client, body, b"")

    assert job["state"] == "JOB_STATE_RUNNING"
    assert job["supervisedTuningSpec"]["hyperParameters"]["epochCount"] == "10"
    assert "tuningDataStats" not in job


def test_a_set_is_read_as_the_job_starts(
    emulator: Emulator, client: httpx.Client
) -> None:
    """What is stored after a job has started does not change its statistics."""
    emulator.put_object(TRAIN, json_lines(*[chat()] * 5))
    name = client.post(JOBS, json=supervised()).json()["name"]
    emulator.advance(61)

    emulator.put_object(TRAIN, json_lines(*[chat()] * 9))
    emulator.delete_object(TRAIN)

    stats = emulator.job(name)["tuningDataStats"]["supervisedTuningDataStats"]
    assert stats["tuningDatasetExampleCount"] == "5"


def test_invalid_examples_may_fail_the_job() -> None:
    """The stricter reading: the first invalid example ends the job."""
    emulator = Emulator(behaviour=Behaviour(invalid_examples="fail"))
    emulator.freeze()
    transport = InProcessTransport(emulator.app)
    with httpx.Client(transport=transport, base_url="http://emulator.test") as client:
        job = running(emulator, client, supervised(), json_lines(chat(), {}))
    emulator.stop()

    assert job["error"] == {
        "code": 3,
        "message": 'Dataset example 2 is invalid: The example has no "contents".',
    }


def test_examples_are_found_across_parts(
    emulator: Emulator, client: httpx.Client
) -> None:
    """A data set larger than one stored part is read line by line without a seam."""
    lines = [chat("x" * 999, "y")] * 3_000

    stats = supervised_stats(emulator, client, *lines)

    assert stats["tuningDatasetExampleCount"] == "3000"
