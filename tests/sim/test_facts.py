"""Stylised facts: made markets that have them, and some that have not."""

import csv
from pathlib import Path

import numpy as np
import pytest

from steelyard.sim.facts import FACTS, MEMORY, Sample, check_facts, facts_of
from steelyard.sim.fits import fit_garch
from steelyard.sim.models import Brownian, Chance, Garch, Noise
from steelyard.sim.quotes import Quoting, quote
from tests.shared import shared_path

INDEX = Path(__file__).resolve().parents[2] / "scenarios" / "data" / "index.csv"
GARCH = Garch(0.0, 0.012, 0.05, 0.88, 0.08, 6.0)
CHANCE = Chance(3)


@pytest.fixture(scope="module")
def source():
    """Thirteen years of a large index, two crashes among them."""
    with INDEX.open() as file:
        close = np.array([float(row["close"]) for row in csv.DictReader(file)])
    return Sample(np.diff(np.log(close))[:, None])


def made(model, n_steps=3000, n_instruments=1, seed=3):
    """Give returns and volumes of a made market."""
    noise = Noise(Chance(seed), n_steps, n_instruments, 0.3)
    moves = model.moves(noise)
    quotes = quote(moves, Quoting(50.0, np.full(n_instruments, 0.01), 1e6), noise)
    return Sample(moves.log_return, quotes.volume)


def missed(report):
    """Give the names of the facts that do not hold."""
    return {fact.name for fact in report.missed}


def test_facts_of_normal_returns_are_those_of_the_textbook():
    """Nothing lasts, nothing is skewed, tails are thin."""
    told = facts_of(made(Brownian(0.0, 0.01), 40_000, 3))

    assert set(told) == set(FACTS)
    assert told["volatility"] == pytest.approx(0.01, rel=0.01)
    assert told["cross_correlation"] == pytest.approx(0.3, abs=0.02)
    for name in ("skewness", MEMORY, "clustering", "lasting_clustering", "leverage"):
        assert told[name] == pytest.approx(0.0, abs=0.03)
    assert told["excess_kurtosis"] == pytest.approx(0.0, abs=0.1)
    assert told["tail_index"] > 5.0
    assert told["volume_volatility"] > 0.3


def test_the_tail_index_is_that_of_the_draw():
    """Of Student's t, its degrees of freedom."""
    returns = np.random.default_rng(2).standard_t(3.0, (100_000, 2))

    assert facts_of(Sample(returns))["tail_index"] == pytest.approx(3.0, abs=0.4)


def test_a_gaussian_market_has_neither_the_tails_nor_the_clusters_of_a_real_one(source):
    """Whatever its seed."""
    model = Brownian(0.0, float(source.log_return.std()))

    for seed in (1, 2, 3):
        report = check_facts(made(model, seed=seed), source, CHANCE)
        assert {"tail_index", "clustering", "lasting_clustering", "leverage"} <= missed(report)
        assert report["volatility"].holds


def test_a_fitted_garch_market_has_both(source):
    """Its persistence is what daily returns have; so are its tails."""
    model = fit_garch(source.log_return[:, 0])

    report = check_facts(made(model), source, CHANCE)

    assert 0.95 < model.persistence < 1.0
    assert 4.0 < model.tail < 20.0
    # What lasts for months, GARCH(1,1) forgets: two in five of its markets lack that.
    assert missed(report) <= {"lasting_clustering"}


def test_a_fit_finds_the_figures_of_a_made_market():
    """Given enough of its returns."""
    found = fit_garch(made(GARCH, 12_000).log_return[:, 0])

    for name, value in GARCH._asdict().items():
        assert getattr(found, name) == pytest.approx(value, rel=0.25, abs=0.02)


def test_a_market_is_like_another_of_its_own_model():
    """All facts are told, of several instruments with volumes; at most one strays by chance."""
    report = check_facts(made(GARCH, 2000, 4, 5), made(GARCH, 2000, 4, 6), CHANCE)

    assert [fact.name for fact in report.facts] == list(FACTS)
    assert len(report.missed) <= 1


def test_what_cannot_be_told_of_both_is_left_out(source):
    """One series has no correlation, and a source without volumes none with them."""
    report = check_facts(made(GARCH, 500, 3), source, CHANCE)

    assert {"cross_correlation", "volume_volatility"}.isdisjoint(fact.name for fact in report.facts)


def test_facts_are_told_of_whole_returns_only():
    """A gap, and a series too short for the longest lag, are refused."""
    with pytest.raises(ValueError, match="a return is missing"):
        facts_of(Sample(np.full((100, 1), np.nan)))
    with pytest.raises(ValueError, match="10 returns are too few: 62"):
        facts_of(Sample(np.zeros((10, 1))))


@pytest.mark.shared
def test_half_a_century_of_an_index_is_told_from_a_gaussian_market():
    """And a fitted one has its tails, its clusters and its leverage."""
    with shared_path("data/index_close_sp500_1950_2015.csv").open() as file:
        rows = list(csv.DictReader(file))
    close = np.array([float(row["close"]) for row in rows])
    source = Sample(np.diff(np.log(close[-6000:]))[:, None])
    fitted = fit_garch(source.log_return[:, 0])

    gaussian = Brownian(fitted.drift, float(source.log_return.std()))
    assert {"tail_index", "clustering"} <= missed(check_facts(made(gaussian), source, CHANCE))
    like = check_facts(made(fitted), source, CHANCE)
    assert {"tail_index", "clustering", "leverage"}.isdisjoint(missed(like))
