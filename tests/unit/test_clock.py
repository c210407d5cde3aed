"""The clock: real time, and only through the methods of the protocol."""

import asyncio
from datetime import UTC, timedelta

from pulumi_tuning.clock import Clock, SystemClock
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
