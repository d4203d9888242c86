"""Shocks: what each does, and what none may do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.errors import ScenarioError
from steelyard.sim.moves import Gap, Halt, SpreadBlowOut
from steelyard.sim.shocks import MADE, lay, market_of
from tests.sim.history import market, world_of
from tests.sim.shocked import PRICES, faults, flat_world, laid, random_world, reordered

EVERY_SHOCK = pytest.mark.parametrize("name", sorted(MADE))
DIRECTIONS = st.sampled_from(["down", "up"])
STEPS = st.integers(1, 59)
SEEDS = st.integers(0, 10_000)
BUDGET = settings(max_examples=15, deadline=None)


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS, direction=DIRECTIONS)
def test_rows_before_a_shock_keep_every_bit(name, seed, at, direction):
    """Opinions before the first changed bar must still hold."""
    before = market_of(random_world(seed))

    after = lay([MADE[name].turned(direction)], before, at, seed)

    for old, new in (
        (before.bars, after.bars),
        (before.bars, after.traded),
        (before.benchmark, after.benchmark),
    ):
        for one, other in zip(old, new, strict=True):
            assert one[:at].tobytes() == other[:at].tobytes()
    assert np.all(after.half_spread_factor[:at] == 1.0)


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS, direction=DIRECTIONS)
def test_shocked_bars_are_whole_bars(name, seed, at, direction):
    """Low and high hold open and close, all above 0, no bar within a halt."""
    after = laid(MADE[name].turned(direction), random_world(seed), at)

    assert faults(after.bars) == []
    assert faults(after.traded) == []
    assert faults(after.benchmark) == []


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS)
def test_the_world_a_shock_is_laid_over_is_not_written_to(name, seed, at):
    """A world serves many cases."""
    world, untouched = random_world(seed), random_world(seed)

    laid(MADE[name], world, at)

    for one, other in zip(world.bars, untouched.bars, strict=True):
        assert one.tobytes() == other.tobytes()


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS)
def test_the_order_of_instruments_changes_no_bit(name, seed, at):
    """Chance goes by the instrument's key, and no sum runs over instruments."""
    world, order = random_world(seed), [2, 0, 1]
    bars, instruments = reordered(world, order)
    turned = market_of(replace(world, bars=bars, instruments=instruments))

    straight = lay([MADE[name]], market_of(world), at, seed)
    crooked = lay([MADE[name]], replace(turned, keys=np.array(order)), at, seed)

    for one, other in zip(straight.bars, crooked.bars, strict=True):
        expected = one if one.ndim == 1 else np.ascontiguousarray(one[:, order])
        assert np.ascontiguousarray(other).tobytes() == expected.tobytes()


@EVERY_SHOCK
def test_the_same_seed_gives_the_same_path(name):
    """A case that fails can be looked at again."""
    first, second = (laid(MADE[name], random_world(3), 30, seed=11) for _ in range(2))

    assert all(
        one.tobytes() == other.tobytes() for one, other in zip(first.bars, second.bars, strict=True)
    )


def test_a_gap_moves_every_later_price_and_dividend():
    """The path goes on from the new level; the dividend of the day was fixed before."""
    dividend = np.zeros((12, 2))
    dividend[[5, 6]] = 1.0

    bars = laid(Gap(name="gap", size=0.1), flat_world(dividend=dividend), 5).bars

    for name in PRICES:
        assert getattr(bars, name)[:, 0] == pytest.approx([100] * 5 + [90] * 7)
    assert bars.dividend[5:7, 0] == pytest.approx([1.0, 0.9])


def test_a_gap_up_of_chosen_instruments_leaves_the_others_and_the_benchmark():
    """A shock may be one company's."""
    world = random_world(1)

    after = laid(Gap(name="gap", size=0.1, direction="up", only=("I1",)), world, 30)

    assert np.nanmax(after.bars.close[30:, 1] / world.bars.close[30:, 1]) == pytest.approx(1.1)
    assert np.array_equal(after.bars.close[:, [0, 2]], world.bars.close[:, [0, 2]], equal_nan=True)
    assert after.benchmark is world.benchmark


def test_a_gap_in_volatilities_is_measured_on_the_moves_before():
    """An alternation of +1 % and -1 % in logs has a volatility of 1 %."""
    close = 100 * np.exp(0.01 * (np.arange(60) % 2))[:, None]
    world = world_of(market(60, close))

    after = laid(Gap(name="gap", size=5.0, unit="volatilities"), world, 41)

    assert after.bars.close[41, 0] / close[41, 0] == pytest.approx(np.exp(-0.05), rel=1e-3)


def test_a_halt_has_no_bars_and_reopens_with_a_gap():
    """The benchmark goes on, and so do splits and dividends."""
    world = random_world(2)

    after = laid(Halt(name="halt", steps=3, gap=0.2), world, 20)

    assert np.all(after.bars.halted[20:23])
    assert after.bars.halted.sum() == 9
    for name in (*PRICES, "volume"):
        assert np.all(np.isnan(getattr(after.bars, name)[20:23]))
    assert after.bars.close[23:] == pytest.approx(0.8 * world.bars.close[23:], nan_ok=True)
    assert after.benchmark is world.benchmark


def test_a_spread_blow_out_decays_and_moves_no_price():
    """The factor halves a step where 16 decays over four."""
    world = flat_world()

    after = laid(SpreadBlowOut(name="spread", factor=16.0, steps=4), world, 5)

    assert after.half_spread_factor[4:10, 0] == pytest.approx([1, 16, 8, 4, 2, 1])
    assert after.bars is world.bars


@pytest.mark.parametrize("at", [0, 12, -1])
def test_a_shock_must_begin_within_the_path(at):
    """Step 0 has no price before it."""
    with pytest.raises(ScenarioError, match=f"begin at step {at}, but the path has steps 0 to 11"):
        laid(MADE["gap"], flat_world(), at)


def test_a_shock_on_an_unknown_instrument_is_refused():
    """And the nearest one named."""
    with pytest.raises(ScenarioError, match="names 'I', which is not in the universe"):
        laid(Gap(name="gap", size=0.1, only=("I",)), flat_world(), 5)
