"""What prices and volumes tell."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.panel import ask_block
from steelyard.agents.skill import UNTAUGHT
from steelyard.agents.technical import FEATURES, PRIOR, Technical
from steelyard.testing.contract import Effort, contract_faults
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.opinion import Cause
from steelyard.types.outcome import wealth


@settings(max_examples=4)
@given(seed=st.integers(0, 10_000), decide_at=st.sampled_from(["close", "open"]))
def test_it_keeps_to_the_contract(seed, decide_at):
    """Blind to the future, fast path equal to the slow one, deterministic, well typed."""
    world = made_world(seed, Recipe(n_steps=420, decide_at=decide_at))

    assert contract_faults(Technical(), world, Effort(n_cuts=6, seed=seed)) == []


def test_it_starts_near_even_odds():
    """The first fifty confidences are at most .53."""
    world = made_world(0)
    block = ask_block(Technical(), world.snapshot, range(130))

    confidence = block.confidence[block.cause == Cause.NONE]

    assert len(confidence) >= 50
    assert confidence[:50].max() <= 0.53


def test_before_anything_settled_it_follows_trend_untaught():
    """The fit of the first step is the prior."""
    fitted = Technical().fit(made_world(0).snapshot(0))

    assert (fitted.rule, fitted.skill) == (PRIOR, UNTAUGHT)


def test_it_learns_momentum_where_there_is_some():
    """On worlds whose weeks repeat themselves it earns more than on random walks."""
    slopes = {
        momentum: np.mean(
            [
                Technical(horizon=5)
                .fit(made_world(seed, Recipe(n_steps=1500, momentum=momentum)).snapshot(1499))
                .skill.slope
                for seed in range(3)
            ]
        )
        for momentum in (0.0, 0.4)
    }

    assert slopes[0.4] > slopes[0.0] + 0.05


def test_causes_name_what_is_missing():
    """Unlisted, too young, and halted are three different silences."""
    world = made_world(0, Recipe(n_steps=200, halts=0.0))
    close = world.bars.close.copy()
    close[150, 0] = np.nan
    world = replace(world, bars=world.bars._replace(close=close))

    block = ask_block(Technical(), world.snapshot, range(200))

    assert block.cause[0].tolist() == [Cause.TOO_FEW_BARS, Cause.TOO_FEW_BARS, Cause.NOT_LISTED]
    assert block.cause[150].tolist()[0] == Cause.HALTED
    assert block.cause[59, 0] == Cause.TOO_FEW_BARS
    assert block.cause[60, 0] == Cause.NONE
    assert block.cause[60, 2] == Cause.TOO_FEW_BARS


def test_without_an_edge_it_says_so():
    """A rule of no weight finds nothing either way."""
    world = made_world(0, Recipe(n_steps=100, halts=0.0))
    fitted = Technical().fit(world.snapshot(0))
    blank = fitted._replace(rule=PRIOR._replace(weight=np.zeros(len(FEATURES))))

    block = Technical().opine_history(world.snapshot(99), 99, blank)

    assert block.cause.tolist() == [[Cause.NO_EDGE, Cause.NO_EDGE, Cause.NO_EDGE]] or (
        block.cause[0, :2].tolist() == [Cause.NO_EDGE, Cause.NO_EDGE]
    )


def test_each_opinion_claims_the_return_it_saw():
    """Sixty steps of total return, ending at the newest known bar."""
    world = made_world(1, Recipe(n_steps=100, halts=0.0))
    now = world.snapshot(90)
    agent = Technical()

    block = agent.opine_history(now, 90, agent.fit(now))

    index = wealth(world.bars, world.bars.close)
    moved = index[90] / index[30] - 1.0
    assert [row.claim.value for row in block.claims] == pytest.approx(moved, abs=1e-6)
    assert {row.claim[1:2] + row.claim[3:] for row in block.claims} == {
        ("total_return", "fraction", 1.0, "60 steps", "bars", "")
    }


def test_splits_and_dividends_change_nothing():
    """Features of a world whose units are split are those of the unsplit one."""
    world = made_world(2, Recipe(n_steps=400, halts=0.0))
    bars = world.bars
    n_units = np.where(np.arange(400)[:, None] >= 300, 10, 1)
    split_new = bars.split_new.copy()
    split_new[300] *= 10
    prices = {name: getattr(bars, name) / n_units for name in ("open", "high", "low", "close")}
    split = bars._replace(
        **prices,
        volume=bars.volume * n_units,
        split_new=split_new,
        dividend=bars.dividend / n_units,
    )

    plain = Technical()._features(world.snapshot(399))
    after = Technical()._features(replace(world, bars=split).snapshot(399))

    np.testing.assert_allclose(after, plain, rtol=1e-9, atol=1e-9)
