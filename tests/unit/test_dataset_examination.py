"""A close look at single lines: what is documented passes, everything else is named."""

import json
from typing import Any

import pytest

from pulumi_tuning.dataset.examination import Examiner
from pulumi_tuning.dataset.facts import Modality
from pulumi_tuning.dataset.findings import Findings
from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.problems import ProblemKind

CHAT, PREFERENCE, TRANSLATION = LineFormat


def _turn(role: str, *texts: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"text": text} for text in texts]}


USER = _turn("user", "How many legs has a spider?")
MODEL = _turn("model", "Eight.")
IMAGE = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}
CALL = {"functionCall": {"name": "legs", "args": {"animal": "spider"}}}
ANSWER = {"functionResponse": {"name": "legs", "response": {"legs": 8}}}
GOOD = {"score": 1, "completion": MODEL}
BAD = {"score": 0, "completion": _turn("model", "Six.")}


def _examine(
    row: object, line_format: LineFormat = CHAT, model: str = "gemini-2.5-flash"
) -> Findings:
    line = json.dumps(row).encode()
    return Examiner(line_format, find_model(model)).examine(line, 7)


@pytest.mark.parametrize(
    ("row", "line_format", "model"),
    [
        pytest.param({"contents": [USER, MODEL]}, CHAT, "gemini-2.5-pro", id="a pair"),
        pytest.param(
            {
                "systemInstruction": _turn("system", "Be brief."),
                "contents": [USER, MODEL, USER, MODEL],
            },
            CHAT,
            "gemini-2.5-flash",
            id="a chat with an instruction",
        ),
        pytest.param(
            {
                "system_instruction": {"parts": [{"text": "Be brief."}]},
                "contents": [USER, MODEL],
                "generation_config": {"media_resolution": "MEDIA_RESOLUTION_LOW"},
            },
            CHAT,
            "gemini-3.5-flash",
            id="snake_case as in the documentation",
        ),
        pytest.param(
            {"contents": [{"parts": [{"text": "Hi"}]}, MODEL]},
            CHAT,
            "gemini-2.5-flash",
            id="a role left out means user",
        ),
        pytest.param(
            {"contents": [_turn("user", "one", "two"), _turn("user", "3"), MODEL]},
            CHAT,
            "gemini-2.5-flash",
            id="turns of one role after the other",
        ),
        pytest.param(
            {"contents": [_turn("user", "one", " "), MODEL], "tools": None},
            CHAT,
            "gemini-2.5-flash",
            id="a blank part beside another, and an unset field",
        ),
        pytest.param(
            {
                "contents": [
                    {"role": "user", "parts": [IMAGE, {"text": "What is it?"}]},
                    MODEL,
                ]
            },
            CHAT,
            "gemini-2.5-flash",
            id="an image of a bucket",
        ),
        pytest.param(
            {
                "contents": [
                    {
                        "role": "user",
                        "parts": [
                            {
                                "file_data": {
                                    "mime_type": "video/mp4",
                                    "file_uri": "https://example.com/a.mp4",
                                },
                                "video_metadata": {"fps": 1},
                            },
                            {
                                "inlineData": {
                                    "mimeType": "application/pdf",
                                    "data": "JVBERi0=",
                                }
                            },
                        ],
                    },
                    MODEL,
                ]
            },
            CHAT,
            "gemini-3.1-flash-lite",
            id="a public video and an inline document",
        ),
        pytest.param(
            {
                "contents": [
                    USER,
                    {"role": "model", "parts": [CALL]},
                    {"role": "user", "parts": [ANSWER]},
                    MODEL,
                ],
                "tools": [{"functionDeclarations": [{"name": "legs"}]}],
            },
            CHAT,
            "gemini-2.0-flash-001",
            id="function calls of a model that is tuned with them",
        ),
        pytest.param(
            {
                "contents": [USER, {"role": "model", "parts": [CALL]}],
            },
            CHAT,
            "gemini-3.5-flash",
            id="function calls of a model of which nothing is known",
        ),
        pytest.param(
            {
                "system_instruction": {"parts": [{"text": "You are a chat bot."}]},
                "contents": [USER],
                "completions": [GOOD, BAD],
            },
            PREFERENCE,
            "gemini-2.5-flash",
            id="a preference",
        ),
        pytest.param(
            {"contents": [USER, MODEL, USER], "completions": [BAD, GOOD]},
            PREFERENCE,
            "gemini-2.5-flash-lite",
            id="a preference after a chat",
        ),
        pytest.param(
            {
                "contents": [
                    _turn("user", "English: Hello. Spanish:"),
                    _turn("model", "Hola."),
                ]
            },
            TRANSLATION,
            "translation-llm-002",
            id="a translation",
        ),
        pytest.param(
            {"contents": [{"role": "user", "parts": [IMAGE]}, MODEL]},
            CHAT,
            "gemini-9",
            id="an image for an unknown model",
        ),
    ],
)
def test_documented_lines_pass(
    row: object, line_format: LineFormat, model: str
) -> None:
    """What the documentation shows has no problem."""
    assert _examine(row, line_format, model).problems == []


