"""Rows that wait for their outcomes: what was said, and for how much it will count."""

import math

import numpy as np

from steelyard.ensemble.calibration import base_log_odds, correlation, recalibrated
from steelyard.ensemble.state import WeighSettings, WeighState
from steelyard.kernel import kernel
from steelyard.types.decision import Said


@kernel
def reach_of(state: WeighState, agent: int, instrument: int, settings: WeighSettings) -> float:
    """Give support x age factor of an agent's standing opinion, 0 where none has a vote."""
    age = state.standing.age[agent, instrument]
    if age < 0:
        return 0.0
    horizon = settings.horizon[settings.bucket_of_agent[agent]]
    return state.standing.support[agent, instrument] * (1.0 - age / horizon)


@kernel
def lay_aside(state: WeighState, said: Said, settings: WeighSettings) -> None:
    """Write the step's rows where they wait for their outcomes."""
    pending = state.pending
    slot = state.step % len(pending.base)
    pending.raw[slot] = 0.0
    pending.calibrated[slot] = 0.0
    pending.listed[slot] = said.listed
    pending.volatility[slot] = said.volatility
    for bucket in range(len(settings.horizon)):
        pending.base[slot, bucket] = base_log_odds(state.base, bucket)
    for agent in range(len(settings.bucket_of_agent)):
        _lay_agent(state, slot, agent, settings)
    for agent in range(len(settings.bucket_of_agent)):
        _temper_agent(state, slot, agent, settings)
    for bucket in range(len(settings.horizon)):
        _temper_bucket(state, slot, bucket, settings)


@kernel
def _lay_agent(state: WeighState, slot: int, agent: int, settings: WeighSettings) -> None:
    """Write one agent's new opinions and pool inputs."""
    pending, standing = state.pending, state.standing
    bucket = settings.bucket_of_agent[agent]
    for i in range(standing.age.shape[1]):
        stated = standing.log_odds[agent, i] - pending.base[slot, bucket]
        pending.fresh[slot, i, agent] = stated if standing.age[agent, i] == 0 else math.nan
        reach = reach_of(state, agent, i, settings)
        if reach > 0.0:
            believed = recalibrated(state.calibration, agent, stated)
            pending.raw[slot, bucket, i, agent] = reach * stated
            pending.calibrated[slot, bucket, i, agent] = reach * believed
            pending.raw[slot, bucket, i, -1] = max(pending.raw[slot, bucket, i, -1], reach)
            pending.calibrated[slot, bucket, i, -1] = pending.raw[slot, bucket, i, -1]


@kernel
def _temper_agent(state: WeighState, slot: int, agent: int, settings: WeighSettings) -> None:
    """Say for how many rows each new opinion counts, among those its window overlaps."""
    pending = state.pending
    bucket = settings.bucket_of_agent[agent]
    gone = state.step - settings.horizon[bucket]
    recent = pending.recent[:, agent]
    for i in range(len(recent)):
        recent[i] += state.standing.age[agent, i] == 0
        if gone >= 0:
            recent[i] -= not math.isnan(pending.fresh[gone % len(pending.base), i, agent])
    total, alike = recent.sum(), correlation(state.base, bucket)
    for i in range(len(recent)):
        counts = recent[i] + alike * (total - recent[i])
        pending.agent_temper[slot, i, agent] = 1.0 / counts if counts > 1.0 else 1.0


@kernel
def _temper_bucket(state: WeighState, slot: int, bucket: int, settings: WeighSettings) -> None:
    """Say for how many rows each row counts; 0 where nobody with a vote said a new thing."""
    pending = state.pending
    gone = state.step - settings.horizon[bucket]
    recent = pending.recent_rows[:, bucket]
    teaches = np.zeros(len(recent), dtype=np.bool_)
    for i in range(len(recent)):
        for agent in range(len(settings.bucket_of_agent)):
            if settings.bucket_of_agent[agent] == bucket:
                fresh = state.standing.age[agent, i] == 0
                teaches[i] |= fresh and state.standing.support[agent, i] > 0.0
        recent[i] += teaches[i]
        if gone >= 0:
            recent[i] -= pending.temper[gone % len(pending.base), bucket, i] > 0.0
    total, alike = recent.sum(), correlation(state.base, bucket)
    for i in range(len(recent)):
        counts = recent[i] + alike * (total - recent[i])
        pending.temper[slot, bucket, i] = 1.0 / max(1.0, counts) if teaches[i] else 0.0
