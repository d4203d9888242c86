"""The base rate, and each agent's recalibration: intercept and slope, learnt online.

Platt (1999) in an online Bayesian form, on log-odds beyond the base rate: with both
coefficients zero an agent is the base rate.
"""

import math
from typing import NamedTuple

import numpy as np

from steelyard.ensemble.bayes import (
    bounded,
    log_loss,
    logistic_step,
    logit,
    rows_that_teach,
    sigmoid,
    total_of,
)
from steelyard.ensemble.state import BaseRates, Calibration, OpinionRing, Settled
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats, Ints

CALIBRATION_DRIFT = 1e-4
"""As the drifting stackers': skill that turns must be found."""
TRAILING = 1.0 - 1.0 / 252.0
"""Kept per step of the trailing loss: a memory of about a year of sessions."""
TRAILING_PRIOR = 20.0
"""Opinions as good as the base rate that each agent's trailing loss starts from."""


class Beliefs(NamedTuple):
    """What the base rates say now; all of shape (B,)."""

    rate: Floats
    log_odds: Floats
    variance: Floats
    """Of the log-odds."""
    alike: Floats
    """Correlation of two instruments' outcome signs, in [0, 1]."""


@kernel
def believe(base: BaseRates) -> Beliefs:
    """Give the base rates, their log-odds, the variance and the correlation of signs."""
    up, total, co_moved, steps = base
    size = len(up)
    rates, log_odds = np.zeros(size), np.zeros(size)
    variance, alike = np.zeros(size), np.zeros(size)
    for bucket in range(size):
        rate = up[bucket] / total[bucket]
        log_odds[bucket] = logit(rate)
        rates[bucket] = sigmoid(log_odds[bucket])  # to the bit, where nobody moves it
        # Of a beta posterior, by the delta rule.
        variance[bucket] = 1.0 / (total[bucket] * rate * (1.0 - rate))
        alike[bucket] = max(0.0, min(1.0, co_moved[bucket] / steps[bucket]))
    return Beliefs(rates, log_odds, variance, alike)


@kernel
def learn_base(base: BaseRates, settled: Settled, horizon: int, alike: float) -> None:
    """Learn from all settled rows of one step, new opinions or not."""
    bucket, n_rows = settled.bucket, len(settled.up)
    rate = base.up[bucket] / base.total[bucket]
    n_up = total_of(settled.up)
    if n_rows > 1:
        total = n_up - n_rows * rate
        squares = n_up * (1.0 - rate) ** 2 + (n_rows - n_up) * rate**2
        pairs = n_rows * (n_rows - 1.0) * rate * (1.0 - rate)
        base.co_moved[bucket] += (total * total - squares) / pairs / horizon
        base.steps[bucket] += 1.0 / horizon
    temper = 1.0 / (horizon * (1.0 + alike * (n_rows - 1.0)))
    base.up[bucket] += temper * n_up
    base.total[bucket] += temper * n_rows


@kernel
def recalibrated(mean: Floats, stated: float) -> float:
    """Give an agent's log-odds beyond the base rate from those it stated."""
    return bounded(mean[0] + mean[1] * stated)


@kernel
def calibration_variance(covariance: Floats, stated: float) -> float:
    """Give the variance of an agent's recalibrated log-odds."""
    of_slope = 2.0 * covariance[0, 1] + covariance[1, 1] * stated
    variance: float = covariance[0, 0] + of_slope * stated
    return max(0.0, variance)


@kernel
def best_agent(calibration: Calibration) -> int:
    """Give the agent with the smallest mean trailing loss, -1 before any opinion settled."""
    best, least = -1, math.inf
    for agent in range(len(calibration.excess)):
        loss = calibration.excess[agent] / (calibration.weight[agent] + TRAILING_PRIOR)
        if calibration.weight[agent] > 0.0 and loss < least:
            best, least = agent, loss
    return best


@kernel
def learn_agents(
    calibration: Calibration, ring: OpinionRing, base: float, settled: Settled, asked: Ints
) -> None:
    """Recalibrate agents on what they said at the settled step, each opinion exactly once.

    Args:
        calibration: Changed in place.
        ring: Holds what was said.
        base: Log-odds of the base rate at that step.
        settled: One bucket's outcomes.
        asked: The bucket of each agent, shape (K,).
    """
    coefficients, covariance, excess, weight = calibration
    stated, temper = ring.stated, ring.temper
    for agent in range(len(asked)):
        if asked[agent] == settled.bucket:
            inputs = _with_intercept(stated[settled.slot, agent])
            rows = rows_that_teach(inputs, temper[settled.slot, agent], base, settled)
            mean = coefficients[agent]
            for row in range(len(rows.up)):
                foretold = bounded(base + recalibrated(mean, rows.inputs[row, 1]))
                gain = log_loss(base, rows.up[row]) - log_loss(foretold, rows.up[row])
                excess[agent] -= rows.temper[row] * gain
                weight[agent] += rows.temper[row]
            if len(rows.up) > 0:
                logistic_step(mean, covariance[agent], rows, CALIBRATION_DRIFT)


@kernel
def _with_intercept(stated: Floats) -> Floats:
    """Give each instrument the inputs 1 and the stated log-odds, shape (N, 2)."""
    inputs = np.ones((len(stated), 2))
    for i in range(len(stated)):
        inputs[i, 1] = stated[i]
    return inputs