@pytest.mark.parametrize(
    ("row", "kind", "path", "words"),
    [
        pytest.param(
            ["x"], ProblemKind.WRONG_TYPE, "", "must be an object", id="no object"
        ),
        pytest.param(
            {}, ProblemKind.MISSING_FIELD, "contents", "is required", id="no contents"
        ),
        pytest.param(
            {"contents": "Hi"},
            ProblemKind.WRONG_TYPE,
            "contents",
            "must be a list",
            id="contents as text",
        ),
        pytest.param(
            {"contents": []},
            ProblemKind.EMPTY_LIST,
            "contents",
            "must not be empty",
            id="no turns",
        ),
        pytest.param(
            {"contents": [USER, "Eight."]},
            ProblemKind.WRONG_TYPE,
            "contents[1]",
            "must be an object",
            id="a turn as text",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model"}]},
            ProblemKind.MISSING_FIELD,
            "contents[1].parts",
            "is required",
            id="a turn without parts",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": []}]},
            ProblemKind.EMPTY_LIST,
            "contents[1].parts",
            "must not be empty",
            id="a turn with no part",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": {"text": "Eight."}}]},
            ProblemKind.NOT_A_LIST,
            "contents[1].parts",
            "where a list",
            id="a part that is no list",
        ),
        pytest.param(
            {"contents": [USER, _turn("model", "")]},
            ProblemKind.EMPTY_TURN,
            "contents[1]",
            "no text but white space",
            id="an empty answer",
        ),
        pytest.param(
            {"contents": [_turn("user", " \t", "\n"), MODEL]},
            ProblemKind.EMPTY_TURN,
            "contents[0]",
            "no text but white space",
            id="a blank prompt",
        ),
        pytest.param(
            {"contents": [USER, MODEL, USER]},
            ProblemKind.WRONG_LAST_TURN,
            "contents[2].role",
            "must be model",
            id="the user has the last word",
        ),
        pytest.param(
            {"contents": [MODEL]},
            ProblemKind.NO_USER_TURN,
            "contents",
            "no turn of the user",
            id="an answer without a prompt",
        ),
        pytest.param(
            {"contents": [USER, _turn("assistant", "Eight.")]},
            ProblemKind.UNKNOWN_ROLE,
            "contents[1].role",
            "must be model, not assistant",
            id="OpenAI's name of the model",
        ),
        pytest.param(
            {"contents": [_turn("System", "Be brief."), USER, MODEL]},
            ProblemKind.UNKNOWN_ROLE,
            "contents[0].role",
            "systemInstruction",
            id="the instruction as a turn",
        ),
        pytest.param(
            {"contents": [USER, _turn("spider", "Eight.")]},
            ProblemKind.UNKNOWN_ROLE,
            "contents[1].role",
            "must be user or model",
            id="any other role",
        ),
        pytest.param(
            {"contents": [USER, {"role": 1, "parts": [{"text": "Eight."}]}]},
            ProblemKind.WRONG_TYPE,
            "contents[1].role",
            "must be a string",
            id="a role that is a number",
        ),
        pytest.param(
            {"contents": [USER, {"role": "tool", "parts": [{"text": "x"}]}, MODEL]},
            ProblemKind.UNDOCUMENTED_ROLE,
            "contents[1].role",
            "tool is not documented",
            id="a role of other interfaces",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": [{"text": 8}]}]},
            ProblemKind.WRONG_TYPE,
            "contents[1].parts[0].text",
            "must be a string",
            id="a text that is a number",
        ),
        pytest.param(
            {"contents": [USER, _turn("model", "\ud800")]},
            ProblemKind.NOT_UTF8,
            "contents[1].parts[0].text",
            "surrogate",
            id="half a character",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": ["Eight."]}]},
            ProblemKind.WRONG_TYPE,
            "contents[1].parts[0]",
            "must be an object",
            id="a part as text",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": [{"thought": True}]}]},
            ProblemKind.WRONG_PART,
            "contents[1].parts[0]",
            "holds no data",
            id="a part without data",
        ),
        pytest.param(
            {"contents": [{"parts": [{**IMAGE, "text": "x"}]}, MODEL]},
            ProblemKind.WRONG_PART,
            "contents[0].parts[0]",
            "several kinds of data",
            id="a part with two data",
        ),
        pytest.param(
            {"contents": [{"parts": [{"fileData": "gs://b/a.png"}]}, MODEL]},
            ProblemKind.WRONG_TYPE,
            "contents[0].parts[0].fileData",
            "must be an object",
            id="a file as its address",
        ),
        pytest.param(
            {"contents": [{"parts": [{"fileData": {"fileUri": "gs://b/a"}}]}, MODEL]},
            ProblemKind.WRONG_PART,
            "contents[0].parts[0].fileData",
            "mimeType is required",
            id="a file without a type",
        ),
        pytest.param(
            {
                "contents": [
                    {"parts": [{"inlineData": {"mimeType": "image/png", "data": ""}}]},
                    MODEL,
                ]
            },
            ProblemKind.WRONG_PART,
            "contents[0].parts[0].inlineData",
            "data is required",
            id="inline data without data",
        ),
        pytest.param(
            {
                "contents": [
                    {
                        "parts": [
                            {"fileData": {"mimeType": "image/png", "fileUri": "/a.png"}}
                        ]
                    },
                    MODEL,
                ]
            },
            ProblemKind.WRONG_PART,
            "contents[0].parts[0].fileData.fileUri",
            "gs://",
            id="a file of this machine",
        ),
        pytest.param(
            {
                "contents": [
                    {
                        "parts": [
                            {"fileData": {"mimeType": "font/ttf", "fileUri": "gs://a"}}
                        ]
                    },
                    MODEL,
                ]
            },
            ProblemKind.DOUBTFUL_PART,
            "contents[0].parts[0].fileData.mimeType",
            "not a MIME type",
            id="a type of no documented modality",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": [IMAGE]}]},
            ProblemKind.DOUBTFUL_PART,
            "contents[1]",
            "text alone",
            id="an image as an answer",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": [CALL]}]},
            ProblemKind.DOUBTFUL_PART,
            "contents[1].parts[0].functionCall",
            "known to refuse function calls",
            id="a function call for Gemini 2.5",
        ),
        pytest.param(
            {"contents": [USER, {"role": "model", "parts": [{"functionCall": "f()"}]}]},
            ProblemKind.WRONG_TYPE,
            "contents[1].parts[0].functionCall",
            "must be an object",
            id="a function call as text",
        ),
        pytest.param(
            {
                "contents": [
                    USER,
                    {"role": "model", "parts": [{"executableCode": {"code": "1"}}]},
                ]
            },
            ProblemKind.DOUBTFUL_PART,
            "contents[1].parts[0].executableCode",
            "not documented for tuning",
            id="executable code",
        ),
        pytest.param(
            {"contents": [USER, MODEL], "systemInstruction": "Be brief."},
            ProblemKind.WRONG_TYPE,
            "systemInstruction",
            "must be an object",
            id="an instruction as text",
        ),
        pytest.param(
            {"contents": [USER, MODEL], "systemInstruction": {"role": "system"}},
            ProblemKind.MISSING_FIELD,
            "systemInstruction.parts",
            "is required",
            id="an instruction without parts",
        ),
        pytest.param(
            {"contents": [USER, MODEL], "systemInstruction": {"parts": [IMAGE]}},
            ProblemKind.DOUBTFUL_PART,
            "systemInstruction",
            "text parts alone",
            id="an image as an instruction",
        ),
        pytest.param(
            {"contents": [USER, MODEL], "messages": []},
            ProblemKind.UNKNOWN_FIELD,
            "",
            "messages is no field here: that is the chat format of OpenAI",
            id="OpenAI's name of the contents",
        ),
        pytest.param(
            {"contents": [USER, MODEL], "note": "x"},
            ProblemKind.UNKNOWN_FIELD,
            "",
            "a field that is not documented here",
            id="an unknown field",
        ),
        pytest.param(
            {
                "contents": [USER, MODEL],
                "systemInstruction": _turn("system", "One."),
                "system_instruction": _turn("system", "Two."),
            },
            ProblemKind.UNKNOWN_FIELD,
            "",
            "systemInstruction is given twice",
            id="a field under both of its names",
        ),
        pytest.param(
            {"contents": [{"parts": [IMAGE] * 31}, MODEL]},
            ProblemKind.TOO_MANY_IMAGES,
            "",
            "31 images; at most 30",
            id="too many images",
        ),
        pytest.param(
            {"contents": [_turn("user", "spider " * 140_000), MODEL]},
            ProblemKind.TOO_MANY_TOKENS,
            "",
            "about 140",
            id="too many tokens",
        ),
    ],
)
def test_problem_of_a_chat_line(
    row: object, kind: ProblemKind, path: str, words: str
) -> None:
    """Each deviation is one problem, at its JSON path."""
    (problem,) = _examine(row).problems

    assert (problem.kind, problem.line, problem.path) == (kind, 7, path)
    assert words in problem.message


