"""From pooled log-odds to a verdict: probability, expected return, voices.

The return map is a Bayesian linear regression of the outcome, in horizon volatilities,
on what the probability alone would mean for normal returns and on the pooled score.
"""

import math

from steelyard.ensemble.bayes import MAX_LOG_ODDS, shrink_two, sigmoid, spread_of_two
from steelyard.ensemble.calibration import best_agent, calibration_variance
from steelyard.ensemble.state import (
    FIRST_INPUT,
    LEAN,
    LEAN_SCORE,
    SCORE,
    SIGMA,
    TEMPER,
    PoolMode,
    Settled,
)
from steelyard.kernel import inlined
from steelyard.types.arrays import Floats

# Plain integers: compiled code compares them.
_EQUAL, _BEST = int(PoolMode.EQUAL), int(PoolMode.BEST)
MEAN_ABSOLUTE_NORMAL = math.sqrt(2.0 / math.pi)
MAX_SURPRISE = 5.0
"""Outcomes beyond so many horizon volatilities teach as if they were there."""


@inlined
def simplify(mode: int, agents: Floats, row: Floats, reach: Floats, share: Floats) -> float:
    """Overwrite the pool's shares in a row where the scenario asks for a simpler rule.

    Args:
        mode: A `PoolMode`, not `ADAPTIVE`.
        agents: Name the best agent; as in the state.
        row: With its inputs.
        reach: Shape (K,), as `share`.
        share: Written.

    Returns:
        The variance of the log-odds they add up to.
    """
    n_agents = len(share)
    for agent in range(n_agents):
        share[agent] = 0.0
    if mode == _EQUAL:
        return _average(row, reach, share)
    best = best_agent(agents) if mode == _BEST else -1
    if best < 0 or not reach[best] > 0.0:
        return 0.0
    share[best] = row[FIRST_INPUT + n_agents + best]
    doubt = calibration_variance(agents[best], row[FIRST_INPUT + best] / reach[best])
    return float(reach[best] ** 2 * doubt)


@inlined
def _average(row: Floats, reach: Floats, share: Floats) -> float:
    """Share out the plain mean of the stated log-odds; give its variance."""
    n_voices = 0
    for agent in range(len(share)):
        n_voices += reach[agent] > 0.0
    for agent in range(len(share)):
        if reach[agent] > 0.0:
            share[agent] = row[FIRST_INPUT + agent] / reach[agent] / n_voices
    return scatter_of(row, FIRST_INPUT, reach) / max(1, n_voices)


@inlined
def capped(share: Floats, base: float, most: float) -> float:
    """Clip a row's shares in place; give the probability they add up to.

    Args:
        share: Each is clipped to `most`, then all to what may be foretold, shape (K,).
        base: Log-odds of the base rate.
        most: Largest share, > 0.
    """
    total = 0.0
    for agent in range(len(share)):
        share[agent] = max(-most, min(most, share[agent]))
        total += share[agent]
    if abs(base + total) > MAX_LOG_ODDS:
        room = math.copysign(MAX_LOG_ODDS, total) - base
        for agent in range(len(share)):
            share[agent] *= room / total
        total = room
    return sigmoid(base + total)


@inlined
def scatter_of(row: Floats, first: int, reach: Floats) -> float:
    """Give the variance over voices of the log-odds whose pool inputs begin at a column."""
    n, total, squares = 0, 0.0, 0.0
    for agent in range(len(reach)):
        if reach[agent] > 0.0:
            n += 1
            total += row[first + agent] / reach[agent]
    for agent in range(len(reach)):
        if reach[agent] > 0.0:
            squares += (row[first + agent] / reach[agent] - total / n) ** 2
    return squares / n if n > 1 else 0.0


@inlined
def lean_on(row: Floats, probability: float, standing: Floats, reach: Floats, i: int) -> None:
    """Write a row's inputs of the return map.

    They are the mean, in standard deviations, of normal returns that are up with the pooled
    probability, and the mean score of the voices by reach.
    """
    total, weighed = 0.0, 0.0
    for agent in range(len(reach)):
        total += reach[agent]
        weighed += reach[agent] * standing[agent, i, SCORE]
    row[LEAN] = (2.0 * probability - 1.0) * MEAN_ABSOLUTE_NORMAL
    row[LEAN_SCORE] = weighed / total if total > 0.0 else 0.0


@inlined
def expect(slopes: Floats, row: Floats) -> float:
    """Give a row's expected outcome, as a fraction; `slopes` are its bucket's, shape (6,)."""
    return float((slopes[0] * row[LEAN] + slopes[1] * row[LEAN_SCORE]) * row[SIGMA])


@inlined
def doubt_of(slopes: Floats, row: Floats, p: float, log_odds_sd: float) -> float:
    """Give the standard deviation of a row's expected outcome, as a fraction."""
    steepness = slopes[0] * 2.0 * p * (1.0 - p) * MEAN_ABSOLUTE_NORMAL
    doubt = spread_of_two(slopes, 2, row[LEAN], row[LEAN_SCORE])
    doubt += (steepness * log_odds_sd) ** 2
    return float(math.sqrt(doubt) * row[SIGMA])


@inlined
def learn_returns(slopes: Floats, rows: Floats, settled: Settled) -> None:
    """Learn from the settled rows on which somebody had something new to say.

    Args:
        slopes: Of the bucket, then their covariance, shape (6,); changed in place.
        rows: Of the settled step and bucket, shape (N, columns).
        settled: Their outcomes.
    """
    pull, tilt = 0.0, 0.0
    for k in range(settled.n):
        row = rows[settled.instrument[k]]
        if row[TEMPER] > 0.0 and row[SIGMA] > 0.0:
            moved = max(-MAX_SURPRISE, min(MAX_SURPRISE, settled.outcome[k] / row[SIGMA]))
            foretold = slopes[0] * row[LEAN] + slopes[1] * row[LEAN_SCORE]
            surprise = row[TEMPER] * (moved - foretold)
            pull += surprise * row[LEAN]
            tilt += surprise * row[LEAN_SCORE]
            shrink_two(slopes, 2, row[LEAN], row[LEAN_SCORE], row[TEMPER])
    slopes[0] += slopes[2] * pull + slopes[3] * tilt
    slopes[1] += slopes[4] * pull + slopes[5] * tilt
