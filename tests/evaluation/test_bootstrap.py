"""Intervals for means over steps."""

import numpy as np
import pytest

from steelyard.evaluation.bootstrap import interval, mean_block

N_STEPS = 3000


def test_independent_steps_have_the_textbook_interval():
    """1.96 standard errors each way."""
    values = np.random.default_rng(0).standard_normal(N_STEPS)
    mean, low, high = interval(values, np.ones(N_STEPS), 3)

    assert mean == pytest.approx(values.mean())
    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(N_STEPS), rel=0.1)


def test_overlapping_windows_widen_the_interval():
    """Means over 21 steps, at every step, are worth 21 times fewer."""
    steps = np.random.default_rng(1).standard_normal(N_STEPS + 20)
    values = np.convolve(steps, np.ones(21) / 21, "valid")
    _, low, high = interval(values, np.ones(N_STEPS), mean_block(N_STEPS, 21))

    assert high - low == pytest.approx(2 * 1.96 / np.sqrt(N_STEPS), rel=0.25)


def test_the_interval_covers_the_truth():
    """About 95 of 100 intervals over dependent steps hold the true mean."""
    covered = 0
    for seed in range(100):
        steps = np.random.default_rng(seed).standard_normal(1000 + 4)
        values = np.convolve(steps, np.ones(5), "valid")
        _, low, high = interval(values, np.ones(1000), mean_block(1000, 5))
        covered += low <= 0.0 <= high

    assert 88 <= covered <= 99


def test_steps_weigh_by_what_they_count():
    """A step without rows adds nothing, one with three counts three times."""
    total, count = np.array([0.0, 3.0, 1.0]), np.array([0.0, 3.0, 1.0])

    assert interval(total, count, 1).mean == 1.0


def test_nothing_counted_has_no_mean():
    """Without a value mean and limits are NaN."""
    assert np.isnan(interval(np.zeros(100), np.zeros(100), 5)).all()


def test_a_short_course_has_no_limits():
    """Below ten horizons a bootstrap would flatter: the mean stands alone."""
    mean, low, high = interval(np.ones(150), np.ones(150), mean_block(150, 21))

    assert mean == 1.0
    assert np.isnan([low, high]).all()


def test_the_draws_are_fixed():
    """The same values have the same interval."""
    values = np.random.default_rng(0).standard_normal(N_STEPS)

    assert interval(values, np.ones(N_STEPS), 21) == interval(values, np.ones(N_STEPS), 21)


@pytest.mark.parametrize(("n_steps", "expected"), [(3000, 63), (400, 40), (100, 21)])
def test_blocks_are_three_horizons_where_they_fit(n_steps, expected):
    """Three horizons, a tenth of the course, one horizon: in this order."""
    assert mean_block(n_steps, 21) == expected
