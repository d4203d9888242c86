"""Terms of trade of a scenario, as a run meets them."""

import numpy as np
import pytest

from steelyard.plan import UNKNOWN_HALF_SPREAD_BPS, lay_course
from steelyard.sim.spread import estimated_half_spread
from steelyard.testing.agents import Manner, skilled
from steelyard.testing.runs import a_scenario, play
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.record import FILL_COLUMNS

TICK_MICROS = 10_000
WORLD = made_world(5, Recipe(n_steps=400))
ESTIMATE = estimated_half_spread(WORLD.bars, np.full(3, 0.01))


def terms(**execution):
    """Give a scenario of the world with these terms, and a good agent for it."""
    agents = [skilled(WORLD, 1, Manner(horizon=5))]
    return agents, a_scenario(WORLD, agents, {"execution": execution})


def test_an_estimated_spread_is_that_of_the_bars():
    """Before there are enough of them it is wide: what nobody can tell must not look cheap."""
    _, scenario = terms(half_spread="estimated")

    spread = lay_course(scenario, WORLD).half_spread_bps

    assert np.isnan(ESTIMATE[0]).all()
    assert np.array_equal(spread, np.where(np.isnan(ESTIMATE), UNKNOWN_HALF_SPREAD_BPS, ESTIMATE))


def test_a_stated_spread_holds_until_there_is_an_estimate():
    """From the fifth step on estimates are wanted; the stated value fills in for them."""
    day = np.datetime64(int(WORLD.bars.session[5]), "D")
    dated = [{"value": "7 bps"}, {"from": str(day), "value": "estimated"}]
    _, scenario = terms(half_spread=dated)

    spread = lay_course(scenario, WORLD).half_spread_bps

    assert (spread[:20] == 7.0).all()
    assert np.array_equal(spread, np.where(np.isnan(ESTIMATE), 7.0, ESTIMATE))


def test_estimated_spreads_are_paid():
    """Each fill's spread is what was estimated, of its value."""
    agents, scenario = terms(half_spread="estimated")
    record = play(WORLD, agents, scenario).record
    step, instrument, lots, ticks, spread = (
        record.fill[: record.n_fills, FILL_COLUMNS.index(name)]
        for name in ("step", "instrument", "lots", "price_ticks", "spread")
    )

    value = np.abs(lots) * ticks * TICK_MICROS
    assert len(value) > 0
    stated = np.where(np.isnan(ESTIMATE), UNKNOWN_HALF_SPREAD_BPS, ESTIMATE)[step, instrument]
    assert spread / value * 1e4 == pytest.approx(stated, abs=1e-3)
