"""The five kernels chained: what protects a position, on made worlds with scripted voices."""

from dataclasses import replace
from datetime import date, timedelta
from typing import NamedTuple

import numpy as np
import pytest

from steelyard.plan import lay_course, replay
from steelyard.scenario import Scenario
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.decision import Purpose
from steelyard.types.record import FILL_COLUMNS
from steelyard.types.tape import Tape

SEEDS = range(3)
MODES = ("close", "open", "clock")
EPOCH = date(1970, 1, 1)
HOUR_NS = 3600 * 10**9
TICK = 0.01


def a_world(seed, mode):
    """Give a world with splits and halts that decides at the close, the open or an hour on."""
    world = made_world(seed, Recipe(n_steps=300, decide_at="open" if mode == "open" else "close"))
    if mode != "clock":
        return world
    as_of = world.bars.start + HOUR_NS
    return replace(world, timing=world.timing._replace(as_of=as_of, known_lag=1))


def eager(world, **trade):
    """Give a scenario that adds to positions nearly every step, under tight stops."""
    days = [EPOCH + timedelta(days=int(world.bars.session[row])) for row in (0, -1)]
    return Scenario.model_validate(
        {
            "name": "made",
            "market": {
                "universe": [each.id for each in world.instruments],
                "from": days[0],
                "to": days[1],
            },
            "feeds": {"bars": {"path": "none"}},
            "agents": [{"name": "voice", "kind": "technical", "horizon": 5}],
            "ensemble": {"horizons": [5]},
            "trade": {"mandate": "long_short", "edge_over_cost": 0.0, "stop": 0.5} | trade,
            "risk": {
                "min_probability": 0.5,
                "max_order": 0.03,
                "daily_loss": 1.0,
                "max_drawdown": 1.0,
                "risk_per_trade": 0.01,
            },
            "account": {"cash": 10_000_000},
        }
    )


def a_tape(world, seed):
    """Give a tape on which one voice speaks of every instrument at every step, at random."""
    rng = np.random.default_rng(seed)
    shape = world.n_steps, 1, len(world.instruments)
    score = np.where(rng.random(shape) < 0.5, -0.5, 0.5) * world.listed[:, None]
    spoke = np.abs(score) > 0
    return Tape(
        ("voice",),
        tuple(each.id for each in world.instruments),
        np.array([5]),
        np.array([False]),
        score,
        np.where(spoke, rng.uniform(0.5, 0.7, shape), 0.0),
        np.where(spoke, 1.0, 0.0),
        np.where(spoke, 0, 3),
        (),
    )


def played(seed, mode):
    """Decide a made world; give it and the record."""
    world = a_world(seed, mode)
    scenario = eager(world)
    course = lay_course(scenario, world)
    return world, replay(scenario, world, course, a_tape(world, seed))


def nearer(side, one, other):
    """Give the nearer of two stops of a position; NaN is none."""
    return np.fmax(one, other) if side > 0 else np.fmin(one, other)


class Watch(NamedTuple):
    """One instrument over one bar."""

    step: int
    instrument: int
    began: int
    """Lots when the bar began, splits included, as is `ended` when it was over."""
    ended: int
    stop: float
    """What must rest under the position when the bar begins; NaN for none."""
    fired: bool
    """Whether a stop filled."""
    afresh: bool
    """Whether an order that was to add met a position closed by then."""


def watched(world, record):
    """Follow each position bar by bar, and the stop that must rest under it."""
    fills = [dict(zip(FILL_COLUMNS, row, strict=True)) for row in record.fill[: record.n_fills]]
    bars, n = world.bars, len(world.instruments)
    for i in range(n):
        held, stop = 0, np.nan
        for step in range(world.n_steps):
            new, old = int(bars.split_new[step, i]), int(bars.split_old[step, i])
            held = int(np.sign(held)) * (abs(held) * new // old)
            stop *= old / new
            began, under, fired, afresh = held, stop, False, False
            for fill in (f for f in fills if f["step"] == step and f["instrument"] == i):
                if fill["purpose"] == Purpose.OPEN:
                    sent = (fill["order_id"] - 1) // 2 // n
                    stated = record.stop[sent, i] * (old / new if sent < step else 1.0)
                    stop = stated if held == 0 else nearer(held, stop, stated)
                    afresh |= held == 0 and record.weight[sent, i] != 0
                fired |= fill["purpose"] == Purpose.PROTECT
                held += int(fill["lots"])
            yield Watch(step, i, began, held, under, fired, afresh)
            stop = stop if held else np.nan


@pytest.mark.parametrize("mode", MODES)
def test_no_bar_passes_a_stop_that_does_not_fill(mode):
    """What is held when a bar begins leaves at the nearest stop reviewed, additions and all."""
    n_fired, passed = 0, []
    for seed in SEEDS:
        world, record = played(seed, mode)
        for each in watched(world, record):
            n_fired += each.fired
            low = world.bars.low[each.step, each.instrument]
            high = world.bars.high[each.step, each.instrument]
            hit = low < each.stop - TICK if each.began > 0 else high > each.stop + TICK
            if each.began and each.ended and hit and not each.fired:
                passed.append((seed, each.step, each.instrument))

    assert n_fired > 20
    assert passed == []


@pytest.mark.parametrize("mode", MODES)
def test_what_was_to_add_opens_nothing_once_a_stop_has_fired(mode):
    """The order is withdrawn: as a new position it would stand without a stop."""
    afresh = []
    for seed in SEEDS:
        world, record = played(seed, mode)
        afresh += [(seed, *each[:2]) for each in watched(world, record) if each.afresh]

    assert afresh == []


def test_the_cadence_of_rebalancing_counts_the_steps_that_decide():
    """One step in three decides; every third of those rebalances, not every third step."""
    world = a_world(0, "close")
    step = np.arange(world.n_steps)
    world = replace(world, timing=world.timing._replace(decides=step % 3 == 1))
    scenario = eager(world, rebalance_every=3, stop=None)
    record = replay(scenario, world, lay_course(scenario, world), a_tape(world, 0))

    opened = np.flatnonzero((record.purpose == Purpose.OPEN).any(axis=1))

    assert len(opened) > 10
    assert (opened % 9 == 1).all()
