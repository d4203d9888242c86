"""Progress: a moving line on a terminal, plain lines now and then elsewhere."""

import io
from datetime import UTC, datetime, timedelta

import pytest

from steelyard.clock import FrozenClock
from steelyard.report.progress import ProgressLine


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


@pytest.fixture
def clock():
    """Give a clock that stands still."""
    return FrozenClock(datetime(2008, 9, 29, tzinfo=UTC))


def walk(stream, clock, *, seconds, total=100):
    """Tell of `total` parts done at an even pace."""
    line = ProgressLine(stream, clock)
    for done in range(total + 1):
        line("asking", done, total)
        clock.advance(timedelta(seconds=seconds / total))
    line.close()
    return stream.getvalue()


def test_no_terminal_gets_at_most_a_plain_line_every_five_seconds(clock):
    """No carriage return; what is done, and what is left at this pace."""
    lines = walk(io.StringIO(), clock, seconds=20).splitlines()

    assert lines == [
        "asking: 25% after 5 s, about 15 s left",
        "asking: 50% after 10 s, about 10 s left",
        "asking: 75% after 15 s, about 5 s left",
        "asking: 100% after 20 s",
    ]


def test_a_short_run_is_silent_where_there_is_no_terminal(clock):
    """Nobody waits for less than five seconds."""
    assert walk(io.StringIO(), clock, seconds=4) == ""


def test_a_terminal_gets_one_moving_line_that_is_cleared(clock):
    """No line is ended, and nothing is left of it."""
    shown = walk(Terminal(), clock, seconds=20)

    assert "\n" not in shown
    assert shown.endswith("\r")
    assert shown.split("\r")[-2].strip() == ""


def test_what_is_left_is_told_by_the_pace_of_the_present_part(clock):
    """A slow beginning does not make what follows look slow."""
    stream = io.StringIO()
    line = ProgressLine(stream, clock)
    line("reading", 0, 1)
    clock.advance(timedelta(seconds=60))
    line("asking", 0, 10)
    clock.advance(timedelta(seconds=10))
    line("asking", 5, 10)

    assert stream.getvalue().splitlines()[-1] == "asking: 50% after 70 s, about 10 s left"
