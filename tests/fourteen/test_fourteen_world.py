"""The files of the fourteen-name world: prices as quoted, texts by when they were known."""

import csv

import numpy as np
import pytest

from steelyard.feeds.world import open_world
from steelyard.scenario import load
from tests.fourteen.build import build
from tests.fourteen.prices import dividends
from tests.shared import shared_path

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """The world as a run sees it."""
    return open_world(load(build(tmp_path_factory.mktemp("fourteen"))))


@pytest.mark.parametrize("symbol", ["BA", "HD"])
def test_dividends_had_back_are_those_that_were_declared(symbol):
    """For the two names of which the data hold the declarations."""
    with shared_path("data/corporate_actions.csv").open(encoding="utf-8", newline="") as file:
        declared = {
            row["ex_or_execution_date"]: float(row["cash_amount"])
            for row in csv.DictReader(file)
            if (row["symbol"], row["type"]) == (symbol, "dividend")
            and "2012-09-05" <= row["ex_or_execution_date"] <= "2017-09-01"
        }

    assert dict(dividends(symbol)) == declared


def test_prices_and_dividends_are_those_of_the_day(world):
    """AAPL: 3.29 a share and a close of 645.57 before its seven for one split."""
    days = [np.datetime64(day).astype(np.int64) for day in ("2014-05-08", "2014-06-06")]
    paid, before = np.searchsorted(world.bars.session, days).tolist()
    aapl = [instrument.id for instrument in world.instruments].index("AAPL")

    assert world.bars.dividend[paid, aapl] == 3.29
    assert world.bars.close[before, aapl] == pytest.approx(645.57, abs=0.005)
    assert world.bars.split_new[before + 1, aapl] == 7


def test_no_return_of_a_session_is_that_of_a_split(world):
    """Nothing fell by a third or rose by a half."""
    outcome = world.snapshot(world.n_steps - 1).outcomes(1)

    assert -1 / 3 < np.nanmin(outcome) < np.nanmax(outcome) < 1 / 2


def test_each_kind_of_text_is_there_in_its_channel(world):
    """Thousands of posts; filings and calls of companies; statements and minutes."""
    kinds = {(document.kind, document.channel) for document in world.documents}

    assert kinds == {
        ("tweet", "social"),
        ("results", "company"),
        ("transcript", "company"),
        ("statement", "official"),
        ("minutes", "official"),
    }
    assert len(world.documents) > 32_000


def test_a_text_of_which_the_day_is_known_waits_for_the_next_session(world):
    """The statement of 2015-12-16 and the rate it set are known from 2015-12-17 on."""
    known = {document.id: document.known_at for document in world.documents}
    rate = world.series["FOMC_TARGET"]
    day_ns = 24 * 3600 * 10**9
    day = np.datetime64("2015-12-17").astype(np.int64)

    assert known["fomc-st-20151216"] // day_ns == day
    assert rate.known_at[np.flatnonzero(rate.value > 0.3)[0]] // day_ns == day


def test_earnings_per_share_restated_for_a_split_are_not_told(world):
    """Nobody knew them: AAPL's filings before 2014-06-09 state no earnings per share."""
    split = np.datetime64("2014-06-09", "ns").astype(np.int64)
    early = [d for d in world.documents if "AAPL" in d.symbols and d.known_at < split]
    metrics = {figure.metric for document in early for figure in document.figures}

    assert metrics == {"revenue", "net_income"}
