"""Losses, calibration error, and its noise floors."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.evaluation.loss import (
    brier,
    ece,
    ece_floor,
    ece_floor_independent,
    log_loss,
)
from steelyard.evaluation.rows import Rows, co_movement, settled_rows

N_STEPS = 800
N_INSTRUMENTS = 4
HORIZON = 21
DRIFT_MEMORY = 0.97
COMMON = 0.3
"""Correlation of step returns between instruments."""


def slow_ece(probability, up, n_bins=15):
    """Give the calibration error by its definition, bin after bin."""
    bins = np.array_split(np.argsort(probability, kind="stable"), n_bins)
    parts = [len(b) * abs(probability[b].mean() - up[b].mean()) for b in bins if len(b)]
    return sum(parts) / len(probability)


def independent_rows(probability, up):
    """Give rows of one instrument whose windows do not overlap."""
    step = np.arange(len(up))
    same = np.zeros(len(up), dtype=np.int64)
    return Rows(step, same, same + 1, probability, np.full(len(up), 0.5), up)


def overlapping_world(seed, *, sharpness=1.0):
    """Give settled rows of a forecaster who knows the drift, stated at every step.

    The drift of each instrument wanders slowly; what is yet to come of it and of the noise
    is normal, so the forecaster's probability is exact at a sharpness of 1. Above, it
    overstates its log-odds by that factor.
    """
    chance = np.random.default_rng(seed)
    n = N_STEPS + HORIZON + 1
    noise = math.sqrt(COMMON) * chance.standard_normal((n, 1))
    noise = noise + math.sqrt(1 - COMMON) * chance.standard_normal((n, N_INSTRUMENTS))
    shock = 0.01 * chance.standard_normal((n, N_INSTRUMENTS))
    drift = np.zeros((n + 1, N_INSTRUMENTS))
    for t in range(n):
        drift[t + 1] = DRIFT_MEMORY * drift[t] + shock[t]
    level = np.vstack([np.zeros((1, N_INSTRUMENTS)), np.cumsum(drift[:-1] + noise, axis=0)])
    outcome = level[HORIZON + 1 : HORIZON + 1 + N_STEPS] - level[1 : N_STEPS + 1]
    reach = (1 - DRIFT_MEMORY ** np.arange(HORIZON, -1, -1)) / (1 - DRIFT_MEMORY)
    spread = math.sqrt((1 + (0.01 * reach[1:]) ** 2).sum())
    exact = np.vectorize(math.erf)(drift[1 : N_STEPS + 1] * reach[0] / spread / math.sqrt(2))
    odds = ((1 + exact) / (1 - exact)) ** sharpness
    everywhere = np.ones(outcome.shape, dtype=np.bool_)
    half = np.full(N_STEPS, 0.5)
    rows = settled_rows(odds / (1 + odds), half, outcome, counts=everywhere, horizon=HORIZON)
    return rows, co_movement(outcome)


def test_losses_of_two_forecasts():
    """Four to one for what came, and four to one against it."""
    probability, up = np.array([0.8, 0.8]), np.array([1.0, 0.0])

    assert log_loss(probability, up) == pytest.approx((math.log(1.25) + math.log(5)) / 2)
    assert brier(probability, up) == pytest.approx((0.04 + 0.64) / 2)


def test_certainty_in_error_is_finite():
    """A stated 1 is read as 1 - 1e-6, the step of the tape."""
    assert log_loss(np.array([1.0]), np.array([0.0])) == pytest.approx(math.log(1e6))


def test_nothing_settled_has_no_figures():
    """Without rows every figure is NaN, not 0."""
    nothing = np.array([])
    rows = independent_rows(nothing, nothing)
    figures = [
        log_loss(nothing, nothing),
        brier(nothing, nothing),
        ece(nothing, nothing),
        ece_floor(rows, 0.0),
        ece_floor_independent(nothing),
    ]

    assert np.isnan(figures).all()


def test_calibration_error_of_a_constant_forecaster():
    """It says 0.7 and is always right: it misses by 0.3."""
    assert ece(np.full(90, 0.7), np.ones(90)) == pytest.approx(0.3)


@settings(max_examples=30)
@given(st.integers(1, 80), st.integers(0, 1000))
def test_calibration_error_keeps_to_its_definition(n_rows, seed):
    """For any number of rows, fewer than bins as well."""
    chance = np.random.default_rng(seed)
    probability, up = chance.random(n_rows), np.round(chance.random(n_rows))

    assert ece(probability, up) == pytest.approx(slow_ece(probability, up))


def test_floor_of_fair_coins():
    """The mean of |k / n - 1/2| over fair coins is sqrt(1 / (2 pi n)), n = 1000 in a bin."""
    expected = math.sqrt(1 / (2 * math.pi * 1000))

    assert ece_floor_independent(np.full(15_000, 0.5)) == pytest.approx(expected, rel=0.1)


def test_floors_agree_where_no_window_overlaps():
    """One instrument, windows of one step: each row is a coin of its own."""
    probability = np.random.default_rng(3).uniform(0.3, 0.7, 6000)
    rows = independent_rows(probability, np.ones(6000))

    assert ece_floor(rows, 0.0) == pytest.approx(ece_floor_independent(probability), rel=0.15)


def test_equal_forecasts_have_equal_floors():
    """The draws behind the floor are fixed."""
    rows, correlation = overlapping_world(0)

    assert ece_floor(rows, correlation) == ece_floor(rows, correlation)


def test_a_calibrated_forecaster_shows_the_floor():
    """Error less floor is about 0 on overlapping windows, and never flattered by the floor.

    The floor for independent rows would charge chance to the forecaster.
    """
    apart, apart_independent = [], []
    for seed in range(12):
        rows, correlation = overlapping_world(seed)
        error = ece(rows.probability, rows.up)
        apart.append(error - ece_floor(rows, correlation))
        apart_independent.append(error - ece_floor_independent(rows.probability))

    assert -0.01 < np.mean(apart) < 0.015
    assert np.mean(apart_independent) > 0.03


def test_an_overconfident_forecaster_is_above_the_floor():
    """Log-odds five times too large stand out by far."""
    rows, correlation = overlapping_world(1, sharpness=5.0)

    assert ece(rows.probability, rows.up) > ece_floor(rows, correlation) + 0.03
