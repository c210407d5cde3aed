"""Lines of bytes to JSON: what is wrong, and where, without a word of the text."""

import pytest

from pulumi_tuning.dataset.decoding import decode
from pulumi_tuning.dataset.problems import ProblemKind


@pytest.mark.parametrize(
    ("line", "kind", "column", "words"),
    [
        pytest.param(
            b'{"a":"\xff"}', ProblemKind.NOT_UTF8, 7, "not UTF-8", id="a stray byte"
        ),
        pytest.param(
            "{'ä':'x".encode() + b"\xe4'}",
            ProblemKind.NOT_UTF8,
            8,
            "not UTF-8",
            id="columns count characters",
        ),
        pytest.param(b'{"a":"\x00"}', ProblemKind.NUL_BYTE, 7, "NUL", id="a NUL byte"),
        pytest.param(
            b"\xef\xbb\xbf{}",
            ProblemKind.INVALID_JSON,
            1,
            "byte order mark",
            id="a file joined to another",
        ),
        pytest.param(
            b'{"a":[1,]}',
            ProblemKind.INVALID_JSON,
            9,
            "comma before a closing bracket",
            id="trailing comma in a list",
        ),
        pytest.param(
            b'{"a":1,}',
            ProblemKind.INVALID_JSON,
            8,
            "comma before a closing bracket",
            id="trailing comma in an object",
        ),
        pytest.param(
            b'{,"a":1}',
            ProblemKind.INVALID_JSON,
            2,
            "comma too many",
            id="leading comma",
        ),
        pytest.param(
            b"[1, , ]",
            ProblemKind.INVALID_JSON,
            7,
            "comma before a closing bracket",
            id="two trailing commas",
        ),
        pytest.param(
            b"{'a':1}",
            ProblemKind.INVALID_JSON,
            2,
            "double quotes, not in single ones",
            id="a Python dictionary",
        ),
        pytest.param(
            b"{a:1}",
            ProblemKind.INVALID_JSON,
            2,
            "a key must stand in double quotes",
            id="a bare key",
        ),
        pytest.param(
            b'{"a":1 "b":2}',
            ProblemKind.INVALID_JSON,
            8,
            "a comma or the end",
            id="a missing comma",
        ),
        pytest.param(
            b'{"a" 1}', ProblemKind.INVALID_JSON, 6, "a colon", id="a missing colon"
        ),
        pytest.param(
            b'{"a":}', ProblemKind.INVALID_JSON, 6, "a value", id="a missing value"
        ),
        pytest.param(
            b'{"a":1} {"a":2}',
            ProblemKind.INVALID_JSON,
            9,
            "more follows",
            id="two objects on a line",
        ),
        pytest.param(
            b'{"a":"\t"}',
            ProblemKind.INVALID_JSON,
            7,
            "control character",
            id="a raw tab",
        ),
        pytest.param(
            b'{"a":"\\x"}', ProblemKind.INVALID_JSON, 7, "backslash", id="a bad escape"
        ),
        pytest.param(
            b'{"a":"\\u12"}',
            ProblemKind.INVALID_JSON,
            8,
            "four hexadecimal digits",
            id="a short \\u escape",
        ),
        pytest.param(
            b'{"a":"x',
            ProblemKind.INVALID_JSON,
            6,
            "string that starts here",
            id="an open string",
        ),
        pytest.param(
            b'{"a":[',
            ProblemKind.INVALID_JSON,
            7,
            "line ends inside",
            id="a cut line",
        ),
        pytest.param(
            b"[" * 100_000,
            ProblemKind.INVALID_JSON,
            None,
            "nested too deeply",
            id="endless nesting",
        ),
        pytest.param(
            b'{"a":NaN}', ProblemKind.INVALID_JSON, None, "NaN", id="not a number"
        ),
        pytest.param(
            b"1" * 10_000,
            ProblemKind.INVALID_JSON,
            None,
            "too many digits",
            id="an endless number",
        ),
    ],
)
def test_reason_and_column(
    line: bytes, kind: ProblemKind, column: int | None, words: str
) -> None:
    """A line that is no JSON is located to the character."""
    value, problem = decode(line, 3)

    assert value is None
    assert problem is not None
    assert (problem.kind, problem.line, problem.column) == (kind, 3, column)
    assert words in problem.message


def test_json_is_returned() -> None:
    """A line that is JSON is its value, without a problem."""
    assert decode('{"a": [1, "ä"]}'.encode(), 1) == ({"a": [1, "ä"]}, None)


def test_reason_never_quotes_the_line() -> None:
    """A training text does not leave through a message."""
    _, problem = decode(b'{"contents": secret}', 1)

    assert "secret" not in str(problem)
