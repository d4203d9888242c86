"""Dated views of people: who said what of an instrument, each row from when it was known.

Rows are `known_at,by,symbol,score,confidence`: from `known_at` on, an instant or a day,
`by` is known to expect a move of `score` (in [-1, 1], not 0: the sign is the side, the size
the move in volatilities of the horizon) with `confidence` (in [0.5, 1]: how likely the side
comes true).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from steelyard.feeds.calendar import Sessions
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.known import Known, placed, read_known, refuse_twins
from steelyard.feeds.source import Source
from steelyard.feeds.table import Range, Table, numbers, read_table, require
from steelyard.types.market import View
from steelyard.types.opinion import QUANTUM

_COLUMNS = ("known_at", "by", "symbol", "score", "confidence")
_SCORE = Range(-1.0, 1.0, "a score is from -1 to 1, and not 0")
_CONFIDENCE = Range(
    0.5, 1.0, "a confidence is from 0.5 to 1: whoever believes less means the other side"
)


class ViewRow(NamedTuple):
    """A view that is not yet placed on a calendar."""

    line: int
    known: Known
    by: str
    symbol: str
    score: float
    confidence: float


def read_views(sources: Sequence[Source]) -> tuple[ViewRow, ...]:
    """Read the views of some sources, in their order.

    Raises:
        DataError: A source is not as it must be; every fault of it is told, up to 20.
    """
    return tuple(row for source in sources for row in _read_views(source))


def _read_views(source: Source) -> list[ViewRow]:
    faults = Faults(source)
    table = read_table(source, faults)
    require(table, _COLUMNS, faults)
    score = numbers(table, "score", _SCORE, faults)
    confidence = numbers(table, "confidence", _CONFIDENCE, faults)
    rows = []
    for row, line in enumerate(table.line):
        if abs(score[row]) < QUANTUM:
            faults.add(line, f"score was {shown(table.columns['score'][row])}", _SCORE.allowed)
        named = _read_names(table, row, faults)
        if named is not None:
            rows.append(ViewRow(line, *named, float(score[row]), float(confidence[row])))
    refuse_twins(rows, lambda row: f"the view of {row.by!r} on {row.symbol!r}", faults)
    faults.raise_any()
    return rows


def on_universe(
    rows: Sequence[ViewRow], universe: Collection[str]
) -> tuple[tuple[ViewRow, ...], int]:
    """Keep the views on instruments of the universe.

    Returns:
        What is kept, and how many are not.
    """
    kept = tuple(row for row in rows if row.symbol in universe)
    return kept, len(rows) - len(kept)


def place_views(rows: Iterable[ViewRow], sessions: Sessions, until: int) -> tuple[View, ...]:
    """Say from when each view was known, and order by that; see `known.placed`."""
    return tuple(
        View(known_at, row.by, row.symbol, row.score, row.confidence)
        for known_at, row in placed(rows, sessions, until)
    )


def _read_names(table: Table, row: int, faults: Faults) -> tuple[Known, str, str] | None:
    """Read when, by whom and on what; None where one is not as it must be, which is noted."""
    line = table.line[row]
    by, symbol = table.columns["by"][row], table.columns["symbol"][row]
    known = read_known(line, table.columns["known_at"][row], faults)
    if not (isinstance(by, str) and by and isinstance(symbol, str) and symbol):
        faults.add(line, f"by was {shown(by)}, symbol {shown(symbol)}", "both are texts")
        return None
    return None if known is None else (known, by, symbol)
