"""The base rate, and each agent's recalibration: intercept and slope, learnt online.

Platt (1999) in an online Bayesian form, on log-odds beyond the base rate: with both
coefficients zero an agent is the base rate.
"""

import math
from typing import NamedTuple

from steelyard.ensemble.bayes import bounded, log_loss, logit, shrink_two, sigmoid
from steelyard.ensemble.state import (
    CO_MOVED,
    COUNTS,
    EXCESS,
    INTERCEPT,
    SLOPE,
    STATED_ODDS,
    STEPS,
    TOTAL,
    UP,
    VARIANCE_00,
    VARIANCE_01,
    VARIANCE_10,
    VARIANCE_11,
    WEIGHT,
    Settled,
)
from steelyard.kernel import inlined
from steelyard.types.arrays import Floats, Ints

CALIBRATION_DRIFT = 1e-4
"""As the drifting stackers': skill that turns must be found."""
TRAILING = 1.0 - 1.0 / 252.0
"""Kept per step of the trailing loss: a memory of about a year of sessions."""
TRAILING_PRIOR = 20.0
"""Opinions as good as the base rate that each agent's trailing loss starts from."""

# Columns of what `believe` gives.
RATE, BASE_ODDS, BASE_VARIANCE = range(3)


class _Base(NamedTuple):
    """The base rate of the settled step."""

    log_odds: float
    loss_up: float
    """Log loss of foretelling it, where the outcome was up."""
    loss_down: float


@inlined
def believe(base: Floats, beliefs: Floats) -> None:
    """Write each bucket's base rate, its log-odds and their variance, shape (B, 3)."""
    for bucket in range(len(base)):
        total = base[bucket, TOTAL]
        rate = base[bucket, UP] / total
        log_odds = logit(rate)
        beliefs[bucket, RATE] = sigmoid(log_odds)  # to the bit, where nobody moves it
        beliefs[bucket, BASE_ODDS] = log_odds
        # Of a beta posterior, by the delta rule.
        beliefs[bucket, BASE_VARIANCE] = 1.0 / (total * rate * (1.0 - rate))


@inlined
def likeness(base: Floats, bucket: int) -> float:
    """Give the correlation of two instruments' outcome signs, in [0, 1]."""
    return float(max(0.0, min(1.0, base[bucket, CO_MOVED] / base[bucket, STEPS])))


@inlined
def learn_base(base: Floats, settled: Settled, horizon: int) -> None:
    """Learn from all settled rows of one step, new opinions or not."""
    bucket, n_rows, n_up = settled.bucket, float(settled.n), 0.0
    for row in range(settled.n):
        n_up += 1.0 if settled.outcome[row] > 0.0 else 0.0
    rate = base[bucket, UP] / base[bucket, TOTAL]
    temper = 1.0 / (horizon * (1.0 + likeness(base, bucket) * (n_rows - 1.0)))
    if n_rows > 1.0:
        total = n_up - n_rows * rate
        squares = n_up * (1.0 - rate) ** 2 + (n_rows - n_up) * rate**2
        pairs = n_rows * (n_rows - 1.0) * rate * (1.0 - rate)
        base[bucket, CO_MOVED] += (total * total - squares) / pairs / horizon
        base[bucket, STEPS] += 1.0 / horizon
    base[bucket, UP] += temper * n_up
    base[bucket, TOTAL] += temper * n_rows


@inlined
def recalibrated(intercept: float, slope: float, stated: float) -> float:
    """Give an agent's log-odds beyond the base rate from those it stated."""
    return bounded(intercept + slope * stated)


@inlined
def calibration_variance(agent: Floats, stated: float) -> float:
    """Give the variance of an agent's recalibrated log-odds; `agent` is its row of the state."""
    of_slope = 2.0 * agent[VARIANCE_01] + agent[VARIANCE_11] * stated
    variance: float = agent[VARIANCE_00] + of_slope * stated
    return max(0.0, variance)


@inlined
def best_agent(agents: Floats) -> int:
    """Give the agent with the smallest mean trailing loss, -1 before any opinion settled."""
    best, least = -1, math.inf
    for agent in range(len(agents)):
        loss = agents[agent, EXCESS] / (agents[agent, WEIGHT] + TRAILING_PRIOR)
        if agents[agent, WEIGHT] > 0.0 and loss < least:
            best, least = agent, loss
    return best


@inlined
def learn_agents(
    agents: Floats, opinions: Floats, base: float, settled: Settled, asked: Ints
) -> None:
    """Recalibrate agents on what they said at the settled step, each opinion exactly once.

    Args:
        agents: Changed in place, as in the state.
        opinions: What was said, as in the state.
        base: Log-odds of the base rate at that step.
        settled: One bucket's outcomes.
        asked: The bucket of each agent, shape (K,).
    """
    loss_up, loss_down = log_loss(base, 1.0), log_loss(base, 0.0)
    for agent in range(len(asked)):
        if asked[agent] == settled.bucket:
            said = opinions[settled.slot, agent]
            if _let_drift(agents[agent], said, settled):
                _learn_agent(agents[agent], said, settled, _Base(base, loss_up, loss_down))


@inlined
def _let_drift(agent: Floats, said: Floats, settled: Settled) -> bool:
    """Let coefficients in use drift; say whether there is anything to learn from."""
    total, slope_in_use = 0.0, False
    for row in range(settled.n):
        i = settled.instrument[row]
        if said[i, COUNTS] > 0.0:
            total += said[i, COUNTS]
            slope_in_use |= said[i, STATED_ODDS] != 0.0
    gain = CALIBRATION_DRIFT * min(1.0, total)
    agent[VARIANCE_00] += gain
    if slope_in_use:
        agent[VARIANCE_11] += gain
    return total > 0.0


@inlined
def _learn_agent(agent: Floats, said: Floats, settled: Settled, base: _Base) -> None:
    """Take a Laplace step of logistic regression, in place; count what was foretold."""
    intercept, slope = agent[INTERCEPT], agent[SLOPE]
    pull, tilt = 0.0, 0.0
    for row in range(settled.n):
        i = settled.instrument[row]
        temper, stated = said[i, COUNTS], said[i, STATED_ODDS]
        if temper > 0.0:
            up = 1.0 if settled.outcome[row] > 0.0 else 0.0
            foretold = bounded(base.log_odds + recalibrated(intercept, slope, stated))
            loss = base.loss_up if up > 0.0 else base.loss_down
            agent[EXCESS] -= temper * (loss - log_loss(foretold, up))
            agent[WEIGHT] += temper
            probability = sigmoid(bounded(base.log_odds + (intercept + slope * stated)))
            surprise = temper * (up - probability)
            pull += surprise
            tilt += surprise * stated
            information = temper * probability * (1.0 - probability)
            shrink_two(agent, VARIANCE_00, 1.0, stated, information)
    agent[INTERCEPT] += agent[VARIANCE_00] * pull + agent[VARIANCE_01] * tilt
    agent[SLOPE] += agent[VARIANCE_10] * pull + agent[VARIANCE_11] * tilt
