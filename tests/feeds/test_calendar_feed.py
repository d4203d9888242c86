"""Sessions, steps and the instants of decision."""

from datetime import date, time, timedelta

import numpy as np
import pytest

from steelyard.errors import DataError
from steelyard.feeds.calendar import cut_steps, make_timing, open_sessions
from steelyard.feeds.instants import day_number

HALF_HOUR = timedelta(minutes=30)
HOUR = timedelta(hours=1)


def instants(*texts):
    """Give UTC nanoseconds of ISO texts."""
    return [int(np.datetime64(text, "ns").astype(np.int64)) for text in texts]


def nyse(first, last):
    """Give the New York sessions of these days."""
    sessions = open_sessions("XNYS", date.fromisoformat(first), date.fromisoformat(last))
    return sessions.between(*(day_number(date.fromisoformat(day)) for day in (first, last)))


def test_sessions_follow_holidays_summer_time_and_early_closes():
    """Good Friday is none; the clocks change in April; the day after Thanksgiving is short."""
    easter = nyse("2004-04-02", "2004-04-12")
    short = nyse("2003-11-28", "2003-11-28")

    assert [str(np.datetime64(int(day), "D")) for day in easter.day] == [
        "2004-04-02", "2004-04-05", "2004-04-06", "2004-04-07", "2004-04-08", "2004-04-12",
    ]  # fmt: skip
    assert easter.open[:2].tolist() == instants("2004-04-02T14:30", "2004-04-05T13:30")
    assert short.close.tolist() == instants("2003-11-28T18:00")


@pytest.mark.parametrize(
    ("day", "opens"),
    [
        ("2004-04-07", "2004-04-08T13:30"),
        ("2004-04-08", "2004-04-12T13:30"),
        ("2004-04-10", "2004-04-12T13:30"),
    ],
)
def test_the_next_open_is_of_a_later_day(day, opens):
    """A session's own open is never after its day."""
    sessions = nyse("2004-04-02", "2004-04-12")

    assert [sessions.open_after(day_number(date.fromisoformat(day)))] == instants(opens)


def test_a_session_is_cut_from_its_open():
    """Thirteen half hours a day, seven on an early close, and they touch."""
    steps = cut_steps(nyse("2003-11-26", "2003-11-28"), HALF_HOUR)

    assert np.bincount(np.unique(steps.session, return_inverse=True)[1]).tolist() == [13, 7]
    assert [steps.start[0], steps.end[0]] == instants("2003-11-26T14:30", "2003-11-26T15:00")
    assert [steps.start[-1], steps.end[-1]] == instants("2003-11-28T17:30", "2003-11-28T18:00")
    assert (steps.end[:12] == steps.start[1:13]).all()


def test_a_session_is_cut_at_whole_hours_of_the_exchange():
    """The first bar is the half hour before ten; 13:00 in New York is no UTC hour alone."""
    steps = cut_steps(nyse("2004-04-02", "2004-04-05"), HOUR, "clock")

    assert steps.end[:2].tolist() == instants("2004-04-02T15:00", "2004-04-02T16:00")
    assert steps.end[7:9].tolist() == instants("2004-04-05T14:00", "2004-04-05T15:00")
    assert len(steps.end) == 14


def test_the_last_step_of_a_session_ends_at_its_close():
    """An interval that does not divide the session leaves a shorter rest."""
    steps = cut_steps(nyse("2004-04-02", "2004-04-02"), HOUR)

    assert len(steps.end) == 7
    assert [steps.start[-1], steps.end[-1]] == instants("2004-04-02T20:30", "2004-04-02T21:00")


@pytest.mark.parametrize(
    ("decide_at", "interval", "as_of", "offsets"),
    [
        ("close", None, "2004-04-02T21:00", (0, 1, False)),
        ("open", None, "2004-04-02T14:30", (1, 0, True)),
        (time(9, 0), None, "2004-04-02T14:00", (1, 0, False)),
        (time(9, 30), None, "2004-04-02T14:30", (1, 0, False)),
        (time(10, 30), None, "2004-04-02T15:30", (1, 1, False)),
        (time(16, 0), None, "2004-04-02T21:00", (0, 1, False)),
        (time(17, 30), None, "2004-04-02T22:30", (0, 1, False)),
        ("close", HOUR, "2004-04-02T15:30", (0, 1, False)),
        ("open", HOUR, "2004-04-02T14:30", (1, 0, True)),
        (time(10, 30), HOUR, "2004-04-02T15:30", (0, 1, False)),
    ],
)
def test_timing_follows_the_table(decide_at, interval, as_of, offsets):
    """Each mode decides at its instant, knows what is over, and trades later."""
    sessions = nyse("2004-04-02", "2004-04-05")
    steps = cut_steps(sessions, interval)

    timing = make_timing(steps, decide_at, sessions, daily=interval is None)

    assert timing.as_of[:1].tolist() == instants(as_of)
    assert (timing.known_lag, timing.exec_offset, timing.exec_at_close) == offsets
    meets = steps.end if timing.exec_at_close else steps.start
    n_rows = len(meets) - timing.exec_offset
    assert (meets[timing.exec_offset :] >= timing.as_of[:n_rows]).all()
    assert (
        steps.end[: len(steps.end) - timing.known_lag] <= timing.as_of[timing.known_lag :]
    ).all()


@pytest.mark.parametrize(
    ("clock", "ends"),
    [
        (time(10, 30), ["2003-11-26T15:30", "2003-11-28T15:30"]),
        (time(11, 0), ["2003-11-26T15:30", "2003-11-28T15:30"]),
        (time(15, 0), ["2003-11-26T19:30", "2003-11-28T18:00"]),
        (time(9, 45), []),
    ],
)
def test_of_shorter_bars_one_a_session_decides(clock, ends):
    """The last bar that is over by then; after an early close its last one."""
    sessions = nyse("2003-11-26", "2003-11-28")
    steps = cut_steps(sessions, HOUR)

    timing = make_timing(steps, clock, sessions, daily=False)

    assert steps.end[timing.decides].tolist() == instants(*ends)
    assert (timing.as_of == steps.end).all()


def test_on_a_day_that_opens_late_the_decision_waits_for_the_open():
    """Where trade begins at noon, nobody knows a print of that day at 10:30."""
    steps = cut_steps(nyse("2004-04-01", "2004-04-05"), None)
    [noon] = instants("2004-04-02T17:00")
    late = np.array([steps.start[0], noon, steps.start[2]])

    timing = make_timing(
        steps._replace(start=late), time(10, 30), nyse("2004-04-01", "2004-04-05"), daily=True
    )

    assert timing.as_of.tolist() == instants(
        "2004-04-01T15:30", "2004-04-02T17:00", "2004-04-05T14:30"
    )


def test_a_time_after_the_next_open_is_refused():
    """Sessions of Chicago futures open the evening before: at 18:00 the next one is open."""
    sessions = open_sessions("CMES", date(2004, 3, 1), date(2004, 3, 5))

    with pytest.raises(
        DataError, match=r"market.decide_at was 18:00, which on \d{4}-\d\d-\d\d lies"
    ):
        make_timing(cut_steps(sessions, None), time(18), sessions, daily=True)


def test_a_calendar_that_does_not_reach_so_far_is_refused():
    """Its own words say how far it reaches."""
    with pytest.raises(DataError, match=r"market.calendar was 'XKRX': The XKRX holidays are only"):
        open_sessions("XKRX", date(1950, 1, 1), date(1951, 1, 1))
