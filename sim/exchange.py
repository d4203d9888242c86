"""The exchange: working orders meet one bar and leave fills.

Prices of fills are tick prices of the bar; fee, half-spread and slippage stand beside
them in micros and are posted as cash. Open and close fill at most `auction_share` of the
*trailing* volume; inside the bar, which is over by then, its own volume bounds too.

Order of events in a bar, the pessimistic one: what executes at the open; inside the bar
all stops, then all limits; what executes at the close.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.chance import Stream, uniform
from steelyard.types.decision import Fills, OrderKind, Orders, Purpose, TimeInForce

BPS = 10_000.0
SLIPPAGE_STREAM = int(Stream.SLIPPAGE)
MARKET = int(OrderKind.MARKET)
LIMIT = int(OrderKind.LIMIT)
STOP = int(OrderKind.STOP)
DAY = int(TimeInForce.DAY)
OPEN_PURPOSE = int(Purpose.OPEN)

AT_OPEN, INSIDE, AT_CLOSE, AT_END = 1, 2, 4, 8
"""Parts of a bar, to be added up: its first print, what follows, its last print, and the
end of it, when day orders are gone. `WHOLE` is all of them."""
WHOLE = AT_OPEN + INSIDE + AT_CLOSE + AT_END
PARTS_IN_BAR = 16
MOST_FILLS = 64
"""Fills of one instrument in one bar that draw their own slippage."""


class BarRow(NamedTuple):
    """One bar of all instruments; all of shape (n_instruments,)."""

    open: Floats
    """Quoted prices; NaN where the instrument has no bar (nothing fills then)."""
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    trailing_volume: Floats
    """Mean units a step over past bars only; NaN where unknown (nothing fills then)."""
    half_spread_bps: Floats


class ExchangeSettings(NamedTuple):
    """What does not change from bar to bar."""

    tick: Floats
    """Currency per tick, shape (n_instruments,)."""
    lot_units: Ints
    tick_micros: Ints
    key: Ints
    """Each instrument's position in the scenario's universe: chance hangs on it."""
    fee_bps: float
    slippage_bps: float
    """Mean of the slippage of a fill, which is uniform in [0, 2 x mean]."""
    auction_share: float
    at_close: bool
    """Market orders meet the close (True) or the open (False)."""
    seed: int
    path: int


class Trade(NamedTuple):
    """Signed lots at a price in ticks."""

    lots: int
    ticks: int


class Match(NamedTuple):
    """The bar being matched, and how much of its volume is taken already."""

    bar: BarRow
    held: Ints
    """Lots held, moved along with each fill, shape (n_instruments,)."""
    taken_auction: Ints
    taken_inside: Ints
    inside: Bools
    """Whether the first print is over and the last not yet there, shape (1,)."""
    n_fills: Ints
    """Shape (1,)."""
    step: int
    parts: int


def empty_orders(n_slots: int) -> Orders:
    """Give `n_slots` free slots."""

    def zeros() -> Ints:
        return np.zeros(n_slots, dtype=np.int64)

    return Orders(
        live=np.zeros(n_slots, dtype=np.bool_),
        id=zeros() - 1,
        instrument=zeros(),
        lots=zeros(),
        kind=zeros(),
        limit_ticks=zeros(),
        stop_ticks=zeros(),
        time_in_force=zeros(),
        purpose=zeros(),
        parent=zeros() - 1,
    )


@kernel
def submit(orders: Orders, slot: int, instrument: int, lots: int, purpose: int) -> Orders:
    """Put a market order for the next bar into a slot, replacing what was there."""
    orders.live[slot] = lots != 0
    orders.instrument[slot] = instrument
    orders.lots[slot] = lots
    orders.kind[slot] = MARKET
    orders.limit_ticks[slot] = 0
    orders.stop_ticks[slot] = 0
    orders.time_in_force[slot] = DAY
    orders.purpose[slot] = purpose
    orders.parent[slot] = -1
    return orders


@kernel
def adjust_for_split(orders: Orders, instrument: int, new: int, old: int) -> Orders:
    """Scale the resting orders of an instrument by a split; dividends leave them alone."""
    for slot in range(len(orders.live)):
        if orders.live[slot] and orders.instrument[slot] == instrument:
            sign = 1 if orders.lots[slot] > 0 else -1
            orders.lots[slot] = sign * (abs(orders.lots[slot]) * new // old)
            orders.limit_ticks[slot] = (2 * orders.limit_ticks[slot] * old + new) // (2 * new)
            orders.stop_ticks[slot] = (2 * orders.stop_ticks[slot] * old + new) // (2 * new)
            orders.live[slot] = orders.lots[slot] != 0
    return orders


@kernel
def match(
    orders: Orders,
    bar: BarRow,
    held_lots: Ints,
    settings: ExchangeSettings,
    step: int,
    parts: int,
) -> tuple[Orders, Fills]:
    """Let the working orders meet one bar, or the parts of it that are named.

    Args:
        orders: Working orders; their slots are reused for the result.
        bar: The bar they meet.
        held_lots: Lots held before it, shape (n_instruments,). An order that does not
            open never takes a position past zero.
        settings: Costs, caps and chance.
        step: The bar's step, for chance.
        parts: `WHOLE`, or a sum of parts where a decision falls between them.

    Returns:
        The orders left, and the fills in the order in which they happened.
    """
    n_slots, n_instruments = len(orders.live), len(held_lots)
    fills = _no_fills(2 * n_slots)
    now = Match(
        bar,
        held_lots.copy(),
        np.zeros(n_instruments, np.int64),
        np.zeros(n_instruments, np.int64),
        np.zeros(1, np.bool_),
        np.zeros(1, np.int64),
        step,
        parts,
    )
    if parts & AT_OPEN:
        for slot in range(n_slots):
            if _works(orders, slot) and (orders.kind[slot] != MARKET or not settings.at_close):
                _meet_open(orders, slot, now, fills, settings)
    if parts & INSIDE:
        _go_inside(orders, now, fills, settings)
    if parts & AT_CLOSE and settings.at_close:
        for slot in range(n_slots):
            if _works(orders, slot) and orders.kind[slot] == MARKET:
                ticks = to_ticks(bar.close[orders.instrument[slot]], orders, slot, settings)
                _fill(orders, slot, ticks, now, fills, settings)
    if parts & AT_END:
        _expire(orders)
    return orders, _counted(fills, now.n_fills[0])


@kernel
def _go_inside(orders: Orders, now: Match, fills: Fills, settings: ExchangeSettings) -> None:
    now.inside[0] = True
    for kind in (STOP, LIMIT):
        for slot in range(len(orders.live)):
            if _works(orders, slot) and orders.kind[slot] == kind:
                _meet_inside(orders, slot, now, fills, settings)
    now.inside[0] = False


@kernel
def _works(orders: Orders, slot: int) -> bool:
    return bool(orders.live[slot] and orders.parent[slot] < 0)


@kernel
def to_ticks(price: float, orders: Orders, slot: int, settings: ExchangeSettings) -> int:
    """Give a quoted price in whole ticks, the nearest; 0 where there is none."""
    if not np.isfinite(price):
        return 0
    return int(np.floor(price / settings.tick[orders.instrument[slot]] + 0.5))


@kernel
def _meet_open(
    orders: Orders, slot: int, now: Match, fills: Fills, settings: ExchangeSettings
) -> None:
    ticks = to_ticks(now.bar.open[orders.instrument[slot]], orders, slot, settings)
    buys = orders.lots[slot] > 0
    kind = orders.kind[slot]
    if kind == STOP:
        stop = orders.stop_ticks[slot]
        reached = ticks >= stop if buys else ticks <= stop
    elif kind == LIMIT:
        limit = orders.limit_ticks[slot]
        reached = ticks <= limit if buys else ticks >= limit
    else:
        reached = True
    if reached and ticks > 0:
        _fill(orders, slot, ticks, now, fills, settings)


@kernel
def _meet_inside(
    orders: Orders, slot: int, now: Match, fills: Fills, settings: ExchangeSettings
) -> None:
    instrument = orders.instrument[slot]
    first = to_ticks(now.bar.open[instrument], orders, slot, settings)
    high = to_ticks(now.bar.high[instrument], orders, slot, settings)
    low = to_ticks(now.bar.low[instrument], orders, slot, settings)
    if low <= 0:
        return
    buys = orders.lots[slot] > 0
    if orders.kind[slot] == STOP:
        stop = orders.stop_ticks[slot]
        reached = high >= stop if buys else low <= stop
        # A child of an entry that filled beyond its stop leaves at the open, no better.
        ticks = max(stop, first) if buys else min(stop, first)
    else:
        limit = orders.limit_ticks[slot]
        reached = low < limit if buys else high > limit
        ticks = min(limit, high) if buys else max(limit, low)
    if reached:
        _fill(orders, slot, ticks, now, fills, settings)


@kernel
def _fill(
    orders: Orders, slot: int, ticks: int, now: Match, fills: Fills, settings: ExchangeSettings
) -> None:
    instrument = orders.instrument[slot]
    lots = _fillable(orders, slot, now, settings)
    if lots == 0 or ticks <= 0:
        return
    if now.inside[0]:
        now.taken_inside[instrument] += abs(lots)
    else:
        now.taken_auction[instrument] += abs(lots)
    _record(orders, slot, Trade(lots, ticks), now, fills, settings)
    now.held[instrument] += lots
    orders.lots[slot] -= lots
    orders.live[slot] = orders.lots[slot] != 0
    for child in range(len(orders.live)):
        if orders.parent[child] == orders.id[slot]:
            orders.parent[child] = -1


@kernel
def _fillable(orders: Orders, slot: int, now: Match, settings: ExchangeSettings) -> int:
    """Give the signed lots that volume and position allow."""
    instrument = orders.instrument[slot]
    units = now.bar.trailing_volume[instrument]
    taken = now.taken_auction[instrument]
    if now.inside[0]:
        units = min(units, now.bar.volume[instrument])
        taken = now.taken_inside[instrument]
    if not (units > 0.0 and now.bar.open[instrument] > 0.0):
        return 0
    room = int(settings.auction_share * units) // settings.lot_units[instrument] - taken
    held = now.held[instrument]
    wanted = orders.lots[slot]
    if orders.purpose[slot] != OPEN_PURPOSE:
        if held == 0 or (held > 0) == (wanted > 0):
            return 0
        wanted = max(wanted, -held) if wanted < 0 else min(wanted, -held)
    if room <= 0:
        return 0
    return int(max(wanted, -room) if wanted < 0 else min(wanted, room))


@kernel
def _record(
    orders: Orders, slot: int, trade: Trade, now: Match, fills: Fills, settings: ExchangeSettings
) -> None:
    instrument = orders.instrument[slot]
    k = now.n_fills[0]
    units = abs(trade.lots) * settings.lot_units[instrument]
    notional = float(units) * float(trade.ticks) * float(settings.tick_micros[instrument])
    draw = _slippage_draw(now, fills, settings, instrument)
    fills.order_id[k] = orders.id[slot]
    fills.instrument[k] = instrument
    fills.lots[k] = trade.lots
    fills.price_ticks[k] = trade.ticks
    fills.fee[k] = int(np.ceil(notional * settings.fee_bps / BPS))
    fills.spread[k] = int(np.ceil(notional * now.bar.half_spread_bps[instrument] / BPS))
    fills.slippage[k] = int(np.ceil(notional * 2.0 * draw * settings.slippage_bps / BPS))
    fills.purpose[k] = orders.purpose[slot]
    fills.kind[k] = orders.kind[slot]
    now.n_fills[0] = k + 1


@kernel
def _slippage_draw(now: Match, fills: Fills, settings: ExchangeSettings, instrument: int) -> float:
    """Draw in [0, 1) by what the fill is: its instrument's n-th in these parts of the bar."""
    nth = 0
    for k in range(now.n_fills[0]):
        nth += fills.instrument[k] == instrument
    key = (settings.key[instrument] * PARTS_IN_BAR + now.parts) * MOST_FILLS + nth
    return uniform(settings.seed, SLIPPAGE_STREAM, settings.path, now.step, key)


@kernel
def _expire(orders: Orders) -> None:
    """End day orders, and children whose parent is gone unfilled."""
    for slot in range(len(orders.live)):
        if orders.time_in_force[slot] == DAY:
            orders.live[slot] = False
    for slot in range(len(orders.live)):
        if orders.live[slot] and orders.parent[slot] >= 0:
            orders.live[slot] = _has_live(orders, orders.parent[slot])


@kernel
def _has_live(orders: Orders, order_id: int) -> bool:
    for slot in range(len(orders.live)):
        if orders.live[slot] and orders.id[slot] == order_id:
            return True
    return False


@kernel
def _no_fills(n_slots: int) -> Fills:
    return Fills(
        0,
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(n_slots, np.int64),
    )


@kernel
def _counted(fills: Fills, n: int) -> Fills:
    return Fills(
        n,
        fills.order_id,
        fills.instrument,
        fills.lots,
        fills.price_ticks,
        fills.fee,
        fills.spread,
        fills.slippage,
        fills.purpose,
        fills.kind,
    )
