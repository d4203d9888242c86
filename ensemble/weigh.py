"""The first kernel of decide: opinions of a step in, verdicts out.

A step first learns from the outcomes that settled by it, then takes in what was said,
then foretells, and last lays the rows aside until their own outcomes settle.
"""

import math

import numpy as np

from steelyard.ensemble.bayes import logit
from steelyard.ensemble.calibration import forget, learn_agent, learn_base
from steelyard.ensemble.pool import learn_pool
from steelyard.ensemble.state import (
    PoolMode,
    Settled,
    WeighSettings,
    WeighState,
    start,
)
from steelyard.ensemble.verdict import count_voices, learn_returns, silence, speak
from steelyard.ensemble.waiting import lay_aside
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats
from steelyard.types.decision import Said, Verdicts

__all__ = ["PoolMode", "WeighSettings", "WeighState", "start", "weigh"]


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
    forget(state.calibration)
    for bucket in range(len(settings.horizon)):
        _learn(state, bucket, said.settled, settings)
    _hear(state, said, settings)
    verdicts = silence(said.listed, settings)
    count_voices(state, verdicts, settings)
    lay_aside(state, said, settings)
    for bucket in range(len(settings.horizon)):
        speak(state, bucket, said, verdicts, settings)
    return (
        WeighState(
            state.step + 1,
            state.standing,
            state.base,
            state.calibration,
            state.pool,
            state.returns,
            state.pending,
        ),
        verdicts,
    )


@kernel
def _learn(state: WeighState, bucket: int, outcome: Floats, settings: WeighSettings) -> None:
    """Learn from what settled in one bucket."""
    row_step = state.step - settings.settle_offset[bucket]
    if row_step < 0:
        return
    slot = row_step % len(state.pending.base)
    settled = _gather(outcome, slot, bucket, state)
    if len(settled.up) == 0:
        return
    horizon = settings.horizon[bucket]
    learn_base(state.base, bucket, settled.up, horizon)
    for agent in range(len(settings.bucket_of_agent)):
        if settings.bucket_of_agent[agent] == bucket:
            learn_agent(state.calibration, agent, state.pending, settled)
    learn_pool(state.pool, state.pending, settled)
    learn_returns(state.returns, state.pending, settled, horizon)


@kernel
def _gather(outcome: Floats, slot: int, bucket: int, state: WeighState) -> Settled:
    """Give one bucket's settled outcomes, ordered by outcome, so that no label matters."""
    n_instruments = len(outcome)
    instrument, n_settled = np.zeros(n_instruments, dtype=np.int64), 0
    for i in range(n_instruments):
        if state.pending.listed[slot, i] and math.isfinite(outcome[i, bucket]):
            place = n_settled
            while place > 0 and outcome[instrument[place - 1], bucket] > outcome[i, bucket]:
                instrument[place] = instrument[place - 1]
                place -= 1
            instrument[place] = i
            n_settled += 1
    moved, up = np.zeros(n_settled), np.zeros(n_settled)
    for row in range(n_settled):
        moved[row] = outcome[instrument[row], bucket]
        up[row] = 1.0 if moved[row] > 0.0 else 0.0
    return Settled(slot, bucket, instrument[:n_settled], moved, up)


@kernel
def _hear(state: WeighState, said: Said, settings: WeighSettings) -> None:
    """Age what stands, and let what is new replace it; an abstention changes nothing."""
    standing = state.standing
    n_agents, n_instruments = said.score.shape
    for agent in range(n_agents):
        horizon = settings.horizon[settings.bucket_of_agent[agent]]
        for i in range(n_instruments):
            age = standing.age[agent, i]
            if age >= 0:
                standing.age[agent, i] = age + 1 if age + 1 < horizon else -1
            score, confidence = said.score[agent, i], said.confidence[agent, i]
            if not said.listed[i]:
                standing.age[agent, i] = -1
            elif settings.active[agent] and abs(score) > 0.0 and confidence > 0.0:
                standing.age[agent, i] = 0
                standing.score[agent, i] = score
                standing.log_odds[agent, i] = math.copysign(1.0, score) * logit(confidence)
                standing.support[agent, i] = said.support[agent, i]
