"""What the arbiter is told once, and what it keeps between steps.

K is the number of agents, N of instruments, B of horizon buckets, L of rows that wait.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.outcome import SIGN_CORRELATION

N_STACKERS = 8
"""Two drifts x two priors x raw or recalibrated log-odds."""
BASE_MEMBER = N_STACKERS
HEDGE_MEMBER = N_STACKERS + 1
N_MEMBERS = N_STACKERS + 2
_STACKER = np.arange(N_STACKERS)
DRIFTS = _STACKER % 2 == 1
"""Which stackers' coefficients drift, shape (N_STACKERS,)."""
IS_WIDE = _STACKER // 2 % 2 == 1
"""Which start at the mean of log-odds, widely; the others start at zero, narrowly."""
READS = _STACKER // 4
"""Whether each reads stated (0) or recalibrated (1) log-odds, shape (N_STACKERS,)."""

WIDE_VARIANCE = 1.0
"""Prior variance of a stacker's coefficients around the plain mean of log-odds."""
NARROW_VARIANCE = 0.02
"""Prior variance of a stacker's coefficients around zero."""
BASE_MIXTURE = 0.5
"""Prior weight of the member that follows nobody; the others share the rest."""
MIXTURE_PRIOR = np.where(
    np.arange(N_MEMBERS) == BASE_MEMBER, BASE_MIXTURE, (1.0 - BASE_MIXTURE) / (N_MEMBERS - 1)
)
"""Shape (N_MEMBERS,)."""
SLOPE_MEAN = 0.5
"""A new agent is believed half of what it says beyond the base rate."""
SLOPE_VARIANCE = 0.25
INTERCEPT_VARIANCE = 0.01
RETURN_VARIANCE = (0.25, 0.0025)
"""Prior variance of the return map's slopes on probability and on score."""
UP_PRIOR = 25.0
"""Outcomes up, and as many down, that the base rate starts from."""
CORRELATION_WEIGHT = 20.0
"""Steps that the prior correlation counts for."""


class PoolMode(IntEnum):
    """How standing opinions become one probability."""

    ADAPTIVE = 0
    """The mixture of stackers, base rate and Hedge."""
    EQUAL = 1
    """The mean of the stated log-odds."""
    BEST = 2
    """The recalibrated log-odds of the agent with the smallest trailing loss."""
    BASE_RATE = 3
    """The base rate; opinions stand and count as voices but move nothing."""


class WeighSettings(NamedTuple):
    """What the arbiter is told once."""

    bucket_of_agent: Ints
    """Index of each agent's horizon, shape (K,)."""
    horizon: Ints
    """Steps, shape (B,)."""
    settle_offset: Ints
    """Steps after which an outcome may be learnt from, > horizon, shape (B,)."""
    reads_text: Bools
    """Shape (K,)."""
    active: Bools
    """False: the agent is treated as silent, shape (K,)."""
    quorum: int
    """Fewest voices of a quorate verdict."""
    max_log_odds: float
    """Most that one agent moves the pooled log-odds from the base rate, > 0."""
    pool: int
    """A `PoolMode`."""


# Columns of `WeighState.standing`; the age counts steps since it was said, -1 where none stands.
LOG_ODDS, SCORE, SUPPORT, AGE = range(4)
# Columns of `WeighState.base`: effective outcomes up, effective outcomes, the sum over steps of
# the mean product of two instruments' standardised outcomes, the effective steps in that sum.
UP, TOTAL, CO_MOVED, STEPS = range(4)
# Columns of `WeighState.agents`: coefficients on the stated log-odds beyond the base rate, their
# covariance, and the trailing sum of the recalibrated loss less the base rate's (nats) with the
# effective number of opinions in it.
INTERCEPT, SLOPE, VARIANCE_00, VARIANCE_01, VARIANCE_10, VARIANCE_11, EXCESS, WEIGHT = range(8)
# Columns of `WeighState.opinions`: log-odds beyond the base rate of that step, and the effective
# number of opinions that each counts for, 0 where none.
STATED_ODDS, COUNTS = range(2)
# First columns of `WeighState.rows`: log-odds of the base rate, the effective number of rows that
# each counts for (0 where none teaches), inputs of the return map, volatility over the horizon (a
# fraction, NaN where unknown), and whether the instrument was listed; then the log-odds foretold
# by each member, and per agent reach x log-odds beyond the base rate: stated, then recalibrated.
OFFSET, TEMPER, LEAN, LEAN_SCORE, SIGMA, LISTED, FIRST_MEMBER = range(7)
FIRST_INPUT = FIRST_MEMBER + N_MEMBERS


class Pool(NamedTuple):
    """Stackers, mixture over all members, and Hedge, of one bucket."""

    stackers: Floats
    """Coefficients on each agent's input, then their covariance, (1 + K, K, N_STACKERS)."""
    mixture: Floats
    """Weights over members, shape (N_MEMBERS,)."""
    hedge: Floats
    """Weights over agents, shape (K,)."""