@pytest.mark.parametrize(
    ("row", "kind", "path", "words"),
    [
        pytest.param(
            {"contents": [USER]},
            ProblemKind.MISSING_FIELD,
            "completions",
            "a preferred and a rejected answer",
            id="no completions",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD]},
            ProblemKind.WRONG_COMPLETIONS,
            "completions",
            "must be two, are 1",
            id="one completion",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, GOOD]},
            ProblemKind.WRONG_COMPLETIONS,
            "completions",
            "scores are equal",
            id="no preference",
        ),
        pytest.param(
            {"contents": [USER], "completions": [{**GOOD, "score": 0.9}, BAD]},
            ProblemKind.DOUBTFUL_COMPLETIONS,
            "completions",
            "1 (preferred) and 0 (rejected)",
            id="a score between",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, {"completion": MODEL}]},
            ProblemKind.DOUBTFUL_COMPLETIONS,
            "completions[1].score",
            "counts as 0",
            id="a score left out",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, {**BAD, "score": True}]},
            ProblemKind.WRONG_TYPE,
            "completions[1].score",
            "must be 0 or 1",
            id="a score that is a boolean",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, {"score": 0}]},
            ProblemKind.MISSING_FIELD,
            "completions[1].completion",
            "is required",
            id="a completion without an answer",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, "Six."]},
            ProblemKind.WRONG_TYPE,
            "completions[1]",
            "must be an object",
            id="a completion as text",
        ),
        pytest.param(
            {"contents": [USER], "completions": [GOOD, {**BAD, "completion": USER}]},
            ProblemKind.WRONG_COMPLETIONS,
            "completions[1].completion.role",
            "must be model",
            id="an answer of the user",
        ),
        pytest.param(
            {
                "contents": [USER],
                "completions": [GOOD, {"score": 0, "completion": MODEL}],
            },
            ProblemKind.DOUBTFUL_COMPLETIONS,
            "completions",
            "both answers are the same",
            id="the same answer twice",
        ),
        pytest.param(
            {"contents": [USER, MODEL], "completions": [GOOD, BAD]},
            ProblemKind.WRONG_LAST_TURN,
            "contents[1].role",
            "must be user",
            id="a prompt that is answered",
        ),
        pytest.param(
            {"contents": [{"parts": [IMAGE]}], "completions": [GOOD, BAD]},
            ProblemKind.UNSUPPORTED_PART,
            "contents[0].parts[0].fileData.mimeType",
            "nothing but text",
            id="an image in a prompt",
        ),
        pytest.param(
            {"contents": [{"parts": [CALL]}], "completions": [GOOD, BAD]},
            ProblemKind.DOUBTFUL_PART,
            "contents[0].parts[0].functionCall",
            "text alone",
            id="a function call in a prompt",
        ),
        pytest.param(
            {
                "contents": [_turn("user", "spider " * 131_000)],
                "completions": [
                    GOOD,
                    {"score": 0, "completion": _turn("model", "x " * 200)},
                ],
            },
            ProblemKind.TOO_MANY_TOKENS,
            "",
            "the service drops what exceeds 131072",
            id="prompt and longest answer too long",
        ),
    ],
)
def test_problem_of_a_preference_line(
    row: object, kind: ProblemKind, path: str, words: str
) -> None:
    """A preference is a prompt that ends with the user and two rated answers."""
    (problem,) = _examine(row, PREFERENCE).problems

    assert (problem.kind, problem.path) == (kind, path)
    assert words in problem.message


