"""The preflight of whole files: every defect with its line, whatever the chunks."""

import ast
import gzip
import inspect
import json
import shutil
import statistics
import textwrap
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from pulumi_tuning.dataset.formats import LineFormat
from pulumi_tuning.dataset.models import find_model
from pulumi_tuning.dataset.preflight import LONGEST_LINE, Preflight, sample, validate
from pulumi_tuning.dataset.problems import ProblemKind
from pulumi_tuning.dataset.report import Report
from pulumi_tuning.dataset.tokens import MARGIN, count_tokens

CHAT, PREFERENCE, TRANSLATION = LineFormat
GEMINI = find_model("gemini-2.5-flash")


def _row(number: int, **more: object) -> dict[str, Any]:
    return {
        "contents": [
            {"role": "user", "parts": [{"text": f"Question {number}?"}]},
            {"role": "model", "parts": [{"text": f"Answer {number}."}]},
        ],
        **more,
    }


def _line(number: int, **more: object) -> bytes:
    return json.dumps(_row(number, **more)).encode()


def _file(rows: int) -> list[bytes]:
    return [_line(number) for number in range(1, rows + 1)]


def _report(lines: list[bytes], **options: Any) -> Report:  # noqa: ANN401 - any option
    return validate([b"\n".join(lines) + b"\n"], CHAT, GEMINI, **options)


def _kinds(report: Report) -> dict[ProblemKind, int]:
    return dict(report.counts)


DEFECTS: dict[str, Callable[[], tuple[bytes, ProblemKind]]] = {
    "trailing comma": lambda: (_line(0)[:-1] + b",}", ProblemKind.INVALID_JSON),
    "single quotes": lambda: (str(_row(0)).encode(), ProblemKind.INVALID_JSON),
    "cut line": lambda: (_line(0)[:60], ProblemKind.INVALID_JSON),
    "two objects": lambda: (_line(0) + _line(0), ProblemKind.INVALID_JSON),
    "Latin-1": lambda: (
        _line(0).replace(b"Answer", b"Antw\xf6rt"),
        ProblemKind.NOT_UTF8,
    ),
    "NUL byte": lambda: (_line(0).replace(b"Answer", b"\0"), ProblemKind.NUL_BYTE),
    "blank line": lambda: (b" \t", ProblemKind.BLANK_LINE),
    "empty line": lambda: (b"", ProblemKind.BLANK_LINE),
    "a list": lambda: (b"[" + _line(0) + b"]", ProblemKind.WRONG_TYPE),
    "a number": lambda: (b"8", ProblemKind.WRONG_TYPE),
    "OpenAI chat": lambda: (
        b'{"messages":[{"role":"user","content":"x"}]}',
        ProblemKind.MISSING_FIELD,
    ),
    "assistant": lambda: (
        _line(0).replace(b'"model"', b'"assistant"'),
        ProblemKind.UNKNOWN_ROLE,
    ),
    "no answer": lambda: (
        _line(0).replace(b'"model"', b'"user"'),
        ProblemKind.WRONG_LAST_TURN,
    ),
    "empty answer": lambda: (
        _line(0).replace(b"Answer 0.", b""),
        ProblemKind.EMPTY_TURN,
    ),
    "blank answer": lambda: (
        _line(0).replace(b"Answer 0.", b" \\n\\u0020"),
        ProblemKind.EMPTY_TURN,
    ),
    "no parts": lambda: (
        _line(0).replace(b'[{"text": "Answer 0."}]', b"[]"),
        ProblemKind.EMPTY_LIST,
    ),
    "part without data": lambda: (
        _line(0).replace(b'{"text": "Answer 0."}', b"{}"),
        ProblemKind.WRONG_PART,
    ),
    "text as a number": lambda: (
        _line(0).replace(b'"Answer 0."', b"0"),
        ProblemKind.WRONG_TYPE,
    ),
    "lone surrogate": lambda: (
        _line(0).replace(b"Answer", b"\\ud800"),
        ProblemKind.NOT_UTF8,
    ),
    "unknown field": lambda: (_line(0, note="x"), ProblemKind.UNKNOWN_FIELD),
    "function call": lambda: (
        _line(0).replace(b'{"text": "Answer 0."}', b'{"functionCall": {"name": "f"}}'),
        ProblemKind.DOUBTFUL_PART,
    ),
    "file without a type": lambda: (
        _line(0).replace(
            b'{"text": "Question 0?"}', b'{"fileData": {"fileUri": "gs://b/a"}}'
        ),
        ProblemKind.WRONG_PART,
    ),
    "too many tokens": lambda: (
        _line(0).replace(b"Question", b"Question " * 140_000),
        ProblemKind.TOO_MANY_TOKENS,
    ),
    "endless line": lambda: (
        _line(0).replace(b"Question", b"x" * LONGEST_LINE),
        ProblemKind.LINE_TOO_LONG,
    ),
    "duplicate": lambda: (_line(1), ProblemKind.DUPLICATE_ROW),
}


