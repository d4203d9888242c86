"""The stackers of a pool: Bayesian logistic regressions on what the agents say.

With and without drift (McCormick, Raftery, Madigan and Burd 2012), from a wide and a
narrow prior, on stated and on recalibrated log-odds. All of them are worked out side by
side, in the last axis of their arrays: it has `N_STACKERS` places, the first half of
which reads what is stated.
"""

import numpy as np

from steelyard.ensemble.bayes import bounded, moderation, sigmoid
from steelyard.ensemble.state import (
    DRIFTS,
    FIRST_INPUT,
    FIRST_MEMBER,
    N_STACKERS,
    OFFSET,
    READS,
    TEMPER,
    Lesson,
)
from steelyard.kernel import inlined
from steelyard.types.arrays import Floats

STACKER_DRIFT = 1e-4
"""Variance that a drifting stacker's coefficient gains per effective row."""
DRIFT_OF = np.where(DRIFTS, STACKER_DRIFT, 0.0)
"""Shape (N_STACKERS,)."""
# Rows of the working array.
SUM, VARIANCE, KEPT, FIRST_AGENT = range(4)


@inlined
def stack(stackers: Floats, mixture: Floats, row: Floats, share: Floats, work: Floats) -> None:
    """Write what each stacker foretells into a row, and add up the agents' shares.

    Args:
        stackers: Of the row's bucket, shape (1 + K, K, N_STACKERS).
        mixture: Weights over members, shape (N_MEMBERS,).
        row: With base rate and inputs; members' log-odds are written.
        share: Added to, shape (K,).
        work: Its first rows are written, (.., N_STACKERS); of what each stacker foretells,
            `VARIANCE` gets the variance, moderated.
    """
    n_agents = len(share)
    _sum_up(stackers, row, work)
    for s in range(N_STACKERS):
        variance = max(0.0, work[VARIANCE, s])
        keep = moderation(variance)
        work[VARIANCE, s] = keep * keep * variance
        work[KEPT, s] = mixture[s] * keep
        row[FIRST_MEMBER + s] = bounded(row[OFFSET] + keep * work[SUM, s])
    for agent in range(n_agents):
        for s in range(N_STACKERS):
            given = row[FIRST_INPUT + READS[s] * n_agents + agent]
            share[agent] += work[KEPT, s] * stackers[0, agent, s] * given


@inlined
def _sum_up(stackers: Floats, row: Floats, work: Floats) -> None:
    """Give each stacker's sum of coefficients x inputs, and the variance of that sum."""
    n_agents = stackers.shape[1]
    for s in range(N_STACKERS):
        work[SUM, s] = work[VARIANCE, s] = 0.0
    for i in range(n_agents):
        stated, believed = row[FIRST_INPUT + i], row[FIRST_INPUT + n_agents + i]
        if stated == 0.0 and believed == 0.0:
            continue
        for s in range(N_STACKERS):
            given = believed if READS[s] else stated
            work[SUM, s] += stackers[0, i, s] * given
        for j in range(n_agents):
            other_stated = row[FIRST_INPUT + j]
            other_believed = row[FIRST_INPUT + n_agents + j]
            for s in range(N_STACKERS):
                given = believed if READS[s] else stated
                other = other_believed if READS[s] else other_stated
                work[VARIANCE, s] += given * stackers[1 + i, j, s] * other


@inlined
def learn_stackers(stackers: Floats, rows: Floats, lesson: Lesson, work: Floats) -> None:
    """Take a Laplace step of logistic regression with each stacker, in place.

    Args:
        stackers: Of one bucket, shape (1 + K, K, N_STACKERS).
        rows: Of the settled step and bucket, shape (N, columns).
        lesson: What they teach.
        work: Overwritten, shape (3 + 2 x K, N_STACKERS).
    """
    n_agents = stackers.shape[1]
    first = FIRST_AGENT + n_agents
    for k in range(first, first + n_agents):
        for s in range(N_STACKERS):
            work[k, s] = 0.0
    _let_drift(stackers, rows, lesson)
    for k in range(lesson.n):
        up = 1.0 if lesson.outcome[k] > 0.0 else 0.0
        _learn_row(stackers, rows[lesson.instrument[k]], up, work)
    for i in range(n_agents):
        for s in range(N_STACKERS):
            work[SUM, s] = 0.0
        for j in range(n_agents):
            for s in range(N_STACKERS):
                work[SUM, s] += stackers[1 + i, j, s] * work[first + j, s]
        for s in range(N_STACKERS):
            stackers[0, i, s] += work[SUM, s]


@inlined
def _let_drift(stackers: Floats, rows: Floats, lesson: Lesson) -> None:
    """Let the coefficients in use drift, of those stackers that do."""
    n_agents = stackers.shape[1]
    for agent in range(n_agents):
        stated = believed = False
        for k in range(lesson.n):
            i = lesson.instrument[k]
            stated |= rows[i, FIRST_INPUT + agent] != 0.0
            believed |= rows[i, FIRST_INPUT + n_agents + agent] != 0.0
        for s in range(N_STACKERS):
            if believed if READS[s] else stated:
                stackers[1 + agent, agent, s] += DRIFT_OF[s] * min(1.0, lesson.weight)


@inlined
def _learn_row(stackers: Floats, row: Floats, up: float, work: Floats) -> None:
    """Learn from one row: a rank-one downdate of the covariance, and a part of the gradient."""
    n_agents, temper = stackers.shape[1], row[TEMPER]
    first = FIRST_AGENT + n_agents
    _reach(stackers, row, work)
    for s in range(N_STACKERS):
        probability = sigmoid(bounded(row[OFFSET] + work[SUM, s]))
        information = temper * probability * (1.0 - probability)
        work[SUM, s] = temper * (up - probability)
        work[VARIANCE, s] = information / (1.0 + information * work[VARIANCE, s])
    for i in range(n_agents):
        stated, believed = row[FIRST_INPUT + i], row[FIRST_INPUT + n_agents + i]
        for s in range(N_STACKERS):
            work[first + i, s] += work[SUM, s] * (believed if READS[s] else stated)
            work[KEPT, s] = work[VARIANCE, s] * work[FIRST_AGENT + i, s]
        for j in range(n_agents):
            for s in range(N_STACKERS):
                stackers[1 + i, j, s] -= work[KEPT, s] * work[FIRST_AGENT + j, s]


@inlined
def _reach(stackers: Floats, row: Floats, work: Floats) -> None:
    """Give each stacker's covariance x inputs, their products with the inputs, and the sum."""
    n_agents = stackers.shape[1]
    for k in range(FIRST_AGENT + n_agents):
        for s in range(N_STACKERS):
            work[k, s] = 0.0
    for j in range(n_agents):
        stated, believed = row[FIRST_INPUT + j], row[FIRST_INPUT + n_agents + j]
        if stated == 0.0 and believed == 0.0:
            continue
        for s in range(N_STACKERS):
            work[SUM, s] += stackers[0, j, s] * (believed if READS[s] else stated)
        for i in range(n_agents):
            for s in range(N_STACKERS):
                given = believed if READS[s] else stated
                work[FIRST_AGENT + i, s] += stackers[1 + i, j, s] * given
    for i in range(n_agents):
        stated, believed = row[FIRST_INPUT + i], row[FIRST_INPUT + n_agents + i]
        for s in range(N_STACKERS):
            given = believed if READS[s] else stated
            work[VARIANCE, s] += given * work[FIRST_AGENT + i, s]
