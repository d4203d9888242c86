"""Return, risk, exposure, states and caps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.evaluation.portfolio import (
    Curve,
    cap_figures,
    curve_figures,
    curve_of,
    difference,
    exposure_figures,
    max_drawdown,
    sharpe,
    state_figures,
    step_returns,
)
from steelyard.types.decision import Rule, TradingState, Verb
from tests.evaluation.small_run import CASH, a_course, a_finished_run, a_record, traded, with_fills

FLAT = np.full((4, 1), 100.0)


def test_step_returns_by_hand():
    """100, 110, 99: a tenth up, a tenth down."""
    assert step_returns(np.array([100.0, 110.0, 99.0])) == pytest.approx([0.1, -0.1])


def test_a_ruined_account_stays_ruined():
    """Below zero all is lost; what comes later is no return on nothing."""
    assert step_returns(np.array([100.0, -5.0, 50.0])).tolist() == [-1.0, 0.0]


def test_drawdown_by_hand():
    """From 120 to 90, though it ends at a new high."""
    assert max_drawdown(np.array([100.0, 120.0, 90.0, 150.0])) == 0.25


@settings(max_examples=30)
@given(st.lists(st.integers(-10, 1000), min_size=1, max_size=30))
def test_drawdown_is_a_fraction(path):
    """Between 0 and 1, whatever the path."""
    assert 0.0 <= max_drawdown(np.array([100.0, *path])) <= 1.0


def test_sharpe_by_hand():
    """Monthly 1 %, 2 %, -1 % over 1.2 % a year.

    Excess 0.9, 1.9, -1.1 %: mean 0.5667, standard deviation 1.5275 (of three values, two
    degrees of freedom), ratio 0.37097, times the root of 12.
    """
    found = sharpe(np.array([0.01, 0.02, -0.01]), np.full(3, 1.2), 12)

    assert found == pytest.approx(0.37097 * np.sqrt(12), rel=1e-4)


def test_cash_alone_has_no_sharpe():
    """An excess that never varies has no ratio."""
    assert np.isnan(sharpe(np.full(5, 0.01), np.zeros(5), 12))


def test_the_rate_is_the_one_known_when_the_step_began():
    """A rate that rises at the last step does not touch the return that ends there."""
    curve = Curve(np.array([100.0, 101.0, 101.0, 103.0, 103.0]), 50.0)
    flat = a_finished_run(FLAT)
    rising = a_finished_run(FLAT, rate_percent=np.array([0.0, 0.0, 0.0, 9.0]))

    assert curve_figures(curve, rising)["sharpe"] == curve_figures(curve, flat)["sharpe"]


def test_an_account_that_never_traded_has_no_sharpe():
    """Interest a little below a rate that changes would give a ratio in the hundreds."""
    curve = Curve(np.array([100.0, 100.01, 100.02, 100.03, 100.05]), 0.0)
    finished = a_finished_run(FLAT, rate_percent=np.array([3.0, 3.0, 3.0, 6.0]))

    assert np.isnan(curve_figures(curve, finished)["sharpe"])


def test_figures_of_two_years():
    """From 100 to 121 in two years of two steps each, 60 of it traded at a mean of 108.2."""
    curve = Curve(np.array([100.0, 110.0, 100.0, 110.0, 121.0]), 60.0)
    figures = curve_figures(curve, a_finished_run(FLAT, steps_per_year=2.0))

    assert figures["net_return_frac"] == pytest.approx(0.21)
    assert figures["annual_return_frac"] == pytest.approx(0.1)
    assert figures["turnover_per_year"] == pytest.approx(60 / 108.2 / 2)


def test_a_curve_starts_with_the_cash():
    """Steps before the first are no part of it; traded value counts both ways."""
    nothing = (0,) * 7
    rows = [(2, 0, 0, 5, 10_000, *nothing), (3, 2, 0, -5, 11_000, *nothing)]
    record = with_fills(a_record(4, 1, equity=np.array([1, 2, 3, 4])), rows)
    curve = curve_of(record, a_finished_run(FLAT, first_step=2))

    assert curve.equity.tolist() == [CASH, 3, 4]
    assert curve.traded == (500 + 550) * 1e6


def test_difference_of_a_curve_to_itself():
    """Nothing, with nothing around it."""
    path = 1e6 * np.cumprod(1 + 0.01 * np.random.default_rng(0).standard_normal(2000))
    curve = Curve(path, 0.0)

    assert difference(curve, curve, a_finished_run(np.ones((1999, 1)))) == (0.0, 0.0, 0.0)


def test_a_steady_lead_has_no_interval():
    """One basis point a step ahead of an equal course is 2.52 % a year, for sure."""
    returns = 0.01 * np.random.default_rng(0).standard_normal(2000)
    ours, theirs = (
        Curve(np.concatenate([[1.0], np.cumprod(1 + returns + lead)]), 0.0) for lead in (1e-4, 0)
    )
    found = difference(ours, theirs, a_finished_run(np.ones((2000, 1))))

    assert found == pytest.approx((0.0252, 0.0252, 0.0252))


def test_exposure_of_a_long_and_a_short():
    """A quarter long and a tenth short of equity, at the end of each step."""
    course = a_course(np.full((3, 2), 100.0))
    record = traded(course, [(0, 0, 2500, 0), (0, 1, -1000, 0)])
    figures = exposure_figures(a_finished_run(None, course=course, record=record))

    assert figures == pytest.approx({"mean_gross": 0.35, "mean_net": 0.15})


def test_states_count_deciding_steps_only():
    """The third step decides nothing, so its state is nobody's; two of three are left."""
    state = np.array([TradingState.ACTIVE, TradingState.HALTED, TradingState.HALTED, 0])
    course = a_course(FLAT, decides=np.array([True, True, False, True]))
    figures = state_figures(a_finished_run(None, course=course, record=a_record(4, 1, state=state)))

    assert figures["halted_frac"] == pytest.approx(1 / 3)
    assert sum(figures["time_in_state"].values()) == pytest.approx(1.0)


def test_caps_are_counted_among_what_was_asked():
    """Of three changes asked for, one was capped; what the supervisor enforces is not asked."""
    verb = np.array([[Verb.APPROVE], [Verb.RESIZE], [Verb.VETO], [Verb.ENFORCE]])
    record = a_record(4, 1, verb=verb)
    record.before[1, 0, Rule.MAX_ORDER] = 0.2
    record.before[2, 0, Rule.QUORUM] = 0.2
    record.before[3, 0, Rule.MAX_GROSS] = 0.2
    figures = cap_figures(a_finished_run(FLAT, record=record))

    assert figures["capped_frac"] == pytest.approx(1 / 3)
    assert figures["share_by_rule"] == pytest.approx({"max_order": 1 / 3, "quorum": 1 / 3})
