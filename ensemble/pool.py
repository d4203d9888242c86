"""The pool of one horizon bucket: stackers, base rate and Hedge in one mixture.

Bayesian logistic stackers with and without drift (McCormick, Raftery, Madigan and Burd
2012), weighed by a fixed-share mixture (Herbster and Warmuth 1998) on their log loss.
Likelihoods are tempered: overlapping windows and instruments that move together count
once. The members' log-odds, not their probabilities, are averaged, so that each agent's
share in the pooled log-odds is exact.
"""

import math

import numpy as np

from steelyard.ensemble.bayes import (
    Rows,
    bounded,
    dot,
    log_loss,
    logistic_step,
    moderation,
    rows_that_teach,
    spread_of,
    total_of,
)
from steelyard.ensemble.state import (
    BASE_MEMBER,
    DRIFTS,
    HEDGE_MEMBER,
    MIXTURE_PRIOR,
    N_MEMBERS,
    N_STACKERS,
    READS,
    RECALIBRATED,
    STATED,
    Pool,
    RowRing,
    Settled,
)
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats

STACKER_DRIFT = 1e-4
"""Variance that a drifting stacker's coefficient gains per effective row."""
FIXED_SHARE = 1e-3
"""Weight handed back to the prior per effective row."""


@kernel
def foretell(
    pool: Pool, inputs: Floats, base: Floats, reach: Floats, member: Floats
) -> tuple[Floats, Floats]:
    """Pool all rows of a step, and write what each member foretells.

    Args:
        pool: What was learnt.
        inputs: Shape (B, 2, N, K).
        base: Log-odds of the base rates, shape (B,).
        reach: Support x age factor of each agent, 0 where it has no voice, shape (N, B, K).
        member: Written: members' log-odds, shape (B, N, N_MEMBERS).

    Returns:
        Each agent's share in the pooled log-odds beyond the base rate, shape (N, B, K), and
        their variance, the base rate's own aside, shape (N, B).
    """
    mixtures, hedges, means, covariances = pool.mixture, pool.hedge, pool.mean, pool.covariance
    n_instruments, n_buckets, n_agents = reach.shape
    shares = np.zeros((n_instruments, n_buckets, n_agents))
    variances, spread = np.zeros((n_instruments, n_buckets)), np.zeros(N_MEMBERS)
    for bucket in range(n_buckets):
        mixture = mixtures[bucket]
        for i in range(n_instruments):
            foretold, share = member[bucket, i], shares[i, bucket]
            for stacker in range(N_STACKERS):
                given, mean = inputs[bucket, READS[stacker], i], means[bucket, stacker]
                variance = spread_of(covariances[bucket, stacker], given)
                keep = moderation(variance)
                spread[stacker] = keep * keep * variance
                foretold[stacker] = bounded(base[bucket] + keep * dot(mean, given))
                for agent in range(n_agents):
                    share[agent] += mixture[stacker] * keep * mean[agent] * given[agent]
            given, say = inputs[bucket, RECALIBRATED, i], mixture[HEDGE_MEMBER]
            convex = _hedge(hedges[bucket], given, reach[i, bucket], share, say)
            foretold[HEDGE_MEMBER] = bounded(base[bucket] + convex)
            foretold[BASE_MEMBER] = base[bucket]
            variances[i, bucket] = _mixed_variance(mixture, foretold, spread)
    return shares, variances


@kernel
def _hedge(weight: Floats, calibrated: Floats, reach: Floats, share: Floats, say: float) -> float:
    """Average recalibrated log-odds over the agents that stand; add their shares."""
    awake, total = 0.0, 0.0
    for agent in range(len(share)):
        if reach[agent] > 0.0:
            awake += weight[agent]
    for agent in range(len(share)):
        if reach[agent] > 0.0:
            part = weight[agent] / awake * calibrated[agent]
            share[agent] += say * part
            total += part
    return total


@kernel
def _mixed_variance(mixture: Floats, member: Floats, variance: Floats) -> float:
    """Give the variance of a mixture: within its members and between them."""
    centre, total = dot(mixture, member), 0.0
    for i in range(len(mixture)):
        total += mixture[i] * (variance[i] + (member[i] - centre) ** 2)
    return total


@kernel
def learn_pool(pool: Pool, ring: RowRing, settled: Settled) -> None:
    """Learn from the settled rows on which somebody had something new to say."""
    slot, bucket = settled.slot, settled.bucket
    base, temper = ring.base[slot, bucket], ring.temper[slot, bucket]
    inputs, means, covariances = ring.inputs, pool.mean, pool.covariance
    stated = rows_that_teach(inputs[slot, bucket, STATED], temper, base, settled)
    if len(stated.up) == 0:
        return
    calibrated = rows_that_teach(inputs[slot, bucket, RECALIBRATED], temper, base, settled)
    foretold = rows_that_teach(ring.member[slot, bucket], temper, base, settled)
    _learn_mixture(pool.mixture[bucket], foretold)
    _learn_hedge(pool.hedge[bucket], calibrated)
    for stacker in range(N_STACKERS):
        rows = calibrated if READS[stacker] == RECALIBRATED else stated
        drift = STACKER_DRIFT if DRIFTS[stacker] else 0.0
        logistic_step(means[bucket, stacker], covariances[bucket, stacker], rows, drift)


@kernel
def _learn_mixture(mixture: Floats, rows: Rows) -> None:
    """Weigh members by the tempered log loss of what they foretold; hand a little back."""
    foretold, up, temper = rows.inputs, rows.up, rows.temper
    loss = np.zeros(N_MEMBERS)
    for row in range(len(up)):
        for member in range(N_MEMBERS):
            loss[member] += temper[row] * log_loss(foretold[row, member], up[row])
    _reweigh(mixture, loss, FIXED_SHARE * min(1.0, total_of(temper)), MIXTURE_PRIOR)


@kernel
def _learn_hedge(weight: Floats, rows: Rows) -> None:
    """Weigh agents by log loss; one that sleeps on a row does as Hedge does there.

    Freund, Schapire, Singer and Warmuth (1997): specialists.
    """
    n_agents = len(weight)
    loss = np.zeros(n_agents)
    for row in range(len(rows.up)):
        inputs, awake, pooled = rows.inputs[row], 0.0, 0.0
        for agent in range(n_agents):
            if inputs[agent] != 0.0:
                awake += weight[agent]
                pooled += weight[agent] * inputs[agent]
        if awake > 0.0:
            offset, up, temper = rows.offset[row], rows.up[row], rows.temper[row]
            own = log_loss(bounded(offset + pooled / awake), up)
            for agent in range(n_agents):
                if inputs[agent] != 0.0:
                    theirs = log_loss(bounded(offset + inputs[agent]), up)
                    loss[agent] += temper * (theirs - own)
    uniform = np.full(n_agents, 1.0 / n_agents)
    _reweigh(weight, loss, FIXED_SHARE * min(1.0, total_of(rows.temper)), uniform)


@kernel
def _reweigh(weight: Floats, loss: Floats, share: float, prior: Floats) -> None:
    """Multiply weights by exp(-loss), normalise, and mix a share of the prior in."""
    least, total = math.inf, 0.0
    for value in loss:
        least = min(least, value)
    for i in range(len(weight)):
        weight[i] *= math.exp(least - loss[i])
        total += weight[i]
    for i in range(len(weight)):
        weight[i] = (1.0 - share) * weight[i] / total + share * prior[i]
