"""Bars in long format, CSV or Parquet: read and checked.

A file holds one row per instrument and session (`date`), or per instrument and shorter
bar (`start` and `end`, or `bar_start_utc` and `bar_end_utc`; one of the two is enough),
and `symbol,open,high,low,close,volume`. Other columns, and instruments that nobody asked
for, are passed over.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from steelyard.errors import did_you_mean
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.instants import (
    ALLOWED_DAY,
    ALLOWED_INSTANT,
    day_number,
    day_of,
    length_ns,
    parse_day,
    parse_instant,
    to_ns,
)
from steelyard.feeds.renames import NO_RENAMES, Renames
from steelyard.feeds.source import Source, nth
from steelyard.feeds.table import Range, Table, numbers, read_table, require
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.units import DAY_NS

MAX_PRICE = 1e8
"""A hundred times the dearest share there is; in ticks of a cent far inside int64."""
MAX_VOLUME = 1e13
"""Hundreds of times the busiest session of all United States shares together."""

PRICES = ("open", "high", "low", "close")
VALUES = (*PRICES, "volume")
_PRICE = Range(0.0, MAX_PRICE, f"a price is above 0 and at most {MAX_PRICE:.0e}", above_low=True)
_VOLUME = Range(0.0, MAX_VOLUME, f"a volume is from 0 to {MAX_VOLUME:.0e}")
_TIME_NAMES = (("start", "end"), ("bar_start_utc", "bar_end_utc"))


class BarRows(NamedTuple):
    """The bars that were asked for; arrays of shape (n_rows,)."""

    source: Source
    symbols: tuple[str, ...]
    strangers: frozenset[str]
    """Symbols of the source that were not asked for."""
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


def read_bars(
    source: Source,
    symbols: Sequence[str],
    interval: timedelta | None,
    renames: Renames = NO_RENAMES,
) -> BarRows:
    """Read the bars of these instruments.

    Args:
        source: CSV, by its suffix Parquet, or what a feed gave.
        symbols: Instruments asked for; each must be there.
        interval: Length of a bar; None: a session.
        renames: By which rows of older symbols are found.

    Raises:
        DataError: The file is not as it must be; every fault is told, up to 20.
    """
    faults = Faults(source)
    table = read_table(source, faults)
    require(table, ("symbol", *VALUES), faults)
    if interval is None:
        require(table, ("date",), faults)
    table = renames.of_bars(table, faults)
    index = {symbol: column for column, symbol in enumerate(symbols)}
    held = set(table.columns["symbol"])
    _check_symbols(symbols, held, faults)
    table = table.only([i for i, each in enumerate(table.columns["symbol"]) if each in index])
    column = np.array([index[each] for each in table.columns["symbol"]], dtype=np.int64)
    if interval is None:
        start = end = _times(table, "date", _day, ALLOWED_DAY, faults)
    else:
        start, end = _instants(table, interval, faults)
    values = [numbers(table, name, _PRICE, faults) for name in PRICES]
    values.append(numbers(table, "volume", _VOLUME, faults))
    strangers = frozenset(str(each) for each in held - set(symbols))
    rows = BarRows(
        source, tuple(symbols), strangers, table.line, column, start, end,
        np.column_stack(values), interval is None,
    )  # fmt: skip
    _check_shape(rows, faults)
    _check_order(rows, faults)
    faults.raise_any()
    return rows


def when(rows: BarRows, row: int) -> str:
    """Say in a message when a row's bar is: `on 2004-03-01`, or `at` its first instant."""
    if rows.daily:
        return f"on {day_of(rows.start[row])}"
    return f"at {np.datetime64(int(rows.start[row]), 'ns').astype('datetime64[s]')}Z"


def last_days(rows: BarRows) -> Mapping[str, int]:
    """Give the day of each instrument's last row in the file, days since 1970-01-01."""
    day = rows.day()
    return {
        symbol: int(day[rows.column == column].max()) for column, symbol in enumerate(rows.symbols)
    }


def _check_symbols(symbols: Iterable[str], held: set[object], faults: Faults) -> None:
    known = [str(each) for each in held]
    for symbol in symbols:
        if symbol not in held:
            hint = did_you_mean(symbol, known)
            faults.add(0, f"symbol {symbol!r} is asked for", "no row has it", hint)


def _instants(table: Table, interval: timedelta, faults: Faults) -> tuple[Ints, Ints]:
    length = length_ns(interval)
    pairs = [pair for pair in _TIME_NAMES if any(name in table.columns for name in pair)]
    if not pairs:
        hint = "market.interval: session reads column 'date'" if "date" in table.columns else ""
        faults.stop(1, "columns 'start' and 'end' are missing", hint=hint)
    first, last = (
        _times(table, name, _instant, ALLOWED_INSTANT, faults) if name in table.columns else None
        for name in pairs[0]
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


def _times(
    table: Table, name: str, read: Callable[[object], int], allowed: str, faults: Faults
) -> Ints:
    """Read a column of times; 0 where there is none, which is noted."""
    known: dict[object, int] = {}
    found = np.zeros(len(table.line), dtype=np.int64)
    for row, value in enumerate(table.columns[name]):
        if value not in known:
            try:
                known[value] = read(value)
            except ValueError as error:
                faults.add(table.line[row], f"{name} {error}", allowed)
                continue
        found[row] = known[value]
    return found


def _day(value: object) -> int:
    return day_number(parse_day(value))


def _instant(value: object) -> int:
    return to_ns(parse_instant(value))


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
            found = f"{symbol!r} {when(rows, row)} stands"
            if earlier < place:
                first = nth(rows.source, rows.line[int(mine[earlier])])
                faults.add(rows.line[row], f"{found} twice, first in {first}")
            else:
                allowed = "rows of an instrument ascend in time"
                faults.add(rows.line[row], f"{found} behind a later row", allowed)
