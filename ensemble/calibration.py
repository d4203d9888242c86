"""The base rate, and each agent's recalibration: intercept and slope, learnt online.

Platt (1999) in the online Bayesian form; a slope of zero is the base rate.
"""

import math

import numpy as np

from steelyard.ensemble.bayes import Rows, bounded, log_loss, logistic_step, logit
from steelyard.ensemble.state import BaseRates, Calibration, Pending, Settled
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats

CALIBRATION_DRIFT = 1e-4
TRAILING = 1.0 - 1.0 / 252.0
"""Kept per step of the trailing loss: a memory of about a year of sessions."""
TRAILING_PRIOR = 20.0
"""Opinions as good as the base rate that each agent's trailing loss starts from."""


@kernel
def base_log_odds(base: BaseRates, bucket: int) -> float:
    """Give the log-odds of the base rate."""
    return logit(base.up[bucket] / base.total[bucket])


@kernel
def base_variance(base: BaseRates, bucket: int) -> float:
    """Give the variance of the base rate's log-odds (of a beta posterior, by the delta rule)."""
    rate = base.up[bucket] / base.total[bucket]
    return 1.0 / (base.total[bucket] * rate * (1.0 - rate))


@kernel
def correlation(base: BaseRates, bucket: int) -> float:
    """Give the correlation of two instruments' outcome signs, in [0, 1]."""
    return max(0.0, min(1.0, base.co_moved[bucket] / base.steps[bucket]))


@kernel
def learn_base(base: BaseRates, bucket: int, up: Floats, horizon: int) -> None:
    """Learn from all settled rows of one step; `up` is 0 or 1, shape (n_settled,)."""
    n_rows = len(up)
    if n_rows == 0:
        return
    rate = base.up[bucket] / base.total[bucket]
    n_up = up.sum()
    total = (n_up - n_rows * rate) / math.sqrt(rate * (1.0 - rate))
    squares = (n_up * (1.0 - rate) ** 2 + (n_rows - n_up) * rate**2) / (rate * (1.0 - rate))
    if n_rows > 1:
        base.co_moved[bucket] += (total * total - squares) / (n_rows * (n_rows - 1.0)) / horizon
        base.steps[bucket] += 1.0 / horizon
    temper = 1.0 / (horizon * (1.0 + correlation(base, bucket) * (n_rows - 1.0)))
    base.up[bucket] += temper * n_up
    base.total[bucket] += temper * n_rows


@kernel
def recalibrated(calibration: Calibration, agent: int, stated: float) -> float:
    """Give an agent's log-odds beyond the base rate from those it stated."""
    mean = calibration.mean[agent]
    return bounded(mean[0] + mean[1] * stated)


@kernel
def calibration_variance(calibration: Calibration, agent: int, stated: float) -> float:
    """Give the variance of an agent's recalibrated log-odds."""
    v = calibration.covariance[agent]
    return max(0.0, v[0, 0] + 2.0 * v[0, 1] * stated + v[1, 1] * stated * stated)


@kernel
def forget(calibration: Calibration) -> None:
    """Let one step fade from the trailing losses."""
    for agent in range(len(calibration.excess)):
        calibration.excess[agent] *= TRAILING
        calibration.weight[agent] *= TRAILING


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
def learn_agent(calibration: Calibration, agent: int, pending: Pending, settled: Settled) -> None:
    """Recalibrate one agent on what it said at the settled step, each opinion exactly once."""
    rows = _said(agent, pending, settled)
    n_said = len(rows.up)
    if n_said == 0:
        return
    for row in range(n_said):
        foretold = bounded(rows.offset[row] + recalibrated(calibration, agent, rows.inputs[row, 1]))
        excess = log_loss(foretold, rows.up[row]) - log_loss(rows.offset[row], rows.up[row])
        calibration.excess[agent] += rows.temper[row] * excess
        calibration.weight[agent] += rows.temper[row]
    logistic_step(calibration.mean[agent], calibration.covariance[agent], rows, CALIBRATION_DRIFT)


@kernel
def _said(agent: int, pending: Pending, settled: Settled) -> Rows:
    """Gather the settled opinions of one agent: inputs 1 and its log-odds beyond the base."""
    fresh, n_said = pending.fresh[settled.slot], 0
    for instrument in settled.instrument:
        n_said += not math.isnan(fresh[instrument, agent])
    rows = Rows(np.ones((n_said, 2)), np.zeros(n_said), np.zeros(n_said), np.zeros(n_said))
    row = 0
    for i in range(len(settled.instrument)):
        instrument = settled.instrument[i]
        stated = fresh[instrument, agent]
        if not math.isnan(stated):
            rows.inputs[row, 1] = stated
            rows.offset[row] = pending.base[settled.slot, settled.bucket]
            rows.up[row] = settled.up[i]
            rows.temper[row] = pending.agent_temper[settled.slot, instrument, agent]
            row += 1
    return rows
