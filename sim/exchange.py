"""The exchange: working orders meet one bar and leave fills; `docs/market.md` is its specification.

Prices of fills are tick prices of the bar; fee, half-spread, slippage and impact stand
beside them in micros and are posted as cash. An order never trades in the print that
brought it to life. Nothing is allocated: orders, ledger and fills are changed in place.
"""

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.sim import accounts
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim import prints as seen
from steelyard.sim.costs import Terms
from steelyard.sim.filling import fill, fill_apart
from steelyard.sim.floor import (
    AT_CLOSE,
    AT_END,
    AT_OPEN,
    INSIDE,
    LATE,
    LEFT,
    WHOLE,
    Floor,
    Meeting,
    floor_of,
)
from steelyard.sim.ledger import Ledger
from steelyard.sim.orders import (
    BORN,
    COUNT,
    FREE,
    GTD,
    IOC,
    KIND,
    MARKET,
    ON_CLOSE,
    ON_OPEN,
    SLOTS,
    STATE,
    STOP_ORDER,
    TAKEN,
    TRAILING_STOP,
    WORKING,
)
from steelyard.sim.reach import (
    LATE_STOPS,
    LEFT_OVER,
    N_TURNS,
    NEVER,
    REACHED,
    REDUCTIONS,
    executed_by,
    executes,
    price_inside,
    turn_of,
    was_stop,
)
from steelyard.types.arrays import Ints
from steelyard.types.decision import Orders, Purpose

__all__ = ["AT_CLOSE", "AT_END", "AT_OPEN", "INSIDE", "WHOLE", "Floor", "floor_of", "match"]

CALL_ID = 0
"""Id of the broker's own orders, when it calls a margin."""
REDUCES = int(Purpose.REDUCE)


@leaf
def match(floor: Floor, step: int, parts: int) -> None:
    """Let the working orders meet the bar of a step, or the parts of it that are named.

    Args:
        floor: Orders, ledger, and fills are changed in place; every fill is posted.
        step: The bar's step.
        parts: `WHOLE`, or a sum of parts where a decision falls between them.
    """
    used = floor.orders.used
    for part in (AT_OPEN, INSIDE, AT_CLOSE):
        if not _is_any(used):
            return
        if parts & part and part != INSIDE:
            _print(floor, step, part)
        elif parts & part:
            for i in range(len(used)):
                if used[i, SLOTS] > 0:
                    meet_inside(floor, i, step)
    if parts & AT_END:
        ends_session = floor.ends_session[step]
        for i in range(len(used)):
            if used[i, SLOTS] > 0:
                desk.expire(floor.orders, i, step, ends_session)


@inlined
def _is_any(used: Ints) -> bool:
    """Say whether any instrument has an order."""
    n_used = 0
    for i in range(len(used)):
        n_used += used[i, SLOTS]
    return bool(n_used > 0)


@leaf
def take_effect(action: Ints, orders: Orders, ledger: Ledger) -> None:
    """Let delistings, splits and dividends fall on positions and orders.

    Args:
        action: A step's row of `Prints.action`, shape (n_instruments, 4).
        orders: Changed in place, as is the ledger.
        ledger: The books.
    """
    for i in range(len(action)):
        if action[i, seen.CASH_OUT] >= 0:
            books.post_cash_out(ledger, i, action[i, seen.CASH_OUT])
            desk.end_all(orders, i)
        new, old = action[i, seen.SPLIT_NEW], action[i, seen.SPLIT_OLD]
        if new != old:
            books.post_split(ledger, i, new, old)
            desk.adjust_for_split(orders, i, new, old)
        if action[i, seen.DIVIDEND] != 0:
            books.post_dividend(ledger, i, action[i, seen.DIVIDEND])


@leaf
def mark_all(floor: Floor, step: int) -> None:
    """Value every position at the bar's close, moved by our own permanent impact."""
    ticks, shift = floor.ticks, floor.ledger.shift
    for i in range(len(shift)):
        close = ticks[step, i, seen.CLOSE]
        if close > 0:
            if shift[i] != 0.0:
                close = max(1, int(np.floor(close * (1.0 + shift[i]) + 0.5)))
            books.mark(floor.ledger, i, close)


@leaf
def is_called(ledger: Ledger, terms: Terms) -> bool:
    """Say whether the broker calls the margin of a book: equity is too small for it."""
    gross = float(ledger.state[books.GROSS])
    return bool(gross > 0.0 and float(books.equity(ledger)) < terms.maintenance_margin * gross)


@leaf
def close_all(floor: Floor, arrives: int) -> None:
    """Let the broker end every order and close every position at the next prints."""
    for i in range(len(floor.ledger.position)):
        desk.end_all(floor.orders, i)
        held = floor.ledger.position[i, accounts.LOTS]
        called = desk.Order(CALL_ID, -held, MARKET, REDUCES, 0, 0, 0, desk.GTC, 0, desk.ALONE, 0)
        desk.place(floor.orders, i, 0, called, arrives)


@inlined
def is_brokers(row: Ints) -> bool:
    """Say whether an order works that the broker placed: it stands until all is closed."""
    return bool(row[STATE] == WORKING and row[desk.ID] == CALL_ID)


