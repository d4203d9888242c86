"""The table of working orders: placed, replaced, cancelled, split, woken and ended."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.sim.ticks import split_lots, split_ticks
from steelyard.types.arrays import Ints
from steelyard.types.decision import (
    OrderColumn,
    OrderKind,
    Orders,
    OrderState,
    Purpose,
    TimeInForce,
)

STATE = int(OrderColumn.STATE)
ID = int(OrderColumn.ID)
LOTS = int(OrderColumn.LOTS)
KIND = int(OrderColumn.KIND)
LIMIT = int(OrderColumn.LIMIT)
STOP = int(OrderColumn.STOP)
TRAIL = int(OrderColumn.TRAIL)
FORCE = int(OrderColumn.FORCE)
UNTIL = int(OrderColumn.UNTIL)
PURPOSE = int(OrderColumn.PURPOSE)
PARENT = int(OrderColumn.PARENT)
GROUP = int(OrderColumn.GROUP)
ARRIVES = int(OrderColumn.ARRIVES)
BORN = int(OrderColumn.BORN)
UNITS = int(OrderColumn.UNITS)
VALUE = int(OrderColumn.VALUE)
PAID = int(OrderColumn.PAID)
PLACED_AS = int(OrderColumn.PLACED_AS)
N_COLUMNS = len(OrderColumn)

SLOTS, TAKEN, COUNT = range(3)
"""Columns of `Orders.used`."""
FREE, WORKING, ASLEEP = (int(state) for state in OrderState)
MARKET = int(OrderKind.MARKET)
LIMIT_ORDER = int(OrderKind.LIMIT)
STOP_ORDER = int(OrderKind.STOP)
STOP_LIMIT = int(OrderKind.STOP_LIMIT)
TRAILING_STOP = int(OrderKind.TRAILING_STOP)
DAY, GTC, IOC, FOK, GTD, ON_OPEN, ON_CLOSE = (int(force) for force in TimeInForce)
OPENS = int(Purpose.OPEN)
ALONE = -1
"""Parent of an order that waits for none."""


class Order(NamedTuple):
    """An order to be placed; see `OrderColumn`."""

    id: int
    lots: int
    kind: int
    purpose: int
    limit: int = 0
    stop: int = 0
    trail: int = 0
    force: int = DAY
    until: int = 0
    parent: int = ALONE
    group: int = 0


def empty_orders(n_instruments: int, n_slots: int) -> Orders:
    """Give a table of free slots."""
    table = np.zeros((n_instruments, n_slots, N_COLUMNS), dtype=np.int64)
    return Orders(table, np.zeros((n_instruments, 3), dtype=np.int64))


@leaf
def place(orders: Orders, instrument: int, slot: int, order: Order, arrives: int) -> None:
    """Put an order into a slot, in place of what was there; one without lots frees it."""
    row = orders.table[instrument, slot]
    row[STATE] = FREE
    if order.lots != 0:
        row[STATE] = WORKING if order.parent == ALONE else ASLEEP
        orders.used[instrument, SLOTS] = max(orders.used[instrument, SLOTS], slot + 1)
    row[ID] = order.id
    row[LOTS] = order.lots
    row[KIND] = row[PLACED_AS] = order.kind
    row[LIMIT] = order.limit
    row[STOP] = order.stop
    row[TRAIL] = order.trail
    row[FORCE] = order.force
    row[UNTIL] = order.until
    row[PURPOSE] = order.purpose
    row[PARENT] = order.parent
    row[GROUP] = order.group
    row[ARRIVES] = arrives
    row[BORN] = row[UNITS] = row[VALUE] = row[PAID] = 0


@leaf
def cancel(orders: Orders, instrument: int, slot: int) -> None:
    """End an order; nothing where it is gone."""
    orders.table[instrument, slot, STATE] = FREE


@leaf
def replace(orders: Orders, instrument: int, slot: int, changed: Order) -> None:
    """Give a working order other lots left, limit and stop; nothing where it is gone."""
    row = orders.table[instrument, slot]
    if row[STATE] != FREE:
        row[LOTS] = changed.lots
        row[LIMIT] = changed.limit
        row[STOP] = changed.stop
        if changed.lots == 0:
            row[STATE] = FREE


@leaf
def is_refused(orders: Orders, instrument: int, order: Order) -> bool:
    """Say whether a venue refuses an order beside one's own opposite stop, or the reverse.

    Some brokers take the two for a wash trade; orders that belong together and trailing
    stops are exempt.
    """
    if not _is_plain(order.kind, order.parent, order.group):
        return False
    table = orders.table
    is_stop = _is_stop(order.kind)
    for slot in range(orders.used[instrument, SLOTS]):
        row = table[instrument, slot]
        opposite = row[STATE] == WORKING and (row[LOTS] > 0) != (order.lots > 0)
        plain = _is_plain(row[KIND], row[PARENT], row[GROUP])
        if opposite and plain and _is_stop(row[KIND]) != is_stop:
            return True
    return False


@inlined
def _is_plain(kind: int, parent: int, group: int) -> bool:
    return bool(kind != TRAILING_STOP and parent == ALONE and group == 0)


@inlined
def _is_stop(kind: int) -> bool:
    return bool(kind in (STOP_ORDER, STOP_LIMIT))


@leaf
def adjust_for_split(orders: Orders, instrument: int, new: int, old: int) -> None:
    """Scale the orders of an instrument by a split; dividends leave them alone."""
    for slot in range(orders.used[instrument, SLOTS]):
        row = orders.table[instrument, slot]
        row[LOTS] = split_lots(row[LOTS], new, old)
        for price in (LIMIT, STOP, TRAIL):
            row[price] = split_ticks(row[price], new, old)
        if row[LOTS] == 0:
            row[STATE] = FREE


@leaf
def end_all(orders: Orders, instrument: int) -> None:
    """End every order of an instrument."""
    for slot in range(orders.used[instrument, SLOTS]):
        orders.table[instrument, slot, STATE] = FREE
    orders.used[instrument, SLOTS] = 0


@leaf
def expire(orders: Orders, instrument: int, step: int, ends_session: bool) -> None:  # noqa: FBT001 - a fact of the bar
    """End what does not outlive the bar, and children whose parent is gone unfilled."""
    table = orders.table
    for slot in range(orders.used[instrument, SLOTS]):
        row = table[instrument, slot]
        force, arrived = row[FORCE], row[ARRIVES] <= step
        if arrived and ((force == DAY and ends_session) or (force == GTD and row[UNTIL] <= step)):
            row[STATE] = FREE
    for slot in range(orders.used[instrument, SLOTS]):
        row = table[instrument, slot]
        if row[STATE] == ASLEEP and not _has(orders, instrument, row[PARENT]):
            row[STATE] = FREE
    forget_free(orders, instrument)


@inlined
def forget_free(orders: Orders, instrument: int) -> None:
    """Count used slots only to the last order there is."""
    used = orders.used[instrument, SLOTS]
    while used > 0 and orders.table[instrument, used - 1, STATE] == FREE:
        used -= 1
    orders.used[instrument, SLOTS] = used


@inlined
def _has(orders: Orders, instrument: int, order_id: int) -> bool:
    for slot in range(orders.used[instrument, SLOTS]):
        row = orders.table[instrument, slot]
        if row[STATE] != FREE and row[ID] == order_id:
            return True
    return False


@leaf
def note_fill(table: Ints, used: int, slot: int, lots: int, born: int) -> None:
    """Tell an order's children and group of a fill; all of one instrument's table.

    Args:
        table: Orders of one instrument, shape (n_slots, 18).
        used: Slots that may hold an order.
        slot: Of the order that filled.
        lots: Signed.
        born: What `OrderColumn.BORN` becomes of those it wakes, not 0.
    """
    group, filled = table[slot, GROUP], table[slot, ID]
    for other in range(used):
        if table[other, STATE] == ASLEEP and table[other, PARENT] == filled:
            table[other, STATE] = WORKING
            table[other, BORN] = born
        if group > 0 and other != slot and table[other, GROUP] == group:
            left = table[other, LOTS]
            if table[other, STATE] != FREE and (left > 0) == (lots > 0):
                table[other, LOTS] = left - lots if abs(left) > abs(lots) else 0
                if table[other, LOTS] == 0:
                    table[other, STATE] = FREE
