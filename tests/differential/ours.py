"""The same order lists through our own exchange and ledger."""

import numpy as np

from steelyard.sim.costs import Terms, Units
from steelyard.sim.play import Deed, ListColumn, play
from steelyard.sim.prints import Prints
from steelyard.types.decision import FillColumn, OrderKind, Purpose, TimeInForce
from steelyard.types.units import BPS_IN_ONE, MICROS
from tests.differential.lists import CASH, COST, FOREVER, N_BARS, TICK, Lists, Replayed, as_replayed

FEE_BPS = 5.0
HALF_SPREAD_BPS = COST * BPS_IN_ONE - FEE_BPS
PLENTY = 1e12
"""Units: no cap binds."""
IDS = 3
"""Ids of a row: entry, stop, target."""
UNITS = Units(
    tick=np.array([TICK]),
    lot_units=np.array([1]),
    tick_micros=np.array([round(TICK * MICROS)]),
    key=np.array([0]),
)
TERMS = Terms(fee_bps=FEE_BPS)


def replayed(lists: Lists) -> Replayed:
    """Play every list; costs are 5 bps of fee and 2 bps of half-spread, 7 for the peers."""
    fills, equity = [], []
    for index in range(len(lists.open)):
        rows = lists.orders[lists.orders["list"] == index]
        table = [row for k, each in enumerate(rows) for row in _orders_of(each, 1 + IDS * k)]
        orders = np.array(table, dtype=np.int64).reshape(-1, len(ListColumn))
        played = play(_prints(lists, index), orders, UNITS, TERMS, round(CASH * MICROS))
        for fill in played.fill:
            price = fill[FillColumn.PRICE_TICKS] * TICK
            fills.append((index, fill[FillColumn.STEP], fill[FillColumn.LOTS], price))
        equity.append(played.equity[-1] / MICROS)
    return as_replayed(np.array(fills, dtype=np.float64).reshape(-1, 4), np.array(equity))


def _orders_of(row: np.void, first_id: int) -> list[list[int]]:
    """Give the orders of a row, as `play` reads them: a bracket has three."""
    force = TimeInForce.GTC if row["until"] == FOREVER else TimeInForce.GTD
    step, units, until = int(row["from"]), int(row["units"]), int(row["until"])
    if np.isfinite(row["limit"]):
        kind = OrderKind.LIMIT
    else:
        kind = OrderKind.STOP if np.isfinite(row["stop"]) else OrderKind.MARKET
    entry = {
        ListColumn.STEP: step,
        ListColumn.ID: first_id,
        ListColumn.LOTS: units,
        ListColumn.KIND: kind,
        ListColumn.PURPOSE: Purpose.OPEN,
        ListColumn.LIMIT: _ticks(row["limit"]),
        ListColumn.STOP: _ticks(row["stop"]),
        ListColumn.FORCE: force,
        ListColumn.UNTIL: until,
        ListColumn.PARENT: -1,
    }
    if not np.isfinite(row["sl"]):
        return [_row(entry)]
    child = entry | {
        ListColumn.LOTS: -units,
        ListColumn.PURPOSE: Purpose.PROTECT,
        ListColumn.FORCE: TimeInForce.GTC,
        ListColumn.PARENT: first_id,
        ListColumn.GROUP: first_id,
    }
    stop = {
        ListColumn.ID: first_id + 1,
        ListColumn.KIND: OrderKind.STOP,
        ListColumn.STOP: _ticks(row["sl"]),
    }
    target = {
        ListColumn.ID: first_id + 2,
        ListColumn.KIND: OrderKind.LIMIT,
        ListColumn.LIMIT: _ticks(row["tp"]),
    }
    return [_row(entry), _row(child | stop), _row(child | target)]


def _row(named: dict[ListColumn, int]) -> list[int]:
    """Give a row of an order list; what is not named is 0."""
    placed = {ListColumn.DEED: Deed.PLACE} | named
    return [int(placed.get(column, 0)) for column in ListColumn]


def _ticks(price: float) -> int:
    return round(price / TICK) if np.isfinite(price) else 0


def _prints(lists: Lists, index: int) -> Prints:
    """Give the bars of one list with volume without end and no actions."""
    columns = [lists.open, lists.high, lists.low, lists.close]
    ticks = np.stack([np.rint(column[index] / TICK) for column in columns], axis=-1)
    flow = np.array([PLENTY, PLENTY, HALF_SPREAD_BPS, np.nan, 0.0, np.inf])
    return Prints(
        ticks=ticks[:, None, :].astype(np.int64),
        flow=np.tile(flow, (N_BARS, 1, 1)),
        action=np.tile(np.array([1, 1, 0, -1]), (N_BARS, 1, 1)),
        acts=np.zeros(N_BARS, dtype=np.bool_),
        ends_session=np.ones(N_BARS, dtype=np.bool_),
    )
