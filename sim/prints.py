"""What orders meet: a course's bars in whole ticks, with all that bounds and prices a fill."""

from typing import NamedTuple

import numpy as np

from steelyard.sim.course import NO_CASH_OUT, Course
from steelyard.types.arrays import Bools, Floats, Ints

OPEN, HIGH, LOW, CLOSE = range(4)
"""Columns of `Prints.ticks`."""
VOLUME, TRAILING, HALF_SPREAD_BPS, VOLATILITY, LOW_LIMIT, HIGH_LIMIT = range(6)
"""Columns of `Prints.flow`."""
SPLIT_NEW, SPLIT_OLD, DIVIDEND, CASH_OUT = range(4)
"""Columns of `Prints.action`."""
NO_LIMITS = (0.0, np.inf)


class Prints(NamedTuple):
    """Bars as the exchange reads them: few wide arrays, since a kernel pays for each."""

    ticks: Ints
    """Open, high, low and close in ticks, 0 where there is no bar, shape (T, N, 4)."""
    flow: Floats
    """Shape (T, N, 6): volume and mean volume before, units (NaN where unknown); half-spread,
    bps; volatility per step known before the bar (NaN where unknown); prices in ticks between
    which trading is free."""
    action: Ints
    """Shape (T, N, 4): units after for units before a split, micros of dividend per unit, and
    micros for which a unit is delisted, -1 where it is not."""
    acts: Bools
    """Whether any action takes effect in the step, shape (T,)."""
    ends_session: Bools
    """Shape (T,)."""


def prints_of(course: Course, tick: Floats, known_lag: int, price_limit: float) -> Prints:
    """Lay out a course for the exchange.

    Args:
        course: Prices as quoted.
        tick: Currency per tick, shape (N,).
        known_lag: The newest bar known at step t is t - known_lag.
        price_limit: Largest move from the close before, as a fraction; NaN for none.
    """
    prices = np.stack([course.open, course.high, course.low, course.close], axis=-1)
    # Each by itself: an open print must not know whether its bar has a close.
    ticks = np.where(np.isfinite(prices), np.floor(prices / tick[:, None] + 0.5), 0.0)
    volatility = course.volatility
    if known_lag == 0:
        volatility = np.vstack([np.full((1, len(tick)), np.nan), volatility[:-1]])
    low, high = _limits(course, tick, price_limit)
    columns = [course.volume, course.trailing_volume, course.half_spread_bps, volatility, low, high]
    actions = [course.split_new, course.split_old, course.dividend_micros, course.cash_out_micros]
    return Prints(
        ticks=np.ascontiguousarray(ticks.astype(np.int64)),
        flow=np.ascontiguousarray(np.stack(columns, axis=-1)),
        action=np.ascontiguousarray(np.stack(actions, axis=-1)),
        acts=_acts(course),
        ends_session=np.append(course.session[1:] != course.session[:-1], True),
    )


def _acts(course: Course) -> Bools:
    acts = (course.split_new != course.split_old) | (course.dividend_micros != 0)
    there: Bools = (acts | (course.cash_out_micros != NO_CASH_OUT)).any(axis=1)
    return there


def _limits(course: Course, tick: Floats, price_limit: float) -> tuple[Floats, Floats]:
    """Give the ticks within which each bar trades freely, around the close before it.

    In a locked bar no price is free for the side that wants out.
    """
    low = np.where(course.locked < 0, np.inf, NO_LIMITS[0])
    high = np.where(course.locked > 0, 0.0, NO_LIMITS[1])
    if np.isnan(price_limit):
        return low, high
    closes = course.close.copy()
    for step in range(1, len(closes)):
        ratio = course.split_new[step] / course.split_old[step]
        before = closes[step - 1] / ratio
        known = np.isfinite(before)
        floor = np.ceil((before * (1.0 - price_limit) / tick)[known])
        ceiling = np.floor((before * (1.0 + price_limit) / tick)[known])
        low[step, known] = np.maximum(low[step, known], floor)
        high[step, known] = np.minimum(high[step, known], ceiling)
        closes[step] = np.where(np.isfinite(closes[step]), closes[step], before)
    return low, high
