"""Markets for tests of shocks, and what must hold of any shock laid over one."""

import numpy as np

from steelyard.sim.shocks import lay, market_of
from tests.sim.history import market, random_market, world_of

PRICES = ("open", "high", "low", "close")


def random_world(seed, n_instruments=3):
    """A world with gaps, splits, dividends, a late listing, a delisting and a benchmark."""
    bars = random_market(seed, n_instruments=n_instruments)
    for column in (*bars[3:7], bars.volume):
        column[:10, -1] = np.nan
        column[55:, 0] = np.nan
    bars.cash_out[55, 0] = 41.0
    index = random_market(seed + 1, n_instruments=1)
    whole = np.ones_like(index.split_new)
    return world_of(bars, benchmark=index._replace(split_new=whole, split_old=whole))


def flat_world(n_steps=12, **columns):
    """Two instruments at 100 that never move, one unit a bar."""
    return world_of(market(n_steps, np.full((n_steps, 2), 100.0), **columns))


def laid(shock, world, at, seed=7):
    """The market of `world` with one shock."""
    return lay([shock], market_of(world), at, seed)


def reordered(world, order):
    """The same world with its instruments in another order, benchmark alike."""
    bars = type(world.bars)._make(
        column if column.ndim == 1 else column[:, order] for column in world.bars
    )
    return bars, tuple(world.instruments[each] for each in order)


def faults(bars):
    """Say what is wrong with bars, nothing where nothing is."""
    first, high, low, close = bars[3:7]
    there = np.isfinite(close)
    checks = {
        "low above a price": np.all(~there | (low <= np.minimum(first, close))),
        "high below a price": np.all(~there | (high >= np.maximum(first, close))),
        "price not above 0": np.all(~there | (low > 0)),
        "half a bar": all(np.array_equal(there, np.isfinite(each)) for each in bars[3:8]),
        "a bar in a halt": not np.any(bars.halted & there),
        "volume below 0": np.all(~there | (bars.volume >= 0)),
    }
    return [fault for fault, right in checks.items() if not right]
