"""Bars around made returns: sound, on the grid, and as their rule says."""

import numpy as np

from steelyard.sim.models import Brownian, Chance, Garch, Noise
from steelyard.sim.quotes import OVERNIGHT_SHARE, Quoting, quote

NOISE = Noise(Chance(5), 6000, 4, 0.3)
TICK = np.array([0.01, 0.05, 0.01, 0.25])
MOVES = Brownian(0.0, 0.01).moves(NOISE)
QUOTES = quote(MOVES, Quoting(200.0, TICK, 1e6), NOISE)


def test_each_bar_is_sound():
    """Prices on the grid, open and close between low and high, volume in whole units."""
    for price in (QUOTES.open, QUOTES.high, QUOTES.low, QUOTES.close):
        assert np.allclose(price / TICK, np.round(price / TICK), atol=1e-6)
        assert (price >= TICK).all()
    assert (np.minimum(QUOTES.open, QUOTES.close) >= QUOTES.low).all()
    assert (np.maximum(QUOTES.open, QUOTES.close) <= QUOTES.high).all()
    assert (np.round(QUOTES.volume) == QUOTES.volume).all()
    assert (QUOTES.volume > 0.0).all()


def test_closes_tell_the_returns():
    """To within the grid."""
    told = np.diff(np.log(QUOTES.close[:, 0]))

    assert np.allclose(told, MOVES.log_return[1:, 0], atol=1.1 * TICK[0] / QUOTES.close.min())


def test_a_stated_share_of_the_variance_lies_before_the_open():
    """And what comes before does not foretell what comes after it."""
    gap = np.log(QUOTES.open[1:] / QUOTES.close[:-1])
    within = np.log(QUOTES.close[1:] / QUOTES.open[1:])

    share = gap.var(axis=0) / MOVES.log_return.var(axis=0)
    assert np.allclose(share, OVERNIGHT_SHARE, atol=0.03)
    assert abs(np.corrcoef(gap.ravel(), within.ravel())[0, 1]) < 0.03


def test_highs_are_those_of_a_brownian_motion():
    """Parkinson's estimator finds the variance of the session.

    Parkinson (1980), Journal of Business 53(1). High and low are drawn one by one, which makes
    the range wider by a few percent.
    """
    first = slice(0, 1)  # whose grid is fine
    spread = np.log(QUOTES.high / QUOTES.low)[:, first]

    variance = (spread**2).mean() / (4.0 * np.log(2.0))
    assert np.isclose(variance, (1.0 - OVERNIGHT_SHARE) * 0.01**2, rtol=0.06)


def test_volume_grows_with_the_move():
    """By about as much as with real companies."""
    size = np.abs(MOVES.log_return)

    found = [np.corrcoef(np.log(QUOTES.volume[:, i]), size[:, i])[0, 1] for i in range(4)]
    assert 0.25 < min(found) <= max(found) < 0.6


def test_no_price_falls_below_a_tick():
    """However far the log price falls."""
    noise = NOISE._replace(n_steps=300)
    moves = Garch(-0.05, 0.05, 0.05, 0.9).moves(noise)

    quotes = quote(moves, Quoting(1.0, TICK, 1e6), noise)

    assert np.isclose(quotes.low.min(axis=0), TICK).all()