@pytest.mark.parametrize("defect", DEFECTS)
@pytest.mark.parametrize("line", [2, 137, 200], ids=lambda line: f"line {line}")
def test_seeded_defect_is_found_with_its_line(defect: str, line: int) -> None:
    """One bad line among two hundred good ones is one problem, at that line."""
    lines = _file(200)
    lines[line - 1], kind = DEFECTS[defect]()

    report = _report(lines)

    assert [(p.kind, p.line) for p in report.problems] == [(kind, line)]


def test_all_seeded_defects_are_found_at_once() -> None:
    """Every defect of a file with all of them is found with its line."""
    lines = _file(1000)
    expected = []
    for number, make in enumerate(DEFECTS.values()):
        line = 30 * number + 20
        lines[line - 1], kind = make()
        expected.append((kind, line))

    report = _report(lines)

    assert {(p.kind, p.line) for p in report.problems} == set(expected)
    assert report.rows == 1000 - 2


def test_problems_never_quote_the_text() -> None:
    """No message holds a word of a line, whatever is wrong with it."""
    lines = _file(200)
    lines[50:50] = [make()[0] for make in DEFECTS.values()]

    text = _report(lines).to_text()

    assert "Question" not in text
    assert "Answer" not in text


def test_real_text_has_no_problem() -> None:
    """A summarisation set of real docstrings passes without a word."""
    lines = []
    for module in (ast, inspect, shutil, statistics, textwrap, gzip):
        for node in ast.walk(ast.parse(inspect.getsource(module))):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                docstring = ast.get_docstring(node)
                if docstring and docstring.strip():
                    row = _row(0)
                    row["contents"][0]["parts"][0]["text"] = f"{node.name}\n{docstring}"
                    row["contents"][1]["parts"][0]["text"] = docstring.split("\n")[0]
                    row["systemInstruction"] = {"parts": [{"text": "Summarise."}]}
                    lines.append(json.dumps(row, ensure_ascii=False).encode())

    unique = list(dict.fromkeys(lines))
    report = _report(unique)

    assert report.counts == {}
    assert report.rows == len(unique) > 200


def test_good_file_is_summed_up() -> None:
    """A report of a good file counts its rows, bytes and tokens."""
    report = _report(_file(120))

    tokens = sum(
        count_tokens(part["text"])
        for number in range(1, 121)
        for turn in _row(number)["contents"]
        for part in turn["parts"]
    )
    assert (report.ok, report.rows, report.is_sample) == (True, 120, False)
    assert report.bytes == report.size == len(b"\n".join(_file(120))) + 1
    assert report.tokens.tokens == pytest.approx(tokens, rel=0.01)
    assert report.tokens.margin == MARGIN
    assert report.summary() == (
        f"120 examples, about {report.tokens.tokens:,} tokens per epoch, no problems"
    )


def test_tokens_of_many_rows_are_near_the_exact_count() -> None:
    """Measuring some of the rows is as good as measuring all."""
    lines = [_line(n) for n in range(20_000)]
    exact = sum(
        count_tokens(f"Question {n}?") + count_tokens(f"Answer {n}.")
        for n in range(20_000)
    )

    report = _report(lines)

    assert report.tokens.tokens == pytest.approx(exact, rel=0.02)


def test_rejected_rows_are_not_billed() -> None:
    """Rows that the service drops have no part in the estimate."""
    lines = _file(100)
    worse = [*lines, *[b"{'a': 1}"] * 10, DEFECTS["too many tokens"]()[0]]

    assert _report(worse).tokens == _report(lines).tokens


