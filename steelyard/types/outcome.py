"""Outcomes at executable prices, and price indexes that never look ahead.

All of it runs forwards in time: row t of every result depends on rows 0 to t of the
bars alone (outcomes: on rows up to the one in which the window closes).
"""

import numpy as np

from steelyard.types.arrays import Bools, Floats
from steelyard.types.market import Bars, Timing

SIGN_CORRELATION = 0.3
"""Of the signs of two stocks' outcomes, before any is known: 2 / pi x asin(.45) for returns
correlated .45, as those of large stocks of one market."""
NO_MOVE = 1e-9
"""Smallest absolute return that counts as a move; below it nothing settles."""


def settle_offset(timing: Timing, horizon: int) -> int:
    """Count the steps after which an outcome over `horizon` may be learnt from.

    The window closes in bar t + exec_offset + horizon; that bar is over, and known, when
    step t + exec_offset + horizon + known_lag decides.
    """
    return timing.exec_offset + horizon + timing.known_lag


def units_index(bars: Bars) -> Floats:
    """Give how many units one unit has become by splits, shape (n_steps, n_instruments)."""
    ratio: Floats = bars.split_new / bars.split_old
    index: Floats = np.multiply.accumulate(ratio, axis=0)
    return index


def wealth(bars: Bars, price: Floats) -> Floats:
    """Give the value of one unit held since step 0, dividends put back in at the open.

    Args:
        bars: Quoted bars.
        price: Quoted prices to value at, shape (n_steps, n_instruments); NaN where none.

    Returns:
        Total-return index at `price`, same shape; NaN where `price` is.
    """
    ratio = bars.split_new / bars.split_old
    before = np.vstack([np.full((1, bars.close.shape[1]), np.nan), carried(bars.close)[:-1]])
    paid_at = np.where(np.isfinite(bars.open), bars.open, before / ratio)
    # A dividend before the first bar is nobody's.
    paid = (bars.dividend > 0) & np.isfinite(paid_at)
    reinvested = np.where(paid, 1.0 + bars.dividend / paid_at, 1.0)
    index: Floats = price * units_index(bars) * np.cumprod(reinvested, axis=0)
    return index


def carried(level: Floats) -> Floats:
    """Fill gaps with the last value before them, NaN before the first; shape as `level`."""
    row = np.where(np.isfinite(level), np.arange(len(level))[:, None], -1)
    newest = np.maximum.accumulate(row, axis=0)
    filled = np.take_along_axis(level, np.maximum(newest, 0), axis=0)
    return np.where(newest >= 0, filled, np.nan)


def total_outcomes(bars: Bars, timing: Timing, horizon: int) -> Floats:
    """Give each step's total return from its first executable price, `horizon` steps on.

    Args:
        bars: Quoted bars.
        timing: When decisions are made; only its offsets are used.
        horizon: Length of the window in steps, >= 1.

    Returns:
        Shape (n_steps, n_instruments); NaN where the window does not fit the bars, a bar
        inside it is missing, or the price did not move.
    """
    outcome = np.full(bars.close.shape, np.nan)
    first = timing.exec_offset
    n_rows = len(outcome) - first - horizon
    if n_rows <= 0:
        return outcome
    index = wealth(bars, bars.close if timing.exec_at_close else bars.open)
    entry, leave = index[first : first + n_rows], index[first + horizon : first + horizon + n_rows]
    moved = leave / entry - 1.0
    whole = _no_gap(np.isfinite(index), horizon)[first : first + n_rows]
    outcome[:n_rows] = np.where(whole & (np.abs(moved) >= NO_MOVE), moved, np.nan)
    return outcome


def _no_gap(present: Bools, horizon: int) -> Bools:
    """Say whether rows t to t + horizon are all present; False where they do not fit."""
    missing = np.vstack([np.zeros((1, present.shape[1])), np.cumsum(~present, axis=0)])
    whole = np.zeros(present.shape, dtype=np.bool_)
    n_rows = len(present) - horizon
    if n_rows > 0:
        whole[:n_rows] = missing[horizon + 1 :][:n_rows] == missing[:n_rows]
    return whole
