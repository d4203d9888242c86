"""A course as the exchange reads it: whole ticks, what was known before, and price limits."""

import numpy as np

from steelyard.sim import prints as seen
from steelyard.sim.prints import prints_of
from tests.evaluation.small_run import a_course

TICK = np.array([0.5])


def limits(prints):
    """Give the low and high limits of each step, in ticks."""
    return prints.flow[:, 0, [seen.LOW_LIMIT, seen.HIGH_LIMIT]].tolist()


def test_prices_become_the_nearest_tick_and_a_missing_bar_zeros():
    """Half a tick goes up."""
    prints = prints_of(a_course([[10.2], [np.nan], [10.25]]), TICK, 0, np.nan)

    assert prints.ticks[:, 0, seen.OPEN].tolist() == [20, 0, 21]


def test_volatility_is_the_one_known_before_the_bar():
    """Who decides at a close knows that bar's; who decides before, the bar's before."""
    course = a_course([[10.0], [10.0]], volatility=np.array([[0.01], [0.02]]))

    at_close = prints_of(course, TICK, 0, np.nan).flow[:, 0, seen.VOLATILITY]
    before = prints_of(course, TICK, 1, np.nan).flow[:, 0, seen.VOLATILITY]

    np.testing.assert_array_equal(at_close, [np.nan, 0.01])
    np.testing.assert_array_equal(before, [0.01, 0.02])


def test_a_price_limit_lies_around_the_last_close_there_was():
    """Rounded inwards; a split of the step is undone in the close before."""
    course = a_course([[10.0], [np.nan], [5.0], [5.0]], split_new=np.array([[1], [1], [2], [1]]))

    prints = prints_of(course, TICK, 0, 0.12)

    assert limits(prints) == [[0.0, np.inf], [18.0, 22.0], [9.0, 11.0], [9.0, 11.0]]


def test_a_locked_bar_leaves_one_side_no_price():
    """Nobody buys at the lower limit, nobody sells at the upper."""
    course = a_course([[10.0]] * 3, locked=np.array([[0], [-1], [1]]))

    prints = prints_of(course, TICK, 0, np.nan)

    assert limits(prints) == [[0.0, np.inf], [np.inf, np.inf], [0.0, 0.0]]
