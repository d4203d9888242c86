"""The weights that expected return, risk and the cost of getting there make best."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, kernel, leaf
from steelyard.types.arrays import Floats, Ints

TOLERANCE = 1e-12
"""Largest move of any weight in the last sweep, fraction of equity."""
MAX_SWEEPS = 10_000
"""A bound, not a setting: four instruments take tens of sweeps, fifty long and short ones at
correlations of 0.8 about 8,000 (20 ms), long only about 10."""


class Problem(NamedTuple):
    """What `best_weights` maximises: gain - aversion/2 x variance - tolls, per step."""

    expected: Floats
    """Return per step, as a fraction, shape (N,)."""
    covariance: Floats
    """Per step, shape (N, N), symmetric, positive definite over `order`, 0 elsewhere."""
    aversion: float
    """To variance, > 0: the inverse of the Kelly fraction or more."""
    held: Floats
    """Weights from which moves pay the toll, shape (N,)."""
    toll: Floats
    """Paid per unit moved away from `held`, per step, shape (N,), >= 0."""
    short_toll: Floats
    """Paid per unit held short, per step, shape (N,), >= 0."""
    low: Floats
    """Least weight, shape (N,)."""
    high: Floats
    """Greatest weight, shape (N,), >= low."""
    order: Ints
    """Instruments to decide, in the order of the sweeps; the others stay as held."""


@kernel
def best_weights(problem: Problem) -> Floats:
    """Maximise the problem by coordinate descent, shape (N,).

    The problem is strictly concave, so there is one answer; a weight moves only if its
    marginal gain at `held` exceeds the toll, and then to where the two are equal.

    References:
        Tseng (2001), Journal of Optimization Theory and Applications 109(3): coordinate
        descent converges where the kinks are separable.
    """
    weight, pull = np.empty(len(problem.held)), np.empty(len(problem.held))
    solve(problem, weight, pull)
    return weight


@inlined
def solve(problem: Problem, weight: Floats, pull: Floats) -> None:
    """Write the best weights, and what `write_pull` gives for them up to rounding."""
    for i in range(len(weight)):
        weight[i] = problem.held[i]
    for i in problem.order:
        weight[i] = min(max(weight[i], problem.low[i]), problem.high[i])
    write_pull(problem.covariance, weight, problem.order, pull)
    for _ in range(MAX_SWEEPS):
        largest = 0.0
        for i in problem.order:
            move = _best_weight(problem, i, weight[i], pull[i]) - weight[i]
            if move != 0.0:
                weight[i] += move
                for j in range(len(pull)):
                    pull[j] += problem.covariance[i, j] * move
                largest = max(largest, abs(move))
        if largest <= TOLERANCE:
            break


@leaf
def write_pull(covariance: Floats, weight: Floats, order: Ints, pull: Floats) -> None:
    """Write each instrument's covariance with the portfolio, shape (N,), 0 outside `order`."""
    for i in range(len(pull)):
        pull[i] = 0.0
    for j in order:
        if weight[j] != 0.0:
            for i in range(len(pull)):
                pull[i] += covariance[j, i] * weight[j]


@inlined
def volatility_of(covariance: Floats, weight: Floats, order: Ints, pull: Floats) -> float:
    """Give the ex-ante volatility of a portfolio per step, as a fraction of equity.

    `pull` is overwritten, shape (N,).
    """
    write_pull(covariance, weight, order, pull)
    variance = 0.0
    for i in order:
        variance += weight[i] * pull[i]
    return float(np.sqrt(max(variance, 0.0)))


@inlined
def _best_weight(problem: Problem, i: int, weight: float, pull: float) -> float:
    """Give instrument i's best weight with all others where they are."""
    curvature = problem.aversion * problem.covariance[i, i]
    gain = problem.expected[i] - problem.aversion * pull + curvature * weight
    held, toll, short_toll = problem.held[i], problem.toll[i], problem.short_toll[i]
    lower, upper = min(held, 0.0), max(held, 0.0)
    between = toll - short_toll if held < 0.0 else -toll
    sold = (gain + toll + short_toll) / curvature
    bought = (gain - toll) / curvature
    if sold < lower:
        best = sold
    elif bought > upper:
        best = bought
    else:
        best = min(max((gain - between) / curvature, lower), upper)
    return float(min(max(best, problem.low[i]), problem.high[i]))
