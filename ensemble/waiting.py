"""What stands, and the rows that wait for their outcomes.

An opinion or row counts for one over the number of those that its window overlaps, other
instruments' at the correlation of their outcomes' signs: said at every step on all of N
instruments, 1 / (horizon x (1 + correlation x (N - 1))).
"""

import math
from typing import NamedTuple

from steelyard.ensemble.bayes import logit
from steelyard.ensemble.calibration import BASE_ODDS, likeness, recalibrated
from steelyard.ensemble.state import (
    AGE,
    COUNTS,
    FIRST_INPUT,
    INTERCEPT,
    LISTED,
    LOG_ODDS,
    OFFSET,
    SCORE,
    SIGMA,
    SLOPE,
    STATED_ODDS,
    SUPPORT,
    TEMPER,
    Settled,
    WeighSettings,
    WeighState,
)
from steelyard.kernel import inlined
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Said


class _Laid(NamedTuple):
    """What was laid aside a horizon ago, and what is now; of shape (N, columns)."""

    gone: Floats
    now: Floats
    column: int
    """Says how much each counts for."""


@inlined
def gather(state: WeighState, outcome: Floats, slot: int, bucket: int) -> Settled:
    """Give one bucket's settled outcomes, ordered by outcome, so that no label matters.

    Args:
        state: Its rows say who was listed at their own step.
        outcome: Shape (N, B); NaN where nothing settled.
        slot: Of the rows in the rings.
        bucket: Index of the horizon.
    """
    instrument, moved, n_settled = state.scratch.instrument[0], state.scratch.outcome[0], 0
    for i in range(len(outcome)):
        new = outcome[i, bucket]
        if state.rows[slot, bucket, i, LISTED] > 0.0 and math.isfinite(new):
            place = n_settled
            while place > 0 and moved[place - 1] > new:
                instrument[place], moved[place] = instrument[place - 1], moved[place - 1]
                place -= 1
            instrument[place], moved[place] = i, new
            n_settled += 1
    return Settled(slot, bucket, n_settled, instrument, moved)


@inlined
def hear(standing: Floats, said: Said, settings: WeighSettings) -> None:
    """Age what stands, and let what is new replace it; an abstention changes nothing."""
    n_agents, n_instruments = said.score.shape
    for agent in range(n_agents):
        horizon = settings.horizon[settings.bucket_of_agent[agent]]
        for i in range(n_instruments):
            age = standing[agent, i, AGE]
            if age >= 0.0:
                age = age + 1.0 if age + 1.0 < horizon else -1.0
            score = said.score[agent, i]
            if not said.listed[i]:
                age = -1.0
            elif settings.active[agent] and abs(score) > 0.0 and said.confidence[agent, i] > 0.0:
                age = 0.0
                log_odds = logit(said.confidence[agent, i])
                standing[agent, i, LOG_ODDS] = math.copysign(1.0, score) * log_odds
                standing[agent, i, SCORE] = score
                standing[agent, i, SUPPORT] = said.support[agent, i]
            standing[agent, i, AGE] = age


@inlined
def lay(state: WeighState, said: Said, settings: WeighSettings) -> None:
    """Write what was said and known at this step, and how much each row will count."""
    step, beliefs, new = state.clock[0], state.scratch.beliefs, state.scratch.new
    slot = step % len(state.rows)
    for agent in range(len(settings.bucket_of_agent)):
        _lay_opinions(state, agent, settings, step)
    for bucket in range(len(settings.horizon)):
        root = math.sqrt(settings.horizon[bucket])
        for i in range(len(said.listed)):
            new[i] = _is_new(state.standing, settings.bucket_of_agent, bucket, i)
            state.rows[slot, bucket, i, OFFSET] = beliefs[bucket, BASE_ODDS]
            state.rows[slot, bucket, i, SIGMA] = said.volatility[i] * root
            state.rows[slot, bucket, i, LISTED] = 1.0 if said.listed[i] else 0.0
        gone = (step - settings.horizon[bucket]) % len(state.rows)
        recent = state.recent[len(settings.bucket_of_agent) + bucket]
        rows = _Laid(state.rows[gone, bucket], state.rows[slot, bucket], TEMPER)
        _count(recent, new, rows, likeness(state.base, bucket))


@inlined
def _lay_opinions(state: WeighState, agent: int, settings: WeighSettings, step: int) -> None:
    bucket, n_slots, new = settings.bucket_of_agent[agent], len(state.opinions), state.scratch.new
    laid, base = state.opinions[step % n_slots, agent], state.scratch.beliefs[bucket, BASE_ODDS]
    for i in range(len(new)):
        new[i] = state.standing[agent, i, AGE] == 0.0
        laid[i, STATED_ODDS] = state.standing[agent, i, LOG_ODDS] - base
    # A slot not yet written holds zeros, so that the first steps need no exception.
    gone = state.opinions[(step - settings.horizon[bucket]) % n_slots, agent]
    said = _Laid(gone, laid, COUNTS)
    _count(state.recent[agent], new, said, likeness(state.base, bucket))


@inlined
def _is_new(standing: Floats, bucket_of_agent: Ints, bucket: int, i: int) -> bool:
    """Say whether an agent of a bucket has just spoken, with support."""
    new = False
    for agent in range(len(bucket_of_agent)):
        if bucket_of_agent[agent] == bucket and standing[agent, i, AGE] == 0.0:
            new |= standing[agent, i, SUPPORT] > 0.0
    return new


@inlined
def _count(recent: Ints, new: Bools, laid: _Laid, alike: float) -> None:
    """Count what overlaps, and write how much each new row counts.

    Args:
        recent: Rows within the horizon, brought up to now, shape (N,).
        new: Where there is a new one, shape (N,).
        laid: Where one counts, above 0 if there was one.
        alike: Correlation of two instruments' outcome signs.
    """
    gone, now, column = laid
    total = 0
    for i in range(len(recent)):
        recent[i] += new[i]
        if gone[i, column] > 0.0:
            recent[i] -= 1
        total += recent[i]
    for i in range(len(recent)):
        overlapping = recent[i] + alike * (total - recent[i])
        now[i, column] = 1.0 / max(1.0, overlapping) if new[i] else 0.0


@inlined
def lay_inputs(row: Floats, state: WeighState, settings: WeighSettings, bucket: int, i: int) -> int:
    """Write a row's pool inputs; give how many agents have a vote.

    Args:
        row: Its inputs are written; it holds the base rate.
        state: Says what stands, and how agents are recalibrated; `scratch.reach` is written:
            support x age factor, 0 where nothing has a vote.
        settings: Of the arbiter.
        bucket: Of the row.
        i: Its instrument.
    """
    standing, agents, reach = state.standing, state.agents, state.scratch.reach
    n_agents, n_voices = len(reach), 0
    for agent in range(n_agents):
        age, part, stated, believed = standing[agent, i, AGE], 0.0, 0.0, 0.0
        if age >= 0.0 and settings.bucket_of_agent[agent] == bucket:
            left = 1.0 - age / settings.horizon[bucket]
            part = standing[agent, i, SUPPORT] * left
        if part > 0.0:
            n_voices += 1
            stated = standing[agent, i, LOG_ODDS] - row[OFFSET]
            believed = recalibrated(agents[agent, INTERCEPT], agents[agent, SLOPE], stated)
        reach[agent] = part
        row[FIRST_INPUT + agent] = part * stated
        row[FIRST_INPUT + n_agents + agent] = part * believed
    return n_voices
