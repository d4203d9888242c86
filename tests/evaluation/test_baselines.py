"""Curves of plain holders."""

import numpy as np
import pytest

from steelyard.evaluation.baselines import buy_and_hold, exposure_matched_basket
from steelyard.evaluation.basket import basket_returns, moves
from steelyard.evaluation.portfolio import curve_of
from tests.evaluation.small_run import CASH, a_course, a_finished_run, traded


def test_moves_see_through_splits_gaps_and_dividends():
    """Split 2 for 1, a missing bar, 1 paid on 50: only the last two steps move."""
    course = a_course(
        [[100.0], [50.0], [np.nan], [55.0], [54.0]],
        split_new=np.array([[1], [2], [1], [1], [1]]),
        dividend_micros=np.array([[0], [0], [0], [0], [1_000_000]]),
    )
    move = moves(course)

    assert move.price[:, 0] == pytest.approx([0, 0, 0, 0.1, 54 / 55 - 1])
    assert move.total[:, 0] == pytest.approx([0, 0, 0, 0.1, 0])
    assert move.known.all()


def test_the_basket_holds_the_members_of_the_step_before():
    """What joins at a step moves the basket from the next one on."""
    returns = np.array([[0.5, 0.5], [0.1, 0.3], [0.1, 0.3]])
    member = np.array([[True, False], [True, True], [True, True]])

    assert basket_returns(returns, member) == pytest.approx([0.0, 0.1, 0.2])


def test_the_matched_basket_of_one_instrument_is_the_run_itself():
    """With one instrument bought at the close and no costs there is nothing else to hold."""
    close = 100 + np.round(np.random.default_rng(0).standard_normal((40, 1)), 2)
    dividend = np.zeros((40, 1), dtype=np.int64)
    dividend[20] = 300_000
    course = a_course(close, dividend_micros=dividend)
    record = traded(course, [(1, 0, 4000, 0), (9, 0, -1000, 0), (30, 0, 2500, 0)])
    finished = a_finished_run(None, course=course, record=record)
    expected = curve_of(record, finished)
    found = exposure_matched_basket(finished)

    assert found.equity == pytest.approx(expected.equity, rel=1e-12)
    assert found.traded == pytest.approx(expected.traded)


def test_the_matched_basket_pays_for_what_it_trades():
    """Half of equity bought in two instruments at 10 bps costs 5 bps of equity."""
    course = a_course(np.full((2, 2), 100.0))
    record = traded(course, [(0, 0, 5000, 0)])
    finished = a_finished_run(None, course=course, record=record, cost_bps=np.full(2, 10.0))

    assert exposure_matched_basket(finished).equity[1] == pytest.approx(CASH * (1 - 5e-4))


def test_an_idle_run_has_an_idle_basket():
    """No exposure, no cost, no move."""
    curve = exposure_matched_basket(
        a_finished_run(np.random.default_rng(0).uniform(9, 11, (30, 3)))
    )

    assert set(curve.equity) == {float(CASH)}
    assert curve.traded == 0.0


def test_buy_and_hold_by_hand():
    """Half into each of two at the second open; the third lists later and stays out.

    The first splits 2 for 1 and doubles in value, the second pays 10 on 100 and falls
    by as much, which put back in leaves it as it was.
    """
    course = a_course(
        [[90.0, 90.0, np.nan], [100.0, 100.0, np.nan], [100.0, 90.0, 50.0], [100.0, 90.0, 90.0]],
        split_new=np.array([[1, 1, 1], [1, 1, 1], [2, 1, 1], [1, 1, 1]]),
        dividend_micros=np.array([[0, 0, 0], [0, 0, 0], [0, 10_000_000, 0], [0, 0, 0]]),
    )
    curve = buy_and_hold(a_finished_run(None, course=course))

    assert curve.equity == pytest.approx(CASH * np.array([1, 1, 1, 1.5, 1.5]))
    assert curve.traded == pytest.approx(CASH)


def test_buy_and_hold_pays_once():
    """At 20 bps, cash buys 1 / 1.002 of itself."""
    finished = a_finished_run(np.full((5, 2), 10.0), cost_bps=np.full(5, 20.0))

    assert buy_and_hold(finished).equity[-1] == pytest.approx(CASH / 1.002)


def test_what_has_no_open_stays_cash():
    """Half the money waits where one of two has no bar at the entry."""
    course = a_course([[10.0, 10.0], [10.0, np.nan], [20.0, 20.0]])

    assert buy_and_hold(a_finished_run(None, course=course)).equity[-1] == pytest.approx(1.5 * CASH)


def test_nothing_listed_leaves_cash():
    """Where nothing is listed at the first step, nothing is bought."""
    curve = buy_and_hold(a_finished_run(np.full((4, 1), np.nan)))

    assert set(curve.equity) == {float(CASH)}
