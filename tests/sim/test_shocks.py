"""Shocks: what each does, and what none may do."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.errors import ScenarioError
from steelyard.sim.dated import PUBLISHED
from steelyard.sim.misreports import (
    FatFinger,
    MissingBars,
    StaleFeed,
    UnannouncedSplit,
    WrongFeed,
)
from steelyard.sim.moves import (
    CorrelationOne,
    Drought,
    Gap,
    Halt,
    LimitDays,
    SpreadBlowOut,
    WiderMoves,
)
from steelyard.sim.shocks import MADE, lay, market_of
from steelyard.types.outcome import carried
from tests.sim.history import market, world_of
from tests.sim.shocked import PRICES, faults, flat_world, laid, random_world, reordered

SHOCKS = MADE | PUBLISHED
EVERY_SHOCK = pytest.mark.parametrize("name", sorted(SHOCKS))
SIDES = ("down", "up")
DIRECTIONS = st.sampled_from(SIDES)
STEPS = st.integers(1, 59)
SEEDS = st.integers(0, 10_000)
BUDGET = settings(max_examples=15, deadline=None)


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS, direction=DIRECTIONS)
def test_rows_before_a_shock_keep_every_bit(name, seed, at, direction):
    """Opinions before the first changed bar must still hold."""
    before = market_of(random_world(seed))

    after = lay([SHOCKS[name].turned(direction)], before, at, seed)

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
    after = laid(SHOCKS[name].turned(direction), random_world(seed), at)

    assert faults(after.bars) == []
    assert faults(after.traded) == []
    assert faults(after.benchmark) == []


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS)
def test_the_world_a_shock_is_laid_over_is_not_written_to(name, seed, at):
    """A world serves many cases."""
    world, untouched = random_world(seed), random_world(seed)

    laid(SHOCKS[name], world, at)

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

    straight = lay([SHOCKS[name]], market_of(world), at, seed)
    crooked = lay([SHOCKS[name]], replace(turned, keys=np.array(order)), at, seed)

    for one, other in zip(straight.bars, crooked.bars, strict=True):
        expected = one if one.ndim == 1 else np.ascontiguousarray(one[:, order])
        assert np.ascontiguousarray(other).tobytes() == expected.tobytes()


@EVERY_SHOCK
def test_the_same_seed_gives_the_same_path(name):
    """A case that fails can be looked at again."""
    first, second = (laid(SHOCKS[name], random_world(3), 30, seed=11) for _ in range(2))

    assert all(
        one.tobytes() == other.tobytes() for one, other in zip(first.bars, second.bars, strict=True)
    )


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS, direction=DIRECTIONS)
def test_what_is_paid_keeps_its_ratio_to_the_price_before(name, seed, at, direction):
    """In truth: what a lying feed says of a price changes no dividend."""
    before = random_world(seed).bars

    after = laid(SHOCKS[name].turned(direction), random_world(seed), at).traded

    for name_paid in ("dividend", "cash_out"):
        old, new = getattr(before, name_paid), getattr(after, name_paid)
        gone = carried(np.where(np.isfinite(after.close), before.close, np.nan))
        last, now = gone[:-1], carried(after.close)[:-1]
        rows = np.isfinite(before.close[:-1]) & np.isfinite(after.close[:-1])
        assert (new[1:] / now)[rows] == pytest.approx((old[1:] / last)[rows], nan_ok=True)


@EVERY_SHOCK
@BUDGET
@given(seed=SEEDS, at=STEPS, direction=DIRECTIONS)
def test_splits_and_calendar_stay(name, seed, at, direction):
    """Units and sessions are not prices."""
    before = random_world(seed).bars

    after = laid(SHOCKS[name].turned(direction), random_world(seed), at)

    for column in ("start", "end", "session", "split_new", "split_old"):
        assert getattr(after.bars, column) is getattr(before, column) or np.array_equal(
            getattr(after.bars, column), getattr(before, column)
        )


@pytest.mark.parametrize("name", ["gap", "halt", "correlation_one", "limit_days", "crash_1987"])
@BUDGET
@given(seed=SEEDS, direction=DIRECTIONS)
def test_returns_go_on_from_the_shocked_level(name, seed, direction):
    """Long after a shock every later price is off by the same factor."""
    before = random_world(seed).bars

    after = laid(SHOCKS[name].turned(direction), random_world(seed), 20).bars

    later = (after.close / before.close)[35:]
    for column in later.T:
        factors = column[np.isfinite(column)]
        assert factors == pytest.approx(np.full(len(factors), factors[0]))
        assert factors[0] != pytest.approx(1.0)


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


def test_a_drought_takes_volume_and_no_price():
    """Whole units: 3 % of 100 is 3; of 10 none is left."""
    volume = np.full((12, 2), [100.0, 10.0])
    world = flat_world(volume=volume)

    after = laid(Drought(name="drought", share=0.03, steps=3), world, 5).bars

    assert after.volume[4:9].tolist() == [[100, 10], [3, 0], [3, 0], [3, 0], [100, 10]]
    assert np.all(after.close == 100.0)


def test_with_correlation_one_all_move_by_their_own_volatility():
    """Log moves over volatility are alike, downwards, and differ from step to step."""
    steps = np.random.default_rng(5).normal(0.0, 0.01, 60)
    world = world_of(market(60, 100 * np.exp(np.cumsum(steps)[:, None] * [1.0, 0.5, 2.0])))
    shock = CorrelationOne(name="correlation_one", size=2.0, steps=4)

    moves = np.diff(np.log(laid(shock, world, 40).bars.close), axis=0)[39:43]

    assert moves[:, 1] == pytest.approx(0.5 * moves[:, 0])
    assert moves[:, 2] == pytest.approx(2.0 * moves[:, 0])
    assert np.all(moves < 0)
    assert len(set(moves[:, 0].round(9))) == 4


def test_double_volatility_doubles_deviations_against_the_book():
    """Moves of +-1 % about no mean become +-2 %, mirrored where their sum would be a gain."""
    moves = np.tile([0.01, -0.01], 30)
    moves[40:43] = [0.01, 0.01, -0.01]
    world = world_of(market(60, 100 * np.exp(np.cumsum(moves))[:, None]))
    shock = WiderMoves(name="double_volatility", factor=2.0, steps=3)

    down, up = (np.log(laid(shock.turned(side), world, 40).bars.close[:, 0]) for side in SIDES)

    # The mean of the 39 moves before is -0.01 / 39.
    assert np.diff(down)[39:42] == pytest.approx([-0.02, -0.02, 0.02], abs=1e-3)
    assert np.diff(up)[39:42] == pytest.approx([0.02, 0.02, -0.02], abs=1e-3)
    assert np.diff(down)[42:] == pytest.approx(moves[43:])


def test_nobody_takes_the_other_side_on_a_limit_day():
    """Locked at the lower limit nobody buys; mirrored, nobody sells; the days around are free."""
    shock = LimitDays(name="limit_days", limit=0.1, steps=2, share=0.05, only=("I1",))

    down = laid(shock, flat_world(), 5).locked
    up = laid(shock.turned("up"), flat_world(), 5).locked

    assert down[4:8].tolist() == [[0, 0], [0, -1], [0, -1], [0, 0]]
    assert np.array_equal(up, -down)


def test_limit_days_lock_the_bar():
    """Open, high, low and close are the limit from the last close; hardly anything trades."""
    bars = laid(LimitDays(name="limit_days", limit=0.1, steps=2, share=0.05), flat_world(), 5).bars

    for name in PRICES:
        assert getattr(bars, name)[4:8, 0] == pytest.approx([100, 90, 81, 81])
    assert bars.volume[4:8, 0].tolist() == [100, 5, 5, 100]


def test_a_stale_feed_repeats_the_close_while_the_market_falls():
    """Orders meet the true market; when the feed is back, the price jumps."""
    after = laid(StaleFeed(name="stale", steps=3, hidden_gap=0.1), flat_world(), 5)

    for name in PRICES:
        assert getattr(after.bars, name)[4:9, 0] == pytest.approx([100, 100, 100, 100, 90])
        assert getattr(after.traded, name)[4:9, 0] == pytest.approx([100, 90, 90, 90, 90])
    assert after.bars.volume[5, 0] == 100.0


def test_a_stale_feed_may_tell_no_volume():
    """As a feed does that counts what it sees."""
    shock = StaleFeed(name="stale", steps=3, usual_volume=False)

    after = laid(shock, flat_world(), 5)

    assert after.bars.volume[4:9, 0].tolist() == [100, 0, 0, 0, 100]
    assert after.traded.volume[5, 0] == 100.0


def test_a_wrong_feed_slips_a_decimal_of_one_instrument():
    """And is right again afterwards; orders meet right prices all along."""
    after = laid(WrongFeed(name="wrong", factor=100.0, steps=2), flat_world(), 5)

    wrong = after.bars.close[5:8]
    assert sorted(wrong[0].tolist()) == [1.0, 100.0]
    assert wrong[0].tolist() == wrong[1].tolist()
    assert wrong[2].tolist() == [100.0, 100.0]
    assert np.all(after.traded.close == 100.0)


def test_missing_bars_are_told_of_nowhere_and_traded_all_the_same():
    """About a share of them, each by itself, and no halt."""
    world = flat_world(200)

    after = laid(MissingBars(name="missing", share=0.3, steps=150), world, 20)

    lost = np.isnan(after.bars.close)
    assert 0.2 < lost[20:170].mean() < 0.4
    assert not lost[170:].any()
    assert not np.array_equal(lost[:, 0], lost[:, 1])
    assert not after.bars.halted.any()
    assert after.traded is world.bars


@pytest.mark.parametrize(("side", "low", "high"), [("down", 50.0, 100.0), ("up", 100.0, 150.0)])
def test_a_fat_finger_is_one_print_in_one_bar(side, low, high):
    """The close stands, and so do all other bars."""
    after = laid(FatFinger(name="fat_finger", size=0.5, direction=side), flat_world(), 5)

    assert {*after.traded.low[5].tolist()} == {low, 100.0}
    assert {*after.traded.high[5].tolist()} == {high, 100.0}
    changed = (after.traded.low != 100.0) | (after.traded.high != 100.0)
    assert changed.sum() == 1
    assert np.all(after.traded.close == 100.0)


def test_an_unannounced_split_halves_the_told_price_for_good():
    """No row of splits; orders and ledger go on in old units at old prices."""
    after = laid(UnannouncedSplit(name="split", only=("I1",)), flat_world(), 5)

    assert after.bars.close[4:7, 1].tolist() == [100, 50, 50]
    assert after.bars.volume[4:7, 1].tolist() == [100, 200, 200]
    assert np.all(after.bars.split_new == after.bars.split_old)
    assert np.all(after.traded.close == 100.0)


def test_shocks_are_laid_one_over_the_other():
    """A market that gaps while its spread blows out and its feed is stale."""
    shocks = [MADE["gap"], MADE["spread"], StaleFeed(name="stale", hidden_gap=0.0)]

    after = lay(shocks, market_of(flat_world()), 5, 7)

    assert after.bars.close[5, 0] == pytest.approx(100)
    assert after.traded.close[5, 0] == pytest.approx(80)
    assert after.half_spread_factor[5, 0] == pytest.approx(10)


def test_a_shock_of_one_instrument_can_be_aimed():
    """At the largest holding, say; a shock of all stays what it is."""
    after = laid(MADE["unannounced_split"].aimed("I1"), flat_world(), 5)

    assert after.bars.close[6].tolist() == [100, 50]
    assert MADE["gap"].aimed("I1") is MADE["gap"]


def test_a_shock_of_one_instrument_finds_none_where_none_trades():
    """Nothing happens to bars that are not there."""
    close = np.full((12, 2), 100.0)
    close[5] = np.nan
    world = world_of(market(12, close))

    after = laid(MADE["fat_finger"], world, 5)

    assert np.array_equal(after.bars.low, world.bars.low, equal_nan=True)


def test_every_shock_says_what_happens():
    """In a few words, for reports."""
    assert all(shock.about for shock in SHOCKS.values())