@pytest.mark.parametrize(
    ("row", "kind", "words"),
    [
        pytest.param(
            {"contents": [USER, MODEL], "systemInstruction": _turn("system", "x")},
            ProblemKind.UNKNOWN_FIELD,
            "not documented here",
            id="an instruction",
        ),
        pytest.param(
            {"contents": [{"parts": [IMAGE]}, MODEL]},
            ProblemKind.UNSUPPORTED_PART,
            "translation-llm-002 takes nothing but text",
            id="an image",
        ),
        pytest.param(
            {"contents": [_turn("user", "Hello " * 1001), MODEL]},
            ProblemKind.TOO_MANY_TOKENS,
            "exceeds 1000",
            id="a long text",
        ),
    ],
)
def test_problem_of_a_translation_line(
    row: object, kind: ProblemKind, words: str
) -> None:
    """A translation is text alone, and short."""
    (problem,) = _examine(row, TRANSLATION, "translation-llm-002").problems

    assert problem.kind == kind
    assert words in problem.message


def test_all_problems_of_a_line_are_told_at_once() -> None:
    """One look names everything that is wrong with a line."""
    row = {"contents": [_turn("assistant", "x"), {"parts": []}], "prompt": "x"}

    kinds = [problem.kind for problem in _examine(row).problems]

    assert kinds == [
        ProblemKind.UNKNOWN_FIELD,
        ProblemKind.UNKNOWN_ROLE,
        ProblemKind.EMPTY_LIST,
    ]


