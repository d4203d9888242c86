"""Splits and cash dividends: read, laid on the steps, and undone in adjusted prices.

A CSV or Parquet file `ex_date,symbol,kind,new,old,cash`: a `split` gives `new` units for
`old`, a `dividend` pays `cash` per unit in the account's currency. Where both go ex on one
day, the dividend is paid on the units after the split.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, NoReturn

import numpy as np

from steelyard.errors import DataError, did_you_mean
from steelyard.feeds.bars import MAX_PRICE, PRICES, BarRows, last_days
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.instants import ALLOWED_DAY, day_number, day_of, parse_day
from steelyard.feeds.source import Source, brief, nth
from steelyard.feeds.table import Table, read_table, require, to_number
from steelyard.types.market import Bars

MAX_RATIO = 100_000
"""Above the largest split on record (1 for 40,000 has been seen)."""

_COLUMNS = ("ex_date", "symbol", "kind", "new", "old", "cash")
_KINDS = ("split", "dividend")


class Action(NamedTuple):
    """A split or a cash dividend."""

    line: int
    day: int
    """Ex-date, days since 1970-01-01."""
    symbol: str
    new: int
    """1 for a dividend, as is `old`."""
    old: int
    cash: float
    """Per unit; 0 for a split."""

    @property
    def is_split(self) -> bool:
        """Say whether it is a split."""
        return self.cash == 0.0


def read_actions(source: Source) -> tuple[Action, ...]:
    """Read every action of a source, ordered by day, splits first.

    Raises:
        DataError: The file is not as it must be; every fault is told, up to 20.
    """
    faults = Faults(source)
    table = read_table(source, faults)
    require(table, _COLUMNS, faults)
    actions = [
        action
        for row in range(len(table.line))
        if (action := _read_action(table, row, faults)) is not None
    ]
    _refuse_twins(actions, faults)
    faults.raise_any()
    return tuple(sorted(actions, key=lambda each: (each.day, not each.is_split, each.symbol)))


def check_actions(
    source: Source, actions: Sequence[Action], rows: BarRows, benchmark: str | None
) -> None:
    """Refuse actions of symbols that no bar has, or from before their first bar.

    Actions of the benchmark, and from before the file's first bar of all, may stand there.

    Raises:
        DataError: There is one.
    """
    faults = Faults(source)
    day = rows.day()
    first = {
        symbol: int(day[rows.column == column].min()) for column, symbol in enumerate(rows.symbols)
    }
    begin = min(first.values())
    known = rows.strangers | {*rows.symbols, benchmark or ""}
    for action in actions:
        if action.symbol not in known:
            hint = did_you_mean(action.symbol, known)
            allowed = f"{brief(rows.source)} has no bar of it"
            faults.add(action.line, f"symbol was {action.symbol!r}", allowed, hint)
        elif begin <= action.day < first.get(action.symbol, begin):
            found = f"ex_date was {str(day_of(action.day))!r}"
            allowed = f"{action.symbol!r} has no bar before {day_of(first[action.symbol])}"
            faults.add(action.line, found, allowed)
    faults.raise_any()


def apply_actions(bars: Bars, symbols: Sequence[str], actions: Sequence[Action]) -> Bars:
    """Lay actions on the steps: each on the first one of its session, or the next session.

    Actions outside the steps, and of other symbols, are left out.
    """
    new, old, dividend = bars.split_new.copy(), bars.split_old.copy(), bars.dividend.copy()
    column_of = {symbol: column for column, symbol in enumerate(symbols)}
    for action in actions:
        step = int(np.searchsorted(bars.session, action.day))
        column = column_of.get(action.symbol)
        if column is None or step == len(bars.session) or action.day < bars.session[0]:
            continue
        new[step, column] *= action.new
        old[step, column] *= action.old
        dividend[step, column] += action.cash
    return bars._replace(split_new=new, split_old=old, dividend=dividend)


def count_moved(bars: Bars, actions: Sequence[Action]) -> int:
    """Count the actions whose ex-date, within the steps, is no session."""
    first, last = bars.session[0], bars.session[-1]
    days = [action.day for action in actions if first <= action.day <= last]
    return int(np.count_nonzero(~np.isin(days, bars.session)))


def undo_splits(bars: Bars, rows: BarRows, actions: Sequence[Action]) -> Bars:
    """Turn split-adjusted bars into bars as quoted on the day.

    A file that is split-adjusted is so as of its last bar: each price is multiplied, each
    volume divided, by the ratios of the instrument's splits after it and not after its
    last bar in the file.
    """
    last = last_days(rows)
    ratio = np.ones(bars.close.shape)
    for action in actions:
        if action.is_split and action.day <= last.get(action.symbol, -1):
            before = bars.session < action.day
            ratio[before, rows.symbols.index(action.symbol)] *= action.new / action.old
    prices = {name: getattr(bars, name) * ratio for name in PRICES}
    return bars._replace(**prices, volume=bars.volume / ratio)


def later_splits(rows: BarRows, actions: Sequence[Action]) -> Mapping[str, int]:
    """Count the splits after an instrument's last bar, which nothing can tell were applied."""
    last = last_days(rows)
    later = [a.symbol for a in actions if a.is_split and a.day > last.get(a.symbol, a.day)]
    return {symbol: later.count(symbol) for symbol in sorted(set(later))}


