"""Made agents keep to the contract, and have the skill that they were made with."""

import numpy as np
import pytest

from steelyard.testing.agents import Manner, Scripted, no_skill, skilled
from steelyard.testing.contract import contract_faults
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.outcome import total_outcomes

WORLD = made_world(2, Recipe(names=("AAA", "BBB", "CCC", "DDD"), n_steps=4000))
MANNER = Manner(horizon=1, confidence=(0.5, 0.9))


@pytest.mark.parametrize("make", [no_skill, skilled])
def test_made_agents_keep_to_the_contract(make):
    """Asked at once or step by step they say the same; changed data change nothing."""
    world = made_world(1, Recipe(n_steps=300, delists=True))

    assert contract_faults(make(world, 1), world) == []


def test_a_made_world_says_why_a_bar_is_missing():
    """A halt, an end that was paid for, or not listed yet."""
    world = made_world(3, Recipe(n_steps=400, halts=0.05, delists=True))
    bars = world.bars
    missing = np.isnan(bars.close)

    assert bars.halted.any()
    assert np.array_equal(missing, bars.halted | ~world.listed)
    assert np.argwhere(np.isfinite(bars.cash_out)).tolist() == [[300, 0]]
    assert bars.cash_out[300, 0] == pytest.approx(np.nanmax(bars.close[295:300, 0]), rel=0.1)


def hits(agent):
    """Give where the agent's side came true, and what it stated, over all it said."""
    outcome = total_outcomes(WORLD.bars, WORLD.timing, agent.horizon)
    told = (agent.score != 0) & np.isfinite(outcome)
    return (np.sign(agent.score) == np.sign(outcome))[told], agent.confidence[told]


def test_a_skilled_agent_is_right_as_often_as_it_says():
    """In each fifth of its confidences."""
    right, confidence = hits(skilled(WORLD, 5, MANNER))
    fifth = np.digitize(confidence, np.quantile(confidence, [0.2, 0.4, 0.6, 0.8]))

    for number in range(5):
        stated = confidence[fifth == number].mean()
        assert right[fifth == number].mean() == pytest.approx(stated, abs=0.03)


def test_an_agent_without_skill_is_right_half_the_time():
    """Whatever it says."""
    right, _ = hits(no_skill(WORLD, 5, MANNER))

    assert right.mean() == pytest.approx(0.5, abs=0.02)


def test_an_agent_that_speaks_seldom_is_silent_in_between():
    """One opinion in five steps, so that no two windows of five overlap."""
    agent = no_skill(WORLD, 5, Manner(horizon=5, every=5))

    assert (agent.score[::5] != 0).all()
    assert (np.delete(agent.score, np.s_[::5], axis=0) == 0).all()


def test_a_scripted_agent_abstains_where_its_score_is_nothing():
    """A score of 0 is no opinion."""
    nothing = np.zeros(WORLD.bars.close.shape)
    agent = Scripted(nothing, nothing)

    said = list(agent.opine(WORLD.snapshot(2000), agent.fit(WORLD.snapshot(2000))))

    assert [type(each).__name__ for each in said] == ["Abstention"] * 4
