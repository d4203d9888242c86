"""Sessions of an exchange, the steps they are cut into, and when decisions are made."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from steelyard.errors import DataError, did_you_mean
from steelyard.feeds.instants import day_of, length_ns, to_ns
from steelyard.log import without_warnings
from steelyard.types.arrays import Bools, Ints
from steelyard.types.market import Timing

DecideAt = Literal["close", "open"] | time
Anchor = Literal["open", "clock"]

_MARGIN = timedelta(days=14)
"""Longer than any exchange was shut (1914 apart): a day's next session is always there."""


class Sessions(NamedTuple):
    """Sessions of an exchange in order; arrays of shape (n_sessions,), not to be written to."""

    name: str
    zone: ZoneInfo
    day: Ints
    """Days since 1970-01-01."""
    open: Ints
    """UTC nanoseconds, as is `close`."""
    close: Ints

    def between(self, first: int, last: int) -> "Sessions":
        """Give the sessions of days `first` to `last`, days since 1970-01-01."""
        inside = slice(*np.searchsorted(self.day, [first, last + 1]))
        arrays = (self.day[inside], self.open[inside], self.close[inside])
        return Sessions(self.name, self.zone, *arrays)

    def open_after(self, day: int) -> int:
        """Give the open of the first session after a day, UTC nanoseconds.

        Raises:
            IndexError: No session was asked for that is so late.
        """
        return int(self.open[np.searchsorted(self.day, day, side="right")])


class Steps(NamedTuple):
    """The bars' intervals in order; all of shape (n_steps,)."""

    start: Ints
    """UTC nanoseconds, as is `end`."""
    end: Ints
    session: Ints
    """Days since 1970-01-01."""


@lru_cache(maxsize=8)
def open_sessions(calendar: str, first: date, last: date) -> Sessions:
    """Give an exchange's sessions from `first` to `last`, and some days to each side.

    Importing `exchange_calendars` takes about 1.3 s, thirteen years of XNYS 0.15 s.

    Raises:
        DataError: The calendar is not known, or does not reach so far.
    """
    import exchange_calendars
    from exchange_calendars.errors import CalendarError

    try:
        # exchange_calendars 4.13 uses what pandas 3.1 deprecates, which is not ours to mend.
        with without_warnings(DeprecationWarning):
            found = exchange_calendars.get_calendar(
                calendar, start=str(first - _MARGIN), end=str(last + _MARGIN)
            )
    except (CalendarError, ValueError) as error:
        hint = did_you_mean(calendar, exchange_calendars.get_calendar_names())
        reason = str(error).rstrip(".")
        raise DataError(f"market.calendar was {calendar!r}: {reason}", hint=hint) from error
    arrays = (
        found.sessions.to_numpy().astype("datetime64[D]").astype(np.int64),
        *(
            edge.dt.tz_convert(None).to_numpy().astype("datetime64[ns]").astype(np.int64)
            for edge in (found.opens, found.closes)
        ),
    )
    for array in arrays:
        array.flags.writeable = False
    return Sessions(calendar, ZoneInfo(str(found.tz)), *arrays)


def cut_steps(sessions: Sessions, interval: timedelta | None, anchor: Anchor = "open") -> Steps:
    """Cut sessions into steps.

    Args:
        sessions: The sessions to cut; an early close ends its last step early.
        interval: Length of a step; None: one step a session.
        anchor: Whether steps are counted from the session's open, or end at whole
            intervals of the exchange's clock (09:30 to 10:00, 10:00 to 11:00 ...).
    """
    if interval is None:
        return Steps(sessions.open.copy(), sessions.close.copy(), sessions.day.copy())
    length = length_ns(interval)
    starts = []
    for day, opens, closes in zip(sessions.day, sessions.open, sessions.close, strict=True):
        base = opens if anchor == "open" else at_time(sessions.zone, day, time())
        first_edge = opens + length - (opens - base) % length
        starts.append(np.concatenate([[opens], np.arange(first_edge, closes, length)]))
    counts = [len(each) for each in starts]
    start = np.concatenate(starts).astype(np.int64)
    close = np.repeat(sessions.close, counts)
    is_last = np.append(np.diff(close) != 0, np.True_)
    end = np.where(is_last, close, np.append(start[1:], 0))
    return Steps(start, end, np.repeat(sessions.day, counts))


def at_time(zone: ZoneInfo, day: int, clock: time) -> int:
    """Give the instant at which the exchange's clock shows a time, UTC nanoseconds."""
    return to_ns(datetime.combine(day_of(day), clock, tzinfo=zone))


def make_timing(steps: Steps, decide_at: DecideAt, sessions: Sessions, *, daily: bool) -> Timing:
    """Say when each step decides; the table stands at `Timing`.

    Shorter bars and a time of day: only the last bar that has ended by then decides, as
    of its end, for the next bar opens there. A session shorter than that decides at its
    last bar, one that starts later does not decide.

    Raises:
        DataError: Orders would meet a price older than the decision.
    """
    always = np.ones(len(steps.end), dtype=np.bool_)
    if decide_at == "close":
        return Timing(steps.end.copy(), always, 0, 1, exec_at_close=False)
    if decide_at == "open":
        return Timing(steps.start.copy(), always, 1, 0, exec_at_close=True)
    if not daily:
        decides = _last_ended_by(steps, decide_at, sessions.zone)
        return Timing(steps.end.copy(), decides, 0, 1, exec_at_close=False)
    as_of = np.array([at_time(sessions.zone, day, decide_at) for day in steps.session], np.int64)
    late = np.flatnonzero(as_of[:-1] > steps.start[1:])
    early = np.flatnonzero(as_of[1:] < steps.end[:-1])
    if len(late) or len(early):
        session = day_of(steps.session[(late if len(late) else early + 1)[0]])
        raise DataError(
            f"market.decide_at was {decide_at:%H:%M}, which on {session} lies outside the time "
            f"from the close of the session before to the open of the next ({sessions.name})"
        )
    return _within_a_day(steps, as_of)


def _within_a_day(steps: Steps, as_of: Ints) -> Timing:
    """Say what session bars tell, and which open is the next, at a time of day.

    It lies before the open, within the session, or after the close as it does on most days.
    On a day that opens later than usual, the decision waits for the open, whose fills are
    part of the book; where it comes before the open, it never does so later.
    """
    always = np.ones(len(as_of), dtype=np.bool_)
    if np.all(as_of >= steps.end):
        return Timing(as_of, always, 0, 1, exec_at_close=False)
    if np.median(as_of - steps.start) <= 0:
        return Timing(np.minimum(as_of, steps.start), always, 1, 0, exec_at_close=False)
    return Timing(np.maximum(as_of, steps.start), always, 1, 1, exec_at_close=False)


def _last_ended_by(steps: Steps, clock: time, zone: ZoneInfo) -> Bools:
    days, first = np.unique(steps.session, return_index=True)
    latest = np.repeat(
        np.array([at_time(zone, day, clock) for day in days], np.int64),
        np.diff(np.append(first, len(steps.session))),
    )
    ended = steps.end <= latest
    next_ended = np.append(ended[1:] & (np.diff(steps.session) == 0), np.False_)
    last: Bools = ended & ~next_ended
    return last
