"""Tests of the weights that gain, risk and tolls make best."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.risk.covariance import covariance, update_moments
from steelyard.risk.order import ascending
from steelyard.risk.sizing import Problem, best_weights

SLACK = 1e-9


def random_problem(seed, n=6, *, long_only=False, toll=1e-3):
    """Give a problem with correlated instruments, some of them held."""
    random = np.random.default_rng(seed)
    factor = random.normal(0, 0.01, (n, 2))
    return Problem(
        expected=random.normal(0, 0.002, n),
        covariance=factor @ factor.T + np.diag(random.uniform(1e-5, 1e-4, n)),
        aversion=4.0,
        held=random.uniform(-0.5, 0.5, n) * (random.random(n) < 0.5) * (1 - long_only),
        toll=random.uniform(0, toll, n),
        short_toll=random.uniform(0, toll, n),
        low=np.zeros(n) if long_only else np.full(n, -np.inf),
        high=np.full(n, np.inf),
        order=np.arange(n),
    )


@settings(max_examples=40)
@given(seed=st.integers(0, 2**32 - 1), long_only=st.booleans())
def test_no_small_move_is_better(seed, long_only):
    """One-sided slopes of the objective at the answer are never positive: it is the maximum."""
    problem = random_problem(seed, long_only=long_only)

    weight = best_weights(problem)

    slope = problem.expected - problem.aversion * problem.covariance @ weight
    off = weight - problem.held
    up = slope - np.where(off >= 0, problem.toll, -problem.toll)
    up += np.where(weight < 0, problem.short_toll, 0)
    down = -slope - np.where(off <= 0, problem.toll, -problem.toll)
    down -= np.where(weight <= 0, problem.short_toll, 0)
    assert (up <= SLACK).all()
    assert (down[weight > problem.low] <= SLACK).all()


def test_without_toll_it_is_the_solution_of_the_linear_system():
    """Unconstrained and free of cost: the inverse covariance times the expected return."""
    free = random_problem(1, toll=0.0)

    weight = best_weights(free)

    exact = np.linalg.solve(free.aversion * free.covariance, free.expected)
    np.testing.assert_allclose(weight, exact, rtol=1e-8)


def test_correlations_are_learnt_and_shrunk():
    """After many steps a correlation of 0.8 is found, drawn towards the mean of all pairs."""
    random = np.random.default_rng(3)
    common = random.normal(0, 0.02, (800, 1))
    returns = np.hstack([common, 0.8 * common, np.zeros((800, 1))]) + np.hstack(
        [np.zeros((800, 1)), random.normal(0, 0.012, (800, 1)), random.normal(0, 0.02, (800, 1))]
    )
    moments = np.zeros((3, 3))
    for row in returns:
        update_moments(moments, row)

    risk = covariance(moments, 800, np.ones(3), np.arange(3))

    assert 0.7 < risk[0, 1] < 0.85
    assert abs(risk[0, 2]) < 0.2


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_covariance_is_positive_definite_with_late_listings(seed):
    """Missing returns never make a portfolio of negative variance."""
    random = np.random.default_rng(seed)
    moments = np.zeros((5, 5))
    for t in range(40):
        row = random.normal(0, 0.02) + random.normal(0, 0.01, 5)
        row[random.integers(5)] = np.nan
        row[4] = row[4] if t > 30 else np.nan
        update_moments(moments, row)

    risk = covariance(moments, 40, np.full(5, 0.02), np.arange(5))

    assert np.linalg.eigvalsh(risk)[0] > 0


def test_unknown_values_are_left_out_of_the_order():
    """Ascending, ties by the second value, without NaN and zero."""
    first = np.array([0.3, np.nan, 0.1, 0.3, 0.0])

    order = ascending(first, np.array([2.0, 0.0, 0.0, 1.0, 0.0]))

    assert order.tolist() == [2, 3, 0]
