"""From pooled log-odds to a verdict: probability, expected return, voices.

The return map is a Bayesian linear regression of the outcome, in horizon volatilities,
on what the probability alone would mean for normal returns and on the pooled score.
"""

import math

import numpy as np

from steelyard.ensemble.bayes import MAX_LOG_ODDS, dot, shrink, sigmoid, spread_of
from steelyard.ensemble.calibration import Beliefs, best_agent, calibration_variance
from steelyard.ensemble.state import (
    RECALIBRATED,
    STATED,
    Calibration,
    MarketRing,
    PoolMode,
    ReturnMap,
    Settled,
)
from steelyard.kernel import kernel
from steelyard.types.arrays import Bools, Floats, Ints

# Plain integers: compiled code compares them.
_ADAPTIVE, _EQUAL, _BEST = int(PoolMode.ADAPTIVE), int(PoolMode.EQUAL), int(PoolMode.BEST)
MEAN_ABSOLUTE_NORMAL = math.sqrt(2.0 / math.pi)
MAX_SURPRISE = 5.0
"""Outcomes beyond so many horizon volatilities teach as if they were there."""


@kernel
def count_voices(reach: Floats, reads_text: Bools, quorum: int) -> tuple[Ints, Bools, Bools, Bools]:
    """Count the agents whose standing opinion has a vote, over all buckets.

    Args:
        reach: Shape (N, B, K).
        reads_text: Shape (K,).
        quorum: Fewest voices.

    Returns:
        Number of voices, whether one of them reads no text, whether they are a quorum, each
        (N,), and where anybody stands, (N, B).
    """
    n_instruments, n_buckets, n_agents = reach.shape
    n_voices = np.zeros(n_instruments, dtype=np.int64)
    numeric = np.zeros(n_instruments, dtype=np.bool_)
    quorate = np.zeros(n_instruments, dtype=np.bool_)
    stands = np.zeros((n_instruments, n_buckets), dtype=np.bool_)
    for i in range(n_instruments):
        for bucket in range(n_buckets):
            for agent in range(n_agents):
                if reach[i, bucket, agent] > 0.0:
                    n_voices[i] += 1
                    stands[i, bucket] = True
                    numeric[i] |= not reads_text[agent]
        quorate[i] = n_voices[i] >= quorum
    return n_voices, numeric, quorate, stands


@kernel
def simplify(
    mode: int,
    calibration: Calibration,
    inputs: Floats,
    reach: Floats,
    shares: Floats,
    variances: Floats,
) -> None:
    """Overwrite the pool's shares and variances where the scenario asks for a simpler rule.

    Args:
        mode: A `PoolMode`.
        calibration: Names the best agent.
        inputs: Shape (B, 2, N, K).
        reach: Shape (N, B, K), as `shares`.
        shares: Changed in place.
        variances: Changed in place, shape (N, B).
    """
    if mode == _ADAPTIVE:
        return
    best, covariance = best_agent(calibration), calibration.covariance
    for i in range(len(shares)):
        for bucket in range(shares.shape[1]):
            variances[i, bucket] = 0.0
            for agent in range(shares.shape[2]):
                shares[i, bucket, agent] = 0.0
            said, share = reach[i, bucket], shares[i, bucket]
            if mode == _EQUAL:
                variances[i, bucket] = _average(inputs[bucket, STATED, i], said, share)
            elif mode == _BEST and best >= 0 and said[best] > 0.0:
                share[best] = inputs[bucket, RECALIBRATED, i, best]
                stated = inputs[bucket, STATED, i, best] / said[best]
                doubt = calibration_variance(covariance[best], stated)
                variances[i, bucket] = said[best] ** 2 * doubt


@kernel
def _average(stated: Floats, reach: Floats, share: Floats) -> float:
    """Share out the plain mean of the stated log-odds; give its variance."""
    n_voices = 0
    for agent in range(len(share)):
        n_voices += reach[agent] > 0.0
    for agent in range(len(share)):
        if reach[agent] > 0.0:
            share[agent] = stated[agent] / reach[agent] / n_voices
    return scatter_of(stated, reach) / max(1, n_voices)