@inlined
def _print(floor: Floor, step: int, part: int) -> None:
    """Let orders meet one print, turn after turn over all instruments."""
    orders = floor.orders
    for turn in range(N_TURNS):
        for i in range(len(orders.used)):
            if orders.used[i, SLOTS] > 0:
                if turn == REDUCTIONS:
                    _begin_part(floor, i, part)
                _print_one(floor, i, step, part, turn)
                if turn == REACHED:
                    _end_part(floor, i, step, part)


@inlined
def _begin_part(floor: Floor, i: int, part: int) -> None:
    floor.orders.used[i, TAKEN] = floor.orders.used[i, COUNT] = 0
    for slot in range(floor.orders.used[i, SLOTS]):
        if part != INSIDE or floor.orders.table[i, slot, BORN] != LEFT:
            floor.orders.table[i, slot, BORN] = 0


@inlined
def _end_part(floor: Floor, i: int, step: int, part: int) -> None:
    """End the orders that had this part of a bar alone."""
    table = floor.orders.table
    for slot in range(floor.orders.used[i, SLOTS]):
        force = table[i, slot, desk.FORCE]
        if force < IOC or force == GTD or table[i, slot, STATE] != WORKING:
            continue
        if table[i, slot, desk.ARRIVES] <= step and _has_met(floor, i, slot, part):
            table[i, slot, STATE] = FREE
    desk.forget_free(floor.orders, i)


@inlined
def _has_met(floor: Floor, i: int, slot: int, part: int) -> bool:
    """Say whether an order that has one part of a bar took part in the one at hand."""
    row = floor.orders.table[i, slot]
    # What it has become since does not count: in its one part it began as it was placed.
    placed_as = row[desk.PLACED_AS]
    woken = row[BORN] == LATE or (row[BORN] > 0 and row[KIND] == placed_as)
    if woken and row[BORN] > 0 and part == INSIDE:
        woken = placed_as not in (STOP_ORDER, TRAILING_STOP)
    return not woken and _may_meet(floor, placed_as, row[desk.FORCE], part)


@inlined
def _may_meet(floor: Floor, kind: int, force: int, part: int) -> bool:
    """Say whether an order takes part in a part of a bar at all."""
    if force == ON_OPEN:
        return bool(part == AT_OPEN)
    if force == ON_CLOSE or part == AT_CLOSE:
        only_close = force == ON_CLOSE or (kind == MARKET and floor.terms.at_close)
        return bool(part == AT_CLOSE and only_close)
    if kind == MARKET:
        return bool(part == AT_OPEN and not floor.terms.at_close)
    return True


@inlined
def _print_one(floor: Floor, i: int, step: int, part: int, turn: int) -> None:
    table = floor.orders.table
    ticks = floor.ticks[step, i, seen.OPEN if part == AT_OPEN else seen.CLOSE]
    if ticks == 0:
        return
    for slot in range(floor.orders.used[i, SLOTS]):
        if table[i, slot, STATE] != WORKING or table[i, slot, BORN] > 0:
            continue
        if table[i, slot, desk.ARRIVES] > step:
            continue
        if turn_of(table[i, slot]) != turn:
            continue
        kind, force = table[i, slot, KIND], table[i, slot, desk.FORCE]
        if not _may_meet(floor, kind, force, part):
            continue
        if executes(table[i, slot], ticks):
            fill(floor, i, slot, Meeting(step, part, ticks, ticks))
            if part == AT_OPEN and table[i, slot, KIND] == MARKET:
                table[i, slot, BORN] = LEFT


@leaf
def meet_inside(floor: Floor, i: int, step: int) -> None:
    """Let an instrument's orders meet what follows the first print."""
    _begin_part(floor, i, int(INSIDE))
    bar, volume = floor.ticks[step, i], floor.flow[step, i, seen.VOLUME]
    # The low of a bar that there is may lie below one tick.
    whole = bar[seen.OPEN] > 0 and bar[seen.HIGH] > 0 and bar[seen.CLOSE] > 0
    if whole and volume > 0.0:
        low_first = bar[seen.OPEN] - bar[seen.LOW] <= bar[seen.HIGH] - bar[seen.OPEN]
        legs = 2 if floor.terms.nearest else 1
        for leg in range(legs):
            # On a leg up the high executes: buy stops and sell limits. One leg: both sides.
            side = 0
            if legs > 1:
                side = -1 if low_first == (leg == 0) else 1
            for wave in range(LATE_STOPS):
                meet_wave(floor, i, wave, step, side)
        meet_wave(floor, i, int(LATE_STOPS), step, 0)
        meet_wave(floor, i, int(LEFT_OVER), step, 0)
    _end_part(floor, i, step, int(INSIDE))


@leaf
def meet_wave(floor: Floor, i: int, wave: int, step: int, side: int) -> None:
    """Let an instrument's orders meet one wave; `side` 0 for all, else who executes on a leg."""
    table = floor.orders.table
    for slot in range(floor.orders.used[i, SLOTS]):
        row = table[i, slot]
        if row[STATE] != WORKING or row[desk.ARRIVES] > step or row[desk.FORCE] >= ON_OPEN:
            continue
        if side != 0 and side != executed_by(row):
            continue
        if wave == LEFT_OVER and not (floor.terms.worse or was_stop(row)):
            continue
        ticks = price_inside(row, wave, floor.ticks[step, i])
        if ticks != NEVER:
            born = ticks if wave < LATE_STOPS else int(LATE)
            fill_apart(floor, i, slot, Meeting(step, int(INSIDE), ticks, born))
