"""What the pool learns on worlds whose truth is known."""

import numpy as np
import pytest

from steelyard.ensemble.state import CO_MOVED, STEPS
from steelyard.ensemble.weigh import PoolMode
from tests.ensemble.panels import (
    course_of,
    log_loss,
    mean_loss,
    reordered,
    settings_for,
    skilled_world,
    weigh_all,
)

FREE = 20.0
"""A cap on shares that never binds."""
SKILLED = (0.8, 1.5, 3.0, float("inf"))


def panel(n_agents, mode=PoolMode.ADAPTIVE, **changes):
    """Settings of a panel with one bucket of one step."""
    changes.setdefault("max_log_odds", FREE)
    return settings_for([0] * n_agents, [1], pool=int(mode), **changes)


def loss_of(course, mode=PoolMode.ADAPTIVE):
    """Mean log loss over the last four fifths."""
    return mean_loss(weigh_all(course, panel(course.score.shape[1], mode)).probability, course)


def test_the_pool_beats_base_rate_equal_mean_and_best_agent():
    """On a panel of skilled, weak and useless agents, all overconfident."""
    course = skilled_world(1, 3000, SKILLED)

    pooled = loss_of(course)

    assert pooled < loss_of(course, PoolMode.BASE_RATE) - 0.04
    assert pooled < loss_of(course, PoolMode.EQUAL) - 0.005
    assert pooled < loss_of(course, PoolMode.BEST) - 0.003


def test_the_best_agent_is_found():
    """By trailing loss, the one with the least noise is followed alone."""
    weighed = weigh_all(skilled_world(2, 1500, SKILLED[::-1]), panel(4, PoolMode.BEST))

    assert (np.abs(weighed.share[-1, 0, 0]) > 0).astype(int).tolist() == [0, 0, 0, 1]


def test_agents_without_skill_do_no_harm():
    """Mean log loss is within .0005 of the base rate's, over six seeds."""
    excess = []
    for seed in range(6):
        course = skilled_world(seed, 3000, (float("inf"),) * 4)
        weighed = weigh_all(course, panel(4))
        base = np.broadcast_to(weighed.base_rate[:, None], weighed.probability.shape)
        excess.append(mean_loss(weighed.probability, course) - mean_loss(base, course))

    assert np.mean(excess) <= 0.0005


def test_an_agent_that_turns_is_found_out():
    """An agent that becomes its own opposite is followed again, the other way round."""
    course = skilled_world(3, 3000, (0.6, float("inf")), flip=True)

    weighed = weigh_all(course, panel(2))

    base = log_loss(np.broadcast_to(weighed.base_rate[:, None], (3000, 1, 1)), course.outcome)
    gain = (base - log_loss(weighed.probability, course.outcome))[:, 0, 0]
    says_up = np.sign(course.score[:, 0, 0])
    assert gain[1000:1500].mean() > 0.05
    assert gain[2000:].mean() > 0.05
    assert (says_up * weighed.share[:, 0, 0, 0])[1400:1500].mean() > 0.1
    assert (says_up * weighed.share[:, 0, 0, 0])[2900:].mean() < -0.1


def test_ten_copies_of_an_agent_count_about_once():
    """Copies change the mean log loss by less than .002."""
    course = skilled_world(4, 2000, (0.8, 1.5))
    many = reordered(course, [0] * 10 + [1], axis=1)

    assert loss_of(course) == pytest.approx(loss_of(many), abs=0.002)


def test_instruments_share_what_is_learnt():
    """Four independent instruments teach the pool about four times as fast as one."""
    early = slice(40, 200)

    def early_loss(n_instruments):
        losses = []
        for seed in range(8):
            course = skilled_world(seed, 200, (0.8, 1.5), n_instruments=n_instruments)
            weighed = weigh_all(course, panel(2))
            losses.append(log_loss(weighed.probability, course.outcome)[early].mean())
        return np.mean(losses)

    assert early_loss(4) < early_loss(1)


def test_overlapping_rows_do_not_count_as_many():
    """Outcomes over ten steps, noted at every step, leave useless agents harmless."""
    n_steps, horizon, excess = 3000, 10, []
    for seed in range(6):
        rng = np.random.default_rng(seed)
        moves = 0.01 * rng.standard_normal(n_steps + horizon)
        outcome = np.convolve(moves, np.ones(horizon), mode="valid")[1:][:, None, None]
        slow = np.cumsum(rng.standard_normal((n_steps, 3, 1)), axis=0)
        course = course_of(0.5 * np.sign(np.sin(slow / 3)) + 0.01, outcome)
        weighed = weigh_all(course, settings_for([0] * 3, [horizon]))
        base = np.broadcast_to(weighed.base_rate[:, None], weighed.probability.shape)
        excess.append(mean_loss(weighed.probability, course) - mean_loss(base, course))

    assert np.mean(excess) <= 0.0005


def test_the_base_rate_is_the_frequency_of_up():
    """It tends to the share of outcomes that were up, and needs no opinion to learn."""
    rng = np.random.default_rng(7)
    outcome = np.where(rng.random((2000, 2, 1)) < 0.6, 0.01, -0.01)
    course = course_of(np.full((2000, 1, 2), np.nan), outcome)

    weighed = weigh_all(course, panel(1))

    assert weighed.base_rate[-1, 0] == pytest.approx(0.6, abs=0.03)
    assert (weighed.probability == weighed.base_rate[:, None]).all()


def test_the_return_map_learns_a_larger_move():
    """Where moves are twice as large as the volatility says, the slope rises above 1."""
    course = skilled_world(8, 3000, (0.5,))

    map_of = weigh_all(course._replace(volatility=course.volatility / 2), panel(1)).state.returns

    slope, variance = map_of[0, 0], map_of[0, 2]
    assert slope > 1.3
    assert variance < 0.25


def test_outcomes_that_move_together_are_seen_to():
    """The correlation of signs tends to the true one, from its prior."""
    rng = np.random.default_rng(9)
    common = rng.standard_normal((1500, 1, 1))
    outcome = 0.01 * (2 * common + rng.standard_normal((1500, 4, 1)))

    base = weigh_all(course_of(np.full((1500, 1, 4), np.nan), outcome), panel(1)).state.base

    # Sheppard (1899), for normal variables.
    of_signs = 2 / np.pi * np.arcsin(0.8)
    assert base[0, CO_MOVED] / base[0, STEPS] == pytest.approx(of_signs, abs=0.05)
