"""Follow given target weights: the exchange and the ledger of a run, without its panel.

For rules that are known beforehand, and for as many of them as one likes: nobody weighs,
nothing is learnt. Two halts bind: a session's loss closes everything until it ends, a
drawdown for good. Everything else, orders, fills, costs and money, is that of a run.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.sim import accounts
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms, Units
from steelyard.sim.prints import CLOSE, Prints
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import FillColumn, Fills, Purpose

OPENS, REDUCES = int(Purpose.OPEN), int(Purpose.REDUCE)
FREELY, SESSION_HALT, DRAWDOWN_HALT = range(3)
"""Columns of a step's state: what holds when it decides."""
MOST_FILLS = 2
"""Of one instrument in one step: its order at a print, and what that left at the worst price."""


class Rules(NamedTuple):
    """How target weights become orders."""

    band: float = 0.0
    """A change of weight as small is not traded, a fraction of equity; closing always is."""
    daily_loss: float = 1.0
    """Loss since the session before ended, a fraction of equity, beyond which all is closed
    until the session ends."""
    max_drawdown: float = 1.0
    """Fall from the highest equity, a fraction, beyond which all is closed for good."""


class Followed(NamedTuple):
    """What came of following target weights."""

    equity: Ints
    """Micros at the end of each step, shape (T,)."""
    state: Ints
    """0 free, 1 halted for the session, 2 halted for good, shape (T,)."""
    fill: Ints
    """Columns as `FillColumn`, shape (n_fills, 12)."""
    n_orders: int
    ledger: books.Ledger


def follow(
    prints: Prints, weight: Floats, units: Units, terms: Terms, rules: Rules, cash: int
) -> Followed:
    """Hold given weights: decided at each close, traded at the next print.

    A target is whole lots, rounded towards zero, of the equity at the close; what a cap
    leaves over is decided anew at the next close. While an order is on its way nothing
    follows it.

    Args:
        prints: The bars, from `prints_of`.
        weight: Signed target of equity, decided at the close of each step, shape (T, N).
            NaN leaves the position alone.
        units: In what the instruments are counted.
        terms: Of the exchange.
        rules: Band and halts.
        cash: Micros at the start.

    Raises:
        ValueError: the shapes differ, or an amount grew beyond what the ledger counts.
    """
    n_steps, n_instruments = prints.ticks.shape[:2]
    if weight.shape != (n_steps, n_instruments):
        raise ValueError(f"weight has shape {weight.shape}, not {(n_steps, n_instruments)}")
    capacity = MOST_FILLS * n_steps * n_instruments
    fills = Fills(np.zeros((capacity, len(FillColumn)), np.int64), np.zeros(1, np.int64))
    floor = venue.floor_of(prints, 1, units, terms, fills)
    books.post_deposit(floor.ledger, cash)
    equity, state = np.zeros(n_steps, np.int64), np.zeros(n_steps, np.int64)
    n_orders = follow_all(floor, prints, np.ascontiguousarray(weight), rules, equity, state)
    if not books.conserved(floor.ledger):
        raise ValueError("an amount grew beyond what the ledger counts: start with less cash")
    return Followed(equity, state, fills.row[: fills.n[0]], n_orders, floor.ledger)


@leaf
def follow_all(
    floor: venue.Floor, prints: Prints, weight: Floats, rules: Rules, equity: Ints, state: Ints
) -> int:
    """Run all steps, writing equity and state of each; give the number of orders."""
    ledger = floor.ledger
    n_orders, closed, halted = 0, False, False
    peak = before = day_start = float(books.equity(ledger))
    for step in range(len(weight)):
        if prints.acts[step]:
            venue.take_effect(prints.action[step], floor.orders, ledger)
        venue.match(floor, step, int(venue.WHOLE))
        venue.mark_all(floor, step)
        equity[step] = books.equity(ledger)
        now = float(equity[step])
        if step == 0 or floor.ends_session[step - 1]:
            day_start, closed = before, False
        before, peak = now, max(peak, now)
        halted = halted or now < peak * (1.0 - rules.max_drawdown)
        closed = closed or now < day_start * (1.0 - rules.daily_loss)
        state[step] = DRAWDOWN_HALT if halted else (SESSION_HALT if closed else FREELY)
        if venue.is_called(ledger, floor.terms):
            venue.close_all(floor, step + 1)
            continue
        for i in range(weight.shape[1]):
            wanted = 0.0 if halted or closed else weight[step, i]
            n_orders += _trade(floor, i, wanted, now, rules.band, step)
    return n_orders


@inlined
def _trade(floor: venue.Floor, i: int, wanted: float, equity: float, band: float, step: int) -> int:
    """Order what a target weight asks for, if it is worth it; give the number of orders."""
    position, ticks = floor.ledger.position, floor.ticks[step, i, CLOSE]
    held = int(position[i, accounts.LOTS])
    if (held == 0 and wanted == 0.0) or ticks == 0 or not np.isfinite(wanted):
        return 0
    if floor.terms.latency > 0 and _is_on_its_way(floor.orders.table[i, 0], step):
        return 0
    if venue.is_brokers(floor.orders.table[i, 0]):
        return 0
    lot = float(ticks) * float(position[i, accounts.LOT_VALUE])
    target = int(wanted * equity / lot)
    change = target - held
    if change == 0 or not (wanted == 0.0 or abs(change) * lot > band * equity):
        return 0
    reduces = held != 0 and abs(target) < abs(held) and (target == 0 or (target > 0) == (held > 0))
    purpose = REDUCES if reduces else OPENS
    arrives = step + 1 + floor.terms.latency
    order = desk.Order(
        step + 1, change, desk.MARKET, purpose, 0, 0, 0, desk.GTD, arrives, desk.ALONE, 0
    )
    desk.place(floor.orders, i, 0, order, arrives)
    return 1


@inlined
def _is_on_its_way(row: Ints, step: int) -> bool:
    return bool(row[desk.STATE] == desk.WORKING and row[desk.ARRIVES] > step)