@kernel
def capped(
    shares: Floats, variances: Floats, beliefs: Beliefs, most: float
) -> tuple[Floats, Floats]:
    """Clip shares (N, B, K) in place; give the probability they add up to and its spread.

    Args:
        shares: Each is clipped to `most`, then all of a row to what may be foretold.
        variances: Of the pooled log-odds, the base rate's own aside, shape (N, B).
        beliefs: What the base rates say.
        most: Largest share, > 0.

    Returns:
        Probability, and the standard deviation of its log-odds, shape (N, B).
    """
    n_instruments, n_buckets, n_agents = shares.shape
    bases, doubts = beliefs.log_odds, beliefs.variance
    probability = np.zeros((n_instruments, n_buckets))
    deviation = np.zeros((n_instruments, n_buckets))
    for i in range(n_instruments):
        for bucket in range(n_buckets):
            share, base, total = shares[i, bucket], bases[bucket], 0.0
            for agent in range(n_agents):
                share[agent] = max(-most, min(most, share[agent]))
                total += share[agent]
            if abs(base + total) > MAX_LOG_ODDS:
                room = math.copysign(MAX_LOG_ODDS, total) - base
                for agent in range(n_agents):
                    share[agent] *= room / total
                total = room
            probability[i, bucket] = sigmoid(base + total)
            deviation[i, bucket] = math.sqrt(variances[i, bucket] + doubts[bucket])
    return probability, deviation


@kernel
def scatter_of(inputs: Floats, reach: Floats) -> float:
    """Give the variance over voices of the log-odds whose pool inputs are given."""
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
def disagreement_of(inputs: Floats, reach: Floats) -> Floats:
    """Give the standard deviation of the voices' recalibrated log-odds, shape (N, B)."""
    n_instruments, n_buckets, _ = reach.shape
    deviation = np.zeros((n_instruments, n_buckets))
    for i in range(n_instruments):
        for bucket in range(n_buckets):
            said = inputs[bucket, RECALIBRATED, i]
            deviation[i, bucket] = math.sqrt(scatter_of(said, reach[i, bucket]))
    return deviation


@kernel
def lean_on(lean: Floats, probability: Floats, scores: Floats, reach: Floats) -> None:
    """Write the inputs of the return map.

    Args:
        lean: Written, shape (B, N, 2): the mean, in standard deviations, of normal returns
            that are up with the pooled probability; the mean score of the voices by reach.
        probability: Pooled, shape (N, B).
        scores: Of standing opinions, shape (K, N).
        reach: Shape (N, B, K).
    """
    n_instruments, n_buckets, n_agents = reach.shape
    for bucket in range(n_buckets):
        for i in range(n_instruments):
            total, weighed = 0.0, 0.0
            for agent in range(n_agents):
                total += reach[i, bucket, agent]
                weighed += reach[i, bucket, agent] * scores[agent, i]
            lean[bucket, i, 0] = (2.0 * probability[i, bucket] - 1.0) * MEAN_ABSOLUTE_NORMAL
            lean[bucket, i, 1] = weighed / total if total > 0.0 else 0.0


@kernel
def expect(
    returns: ReturnMap, lean: Floats, probability: Floats, log_odds_sd: Floats, sigma: Floats
) -> tuple[Floats, Floats]:
    """Give expected outcomes and their standard deviations, fractions, shape (N, B).

    Args:
        returns: What was learnt.
        lean: Shape (B, N, 2).
        probability: Pooled, shape (N, B).
        log_odds_sd: Of the pooled log-odds, shape (N, B).
        sigma: Horizon volatility, shape (N, B).
    """
    means, covariances = returns
    expected, deviation = np.zeros(sigma.shape), np.zeros(sigma.shape)
    for i in range(len(sigma)):
        for bucket in range(sigma.shape[1]):
            mean, given, p = means[bucket], lean[bucket, i], probability[i, bucket]
            steepness = mean[0] * 2.0 * p * (1.0 - p) * MEAN_ABSOLUTE_NORMAL
            doubt = spread_of(covariances[bucket], given)
            doubt += (steepness * log_odds_sd[i, bucket]) ** 2
            expected[i, bucket] = dot(mean, given) * sigma[i, bucket]
            deviation[i, bucket] = math.sqrt(doubt) * sigma[i, bucket]
    return expected, deviation


@kernel
def learn_returns(returns: ReturnMap, ring: MarketRing, temper: Floats, settled: Settled) -> None:
    """Learn from the settled rows on which somebody had something new to say; temper (N,)."""
    slot, bucket = settled.slot, settled.bucket
    mean, covariance = returns.mean[bucket], returns.covariance[bucket]
    leans, sigmas, gradient = ring.lean[slot, bucket], ring.sigma[slot], np.zeros(2)
    for i in range(len(settled.instrument)):
        instrument = settled.instrument[i]
        sigma = sigmas[instrument, bucket]
        if temper[instrument] > 0.0 and sigma > 0.0:
            lean = leans[instrument]
            moved = max(-MAX_SURPRISE, min(MAX_SURPRISE, settled.outcome[i] / sigma))
            surprise = temper[instrument] * (moved - dot(mean, lean))
            gradient[0] += surprise * lean[0]
            gradient[1] += surprise * lean[1]
            shrink(covariance, lean, temper[instrument])
    mean[0] += dot(covariance[0], gradient)
    mean[1] += dot(covariance[1], gradient)
