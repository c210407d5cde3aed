"""Repeated rows: found among many, with their lines, in little memory."""

from collections.abc import Iterator

import pytest

from pulumi_tuning.dataset import duplicates
from pulumi_tuning.dataset.duplicates import RowDigests, first_pairs


def _digests(rows: list[bytes], most_lines: int = 1000) -> RowDigests:
    digests = RowDigests(most_lines)
    digests.add(rows)
    return digests


def test_repetitions_have_both_lines() -> None:
    """A repetition is told with the line that it repeats first."""
    digests = _digests([b"a", b"b", b"a", b"c", b"a", b"b"])

    assert sorted(digests.repeated()) == [(3, 1), (5, 1), (6, 2)]


def test_lines_that_are_no_rows_do_not_repeat() -> None:
    """Empty lines are no repetitions of one another."""
    assert list(_digests([b"", b"a", b"", b""]).repeated()) == []


def test_different_rows_do_not_repeat() -> None:
    """Rows that differ in one byte are different rows."""
    rows = [b"row %d" % number for number in range(1000)]

    assert list(_digests(rows).repeated()) == []


def test_lines_beyond_the_bound_are_not_compared() -> None:
    """Memory is bounded: later lines are left out, earlier ones still compared."""
    digests = _digests([b"a", b"b", b"a", b"b"], most_lines=3)
    digests.add([b"a", b"a"])

    assert list(digests.repeated()) == [(3, 1)]
    assert len(digests.digests) == 3


def test_shared_rows_have_both_lines() -> None:
    """A row of both data sets is told with its line here and its first line there."""
    here = _digests([b"x", b"a", b"", b"b", b"a"])
    there = _digests([b"", b"b", b"a", b"y", b"a"])

    assert sorted(here.shared_with(there)) == [(2, 3), (4, 2), (5, 3)]


def test_data_sets_of_their_own_share_nothing() -> None:
    """Two data sets without a common row share none."""
    assert list(_digests([b"a", b""]).shared_with(_digests([b"b", b""]))) == []


def test_many_rows_are_compared_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Repetitions are found wherever they stand among more rows than one group."""
    monkeypatch.setattr(duplicates, "_GROUP", 1_000)
    rows = [b"row %d" % number for number in range(26_000)]
    rows[25_999] = rows[0]
    rows[13_001] = rows[13_000]
    digests = _digests(rows, most_lines=26_000)

    assert sorted(digests.repeated()) == [(13_002, 13_001), (26_000, 1)]
    assert sorted(digests.shared_with(_digests(rows[13_000:13_001]))) == [
        (13_001, 1),
        (13_002, 1),
    ]


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([], ([], 0), id="none"),
        pytest.param([(9, 1), (3, 2)], ([(3, 2), (9, 1)], 2), id="in order"),
        pytest.param(
            [(5, 1), (9, 1), (2, 1), (7, 1)], ([(2, 1), (5, 1)], 4), id="the first two"
        ),
    ],
)
def test_first_pairs_are_those_of_the_first_lines(
    pairs: list[tuple[int, int]], expected: tuple[list[tuple[int, int]], int]
) -> None:
    """The lowest lines are kept, and all are counted."""
    assert first_pairs(pairs, most=2) == expected


def test_first_pairs_keep_few_of_many() -> None:
    """Counting a hundred thousand pairs keeps two of them."""

    def pairs() -> Iterator[tuple[int, int]]:
        yield from ((line, 1) for line in range(2, 100_002))

    assert first_pairs(pairs(), most=2) == ([(2, 1), (3, 1)], 100_000)
