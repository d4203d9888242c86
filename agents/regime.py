"""Calm or turbulent: two regimes of a market's weekly returns, and which one it is in.

statsmodels finds the regimes; which one rules at each step is filtered here, forwards in
time, so that every row rests on the returns known by then.
"""

import math
from typing import NamedTuple

import numpy as np

from steelyard.log import without_warnings
from steelyard.types.arrays import Floats

WEEK = 5
"""Steps of one return. Weeks end at steps 4, 9, 14 and so on, wherever one stands."""

N_WEEKS = 150
"""Newest weeks that the regimes are fitted to, about three years."""

LEAST_WEEKS = 52
"""Fewer do not show a regime come and go."""

PERCENT = 100.0
"""Returns are fitted in percent, near one, where the optimiser is at home."""

N_CLIMBS = 30
"""Optimiser steps; the likelihood is flat where it has not converged by then."""

EXTREME_LOG = 50.0
"""Log-likelihood ratio beyond which one week settles the matter."""


class Regimes(NamedTuple):
    """Two regimes of weekly returns in percent, with one mean and two variances."""

    calm_to_calm: float
    turbulent_to_turbulent: float
    mean: float
    calm_variance: float
    turbulent_variance: float
    """The larger."""


def weekly(step_return: Floats) -> Floats:
    """Add up log returns of shape (n_steps,) to whole weeks; a missing one counts as none."""
    whole = len(step_return) // WEEK * WEEK
    known = np.where(np.isfinite(step_return), step_return, 0.0)
    weeks: Floats = known[:whole].reshape(-1, WEEK).sum(axis=1)
    return weeks


def fit_regimes(week_return: Floats) -> Regimes | None:
    """Fit two regimes to the newest weeks; None where none can be told apart.

    The mean is common to both: what is learnt is how wild a market is, not where it went.

    References:
        Hamilton (1989), Econometrica 57(2).
    """
    from statsmodels.tsa.regime_switching.markov_regression import MarkovRegression

    newest = week_return[-N_WEEKS:] * PERCENT
    if len(newest) < LEAST_WEEKS or not newest.std() > 0.0:
        return None
    with without_warnings():  # not converged: what it found is used all the same
        try:
            model = MarkovRegression(
                newest, k_regimes=2, switching_trend=False, switching_variance=True
            )
            found = model.fit(method="lbfgs", maxiter=N_CLIMBS, disp=False, cov_type="none").params
        except ValueError:  # also a singular matrix: the likelihood has no inner maximum
            return None
    return _ordered(*map(float, found)) if np.isfinite(found).all() else None


def turbulence(week_return: Floats, regimes: Regimes | None, n_steps: int) -> Floats:
    """Give the filtered probability of the turbulent regime.

    Args:
        week_return: As `weekly` gives it.
        regimes: Their parameters; None gives NaN throughout.
        n_steps: How many steps the weeks were made of.

    Returns:
        Shape (n_steps,); row t rests on the weeks over by then, NaN before the first.
    """
    filtered = np.full(1 + len(week_return), np.nan)
    if regimes is not None:
        filtered[1:] = _filter(week_return * PERCENT, regimes)
    return filtered[(np.arange(n_steps) + 1) // WEEK]


def _filter(week_return: Floats, regimes: Regimes) -> list[float]:
    """Give P(turbulent) after each week by Hamilton's filter, from the stationary share."""
    leaves, stays = 1.0 - regimes.calm_to_calm, regimes.turbulent_to_turbulent
    turbulent = leaves / (leaves + 1.0 - stays) if leaves + 1.0 > stays else 0.5
    probabilities = []
    for value in week_return.tolist():
        expected = turbulent * stays + (1.0 - turbulent) * leaves
        odds = expected * math.exp(_log_ratio(value, regimes))
        turbulent = odds / (odds + 1.0 - expected)
        probabilities.append(turbulent)
    return probabilities


def _log_ratio(week_return: float, regimes: Regimes) -> float:
    """Give log likelihood of turbulent less that of calm."""
    square = (week_return - regimes.mean) ** 2
    calm, wild = regimes.calm_variance, regimes.turbulent_variance
    ratio = 0.5 * (math.log(calm / wild) + square / calm - square / wild)
    return min(max(ratio, -EXTREME_LOG), EXTREME_LOG)


def _ordered(
    stays_first: float, second_to_first: float, mean: float, first: float, second: float
) -> Regimes | None:
    """Name the regimes by their variance, whatever order they were found in."""
    if not min(first, second) > 0.0:
        return None
    if first <= second:
        return Regimes(stays_first, 1.0 - second_to_first, mean, first, second)
    return Regimes(1.0 - second_to_first, stays_first, mean, second, first)
