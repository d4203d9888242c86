"""A trading floor for tests: orders, bars and terms in whole ticks."""

import numpy as np

from steelyard.sim.exchange import WHOLE, BarRow, ExchangeSettings, empty_orders, match
from steelyard.types.decision import OrderKind, Purpose, TimeInForce

MARKET, LIMIT, STOP = OrderKind
DAY, GTC = TimeInForce
FREE = 1e9
"""A trailing volume that bounds nothing."""


def bar(*prices, volume=FREE, trailing=FREE, spread=0.0):
    """One bar of one instrument from open, high, low, close in ticks of 1."""
    rows = [*prices, volume, trailing, spread]
    return BarRow(*(np.array([float(number)]) for number in rows))


def bars(*each):
    """Several instruments' bars as one row."""
    return BarRow(*(np.concatenate(columns) for columns in zip(*each, strict=True)))


def terms(n=1, **changes):
    """Settings without cost, tick and lot 1, half the trailing volume at most."""
    plain = ExchangeSettings(
        tick=np.ones(n),
        lot_units=np.ones(n, np.int64),
        tick_micros=np.full(n, 1_000_000),
        key=np.arange(n),
        fee_bps=0.0,
        slippage_bps=0.0,
        auction_share=0.5,
        at_close=False,
        seed=7,
        path=0,
    )
    return plain._replace(**changes)


def order(lots, kind=MARKET, level=0, **changes):
    """One order as a row: what `working` lays into slots."""
    row = {
        "live": True,
        "id": -1,
        "instrument": 0,
        "lots": lots,
        "kind": kind,
        "limit_ticks": level if kind == LIMIT else 0,
        "stop_ticks": level if kind == STOP else 0,
        "time_in_force": GTC,
        "purpose": Purpose.OPEN,
        "parent": -1,
    }
    return row | changes


def working(*rows):
    """Orders in slots; each is known by its slot's number unless it has an id."""
    orders = empty_orders(len(rows))
    for slot, row in enumerate(rows):
        for name, column in row.items():
            getattr(orders, name)[slot] = column
        if row["id"] < 0:
            orders.id[slot] = slot
    return orders


def meet(rows, row, held=(0,), parts=WHOLE, step=3, **changes):
    """Let orders meet a bar; give what is left and the fills as (id, lots, ticks)."""
    held = np.array(held, dtype=np.int64)
    orders, fills = match(working(*rows), row, held, terms(len(held), **changes), step, parts)
    return orders, told(fills)


def told(fills):
    """Give fills as (order id, lots, ticks)."""
    columns = fills.order_id, fills.lots, fills.price_ticks
    return [tuple(int(c[k]) for c in columns) for k in range(fills.n)]
