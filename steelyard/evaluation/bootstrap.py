"""Intervals for means over steps that depend on their neighbours."""

from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Floats, Ints

N_DRAWS = 1000
SEED = 1994
TAIL = 2.5
"""Percent outside the interval on each side: 95 % inside."""
BLOCK_HORIZONS = 3
"""Mean block in horizons. Blocks of one horizon keep 74 % of the variance that windows
overlapping in full bring about, of three 90 %: 2 x integral of (1 - x) exp(-x / n), 0 to 1."""
FEWEST_BLOCKS = 10
"""Blocks are kept shorter, down to one horizon, so that about as many fit the course."""


class Interval(NamedTuple):
    """A mean and the 95 % interval around it; NaN where it cannot be told."""

    mean: float
    low: float
    high: float


def mean_block(n_steps: int, longest_horizon: int) -> int:
    """Give the mean length of a block in steps, at least the longest horizon."""
    return min(BLOCK_HORIZONS * longest_horizon, max(longest_horizon, n_steps // FEWEST_BLOCKS))


def interval(total: Floats, count: Floats, block: int) -> Interval:
    """Give sum of `total` / sum of `count`, and how far chance may move it.

    Args:
        total: Sum of what is averaged at each step, shape (n_steps,).
        count: Number of values in that sum, same shape, >= 0.
        block: Mean length of the blocks of steps that are drawn together.

    Returns:
        Percentiles of 1000 seeded draws. Without limits where the course is shorter than
        10 blocks: they would come out too narrow.

    References:
        Politis and Romano (1994), JASA 89(428): the stationary bootstrap.
    """
    n_steps, n_values = len(total), float(count.sum())
    if n_values == 0:
        return Interval(float("nan"), float("nan"), float("nan"))
    mean = float(total.sum() / n_values)
    if n_steps < FEWEST_BLOCKS * block:
        return Interval(mean, float("nan"), float("nan"))
    start, stop = _blocks(n_steps, block)
    drawn = _block_sums(total, start, stop)
    values = _block_sums(count, start, stop)
    ratios = drawn[values > 0] / values[values > 0]
    low, high = np.percentile(ratios, [TAIL, 100.0 - TAIL])
    return Interval(mean, float(low), float(high))


def _blocks(n_steps: int, block: int) -> tuple[Ints, Ints]:
    """Draw blocks of geometric length that fill the course, each shape (N_DRAWS, n_blocks).

    A block that begins in the course may run over its end into its beginning, so `stop` is
    at most twice the number of steps.
    """
    chance = np.random.Generator(np.random.Philox(SEED))
    mean = n_steps / block
    # Eight standard deviations: the last block, which takes what is left, is then empty.
    n_blocks = int(mean + 8.0 * np.sqrt(mean)) + 8
    ends = np.cumsum(chance.geometric(1.0 / block, (N_DRAWS, n_blocks)), axis=1)
    ends = np.minimum(ends, n_steps)
    ends[:, -1] = n_steps
    start = chance.integers(0, n_steps, (N_DRAWS, n_blocks))
    return start, start + np.diff(ends, axis=1, prepend=0)


def _block_sums(column: Floats, start: Ints, stop: Ints) -> Floats:
    around = np.concatenate([np.zeros(1), np.cumsum(np.tile(column, 2))])
    return np.asarray((around[stop] - around[start]).sum(axis=1))
