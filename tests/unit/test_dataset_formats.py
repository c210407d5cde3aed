"""The fast reader: takes faultless lines of text, and leaves all others."""

import json
from typing import Any

import pytest

from pulumi_tuning.dataset.examination import Examiner
from pulumi_tuning.dataset.formats import FAST_READERS, LineFormat

CHAT, PREFERENCE, TRANSLATION = LineFormat


def _turn(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text}]}


USER = _turn("user", "How many legs has a spider?")
MODEL = _turn("model", "Eight.")
GOOD = {"score": 1, "completion": MODEL}
BAD = {"score": 0, "completion": _turn("model", "Six.")}


@pytest.mark.parametrize("line_format", LineFormat)
@pytest.mark.parametrize(
    "line",
    [
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[" * 100_000, id="endless nesting"),
        pytest.param(
            b'{"contents":[{"role":"user","parts":[{"text":"\\u0020\\n"}]},'
            b'{"role":"model","parts":[{"text":"x"}]}]}',
            id="blank by escapes",
        ),
    ],
)
def test_fast_reader_leaves_doubtful_lines(
    line: bytes, line_format: LineFormat
) -> None:
    """What the fast reader does not take is left to a close look, without an error."""
    assert not FAST_READERS[line_format].takes(line)


@pytest.mark.parametrize(
    ("row", "line_format"),
    [
        pytest.param({"contents": [MODEL, USER]}, CHAT, id="wrong last turn"),
        pytest.param({"contents": [MODEL]}, TRANSLATION, id="no turn of the user"),
        pytest.param(
            {"contents": [USER, MODEL], "systemInstruction": _turn("system", " ")},
            CHAT,
            id="blank instruction",
        ),
        pytest.param(
            {
                "contents": [USER, MODEL],
                "systemInstruction": _turn("system", "One."),
                "system_instruction": _turn("system", "Two."),
            },
            CHAT,
            id="two instructions",
        ),
        pytest.param(
            {"contents": [MODEL], "completions": [GOOD, BAD]},
            PREFERENCE,
            id="answered prompt",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, GOOD]},
            PREFERENCE,
            id="equal scores",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, {**BAD, "completion": USER}]},
            PREFERENCE,
            id="answer of the user",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, {**GOOD, "score": 0}]},
            PREFERENCE,
            id="same answers",
        ),
        pytest.param(
            {"contents": [_turn("user", " ")], "completions": [GOOD, BAD]},
            PREFERENCE,
            id="blank prompt",
        ),
        pytest.param(
            {
                "contents": [USER],
                "completions": [GOOD, {**BAD, "completion": _turn("model", " ")}],
            },
            PREFERENCE,
            id="blank answer",
        ),
    ],
)
def test_fast_reader_leaves_rows_with_a_fault(
    row: object, line_format: LineFormat
) -> None:
    """A row with a fault is left to a close look, which names the fault."""
    line = json.dumps(row).encode()

    assert not FAST_READERS[line_format].takes(line)
    assert Examiner(line_format, None).examine(line, 1).problems != []


@pytest.mark.parametrize(
    ("row", "line_format"),
    [
        pytest.param({"contents": [USER, MODEL]}, CHAT, id="chat"),
        pytest.param(
            {
                "contents": [USER, MODEL],
                "system_instruction": {"parts": [{"text": "Be brief."}]},
            },
            CHAT,
            id="chat with an instruction",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, BAD]},
            PREFERENCE,
            id="preference",
        ),
        pytest.param({"contents": [USER, MODEL]}, TRANSLATION, id="translation"),
    ],
)
def test_fast_reader_takes_and_counts_plain_lines(
    row: object, line_format: LineFormat
) -> None:
    """The lines that data sets consist of take the fast way and count the same."""
    line = json.dumps(row).encode()
    reader, examiner = FAST_READERS[line_format], Examiner(line_format, None)

    assert reader.takes(line)
    assert reader.tokens(line) == examiner.billed_tokens(examiner.examine(line, 1))
