"""The exchange: working orders meet one bar and leave fills; `docs/market.md` is its specification.

Prices of fills are tick prices of the bar; fee, half-spread, slippage and impact stand
beside them in micros and are posted as cash. An order never trades in the print that
brought it to life. Nothing is allocated: orders, ledger and fills are changed in place.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim import prints as seen
from steelyard.sim.costs import Conditions, Costs, Filled, Terms, Units, costs_of, shift_of
from steelyard.sim.ledger import Ledger
from steelyard.sim.orders import (
    FOK,
    FREE,
    GTD,
    IOC,
    LIMIT_ORDER,
    MARKET,
    ON_CLOSE,
    ON_OPEN,
    OPENS,
    STOP_LIMIT,
    STOP_ORDER,
    TRAILING_STOP,
    WORKING,
)
from steelyard.sim.prints import Prints
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import FillColumn, Fills, Orders, Purpose

AT_OPEN, INSIDE, AT_CLOSE, AT_END = 1, 2, 4, 8
"""Parts of a bar, to be added up: its first print, what follows, its last print, and the
end of it, when orders expire. `WHOLE` is all of them."""
WHOLE = AT_OPEN + INSIDE + AT_CLOSE + AT_END
STOPS, STOP_LIMITS, LIMITS, LATE_STOPS, LEFT_OVER = range(5)
"""Waves inside a bar, in order."""
REDUCTIONS, OPENINGS, REACHED = range(3)
"""Turns at a print: what reduces, what opens, and the stops that it reaches."""
N_TURNS = 3
NEVER = 0
"""Ticks of a price at which nothing executes."""
CALL_ID = 0
"""Id of the broker's own orders, when it calls a margin."""
REDUCES = int(Purpose.REDUCE)
LEFT, LATE = -1, -2
"""In place of `OrderColumn.BORN`: the open print left something of a market order, which may
move into the bar; an order was woken too late to take part in the part at hand."""
OVERFULL = 2
"""Fault of the ledger where there is no room for another fill."""

STATE, LOTS, KIND, STOP = desk.STATE, desk.LOTS, desk.KIND, desk.STOP
BORN = desk.BORN
SLOTS, TAKEN, COUNT = desk.SLOTS, desk.TAKEN, desk.COUNT


class Floor(NamedTuple):
    """All that meets in a bar."""

    orders: Orders
    ledger: Ledger
    ticks: Ints
    """As `Prints.ticks`; of the prints only what every bar needs travels along."""
    flow: Floats
    ends_session: Bools
    terms: Terms
    fills: Fills


def floor_of(prints: Prints, n_slots: int, units: Units, terms: Terms, fills: Fills) -> Floor:
    """Give an empty floor: no orders, no positions, no cash."""
    orders = desk.empty_orders(len(units.key), n_slots)
    ledger = books.open_ledger(units)
    return Floor(orders, ledger, prints.ticks, prints.flow, prints.ends_session, terms, fills)


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
        held = floor.ledger.position[i, books.LOTS]
        called = desk.Order(CALL_ID, -held, MARKET, REDUCES, 0, 0, 0, desk.GTC, 0, desk.ALONE, 0)
        desk.place(floor.orders, i, 0, called, arrives)


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
def _turn_of(row: Ints) -> int:
    """Give the turn of an order at a print: a stop that a print reaches is sent after it."""
    if row[KIND] >= STOP_ORDER:
        return REACHED
    return REDUCTIONS if row[desk.PURPOSE] != OPENS else OPENINGS


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
        if _turn_of(table[i, slot]) != turn:
            continue
        kind, force = table[i, slot, KIND], table[i, slot, desk.FORCE]
        if not _may_meet(floor, kind, force, part):
            continue
        if _executes(floor.orders, i, slot, ticks):
            _fill(floor, i, slot, Meeting(step, part, ticks, ticks))
            if part == AT_OPEN and table[i, slot, KIND] == MARKET:
                table[i, slot, BORN] = LEFT


