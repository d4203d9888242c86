"""Covariance of step returns: trailing volatilities, shrunk exponentially weighted correlations."""

import numpy as np

from steelyard.kernel import kernel
from steelyard.types.arrays import Floats, Ints

DECAY = 0.99
"""Weight of yesterday's moments per step (half-life 69 steps): correlations move more slowly
than volatilities, for which RiskMetrics (1996) takes 0.94."""
PRIOR_STEPS = 5.0
"""Uncorrelated steps put before the first: one step alone correlates everything by +-1."""
MAX_MEAN_CORRELATION = 0.95
"""Of the shrinkage target; below 1, so that the shrunk matrix can be inverted."""


@kernel
def update_moments(moments: Floats, step_return: Floats) -> None:
    """Let one step into the moments, in place.

    A missing return counts as no move, which keeps the matrix positive semi-definite: an
    instrument listed late starts uncorrelated, and learns.

    Args:
        moments: Decayed sums of products of returns, shape (N, N).
        step_return: Total return of the step, as a fraction, shape (N,); NaN where none.
    """
    n = len(step_return)
    for i in range(n):
        for j in range(n):
            product = step_return[i] * step_return[j]
            fresh = product if np.isfinite(product) else 0.0
            moments[i, j] = DECAY * moments[i, j] + (1.0 - DECAY) * fresh


@kernel
def covariance(moments: Floats, n_steps: int, volatility: Floats, order: Ints) -> Floats:
    """Scale correlations, shrunk towards their mean, by volatilities.

    Args:
        moments: From `update_moments`, shape (N, N).
        n_steps: Steps in them.
        volatility: Per step, as a fraction, shape (N,).
        order: Instruments with a known volatility, in an order that their names do not
            decide; sums run in it.

    Returns:
        Per step, shape (N, N), positive definite over `order`; 0 elsewhere.

    References:
        Ledoit and Wolf (2004), "Honey, I shrunk the sample covariance matrix", Journal of
        Portfolio Management 30(4): the constant-correlation target. The intensity is not
        theirs but (n + 1) / (n + 1 + effective steps): no fourth moments of short samples.
    """
    steps = _effective_steps(n_steps)
    mean = _mean_correlation(moments, order) * steps / (steps + PRIOR_STEPS)
    shrinkage = (len(order) + 1.0) / (len(order) + 1.0 + steps)
    result = np.zeros(moments.shape)
    for i in order:
        for j in order:
            shrunk = (1.0 - shrinkage) * _correlation(moments, i, j) + shrinkage * mean
            result[i, j] = volatility[i] * volatility[j] * (1.0 if i == j else shrunk)
    return result


@kernel
def _correlation(moments: Floats, i: int, j: int) -> float:
    scale = np.sqrt(moments[i, i] * moments[j, j])
    return float(moments[i, j] / scale) if scale > 0.0 else 0.0


@kernel
def _mean_correlation(moments: Floats, order: Ints) -> float:
    total, n_pairs = 0.0, 0
    for i in order:
        for j in order:
            if i != j:
                total += _correlation(moments, i, j)
                n_pairs += 1
    return min(max(total / max(n_pairs, 1), 0.0), MAX_MEAN_CORRELATION)


@kernel
def _effective_steps(n_steps: int) -> float:
    """Count the equally weighted steps that would be as noisy as the decayed sum."""
    faded = DECAY ** float(n_steps)  # a whole exponent is multiplied out when compiled
    return float((1.0 + DECAY) / (1.0 - DECAY) * (1.0 - faded) / (1.0 + faded))
