"""The half-spread estimated from bars: found where it is known, never from what comes later."""

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from steelyard.feeds.instants import day_number
from steelyard.feeds.world import open_world
from steelyard.scenario import load
from steelyard.sim.spread import MIN_PAIRS, estimated_half_spread
from steelyard.testing.changes import changed_after
from steelyard.testing.worlds import made_world
from steelyard.types.market import Bars
from tests.shared import shared_path

TICK = np.array([0.01])
N_TRADES = 390
VOLATILITY = 0.015
FINE = np.array([1e-9])
"""A tick so small that the floor plays no part."""


def a_market(seed, half_spread_bps, n_steps=2520):
    """Give bars of trades at bid or ask, by the toss of a coin, around a random walk.

    Half as much again as the session's volatility comes overnight.
    """
    rng = np.random.default_rng(seed)
    moves = rng.normal(0.0, VOLATILITY / np.sqrt(N_TRADES), (n_steps, N_TRADES))
    moves[:, 0] += rng.normal(0.0, VOLATILITY / 2, n_steps)
    middle = 100.0 * np.exp(np.cumsum(moves)).reshape(moves.shape)
    side = np.where(rng.random(moves.shape) < 0.5, -1.0, 1.0)
    trades = middle * (1.0 + side * half_spread_bps * 1e-4)
    return bars_of(trades[:, :1], trades.max(axis=1), trades.min(axis=1), trades[:, -1])


def bars_of(opened, high, low, close):
    """Give one instrument's bars, without actions."""
    column = (np.asarray(each, float).reshape(-1, 1) for each in (opened, high, low, close))
    shape, day = (len(close), 1), np.arange(len(close))
    return Bars(
        day, day, day, *column,
        volume=np.ones(shape), split_new=np.ones(shape, np.int64),
        split_old=np.ones(shape, np.int64), dividend=np.zeros(shape),
        halted=np.zeros(shape, np.bool_), cash_out=np.full(shape, np.nan),
    )  # fmt: skip


@pytest.mark.parametrize(("half_spread_bps", "tolerance"), [(25, 6), (50, 3), (100, 3), (200, 3)])
def test_a_known_spread_is_found(half_spread_bps, tolerance):
    """Over 40 years of sessions, to three standard deviations as measured over other seeds."""
    bars = a_market(1, half_spread_bps, n_steps=4 * 2520)

    found = estimated_half_spread(bars, FINE, window=len(bars.close))[-1, 0]

    assert found == pytest.approx(half_spread_bps, abs=tolerance)


def test_a_year_finds_a_wide_spread_without_bias():
    """Half-spreads of 100 bps, each from 252 pairs: 100 on average, 6 either way."""
    years = [estimated_half_spread(a_market(seed, 100), FINE)[300::252, 0] for seed in range(4)]

    found = np.concatenate(years)
    assert found.mean() == pytest.approx(100, abs=4)
    assert found.std() < 10


def test_three_bars_give_the_mean_of_two_products(monkeypatch):
    """Equation 11 of Abdi and Ranaldo by hand: half of twice the root of the mean."""
    monkeypatch.setattr("steelyard.sim.spread.MIN_PAIRS", 2)
    close, middle = np.log([10.2, 10.4, 10.3, 10.1]), np.log([10.0, 10.1, 10.0, 10.2])
    bars = bars_of(np.exp(close), np.exp(middle + 0.05), np.exp(middle - 0.05), np.exp(close))

    found = estimated_half_spread(bars, FINE)[3, 0]

    first = (close[0] - middle[0]) * (close[0] - middle[1])
    second = (close[1] - middle[1]) * (close[1] - middle[2])
    assert found == pytest.approx(np.sqrt((first + second) / 2) * 1e4)


def test_no_spread_is_below_half_a_tick():
    """Where closes are always the middle, half a tick of the last close remains."""
    price = np.full(40, 5.0)
    found = estimated_half_spread(bars_of(price, price, price, price), TICK)

    assert np.isnan(found[: MIN_PAIRS + 1]).all()
    assert found[MIN_PAIRS + 1 :] == pytest.approx(10.0)


@pytest.mark.parametrize("seed", range(3))
def test_no_row_knows_its_own_bar(seed):
    """With all bars from a step on changed, the estimates up to that step are the same."""
    world = made_world(seed)
    tick = np.full(len(world.instruments), 0.01)
    other = changed_after(world, 300, np.random.default_rng(seed))

    before, after = (estimated_half_spread(each.bars, tick) for each in (world, other))

    assert np.array_equal(before[:302], after[:302], equal_nan=True)
    assert not np.array_equal(before[302:], after[302:], equal_nan=True)


def test_splits_change_no_estimate():
    """The same market quoted in halves after a split has the same spread; the tick weighs more."""
    bars = a_market(3, 50, n_steps=400)
    split, half = bars.split_new.copy(), np.where(np.arange(400) < 200, 1.0, 0.5)[:, None]
    split[200] = 2
    prices = {name: getattr(bars, name) * half for name in ("open", "high", "low", "close")}

    found = estimated_half_spread(bars._replace(**prices, split_new=split), FINE)

    assert np.allclose(found, estimated_half_spread(bars, FINE), equal_nan=True)


def test_missing_bars_are_passed_over():
    """A gap leaves the last estimate standing, in the units of the day."""
    bars = a_market(4, 50, n_steps=100)
    gone = np.zeros((100, 1), np.bool_)
    gone[60:70] = True
    holes = {
        name: np.where(gone, np.nan, getattr(bars, name))
        for name in ("open", "high", "low", "close", "volume")
    }

    found = estimated_half_spread(bars._replace(**holes), FINE)[:, 0]

    assert np.isfinite(found[MIN_PAIRS + 1 :]).all()
    assert (found[60:71] == found[60]).all()


def test_apple_was_dearer_to_trade_in_sixteenths_than_in_cents():
    """The built-in world: quotes went over to cents on 2001-04-09, and volatility fell later."""
    world = open_world(load(Path(__file__).parents[2] / "scenarios" / "megacaps.yaml"))
    tick = np.array([each.tick for each in world.instruments])
    apple = [each.id for each in world.instruments].index("AAPL")

    found = estimated_half_spread(world.bars, tick)[:, apple]
    cents = day_number(date(2001, 4, 9))
    before = np.nanmean(found[world.bars.session < cents])
    later = np.nanmean(found[world.bars.session > cents + 5 * 365])

    assert 20.0 < 2.0 * later < before < 200.0


@pytest.mark.shared
def test_large_companies_come_out_within_reason():
    """Fourteen of them, 2012 to 2017: below 50 bps on average, though a cent or two is true."""
    with shared_path("data/prices_daily_world_2012_2017.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    means = []
    for symbol in sorted({row["symbol"] for row in rows}):
        mine = [row for row in rows if row["symbol"] == symbol]
        columns = ([row[name] for row in mine] for name in ("open", "high", "low", "close"))
        means.append(np.nanmean(estimated_half_spread(bars_of(*columns), TICK)))

    assert len(means) == 14
    assert min(means) > 0.5
    assert max(means) < 50.0
