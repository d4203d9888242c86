"""Bootstrap paths: drawn from whole steps, chained without a jump, blind to what follows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.sim.bootstrap import natural_block, source_of
from steelyard.sim.course import course_of
from steelyard.sim.prints import prints_of
from tests.sim import history
from tests.sim.drawn import HORIZON, TICK, drawn, laid, laid_whole, random_source
from tests.sim.history import TIMINGS, market, random_market, world_of

KNOWN = ("price", "volatility", "step_return", "adv", "age", "listed", "trailing_volume")
SEEDS = st.integers(0, 2**32 - 1)
EVERY_TIMING = pytest.mark.parametrize("timing", list(TIMINGS))


def plain_source(n_steps, session=None):
    """A source of one instrument whose rows are steps 20 and later."""
    close = 50.0 * np.exp(np.cumsum(np.where(np.arange(n_steps) % 3, 0.01, -0.015)))
    bars = market(n_steps, close[:, None])
    if session is not None:
        bars = bars._replace(session=session)
    course = course_of(world_of(bars), history.settings(n_steps))
    return source_of(course, 0, 0, np.ones((n_steps, 2)))


def test_every_row_is_as_likely_at_every_step_of_a_path():
    """The series is a ring: its ends are drawn as often as its middle."""
    source = plain_source(41)
    n_rows, n_paths = len(source.step), 4000

    rows = np.array([drawn(source, path, 12) for path in range(1, n_paths + 1)])

    for step in (0, 5, 11):
        count = np.bincount(rows[:, step], minlength=n_rows)
        spread = np.sqrt(n_paths / n_rows)
        assert np.abs(count - n_paths / n_rows).max() < 4.5 * spread


@pytest.mark.parametrize("mean_block", [1.0, 4.0, 21.0])
def test_blocks_have_the_mean_length_that_is_asked_for(mean_block):
    """Within five standard errors of a geometric length; of length 1 all are drawn anew."""
    source = plain_source(2000)
    n_rows, n_steps = len(source.step), 100_000

    rows = drawn(source, 1, n_steps, mean_block=mean_block)
    n_blocks = 1 + int((np.diff(rows) % n_rows != 1).sum())

    expected = n_steps / mean_block
    assert abs(n_blocks - expected) < 5.0 * np.sqrt(expected) + n_steps / n_rows


def test_a_path_is_the_same_whatever_is_drawn_before_it_and_however_long_it_is():
    """Its rows hang on seed, number and step alone."""
    source = plain_source(100)
    expected = drawn(source, 3, 50)

    others = [drawn(source, path, 50) for path in (9, 1)]
    again = drawn(source, 3, 80)[:50]

    assert again.tolist() == expected.tolist()
    assert all(other.tolist() != expected.tolist() for other in others)
    assert drawn(source, 3, 50, seed=8).tolist() != expected.tolist()


def test_sessions_are_never_cut():
    """With three bars to a session, blocks begin at the first and end with the last."""
    source = plain_source(120, session=np.arange(120) // 3)

    rows = drawn(source, 1, 600, mean_block=2.0)

    jumps = 1 + np.flatnonzero(np.diff(rows) % len(source.step) != 1)
    assert len(jumps) > 60
    assert source.begins[rows[jumps]].all()
    assert (source.step[rows[jumps - 1][:-1]] % 3 == 2).all()


@EVERY_TIMING
@given(seed=SEEDS, step=st.integers(0, 38))
@settings(max_examples=25)
def test_no_step_of_a_path_knows_what_comes_after_it(timing, seed, step):
    """Other later rows leave every known column, and every outcome closed by then, as it was."""
    made = random_source(seed, timing)
    rows, other = drawn(made.source, 1, 40), drawn(made.source, 1, 40)
    first = max(1, step + 1 - made.chain.known_lag)  # where a path begins, its first row says
    other[first:] = drawn(made.source, 2, 40)[first:]

    before, after = laid(made, rows), laid(made, other)

    for name in KNOWN:
        expected = getattr(before, name)[: step + 1]
        np.testing.assert_array_equal(getattr(after, name)[: step + 1], expected, err_msg=name)
    np.testing.assert_array_equal(after.trailing_volume[:first], before.trailing_volume[:first])
    for bucket, horizon in enumerate(HORIZON):
        offset = made.chain.exec_offset + horizon + made.chain.known_lag
        settled = max(0, step + 1 - offset)
        np.testing.assert_array_equal(
            after.outcome[:settled, :, bucket], before.outcome[:settled, :, bucket]
        )


@EVERY_TIMING
@given(seed=SEEDS)
@settings(max_examples=25)
def test_a_path_is_what_its_own_bars_would_be_laid_out_as(timing, seed):
    """The course of the world that has the path's bars; its memory of earlier steps apart."""
    made = random_source(seed, timing)
    path = laid(made, drawn(made.source, 1, 60))
    bars = market(
        60,
        path.close,
        open=path.open,
        high=path.high,
        low=path.low,
        volume=path.volume,
        dividend=path.dividend_micros / 1e6,
    )

    expected = course_of(world_of(bars, timing), history.settings(60))

    lag = made.chain.known_lag
    np.testing.assert_array_equal(path.price[lag:], expected.price[lag:])
    np.testing.assert_allclose(
        path.step_return[lag + 1 :], expected.step_return[lag + 1 :], 0, 1e-6
    )
    for name in ("adv", "trailing_volume"):  # the window has seen four bars of the path
        np.testing.assert_allclose(getattr(path, name)[5:], getattr(expected, name)[5:], 1e-9)
    np.testing.assert_allclose(path.outcome, expected.outcome, 0, 1e-6)
    np.testing.assert_array_equal(path.age[1:], expected.age[1:])


