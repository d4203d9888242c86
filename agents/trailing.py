"""Figures over the trailing steps: row t rests on rows 0 to t alone, whatever comes after.

All take and give matrices of shape (n_steps, n_instruments), NaN where nothing is known.
"""

import numpy as np

from steelyard.types.arrays import Floats
from steelyard.types.market import Bars
from steelyard.types.outcome import wealth

LEAST_VOLATILITY = 1e-6
"""Per step; below it a price does not move, and nothing can be measured in its moves."""

LEAST_SHARE = 0.5
"""Share of a window that must be there for its mean to be one."""


def lagged(value: Floats, span: int) -> Floats:
    """Give the value `span` >= 0 steps before, NaN before the first."""
    before = np.full(value.shape, np.nan)
    before[span:] = value[: max(0, len(value) - span)]
    return before


def trailing_sum(value: Floats, span: int) -> Floats:
    """Give the sum over the last `span` >= 1 steps, of which none is NaN.

    Running sums are added up in the order of time, so they too never look ahead.
    """
    total = np.cumsum(value, axis=0, dtype=np.float64)
    total[span:] = total[span:] - total[:-span]
    return total


def trailing_mean(value: Floats, span: int) -> Floats:
    """Give the mean of the values present in the last `span` steps.

    NaN where fewer than `LEAST_SHARE` of the steps have a value.
    """
    present = np.isfinite(value)
    total = trailing_sum(np.where(present, value, 0.0), span)
    count = trailing_sum(present.astype(np.float64), span)
    return ratio(total, np.where(count >= LEAST_SHARE * span, count, np.nan))


def trailing_max(value: Floats, span: int) -> Floats:
    """Give the largest value present in the last `span` steps; NaN as `trailing_mean`."""
    largest = np.where(np.isfinite(value), value, -np.inf)
    width = 1
    while width < span:  # windows of doubled width, the last pair overlapping
        shift = min(width, span - width)
        largest = np.fmax(largest, lagged(largest, shift))
        width += shift
    enough = np.isfinite(trailing_mean(value, span))
    return np.where(enough, largest, np.nan)


def ratio(above: Floats, below: Floats) -> Floats:
    """Divide; NaN where `below` is not above 0."""
    whole = np.isfinite(below) & (below > 0.0)
    quotient = np.full(np.shape(below), np.nan)
    np.divide(above, below, out=quotient, where=whole)
    return quotient


def log(value: Floats) -> Floats:
    """Give the natural logarithm; NaN where the value is not above 0."""
    whole = np.isfinite(value) & (value > 0.0)
    result = np.full(np.shape(value), np.nan)
    np.log(value, out=result, where=whole)
    return result


def log_wealth(bars: Bars) -> Floats:
    """Give the logarithm of the total-return index at the close."""
    return log(wealth(bars, bars.close))


def volatility(bars: Bars, span: int) -> Floats:
    """Give the root mean square of total log return per step over the last `span` steps.

    About zero, not about the mean, which over a few months is noise. NaN where the price
    does not move.
    """
    index = log_wealth(bars)
    variance = trailing_mean((index - lagged(index, 1)) ** 2, span)
    return np.sqrt(np.where(variance > LEAST_VOLATILITY**2, variance, np.nan))


def at_steps(value: Floats, known_lag: int) -> Floats:
    """Move rows of known bars to the steps that know them: `known_lag` rows on."""
    unknown = np.full((known_lag, value.shape[1]), np.nan)
    return np.vstack([unknown, value])
