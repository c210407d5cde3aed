"""Every operation of the real provider process under every fault of the service."""

import pytest

from tests.faults.faults import ANSWERS, CONNECTIONS, LISTS
from tests.faults.matrix import OPERATIONS, Operation, Row, as_table, run_matrix

pytestmark = [pytest.mark.provider, pytest.mark.timeout(300)]

FAULTS = (*ANSWERS, *LISTS, *CONNECTIONS)
AFTER_EFFECT = {
    "503 with effect",
    "cut after effect",
    "time-out after effect",
    "truncated JSON",
    "200 of another shape",
    "stale list",
}
"""Faults of the answer alone: the request was carried out."""

PASSING = {"429 rate", "slow"}
"""Faults that are over within the patience of one call."""


def expected_outcome(operation: Operation, fault: str) -> str:
    """Return what has to come of an operation under a fault."""
    if operation == "update":
        return "recorded"
    if operation == "diff":
        return "same"
    is_met = fault not in LISTS
    if operation == "create":
        return "recorded" if fault in AFTER_EFFECT | PASSING else "error"
    if operation == "read":
        if fault == "404 of the service":
            return "forgotten"
        return "error" if is_met and fault not in PASSING else "recorded"
    carried_out = fault in AFTER_EFFECT | PASSING
    return "cancelled" if carried_out or not is_met else "error"


def expected_posts(operation: Operation, fault: str) -> int:
    """Return how many create calls have to arrive."""
    if operation != "create" or fault in {*CONNECTIONS, "list unreadable"}:
        return 0
    return 3 if fault == "429 rate" else 1  # two of them were refused as too fast


def test_matrix(capsys: pytest.CaptureFixture[str]) -> None:
    """No fault starts a job twice, loses one, or changes a state that is in doubt."""
    rows = run_matrix()
    with capsys.disabled():
        print(f"\n{as_table(rows)}")  # noqa: T201 - the table is what a reader wants

    for operation in OPERATIONS:
        found = {row.fault: summary(row) for row in rows if row.operation == operation}
        assert found == {
            fault: (
                expected_outcome(operation, fault),
                expected_posts(operation, fault),
                int(operation == "create" and fault in AFTER_EFFECT | PASSING),
            )
            for fault in FAULTS
        }
    for row in rows:
        assert "\n" not in row.message
        assert "Traceback" not in row.message


def summary(row: Row) -> tuple[str, int, int]:
    """Return the part of a row that is always the same."""
    return row.outcome, row.posts, row.started
