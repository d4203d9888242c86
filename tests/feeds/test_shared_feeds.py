"""Real files that people have: adjusted days, hours by the clock, gaps, tweets."""

import numpy as np
import pytest

from steelyard.errors import DataError
from steelyard.feeds.sources import sources_in
from steelyard.feeds.world import open_world_of
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.market import Market
from tests.shared import shared_path

pytestmark = pytest.mark.shared


def open_shared(tmp_path, market, **feeds):
    """Open a world of shared files; paths start at the shared data."""
    told, entries = Market.model_validate(market), Feeds.model_validate(feeds)
    return open_world_of(told, entries, sources_in(told, entries, shared_path("data")))


def test_adjusted_days_become_what_was_quoted(tmp_path):
    """AAPL closed at 645.57 on 2014-06-06, the last session before its 7 for 1 split."""
    actions = tmp_path / "actions.csv"
    actions.write_text("ex_date,symbol,kind,new,old,cash\n2014-06-09,AAPL,split,7,1,\n")

    world = open_shared(
        tmp_path,
        {"universe": ["AAPL", "MSFT"], "from": "2012-10-01", "to": "2017-09-01"},
        bars={"path": "prices_daily_world_2012_2017.csv", "price_basis": "split_adjusted"},
        actions={"path": str(actions)},
    )

    day = int(np.datetime64("2014-06-06").astype(np.int64))
    before = int(np.searchsorted(world.bars.session, day))
    assert world.bars.close[before, 0] == pytest.approx(645.57, abs=0.005)
    assert world.bars.split_new[before + 1].tolist() == [7, 1]
    assert np.nanmin(world.snapshot(world.n_steps - 1).outcomes(1)) > -0.2


def test_hours_by_the_clock_lie_on_their_steps(tmp_path):
    """SPY fell to 106.13 within the hour from 14:00 of 2010-05-06 (the flash crash)."""
    world = open_shared(
        tmp_path,
        {
            "universe": ["SPY"], "from": "2010-05-03", "to": "2010-05-07", "interval": "1h",
            "gaps": "hold",
        },
        bars={"path": "prices_hourly_1998_2021.parquet"},
    )  # fmt: skip

    start = int(np.datetime64("2010-05-06T18:00", "ns").astype(np.int64))
    assert world.bars.low[np.searchsorted(world.bars.start, start), 0] == 106.13


def test_real_gaps_are_found(tmp_path):
    """The file lacks sessions of February 2025, and 2025-01-10 for all."""
    market = {"universe": ["AXP", "BA"], "from": "2025-01-02", "to": "2025-07-31"}
    bars = {"path": "prices_daily_world_2025.csv"}

    with pytest.raises(DataError, match=r"'AXP' has no bar in 2 sessions from 2025-01-10 to 2025-"):
        open_shared(tmp_path, market, bars=bars)
    held = open_shared(tmp_path, market | {"gaps": "hold"}, bars=bars)
    assert np.isnan(held.bars.close).sum() >= 8


def test_tweets_are_documents(tmp_path):
    """Thirty thousand, of which those on the universe stay; none is known before it was sent."""
    world = open_shared(
        tmp_path,
        {"universe": ["AAPL"], "from": "2014-01-02", "to": "2015-12-31"},
        bars={"path": "prices_daily_world_2012_2017.csv"},
        documents=[{"path": "tweets_2014_2016.jsonl"}],
    )

    assert len(world.documents) > 1000
    assert all("AAPL" in each.symbols for each in world.documents)