@inlined
def _executes(orders: Orders, i: int, slot: int, ticks: int) -> bool:
    """Say whether a print executes an order; one whose stop it reaches changes its kind."""
    row = orders.table[i, slot]
    buys = row[LOTS] > 0
    if row[KIND] >= STOP_ORDER:
        if (ticks < row[STOP]) if buys else (ticks > row[STOP]):
            return False
        row[KIND] = LIMIT_ORDER if row[KIND] == STOP_LIMIT else MARKET
    if row[KIND] == LIMIT_ORDER:
        return bool(ticks < row[desk.LIMIT] if buys else ticks > row[desk.LIMIT])
    return True


@leaf
def meet_inside(floor: Floor, i: int, step: int) -> None:
    """Let an instrument's orders meet what follows the first print."""
    _begin_part(floor, i, int(INSIDE))
    bar, volume = floor.ticks[step, i], floor.flow[step, i, seen.VOLUME]
    if bar[seen.OPEN] > 0 and volume > 0.0:
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
        if side != 0 and side != _executed_by(row):
            continue
        if wave == LEFT_OVER and not (floor.terms.worse or _was_stop(row)):
            continue
        ticks = _price_inside(row, wave, floor.ticks[step, i])
        if ticks != NEVER:
            born = ticks if wave < LATE_STOPS else int(LATE)
            fill(floor, i, slot, Meeting(step, int(INSIDE), ticks, born))


@inlined
def _was_stop(row: Ints) -> bool:
    return bool(row[desk.PLACED_AS] in (STOP_ORDER, TRAILING_STOP))


@inlined
def _executed_by(row: Ints) -> int:
    """Give 1 for an order that a high executes, -1 for one that a low does."""
    return 1 if (row[LOTS] > 0) == (row[KIND] != LIMIT_ORDER) else -1


@inlined
def _price_inside(row: Ints, wave: int, bar: Ints) -> int:
    """Give the ticks at which an order executes in a wave, changing its kind if triggered."""
    kind, born, buys = row[KIND], row[BORN], row[LOTS] > 0
    if wave == LEFT_OVER:
        worst = bar[seen.HIGH] if buys else bar[seen.LOW]
        return int(worst) if kind == MARKET and born == LEFT else NEVER
    if wave == LATE_STOPS and born != LATE:
        return _late_price(row, bar) if kind in (STOP_ORDER, TRAILING_STOP) else NEVER
    if born > 0 or born == LATE:
        return NEVER
    if wave == LIMITS:
        extreme = bar[seen.LOW] if buys else bar[seen.HIGH]
        limit = row[desk.LIMIT]
        if kind != LIMIT_ORDER or not (extreme < limit if buys else extreme > limit):
            return NEVER
        return int(min(limit, bar[seen.HIGH]) if buys else max(limit, bar[seen.LOW]))
    if wave == STOP_LIMITS:
        return _triggered_limit(row, bar) if kind == STOP_LIMIT else NEVER
    if kind not in (STOP_ORDER, TRAILING_STOP):
        return NEVER
    return _stop_price(row, bar, bar[seen.OPEN])


@inlined
def _stop_price(row: Ints, bar: Ints, start: int) -> int:
    """Give where a stop leaves, no better than `start`; it is a market order from then on."""
    level = row[STOP]
    if row[LOTS] > 0:
        if bar[seen.HIGH] < level:
            return NEVER
        row[KIND] = MARKET
        return int(max(level, start))
    if bar[seen.LOW] > level:
        return NEVER
    row[KIND] = MARKET
    return int(min(level, start))


@inlined
def _triggered_limit(row: Ints, bar: Ints) -> int:
    """Give the trigger's price if it is better than the limit; else it rests from the next bar."""
    level, limit, buys = row[STOP], row[desk.LIMIT], row[LOTS] > 0
    if (bar[seen.HIGH] < level) if buys else (bar[seen.LOW] > level):
        return NEVER
    row[KIND] = LIMIT_ORDER
    row[BORN] = ticks = max(level, bar[seen.OPEN]) if buys else min(level, bar[seen.OPEN])
    return int(ticks) if (ticks < limit if buys else ticks > limit) else NEVER


