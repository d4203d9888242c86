"""Actions: read; splits and dividends laid on the steps, and undone in adjusted prices.

A CSV or Parquet file `ex_date,symbol,kind,new,old,cash`: a `split` gives `new` units for
`old`, a `dividend` pays `cash` per unit in the account's currency. Where both go ex on one
day, the dividend is paid on the units after the split. A `delist` pays `cash` for each unit
and ends the instrument. Two more columns are needed only by who uses them: a `halt` lasts
`sessions`, a `rename` gives up the symbol `former`.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, NamedTuple, NoReturn, get_args

import numpy as np

from steelyard.errors import DataError, did_you_mean
from steelyard.feeds.bars import MAX_PRICE, PRICES, BarRows, last_days
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.instants import ALLOWED_DAY, day_number, day_of, parse_day
from steelyard.feeds.renames import Renames
from steelyard.feeds.source import Source, brief, nth
from steelyard.feeds.table import Table, read_table, require, to_number
from steelyard.types.market import Bars

MAX_RATIO = 100_000
"""Above the largest split on record (1 for 40,000 has been seen)."""

MAX_SESSIONS = 2_520
"""Ten years; a longer halt ends in a delisting."""

Kind = Literal["rename", "split", "dividend", "halt", "delist"]
"""In the order in which they take effect on one day."""

_COLUMNS = ("ex_date", "symbol", "kind", "new", "old", "cash")
_KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_KNOWN = f"it is {', '.join(map(repr, _KINDS[:-1]))} or {_KINDS[-1]!r}"
_RATIO_AND_CASH = ("new", "old", "cash")
_VALUES = (*_RATIO_AND_CASH, "sessions", "former")
_CELLS = (*_COLUMNS, "sessions", "former")


class Action(NamedTuple):
    """What an issuer or an exchange did; what its kind does not have is as it is by default."""

    line: int
    day: int
    """Ex-date, days since 1970-01-01."""
    symbol: str
    kind: Kind
    new: int = 1
    """Units of a split for `old` ones."""
    old: int = 1
    cash: float = 0.0
    """Of a dividend or delisting, per unit."""
    sessions: int = 0
    """Length of a halt."""
    former: str = ""
    """Symbol until a rename."""


class _Form(NamedTuple):
    """How a kind is written."""

    columns: tuple[str, ...]
    """What it has; all else is empty."""
    allowed: str


_FORMS: Final = MappingProxyType(
    {
        "split": _Form(
            ("new", "old"),
            f"a split has two whole numbers from 1 to {MAX_RATIO}, not equal, and no cash",
        ),
        "dividend": _Form(
            ("cash",), f"a dividend has cash above 0 and at most {MAX_PRICE:.0e}, and no ratio"
        ),
        "delist": _Form(("cash",), f"a delisting has cash from 0 to {MAX_PRICE:.0e}, and no ratio"),
        "halt": _Form(
            ("sessions",), f"a halt has sessions, a whole number from 1 to {MAX_SESSIONS}, alone"
        ),
        "rename": _Form(("former",), "a rename has former, another symbol, alone"),
    }
)


def read_actions(source: Source) -> tuple[Action, ...]:
    """Read every action of a source, ordered by day, then as kinds take effect.

    What is of a symbol that changes later stands under the newest one.

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
    renames = renames_of(actions)
    named = [each._replace(symbol=renames.newest(each.symbol, each.day)) for each in actions]
    return tuple(sorted(named, key=lambda each: (each.day, _KINDS.index(each.kind), each.symbol)))


