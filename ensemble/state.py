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
STATED, RECALIBRATED = 0, 1
READS = _STACKER // 4
"""Whether each reads `STATED` or `RECALIBRATED` log-odds, shape (N_STACKERS,)."""

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


class Standing(NamedTuple):
    """The newest opinion of each agent on each instrument; all of shape (K, N)."""

    log_odds: Floats
    """Stated, of the outcome being up."""
    score: Floats
    support: Floats
    age: Ints
    """Steps since it was said, -1 where none stands."""


class BaseRates(NamedTuple):
    """How often outcomes are up, and how much instruments move together; shape (B,)."""

    up: Floats
    """Effective number of outcomes up."""
    total: Floats
    co_moved: Floats
    """Sum over steps of the mean product of two instruments' standardised outcomes."""
    steps: Floats
    """Effective number of steps in that sum."""


class Calibration(NamedTuple):
    """Each agent's intercept and slope on its stated log-odds beyond the base rate."""

    mean: Floats
    """Shape (K, 2)."""
    covariance: Floats
    """Shape (K, 2, 2)."""
    excess: Floats
    """Trailing sum of the recalibrated loss less the base rate's, nats, shape (K,)."""
    weight: Floats
    """Trailing effective number of opinions in that sum, shape (K,)."""


class Pool(NamedTuple):
    """Stackers, Hedge, and the mixture over all members."""

    mean: Floats
    """Coefficients on each agent's input, shape (B, N_STACKERS, K)."""
    covariance: Floats
    """Shape (B, N_STACKERS, K, K)."""
    hedge: Floats
    """Weights over agents, shape (B, K)."""
    mixture: Floats
    """Weights over members, shape (B, N_MEMBERS)."""


class ReturnMap(NamedTuple):
    """Slopes of the outcome in horizon volatilities on probability and pooled score."""

    mean: Floats
    """Shape (B, 2)."""
    covariance: Floats
    """Shape (B, 2, 2)."""


class OpinionRing(NamedTuple):
    """Opinions that wait to teach their agent, in a ring of L steps."""

    stated: Floats
    """Stated log-odds beyond the base rate of that step, shape (L, K, N)."""
    temper: Floats
    """Effective number of opinions that each counts for, 0 where none, shape (L, K, N)."""
    recent: Ints
    """Opinions within the horizon up to now, shape (K, N)."""


class RowRing(NamedTuple):
    """Rows that wait to teach the pool: what was foretold, in a ring of L steps."""

    inputs: Floats
    """Reach x log-odds beyond the base rate, (L, B, 2, N, K): stated, then recalibrated."""
    member: Floats
    """Log-odds foretold by each member, shape (L, B, N, N_MEMBERS)."""
    temper: Floats
    """Effective number of rows that each counts for, 0 where none teaches, (L, B, N)."""
    base: Floats
    """Log-odds of the base rate, shape (L, B)."""
    recent: Ints
    """Rows that teach within the horizon up to now, shape (B, N)."""


class MarketRing(NamedTuple):
    """What else the rows need when their outcomes come."""

    lean: Floats
    """Inputs of the return map, shape (L, B, N, 2)."""
    sigma: Floats
    """Volatility over the horizon, a fraction, NaN where unknown, shape (L, N, B)."""
    listed: Bools
    """Shape (L, N)."""


class Settled(NamedTuple):
    """The outcomes of one bucket that may be learnt from at a step, ordered by outcome."""

    slot: int
    """Of the rows in the rings."""
    bucket: int
    instrument: Ints
    """Shape (n_settled,)."""
    outcome: Floats
    """Return, shape (n_settled,)."""
    up: Floats
    """1 where it is positive, else 0, shape (n_settled,)."""


class WeighState(NamedTuple):
    """All that the arbiter keeps; its arrays are reused by the next step."""

    step: int
    """Steps weighed so far."""
    standing: Standing
    base: BaseRates
    calibration: Calibration
    pool: Pool
    returns: ReturnMap
    opinions: OpinionRing
    rows: RowRing
    market: MarketRing


def start(settings: WeighSettings, n_instruments: int) -> WeighState:
    """Give the state before the first step: nothing said, nothing learnt."""
    n_agents, n_buckets = len(settings.bucket_of_agent), len(settings.horizon)
    n_rows = int(settings.settle_offset.max()) + 1
    prior_up = np.full(n_buckets, UP_PRIOR)
    return WeighState(
        step=0,
        standing=Standing(
            log_odds=np.zeros((n_agents, n_instruments)),
            score=np.zeros((n_agents, n_instruments)),
            support=np.zeros((n_agents, n_instruments)),
            age=np.full((n_agents, n_instruments), -1, dtype=np.int64),
        ),
        base=BaseRates(
            up=prior_up,
            total=2.0 * prior_up,
            co_moved=np.full(n_buckets, SIGN_CORRELATION * CORRELATION_WEIGHT),
            steps=np.full(n_buckets, CORRELATION_WEIGHT),
        ),
        calibration=Calibration(
            mean=np.tile([0.0, SLOPE_MEAN], (n_agents, 1)),
            covariance=np.tile(np.diag([INTERCEPT_VARIANCE, SLOPE_VARIANCE]), (n_agents, 1, 1)),
            excess=np.zeros(n_agents),
            weight=np.zeros(n_agents),
        ),
        pool=_start_pool(settings),
        returns=ReturnMap(
            mean=np.tile([1.0, 0.0], (n_buckets, 1)),
            covariance=np.tile(np.diag(RETURN_VARIANCE), (n_buckets, 1, 1)),
        ),
        opinions=OpinionRing(
            stated=np.zeros((n_rows, n_agents, n_instruments)),
            temper=np.zeros((n_rows, n_agents, n_instruments)),
            recent=np.zeros((n_agents, n_instruments), dtype=np.int64),
        ),
        rows=RowRing(
            inputs=np.zeros((n_rows, n_buckets, 2, n_instruments, n_agents)),
            member=np.zeros((n_rows, n_buckets, n_instruments, N_MEMBERS)),
            temper=np.zeros((n_rows, n_buckets, n_instruments)),
            base=np.zeros((n_rows, n_buckets)),
            recent=np.zeros((n_buckets, n_instruments), dtype=np.int64),
        ),
        market=MarketRing(
            lean=np.zeros((n_rows, n_buckets, n_instruments, 2)),
            sigma=np.full((n_rows, n_instruments, n_buckets), np.nan),
            listed=np.zeros((n_rows, n_instruments), dtype=np.bool_),
        ),
    )


def _start_pool(settings: WeighSettings) -> Pool:
    n_agents, n_buckets = len(settings.bucket_of_agent), len(settings.horizon)
    mean = np.zeros((n_buckets, N_STACKERS, n_agents))
    covariance = np.zeros((n_buckets, N_STACKERS, n_agents, n_agents))
    covariance[:, ~IS_WIDE] = NARROW_VARIANCE * np.eye(n_agents)
    covariance[:, IS_WIDE] = WIDE_VARIANCE * np.eye(n_agents)
    for bucket in range(n_buckets):
        asked = (settings.bucket_of_agent == bucket) & settings.active
        mean[bucket, IS_WIDE] = asked / max(1, asked.sum())
    return Pool(
        mean=mean,
        covariance=covariance,
        hedge=np.full((n_buckets, n_agents), 1.0 / n_agents),
        mixture=np.tile(MIXTURE_PRIOR, (n_buckets, 1)),
    )
