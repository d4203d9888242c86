"""Round trips, refusals and vetoes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.evaluation.trades import round_trips, trade_figures, trip_figures, vetoes
from steelyard.types.decision import Reason, Rule, Verb
from tests.evaluation.small_run import LOT_VALUE, a_course, a_finished_run, a_record, traded

N_STEPS = 12
RISING = 100.0 + np.arange(N_STEPS)[:, None]


def trips_of(course, deals):
    """Give the record of the deals and its round trips."""
    record = traded(course, deals)
    lot_value = np.full(course.close.shape[1], LOT_VALUE)
    return record, round_trips(record, course, lot_value)


def test_one_trip_by_hand():
    """10 at 101 and 10 at 103, sold at 106: 50 and 30, less three fees of 1."""
    fee = 1_000_000
    _, (trip,) = trips_of(a_course(RISING), [(1, 0, 10, fee), (3, 0, 10, fee), (6, 0, -20, fee)])

    assert (trip.opened_step, trip.closed_step) == (1, 6)
    assert trip.result == pytest.approx((50 + 30 - 3) * 1e6)


def test_a_fill_past_zero_closes_one_trip_and_opens_the_next():
    """Long 10 from 101 to 104, then short 5 from 104 to 106; the fee of 3 is shared 2 to 1."""
    deals = [(1, 0, 10, 0), (4, 0, -15, 3_000_000), (6, 0, 5, 0)]
    _, trips = trips_of(a_course(RISING), deals)

    assert [trip.result for trip in trips] == pytest.approx([28e6, -11e6])
    assert [(trip.opened_step, trip.closed_step) for trip in trips] == [(1, 4), (4, 6)]


def test_what_is_still_held_is_no_trip():
    """A position open at the end has not come home."""
    assert trips_of(a_course(RISING), [(1, 0, 10, 0), (2, 0, -5, 0)])[1] == []


def test_a_split_and_a_dividend_within_a_trip():
    """15 at 100, split 3 for 2 with half a unit paid out at 67, 1 a unit, sold at 67."""
    new, old, dividend = (np.full((N_STEPS, 1), value) for value in (1, 1, 0))
    new[3], old[3], dividend[5] = 3, 2, 1_000_000
    close = np.where(np.arange(N_STEPS)[:, None] < 3, 100.5, 67.0)
    course = a_course(close, split_new=new, split_old=old, dividend_micros=dividend)
    _, (trip,) = trips_of(course, [(1, 0, 15, 0), (8, 0, -22, 0)])

    assert trip.result == pytest.approx((22 * 67 + 33.5 + 22 - 15 * 100.5) * 1e6)


@settings(max_examples=25)
@given(
    lots=st.lists(st.integers(-50, 50).filter(bool), min_size=1, max_size=9),
    seed=st.integers(0, 99),
)
def test_closed_trips_add_up_to_the_ledger(lots, seed):
    """Once all is sold, the trips' results are the ledger's, to the micro."""
    chance = np.random.default_rng(seed)
    close = np.round(chance.uniform(50, 150, (N_STEPS, 1)), 2)
    new = np.where(chance.random((N_STEPS, 1)) < 0.2, 2, 1)
    dividend = chance.integers(0, 2, (N_STEPS, 1)) * 500_000
    course = a_course(close, split_new=new, dividend_micros=dividend)
    deals = [(step, 0, each, 70_001) for step, each in enumerate(lots)]
    left = int(traded(course, deals).lots[-2, 0] * new[-1, 0])
    if left:
        deals.append((N_STEPS - 1, 0, -left, 3))
    record, trips = trips_of(course, deals)
    booked = (record.price_result + record.carry - record.cost)[-1, 0]

    assert sum(trip.result for trip in trips) == pytest.approx(booked, abs=1.0)


def test_trips_are_summed_up():
    """Two wins of 30 and 10 against one loss of 10: payoff 2."""
    deals = [(0, 0, 10, 0), (3, 0, -10, 0), (4, 0, 10, 0), (5, 0, -10, 0), (6, 0, -5, 0)]
    _, trips = trips_of(a_course(RISING), [*deals, (8, 0, 5, 0)])

    assert trip_figures(trips) == pytest.approx(
        {"n": 3, "win_rate": 2 / 3, "payoff": 2.0, "mean_holding_steps": 2.0}
    )


def test_no_trip_has_no_rates():
    """Without trips only their number is known."""
    figures = trip_figures([])

    assert figures.pop("n") == 0
    assert np.isnan(list(figures.values())).all()


def test_a_veto_counts_for_the_rule_that_ended_it():
    """A cut by one rule that another ends is the second's; rounding alone is named so."""
    record = a_record(3, 1, verb=np.full((3, 1), int(Verb.VETO)))
    record.before[0, 0, [Rule.MAX_ORDER, Rule.MIN_SIZE]] = 0.1
    record.before[1, 0, Rule.MIN_SIZE] = 0.1

    assert vetoes(record) == {"min_size": 2, "less_than_a_lot": 1}


def test_refusals_for_cost_count_where_something_was_decided():
    """The last step decides nothing, so it refuses nothing."""
    course = a_course(np.full((3, 1), 1.0), decides=np.array([True, True, False]))
    record = a_record(3, 1, reason=np.full((3, 1), int(Reason.COST)))

    assert (
        trade_figures(a_finished_run(None, course=course, record=record))["refused_for_cost"] == 2
    )