def test_preference_prompt_is_billed_twice() -> None:
    """A preference is billed its prompt twice and both of its answers."""
    row = {
        "contents": [_turn("user", "one two three"), MODEL, _turn("user", "four")],
        "completions": [GOOD, {"score": 0, "completion": _turn("model", "six legs")}],
    }
    examiner = Examiner(PREFERENCE, None)

    tokens = examiner.billed_tokens(examiner.examine(json.dumps(row).encode(), 1))

    assert tokens == 2 * (3 + 2 + 1) + (2 + 2)


@pytest.mark.parametrize(
    ("model", "tokens"),
    [
        pytest.param("gemini-2.5-flash", 2 * 258, id="Gemini 2.5"),
        pytest.param("gemini-3.5-flash", 2 * 1120, id="Gemini 3"),
        pytest.param("gemini-9", 0, id="unknown model"),
    ],
)
def test_images_have_the_tokens_of_their_model(model: str, tokens: int) -> None:
    """An image counts what the documentation of the model says."""
    row = {"contents": [{"role": "user", "parts": [IMAGE, IMAGE]}, MODEL]}
    found = _examine(row, model=model)

    assert found.media == {Modality.IMAGE: 2}
    assert Examiner(CHAT, find_model(model)).image_tokens(found) == tokens


def test_function_calls_and_tools_count_as_text() -> None:
    """What a model reads of functions is in the estimate."""
    plain: dict[str, Any] = {"contents": [USER, {"role": "model", "parts": [CALL]}]}
    with_tools = {**plain, "tools": [{"functionDeclarations": [{"name": "legs"}]}]}

    few = _examine({"contents": [USER, MODEL]})
    more, most = _examine(plain), _examine(with_tools)

    assert sum(few.answer_tokens()) < sum(more.answer_tokens())
    assert more.prompt_tokens() < most.prompt_tokens()
