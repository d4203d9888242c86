"""Dated shocks: days of the past, laid over any path."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from steelyard.errors import DataError
from steelyard.sim.dated import PUBLISHED, Dated, Episode, Moves, beta_of, recorded
from steelyard.sim.published import AUGUST_2015, OCTOBER_1987, RATES_2022, SPRING_2020
from tests.shared import shared_path
from tests.sim.history import market, world_of
from tests.sim.shocked import laid

CRASH = Moves(
    open=np.log([0.95, 1.0]),
    close=np.log([0.9, 1.05]),
    above=np.log([1.01, 1.0]),
    below=np.log([1.02, 1.0]),
    volume=np.array([3.0, 1.5]),
)


def dated(own=(), least_beta=0.0, direction="down"):
    """A shock of two days."""
    episode = Episode("1987-10-19", "1987-10-20", "made", CRASH, dict(own))
    return Dated(name="two_days", episode=episode, least_beta=least_beta, direction=direction)


def walking(betas, n_steps=300, seed=3):
    """Instruments that move by their beta times the benchmark, and nothing else."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, n_steps)[:, None]
    paths = 100 * np.exp(np.cumsum(steps, axis=0) * np.array(betas))
    index = market(n_steps, 1000 * np.exp(np.cumsum(steps, axis=0)))
    return world_of(market(n_steps, paths), benchmark=index)


def moved(bars, step):
    """Close over the close before."""
    return bars.close[step] / bars.close[step - 1]


def test_the_benchmark_moves_as_the_index_did():
    """Open, high, low, close and the ratio of volume."""
    world = walking([1.0])

    index = laid(dated(), world, 280).benchmark

    last = world.benchmark.close[279, 0]
    assert index.open[280, 0] / last == pytest.approx(0.95)
    assert index.high[280, 0] / last == pytest.approx(0.95 * 1.01)
    assert index.low[280, 0] / last == pytest.approx(0.9 / 1.02)
    assert index.close[280:282, 0] / last == pytest.approx([0.9, 0.945])
    assert index.volume[279:283, 0].tolist() == [100, 300, 150, 100]


def test_an_instrument_moves_by_its_beta():
    """Measured 2, drawn by a third towards 1: 5/3; its own recorded part is nil at beta 2."""
    world = walking([1.0, 2.0])
    path = world.benchmark.close[280, 0] / world.benchmark.close[279, 0]

    bars = laid(dated(), world, 280).bars

    beta = 1 + 2 / 3
    assert moved(bars, 280)[0] == pytest.approx(0.9)
    assert moved(bars, 280)[1] == pytest.approx(path**2 * (0.9 / path) ** beta)


def test_own_recorded_moves_stay():
    """What a company did against the market that day it does in the shock too."""
    world = walking([1.0])
    close = world.bars.close.copy()
    close[280:] *= 1.07

    bars = laid(dated(), replace(world, bars=market(300, close)), 280).bars

    assert moved(bars, 280)[0] == pytest.approx(0.9 * 1.07)


def test_an_instrument_that_was_there_moves_as_it_did():
    """Whatever its beta, and whatever the path recorded."""
    own = CRASH._replace(close=np.log([0.7, 1.2]), volume=np.array([5.0, 4.0]))

    bars = laid(dated({"I1": own}), walking([1.0, 2.0]), 280).bars

    assert moved(bars, 280)[1] == pytest.approx(0.7)
    assert moved(bars, 281)[1] == pytest.approx(1.2)
    assert bars.volume[280, 1] == 500.0


def test_upside_down_a_fall_is_a_rise_in_logs():
    """High and low change places."""
    world = walking([1.0])

    up = laid(dated(direction="up"), world, 280).benchmark

    last = world.benchmark.close[279, 0]
    assert up.close[280, 0] / last == pytest.approx(1 / 0.9)
    assert up.high[280, 0] / last == pytest.approx(1.02 / 0.9)
    assert up.low[280, 0] / last == pytest.approx(1 / 0.95 / 1.01)


def test_a_split_within_an_episode_changes_no_return():
    """Prices halve by the split, and by no more."""
    world = walking([1.0])
    split = np.ones((300, 1), np.int64)
    split[281] = 2
    close = world.bars.close.copy()
    close[281:] /= 2

    bars = laid(dated(), replace(world, bars=market(300, close, split_new=split)), 280).bars

    assert 2 * moved(bars, 281)[0] == pytest.approx(1.05)


def test_without_a_benchmark_the_mean_of_the_instruments_stands_for_it():
    """Two instruments of beta 0.5 and 1.5 about their mean."""
    world = replace(walking([0.5, 1.5]), benchmark=None)

    bars = laid(dated(), world, 280).bars

    assert np.prod(moved(bars, 280)) == pytest.approx(0.9**2)
    assert moved(bars, 280)[1] < moved(bars, 280)[0]


def test_nothing_rises_because_the_index_falls():
    """A hedge's beta counts as the least one."""
    world = walking([-1.0])
    path = moved(world.benchmark, 280)[0]

    bars = laid(dated(least_beta=0.7), world, 280).bars

    assert moved(bars, 280)[0] == pytest.approx(1 / path * (0.9 / path) ** 0.7)


