"""What stands, and the rows that wait for their outcomes.

An opinion or row counts for one over the number of those that its window overlaps, other
instruments' at the correlation of their outcomes' signs: said at every step on all of N
instruments, 1 / (horizon x (1 + correlation x (N - 1))).
"""

import math

import numpy as np

from steelyard.ensemble.bayes import logit
from steelyard.ensemble.calibration import Beliefs, recalibrated
from steelyard.ensemble.state import (
    RECALIBRATED,
    STATED,
    MarketRing,
    OpinionRing,
    RowRing,
    Settled,
    Standing,
    WeighSettings,
)
from steelyard.kernel import kernel
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Said


@kernel
def gather(outcome: Floats, listed: Bools, slot: int, bucket: int) -> Settled:
    """Give one bucket's settled outcomes, ordered by outcome, so that no label matters.

    Args:
        outcome: Shape (N, B); NaN where nothing settled.
        listed: Who was listed at the rows' own step, shape (N,).
        slot: Of the rows in the rings.
        bucket: Index of the horizon.
    """
    n_instruments, n_settled = len(outcome), 0
    instrument, moved = np.zeros(n_instruments, dtype=np.int64), np.zeros(n_instruments)
    for i in range(n_instruments):
        new = outcome[i, bucket]
        if listed[i] and math.isfinite(new):
            place = n_settled
            while place > 0 and moved[place - 1] > new:
                instrument[place], moved[place] = instrument[place - 1], moved[place - 1]
                place -= 1
            instrument[place], moved[place] = i, new
            n_settled += 1
    up = np.zeros(n_settled)
    for row in range(n_settled):
        up[row] = 1.0 if moved[row] > 0.0 else 0.0
    return Settled(slot, bucket, instrument[:n_settled], moved[:n_settled], up)


@kernel
def hear(standing: Standing, said: Said, settings: WeighSettings) -> None:
    """Age what stands, and let what is new replace it; an abstention changes nothing."""
    log_odds, kept_score, support, age = standing
    said_score, confidence, said_support, listed, _, _ = said
    horizons, bucket_of_agent, active = (
        settings.horizon,
        settings.bucket_of_agent,
        settings.active,
    )
    n_agents, n_instruments = said_score.shape
    for agent in range(n_agents):
        horizon = horizons[bucket_of_agent[agent]]
        for i in range(n_instruments):
            if age[agent, i] >= 0:
                age[agent, i] = age[agent, i] + 1 if age[agent, i] + 1 < horizon else -1
            score = said_score[agent, i]
            if not listed[i]:
                age[agent, i] = -1
            elif active[agent] and abs(score) > 0.0 and confidence[agent, i] > 0.0:
                age[agent, i] = 0
                kept_score[agent, i] = score
                log_odds[agent, i] = math.copysign(1.0, score) * logit(confidence[agent, i])
                support[agent, i] = said_support[agent, i]


@kernel
def reach_of(standing: Standing, settings: WeighSettings) -> Floats:
    """Give support x age factor of what stands, 0 where nothing has a vote, shape (N, B, K)."""
    support, age = standing.support, standing.age
    bucket_of_agent, horizons = settings.bucket_of_agent, settings.horizon
    n_agents, n_instruments = age.shape
    reach = np.zeros((n_instruments, len(horizons), n_agents))
    for agent in range(n_agents):
        bucket = bucket_of_agent[agent]
        for i in range(n_instruments):
            if age[agent, i] >= 0:
                left = 1.0 - age[agent, i] / horizons[bucket]
                reach[i, bucket, agent] = support[agent, i] * left
    return reach


@kernel
def lay_inputs(
    inputs: Floats, log_odds: Floats, base: Floats, coefficients: Floats, reach: Floats
) -> None:
    """Write a step's pool inputs.

    Args:
        inputs: Written, shape (B, 2, N, K).
        log_odds: Of standing opinions, shape (K, N).
        base: Log-odds of the base rates, shape (B,).
        coefficients: Of each agent's recalibration, shape (K, 2).
        reach: Shape (N, B, K).
    """
    n_instruments, n_buckets, n_agents = reach.shape
    for bucket in range(n_buckets):
        for i in range(n_instruments):
            for agent in range(n_agents):
                part = reach[i, bucket, agent]
                stated = log_odds[agent, i] - base[bucket]
                believed = recalibrated(coefficients[agent], stated)
                inputs[bucket, STATED, i, agent] = part * stated
                inputs[bucket, RECALIBRATED, i, agent] = part * believed


@kernel
def lay_opinions(
    ring: OpinionRing, step: int, standing: Standing, beliefs: Beliefs, settings: WeighSettings
) -> None:
    """Write what was said at this step, and how much each opinion will count."""
    stated, temper, recent = ring
    log_odds, age = standing.log_odds, standing.age
    n_slots, n_agents, n_instruments = stated.shape
    slot = step % n_slots
    for agent in range(n_agents):
        bucket = settings.bucket_of_agent[agent]
        now = np.zeros(n_instruments, dtype=np.bool_)
        for i in range(n_instruments):
            now[i] = age[agent, i] == 0
            stated[slot, agent, i] = log_odds[agent, i] - beliefs.log_odds[bucket]
        # A slot not yet written holds zeros, so that the first steps need no exception.
        gone = temper[(step - settings.horizon[bucket]) % n_slots, agent]
        count(recent[agent], now, gone, beliefs.alike[bucket], temper[slot, agent])


@kernel
def lay_rows(
    ring: RowRing, step: int, standing: Standing, beliefs: Beliefs, settings: WeighSettings
) -> None:
    """Write which rows of this step will teach the pool, and how much each will count."""
    temper, base, recent = ring.temper, ring.base, ring.recent
    support, age = standing.support, standing.age
    n_slots, n_buckets, n_instruments = temper.shape
    slot = step % n_slots
    for bucket in range(n_buckets):
        base[slot, bucket] = beliefs.log_odds[bucket]
        now = np.zeros(n_instruments, dtype=np.bool_)
        for agent in range(len(age)):
            if settings.bucket_of_agent[agent] == bucket:
                for i in range(n_instruments):
                    now[i] |= age[agent, i] == 0 and support[agent, i] > 0.0
        gone = temper[(step - settings.horizon[bucket]) % n_slots, bucket]
        count(recent[bucket], now, gone, beliefs.alike[bucket], temper[slot, bucket])


@kernel
def lay_market(ring: MarketRing, slot: int, said: Said, horizon: Ints) -> None:
    """Write what else the step's rows will need; `horizon` has shape (B,)."""
    listed, sigma = ring.listed, ring.sigma
    now_listed, volatility = said.listed, said.volatility
    for i in range(len(volatility)):
        listed[slot, i] = now_listed[i]
        for bucket in range(len(horizon)):
            sigma[slot, i, bucket] = volatility[i] * math.sqrt(horizon[bucket])


@kernel
def count(recent: Ints, now: Bools, gone: Floats, alike: float, temper: Floats) -> None:
    """Count what overlaps, and write how much each new row counts; all of shape (N,).

    Args:
        recent: Rows within the horizon, brought up to now.
        now: Where there is a new one.
        gone: Weight of the rows that just left the horizon, 0 where there was none.
        alike: Correlation of two instruments' outcome signs.
        temper: Written.
    """
    total = 0
    for i in range(len(recent)):
        recent[i] += now[i]
        if gone[i] > 0.0:
            recent[i] -= 1
        total += recent[i]
    for i in range(len(recent)):
        overlapping = recent[i] + alike * (total - recent[i])
        temper[i] = 1.0 / max(1.0, overlapping) if now[i] else 0.0
