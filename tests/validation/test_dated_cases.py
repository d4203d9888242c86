"""Dated shocks by name, from the shipped world and from published figures."""

from pathlib import Path

import numpy as np
import pytest

from steelyard.sim.shocks import MADE, lay, market_of
from steelyard.validation.dated import DATED, shipped_world

EPISODES = ("bust_2000", "bust_2002", "crisis_2008", "flash_2010")


def test_episodes_are_known_by_name():
    """Each under its own name."""
    assert {name: shock.name for name, shock in DATED.items()} == {name: name for name in DATED}
    assert len(DATED) == 8


@pytest.mark.parametrize(
    ("name", "n_days", "total", "worst"),
    [
        # scenarios/data/index.csv: 1527.46 to 776.76, 1106.59 to 797.7,
        # 1282.83 to 752.44, 1165.87 to 1159.73.
        ("bust_2000", 637, 776.76 / 1527.46 - 1, -0.0583),
        ("bust_2002", 45, 797.70 / 1106.59 - 1, -0.0384),
        ("crisis_2008", 58, 752.44 / 1282.83 - 1, -0.0903),
        ("flash_2010", 3, 1159.73 / 1165.87 - 1, -0.0324),
    ],
)
def test_shipped_episodes_are_the_index_of_those_days(name, n_days, total, worst):
    """Sessions, change over all of them, worst day."""
    moves = DATED[name].dated().episode.index

    assert len(moves.close) == n_days
    assert np.expm1(moves.close.sum()) == pytest.approx(total)
    assert np.expm1(moves.close.min()) == pytest.approx(worst, abs=5e-5)


def test_the_flash_crash_has_its_low():
    """AAPL of 6 May 2010: 253.83, 258.25, 199.25, 246.25 after 255.985; laid over 2006."""
    world = shipped_world()
    at = 1570
    apple = [each.id for each in world.instruments].index("AAPL")

    bars = lay([DATED["flash_2010"]], market_of(world), at, 7).bars

    last = world.bars.close[at - 1, apple]
    prices = [getattr(bars, name)[at, apple] / last for name in ("open", "high", "low", "close")]
    assert prices == pytest.approx(np.array([253.83, 258.25, 199.25, 246.25]) / 255.985)


def test_an_episode_laid_over_its_own_days_changes_nothing():
    """But the last bits."""
    world = shipped_world()
    at = int(np.searchsorted(world.bars.session, np.datetime64("2008-09-02").astype(np.int64)))

    after = lay([DATED["crisis_2008"]], market_of(world), at, 7)

    assert after.bars.close == pytest.approx(world.bars.close, nan_ok=True)
    assert after.bars.low == pytest.approx(world.bars.low, nan_ok=True)
    assert after.benchmark.close == pytest.approx(world.benchmark.close)


@pytest.mark.parametrize("name", EPISODES)
def test_turned_episodes_rise(name):
    """Which hurts who is short."""
    world = shipped_world()

    up = lay([DATED[name].turned("up")], market_of(world), 1570, 7).benchmark

    down = lay([DATED[name]], market_of(world), 1570, 7).benchmark
    n_days = len(DATED[name].dated().episode.index.close)
    ends = up.close[1569 + n_days, 0] * down.close[1569 + n_days, 0]
    assert ends == pytest.approx(world.benchmark.close[1569, 0] ** 2)


def test_every_shock_stands_in_the_docs():
    """In a row of its own."""
    text = (Path(__file__).resolve().parents[2] / "docs" / "stress.md").read_text(encoding="utf-8")

    assert [name for name in MADE | DATED if f"\n| `{name}` |" not in text] == []
