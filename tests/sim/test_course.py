"""The course: what each step knows of prices, in units of its day, and nothing later."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.sim.course import course_of
from steelyard.types.world import World
from tests.sim import history
from tests.sim.history import TIMINGS, market, random_market, world_of

KNOWN = ("price", "volatility", "step_return", "adv", "age", "listed", "trailing_volume")
ACTIONS = ("split_new", "split_old", "dividend")
PRICES = ("open", "high", "low", "close", "volume")
NAN = np.nan


def course(world: World, **changes):
    """Lay out a world with plain settings."""
    return course_of(world, history.settings(world.n_steps, **changes))


def changed_after(bars, step, lag, chance):
    """Other bars, different in everything that is not known when `step` decides.

    Actions take effect before the open and are known; a bar's prices only once it is over.
    """
    columns = {}
    for name in (*PRICES, *ACTIONS):
        column = getattr(bars, name).copy()
        first = step + 1 if name in ACTIONS else step + 1 - lag
        later = column[first:]
        if name in PRICES:
            later[:] = later * chance.uniform(0.5, 2.0, later.shape)
            later[chance.random(later.shape) < 0.2] = NAN
        else:
            later[:] = chance.integers(1, 5, later.shape)
        columns[name] = column
    return bars._replace(**columns)


@settings(max_examples=60)
@given(
    seed=st.integers(0, 2**32 - 1), step=st.integers(0, 59), timing=st.sampled_from(list(TIMINGS))
)
def test_no_step_knows_what_comes_after_it(seed, step, timing):
    """Other later bars and actions leave every known column up to the step as it was."""
    bars, lag = random_market(seed), TIMINGS[timing][0]
    other = changed_after(bars, step, lag, np.random.default_rng(seed))

    before, after = course(world_of(bars, timing)), course(world_of(other, timing))

    for name in KNOWN:
        expected = getattr(before, name)[: step + 1]
        np.testing.assert_array_equal(getattr(after, name)[: step + 1], expected, err_msg=name)


@given(seed=st.integers(0, 2**32 - 1), step=st.integers(0, 59))
def test_the_volume_that_caps_a_fill_is_not_that_of_its_bar(seed, step):
    """Trailing volume of a row rests on earlier bars, whenever decisions are made."""
    bars = random_market(seed)
    other = changed_after(bars, step, 1, np.random.default_rng(seed))

    before, after = course(world_of(bars)), course(world_of(other))

    np.testing.assert_array_equal(
        after.trailing_volume[: step + 1], before.trailing_volume[: step + 1]
    )


def split_market():
    """Six steps of one instrument: 3 for 2 at step 2, 1 for 4 at step 4."""
    return market(
        6,
        [[90.0], [96.0], [66.0], [60.0], [248.0], [250.0]],
        volume=np.array([[100.0], [200.0], [450.0], [300.0], [75.0], [125.0]]),
        split_new=np.array([[1], [1], [3], [1], [1], [1]]),
        split_old=np.array([[1], [1], [2], [1], [4], [1]]),
    )


@pytest.mark.parametrize(
    ("timing", "price", "adv", "step_return"),
    [
        (
            "close",
            [90, 96, 66, 60, 248, 250],
            [100, 150, 300, 300, 84.375, 96.875],
            [NAN, 96 / 90 - 1, 99 / 96 - 1, 60 / 66 - 1, 62 / 60 - 1, 250 / 248 - 1],
        ),
        (
            "open",
            [NAN, 90, 64, 66, 240, 248],
            [NAN, 100, 225, 300, 75, 84.375],
            [NAN, NAN, 96 / 90 - 1, 99 / 96 - 1, 60 / 66 - 1, 62 / 60 - 1],
        ),
    ],
)
def test_a_split_carries_price_and_volume_into_the_units_of_its_day(
    timing, price, adv, step_return
):
    """By hand, over 4 bars: (150 + 300 + 450 + 300) / 4 = 300 units, / 4 = 75 after 1 for 4."""
    laid = course(world_of(split_market(), timing))

    np.testing.assert_allclose(laid.price[:, 0], price, rtol=1e-14)
    np.testing.assert_allclose(laid.adv[:, 0], adv, rtol=1e-14)
    np.testing.assert_allclose(laid.step_return[:, 0], step_return, rtol=1e-12)
    np.testing.assert_allclose(laid.trailing_volume[:, 0], [NAN, 100, 225, 300, 75, 84.375])


def test_age_and_price_outlast_a_gap():
    """The last close stays known, older by a step each step, and is split like the rest."""
    bars = market(
        5,
        [[NAN], [30.0], [NAN], [NAN], [16.0]],
        split_new=np.array([[1], [1], [1], [2], [1]]),
    )

    laid = course(world_of(bars))

    np.testing.assert_array_equal(laid.price[:, 0], [NAN, 30, 30, 15, 16])
    assert laid.age[1:, 0].tolist() == [0, 1, 2, 0]
    np.testing.assert_array_equal(laid.adv[:, 0], [NAN, 100, 100, 200, 150])


def test_what_happened_over_a_gap_counts_in_the_bar_that_ends_it():
    """30 before the halt and 15 after it: half of it is gone, which collar and risk must see."""
    bars = market(5, [[NAN], [30.0], [NAN], [NAN], [15.0]])

    laid = course(world_of(bars))

    np.testing.assert_array_equal(laid.step_return[:, 0], [NAN, NAN, NAN, NAN, -0.5])


def test_volatility_is_known_after_twenty_returns():
    """RiskMetrics: constant moves of 1 % have a volatility of 1 %."""
    moves = np.where(np.arange(30) % 2, 1.01, 1 / 1.01)
    bars = market(30, 100 * np.cumprod(moves)[:, None])

    laid = course(world_of(bars))

    assert np.isnan(laid.volatility[:20]).all()
    np.testing.assert_allclose(laid.volatility[20:], 0.01, rtol=0.01)


def test_a_dividend_is_counted_in_return_and_paid_in_micros():
    """0.1234567 a unit is paid to the micro; the return holds all of it."""
    bars = market(3, [[50.0], [50.0], [50.0]], dividend=np.array([[0.0], [0.1234567], [0.0]]))

    laid = course(world_of(bars))

    assert laid.dividend_micros[:, 0].tolist() == [0, 123_457, 0]
    assert laid.step_return[1, 0] == pytest.approx(0.1234567 / 50, rel=1e-12)


def test_an_unlisted_instrument_has_no_outcome():
    """Rows outside the universe teach nobody; the others do."""
    bars = market(6, np.array([[10.0, 20.0]]) * 1.01 ** np.arange(6)[:, None])
    listed = np.ones((6, 2), np.bool_)
    listed[:3, 1] = False

    laid = course(world_of(bars, listed=listed))

    np.testing.assert_allclose(laid.outcome[:4, :, 0], [[0.01, NAN]] * 3 + [[0.01, 0.01]])
    assert np.isnan(laid.outcome[4:, :, 0]).all()
    np.testing.assert_allclose(laid.outcome[:2, 0, 1], 1.01**3 - 1)


def test_an_excess_outcome_is_above_the_benchmarks():
    """1 % a step less 0.5 % a step; without a benchmark it is total."""
    grown = 1.01 ** np.arange(6)[:, None], 1.005 ** np.arange(6)[:, None]
    bars, benchmark = (market(6, 10 * path) for path in grown)

    laid = course(world_of(bars, benchmark=benchmark), excess=True)
    total = course(world_of(bars, benchmark=benchmark))

    np.testing.assert_allclose(laid.outcome[:4, 0, 0], 0.005)
    np.testing.assert_allclose(total.outcome[:4, 0, 0], 0.01)


def test_steps_before_the_first_decide_nothing():
    """They are history only."""
    bars = market(4, np.full((4, 1), 10.0))
    plain = world_of(bars)
    world = World(**{**vars(plain), "first_step": 2})

    assert course(world).decides.tolist() == [False, False, True, True]