@pytest.mark.parametrize(
    ("content", "kind", "words"),
    [
        pytest.param(b"", ProblemKind.EMPTY_FILE, "no examples", id="nothing"),
        pytest.param(
            gzip.compress(_line(1)), ProblemKind.COMPRESSED, "gzip", id="gzip"
        ),
        pytest.param(
            b"PK\x03\x04" + bytes(99), ProblemKind.COMPRESSED, "ZIP", id="ZIP"
        ),
        pytest.param(
            b"PAR1" + bytes(99), ProblemKind.NOT_JSON_LINES, "Parquet", id="Parquet"
        ),
        pytest.param(
            _line(1).decode().encode("utf-16"),
            ProblemKind.NOT_UTF8,
            "UTF-16",
            id="UTF-16",
        ),
        pytest.param(
            b"\xff\xfe", ProblemKind.NOT_UTF8, "UTF-16", id="two bytes of UTF-16"
        ),
        pytest.param(
            json.dumps([_row(1), _row(2)]).encode(),
            ProblemKind.NOT_JSON_LINES,
            "a JSON array",
            id="an array on one line",
        ),
        pytest.param(
            b"[\n" + _line(1) + b",\n" + _line(2) + b"\n]",
            ProblemKind.NOT_JSON_LINES,
            "a JSON array",
            id="an array of lines",
        ),
        pytest.param(
            json.dumps(_row(1), indent=2).encode(),
            ProblemKind.NOT_JSON_LINES,
            "over several lines",
            id="pretty-printed",
        ),
        pytest.param(
            b"prompt,completion\nx,y\n",
            ProblemKind.NOT_JSON_LINES,
            "CSV",
            id="a table",
        ),
    ],
)
def test_foreign_file_is_one_problem(
    content: bytes, kind: ProblemKind, words: str
) -> None:
    """A file of another kind is told in one line, not in one for each of its lines."""
    report = validate([content], CHAT, GEMINI)

    assert _kinds(report) == {kind: 1}
    assert words in report.problems[0].message
    assert not report.ok


def test_utf16_without_a_mark_is_no_table() -> None:
    """The bytes between the letters are named, whatever commas stand there."""
    report = validate([_line(1).decode().encode("utf-16-be")], CHAT)

    assert report.problems[-1].kind is ProblemKind.NUL_BYTE


def test_foreign_file_is_not_read_on() -> None:
    """What follows in a foreign file is not judged."""
    report = validate([gzip.compress(_line(1)), b"x\n" * 99, b"y"], CHAT, GEMINI)

    assert _kinds(report) == {ProblemKind.COMPRESSED: 1}
    assert report.rows == 0


def test_metadata_tells_of_gzip() -> None:
    """An object stored with `contentEncoding: gzip` is refused before its content."""
    report = _report(_file(200), content_encoding="gzip")

    assert _kinds(report) == {ProblemKind.COMPRESSED: 1}


def test_other_encodings_of_metadata_are_read() -> None:
    """Only gzip is refused."""
    assert _report(_file(200), content_encoding="identity").counts == {}


def test_file_of_blank_lines_is_empty() -> None:
    """Blank lines are no examples."""
    report = _report([b"", b"", b""])

    assert _kinds(report) == {ProblemKind.BLANK_LINE: 3, ProblemKind.EMPTY_FILE: 1}


def test_first_row_may_follow_blank_lines() -> None:
    """What kind of file it is shows in the first line that is not blank."""
    report = _report([b"", b" ", b"[", b"]"])

    assert (ProblemKind.NOT_JSON_LINES, 3) in [
        (p.kind, p.line) for p in report.problems
    ]


def test_one_bad_first_line_is_only_that() -> None:
    """A first line with a fault of its own does not condemn the file."""
    lines = _file(200)
    lines[0] = b'{"contents": oops}'

    report = _report(lines)

    assert [(p.kind, p.line) for p in report.problems] == [
        (ProblemKind.INVALID_JSON, 1)
    ]


def test_byte_order_mark_is_doubtful() -> None:
    """A byte order mark is told, and the first line is read all the same."""
    report = validate([b"\xef\xbb\xbf" + b"\n".join(_file(200))], CHAT, GEMINI)

    assert _kinds(report) == {ProblemKind.BYTE_ORDER_MARK: 1}
    assert report.rows == 200


def test_windows_line_ends_are_fine() -> None:
    """Lines that end with CR LF are the same lines, the last one without an end too."""
    lines = _file(200)
    report = validate([b"\r\n".join(lines)], CHAT, GEMINI)

    assert report.counts == {}
    assert report.tokens == _report(lines).tokens


def test_many_problems_of_a_kind_are_counted() -> None:
    """Ten problems of a kind are kept, all are counted, none hides another kind."""
    lines = _file(200)
    lines[10:110] = [b"{"] * 100
    lines[150] = _line(1)

    report = _report(lines)

    assert _kinds(report) == {
        ProblemKind.INVALID_JSON: 100,
        ProblemKind.DUPLICATE_ROW: 99 + 1,
    }
    assert len(report.problems) == 20


