"""From pooled log-odds to a verdict: probability, expected return, voices.

The return map is a Bayesian linear regression of the outcome, in horizon volatilities,
on what the probability alone would mean for normal returns and on the pooled score.
"""

import math

import numpy as np

from steelyard.ensemble.bayes import MAX_LOG_ODDS, dot, shrink, sigmoid, spread_of
from steelyard.ensemble.calibration import base_variance, best_agent, calibration_variance
from steelyard.ensemble.pool import foretell
from steelyard.ensemble.state import (
    Pending,
    PoolMode,
    ReturnMap,
    Settled,
    WeighSettings,
    WeighState,
)
from steelyard.ensemble.waiting import reach_of
from steelyard.kernel import kernel
from steelyard.types.arrays import Bools, Floats
from steelyard.types.decision import Said, Verdicts

_ADAPTIVE, _EQUAL, _BEST = int(PoolMode.ADAPTIVE), int(PoolMode.EQUAL), int(PoolMode.BEST)

MEAN_ABSOLUTE_NORMAL = math.sqrt(2.0 / math.pi)
MAX_SURPRISE = 5.0
"""Outcomes beyond so many horizon volatilities teach as if they were there."""


@kernel
def lean_of(probability: float) -> float:
    """Give the mean, in standard deviations, that goes with P(up) at the return map's start."""
    return (2.0 * probability - 1.0) * MEAN_ABSOLUTE_NORMAL


@kernel
def expect(
    returns: ReturnMap, bucket: int, lean: Floats, log_odds_variance: float
) -> tuple[float, float]:
    """Give the expected outcome in horizon volatilities, and its standard deviation.

    Args:
        returns: What was learnt.
        bucket: Index of the horizon.
        lean: What the probability and what the pooled score say at unit slope, shape (2,).
        log_odds_variance: Variance of the pooled log-odds.
    """
    mean = returns.mean[bucket]
    probability = 0.5 * (1.0 + lean[0] / MEAN_ABSOLUTE_NORMAL)
    steepness = mean[0] * 2.0 * probability * (1.0 - probability) * MEAN_ABSOLUTE_NORMAL
    variance = spread_of(returns.covariance[bucket], lean)
    return dot(mean, lean), math.sqrt(variance + steepness * steepness * log_odds_variance)


@kernel
def learn_returns(returns: ReturnMap, pending: Pending, settled: Settled, horizon: int) -> None:
    """Learn from the settled rows on which somebody had something new to say."""
    slot, bucket = settled.slot, settled.bucket
    mean, covariance = returns.mean[bucket], returns.covariance[bucket]
    gradient = np.zeros(2)
    for i in range(len(settled.instrument)):
        instrument = settled.instrument[i]
        temper = pending.temper[slot, bucket, instrument]
        volatility = pending.volatility[slot, instrument]
        if temper > 0.0 and volatility > 0.0:
            lean = pending.lean[slot, bucket, instrument]
            moved = settled.outcome[i] / (volatility * math.sqrt(horizon))
            moved = max(-MAX_SURPRISE, min(MAX_SURPRISE, moved))
            surprise = temper * (moved - dot(mean, lean))
            gradient[0] += surprise * lean[0]
            gradient[1] += surprise * lean[1]
            shrink(covariance, lean, temper)
    mean[0] += dot(covariance[0], gradient)
    mean[1] += dot(covariance[1], gradient)


@kernel
def silence(listed: Bools, settings: WeighSettings) -> Verdicts:
    """Give verdicts to be written into: nobody stands."""
    n, n_buckets = len(listed), len(settings.horizon)
    return Verdicts(
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets)),
        np.zeros(n_buckets),
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets), dtype=np.bool_),
        np.zeros((n, n_buckets, len(settings.bucket_of_agent))),
        np.zeros(n, dtype=np.int64),
        np.zeros(n, dtype=np.bool_),
        np.zeros(n, dtype=np.bool_),
    )


@kernel
def count_voices(state: WeighState, verdicts: Verdicts, settings: WeighSettings) -> None:
    """Count, per instrument over all buckets, the agents whose standing opinion has a vote."""
    for i in range(len(verdicts.n_voices)):
        for agent in range(len(settings.bucket_of_agent)):
            if reach_of(state, agent, i, settings) > 0.0:
                verdicts.n_voices[i] += 1
                verdicts.stands[i, settings.bucket_of_agent[agent]] = True
                if not settings.reads_text[agent]:
                    verdicts.numeric[i] = True
        verdicts.quorate[i] = verdicts.n_voices[i] >= settings.quorum


