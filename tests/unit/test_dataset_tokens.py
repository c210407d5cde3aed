"""The token estimate: its method, its margin, and its correction by real statistics."""

import ast
import inspect
import statistics
import string
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pulumi_tuning.dataset.tokens import (
    CORRECTED_MARGIN,
    MARGIN,
    TokenEstimate,
    TokenMeter,
    count_tokens,
)


def _docstrings() -> list[str]:
    """Return real English: the docstrings of modules of the standard library."""
    return [
        docstring
        for module in (ast, inspect, statistics, string, textwrap)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.Module))
        if (docstring := ast.get_docstring(node)) is not None
    ]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("", 0, id="nothing"),
        pytest.param("one two three", 3, id="short words"),
        pytest.param("internationalisation", 3, id="a long word"),
        pytest.param("2026", 4, id="digits count one by one"),
        pytest.param("Yes, no.", 4, id="punctuation"),
        pytest.param("-" * 40, 3, id="a ruler"),
        pytest.param("if x:\n    return", 6, id="code"),
        pytest.param("Schifffahrtsgesellschaft", 3, id="German"),
        pytest.param("привет", 2, id="Cyrillic"),
        pytest.param("東京都", 2, id="ideographs"),
        pytest.param("สวัสดี", 2, id="marks belong to their letters"),
        pytest.param("snake_case", 3, id="underscores"),
    ],
)
def test_text_is_counted_in_pieces(text: str, tokens: int) -> None:
    """A text is about as many tokens as it has pieces."""
    assert count_tokens(text) == tokens


def test_prose_meets_the_documented_rule_of_thumb() -> None:
    """A token of English is about four characters, and 100 are 60 to 80 words."""
    license_text = Path(__file__).parents[2] / "LICENSE"
    text = " ".join(license_text.read_text("utf-8").split())
    tokens = count_tokens(text)

    assert len(text) / tokens == pytest.approx(4, rel=MARGIN)
    assert 60 <= 100 * len(text.split()) / tokens <= 80


def test_technical_prose_stays_within_the_margin() -> None:
    """Docstrings, with code and indentation, are near the rule of thumb, too."""
    text = "\n".join(_docstrings())

    assert len(text) / count_tokens(text) == pytest.approx(4, rel=MARGIN)


@settings(deadline=None, database=None)
@given(text=st.text())
def test_no_text_has_more_tokens_than_bytes(text: str) -> None:
    """A line that has fewer bytes than tokens are allowed cannot have too many."""
    assert 0 <= count_tokens(text) <= len(text.encode())


def test_own_statistics_are_exact() -> None:
    """A job that has run on the same data set says how many tokens it has."""
    assert TokenEstimate(1000).corrected_by(1250) == TokenEstimate(1250, 0.0)


def test_other_statistics_correct_the_method() -> None:
    """A job on other data says how far the method is off on such data."""
    corrected = TokenEstimate(1000).corrected_by(600, estimated=500)

    assert corrected == TokenEstimate(1200, CORRECTED_MARGIN)


def test_empty_statistics_correct_nothing() -> None:
    """An estimate of nothing says nothing about the method."""
    assert TokenEstimate(1000).corrected_by(0, estimated=0) == TokenEstimate(1000)


def _meter(*blocks: list[bytes]) -> tuple[TokenMeter, list[int]]:
    """Return a meter of these blocks and the lines that it measured."""
    meter = TokenMeter()
    measured: list[int] = []
    first = 1
    for block in blocks:

        def count(index: int, first: int = first, block: list[bytes] = block) -> int:
            measured.append(first + index)
            return 2 * len(block[index])

        meter.add(block, first, count)
        first += len(block)
    return meter, measured


def test_first_lines_are_all_measured() -> None:
    """A small data set is measured in full, but for lines that are none."""
    meter, measured = _meter([b"a", b"", b"abc"])

    assert (meter.tokens, measured) == (8, [1, 3])


def test_few_lines_of_many_are_measured() -> None:
    """Of a million lines, some hundred are measured, in all parts."""
    meter, measured = _meter([b"row"] * 1_000_000)

    assert meter.tokens == 6_000_000
    assert len(measured) < 1000
    assert measured[-1] > 990_000


def test_each_stretch_counts_by_its_own() -> None:
    """Long lines at the end do not count as the short ones at the beginning."""
    meter = TokenMeter()
    meter.add([b"a"] * 4095, 1, lambda _: 1)
    meter.add([b"a" * 10] * 4096, 4096, lambda _: 5)

    assert meter.tokens == 4095 + 5 * 4096


def test_stretch_without_a_measure_is_as_the_others() -> None:
    """Lines of which none was measured have the tokens of as many other bytes."""
    meter = TokenMeter()
    meter.add([b"ab"] * 4095, 1, lambda _: 1)
    meter.add([b"", *[b"ab"] * 5], 4096, lambda _: 1)

    assert meter.tokens == 4095 + 5


def test_nothing_measured_is_no_text() -> None:
    """Without a measured line, only what is certain counts."""
    meter = TokenMeter()
    meter.add([b""], 1, lambda _: 1)
    meter.add_certain(258)

    assert meter.tokens == 258


@settings(deadline=None, database=None, max_examples=30)
@given(sizes=st.lists(st.integers(0, 700), max_size=8))
def test_measured_lines_do_not_depend_on_blocks(sizes: list[int]) -> None:
    """Whatever blocks the lines come in, the same ones are measured."""
    _, measured = _meter(*([b"row"] * size for size in sizes))
    _, at_once = _meter([b"row"] * sum(sizes))

    assert measured == at_once