@inlined
def _late_price(row: Ints, bar: Ints) -> int:
    """Give where a stop woken in this bar leaves, or a trailing one that the bar drew after it."""
    if row[BORN] > 0:
        return _stop_price(row, bar, row[BORN])
    if row[KIND] != TRAILING_STOP:
        return NEVER
    if row[LOTS] > 0:
        row[STOP] = min(row[STOP], bar[seen.LOW] + row[desk.TRAIL])
        passed = bar[seen.CLOSE] >= row[STOP]
    else:
        row[STOP] = max(row[STOP], bar[seen.HIGH] - row[desk.TRAIL])
        passed = bar[seen.CLOSE] <= row[STOP]
    if not passed:
        return NEVER
    row[KIND] = MARKET
    return int(row[STOP])


class Meeting(NamedTuple):
    """Where an order executes."""

    step: int
    part: int
    ticks: int
    born: int
    """What `OrderColumn.BORN` of the orders becomes that a fill wakes."""


@inlined
def _fill(floor: Floor, i: int, slot: int, meeting: Meeting) -> None:
    """Fill as much of an order as volume, position and account allow, and post it."""
    flow, row = floor.flow[meeting.step, i], floor.orders.table[i, slot]
    wanted = row[LOTS]
    lots = _fillable(floor, i, slot, meeting)
    if lots == 0 or (row[desk.FORCE] == FOK and lots != wanted):
        return
    shift = floor.ledger.shift
    trailing, spread = flow[seen.TRAILING], flow[seen.HALF_SPREAD_BPS]
    now = Conditions(trailing, spread, flow[seen.VOLATILITY], shift[i])
    lots, costs = _afford(floor, i, slot, lots, meeting, now)
    if lots == 0 or (row[desk.FORCE] == FOK and lots != wanted):
        return
    _record(floor, i, slot, lots, meeting, costs)
    books.post_trade(floor.ledger, i, lots, meeting.ticks, meeting.step)
    books.post_costs(floor.ledger, i, costs)
    units = lots * floor.ledger.position[i, books.LOT_UNITS]
    shift[i] += shift_of(float(units), now, floor.terms)
    floor.orders.used[i, TAKEN] += abs(lots)
    floor.orders.used[i, COUNT] += 1
    row[desk.UNITS] += abs(units)
    row[desk.VALUE] += abs(lots) * meeting.ticks * floor.ledger.position[i, books.LOT_VALUE]
    row[desk.PAID] += costs.fee
    row[LOTS] -= lots
    if row[LOTS] == 0:
        row[STATE] = FREE
    if floor.orders.used[i, SLOTS] > 1:
        used = floor.orders.used[i, SLOTS]
        desk.note_fill(floor.orders.table[i], used, slot, lots, meeting.born)


@leaf
def fill(floor: Floor, i: int, slot: int, meeting: Meeting) -> None:
    """Fill an order as `_fill` does, called and not made part of its caller."""
    _fill(floor, i, slot, meeting)


@inlined
def _fillable(floor: Floor, i: int, slot: int, meeting: Meeting) -> int:
    """Give the signed lots that volume, price limits and position allow."""
    flow, terms = floor.flow[meeting.step, i], floor.terms
    units, wanted = flow[seen.TRAILING], int(floor.orders.table[i, slot, LOTS])
    if not units > 0.0:  # also where it is NaN
        return 0
    limit = flow[seen.HIGH_LIMIT] if wanted > 0 else flow[seen.LOW_LIMIT]
    if (meeting.ticks >= limit) if wanted > 0 else (meeting.ticks <= limit):
        return 0
    share = terms.auction_share
    if meeting.part == INSIDE:
        units, share = min(units, flow[seen.VOLUME]), terms.bar_share
    room = (
        int(share * units) // floor.ledger.position[i, books.LOT_UNITS]
        - floor.orders.used[i, TAKEN]
    )
    if room <= 0:
        return 0
    held = int(floor.ledger.position[i, books.LOTS])
    if terms.cash_account and wanted < 0:
        wanted = max(wanted, -max(0, held))
    if floor.orders.table[i, slot, desk.PURPOSE] != OPENS:
        if held == 0 or (held > 0) == (wanted > 0):
            return 0
        wanted = max(wanted, -held) if wanted < 0 else min(wanted, -held)
    return int(max(wanted, -room) if wanted < 0 else min(wanted, room))


