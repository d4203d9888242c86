"""How a confidence is earned."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.agents.skill import (
    INTERCEPT_SD,
    PRIOR_SLOPE,
    SLOPE_SD,
    UNTAUGHT,
    Skill,
    earn,
    fit_skill,
    opinions,
    overlap_weight,
)
from steelyard.types.outcome import SIGN_CORRELATION

SEEDS = st.integers(0, 2**32 - 1)


def drawn(seed, n, slope, intercept=0.0):
    """Give strengths and whether each came true at the given log-odds."""
    rng = np.random.default_rng(seed)
    strength = rng.uniform(-1.0, 1.0, n)
    p_up = 1.0 / (1.0 + np.exp(-(intercept + slope * strength)))
    return strength, rng.random(n) < p_up


def test_a_fit_of_nothing_is_untaught():
    """No outcome, no skill: the prior's mode."""
    nothing = np.zeros(0)

    assert fit_skill(nothing, nothing > 0, nothing) == UNTAUGHT


def test_a_new_agent_states_almost_even_odds():
    """Whatever it sees, at most .53."""
    confidence = opinions(np.linspace(-5.0, 5.0, 101), UNTAUGHT).confidence

    assert confidence.max() == pytest.approx(1.0 / (1.0 + np.exp(-PRIOR_SLOPE)))
    assert confidence.max() <= 0.53


@settings(max_examples=30)
@given(seed=SEEDS, n=st.integers(1, 300), slope=st.floats(-20.0, 20.0), scale=st.floats(0.01, 50.0))
def test_the_fit_is_the_mode_of_the_posterior(seed, n, slope, scale):
    """The gradient of log posterior vanishes, even where outcomes are separated."""
    strength, up = drawn(seed, n, slope)
    weight = np.full(n, scale)

    skill = fit_skill(strength, up, weight)

    residual = weight * (up - skill.probability(strength))
    by_intercept = residual.sum() - skill.intercept / INTERCEPT_SD**2
    by_slope = (residual * strength).sum() - (skill.slope - PRIOR_SLOPE) / SLOPE_SD**2
    assert by_intercept == pytest.approx(0.0, abs=1e-6 * (1.0 + n * scale))
    assert by_slope == pytest.approx(0.0, abs=1e-6 * (1.0 + n * scale))


def test_much_evidence_overrules_the_prior():
    """With very many outcomes the fit is that of statsmodels without a prior."""
    from statsmodels.api import GLM, add_constant, families

    strength, up = drawn(1, 4000, slope=0.7, intercept=0.3)
    weight = np.full(4000, 1000.0)

    skill = fit_skill(strength, up, weight)

    expected = GLM(up.astype(float), add_constant(strength), families.Binomial()).fit().params
    assert skill[:2] == pytest.approx(expected, abs=1e-3)


def test_a_few_dozen_outcomes_move_the_fit_a_little():
    """Of forty independent sayings at full strength 26 came true: about a third of that shows."""
    strength = np.where(np.arange(40) % 2, 1.0, -1.0)
    right = np.arange(40) // 2 % 20 < 13

    skill = fit_skill(strength, (strength > 0) == right, np.ones(40))

    assert 0.53 < skill.probability(np.array([1.0]))[0] < 0.57


def test_agents_that_are_always_wrong_come_out_contrary():
    """A slope below zero turns the side."""
    strength, up = drawn(3, 2000, slope=-2.0)

    skill = fit_skill(strength, up, np.ones(2000))

    assert skill.slope < 0.0
    assert opinions(np.array([0.9]), skill).score[0] < 0.0


@settings(max_examples=30)
@given(seed=SEEDS, horizon=st.integers(1, 30))
def test_weights_count_independent_outcomes(seed, horizon):
    """No more than the windows that fit, nor fewer than if instruments moved as one."""
    rng = np.random.default_rng(seed)
    spoke = rng.random((200, 3)) < rng.random()

    weight = overlap_weight(spoke, horizon)

    assert (weight[~spoke] == 0.0).all()
    assert ((weight[spoke] > 0.0) & (weight[spoke] <= 1.0)).all()
    for column in range(3):
        window = np.convolve(spoke[:, column], np.ones(horizon))[:200]
        alike = 1.0 + SIGN_CORRELATION * (spoke.sum(axis=1) - 1)
        rows = spoke[:, column]
        assert weight[rows, column] == pytest.approx(1.0 / (window * alike)[rows])


def test_weights_do_not_look_ahead():
    """What is said later takes nothing from what was said before."""
    rng = np.random.default_rng(5)
    spoke = rng.random((100, 4)) < 0.5

    weight = overlap_weight(spoke, 7)

    assert (overlap_weight(spoke[:60], 7) == weight[:60]).all()


def test_earning_leaves_out_what_did_not_settle():
    """Rows of outcome NaN teach nothing."""
    rng = np.random.default_rng(6)
    strength, outcome = rng.normal(size=(2, 50, 2))
    outcome[:10] = np.nan

    assert earn(strength, outcome, 1) == earn(strength[10:], outcome[10:], 1)


def test_outcomes_on_which_nothing_was_said_tell_the_base_rate_only():
    """A seldom speaker knows how often prices rise anyway; its slope is its own affair."""
    rng = np.random.default_rng(7)
    strength, outcome = np.full((2000, 1), np.nan), np.ones((2000, 1))
    outcome[rng.random(2000) < 0.4] = -1.0
    strength[1000:1004] = [[1.0], [-1.0], [1.0], [-1.0]]
    outcome[1000:1004] = [[1.0], [-1.0], [1.0], [-1.0]]

    learnt = earn(strength, outcome, 1)
    alone = earn(strength[1000:1004], outcome[1000:1004], 1)

    p_up = learnt.probability(np.zeros(1))[0]
    assert 0.57 < p_up < 0.61
    assert alone.probability(np.zeros(1))[0] == pytest.approx(0.5, abs=0.01)
    assert learnt.slope == pytest.approx(alone.slope, abs=0.01)
    assert learnt.n_effective == alone.n_effective == 4.0
    assert earn(np.zeros_like(strength), outcome, 1).n_effective == 0.0


@settings(max_examples=50)
@given(
    strength=st.floats(-2.0, 2.0),
    intercept=st.floats(-1.0, 1.0),
    slope=st.floats(-1.0, 1.0),
)
def test_score_and_confidence_tell_one_story(strength, intercept, slope):
    """The score's side is that of the probability; silence is silence in both."""
    skill = Skill(intercept, slope, 0.0)

    score, confidence = (float(each[0]) for each in opinions(np.array([strength]), skill))

    p_up = float(skill.probability(np.array([strength]))[0])
    if score == 0.0:
        assert confidence == 0.0
        assert abs(strength) < 1e-6 or abs(p_up - 0.5) < 1e-6
    else:
        assert abs(score) <= 1.0
        assert confidence == pytest.approx(p_up if score > 0.0 else 1.0 - p_up)
        assert confidence >= 0.5


def test_with_an_even_base_rate_the_score_is_the_strength():
    """Clipped to [-1, 1], and silent where there is none."""
    strength = np.array([-3.0, -0.4, 0.0, np.nan, 0.25])

    score = opinions(strength, UNTAUGHT).score

    assert score == pytest.approx([-1.0, -0.4, 0.0, 0.0, 0.25])
