"""Bars in long format, CSV or Parquet: read, checked, laid on the steps.

A file holds one row per instrument and session (`date`), or per instrument and shorter
bar (`start` and `end`, or `bar_start_utc` and `bar_end_utc`; one of the two is enough),
and `symbol,open,high,low,close,volume`. Other columns, and instruments that nobody asked
for, are passed over.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np

from steelyard.feeds.calendar import Anchor, Sessions, Steps, cut_steps
from steelyard.feeds.faults import Faults, did_you_mean, shown
from steelyard.feeds.instants import (
    ALLOWED_DAY,
    ALLOWED_INSTANT,
    DAY_NS,
    day_number,
    day_of,
    length_ns,
    parse_day,
    parse_instant,
    to_ns,
)
from steelyard.feeds.table import Range, Table, numbers, read_table, require
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Bars

MAX_PRICE = 1e8
"""A hundred times the dearest share there is; in ticks of a cent far inside int64."""
MAX_VOLUME = 1e13
"""A thousand times the busiest session of all United States shares together."""

PRICES = ("open", "high", "low", "close")
_VALUES = (*PRICES, "volume")
_PRICE = Range(0.0, MAX_PRICE, f"a price is above 0 and at most {MAX_PRICE:.0e}", above_low=True)
_VOLUME = Range(0.0, MAX_VOLUME, f"a volume is from 0 to {MAX_VOLUME:.0e}")
_TIME_NAMES = (("start", "end"), ("bar_start_utc", "bar_end_utc"))


class BarRows(NamedTuple):
    """The rows of a bar file that were asked for; arrays of shape (n_rows,)."""

    path: Path
    symbols: tuple[str, ...]
    strangers: frozenset[str]
    """Symbols of the file that were not asked for."""
    line: Sequence[int]
    column: Ints
    """Index into `symbols`."""
    start: Ints
    """UTC nanoseconds; for session bars the day, as is `end`."""
    end: Ints
    value: Floats
    """Open, high, low, close, volume; shape (n_rows, 5)."""
    daily: bool

    def day(self) -> Ints:
        """Give each row's day (of shorter bars: in UTC), days since 1970-01-01."""
        return self.start if self.daily else self.start // DAY_NS

    def select(self, keep: Bools) -> "BarRows":
        """Give the rows where `keep` is true."""
        rows = np.flatnonzero(keep)
        return self._replace(
            line=[self.line[row] for row in rows.tolist()],
            column=self.column[rows],
            start=self.start[rows],
            end=self.end[rows],
            value=self.value[rows],
        )


