"""Proper losses of probabilities, their calibration error, and what of it is chance."""

from statistics import NormalDist

import numpy as np

from steelyard.evaluation.rows import Rows
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import QUANTUM

N_BINS = 15
"""Bins of the calibration error: 15 as in Guo et al. (2017), ICML, but of equal mass."""
N_DRAWS = 20
SEED = 15
"""Of the draws behind the noise floors; fixed, so that equal forecasts have equal floors."""


def log_losses(probability: Floats, up: Floats) -> Floats:
    """Give the log loss of each forecast, nats, same shape; certainty is clipped at 1e-6."""
    sure = np.clip(probability, QUANTUM, 1.0 - QUANTUM)
    return -np.where(up > 0, np.log(sure), np.log(1.0 - sure))


def log_loss(probability: Floats, up: Floats) -> float:
    """Give the mean log loss in nats, NaN without rows."""
    return float(log_losses(probability, up).mean()) if len(up) else float("nan")


def brier(probability: Floats, up: Floats) -> float:
    """Give the mean squared error of the probability, NaN without rows."""
    return float(((probability - up) ** 2).mean()) if len(up) else float("nan")


def ece(probability: Floats, up: Floats) -> float:
    """Give the expected calibration error over 15 bins of equal mass, NaN without rows.

    Rows of equal probability keep their order, so ties fall into bins by time.
    """
    if not len(up):
        return float("nan")
    order = np.argsort(probability, kind="stable")
    return float(_binned((probability - up)[order]))


def ece_floor_independent(probability: Floats) -> float:
    """Give the calibration error by chance if every outcome were independent.

    It is what a perfectly calibrated forecaster with these forecasts would show on the
    mean of 20 draws. Too low where windows overlap: see `ece_floor`.
    """
    if not len(probability):
        return float("nan")
    ordered = np.sort(probability)
    chance = _generator()
    draws = [_binned(ordered - (chance.random(len(ordered)) < ordered)) for _ in range(N_DRAWS)]
    return float(np.mean(draws))


def ece_floor(rows: Rows, correlation: float) -> float:
    """Give the calibration error by chance, with outcomes that overlap as the rows' do.

    Outcomes over 21 steps, stated anew at each step, share 20 of them with their
    neighbours, and instruments move together. So a perfectly calibrated forecaster misses
    by more than if each row were a coin of its own. Here its outcomes are the signs of sums
    of independent normal step returns over each row's window, which instruments share in
    part; each threshold is set so that every single row is up with exactly its stated
    probability. Only the dependence between rows differs from `ece_floor_independent`, with
    which it agrees for windows of one step of one instrument.

    Args:
        rows: Settled forecasts, of any horizons.
        correlation: Of the outcomes' signs between instruments, in [0, 1].

    Returns:
        Mean of 20 draws; NaN without rows.
    """
    if not len(rows.up):
        return float("nan")
    order = np.argsort(rows.probability, kind="stable")
    threshold = _normal_quantile(1.0 - rows.probability)
    # Two normals of correlation sin(pi / 2 x c) have signs of correlation c.
    shared = np.sin(np.pi / 2.0 * correlation)
    chance = _generator()
    draws = []
    for _ in range(N_DRAWS):
        up = _window_draw(rows, shared, chance) > threshold
        draws.append(_binned((rows.probability - up)[order]))
    return float(np.mean(draws))


def _window_draw(rows: Rows, shared: float, chance: np.random.Generator) -> Floats:
    """Draw a standard normal for each row, dependent as far as windows and markets are."""
    first = int(rows.step.min())
    n_steps = int((rows.step + rows.horizon).max()) - first
    n_instruments = int(rows.instrument.max()) + 1
    market = chance.standard_normal((n_steps, 1))
    own = chance.standard_normal((n_steps, n_instruments))
    moves = np.sqrt(shared) * market + np.sqrt(1.0 - shared) * own
    level = np.vstack([np.zeros((1, n_instruments)), np.cumsum(moves, axis=0)])
    start = rows.step - first
    moved = level[start + rows.horizon, rows.instrument] - level[start, rows.instrument]
    return np.asarray(moved / np.sqrt(rows.horizon))


def _normal_quantile(probability: Floats) -> Floats:
    """Give quantiles of the standard normal; scipy would cost more to import than this."""
    inverse = NormalDist().inv_cdf
    inside = np.clip(probability, QUANTUM, 1.0 - QUANTUM)
    distinct, place = np.unique(inside, return_inverse=True)
    quantile = np.fromiter(map(inverse, distinct.tolist()), dtype=np.float64, count=len(distinct))
    return quantile[place]


def _binned(miss: Floats) -> float:
    """Give the sum over bins of |sum of the misses| / n; `miss` is ordered by probability."""
    return float(np.abs(np.add.reduceat(miss, _bin_starts(len(miss)))).sum() / len(miss))


def _bin_starts(n_rows: int) -> Ints:
    """Give the first row of each bin as `numpy.array_split` makes them, empty ones left out."""
    n_bins = min(N_BINS, n_rows)
    size, larger = divmod(n_rows, n_bins)
    sizes = np.full(n_bins, size)
    sizes[:larger] += 1
    return np.asarray(np.cumsum(sizes) - sizes)


def _generator() -> np.random.Generator:
    return np.random.Generator(np.random.Philox(SEED))
