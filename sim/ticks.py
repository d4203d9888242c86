"""Prices in whole ticks, and what a split makes of ticks and lots."""

import numpy as np

from steelyard.kernel import leaf


@leaf
def to_ticks(price: float, tick: float) -> int:
    """Give a quoted price in whole ticks, the nearest; 0 where there is none."""
    if not np.isfinite(price):
        return 0
    return int(np.floor(price / tick + 0.5))


@leaf
def split_ticks(ticks: int, new: int, old: int) -> int:
    """Give the nearest tick price after every `old` units became `new`."""
    return (2 * ticks * old + new) // (2 * new)


@leaf
def split_lots(lots: int, new: int, old: int) -> int:
    """Give the whole lots, signed, that lots become in a split, rounded towards zero."""
    whole = abs(lots) * new // old
    return whole if lots >= 0 else -whole