def read_bars(path: Path, symbols: Sequence[str], interval: timedelta | None) -> BarRows:
    """Read the bars of these instruments.

    Args:
        path: CSV, or by its suffix Parquet.
        symbols: Instruments asked for; each must be in the file.
        interval: Length of a bar; None: a session.

    Raises:
        DataError: The file is not as it must be; every fault is told, up to 20.
    """
    faults = Faults(path)
    table = read_table(path, faults)
    require(table, ("symbol", *_VALUES), faults)
    if interval is None:
        require(table, ("date",), faults)
    index = {symbol: column for column, symbol in enumerate(symbols)}
    held = set(table.columns["symbol"])
    _check_symbols(symbols, held, faults)
    table = table.only([i for i, each in enumerate(table.columns["symbol"]) if each in index])
    column = np.array([index[each] for each in table.columns["symbol"]], dtype=np.int64)
    start, end = _days(table, faults) if interval is None else _instants(table, interval, faults)
    values = [numbers(table, name, _PRICE, faults) for name in PRICES]
    values.append(numbers(table, "volume", _VOLUME, faults))
    strangers = frozenset(str(each) for each in held - set(symbols))
    rows = BarRows(
        path, tuple(symbols), strangers, table.line, column, start, end,
        np.column_stack(values), interval is None,
    )  # fmt: skip
    _check_shape(rows, faults)
    _check_order(rows, faults)
    faults.raise_any()
    return rows


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
    matrices = [np.full(shape, np.nan) for _ in _VALUES]
    for matrix, value in zip(matrices, rows.value.T, strict=True):
        matrix[step, rows.column] = value
    ones = np.ones(shape, dtype=np.int64)
    ohlcv = dict(zip(_VALUES, matrices, strict=True))
    return Bars(
        steps.start, steps.end, steps.session, **ohlcv,
        split_new=ones, split_old=ones.copy(), dividend=np.zeros(shape),
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
    faults = Faults(rows.path)
    for column, symbol in enumerate(rows.symbols):
        for first, last in _runs(missing[:, column]):
            line = _line_after(rows, column, bars, last)
            found = f"{symbol!r} has no bar {_span(bars, first, last, daily=rows.daily)}"
            hint = "mend the file, state listed_until, or say gaps: hold in market"
            faults.add(line, found, "no session may be missing (gaps: fail)", hint)
    faults.raise_any()
    return 0


def _check_symbols(symbols: Iterable[str], held: set[object], faults: Faults) -> None:
    known = [str(each) for each in held]
    for symbol in symbols:
        if symbol not in held:
            hint = did_you_mean(symbol, known)
            faults.add(0, f"symbol {symbol!r} is asked for", "no row has it", hint)


def _days(table: Table, faults: Faults) -> tuple[Ints, Ints]:
    known: dict[object, int] = {}
    day = np.zeros(len(table.line), dtype=np.int64)
    for row, value in enumerate(table.columns["date"]):
        if value not in known:
            try:
                known[value] = day_number(parse_day(value))
            except ValueError as error:
                faults.add(table.line[row], f"date {error}", ALLOWED_DAY)
                continue
        day[row] = known[value]
    return day, day


def _instants(table: Table, interval: timedelta, faults: Faults) -> tuple[Ints, Ints]:
    length = length_ns(interval)
    pairs = [pair for pair in _TIME_NAMES if any(name in table.columns for name in pair)]
    if not pairs:
        hint = "market.interval: session reads column 'date'" if "date" in table.columns else ""
        faults.stop(1, "columns 'start' and 'end' are missing", hint=hint)
    first, last = (
        _instant_column(table, name, faults) if name in table.columns else None for name in pairs[0]
    )
    start = last - length if first is None and last is not None else first
    end = first + length if last is None and first is not None else last
    if start is None or end is None:
        faults.stop(1, "columns 'start' and 'end' are missing")
    known = (start != 0) & (end != 0)
    for row in np.flatnonzero(known & ((end <= start) | (end - start > length))).tolist():
        found = f"the bar lasts {timedelta(microseconds=int(end[row] - start[row]) // 1000)}"
        faults.add(table.line[row], found, f"market.interval is {interval}")
    return start, end


def _instant_column(table: Table, name: str, faults: Faults) -> Ints:
    known: dict[object, int] = {}
    found = np.zeros(len(table.line), dtype=np.int64)
    for row, value in enumerate(table.columns[name]):
        if value not in known:
            try:
                known[value] = to_ns(parse_instant(value))
            except ValueError as error:
                faults.add(table.line[row], f"{name} {error}", ALLOWED_INSTANT)
                continue
        found[row] = known[value]
    return found


def _check_shape(rows: BarRows, faults: Faults) -> None:
    opens, high, low, close, _ = rows.value.T
    sound = _PRICE.holds(rows.value[:, :-1]).all(axis=1)
    for row in np.flatnonzero(sound & (high < low)).tolist():
        found = f"high was {shown(float(high[row]))} and low {shown(float(low[row]))}"
        faults.add(rows.line[row], found, "high is never below low")
    for name, price in (("open", opens), ("close", close)):
        for row in np.flatnonzero(
            sound & (low <= high) & ((price < low) | (price > high))
        ).tolist():
            found = f"{name} was {shown(float(price[row]))}"
            inside = f"it lies from low {low[row]!s} to high {high[row]!s}"
            faults.add(rows.line[row], found, inside)


def _check_order(rows: BarRows, faults: Faults) -> None:
    """Note rows that stand twice, or behind a later one of the same instrument."""
    for column, symbol in enumerate(rows.symbols):
        mine = np.flatnonzero((rows.column == column) & (rows.start != 0))
        start = rows.start[mine]
        newest = np.maximum.accumulate(start)
        _, first_of, kind = np.unique(start, return_index=True, return_inverse=True)
        for place in (np.flatnonzero(start[1:] <= newest[:-1]) + 1).tolist():
            row, earlier = int(mine[place]), int(first_of[kind[place]])
            found = f"{symbol!r} {_when(rows, row)} stands"
            if earlier < place:
                line = rows.line[int(mine[earlier])]
                faults.add(rows.line[row], f"{found} twice, first in line {line}")
            else:
                allowed = "rows of an instrument ascend in time"
                faults.add(rows.line[row], f"{found} behind a later row", allowed)


def _check_on_step(rows: BarRows, step: Ints, sessions: Sessions) -> None:
    faults = Faults(rows.path)
    for row in np.flatnonzero(step < 0).tolist():
        what = "a session" if rows.daily else "a bar of market.interval within a session"
        symbol = rows.symbols[rows.column[row]]
        faults.add(
            rows.line[row], f"{symbol!r} {_when(rows, row)} is not {what} of {sessions.name}"
        )
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


def _when(rows: BarRows, row: int) -> str:
    if rows.daily:
        return f"on {day_of(rows.start[row])}"
    return f"at {np.datetime64(int(rows.start[row]), 'ns').astype('datetime64[s]')}Z"


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


def last_days(rows: BarRows) -> Mapping[str, int]:
    """Give the day of each instrument's last row in the file, days since 1970-01-01."""
    day = rows.day()
    return {
        symbol: int(day[rows.column == column].max()) for column, symbol in enumerate(rows.symbols)
    }
