"""The exchange: working orders meet one bar and leave fills.

Prices of fills are tick prices of the bar; fee, half-spread and slippage stand beside
them in micros and are posted as cash. Open and close each fill at most `auction_share` of
the *trailing* volume; inside the bar, which is over by then, its own volume bounds too.

Order of events in a bar, the pessimistic one: what executes at the open; inside the bar
all stops, then all limits, then the stops those brought to life; what executes at the
close. An order never trades in the print that brought it to life, and a limit so born
inside a bar waits for the next: nobody knows whether its price came before or after.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.sim.ticks import split_lots, split_ticks, to_ticks
from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import Stream, uniform
from steelyard.types.decision import Fills, OrderKind, Orders, Purpose, TimeInForce
from steelyard.types.units import BPS_IN_ONE

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
"""Fills of one instrument in one part of a bar that draw their own slippage."""
PART_OF_WAVE = (AT_OPEN, INSIDE, INSIDE, INSIDE, AT_CLOSE)
"""What is met one after the other in a bar: all at the open, stops, limits, stops again,
market orders at the close. No order fills more than `FILLS_A_BAR` times in it."""
ALL_AT_OPEN, STOPS, LIMITS, LATE_STOPS, ALL_AT_CLOSE = range(5)
FILLS_A_BAR = 3
N_COLUMNS = len(Fills._fields) - 1


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


class Match(NamedTuple):
    """The bar being matched, and what has happened in the part of it at hand."""

    bar: BarRow
    held: Ints
    """Lots held, moved along with each fill, shape (n_instruments,)."""
    taken: Ints
    """Lots filled in this part, shape (n_instruments,)."""
    n_taken: Ints
    """Fills in this part, shape (n_instruments,)."""
    born_ticks: Ints
    """Price of the fill that brought an order to life in this part, 0 for none; (n_slots,)."""
    n_fills: Ints
    """Fills in the bar, shape (1,)."""
    step: int


class Trade(NamedTuple):
    """A fill about to happen."""

    slot: int
    part: int
    lots: int
    """Signed."""
    ticks: int


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
    orders.id[slot] = -1
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
            orders.lots[slot] = split_lots(orders.lots[slot], new, old)
            orders.limit_ticks[slot] = split_ticks(orders.limit_ticks[slot], new, old)
            orders.stop_ticks[slot] = split_ticks(orders.stop_ticks[slot], new, old)
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
    fills = np.zeros((N_COLUMNS, FILLS_A_BAR * n_slots), np.int64)
    now = Match(
        bar,
        held_lots.copy(),
        np.zeros(n_instruments, np.int64),
        np.zeros(n_instruments, np.int64),
        np.zeros(n_slots, np.int64),
        np.zeros(1, np.int64),
        step,
    )
    for wave, part in enumerate(PART_OF_WAVE):
        if parts & part == 0:
            continue
        if wave in (ALL_AT_OPEN, STOPS, ALL_AT_CLOSE):
            now.taken[:] = 0
            now.n_taken[:] = 0
            now.born_ticks[:] = 0
        for slot in range(n_slots):
            ticks = _price(orders, slot, wave, now, settings)
            if ticks > 0:
                _fill(orders, Trade(slot, part, 0, ticks), now, fills, settings)
    if parts & AT_END:
        _expire(orders)
    return orders, _as_fills(fills, now.n_fills[0])


@kernel
def _price(orders: Orders, slot: int, wave: int, now: Match, settings: ExchangeSettings) -> int:
    """Give the ticks at which an order would fill in this wave; 0 where it would not."""
    if not orders.live[slot] or orders.parent[slot] >= 0:
        return 0
    born, kind = now.born_ticks[slot], orders.kind[slot]
    if not _takes_part(wave, kind, born, settings.at_close):
        return 0
    instrument, bar = orders.instrument[slot], now.bar
    tick = settings.tick[instrument]
    buys = orders.lots[slot] > 0
    level = orders.stop_ticks[slot] if kind == STOP else orders.limit_ticks[slot]
    if wave == ALL_AT_CLOSE:
        return to_ticks(bar.close[instrument], tick)
    first = to_ticks(bar.open[instrument], tick)
    if wave == ALL_AT_OPEN:
        return first if _executes(kind, level, first, buys) else 0
    high, low = to_ticks(bar.high[instrument], tick), to_ticks(bar.low[instrument], tick)
    extreme = high if buys == (kind == STOP) else low
    if not _executes(kind, level, extreme, buys):
        return 0
    if kind == LIMIT:
        return int(min(level, high) if buys else max(level, low))
    # A stop already passed when its bar, or its own life, began leaves there, no better.
    start = born if born > 0 else first
    return int(max(level, start) if buys else min(level, start))


@kernel
def _takes_part(wave: int, kind: int, born: int, at_close: bool) -> bool:  # noqa: FBT001 - a setting, by its place
    if wave == LATE_STOPS:
        return kind == STOP
    if born > 0:
        return False
    if wave == ALL_AT_OPEN:
        return kind != MARKET or not at_close
    if wave == ALL_AT_CLOSE:
        return kind == MARKET and at_close
    return kind == (STOP if wave == STOPS else LIMIT)


@kernel
def _executes(kind: int, level: int, ticks: int, buys: bool) -> bool:  # noqa: FBT001 - a side
    """Say whether a price executes an order: a stop at its level, a limit only beyond it."""
    if kind == STOP:
        return ticks >= level if buys else ticks <= level
    if kind == LIMIT:
        return ticks < level if buys else ticks > level
    return True


@kernel
def _fill(
    orders: Orders, trade: Trade, now: Match, fills: Ints, settings: ExchangeSettings
) -> None:
    slot = trade.slot
    instrument = orders.instrument[slot]
    lots = _fillable(orders, slot, trade.part, now, settings)
    if lots == 0:
        return
    _record(orders, Trade(slot, trade.part, lots, trade.ticks), now, fills, settings)
    now.taken[instrument] += abs(lots)
    now.n_taken[instrument] += 1
    now.held[instrument] += lots
    orders.lots[slot] -= lots
    orders.live[slot] = orders.lots[slot] != 0
    for child in range(len(orders.live)):
        if orders.parent[child] >= 0 and orders.parent[child] == orders.id[slot]:
            orders.parent[child] = -1
            now.born_ticks[child] = trade.ticks


@kernel
def _fillable(orders: Orders, slot: int, part: int, now: Match, settings: ExchangeSettings) -> int:
    """Give the signed lots that volume and position allow."""
    instrument = orders.instrument[slot]
    units, volume = now.bar.trailing_volume[instrument], now.bar.volume[instrument]
    if not units > 0.0 or (part == INSIDE and not volume > 0.0):  # also where they are NaN
        return 0
    if part == INSIDE:
        units = min(units, volume)
    room = int(settings.auction_share * units) // settings.lot_units[instrument]
    room = max(0, room - now.taken[instrument])
    held = now.held[instrument]
    wanted = orders.lots[slot]
    if orders.purpose[slot] != OPEN_PURPOSE:
        if held == 0 or (held > 0) == (wanted > 0):
            return 0
        wanted = max(wanted, -held) if wanted < 0 else min(wanted, -held)
    return int(max(wanted, -room) if wanted < 0 else min(wanted, room))


@kernel
def _record(
    orders: Orders, trade: Trade, now: Match, fills: Ints, settings: ExchangeSettings
) -> None:
    instrument = orders.instrument[trade.slot]
    units = abs(trade.lots) * settings.lot_units[instrument]
    notional = float(units) * float(trade.ticks) * float(settings.tick_micros[instrument])
    key = settings.key[instrument] * PARTS_IN_BAR + trade.part
    key = key * MOST_FILLS + now.n_taken[instrument]
    # int: for a bare constant Numba compiles a version of its own.
    stream = int(SLIPPAGE_STREAM)
    draw = uniform(settings.seed, stream, settings.path, now.step, key)
    k = now.n_fills[0]
    fills[0, k] = orders.id[trade.slot]
    fills[1, k] = instrument
    fills[2, k] = trade.lots
    fills[3, k] = trade.ticks
    fills[4, k] = int(np.ceil(notional * settings.fee_bps / BPS_IN_ONE))
    fills[5, k] = int(np.ceil(notional * now.bar.half_spread_bps[instrument] / BPS_IN_ONE))
    fills[6, k] = int(np.ceil(notional * 2.0 * draw * settings.slippage_bps / BPS_IN_ONE))
    fills[7, k] = orders.purpose[trade.slot]
    fills[8, k] = orders.kind[trade.slot]
    now.n_fills[0] = k + 1


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
def _as_fills(rows: Ints, n: int) -> Fills:
    """Name the rows, which stand in the order of the fields of `Fills`."""
    return Fills(n, rows[0], rows[1], rows[2], rows[3], rows[4], rows[5], rows[6], rows[7], rows[8])
