"""Clocks: aware UTC, and no way back."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from steelyard.clock import FrozenClock, WallClock


def test_the_wall_clock_is_aware_and_in_utc():
    """No local time ever enters."""
    assert WallClock().now().tzinfo is UTC


def test_the_wall_clocks_seconds_never_run_backwards():
    """Two readings come in order."""
    clock = WallClock()

    assert clock.monotonic() <= clock.monotonic()


def test_a_frozen_clock_stands_until_it_is_moved():
    """It tells the instant it was given, in UTC, then that plus each step."""
    clock = FrozenClock(datetime(2008, 9, 29, 18, tzinfo=timezone(timedelta(hours=2))))
    first = clock.now()

    clock.advance(timedelta(minutes=5))

    assert first == datetime(2008, 9, 29, 16, tzinfo=UTC)
    assert (clock.now() - first, clock.monotonic()) == (timedelta(minutes=5), 300.0)


def test_a_frozen_clock_refuses_an_instant_without_zone():
    """Guessing a time zone would hide look-ahead."""
    with pytest.raises(ValueError, match="must carry a time zone"):
        FrozenClock(datetime(2008, 9, 29))  # noqa: DTZ001 - the fault under test


def test_a_frozen_clock_refuses_to_go_back():
    """Time does not run backwards."""
    with pytest.raises(ValueError, match="must not be negative"):
        FrozenClock(datetime(2008, 9, 29, tzinfo=UTC)).advance(timedelta(seconds=-1))
