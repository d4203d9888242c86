"""Observations by vintage: what a figure was said to be, and from when that was known.

A CSV or Parquet file `series,period,value,known_at,vintage`; any dated series comes in
this form. Vintage `first` is the figure as first published, `revised` one that was not
yet known at its time.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from steelyard.errors import did_you_mean
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.instants import ALLOWED_INSTANT, parse_instant, to_ns
from steelyard.feeds.source import Source, nth
from steelyard.feeds.table import Range, Table, numbers, read_table, require
from steelyard.types.market import Series

MAX_VALUE = 1e15
"""Above any macro figure there is, in units."""

_COLUMNS = ("series", "period", "value", "known_at", "vintage")
_VALUE = Range(-MAX_VALUE, MAX_VALUE, f"a value is a number within {MAX_VALUE:.0e} of 0")
_VINTAGES = ("first", "revised")


class ObservationRow(NamedTuple):
    """One figure of a series."""

    known_at: int
    """UTC nanoseconds."""
    period: str
    value: float
    vintage: Any
    line: int


def read_observations(source: Source, *, allow_revised: bool) -> dict[str, Series]:
    """Read the series of a source, each ordered by `known_at`, then `period`.

    Args:
        source: CSV, by its suffix Parquet, or what a feed gave.
        allow_revised: Whether the scenario takes figures that were revised later.

    Raises:
        DataError: The file is not as it must be; every fault is told, up to 20.
    """
    faults = Faults(source)
    table = read_table(source, faults)
    require(table, _COLUMNS, faults)
    by_series = _rows_by_series(table, faults, allow_revised=allow_revised)
    for name, rows in by_series.items():
        _check_series(name, rows, faults)
    faults.raise_any()
    return {name: _series(sorted(rows)) for name, rows in sorted(by_series.items())}


def merge_series(found_in: Sequence[tuple[Source, dict[str, Series]]]) -> dict[str, Series]:
    """Put the series of several sources together.

    Raises:
        DataError: Two of them have a series of one name.
    """
    merged: dict[str, Series] = {}
    home: dict[str, Source] = {}
    for source, found in found_in:
        for name, series in found.items():
            if name in home:
                faults = Faults(source)
                faults.stop(0, f"series {name!r} is in {home[name]} already")
            merged[name], home[name] = series, source
    return merged


def _rows_by_series(
    table: Table, faults: Faults, *, allow_revised: bool
) -> dict[str, list[ObservationRow]]:
    values = numbers(table, "value", _VALUE, faults)
    found: dict[str, list[ObservationRow]] = {}
    for row, (name, period, known_at, vintage) in enumerate(
        zip(*(table.columns[each] for each in _COLUMNS if each != "value"), strict=True)
    ):
        line = table.line[row]
        if not (isinstance(name, str) and name and isinstance(period, str) and period):
            faults.add(line, f"series was {shown(name)}, period {shown(period)}", "both are texts")
            continue
        _check_vintage(line, vintage, faults, allow_revised=allow_revised)
        instant = _instant(line, known_at, faults)
        if instant is not None:
            one = ObservationRow(to_ns(instant), period, float(values[row]), vintage, line)
            found.setdefault(name, []).append(one)
    return found


def _check_vintage(line: int, vintage: Any, faults: Faults, *, allow_revised: bool) -> None:
    if vintage not in _VINTAGES:
        hint = did_you_mean(str(vintage), _VINTAGES)
        faults.add(line, f"vintage was {shown(vintage)}", "it is 'first' or 'revised'", hint)
    elif vintage == "revised" and not allow_revised:
        allowed = "nobody knew this figure at its time"
        faults.add(line, "vintage was 'revised'", allowed, "to take it anyway, say revised: warn")


def _instant(line: int, known_at: Any, faults: Faults) -> datetime | None:
    try:
        return parse_instant(known_at)
    except ValueError as error:
        faults.add(line, f"known_at {error}", ALLOWED_INSTANT)
        return None


def _check_series(name: str, rows: Sequence[ObservationRow], faults: Faults) -> None:
    seen: dict[tuple[str, int], int] = {}
    for row in rows:
        first = seen.setdefault((row.period, row.known_at), row.line)
        if first != row.line:
            found = f"{name!r} of period {row.period!r} stands twice for one known_at"
            faults.add(row.line, f"{found}, first in {nth(faults.source, first)}")
        if row.vintage in _VINTAGES and row.vintage != rows[0].vintage:
            found = f"vintage of {name!r} was {row.vintage!r}"
            faults.add(
                row.line, found, f"in {nth(faults.source, rows[0].line)} it was {rows[0].vintage!r}"
            )


def _series(rows: Sequence[ObservationRow]) -> Series:
    return Series(
        np.array([row.known_at for row in rows], dtype=np.int64),
        np.array([row.value for row in rows], dtype=np.float64),
        tuple(row.period for row in rows),
        rows[0].vintage,
    )