def test_an_episode_longer_than_the_path_is_cut():
    """Its days run out with the path."""
    bars = laid(dated(), walking([1.0]), 299).bars

    assert moved(bars, 299)[0] == pytest.approx(0.9)


def test_beta_is_one_where_too_little_is_known():
    """Under 63 moves nothing is measured."""
    chance = np.random.default_rng(1)
    index = chance.normal(0, 0.01, (62, 1))

    assert beta_of(3 * index, index).tolist() == [1.0]


def test_an_episode_is_taken_from_a_world():
    """What it recorded is what it gives back, laid over itself."""
    world = walking([1.0, 2.0])
    days = np.datetime64("2008-09-01").astype(np.int64) + np.arange(300)
    bars, index = world.bars._replace(session=days), world.benchmark._replace(session=days)
    world = replace(world, bars=bars, benchmark=index)

    episode = recorded(world, "2008-12-01", "2008-12-31")
    after = laid(Dated(name="then", episode=episode), world, 91)

    assert len(episode.index.close) == 31
    assert sorted(episode.own) == ["I0", "I1"]
    assert after.bars.close == pytest.approx(bars.close)
    assert after.benchmark.close == pytest.approx(index.close)


def test_an_episode_needs_its_sessions():
    """And a benchmark."""
    with pytest.raises(DataError, match="no episode 2008-09-02 to 2008-11-20"):
        recorded(walking([1.0]), "2008-09-02", "2008-11-20")


@pytest.mark.parametrize(
    ("name", "day", "move"),
    [
        # Largest falls in a day of the S&P 500, as published everywhere.
        ("crash_1987", 3, -0.2047),
        ("august_2015", 0, -0.0394),
        ("spring_2020", 12, -0.0760),
        ("spring_2020", 15, -0.0951),
        ("spring_2020", 17, -0.1198),
    ],
)
def test_published_days_are_those_in_every_book(name, day, move):
    """19 October 1987; 24 August 2015; 9, 12 and 16 March 2020."""
    assert np.expm1(PUBLISHED[name].episode.index.close[day]) == pytest.approx(move, abs=5e-5)


def test_the_open_of_august_2015_gaps():
    """The fund opened 5.2 % lower and was 7.5 % lower at worst; relative, on index closes."""
    moves = PUBLISHED["august_2015"].episode.index

    assert np.expm1(moves.open[0]) == pytest.approx(187.49 / 197.83 - 1)
    assert np.expm1(moves.open[0] - moves.below[0]) == pytest.approx(182.95 / 197.83 - 1)


def test_rates_of_2022_lose_a_quarter_slowly():
    """No day under -4.4 %."""
    moves = PUBLISHED["rates_2022"].episode.index.close

    assert np.expm1(moves.sum()) == pytest.approx(3577.03 / 4796.56 - 1)
    assert np.expm1(moves.min()) == pytest.approx(-0.0432, abs=5e-5)


@pytest.mark.parametrize("table", [OCTOBER_1987, AUGUST_2015, SPRING_2020])
def test_published_sessions_are_whole_bars(table):
    """In order of days, low and high holding open and last."""
    for each in table.sessions:
        assert each.low <= min(each.open, each.last)
        assert each.high >= max(each.open, each.last)
    dates = [each.date for each in table.sessions]
    assert dates == sorted(set(dates))


@pytest.mark.shared
def test_closes_of_1987_and_2015_agree_with_another_series():
    """To the cent."""
    with shared_path("data/index_close_sp500_1950_2015.csv").open() as file:
        close = {row["date"]: float(row["close"]) for row in csv.DictReader(file)}

    for table in (OCTOBER_1987, AUGUST_2015):
        for each in table.sessions:
            assert each.close == pytest.approx(close[each.date], abs=0.006)


@pytest.mark.shared
def test_bars_of_2015_and_2020_agree_with_the_fund():
    """Prices to the cent; the index's moves to 1.1 points of the fund's."""
    import pandas as pd

    rows = pd.read_parquet(shared_path("data/prices_daily_long.parquet"))
    fund = rows[rows.symbol == "SPY"].set_index("date")

    for table in (AUGUST_2015, SPRING_2020):
        days = [each.date for each in table.sessions]
        there = fund.loc[days]
        for name in ("open", "high", "low"):
            told = [getattr(each, name) for each in table.sessions]
            assert told == pytest.approx(there[name].to_numpy(), abs=0.006)
        assert [each.last for each in table.sessions] == pytest.approx(there.close.to_numpy())
        index = np.diff(np.log([each.close for each in table.sessions]))
        assert index == pytest.approx(np.diff(np.log(there.close)), abs=0.012)


@pytest.mark.shared
def test_closes_of_2022_are_one_a_session_and_move_with_a_large_company():
    """The count of sessions agrees, and a shift by one would break the correlation."""
    import pandas as pd

    rows = pd.read_parquet(shared_path("data/prices_daily_long.parquet"))
    close = rows[rows.symbol == "AAPL"].set_index("date").close.loc["2022-01-03":"2022-10-12"]

    assert len(close) == len(RATES_2022.close)
    index = np.diff(np.log(RATES_2022.close))
    assert np.corrcoef(index, np.diff(np.log(close)))[0, 1] > 0.85