@inlined
def _cost(
    floor: Floor, i: int, slot: int, lots: int, meeting: Meeting, now: Conditions
) -> tuple[float, Costs]:
    """Give value, micros, and costs of a fill of so many lots."""
    row, size = floor.orders.table[i, slot], abs(lots)
    value = float(size) * float(meeting.ticks) * float(floor.ledger.position[i, books.LOT_VALUE])
    side = 1.0 if lots > 0 else -1.0
    filled = Filled(
        floor.ledger.position[i, books.KEY],
        size * floor.ledger.position[i, books.LOT_UNITS],
        value,
        side,
        meeting.part,
        floor.orders.used[i, COUNT],
        meeting.step,
        row[desk.UNITS],
        row[desk.VALUE],
        row[desk.PAID],
    )
    return value, costs_of(filled, now, floor.terms)


@inlined
def _afford(
    floor: Floor, i: int, slot: int, lots: int, meeting: Meeting, now: Conditions
) -> tuple[int, Costs]:
    """Give the most lots that the account can carry, up to `lots`, and what they cost."""
    value, costs = _cost(floor, i, slot, lots, meeting, now)
    if _carries(floor, i, lots, meeting, value, costs):
        return lots, costs
    if floor.terms.cash_account and lots < 0:
        return 0, costs
    side, low, high = 1 if lots > 0 else -1, 0, abs(lots)
    while high - low > 1:
        middle = (low + high) // 2
        value, costs = _cost(floor, i, slot, side * middle, meeting, now)
        if _carries(floor, i, side * middle, meeting, value, costs):
            low = middle
        else:
            high = middle
    value, costs = _cost(floor, i, slot, side * low, meeting, now)
    return side * low, costs


@inlined
def _carries(floor: Floor, i: int, lots: int, meeting: Meeting, value: float, costs: Costs) -> bool:
    """Say whether the account may hold what it would after a fill."""
    ledger, terms = floor.ledger, floor.terms
    total = float(costs.fee + costs.spread + costs.slippage + costs.impact)
    if terms.cash_account:
        cash = float(ledger.accounts[books.CASH])
        return bool(total - value <= cash if lots < 0 else value + total <= cash)
    held = ledger.position[i, books.LOTS]
    if terms.initial_margin == 0.0 or abs(held + lots) <= abs(held):
        return True
    worth = float(ledger.position[i, books.LOT_VALUE])
    before = float(held) * float(ledger.position[i, books.MARK]) * worth
    at_price = float(held) * float(meeting.ticks) * worth
    after = float(held + lots) * float(meeting.ticks) * worth
    equity = float(books.equity(ledger)) + (at_price - before) - total
    gross = float(ledger.state[books.GROSS]) - abs(before) + abs(after)
    return bool(terms.initial_margin * gross <= equity)


@inlined
def _record(floor: Floor, i: int, slot: int, lots: int, meeting: Meeting, costs: Costs) -> None:
    fills, order = floor.fills, floor.orders.table[i, slot]
    k = fills.n[0]
    if k >= len(fills.row):
        floor.ledger.state[books.FAULT] = OVERFULL
        return
    row = fills.row[k]
    row[FillColumn.STEP.value] = meeting.step
    row[FillColumn.ORDER_ID.value] = order[desk.ID]
    row[FillColumn.INSTRUMENT.value] = i
    row[FillColumn.LOTS.value] = lots
    row[FillColumn.PRICE_TICKS.value] = meeting.ticks
    row[FillColumn.FEE.value] = costs.fee
    row[FillColumn.SPREAD.value] = costs.spread
    row[FillColumn.SLIPPAGE.value] = costs.slippage
    row[FillColumn.IMPACT.value] = costs.impact
    row[FillColumn.PURPOSE.value] = order[desk.PURPOSE]
    row[FillColumn.KIND.value] = order[desk.PLACED_AS]
    row[FillColumn.PART.value] = meeting.part
    fills.n[0] = k + 1
