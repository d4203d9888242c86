"""The first kernel of decide: opinions of a step in, verdicts out.

A step first learns from the outcomes that settled by it, then takes in what was said,
then foretells, and lays the rows aside until their own outcomes settle.
"""

import math

import numpy as np

from steelyard.ensemble.calibration import (
    BASE_VARIANCE,
    RATE,
    TRAILING,
    believe,
    learn_agents,
    learn_base,
)
from steelyard.ensemble.pool import foretell, learn_pool
from steelyard.ensemble.stackers import FIRST_AGENT
from steelyard.ensemble.state import (
    EXCESS,
    FIRST_INPUT,
    N_STACKERS,
    OFFSET,
    WEIGHT,
    Pool,
    PoolMode,
    WeighSettings,
    WeighState,
    start,
)
from steelyard.ensemble.verdict import (
    capped,
    doubt_of,
    expect,
    lean_on,
    learn_returns,
    scatter_of,
    simplify,
)
from steelyard.ensemble.waiting import gather, hear, lay, lay_inputs
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats
from steelyard.types.decision import Said, Verdicts

__all__ = ["PoolMode", "WeighSettings", "WeighState", "start", "weigh"]

_ADAPTIVE = int(PoolMode.ADAPTIVE)


@kernel
def weigh(state: WeighState, said: Said, settings: WeighSettings) -> tuple[WeighState, Verdicts]:
    """Weigh the opinions of one step.

    Args:
        state: From `start` or the step before; its arrays are reused.
        said: The step's opinions, and the outcomes that may be learnt from by now.
        settings: The same at every step.

    Returns:
        The next state, and fresh verdicts. `expected` and `expected_sd` are NaN where the
        volatility is unknown; an instrument that is not listed has the base rate and no
        voices. The shares of a row and the log-odds of the base rate add up to the
        log-odds of its probability.
    """
    _learn(state, said, settings)
    hear(state.standing, said, settings)
    beliefs = believe(state.base)
    lay(state, said, beliefs, settings)
    verdicts = _blank(len(said.listed), beliefs, len(settings.bucket_of_agent))
    _judge(state, beliefs, settings, verdicts)
    step, standing, base, agents, pool, returns, opinions, rows, recent = state
    after = WeighState(step + 1, standing, base, agents, pool, returns, opinions, rows, recent)
    return after, verdicts


@kernel
def _learn(state: WeighState, said: Said, settings: WeighSettings) -> None:
    """Learn from what settled; older losses of the agents fade."""
    agents, base, pool = state.agents, state.base, state.pool
    for agent in range(len(agents)):
        agents[agent, EXCESS] *= TRAILING
        agents[agent, WEIGHT] *= TRAILING
    for bucket in range(len(settings.horizon)):
        slot = (state.step - settings.settle_offset[bucket]) % len(state.rows)
        settled = gather(said.settled, state.rows, slot, bucket)
        if settled.n > 0:
            rows = state.rows[slot, bucket]
            learn_base(base, settled, settings.horizon[bucket])
            learn_agents(agents, state.opinions, rows[0, OFFSET], settled, settings.bucket_of_agent)
            own = Pool(pool.stackers[bucket], pool.mixture[bucket], pool.hedge[bucket])
            learn_pool(own, rows, settled)
            learn_returns(state.returns[bucket], rows, settled)


@kernel
def _blank(n: int, beliefs: Floats, n_agents: int) -> Verdicts:
    n_buckets = len(beliefs)
    rate = np.empty(n_buckets)
    for bucket in range(n_buckets):
        rate[bucket] = beliefs[bucket, RATE]
    return Verdicts(
        np.empty((n, n_buckets)),
        np.empty((n, n_buckets)),
        rate,
        np.empty((n, n_buckets)),
        np.empty((n, n_buckets)),
        np.empty((n, n_buckets)),
        np.zeros((n, n_buckets), np.bool_),
        np.empty((n, n_buckets, n_agents)),
        np.zeros(n, np.int64),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
    )


@kernel
def _judge(state: WeighState, beliefs: Floats, settings: WeighSettings, verdicts: Verdicts) -> None:
    """Pool every row of the step, and write what it foretells into the verdicts."""
    n_agents = len(settings.bucket_of_agent)
    reach, work = np.empty(n_agents), np.empty((FIRST_AGENT, N_STACKERS))
    rows = state.rows[state.step % len(state.rows)]
    for bucket in range(len(beliefs)):
        slopes, pool = state.returns[bucket], state.pool
        own = Pool(pool.stackers[bucket], pool.mixture[bucket], pool.hedge[bucket])
        for i in range(len(verdicts.quorate)):
            row, share = rows[bucket, i], verdicts.share[i, bucket]
            n_voices = lay_inputs(row, state, reach, settings, bucket, i)
            variance = foretell(own, row, reach, share, work)
            if settings.pool != _ADAPTIVE:
                variance = simplify(settings.pool, state.agents, row, reach, share)
            p = capped(share, row[OFFSET], settings.max_log_odds)
            log_odds_sd = math.sqrt(variance + beliefs[bucket, BASE_VARIANCE])
            lean_on(row, p, state.standing, reach, i)
            verdicts.probability[i, bucket] = p
            verdicts.log_odds_sd[i, bucket] = log_odds_sd
            verdicts.expected[i, bucket] = expect(slopes, row)
            verdicts.expected_sd[i, bucket] = doubt_of(slopes, row, p, log_odds_sd)
            scatter = scatter_of(row, FIRST_INPUT + n_agents, reach)
            verdicts.disagreement[i, bucket] = math.sqrt(scatter)
            verdicts.stands[i, bucket] = n_voices > 0
            verdicts.n_voices[i] += n_voices
            for agent in range(n_agents):
                speaks = reach[agent] > 0.0 and not settings.reads_text[agent]
                verdicts.numeric[i] |= speaks
    for i in range(len(verdicts.quorate)):
        verdicts.quorate[i] = verdicts.n_voices[i] >= settings.quorum