@EVERY_TIMING
@given(seed=SEEDS)
@settings(max_examples=25)
def test_the_exchange_is_told_of_a_path_what_it_is_told_of_a_course(timing, seed):
    """Ticks, volumes, spreads, bounds and dividends: as laid out from the path's own course."""
    made = random_source(seed, timing)
    course, prints = laid_whole(made, drawn(made.source, 1, 60))

    expected = prints_of(course, made.chain.tick, made.chain.known_lag, made.chain.price_limit)

    for name in ("ticks", "action", "acts", "ends_session"):
        np.testing.assert_array_equal(getattr(prints, name), getattr(expected, name), err_msg=name)
    np.testing.assert_array_equal(prints.flow[1:], expected.flow[1:])


@given(seed=SEEDS)
@settings(max_examples=25)
def test_instruments_move_together_as_they_did_at_the_step_drawn(seed):
    """Same row for all: total returns and half-spreads are those of the source's step."""
    made = random_source(seed)
    rows = drawn(made.source, 1, 40)
    step = made.source.step[rows]

    path = laid(made, rows)

    # A price is within half a tick of the chained one. After a gap, a dividend of it is put back
    # at the open that ends it, not at the last close before.
    slack = 2.0 * TICK / np.minimum(path.close, made.source.before[rows[0], :, 0]).min()
    no_gap = np.isfinite(made.course.close[step - 1])
    moved, expected = path.step_return[no_gap], made.course.step_return[step][no_gap]
    np.testing.assert_allclose(moved, expected, 0, slack)
    np.testing.assert_array_equal(path.half_spread_bps, made.course.half_spread_bps[step])


@given(seed=SEEDS)
@settings(max_examples=25)
def test_the_source_in_its_own_order_is_the_source(seed):
    """Value traded, and volatility and mean volume from the steps before the first."""
    bars = random_market(seed, 90)
    bars = market(90, np.where(np.isfinite(bars.close), bars.close, 50.0), open=bars.close + 0.0)
    bars = bars._replace(open=bars.close)
    course = course_of(world_of(bars), history.settings(90))
    made = random_source(seed)._replace(course=course)
    made = made._replace(source=source_of(course, 0, 0, np.ones((90, 2))))

    path = laid(made, np.arange(40, len(made.source.step)))

    step = made.source.step[40:]
    np.testing.assert_allclose(path.close, course.close[step], 0, 0.51 * TICK)
    np.testing.assert_allclose(path.volume, course.volume[step], 1e-3)
    np.testing.assert_allclose(path.adv[4:], course.adv[step][4:], 1e-3)
    np.testing.assert_allclose(path.volatility, course.volatility[step], 0.05)


def test_prices_stand_on_ticks_and_bars_hold_together():
    """Low <= open, close <= high; a price that rounds to nothing is one tick."""
    made = random_source(5)
    cheap = made.source.before.copy()
    cheap[:, 0, 0] = 0.004
    made = made._replace(source=made.source._replace(before=cheap))

    path = laid(made, drawn(made.source, 1, 40))

    for column in (path.open, path.high, path.low, path.close):
        np.testing.assert_allclose(column / TICK, np.round(column / TICK), rtol=1e-9)
    assert (path.low <= np.minimum(path.open, path.close)).all()
    assert (path.high >= np.maximum(path.open, path.close)).all()
    assert path.close[:, 0].tolist() == [TICK] * 40


def test_splits_vanish_and_dividends_stay_in_proportion_to_the_price():
    """2 for 1 at step 30 is no move; 1.5 on a price of 75 is 2 % of whatever the path has."""
    close = np.full((40, 1), 100.0)
    close[::2] = 101.0
    split_new, dividend = np.ones((40, 1), np.int64), np.zeros((40, 1))
    split_new[30:31], dividend[33] = 2, 1.0
    close[30:] /= 2.0
    bars = market(40, close, split_new=split_new, dividend=dividend)
    course = course_of(world_of(bars), history.settings(40))
    made = random_source(1)._replace(source=source_of(course, 0, 0, np.ones((40, 2))))
    made = made._replace(chain=made.chain._replace(tick=np.array([TICK])))
    row_of = {int(step): row for row, step in enumerate(made.source.step)}

    path = laid(made, np.array([row_of[step] for step in (29, 30, 31, 33)]))

    assert path.close[:, 0].tolist() == [100.0, 101.0, 100.0, 99.01]
    assert (path.split_new == 1).all()
    assert path.dividend_micros[:, 0].tolist() == [0, 0, 0, 1_980_198]
    assert path.step_return[1, 0] == pytest.approx(0.01)


def test_only_steps_at_which_all_are_listed_and_have_bars_are_drawn():
    """And before which volatility and mean volume are known, so each may begin a path."""
    bars = random_market(3, 90)
    listed = np.ones(bars.close.shape, np.bool_)
    listed[:40, 2] = False
    world = world_of(bars, listed=listed)
    course = course_of(world, history.settings(90))

    source = source_of(course, 0, 10, np.ones((90, 2)))

    there = np.isfinite(bars.close).all(axis=1) & (np.arange(90) >= 40)
    assert source.step.tolist() == np.flatnonzero(there).tolist()


def test_what_rests_longer_is_drawn_in_longer_blocks():
    """Noise needs blocks of a few steps; unrest that comes in spells needs longer ones."""
    chance = np.random.default_rng(11)
    noise = chance.normal(0.0, 0.01, (2000, 2))
    spells = noise * np.where(np.arange(2000) // 100 % 2, 3.0, 1.0)[:, None]

    assert 1.0 <= natural_block(noise) < 12.0
    assert natural_block(spells) > 30.0
