"""Halts and delistings, laid on the steps: when nothing can be traded, and there is no bar."""

from collections.abc import Sequence

import numpy as np

from steelyard.feeds.actions import Action
from steelyard.feeds.bars import BarRows, when
from steelyard.feeds.faults import Faults
from steelyard.types.arrays import Bools
from steelyard.types.market import Bars


def suspend(bars: Bars, symbols: Sequence[str], actions: Sequence[Action]) -> Bars:
    """Lay halts and delistings on the steps; those outside the steps are left out.

    A halt counts the sessions from its ex-date on; a delisting that is on no session counts
    from the next one. A delisted instrument is halted no more.
    """
    halted, cash_out = bars.halted.copy(), bars.cash_out.copy()
    sessions = np.unique(bars.session)
    column_of = {symbol: column for column, symbol in enumerate(symbols)}
    for action in actions:
        column, step = column_of.get(action.symbol), int(np.searchsorted(bars.session, action.day))
        if column is None or step == len(bars.session) or action.day < sessions[0]:
            continue
        if action.kind == "delist":
            cash_out[step, column] = action.cash
        elif action.kind == "halt":
            first = int(np.searchsorted(sessions, action.day))
            last = sessions[min(first + action.sessions, len(sessions)) - 1]
            halted[step : int(np.searchsorted(bars.session, last, side="right")), column] = True
    suspended = bars._replace(halted=halted, cash_out=cash_out)
    return suspended._replace(halted=halted & ~delisted(suspended))


def delisted(bars: Bars) -> Bools:
    """Say from which step on an instrument is delisted, shape (n_steps, n_instruments)."""
    gone: Bools = np.maximum.accumulate(np.isfinite(bars.cash_out), axis=0)
    return gone


def refuse_traded(rows: BarRows, bars: Bars) -> None:
    """Refuse bars of what is halted or delisted.

    Args:
        rows: Where the bars come from.
        bars: The same, laid on steps, with the suspensions.

    Raises:
        DataError: There is one.
    """
    faults = Faults(rows.source)
    gone, there = delisted(bars), np.isfinite(bars.close)
    for step, column in np.argwhere(there & (gone | bars.halted)).tolist():
        row = _row_of(rows, bars, step, column)
        why = "is delisted" if gone[step, column] else "is halted"
        found = f"{rows.symbols[column]!r} has a bar {when(rows, row)}"
        faults.add(rows.line[row], found, f"it {why} then", "leave it out, or mend the action")
    faults.raise_any()


def _row_of(rows: BarRows, bars: Bars, step: int, column: int) -> int:
    """Give the row that lies on a step: the last one that starts no later than it ends."""
    mine = np.flatnonzero(rows.column == column)
    until = bars.session[step] if rows.daily else bars.end[step] - 1
    return int(mine[np.searchsorted(rows.start[mine], until, side="right") - 1])