@kernel
def speak(
    state: WeighState, bucket: int, said: Said, verdicts: Verdicts, settings: WeighSettings
) -> None:
    """Write one bucket's verdicts, and what its rows need later to learn from."""
    slot = state.step % len(state.pending.base)
    base = state.pending.base[slot, bucket]
    root_horizon = math.sqrt(settings.horizon[bucket])
    verdicts.base_rate[bucket] = sigmoid(base)
    for i in range(len(said.listed)):
        share = verdicts.share[i, bucket]
        reach = np.zeros(len(share))
        for agent in range(len(share)):
            if settings.bucket_of_agent[agent] == bucket:
                reach[agent] = reach_of(state, agent, i, settings)
        variance = foretell(state.pool, state.pending, (slot, bucket, i), reach, share)
        if settings.pool != _ADAPTIVE:
            variance = _simple(state, (slot, bucket, i), reach, share, settings.pool)
        variance += base_variance(state.base, bucket)
        probability = sigmoid(base + _cap(share, base, settings.max_log_odds))
        lean = state.pending.lean[slot, bucket, i]
        lean[0] = lean_of(probability)
        lean[1] = _pooled_score(state.standing.score[:, i], reach)
        expected, deviation = expect(state.returns, bucket, lean, variance)
        scale = said.volatility[i] * root_horizon
        verdicts.probability[i, bucket] = probability
        verdicts.log_odds_sd[i, bucket] = math.sqrt(variance)
        verdicts.expected[i, bucket] = expected * scale
        verdicts.expected_sd[i, bucket] = deviation * scale
        calibrated = state.pending.calibrated[slot, bucket, i]
        verdicts.disagreement[i, bucket] = math.sqrt(_scatter(calibrated, reach))


@kernel
def _simple(
    state: WeighState, row: tuple[int, int, int], reach: Floats, share: Floats, mode: int
) -> float:
    """Pool one row by a simpler rule than the mixture: write shares, give the variance."""
    raw, calibrated = state.pending.raw[row], state.pending.calibrated[row]
    best, variance = best_agent(state.calibration), 0.0
    n_voices = (reach > 0.0).sum()
    for agent in range(len(share)):
        share[agent] = 0.0
        if reach[agent] > 0.0 and mode == _EQUAL:
            share[agent] = raw[agent] / reach[agent] / n_voices
        elif reach[agent] > 0.0 and mode == _BEST and agent == best:
            share[agent] = calibrated[agent]
            stated = raw[agent] / reach[agent]
            variance = reach[agent] ** 2 * calibration_variance(state.calibration, agent, stated)
    if mode == _EQUAL and n_voices > 0:
        variance = _scatter(raw, reach) / n_voices
    return variance


@kernel
def _cap(share: Floats, base: float, most: float) -> float:
    """Clip each share to `most` and all to the log-odds that may be foretold; give the sum."""
    total = 0.0
    for agent in range(len(share)):
        share[agent] = max(-most, min(most, share[agent]))
        total += share[agent]
    if abs(base + total) <= MAX_LOG_ODDS:
        return total
    factor = (math.copysign(MAX_LOG_ODDS, base + total) - base) / total
    for agent in range(len(share)):
        share[agent] *= factor
    return total * factor


@kernel
def _scatter(inputs: Floats, reach: Floats) -> float:
    """Give the variance over voices of log-odds whose pool inputs are given."""
    n, total, squares = 0, 0.0, 0.0
    for agent in range(len(reach)):
        if reach[agent] > 0.0:
            n += 1
            total += inputs[agent] / reach[agent]
    for agent in range(len(reach)):
        if reach[agent] > 0.0:
            squares += (inputs[agent] / reach[agent] - total / n) ** 2
    return squares / n if n > 1 else 0.0


@kernel
def _pooled_score(score: Floats, reach: Floats) -> float:
    """Give the mean score of the voices, weighed by reach; 0 where there are none."""
    total = reach.sum()
    return dot(score, reach) / total if total > 0.0 else 0.0
