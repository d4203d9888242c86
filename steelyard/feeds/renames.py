"""Changes of symbol: rows under an old symbol belong to the instrument that took another.

An instrument has one id for a whole world, the newest symbol it had; so positions and orders
are carried through a change by doing nothing. The id is a label, and no figure.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import NamedTuple

import numpy as np

from steelyard.feeds.documents import DocumentRow
from steelyard.feeds.faults import Faults
from steelyard.feeds.instants import day_number, day_of, is_day, parse_day, parse_instant
from steelyard.feeds.table import Table

TIMES = ("date", "start", "bar_start_utc", "end", "bar_end_utc")
"""Columns by which a row of bars has its day; the first that is there counts."""
LONG_AGO = -1_000_000
"""Day of a row whose time cannot be read: it counts as old, so that its fault is told."""


class Renames(NamedTuple):
    """All changes of symbol."""

    by_day: tuple[tuple[int, Mapping[str, str]], ...] = ()
    """Days since 1970-01-01, ascending; on each, the symbols taken by those given up."""

    def newest(self, symbol: str, day: int) -> str:
        """Give the newest symbol of what had this one on a day; two may swap theirs."""
        for later, taken in self.by_day:
            if day < later:
                symbol = taken.get(symbol, symbol)
        return symbol

    def of_documents(self, rows: Sequence[DocumentRow]) -> tuple[DocumentRow, ...]:
        """Give documents under the newest symbols of what they speak of."""
        return tuple(self._of_document(row) for row in rows) if self.by_day else tuple(rows)

    def of_bars(self, table: Table, faults: Faults) -> Table:
        """Give bars under their newest symbols, those of older symbols first.

        Rows of an instrument ascend in time, in whichever order its symbols stand.
        """
        columns = [name for name in TIMES if name in table.columns]
        if not self.by_day or not columns:
            return table
        day = [_day(value) for value in table.columns[columns[0]]]
        before = [str(name) for name in table.columns["symbol"]]
        self._refuse_mixed(before, day, table.line, faults)
        after = [self.newest(name, on) for name, on in zip(before, day, strict=True)]
        oldest_first = {name: n for n, (_, taken) in enumerate(self.by_day) for name in taken}
        rank = [
            oldest_first[old] if old != new else len(oldest_first)
            for old, new in zip(before, after, strict=True)
        ]
        named = Table(table.line, {**table.columns, "symbol": after})
        return named.only(np.argsort(rank, kind="stable").tolist())

    def _of_document(self, row: DocumentRow) -> DocumentRow:
        day = day_number(row.published_at.astimezone(UTC).date())
        symbols = tuple(self.newest(symbol, day) for symbol in row.entry.symbols)
        figures = tuple(
            figure.model_copy(update={"entity": self.newest(figure.entity, day)})
            for figure in row.entry.figures
        )
        entry = row.entry.model_copy(update={"symbols": symbols, "figures": figures})
        return row._replace(entry=entry)

    def _refuse_mixed(
        self, names: Sequence[str], days: Sequence[int], line: Sequence[int], faults: Faults
    ) -> None:
        """Note bars of another company, which had the symbol before it was taken over."""
        for day, taken in self.by_day:
            first: dict[str, int] = {}
            for row, name in enumerate(names):
                if days[row] < day:
                    first.setdefault(name, line[row])
            for former, symbol in taken.items():
                if former in first and symbol in first and symbol not in taken:
                    found = f"{symbol!r} has bars before {day_of(day)}"
                    allowed = f"until then {former!r} is its symbol, and has bars, too"
                    faults.add(first[symbol], found, allowed, "leave out those of the other")


NO_RENAMES = Renames()
"""Every symbol is what it was."""


def _day(value: object) -> int:
    """Give the day of a row, of an instant in UTC."""
    try:
        if is_day(value):
            return day_number(parse_day(value))
        return day_number(parse_instant(value).astimezone(UTC).date())
    except ValueError:
        return LONG_AGO
