"""Synthetic opinions: right as often as stated, and no oftener."""

import numpy as np
import pytest

from steelyard.sim.opinions import MEAN_SIZE, Voice, plant
from steelyard.types.planted import Planting

HORIZON = 5
PLAIN = Planting("ann", HORIZON, 0.55, 0.6, 0.0)


def outcomes(n_steps=2000, n_instruments=40, seed=3):
    """Give outcomes over windows that overlap, the last of which never end."""
    steps = np.random.default_rng(seed).normal(0.0, 0.01, (n_steps + HORIZON, n_instruments))
    total = np.cumsum(steps, axis=0)
    moved = total[HORIZON:] - total[:-HORIZON]
    moved[-HORIZON:] = np.nan
    return moved


OUTCOME = outcomes()
SETTLED = slice(None, -HORIZON)


def right(planted, outcome=OUTCOME):
    """Say where opinions have the side of their outcome."""
    return (planted.score * outcome)[SETTLED] > 0.0


def agreement(first, second):
    """Give the share of opinions that have one side."""
    return float((first.score * second.score > 0.0).mean())


@pytest.mark.parametrize("skill", [0.3, 0.5, 0.52, 0.55, 0.7])
def test_opinions_are_right_as_often_as_stated(skill):
    """Whichever side came true, and in each half of the world."""
    found = right(plant(OUTCOME, PLAIN._replace(skill=skill), Voice(7, 1)))

    up = OUTCOME[SETTLED] > 0.0
    parts = (found, found[up], found[~up], found[:1000], found[1000:])
    assert [float(part.mean()) for part in parts] == pytest.approx([skill] * 5, abs=0.015)


@pytest.mark.parametrize(("skill", "share"), [(0.0, 0.0), (1.0, 1.0)])
def test_skill_may_be_none_or_all(skill, share):
    """Always wrong, always right."""
    planted = plant(OUTCOME, PLAIN._replace(skill=skill), Voice(7, 1))

    assert right(planted).mean() == share


def test_what_is_stated_is_stated_whatever_it_is_worth():
    """The score is the move that goes with the confidence."""
    planted = plant(OUTCOME, PLAIN, Voice(7, 1))

    assert (planted.confidence == 0.6).all()
    assert np.allclose(np.abs(planted.score), 0.2 * MEAN_SIZE)


def test_who_is_even_says_nothing():
    """A confidence of one half has no side."""
    planted = plant(OUTCOME, PLAIN._replace(stated=0.5), Voice(7, 1))

    assert not planted.score.any()


def test_minds_change_no_faster_than_the_horizon():
    """Noise drawn anew each step would tell the outcome to whoever takes its mean."""
    found = right(plant(OUTCOME, PLAIN, Voice(7, 1))).astype(float)

    centred = found - found.mean()
    one_step = (centred[1:] * centred[:-1]).mean() / centred.var()
    # Of the signs of two normals correlated 0.8: 2 / pi x asin(0.8).
    assert one_step == pytest.approx(0.59, abs=0.02)


def test_voices_are_independent_unless_they_share_noise():
    """Two near copies mostly say the same."""
    apart = [plant(OUTCOME, PLAIN, Voice(7, number)) for number in (1, 2)]
    twins = [plant(OUTCOME, PLAIN._replace(shared=0.9), Voice(7, number)) for number in (1, 2)]

    by_chance = 0.55**2 + 0.45**2
    assert agreement(*apart) == pytest.approx(by_chance, abs=0.01)
    assert agreement(*twins) > 0.84
    assert [float(right(twin).mean()) for twin in twins] == pytest.approx([0.55] * 2, abs=0.015)


def test_an_instrument_more_and_a_step_more_change_nothing_of_the_others():
    """What was said of the first ones on the first steps."""
    small = plant(OUTCOME[:300, :3], PLAIN, Voice(7, 1))
    large = plant(OUTCOME, PLAIN, Voice(7, 1))

    assert np.array_equal(small.score, large.score[:300, :3])


def test_where_nothing_comes_true_the_side_is_a_coin():
    """At the end of a world nobody knows how it goes on."""
    never = np.full(OUTCOME.shape, np.nan)

    planted = plant(never, PLAIN._replace(skill=1.0), Voice(7, 1))

    assert (planted.score > 0.0).mean() == pytest.approx(0.5, abs=0.01)
