"""From features to strengths: a shrunk linear rule, and the skill it earned out of fold."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.skill import Skill, earn, overlap_weight
from steelyard.agents.trailing import at_steps, ratio, volatility
from steelyard.log import without_warnings
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.outcome import settle_offset
from steelyard.types.world import Snapshot

VOLATILITY_SPAN = 60
"""Steps whose volatility scales outcomes, about a quarter of sessions."""

LARGEST_Z = 3.0
"""Features and outcomes count as at most 3 standard deviations: fat tails teach little."""

TYPICAL_STRENGTH = 0.5
"""Strength of one standard deviation of what the rule said on the rows it was fitted to."""

LEAST_WINDOWS = 40
"""Independent outcomes before a rule is fitted: about four for each feature."""

LEAST_FOLD = 252
"""Steps of one fold, about a year of sessions."""

FOLD_GROWTH = 0.25
"""Later folds grow with the past they rest on, so that long histories stay cheap."""


class Rule(NamedTuple):
    """A linear rule over K features; arrays of shape (K,)."""

    centre: Floats
    spread: Floats
    """Above 0."""
    weight: Floats
    """Strength per standard deviation; 0 where a feature tells nothing."""

    def strength(self, features: Floats) -> Floats:
        """Give the strength, unclipped; a missing feature says nothing, as its mean would.

        Args:
            features: Shape (K, n_steps, n_columns); NaN where unknown.

        Returns:
            Shape (n_steps, n_columns).
        """
        total = np.zeros(features.shape[1:])
        for index, weight in enumerate(self.weight):
            total += weight * _standard(features[index], self.centre[index], self.spread[index])
        return total


class Lessons(NamedTuple):
    """What a rule can be learnt from, over steps 0 to n_steps - 1."""

    features: Floats
    """Shape (K, n_steps, n_columns); one column per instrument, or one for all."""
    target: Floats
    """Settled outcomes in horizon volatilities, shape (n_steps, n_columns); NaN where none."""
    outcome: Floats
    """Settled outcomes, shape (n_steps, n_instruments); NaN where none."""
    speaks: Bools
    """Where the agent may speak, same shape."""
    horizon: int
    settle_offset: int
    """The outcome of step t is known from step t + settle_offset on."""


def scaled_outcomes(past: Snapshot, horizon: int) -> Floats:
    """Give settled outcomes in volatilities over the horizon, shape (n_steps, n_instruments).

    NaN where none settled, or no volatility was known.
    """
    scale = at_steps(volatility(past.bars, VOLATILITY_SPAN), past.timing.known_lag)
    return ratio(past.outcomes(horizon), scale * np.sqrt(horizon))


def lessons_of(
    past: Snapshot, horizon: int, *, features: Floats, target: Floats, speaks: Bools
) -> Lessons:
    """Give lessons with the outcomes of the past; shapes as in `Lessons`."""
    offset = settle_offset(past.timing, horizon)
    return Lessons(features, target, past.outcomes(horizon), speaks, horizon, offset)


class Learnt(NamedTuple):
    """A rule with the skill it earned."""

    rule: Rule
    skill: Skill


class Grown(NamedTuple):
    """A rule, and what the rules before it said when they could."""

    rule: Rule
    """Fitted to all that settled."""
    strength: Floats
    """Out of fold, shape (n_steps, n_columns)."""


def learn(lessons: Lessons, prior: Rule) -> Learnt:
    """Fit the rule to all that settled, and its skill to strengths made out of fold."""
    grown = grow(lessons, prior)
    said = np.where(lessons.speaks, grown.strength, np.nan)
    return Learnt(grown.rule, earn(said, lessons.outcome, lessons.horizon))


def grow(lessons: Lessons, prior: Rule) -> Grown:
    """Fit the rule to all that settled, and fold by fold to what had settled by then.

    Each fold's strengths come from a rule fitted on outcomes settled before the fold
    began; before there are `LEAST_WINDOWS` of them, from `prior`. So no confidence rests
    on an outcome that the rule had seen.
    """
    strength = prior.strength(lessons.features)
    folds = tuple(_folds(lessons))
    for fold in folds:
        n_settled = fold.start - lessons.settle_offset + 1
        rule = fit_rule(
            lessons.features[:, :n_settled], lessons.target[:n_settled], lessons.horizon
        )
        now = slice(fold.start, fold.stop)
        strength[now] = rule.strength(lessons.features[:, now])
    newest = fit_rule(lessons.features, lessons.target, lessons.horizon) if folds else prior
    return Grown(newest, strength)


def fit_rule(features: Floats, target: Floats, horizon: int) -> Rule:
    """Regress outcomes on standardised features, and shrink by how sure each slope is.

    Args:
        features: Shape (K, n_steps, n_columns).
        target: Shape (n_steps, n_columns); rows without a target are left out.
        horizon: Steps over which outcomes overlap.

    References:
        Driscoll and Kraay (1998), Review of Economics and Statistics 80(4): Newey-West
        errors of cross-section sums hold when instruments move together. Breiman (1995),
        Technometrics 37(4): the nonnegative garrote, for inputs that do not move together,
        keeps max(0, 1 - 1/t^2) of each slope.
    """
    step, column = np.nonzero(np.isfinite(target))
    rows = features[:, step, column]
    known = np.isfinite(rows)
    count = np.maximum(known.sum(axis=1), 1)
    centre = np.where(known, rows, 0.0).sum(axis=1) / count
    apart = np.where(known, rows - centre[:, None], 0.0)
    spread = np.sqrt((apart**2).sum(axis=1) / count)
    tells = spread > np.finfo(np.float64).eps * np.maximum(np.abs(centre), 1.0)
    spread = np.where(tells, spread, 1.0)
    z = np.stack([_standard(*feature) for feature in zip(rows, centre, spread, strict=True)])
    clipped = np.clip(target[step, column], -LARGEST_Z, LARGEST_Z)
    weight = np.zeros(len(features))
    weight[tells] = _slopes(z[tells], clipped, step, horizon)
    said = sum(each * feature for each, feature in zip(weight, z, strict=True))
    size = float(np.std(said))
    scale = TYPICAL_STRENGTH / size if size > 0.0 else 0.0
    return Rule(centre, spread, weight * scale)


def _slopes(z: Floats, target: Floats, step: Ints, horizon: int) -> Floats:
    """Give the shrunk slopes, shape as z's first axis."""
    from statsmodels.regression.linear_model import OLS

    design = np.vstack([np.ones(len(target)), z]).T
    # Features may say the same over a short past: the least slopes of all that fit are taken.
    with without_warnings():
        fit = OLS(target, design).fit(
            cov_type="hac-groupsum", cov_kwds={"time": step, "maxlags": horizon}
        )
        slope, error = fit.params[1:], fit.bse[1:]
    kept = np.maximum(0.0, 1.0 - (error / np.where(slope == 0.0, np.inf, slope)) ** 2)
    return np.where(np.isfinite(kept) & (slope != 0.0), slope * kept, 0.0)


def _folds(lessons: Lessons) -> Iterator[range]:
    """Give the folds, oldest first; they cover the steps since a rule could be fitted."""
    n_steps = len(lessons.target)
    taught = np.any(np.isfinite(lessons.target), axis=1, keepdims=True)
    n_windows = np.cumsum(overlap_weight(taught, lessons.horizon))
    first = int(np.searchsorted(n_windows, LEAST_WINDOWS)) + lessons.settle_offset
    while first < n_steps:
        last = min(first + max(LEAST_FOLD, int(FOLD_GROWTH * first)), n_steps)
        yield range(first, last)
        first = last


def _standard(feature: Floats, centre: float, spread: float) -> Floats:
    z = np.clip((feature - centre) / spread, -LARGEST_Z, LARGEST_Z)
    return np.where(np.isfinite(z), z, 0.0)
