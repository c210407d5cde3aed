"""The clock: real time, and only through the methods of the protocol."""

import asyncio
from datetime import UTC, timedelta

import pytest

from pulumi_tuning.clock import Clock, SystemClock, parse_duration
from tests.support.fake_clock import FakeClock


def test_now_is_in_utc() -> None:
    """The current time knows that it is in UTC."""
    assert SystemClock().now().tzinfo is UTC


def test_sleep_blocks() -> None:
    """A sleep lets at least that much time pass."""
    clock = SystemClock()
    start = clock.monotonic()

    clock.sleep(0.01)

    assert clock.monotonic() - start >= 0.01


def test_sleep_async_suspends() -> None:
    """An asynchronous sleep lets at least that much time pass."""
    clock = SystemClock()
    start = clock.monotonic()

    asyncio.run(clock.sleep_async(0.01))

    assert clock.monotonic() - start >= 0.01


def test_clocks_are_clocks() -> None:
    """The real clock and that of the tests can stand for each other."""
    clocks: list[Clock] = [SystemClock(), FakeClock()]

    assert all(clock.monotonic() > 0 for clock in clocks)


def test_fake_clock_stands_still() -> None:
    """The clock of the tests moves only when it is slept on or advanced."""
    clock = FakeClock()
    start = clock.now()

    clock.sleep(3)
    asyncio.run(clock.sleep_async(4))
    clock.advance(5)

    assert clock.now() - start == timedelta(seconds=12)
    assert clock.sleeps == [3, 4]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("90s", 90, id="seconds"),
        pytest.param("1h30m", 5400, id="hours and minutes"),
        pytest.param("0.5h", 1800, id="half an hour"),
        pytest.param("500ms", 0.5, id="milliseconds"),
    ],
)
def test_duration(text: str, seconds: float) -> None:
    """A duration in Go's form is so many seconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("90", id="no unit"),
        pytest.param("1 h", id="a space"),
        pytest.param("1d", id="a unit that Go has not"),
        pytest.param("-5m", id="a sign"),
    ],
)
def test_no_duration(text: str) -> None:
    """What is no duration is refused with an example."""
    with pytest.raises(ValueError, match="write 6h"):
        parse_duration(text)