def refuse_without_actions(source: Source) -> NoReturn:
    """Refuse split-adjusted bars that come without the splits.

    Raises:
        DataError: Always: levels would be those of another day, and look ahead.
    """
    raise DataError(
        f"{source}: price_basis was 'split_adjusted', but without feeds.actions the prices "
        "quoted on the day cannot be had back",
        hint="name a file with the splits (its header alone, if there were none)",
    )


def _read_action(table: Table, row: int, faults: Faults) -> Action | None:
    """Read one row; None where it is not as it must be, which is noted."""
    line = table.line[row]
    cell = {name: table.columns[name][row] for name in _COLUMNS}
    kind, symbol = cell["kind"], str(cell["symbol"])
    if kind not in _KINDS:
        hint = did_you_mean(str(kind), _KINDS)
        faults.add(line, f"kind was {shown(kind)}", "it is 'split' or 'dividend'", hint)
        return None
    try:
        day = day_number(parse_day(cell["ex_date"]))
    except ValueError as error:
        faults.add(line, f"ex_date {error}", ALLOWED_DAY)
        return None
    if kind == "split":
        new, old = _ratio_part(cell["new"]), _ratio_part(cell["old"])
        if new and old and new != old and _is_empty(cell["cash"]):
            return Action(line, day, symbol, new, old, 0.0)
        found = f"new was {shown(cell['new'])}, old {shown(cell['old'])}, cash {cell['cash']!r}"
        allowed = f"a split has two whole numbers from 1 to {MAX_RATIO}, not equal, and no cash"
    else:
        cash = to_number(cell["cash"])
        if 0.0 < cash <= MAX_PRICE and _is_empty(cell["new"]) and _is_empty(cell["old"]):
            return Action(line, day, symbol, 1, 1, cash)
        found = f"cash was {shown(cell['cash'])}, new {cell['new']!r}, old {cell['old']!r}"
        allowed = f"a dividend has cash above 0 and at most {MAX_PRICE:.0e}, and no ratio"
    faults.add(line, found, allowed)
    return None


def _ratio_part(value: object) -> int:
    """Give a whole number from 1 to MAX_RATIO, 0 for anything else."""
    number = to_number(value)
    return int(number) if number.is_integer() and 1 <= number <= MAX_RATIO else 0


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _refuse_twins(actions: Sequence[Action], faults: Faults) -> None:
    seen: dict[tuple[int, str, bool], int] = {}
    for action in actions:
        first = seen.setdefault((action.day, action.symbol, action.is_split), action.line)
        if first != action.line:
            kind = "split" if action.is_split else "dividend"
            found = f"the {kind} of {action.symbol!r} on {day_of(action.day)} stands twice"
            faults.add(action.line, f"{found}, first in {nth(faults.source, first)}")
