"""The first stress loss: said from a book and its volatility alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.risk.stress import MOVES, stress_loss

CALM = np.full(4, 0.01)
weights = st.lists(st.floats(-1.0, 1.0), min_size=4, max_size=4).map(np.array)


def test_a_book_at_full_limits_loses_the_worst_day_of_the_index():
    """Four positions of 20 %: 80 % x 20.5 %, and 2 % of 80 % to get out."""
    loss = stress_loss(np.full(4, 0.2), CALM, MOVES)

    assert loss.market == pytest.approx(0.8 * 0.205)
    assert loss.worst == pytest.approx(0.8 * 0.205 + 0.8 * 0.02)


def test_what_moves_more_than_the_market_falls_further():
    """A volatility of 5 % a day: six of them, not the index's 20.5 %."""
    wild = stress_loss(np.array([0.2, 0.0]), np.array([0.05, 0.05]), MOVES)

    assert wild.market == pytest.approx(0.2 * 0.3)


def test_a_hedged_book_still_fears_for_one_name():
    """Long and short cancel in a crash, not where one company is halved overnight."""
    loss = stress_loss(np.array([0.5, -0.5]), CALM[:2], MOVES)

    assert loss.market == pytest.approx(0.0)
    assert loss.worst == pytest.approx(0.25 + 0.02)


def test_an_unknown_volatility_counts_as_the_market():
    """Nothing is predicted to lose less because it is not known."""
    unknown = stress_loss(np.array([0.4]), np.array([np.nan]), MOVES)

    assert unknown == stress_loss(np.array([0.4]), CALM[:1], MOVES)


@given(weight=weights)
def test_a_book_and_its_mirror_lose_the_same(weight):
    """The market may fall or rise."""
    assert stress_loss(weight, CALM, MOVES) == stress_loss(-weight, CALM, MOVES)


@given(weight=weights, times=st.floats(0.0, 1.0))
def test_a_smaller_book_loses_less_in_proportion(weight, times):
    """The loss is homogeneous in the book, and never negative."""
    whole, part = stress_loss(weight, CALM, MOVES), stress_loss(times * weight, CALM, MOVES)

    assert part.worst == pytest.approx(times * whole.worst)
    assert part.worst >= 0.0
