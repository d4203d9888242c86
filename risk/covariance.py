"""Covariance of step returns: trailing volatilities, shrunk exponentially weighted correlations."""

import numpy as np

from steelyard.kernel import inlined, kernel
from steelyard.types.arrays import Floats, Ints

DECAY = 0.99
"""Weight of yesterday's moments per step (half-life 69 steps): correlations move more slowly
than volatilities, for which RiskMetrics (1996) takes 0.94."""
PRIOR_STEPS = 5.0
"""Uncorrelated steps put before the first: one step alone correlates everything by +-1."""
MAX_MEAN_CORRELATION = 0.95
"""Of the shrinkage target; below 1, so that the shrunk matrix can be inverted."""


@inlined
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
        own = step_return[i]
        for j in range(n):
            product = own * step_return[j]
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
    result = np.zeros(moments.shape)
    covariance_into(moments, n_steps, volatility, order, result)
    return result


@inlined
def covariance_into(
    moments: Floats, n_steps: int, volatility: Floats, order: Ints, result: Floats
) -> None:
    """Write what `covariance` gives into `result`, shape (N, N)."""
    if len(order) < len(result):
        result[:] = 0.0
    steps = _effective_steps(n_steps)
    mean = _write_correlations(moments, order, result) * steps / (steps + PRIOR_STEPS)
    shrinkage = (len(order) + 1.0) / (len(order) + 1.0 + steps)
    for a in range(len(order)):
        i = order[a]
        result[i, i] = volatility[i] * volatility[i]
        for b in range(a):
            j = order[b]
            shrunk = (1.0 - shrinkage) * result[i, j] + shrinkage * mean
            result[i, j] = result[j, i] = volatility[i] * volatility[j] * shrunk


@inlined
def _write_correlations(moments: Floats, order: Ints, result: Floats) -> float:
    """Write correlations but for the diagonal; give their mean, that the shrinkage goes to."""
    for a in range(len(order)):
        i = order[a]
        for b in range(a):
            j = order[b]
            scale = np.sqrt(moments[i, i] * moments[j, j])
            result[i, j] = result[j, i] = moments[i, j] / scale if scale > 0.0 else 0.0
    total, n_pairs = 0.0, len(order) * (len(order) - 1)
    for i in order:
        for j in order:
            if i != j:
                total += result[i, j]
    return min(max(total / max(n_pairs, 1), 0.0), MAX_MEAN_CORRELATION)


@inlined
def _effective_steps(n_steps: int) -> float:
    """Count the equally weighted steps that would be as noisy as the decayed sum."""
    faded = DECAY ** float(n_steps)  # a whole exponent is multiplied out when compiled
    return float((1.0 + DECAY) / (1.0 - DECAY) * (1.0 - faded) / (1.0 + faded))
