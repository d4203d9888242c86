"""What the supervisor lets through becomes orders: one for each instrument, and its stop."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined
from steelyard.sim import accounts
from steelyard.sim import exchange as venue
from steelyard.sim import orders as desk
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import Decisions, Purpose
from steelyard.types.record import CODE_COLUMNS

OPENS = int(Purpose.OPEN)
PROTECTS = int(Purpose.PROTECT)
ORDER_ID = CODE_COLUMNS.index("order_id")
ENTRY_SLOT, STOP_SLOT = 0, 1
N_SLOTS = 2
"""Of each instrument: the order that was decided, and its protective stop."""


class _Level(NamedTuple):
    """Where a stop rests, in the currency."""

    price: float
    tick: float


@inlined
def keep_stop(floor: venue.Floor, i: int) -> None:
    """Let a protective stop cover exactly what is held; it does not outlive its position.

    Once it has fired, nothing is added any more; what an opening brought in the same print
    stays under the stop.
    """
    table, stop = floor.orders.table[i], floor.orders.table[i, STOP_SLOT]
    if stop[desk.STATE] == desk.FREE and stop[desk.UNITS] == 0:
        return
    held = floor.ledger.position[i, accounts.LOTS]
    if stop[desk.UNITS] > 0:
        if table[ENTRY_SLOT, desk.PURPOSE] == OPENS:
            table[ENTRY_SLOT, desk.STATE] = desk.FREE
        if stop[desk.STATE] == desk.FREE and held != 0:
            stop[desk.STATE], stop[desk.KIND] = desk.WORKING, desk.STOP_ORDER
            floor.orders.used[i, desk.SLOTS] = N_SLOTS
        stop[desk.UNITS] = stop[desk.VALUE] = stop[desk.PAID] = 0
    if stop[desk.STATE] == desk.WORKING:
        stop[desk.LOTS] = -held
        if held == 0:
            stop[desk.STATE] = desk.FREE


@inlined
def send(
    floor: venue.Floor, decisions: Decisions, code: Ints, tick: Floats, step: int, meets: int
) -> None:
    """Turn what the supervisor lets through into market orders, each opening with its stop.

    While an order is on its way nothing follows it, and while a stop is being executed
    nothing is added. What a called broker closes it closes to the end. An order lives for
    one bar.

    Args:
        floor: Orders are placed on it.
        decisions: Of the step.
        code: Row of the record, in which the ids of the orders sent are written.
        tick: Currency per tick, shape (n_instruments,).
        step: That decides.
        meets: Step whose bar its orders meet, latency aside.
    """
    orders, terms = floor.orders, floor.terms
    n, arrives = len(decisions.order_lots), meets + terms.latency
    for i in range(n):
        lots, purpose = decisions.order_lots[i], decisions.purpose[i]
        if terms.latency > 0 and _is_on_its_way(orders.table[i, ENTRY_SLOT], meets):
            continue
        if venue.is_brokers(orders.table[i, ENTRY_SLOT]):
            continue
        orders.table[i, ENTRY_SLOT, desk.STATE] = desk.FREE
        if lots == 0 or (purpose == OPENS and _is_leaving(orders.table[i, STOP_SLOT])):
            continue
        number = order_id(step, n, i)
        order = desk.Order(
            number, lots, desk.MARKET, purpose, 0, 0, 0, desk.GTD, arrives, desk.ALONE, 0
        )
        if terms.refuses_opposite and desk.is_refused(orders, i, order):
            continue
        desk.place(orders, i, ENTRY_SLOT, order, arrives)
        code[i, ORDER_ID] = number
        if purpose == OPENS:
            _rest_stop(floor, order, i, _Level(decisions.stop[i], tick[i]), arrives)


@inlined
def order_id(step: int, n_instruments: int, i: int) -> int:
    """Number an order; the next number is its stop's, and 0 is the broker's."""
    return (step * n_instruments + i) * N_SLOTS + 1


@inlined
def _is_on_its_way(row: Ints, step: int) -> bool:
    return bool(row[desk.STATE] == desk.WORKING and row[desk.ARRIVES] >= step)


@inlined
def _is_leaving(stop: Ints) -> bool:
    """Say whether a protective stop was reached and works on as a market order."""
    return bool(stop[desk.STATE] == desk.WORKING and stop[desk.KIND] == desk.MARKET)


@inlined
def stop_ticks(price: float, tick: float, lots: int) -> int:
    """Round towards the entry: a stop never rests further away than reviewed."""
    return int(np.ceil(price / tick)) if lots > 0 else int(np.floor(price / tick))


@inlined
def stop_order(number: int, lots: int, ticks: int, parent: int) -> desk.Order:
    """Make a protective stop of so many lots."""
    return desk.Order(number, lots, desk.STOP_ORDER, PROTECTS, 0, ticks, 0, desk.GTC, 0, parent, 0)


@inlined
def _rest_stop(floor: venue.Floor, order: desk.Order, i: int, at: _Level, arrives: int) -> None:
    """Let the stop of an entry wait for its fill; an addition draws the stop that rests nearer.

    So what is held and added never risks more than was reviewed, and a stop never yields.
    """
    price, tick, held = at.price, at.tick, floor.ledger.position[i, accounts.LOTS]
    stop = floor.orders.table[i, STOP_SLOT]
    rests = held != 0 and stop[desk.STATE] == desk.WORKING
    if not (np.isfinite(price) and price > tick):
        if not rests:
            stop[desk.STATE] = desk.FREE
        return
    ticks = stop_ticks(price, tick, order.lots)
    if rests:
        resting = stop[desk.STOP]
        stop[desk.STOP] = max(ticks, resting) if order.lots > 0 else min(ticks, resting)
    elif held != 0:
        placed = stop_order(order.id + 1, -held, ticks, desk.ALONE)
        desk.place(floor.orders, i, STOP_SLOT, placed, arrives)
    else:
        placed = stop_order(order.id + 1, -order.lots, ticks, order.id)
        desk.place(floor.orders, i, STOP_SLOT, placed, arrives)
