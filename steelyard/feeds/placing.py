"""Bars on their steps: where each row belongs, and where one is missing."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import numpy as np

from steelyard.feeds.bars import VALUES, BarRows, when
from steelyard.feeds.calendar import Anchor, Sessions, Steps, cut_steps
from steelyard.feeds.faults import Faults
from steelyard.feeds.instants import day_of
from steelyard.types.arrays import Bools, Ints
from steelyard.types.market import Bars


def fit_steps(rows: BarRows, sessions: Sessions, interval: timedelta | None) -> Steps:
    """Cut sessions into the steps that the rows' bars show.

    Shorter bars are counted from the session's open, or end at whole intervals of the
    exchange's clock: the way on which more of the rows lie.
    """
    anchors: tuple[Anchor, ...] = ("open",) if interval is None else ("open", "clock")
    cuts = [cut_steps(sessions, interval, anchor) for anchor in anchors]
    hits = [np.count_nonzero(_step_of(rows, sessions, steps) >= 0) for steps in cuts]
    return cuts[int(np.argmax(hits))]


def within_sessions(rows: BarRows, sessions: Sessions) -> tuple[BarRows, int]:
    """Leave out shorter bars that lie wholly outside the sessions: before or after hours.

    Session bars stay: one on a day without a session is a fault, which `lay_on_steps` tells.

    Returns:
        The rows kept, and how many are not.
    """
    if rows.daily:
        return rows, 0
    session = np.minimum(
        np.searchsorted(sessions.close, rows.start, side="right"), len(sessions.day) - 1
    )
    inside = (rows.end > sessions.open[session]) & (rows.start < sessions.close[session])
    return rows.select(inside), int(np.count_nonzero(~inside))


def lay_on_steps(rows: BarRows, sessions: Sessions, steps: Steps) -> Bars:
    """Put each row in its step; no splits and no dividends yet.

    Args:
        rows: What was read; rows after the last step's day are left out.
        sessions: Those of the steps, and at least one more.
        steps: What to lay the rows on.

    Raises:
        DataError: A row lies on no step.
    """
    after = np.searchsorted(sessions.day, steps.session[-1], side="right")
    in_time = rows.start < sessions.day[after] if rows.daily else rows.end <= sessions.open[after]
    rows = rows.select(in_time)
    step = _step_of(rows, sessions, steps)
    _check_on_step(rows, step, sessions)
    shape = (len(steps.end), len(rows.symbols))
    matrices = [np.full(shape, np.nan) for _ in VALUES]
    for matrix, value in zip(matrices, rows.value.T, strict=True):
        matrix[step, rows.column] = value
    ones = np.ones(shape, dtype=np.int64)
    ohlcv = dict(zip(VALUES, matrices, strict=True))
    return Bars(
        steps.start, steps.end, steps.session, **ohlcv,
        split_new=ones, split_old=ones.copy(), dividend=np.zeros(shape),
        halted=np.zeros(shape, np.bool_), cash_out=np.full(shape, np.nan),
    )  # fmt: skip


def check_gaps(rows: BarRows, bars: Bars, wanted: Bools, *, hold: bool) -> int:
    """Refuse, or count, the bars that are missing.

    Args:
        rows: Where the bars come from.
        bars: The same, laid on steps.
        wanted: Where a bar must be, shape (n_steps, n_instruments).
        hold: Whether the scenario says that gaps are held.

    Returns:
        How many bars are missing; 0 unless `hold`.

    Raises:
        DataError: A bar is missing and `hold` is false.
    """
    missing = wanted & np.isnan(bars.close)
    if hold:
        return int(np.count_nonzero(missing))
    faults = Faults(rows.source)
    for column, symbol in enumerate(rows.symbols):
        for first, last in _runs(missing[:, column]):
            line = _line_after(rows, column, bars, last)
            found = f"{symbol!r} has no bar {_span(bars, first, last, daily=rows.daily)}"
            hint = "mend the file, state listed_until, or say gaps: hold in market"
            faults.add(line, found, "no session may be missing (gaps: fail)", hint)
    faults.raise_any()
    return 0


def check_ticks(rows: BarRows, bars: Bars, tick: Sequence[float]) -> None:
    """Refuse prices below one tick, which would be worth nothing once counted in ticks.

    Args:
        rows: Where the bars come from.
        bars: The same, laid on steps, as quoted on the day.
        tick: Of each instrument, in the currency.

    Raises:
        DataError: There is one.
    """
    faults = Faults(rows.source)
    for column, symbol in enumerate(rows.symbols):
        below = np.flatnonzero(bars.low[:, column] < tick[column])
        if len(below):
            session, low = day_of(bars.session[below[0]]), float(bars.low[below[0], column])
            found = f"low of {symbol!r} was {low!r} on {session}"
            faults.add(0, found, f"its tick is {tick[column]!r}", "state a smaller tick")
    faults.raise_any()


def _check_on_step(rows: BarRows, step: Ints, sessions: Sessions) -> None:
    faults = Faults(rows.source)
    hint = "leave it out, or name in market.calendar the exchange whose sessions these are"
    for row in np.flatnonzero(step < 0).tolist():
        what = "a session" if rows.daily else "a bar of market.interval within a session"
        symbol = rows.symbols[rows.column[row]]
        found = f"{symbol!r} {when(rows, row)} is not {what} of {sessions.name}"
        faults.add(rows.line[row], found, hint=hint)
        hint = ""  # said once
    faults.raise_any()


def _step_of(rows: BarRows, sessions: Sessions, steps: Steps) -> Ints:
    """Give each row's step, -1 where it has none, shape (n_rows,)."""
    if rows.daily:
        step = np.minimum(np.searchsorted(steps.session, rows.start), len(steps.session) - 1)
        return np.where(steps.session[step] == rows.start, step, -1)
    nearest = np.searchsorted(sessions.close, rows.start, side="right")
    session = np.minimum(nearest, len(sessions.day) - 1)
    # The first and the last bar of a session may be labelled beyond it: 09:00 for 09:30.
    start = np.maximum(rows.start, sessions.open[session])
    end = np.minimum(rows.end, sessions.close[session])
    step = np.minimum(np.searchsorted(steps.start, start), len(steps.start) - 1)
    return np.where((steps.start[step] == start) & (steps.end[step] == end), step, -1)


def _runs(flags: Bools) -> Iterable[tuple[int, int]]:
    """Give first and last index of each run of true flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(after) - 1) for first, after in edges.reshape(-1, 2)]


def _span(bars: Bars, first: int, last: int, *, daily: bool) -> str:
    begin, until = day_of(bars.session[first]), day_of(bars.session[last])
    unit = "sessions" if daily else "bars"
    if first == last:
        return f"on {begin}"
    return f"in {last - first + 1} {unit} from {begin} to {until}"


def _line_after(rows: BarRows, column: int, bars: Bars, last: int) -> int:
    """Give the line of the instrument's first row after step `last`, else of its last row."""
    mine = np.flatnonzero(rows.column == column)
    until = bars.session[last] if rows.daily else bars.start[last]
    later = mine[rows.start[mine] > until]
    return rows.line[int(later[0] if len(later) else mine[-1])]
