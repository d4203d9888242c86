"""Jumps of prices that a split would explain where none is stated, and the other way round.

Nothing is mended: a price may halve overnight. But a split that was forgotten, or prices that
were adjusted already, make returns that never were, and no other check sees them.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from steelyard.feeds.instants import day_of
from steelyard.types.arrays import Bools, Floats
from steelyard.types.market import Bars

MOST_UNITS = 20
"""Splits of up to so many units for one are looked for, and as many into one."""

NEAR = float(np.log(1.04))
"""How near in logarithms a jump is to a whole ratio to look like a split: a day's usual move."""

CLEAR = float(np.log(1.25))
"""A stated split of a smaller ratio is lost in the moves of a day."""

MOST_DAYS = 2
"""Days named of an instrument; the others are counted."""

NOT_SHOWN = "a split is stated that its price does not show; are its prices split_adjusted already?"
NOT_STATED = "its price jumps as at a split, but no action states one there"


def jump_warnings(bars: Bars, symbols: Sequence[str]) -> tuple[str, ...]:
    """Say of each instrument, once, that its prices and its splits do not agree.

    Args:
        bars: As quoted on the day, with the actions laid on them.
        symbols: Of the columns.
    """
    raw = np.log(bars.open) - _last_log_close(bars.close)
    ratio = np.log(bars.split_new / bars.split_old)
    told: list[str] = []
    for column, symbol in enumerate(symbols):
        move, split = raw[:, column], ratio[:, column]
        hidden = (np.abs(split) > CLEAR) & (np.abs(move + split) > np.abs(move))
        told += _told(hidden, bars, symbol, NOT_SHOWN)
        jumped = (split == 0.0) & _like_a_split(move)
        told += _told(jumped, bars, symbol, NOT_STATED)
    return tuple(told)


def _last_log_close(close: Floats) -> Floats:
    """Give the logarithm of the last close before each step, NaN before the first."""
    row = np.where(np.isfinite(close), np.arange(len(close))[:, None], -1)
    last = np.maximum.accumulate(row, axis=0)
    held = np.where(last >= 0, np.take_along_axis(close, np.maximum(last, 0), axis=0), np.nan)
    before: Floats = np.log(np.vstack([np.full((1, close.shape[1]), np.nan), held[:-1]]))
    return before


def _like_a_split(move: Floats) -> Bools:
    """Say which moves are near a whole ratio, up or down; shape of `move`."""
    size = np.abs(move)[:, None]
    wholes = np.log(np.arange(2, MOST_UNITS + 1))
    near: Bools = (np.abs(size - wholes) < NEAR).any(axis=1)
    return near


def _told(flags: Bools, bars: Bars, symbol: str, what: str) -> Iterator[str]:
    steps = np.flatnonzero(flags)
    if len(steps):
        days = ", ".join(str(day_of(bars.session[step])) for step in steps[:MOST_DAYS])
        more = f" and {len(steps) - MOST_DAYS} more" if len(steps) > MOST_DAYS else ""
        yield f"{symbol} on {days}{more}: {what}"
