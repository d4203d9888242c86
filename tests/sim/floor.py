"""A trading floor for tests: orders, bars and terms in whole ticks."""

import numpy as np

from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms, Units
from steelyard.sim.exchange import WHOLE, floor_of, match
from steelyard.sim.orders import Order
from steelyard.sim.prints import Prints
from steelyard.types.decision import (
    FillColumn,
    Fills,
    OrderColumn,
    OrderKind,
    OrderState,
    Purpose,
    TimeInForce,
)

MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING = OrderKind
DAY, GTC, IOC, FOK, GTD, ON_OPEN, ON_CLOSE = TimeInForce
FREE = 1e9
"""A trailing volume that bounds nothing."""
MOST_FILLS = 200


def bar(*prices, volume=FREE, trailing=FREE, spread=0.0, volatility=np.nan, free=(0.0, np.inf)):
    """One bar of one instrument from open, high, low, close in ticks; without prices, none."""
    ticks = np.zeros((1, 4), np.int64) if not prices else np.array([prices], np.int64)
    flow = np.array([[volume, trailing, spread, volatility, *free]], dtype=float)
    action = np.array([[1, 1, 0, -1]])
    return Prints(
        ticks[None], flow[None], action[None], np.zeros(1, np.bool_), np.ones(1, np.bool_)
    )


def bars(*each):
    """Several instruments' bars as one step."""
    columns = [
        np.concatenate(column, axis=1) for column in zip(*(b[:3] for b in each), strict=True)
    ]
    return Prints(*columns, each[0].acts, each[0].ends_session)


def steps(*each):
    """Several steps, one after the other."""
    return Prints(*(np.concatenate(column) for column in zip(*each, strict=True)))


def counted(n=1, **changes):
    """Ticks and lots of 1."""
    whole = np.ones(n, np.int64)
    return Units(np.ones(n), whole, whole * 1_000_000, np.arange(n))._replace(**changes)


def terms(**changes):
    """Terms without cost, half the volume at most."""
    return Terms(auction_share=0.5, bar_share=0.5, seed=7)._replace(**changes)


def order(lots, kind=MARKET, level=0, **changes):
    """One order as a row: what `floor` lays into slots."""
    row = {
        "id": -1,
        "instrument": 0,
        "lots": lots,
        "kind": kind,
        "limit": level if kind == LIMIT else 0,
        "stop": level if kind in (STOP, STOP_LIMIT, TRAILING) else 0,
        "force": GTC,
        "purpose": Purpose.OPEN,
        "arrives": 0,
    }
    return row | changes


def floor(rows, prints, held=(0,), cash=10**15, **changes):
    """Everything in its place; an order is known by its row's number unless it has an id."""
    of_units = {name: changes.pop(name) for name in Units._fields if name in changes}
    fills = Fills(np.zeros((MOST_FILLS, len(FillColumn)), np.int64), np.zeros(1, np.int64))
    units = counted(len(held), **of_units)
    there = floor_of(prints, len(rows) + 1, units, terms(**changes), fills)
    orders, ledger = there.orders, there.ledger
    books.post_deposit(ledger, cash)
    for i, lots in enumerate(held):
        if lots:
            books.post_trade(ledger, i, lots, 100, 0)
    for number, row in enumerate(rows):
        put = {name: int(value) for name, value in row.items() if name in Order._fields}
        if row["id"] < 0:
            put["id"] = number
        i = row["instrument"]
        desk.place(orders, i, int(orders.used[i, desk.SLOTS]), Order(**put), row["arrives"])
    return there


def meet(rows, prints, held=(0,), parts=WHOLE, **changes):
    """Let orders meet bars; give what is left by id and the fills as (id, lots, ticks)."""
    there = floor(rows, prints, held, **changes)
    for step in range(len(prints.ticks)):
        match(there, step, parts)
    return left(there.orders), told(there.fills)


def left(orders):
    """Give the lots that each order still has to fill, by id, asleep or not."""
    rows = orders.table[orders.table[..., OrderColumn.STATE] != OrderState.FREE]
    return dict(
        zip(*(rows[:, c].tolist() for c in (OrderColumn.ID, OrderColumn.LOTS)), strict=True)
    )


def told(fills):
    """Give fills as (order id, lots, ticks)."""
    columns = [FillColumn.ORDER_ID, FillColumn.LOTS, FillColumn.PRICE_TICKS]
    return [tuple(row) for row in fills.row[: fills.n[0], columns].tolist()]


def column(fills, which):
    """Give one column of the fills, a `FillColumn`."""
    return fills.row[: fills.n[0], which].tolist()
