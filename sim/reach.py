"""Where a price executes an order: at a print, and wave after wave inside a bar."""

from steelyard.kernel import inlined
from steelyard.sim import orders as desk
from steelyard.sim import prints as seen
from steelyard.sim.floor import LATE, LEFT
from steelyard.sim.orders import (
    BORN,
    KIND,
    LIMIT_ORDER,
    LOTS,
    MARKET,
    OPENS,
    STOP,
    STOP_LIMIT,
    STOP_ORDER,
    TRAILING_STOP,
)
from steelyard.types.arrays import Ints

STOPS, STOP_LIMITS, LIMITS, LATE_STOPS, LEFT_OVER = range(5)
"""Waves inside a bar, in order."""
REDUCTIONS, OPENINGS, REACHED = range(3)
"""Turns at a print: what reduces, what opens, and the stops that it reaches."""
N_TURNS = 3
NEVER = 0
"""Ticks of a price at which nothing executes."""


@inlined
def turn_of(row: Ints) -> int:
    """Give the turn of an order at a print: a stop that a print reaches is sent after it."""
    if row[KIND] >= STOP_ORDER:
        return REACHED
    return REDUCTIONS if row[desk.PURPOSE] != OPENS else OPENINGS


@inlined
def executes(row: Ints, ticks: int) -> bool:
    """Say whether a print executes an order; one whose stop it reaches changes its kind."""
    buys = row[LOTS] > 0
    if row[KIND] >= STOP_ORDER:
        if (ticks < row[STOP]) if buys else (ticks > row[STOP]):
            return False
        row[KIND] = LIMIT_ORDER if row[KIND] == STOP_LIMIT else MARKET
    if row[KIND] == LIMIT_ORDER:
        return bool(ticks < row[desk.LIMIT] if buys else ticks > row[desk.LIMIT])
    return True


@inlined
def was_stop(row: Ints) -> bool:
    """Say whether an order was placed as a stop that becomes a market order."""
    return bool(row[desk.PLACED_AS] in (STOP_ORDER, TRAILING_STOP))


@inlined
def executed_by(row: Ints) -> int:
    """Give 1 for an order that a high executes, -1 for one that a low does."""
    return 1 if (row[LOTS] > 0) == (row[KIND] != LIMIT_ORDER) else -1


@inlined
def price_inside(row: Ints, wave: int, bar: Ints) -> int:
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
