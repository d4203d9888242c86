"""From features to strengths."""

import numpy as np
import pytest
from statsmodels.regression.linear_model import OLS

from steelyard.agents.linear import (
    LEAST_WINDOWS,
    TYPICAL_STRENGTH,
    Lessons,
    Rule,
    fit_rule,
    learn,
)

PRIOR = Rule(np.zeros(2), np.ones(2), np.array([0.5, 0.0]))


def lessons(seed, n_steps, truth, horizon=1):
    """Give two features, of which the first moves the next outcomes by `truth`."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(2, n_steps, 3))
    outcome = truth * features[0] + rng.normal(size=(n_steps, 3))
    outcome[n_steps - horizon - 1 :] = np.nan
    speaks = np.ones(outcome.shape, dtype=np.bool_)
    return Lessons(features, outcome, outcome, speaks, horizon, horizon + 1)


def test_a_rule_finds_the_feature_that_tells_something():
    """The weight of the one that does not is shrunk to near nothing."""
    told = lessons(0, 2000, truth=0.3)

    rule = fit_rule(told.features, told.target, told.horizon)

    assert rule.weight == pytest.approx([TYPICAL_STRENGTH, 0.0], abs=0.05)


def test_slopes_are_shrunk_by_their_driscoll_kraay_t():
    """The ratio of two weights is that of the slopes, each times 1 - 1/t^2."""
    told = lessons(1, 400, truth=0.2)
    rows = np.isfinite(told.target)
    z = np.stack([(each[rows] - each[rows].mean()) / each[rows].std() for each in told.features])
    fit = OLS(np.clip(told.target[rows], -3, 3), np.vstack([np.ones(rows.sum()), z.clip(-3, 3)]).T)
    found = fit.fit(cov_type="hac-groupsum", cov_kwds={"time": np.nonzero(rows)[0], "maxlags": 1})

    weight = fit_rule(told.features, told.target, 1).weight

    kept = found.params[1:] * np.maximum(0.0, 1.0 - 1.0 / found.tvalues[1:] ** 2)
    assert weight / weight[0] == pytest.approx(kept / kept[0])


def test_the_prior_speaks_until_there_is_enough():
    """With fewer than the least windows the prior stays, bit for bit."""
    few = lessons(2, LEAST_WINDOWS, truth=0.5)

    assert learn(few, PRIOR).rule is PRIOR


def test_skill_is_earned_where_there_is_some():
    """On a telling feature the slope is well above that of noise."""
    skilled, noise = (learn(lessons(3, 1500, truth), PRIOR).skill for truth in (0.4, 0.0))

    assert skilled.slope > 0.4
    assert abs(noise.slope) < 0.15


def test_skill_is_not_earned_in_sample():
    """Over 20 worlds of noise, many features and few rows, the mean slope stays small."""
    slopes = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        features = rng.normal(size=(20, 300, 1))
        outcome = rng.normal(size=(300, 1))
        prior = Rule(np.zeros(20), np.ones(20), np.zeros(20))
        speaks = np.ones(outcome.shape, dtype=np.bool_)
        slopes.append(learn(Lessons(features, outcome, outcome, speaks, 1, 2), prior).skill.slope)

    assert abs(np.mean(slopes)) < 0.1


def test_a_fold_rests_on_what_had_settled_before_it():
    """Outcomes still open when the fold began do not reach its strengths."""
    told = lessons(4, 60, truth=0.3)
    changed = told.target.copy()
    changed[LEAST_WINDOWS:] *= -1.0  # settle after step LEAST_WINDOWS + 1, where the fold begins
    other = told._replace(target=changed)

    assert learn(told, PRIOR).skill == learn(other, PRIOR).skill


def test_a_feature_that_never_moves_or_never_is_says_nothing():
    """Constant and missing features get no weight and break nothing."""
    told = lessons(5, 200, truth=0.3)
    features = np.stack([told.features[0], np.full((200, 3), 7.0), np.full((200, 3), np.nan)])

    rule = fit_rule(features, told.target, 1)

    assert rule.weight[1:].tolist() == [0.0, 0.0]
    assert np.isfinite(rule.strength(features)).all()


def test_features_that_say_the_same_share_what_they_say_in_silence(recwarn):
    """Over a short past two may be one; a run tells nobody of it on stderr."""
    told = lessons(3, 400, truth=0.3)
    twice = np.stack([told.features[0], told.features[0]])

    weight = fit_rule(twice, told.target, told.horizon).weight

    assert weight[0] == pytest.approx(weight[1])
    assert list(recwarn) == []
