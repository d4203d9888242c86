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
from steelyard.ensemble.state import (
    AGE,
    EXCESS,
    FIRST_INPUT,
    OFFSET,
    SUPPORT,
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
from steelyard.kernel import inlined, kernel
from steelyard.types.arrays import Floats
from steelyard.types.decision import Said, Verdicts

__all__ = [
    "PoolMode",
    "WeighSettings",
    "WeighState",
    "blank_verdicts",
    "start",
    "weigh",
    "weigh_into",
]

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
    verdicts = blank_verdicts(len(said.listed), len(settings.horizon), len(settings.reads_text))
    weigh_into(state, said, settings, verdicts)
    return state, verdicts


@kernel
def blank_verdicts(n_instruments: int, n_buckets: int, n_agents: int) -> Verdicts:
    """Make room for the verdicts of a step."""
    shape = n_instruments, n_buckets
    return Verdicts(
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(n_buckets),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape),
        np.zeros(shape, np.bool_),
        np.zeros((n_instruments, n_buckets, n_agents)),
        np.zeros(n_instruments, np.int64),
        np.zeros(n_instruments, np.bool_),
        np.zeros(n_instruments, np.bool_),
    )


@inlined
def weigh_into(state: WeighState, said: Said, settings: WeighSettings, verdicts: Verdicts) -> None:
    """Weigh the opinions of one step, as `weigh` does, and write all the verdicts."""
    _learn(state, said, settings)
    hear(state.standing, said, settings)
    believe(state.base, state.scratch.beliefs)
    lay(state, said, settings)
    _judge(state, settings, verdicts)
    for i in range(len(verdicts.quorate)):
        _count_voices(state.standing, settings, verdicts, i)
    state.clock[0] += 1


@inlined
def _learn(state: WeighState, said: Said, settings: WeighSettings) -> None:
    """Learn from what settled; older losses of the agents fade."""
    agents, base, pool = state.agents, state.base, state.pool
    for agent in range(len(agents)):
        agents[agent, EXCESS] *= TRAILING
        agents[agent, WEIGHT] *= TRAILING
    for bucket in range(len(settings.horizon)):
        slot = (state.clock[0] - settings.settle_offset[bucket]) % len(state.rows)
        settled = gather(state, said.settled, slot, bucket)
        if settled.n > 0:
            rows = state.rows[slot, bucket]
            learn_base(base, settled, settings.horizon[bucket])
            learn_agents(agents, state.opinions, rows[0, OFFSET], settled, settings.bucket_of_agent)
            own = Pool(pool.stackers[bucket], pool.mixture[bucket], pool.hedge[bucket])
            learn_pool(own, rows, settled, state.scratch)
            learn_returns(state.returns[bucket], rows, settled)


@inlined
def _judge(state: WeighState, settings: WeighSettings, verdicts: Verdicts) -> None:
    """Pool every row of the step, and write what it foretells into the verdicts."""
    beliefs, reach, pool = state.scratch.beliefs, state.scratch.reach, state.pool
    rows = state.rows[state.clock[0] % len(state.rows)]
    for bucket in range(len(beliefs)):
        verdicts.base_rate[bucket] = beliefs[bucket, RATE]
        slopes = state.returns[bucket]
        own = Pool(pool.stackers[bucket], pool.mixture[bucket], pool.hedge[bucket])
        for i in range(len(verdicts.quorate)):
            row, share = rows[bucket, i], verdicts.share[i, bucket]
            n_voices = lay_inputs(row, state, settings, bucket, i)
            variance = foretell(own, row, reach, share, state.scratch.stacking)
            if settings.pool != _ADAPTIVE:
                variance = simplify(settings.pool, state.agents, row, reach, share)
            p = capped(share, row[OFFSET], settings.max_log_odds)
            log_odds_sd = math.sqrt(variance + beliefs[bucket, BASE_VARIANCE])
            lean_on(row, p, state.standing, reach, i)
            verdicts.probability[i, bucket] = p
            verdicts.log_odds_sd[i, bucket] = log_odds_sd
            verdicts.expected[i, bucket] = expect(slopes, row)
            verdicts.expected_sd[i, bucket] = doubt_of(slopes, row, p, log_odds_sd)
            scatter = scatter_of(row, FIRST_INPUT + len(reach), reach)
            verdicts.disagreement[i, bucket] = math.sqrt(scatter)
            verdicts.stands[i, bucket] = n_voices > 0


@inlined
def _count_voices(standing: Floats, settings: WeighSettings, verdicts: Verdicts, i: int) -> None:
    """Count the agents whose standing opinion on an instrument has a vote, over all buckets."""
    n_voices, numeric = 0, False
    for agent in range(len(standing)):
        if standing[agent, i, AGE] >= 0.0 and standing[agent, i, SUPPORT] > 0.0:
            n_voices += 1
            numeric |= not settings.reads_text[agent]
    verdicts.n_voices[i] = n_voices
    verdicts.numeric[i] = numeric
    verdicts.quorate[i] = n_voices >= settings.quorum