class Settled(NamedTuple):
    """The rows of one bucket that may be learnt from at a step, ordered by outcome."""

    slot: int
    """Of the rows in the rings."""
    bucket: int
    n: int
    instrument: Ints
    """Only the first `n` hold, shape (N,)."""
    outcome: Floats
    """Return, likewise."""


class Lesson(NamedTuple):
    """Those of them on which somebody had something new to say."""

    n: int
    instrument: Ints
    """Only the first `n` hold, shape (N,)."""
    outcome: Floats
    """Return, likewise."""
    weight: float
    """Effective number of rows."""


class Scratch(NamedTuple):
    """Room to work in; what is in it is of no use to the next step."""

    instrument: Ints
    """Settled, then teaching, shape (2, N)."""
    outcome: Floats
    """Likewise."""
    new: Bools
    """Shape (N,)."""
    reach: Floats
    """Shape (K,)."""
    loss: Floats
    """Shape (max(K, N_MEMBERS),)."""
    stacking: Floats
    """Shape (3 + 2 x K, N_STACKERS)."""
    beliefs: Floats
    """What the base rates say now, shape (B, 3)."""


class WeighState(NamedTuple):
    """All that the arbiter keeps; its arrays are reused by the next step.

    They are few and wide, since every array that a kernel is handed costs time; their
    columns have names above.
    """

    clock: Ints
    """Steps weighed so far, shape (1,)."""
    standing: Floats
    """The newest opinion of each agent on each instrument, shape (K, N, 4)."""
    base: Floats
    """How often outcomes are up, and how much instruments move together, shape (B, 4)."""
    agents: Floats
    """Each agent's recalibration, shape (K, 8)."""
    pool: Pool
    """Of all buckets: each of its arrays has B first."""
    returns: Floats
    """Slopes of the outcome in horizon volatilities on probability and pooled score, then
    the four entries of their covariance, shape (B, 6)."""
    opinions: Floats
    """Opinions that wait to teach their agent, in a ring of L steps, shape (L, K, N, 2)."""
    rows: Floats
    """Rows that wait to teach the pool, in a ring of L steps, shape (L, B, N, columns)."""
    recent: Ints
    """Opinions of each agent, then rows of each bucket that teach, within the horizon up to
    now, shape (K + B, N)."""
    scratch: Scratch


def start(settings: WeighSettings, n_instruments: int) -> WeighState:
    """Give the state before the first step: nothing said, nothing learnt."""
    n_agents, n_buckets = len(settings.bucket_of_agent), len(settings.horizon)
    n_rows = int(settings.settle_offset.max()) + 1
    standing = np.zeros((n_agents, n_instruments, 4))
    standing[..., AGE] = -1.0
    prior = UP_PRIOR, 2.0 * UP_PRIOR, SIGN_CORRELATION * CORRELATION_WEIGHT, CORRELATION_WEIGHT
    believed = 0.0, SLOPE_MEAN, INTERCEPT_VARIANCE, 0.0, 0.0, SLOPE_VARIANCE, 0.0, 0.0
    slopes = 1.0, 0.0, RETURN_VARIANCE[0], 0.0, 0.0, RETURN_VARIANCE[1]
    n_columns = FIRST_INPUT + 2 * n_agents
    return WeighState(
        clock=np.zeros(1, dtype=np.int64),
        standing=standing,
        base=np.tile(prior, (n_buckets, 1)),
        agents=np.tile(believed, (n_agents, 1)),
        pool=_start_pool(settings),
        returns=np.tile(slopes, (n_buckets, 1)),
        opinions=np.zeros((n_rows, n_agents, n_instruments, 2)),
        rows=np.zeros((n_rows, n_buckets, n_instruments, n_columns)),
        recent=np.zeros((n_agents + n_buckets, n_instruments), dtype=np.int64),
        scratch=Scratch(
            instrument=np.zeros((2, n_instruments), dtype=np.int64),
            outcome=np.zeros((2, n_instruments)),
            new=np.zeros(n_instruments, dtype=np.bool_),
            reach=np.zeros(n_agents),
            loss=np.zeros(max(n_agents, N_MEMBERS)),
            stacking=np.zeros((3 + 2 * n_agents, N_STACKERS)),
            beliefs=np.zeros((n_buckets, 3)),
        ),
    )


def _start_pool(settings: WeighSettings) -> Pool:
    n_agents, n_buckets = len(settings.bucket_of_agent), len(settings.horizon)
    stackers = np.zeros((n_buckets, 1 + n_agents, n_agents, N_STACKERS))
    variance = np.where(IS_WIDE, WIDE_VARIANCE, NARROW_VARIANCE)
    stackers[:, 1:] = np.eye(n_agents)[:, :, None] * variance
    for bucket in range(n_buckets):
        asked = (settings.bucket_of_agent == bucket) & settings.active
        stackers[bucket, 0] = (asked / max(1, asked.sum()))[:, None] * IS_WIDE
    return Pool(
        stackers=stackers,
        mixture=np.tile(MIXTURE_PRIOR, (n_buckets, 1)),
        hedge=np.full((n_buckets, n_agents), 1.0 / n_agents),
    )