def renames_of(actions: Sequence[Action]) -> Renames:
    """Give the changes of symbol among actions."""
    renames = [action for action in actions if action.kind == "rename"]
    return Renames(
        tuple(
            (day, {each.former: each.symbol for each in renames if each.day == day})
            for day in sorted({each.day for each in renames})
        )
    )


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
    """Lay splits and dividends on the steps: each on the first of its session, or the next.

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
        dividend[step, column] += action.cash if action.kind == "dividend" else 0.0
    return bars._replace(split_new=new, split_old=old, dividend=dividend)


def count_moved(bars: Bars, actions: Sequence[Action]) -> int:
    """Count the actions whose ex-date, within the steps, is no session; a rename needs none."""
    first, last = bars.session[0], bars.session[-1]
    days = [each.day for each in actions if first <= each.day <= last and each.kind != "rename"]
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
        if action.kind == "split" and action.day <= last.get(action.symbol, -1):
            before = bars.session < action.day
            ratio[before, rows.symbols.index(action.symbol)] *= action.new / action.old
    prices = {name: getattr(bars, name) * ratio for name in PRICES}
    return bars._replace(**prices, volume=bars.volume / ratio)


def later_splits(rows: BarRows, actions: Sequence[Action]) -> Mapping[str, int]:
    """Count the splits after an instrument's last bar, which nothing can tell were applied."""
    last = last_days(rows)
    later = [
        each.symbol
        for each in actions
        if each.kind == "split" and each.day > last.get(each.symbol, each.day)
    ]
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
    cell = {name: table.columns[name][row] if name in table.columns else "" for name in _CELLS}
    kind, symbol = cell["kind"], str(cell["symbol"])
    if kind not in _KINDS:
        hint = did_you_mean(str(kind), _KINDS)
        faults.add(line, f"kind was {shown(kind)}", _KNOWN, hint)
        return None
    try:
        day = day_number(parse_day(cell["ex_date"]))
    except ValueError as error:
        faults.add(line, f"ex_date {error}", ALLOWED_DAY)
        return None
    form = _FORMS[kind]
    filled = [name for name in _VALUES if not _is_empty(cell[name])]
    action = _valued(Action(line, day, symbol, kind), cell)
    if action is None or set(filled) != set(form.columns):
        first, *others = dict.fromkeys([*form.columns, *_RATIO_AND_CASH, *filled])
        rest = "".join(f", {name} {shown(cell[name])}" for name in others)
        faults.add(line, f"{first} was {shown(cell[first])}{rest}", form.allowed)
        return None
    return action


def _valued(action: Action, cell: Mapping[str, Any]) -> Action | None:
    """Give an action the values of its kind; None where they are not allowed."""
    new, old = _whole(cell["new"], MAX_RATIO), _whole(cell["old"], MAX_RATIO)
    cash, sessions = to_number(cell["cash"]), _whole(cell["sessions"], MAX_SESSIONS)
    former = str(cell["former"])
    match action.kind:
        case "split" if new and old and new != old:
            return action._replace(new=new, old=old)
        case "dividend" if 0.0 < cash <= MAX_PRICE:
            return action._replace(cash=cash)
        case "delist" if 0.0 <= cash <= MAX_PRICE:
            return action._replace(cash=cash)
        case "halt" if sessions:
            return action._replace(sessions=sessions)
        case "rename" if former != action.symbol:
            return action._replace(former=former)
    return None


def _whole(value: object, most: int) -> int:
    """Give a whole number from 1 to `most`, 0 for anything else."""
    number = to_number(value)
    return int(number) if number.is_integer() and 1 <= number <= most else 0


def _is_empty(value: object) -> bool:
    return value is None or value == ""


def _refuse_twins(actions: Sequence[Action], faults: Faults) -> None:
    seen: dict[tuple[int, str, Kind], int] = {}
    for action in actions:
        # A unit is paid out once, whatever the day.
        day = 0 if action.kind == "delist" else action.day
        first = seen.setdefault((day, action.symbol, action.kind), action.line)
        if first != action.line:
            found = f"the {action.kind} of {action.symbol!r} on {day_of(action.day)} stands twice"
            faults.add(action.line, f"{found}, first in {nth(faults.source, first)}")
