"""Settled forecasts and how much they tell."""

import numpy as np
import pytest

from steelyard.evaluation.rows import co_movement, n_effective, settled_rows


def test_only_what_counts_and_settled_becomes_a_row():
    """One forecast of three counts but has not settled, one settled but does not count."""
    rows = settled_rows(
        np.array([[0.6], [0.7], [0.8]]),
        np.array([0.5, 0.51, 0.52]),
        np.array([[-0.1], [np.nan], [0.2]]),
        counts=np.array([[True], [True], [False]]),
        horizon=5,
    )

    assert [column.tolist() for column in rows] == [[0], [0], [5], [0.6], [0.5], [0.0]]


def test_a_row_on_every_step_of_every_instrument():
    """Far from the ends: n / (horizon x (1 + correlation x (n_instruments - 1)))."""
    spoke = np.ones((20_000, 4), dtype=np.bool_)

    assert n_effective(spoke, 5, 0.2) == pytest.approx(80_000 / (5 * 1.6), rel=1e-3)


def test_rows_far_apart_count_in_full():
    """Windows that do not touch are independent."""
    spoke = np.zeros((500, 2), dtype=np.bool_)
    spoke[::50, 0] = True

    assert n_effective(spoke, 21, 0.3) == pytest.approx(10.0)


def test_no_rows_tell_nothing():
    """Without rows there are 0 effective ones."""
    assert n_effective(np.zeros((50, 2), dtype=np.bool_), 5, 0.3) == 0.0


def test_twins_move_together():
    """Two instruments with one outcome have a correlation of 1."""
    outcome = np.random.default_rng(0).standard_normal((200, 1))

    assert co_movement(np.hstack([outcome, outcome])) == pytest.approx(1.0)


def test_strangers_do_not_move_together():
    """Signs of independent outcomes are as good as uncorrelated."""
    outcome = np.random.default_rng(0).standard_normal((20_000, 3))

    assert co_movement(outcome) < 0.02


def test_correlated_normals_have_correlated_signs():
    """Correlation 1/2 of two normals is 2 / pi x asin(1/2) = 1/3 of their signs."""
    chance = np.random.default_rng(0)
    outcome = chance.standard_normal((40_000, 1)) + chance.standard_normal((40_000, 2))

    assert co_movement(outcome) == pytest.approx(1 / 3, abs=0.015)


def test_instruments_that_never_meet():
    """Where no two settle at one step nothing is known of their correlation."""
    outcome = np.array([[0.1, np.nan], [np.nan, 0.2]])

    assert co_movement(outcome) == 0.0
