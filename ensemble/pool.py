"""The pool of one horizon bucket: stackers, base rate and Hedge in one mixture.

The stackers are weighed by a fixed-share mixture (Herbster and Warmuth 1998) on their log
loss. Likelihoods are tempered: overlapping windows and instruments that move together
count once. The members' log-odds, not their probabilities, are averaged, so that each
agent's share in the pooled log-odds is exact.
"""

import math

from steelyard.ensemble.bayes import bounded, log_loss
from steelyard.ensemble.stackers import VARIANCE, learn_stackers, stack
from steelyard.ensemble.state import (
    BASE_MEMBER,
    FIRST_INPUT,
    FIRST_MEMBER,
    HEDGE_MEMBER,
    MIXTURE_PRIOR,
    N_MEMBERS,
    N_STACKERS,
    OFFSET,
    TEMPER,
    Lesson,
    Pool,
    Scratch,
    Settled,
)
from steelyard.kernel import inlined
from steelyard.types.arrays import Floats

FIXED_SHARE = 1e-3
"""Weight handed back to the prior per effective row."""


@inlined
def foretell(pool: Pool, row: Floats, reach: Floats, share: Floats, work: Floats) -> float:
    """Pool one row, and write into it what each member foretells.

    Args:
        pool: What was learnt, of the row's bucket.
        row: With its base rate and inputs; members' log-odds are written.
        reach: Support x age factor of each agent, 0 where it has no voice, shape (K,).
        share: Written: each agent's share in the pooled log-odds beyond the base rate, (K,).
        work: Overwritten, shape (>= 3, N_STACKERS).

    Returns:
        The variance of the pooled log-odds, the base rate's own aside.
    """
    for agent in range(len(share)):
        share[agent] = 0.0
    stack(pool.stackers, pool.mixture, row, share, work)
    convex = _follow_hedge(pool.hedge, row, reach, share, pool.mixture[HEDGE_MEMBER])
    row[FIRST_MEMBER + HEDGE_MEMBER] = bounded(row[OFFSET] + convex)
    row[FIRST_MEMBER + BASE_MEMBER] = row[OFFSET]
    return _mixed_variance(pool.mixture, row, work)


@inlined
def _follow_hedge(weight: Floats, row: Floats, reach: Floats, share: Floats, say: float) -> float:
    """Average recalibrated log-odds over the agents that stand; add their shares."""
    n_agents, awake, total = len(share), 0.0, 0.0
    for agent in range(n_agents):
        if reach[agent] > 0.0:
            awake += weight[agent]
    for agent in range(n_agents):
        if reach[agent] > 0.0:
            part = weight[agent] / awake * row[FIRST_INPUT + n_agents + agent]
            share[agent] += say * part
            total += part
    return total


@inlined
def _mixed_variance(mixture: Floats, row: Floats, work: Floats) -> float:
    """Give the variance of a mixture: within its members and between them."""
    centre, total = 0.0, 0.0
    for i in range(N_MEMBERS):
        centre += mixture[i] * row[FIRST_MEMBER + i]
    for i in range(N_MEMBERS):
        within = work[VARIANCE, i] if i < N_STACKERS else 0.0
        total += mixture[i] * (within + (row[FIRST_MEMBER + i] - centre) ** 2)
    return total


@inlined
def learn_pool(pool: Pool, rows: Floats, settled: Settled, scratch: Scratch) -> None:
    """Learn from the settled rows on which somebody had something new to say.

    Args:
        pool: Of the bucket, changed in place.
        rows: Of the settled step and bucket, shape (N, columns).
        settled: Their outcomes.
        scratch: Room to work in.
    """
    lesson = _lesson_of(rows, settled, scratch)
    if lesson.n > 0:
        _learn_mixture(pool.mixture, rows, lesson, scratch.loss)
        _learn_hedge(pool.hedge, rows, lesson, scratch.loss)
        learn_stackers(pool.stackers, rows, lesson, scratch.stacking)


@inlined
def _lesson_of(rows: Floats, settled: Settled, scratch: Scratch) -> Lesson:
    """Pick the settled rows that count, in their order."""
    instrument, outcome, n, total = scratch.instrument[1], scratch.outcome[1], 0, 0.0
    for k in range(settled.n):
        i = settled.instrument[k]
        if rows[i, TEMPER] > 0.0:
            instrument[n], outcome[n] = i, settled.outcome[k]
            total += rows[i, TEMPER]
            n += 1
    return Lesson(n, instrument, outcome, total)


@inlined
def _learn_mixture(mixture: Floats, rows: Floats, lesson: Lesson, loss: Floats) -> None:
    """Weigh members by the tempered log loss of what they foretold; hand a little back."""
    for member in range(N_MEMBERS):
        loss[member] = 0.0
    for k in range(lesson.n):
        i, up = lesson.instrument[k], 1.0 if lesson.outcome[k] > 0.0 else 0.0
        for member in range(N_MEMBERS):
            loss[member] += rows[i, TEMPER] * log_loss(rows[i, FIRST_MEMBER + member], up)
    total, handed_back = _reweigh(mixture, loss), FIXED_SHARE * min(1.0, lesson.weight)
    for member in range(N_MEMBERS):
        kept = (1.0 - handed_back) * mixture[member] / total
        mixture[member] = kept + handed_back * MIXTURE_PRIOR[member]


@inlined
def _learn_hedge(weight: Floats, rows: Floats, lesson: Lesson, loss: Floats) -> None:
    """Weigh agents by log loss; one that sleeps on a row does as Hedge does there.

    Freund, Schapire, Singer and Warmuth (1997): specialists.
    """
    n_agents, first = len(weight), FIRST_INPUT + len(weight)
    for agent in range(n_agents):
        loss[agent] = 0.0
    for k in range(lesson.n):
        row, awake, pooled = rows[lesson.instrument[k]], 0.0, 0.0
        for agent in range(n_agents):
            if row[first + agent] != 0.0:
                awake += weight[agent]
                pooled += weight[agent] * row[first + agent]
        if awake > 0.0:
            up = 1.0 if lesson.outcome[k] > 0.0 else 0.0
            own = log_loss(bounded(row[OFFSET] + pooled / awake), up)
            for agent in range(n_agents):
                if row[first + agent] != 0.0:
                    theirs = log_loss(bounded(row[OFFSET] + row[first + agent]), up)
                    loss[agent] += row[TEMPER] * (theirs - own)
    total, handed_back = _reweigh(weight, loss), FIXED_SHARE * min(1.0, lesson.weight)
    for agent in range(n_agents):
        kept = (1.0 - handed_back) * weight[agent] / total
        weight[agent] = kept + handed_back * (1.0 / n_agents)


@inlined
def _reweigh(weight: Floats, loss: Floats) -> float:
    """Multiply weights by exp(-loss), but for a common factor; give what they add up to."""
    least, total = math.inf, 0.0
    for i in range(len(weight)):
        least = min(least, loss[i])
    for i in range(len(weight)):
        weight[i] *= math.exp(least - loss[i])
        total += weight[i]
    return total
