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
    spread_of,
)
from steelyard.ensemble.state import (
    BASE_MEMBER,
    HEDGE_MEMBER,
    N_MEMBERS,
    N_STACKERS,
    Pending,
    Pool,
    Settled,
    mixture_prior,
)
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats

STACKER_DRIFT = 1e-4
"""Variance that a drifting stacker's coefficient gains per effective row."""
FIXED_SHARE = 1e-3
"""Weight handed back to the prior per effective row."""
FIRST_CALIBRATED = N_STACKERS // 2
_PRIOR = mixture_prior()


@kernel
def foretell(
    pool: Pool, pending: Pending, row: tuple[int, int, int], reach: Floats, share: Floats
) -> float:
    """Pool one row: write each agent's share and each member's log-odds.

    Args:
        pool: What was learnt.
        pending: Holds the row's inputs, and takes the members' log-odds.
        row: Its slot, bucket and instrument.
        reach: Support x age factor of each agent, 0 where it has no voice here, (K,).
        share: Written: each agent's part of the pooled log-odds beyond the base rate, (K,).

    Returns:
        Variance of the pooled log-odds, the base rate's own aside.
    """
    slot, bucket, instrument = row
    base, member = pending.base[slot, bucket], pending.member[slot, bucket, instrument]
    raw = pending.raw[slot, bucket, instrument]
    calibrated = pending.calibrated[slot, bucket, instrument]
    mixture, variance, common = pool.mixture[bucket], np.zeros(N_MEMBERS), 0.0
    for stacker in range(N_STACKERS):
        inputs = raw if stacker < FIRST_CALIBRATED else calibrated
        mean = pool.mean[bucket, stacker]
        spread = spread_of(pool.covariance[bucket, stacker], inputs)
        keep = moderation(spread)
        variance[stacker] = keep * keep * spread
        member[stacker] = bounded(base + keep * dot(mean, inputs))
        for agent in range(len(share)):
            share[agent] += mixture[stacker] * keep * mean[agent] * inputs[agent]
        common += mixture[stacker] * keep * mean[-1] * inputs[-1]
    member[BASE_MEMBER] = base
    member[HEDGE_MEMBER] = bounded(
        base + _hedge(pool.hedge[bucket], calibrated, reach, share, mixture[HEDGE_MEMBER])
    )
    _divide(common, reach, share)
    return _mixed_variance(mixture, member, variance)


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
def _divide(common: float, reach: Floats, share: Floats) -> None:
    """Add the panel's common lean to the shares, by reach."""
    total = reach.sum()
    for agent in range(len(share)):
        if reach[agent] > 0.0:
            share[agent] += common * reach[agent] / total


@kernel
def _mixed_variance(mixture: Floats, member: Floats, variance: Floats) -> float:
    """Give the variance of a mixture: within its members and between them."""
    centre, total = dot(mixture, member), 0.0
    for i in range(len(mixture)):
        total += mixture[i] * (variance[i] + (member[i] - centre) ** 2)
    return total


@kernel
def learn_pool(pool: Pool, pending: Pending, settled: Settled) -> None:
    """Learn from the settled rows on which somebody had something new to say."""
    raw = _taught(pending.raw, pending, settled)
    if len(raw.up) == 0:
        return
    calibrated = _taught(pending.calibrated, pending, settled)
    _learn_mixture(pool.mixture[settled.bucket], pending, settled)
    _learn_hedge(pool.hedge[settled.bucket], calibrated)
    for stacker in range(N_STACKERS):
        logistic_step(
            pool.mean[settled.bucket, stacker],
            pool.covariance[settled.bucket, stacker],
            raw if stacker < FIRST_CALIBRATED else calibrated,
            STACKER_DRIFT * (stacker % 2),
        )


@kernel
def _taught(inputs: Floats, pending: Pending, settled: Settled) -> Rows:
    """Gather the rows that teach; `inputs` is `pending.raw` or `pending.calibrated`."""
    temper, n_rows = pending.temper[settled.slot, settled.bucket], 0
    for instrument in settled.instrument:
        n_rows += temper[instrument] > 0.0
    size = inputs.shape[3]
    rows = Rows(np.zeros((n_rows, size)), np.zeros(n_rows), np.zeros(n_rows), np.zeros(n_rows))
    row = 0
    for i in range(len(settled.instrument)):
        instrument = settled.instrument[i]
        if temper[instrument] > 0.0:
            rows.inputs[row] = inputs[settled.slot, settled.bucket, instrument]
            rows.offset[row] = pending.base[settled.slot, settled.bucket]
            rows.up[row] = settled.up[i]
            rows.temper[row] = temper[instrument]
            row += 1
    return rows


@kernel
def _learn_mixture(mixture: Floats, pending: Pending, settled: Settled) -> None:
    """Weigh members by the tempered log loss of what they foretold; hand a little back."""
    loss, effective = np.zeros(N_MEMBERS), 0.0
    for i in range(len(settled.instrument)):
        instrument = settled.instrument[i]
        temper = pending.temper[settled.slot, settled.bucket, instrument]
        if temper > 0.0:
            effective += temper
            member = pending.member[settled.slot, settled.bucket, instrument]
            for m in range(N_MEMBERS):
                loss[m] += temper * log_loss(member[m], settled.up[i])
    _reweigh(mixture, loss, FIXED_SHARE * min(1.0, effective), _PRIOR)


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
    _reweigh(weight, loss, FIXED_SHARE * min(1.0, rows.temper.sum()), uniform)


@kernel
def _reweigh(weight: Floats, loss: Floats, share: float, prior: Floats) -> None:
    """Multiply weights by exp(-loss), normalise, and mix a share of the prior in."""
    least, total = loss.min(), 0.0
    for i in range(len(weight)):
        weight[i] *= math.exp(least - loss[i])
        total += weight[i]
    for i in range(len(weight)):
        weight[i] = (1.0 - share) * weight[i] / total + share * prior[i]
