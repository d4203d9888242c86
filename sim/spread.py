"""The half-spread that past bars let one expect, where none is quoted.

A close is a trade at the bid or the ask; the middle of the range lies between the two. So the
close's distance from the middles of its own bar and of the next one holds the half-spread twice,
with one sign, while what the price itself did before and after the close is independent.
"""

import numpy as np

from steelyard.types.arrays import Floats, Ints
from steelyard.types.market import Bars
from steelyard.types.units import BPS

WINDOW = 252
"""Pairs of bars averaged. A month is usual, but its noise drowns small spreads."""
MIN_PAIRS = 20
"""Pairs needed before a half-spread is stated, as many as returns for a volatility."""
HALF = 0.5


def estimated_half_spread(bars: Bars, tick: Floats, window: int = WINDOW) -> Floats:
    """Estimate each half-spread from the bars before a step.

    What a row states is known before its bar begins. A spread far below the bars' volatility
    cannot be told from none, and is as often overstated as it falls to the floor of half a
    tick: on simulated bars of 1.5 % volatility, over 252 pairs, a half-spread of 50 bps comes
    out at 50 with a standard deviation of 9, one of 25 at 23 with 13, one of 0 at 10 with 12.
    For shares that trade at a cent or two, state the spread.

    Args:
        bars: As quoted on the day; missing bars are passed over.
        tick: Smallest price step of each instrument, in the currency, shape (n_instruments,).
        window: Pairs of consecutive bars that are averaged, at most.

    Returns:
        Half-spread in bps of the price, at least half a tick, shape (n_steps, n_instruments);
        NaN until `MIN_PAIRS` pairs are past.

    References:
        Abdi and Ranaldo (2017), Review of Financial Studies 30(12), equation 11: the spread
        squared is four times the mean of (close - middle) (close - next middle), in logarithms.
    """
    half = np.full(bars.close.shape, np.nan)
    units = np.cumprod(bars.split_new / bars.split_old, axis=0)
    for column in range(bars.close.shape[1]):
        step = np.flatnonzero(np.isfinite(bars.close[:, column]))
        if len(step) <= MIN_PAIRS:
            continue
        price = bars.close[step, column] * units[step, column]
        middle = np.sqrt(bars.high[step, column] * bars.low[step, column]) * units[step, column]
        known_from = step[MIN_PAIRS:] + 1
        row = np.arange(known_from[0], len(half))
        newest = np.searchsorted(known_from, row, side="right") - 1
        quoted = price[MIN_PAIRS:][newest] / units[row, column]
        spread = np.sqrt(np.maximum(0.0, _means(price, middle, window)[newest]))
        half[row, column] = np.maximum(spread, HALF * tick[column] / quoted) / BPS
    return half


def _means(price: Floats, middle: Floats, window: int) -> Floats:
    """Give the mean product of the newest pairs, from the first `MIN_PAIRS` on."""
    close = np.log(price[:-1])
    product = (close - np.log(middle[:-1])) * (close - np.log(middle[1:]))
    total = np.concatenate([[0.0], np.cumsum(product)])
    last: Ints = np.arange(MIN_PAIRS, len(total))
    first = np.maximum(0, last - window)
    mean: Floats = (total[last] - total[first]) / (last - first)
    return mean