def test_position_is_where_a_download_goes_on() -> None:
    """A download that breaks anywhere goes on at `position` to the same report."""
    content = b"\n".join(_file(200))
    preflight = Preflight(CHAT, GEMINI)
    preflight.feed(content[:777])
    preflight.feed(content[preflight.position :])

    assert preflight.finish() == validate([content], CHAT, GEMINI)


@pytest.mark.parametrize(
    "ending", [pytest.param(b"", id="no end"), pytest.param(b"\n", id="an end")]
)
def test_endless_line_is_passed_in_any_chunks(ending: bytes) -> None:
    """A line beyond the bound is one problem however it arrives, also as the last."""
    chunk = b"x" * (LONGEST_LINE // 3)
    lines = [_line(n) + b"\n" for n in range(150)]

    report = validate([*lines, *[chunk] * 5, ending], CHAT, GEMINI)

    assert [(p.kind, p.line) for p in report.problems] == [
        (ProblemKind.LINE_TOO_LONG, 151)
    ]
    assert report.rows == 151


def test_lines_after_an_endless_one_are_judged() -> None:
    """Past a line beyond the bound, lines keep their numbers."""
    chunk = b"x" * (LONGEST_LINE // 3)
    tail = b"\n" + b"\n".join([*_file(150), b"{"])

    report = validate([*[chunk] * 5, tail], CHAT, GEMINI)

    assert [(p.kind, p.line) for p in report.problems] == [
        (ProblemKind.LINE_TOO_LONG, 1),
        (ProblemKind.INVALID_JSON, 152),
    ]


def test_memory_does_not_grow_with_the_file() -> None:
    """Reading a data set of eight megabytes never holds more than three."""
    template = _line(0).replace(b"Question 0", b"%d") + b" " * 8000 + b"\n"
    preflight = Preflight(CHAT, GEMINI)
    tracemalloc.start()

    for number in range(1000):
        preflight.feed(template % number)
    report = preflight.finish()

    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (report.counts, report.rows) == ({}, 1000)
    assert report.bytes > 8_000_000
    assert peak < 3_000_000


def test_sample_judges_whole_lines_alone() -> None:
    """The line that a sample cuts is not judged, and totals are extrapolated."""
    content = b"\n".join(_line(number) for number in range(1000, 3000)) + b"\n"
    whole = validate([content], CHAT, GEMINI)

    report = sample(content[: len(content) // 4], CHAT, GEMINI, size=len(content))

    assert report.counts == {}
    assert report.is_sample
    assert report.rows < 520
    assert report.estimated_rows == pytest.approx(2000, rel=0.02)
    assert report.tokens.tokens == pytest.approx(whole.tokens.tokens, rel=0.02)
    assert report.summary().startswith(f"sample of {report.rows} examples (about ")


def test_sample_without_a_whole_line_says_nothing() -> None:
    """A sample inside the first line is no reason to doubt the file."""
    report = sample(_line(1)[:50], CHAT, GEMINI, size=10**6)

    assert (report.counts, report.rows, report.estimated_rows) == ({}, 0, 0)


@pytest.mark.parametrize(
    "start",
    [
        pytest.param(b"[" + _line(1), id="an array"),
        pytest.param(gzip.compress(_line(1)), id="gzip"),
    ],
)
def test_sample_recognises_a_foreign_file(start: bytes) -> None:
    """A foreign file shows in its first bytes, without the end of a line."""
    report = sample(start, CHAT, GEMINI, size=10**6)

    assert not report.ok


def test_media_are_counted() -> None:
    """Images have tokens; what has a length that is not known is told."""
    image = {"fileData": {"mimeType": "image/png", "fileUri": "gs://b/a.png"}}
    video = {"fileData": {"mimeType": "video/mp4", "fileUri": "gs://b/a.mp4"}}
    lines = _file(40)
    for index, part in enumerate((image, video, video)):
        row = _row(1000 + index)
        row["contents"][0]["parts"].append(part)
        lines.append(json.dumps(row).encode())

    report = _report(lines)

    text_alone = _report([*_file(40), *[_line(1000 + n) for n in range(3)]])
    assert _kinds(report) == {ProblemKind.FEW_ROWS: 1}
    assert report.tokens.tokens == text_alone.tokens.tokens + 258
    assert report.to_text().endswith("note: the tokens of 2 video parts are not known")
