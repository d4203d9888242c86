"""Where the profit came from."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.evaluation.attribution import attribute
from tests.evaluation.small_run import a_course, a_finished_run, traded

N_STEPS = 30


def random_course(seed, n_instruments=3):
    """Give prices that wander, with splits and dividends."""
    chance = np.random.default_rng(seed)
    shape = (N_STEPS, n_instruments)
    close = np.round(100 * np.exp(np.cumsum(0.02 * chance.standard_normal(shape), axis=0)), 2)
    return a_course(
        close,
        open=np.round(close * 1.001, 2),
        split_new=np.where(chance.random(shape) < 0.05, 2, 1),
        dividend_micros=chance.integers(0, 2, shape) * 400_000,
    )


@settings(max_examples=20)
@given(
    deals=st.lists(
        st.tuples(
            st.integers(0, N_STEPS - 1),
            st.integers(0, 2),
            st.integers(-900, 900),
            st.integers(0, 9_999_999),
        ),
        max_size=12,
    ),
    seed=st.integers(0, 99),
)
def test_the_parts_add_up_to_the_last_millionth(deals, seed):
    """Market, selection, cost and carry are the whole profit, whatever was traded."""
    course = random_course(seed)
    record = traded(course, sorted(deals))
    parts = attribute(a_finished_run(None, course=course, record=record))

    assert parts.total == parts.market + parts.selection + parts.cost + parts.carry
    assert parts.total == int(record.equity[-1]) - int(1e12)


def test_holding_the_only_instrument_is_all_market():
    """What is bought at a close and is the whole basket selects nothing."""
    close = np.round(100 + np.arange(10.0)[:, None] ** 1.5, 2)
    course = a_course(close)
    record = traded(course, [(1, 0, 1000, 5_000_000)])
    parts = attribute(a_finished_run(None, course=course, record=record))

    assert abs(parts.selection) <= 1
    assert parts.market == round((close[-1, 0] - close[1, 0]) * 1000 * 1e6)
    assert parts.cost == -5_000_000


def test_the_better_of_two_is_selection():
    """Long what gains 10 % while the other stays: half market, half selection."""
    course = a_course([[100.0, 100.0], [110.0, 100.0]])
    record = traded(course, [(0, 0, 1000, 0)])
    parts = attribute(a_finished_run(None, course=course, record=record))

    assert (parts.market, parts.selection) == (5_000_000_000, 5_000_000_000)


def test_a_dividend_is_carry_and_no_move_of_the_market():
    """2 a unit on 1000 units, and the price falls by as much."""
    dividend = np.array([[0], [2_000_000]])
    course = a_course([[100.0], [98.0]], dividend_micros=dividend)
    record = traded(course, [(0, 0, 1000, 0)])
    parts = attribute(a_finished_run(None, course=course, record=record))

    assert parts == (-2_000_000_000, 0, 0, 2_000_000_000, 0)
