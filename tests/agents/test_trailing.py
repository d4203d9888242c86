"""Figures over the trailing steps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.trailing import at_steps, lagged, ratio, trailing_max, trailing_mean


def holed(seed, n_steps):
    """Give a matrix of which a tenth is missing."""
    rng = np.random.default_rng(seed)
    value = rng.normal(size=(n_steps, 2))
    value[rng.random(value.shape) < 0.1] = np.nan
    return value


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), n_steps=st.integers(0, 60), span=st.integers(1, 80))
def test_windows_hold_what_is_present_in_them(seed, n_steps, span):
    """Mean and maximum are those of NumPy over each window, NaN where half is missing."""
    value = holed(seed, n_steps)

    mean, largest = trailing_mean(value, span), trailing_max(value, span)

    for row in range(n_steps):
        for column in range(2):
            window = value[max(0, row - span + 1) : row + 1, column]
            present = window[np.isfinite(window)]
            if len(present) < max(1.0, span / 2):
                assert np.isnan(mean[row, column])
                assert np.isnan(largest[row, column])
            else:
                assert mean[row, column] == pytest.approx(present.mean(), abs=1e-12)
                assert largest[row, column] == present.max()


@settings(max_examples=30)
@given(seed=st.integers(0, 1000), cut=st.integers(0, 100), span=st.integers(1, 80))
def test_rows_do_not_depend_on_what_comes_after(seed, cut, span):
    """The first rows of a long matrix are those of the short one, bit for bit."""
    value = holed(seed, 100)

    for figure in (trailing_mean, trailing_max, lagged):
        np.testing.assert_array_equal(figure(value, span)[:cut], figure(value[:cut], span))


def test_steps_know_the_bars_of_a_lag_before():
    """With a lag of one the first step knows nothing."""
    value = np.array([[1.0], [2.0]])

    np.testing.assert_array_equal(at_steps(value, 1), [[np.nan], [1.0], [2.0]])


def test_nothing_is_divided_by_zero():
    """NaN where the divisor is 0, below, or missing."""
    below = np.array([2.0, 0.0, -1.0, np.nan])

    np.testing.assert_array_equal(ratio(np.ones(4), below), [0.5, np.nan, np.nan, np.nan])
