"""How a confidence is earned: a shrunk logistic regression on settled outcomes.

Every agent first makes a *strength*: what it sees, as one number in [-1, 1]. How often a
strength of that size came true, only outcomes can say. A new agent therefore states
about 0.5 whatever it sees, and more only as settled outcomes agree with it. The strengths
given here must be out of sample: made by a rule that did not know the outcome.
"""

from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats
from steelyard.types.opinion import QUANTUM
from steelyard.types.outcome import SIGN_CORRELATION

PRIOR_SLOPE = 0.04
"""Log-odds at full strength before any outcome: a new agent states .51 at most."""

SLOPE_SD = 0.2
"""Doubt about the slope: at full strength few agents are right above 55 % (log-odds .2)."""

INTERCEPT_SD = 0.1
"""Doubt about the base rate: over a week or a month stocks rise in 50 to 56 % of cases."""

N_NEWTON_STEPS = 25
"""Far more than the concave two-parameter problem needs; it stops when nothing moves."""

LARGEST_STEP = 1.0
"""Bound of one Newton step in each parameter, so that separated data cannot overshoot."""

CONVERGED = 1e-12
"""Largest parameter move that ends the search."""


class Skill(NamedTuple):
    """What settled outcomes taught about an agent's strengths."""

    intercept: float
    """Log-odds of up at strength 0: the base rate, shrunk to even odds."""
    slope: float
    """Log-odds that strength 1 adds; below 0 where the agent was a contrary guide."""
    n_effective: float
    """Independent outcomes that it rests on, >= 0."""

    def probability(self, strength: Floats) -> Floats:
        """Give P(outcome > 0) at each strength; same shape, NaN where the strength is.

        Args:
            strength: Any shape; clipped to [-1, 1].
        """
        return 1.0 / (1.0 + np.exp(-self.log_odds(strength)))

    def log_odds(self, strength: Floats) -> Floats:
        """Give the log-odds of `probability`, same shape."""
        return self.intercept + self.slope * np.clip(strength, -1.0, 1.0)


class Stated(NamedTuple):
    """What an agent says for its strengths; both of the strengths' shape."""

    score: Floats
    """In [-1, 1]; 0 where it says nothing."""
    confidence: Floats
    """In [0.5, 1]; 0 where it says nothing."""


UNTAUGHT = Skill(intercept=0.0, slope=PRIOR_SLOPE, n_effective=0.0)
"""The fit of nothing."""


def fit_skill(strength: Floats, up: Bools, weight: Floats) -> Skill:
    """Fit P(up) to strength by logistic regression under the prior above.

    Args:
        strength: Out-of-sample strengths, shape (n,), finite; clipped to [-1, 1].
        up: Whether the outcome was above 0, shape (n,).
        weight: Independent outcomes each row stands for, shape (n,), >= 0.

    Returns:
        The mode of the posterior; `UNTAUGHT` where n is 0.

    References:
        Gelman, Jakulin, Pittau and Su (2008), Annals of Applied Statistics 2(4): logistic
        regression with weakly informative priors.
    """
    clipped = np.clip(strength, -1.0, 1.0)
    design = np.stack([np.ones_like(clipped), clipped])
    prior_mean = np.array([0.0, PRIOR_SLOPE])
    prior_precision = np.diag([INTERCEPT_SD**-2, SLOPE_SD**-2])
    at = prior_mean
    for _ in range(N_NEWTON_STEPS):
        p_up = 1.0 / (1.0 + np.exp(-(at[0] + at[1] * clipped)))
        gradient = (design * (weight * (up - p_up))).sum(axis=1)
        gradient = gradient - prior_precision @ (at - prior_mean)
        curvature = _curvature(design, weight * p_up * (1.0 - p_up)) + prior_precision
        step = np.clip(np.linalg.solve(curvature, gradient), -LARGEST_STEP, LARGEST_STEP)
        at = at + step
        if np.abs(step).max() < CONVERGED:
            break
    return Skill(float(at[0]), float(at[1]), float(weight.sum()))


def earn(strength: Floats, outcome: Floats, horizon: int) -> Skill:
    """Fit the skill of an agent that spoke over many steps and instruments.

    Outcomes on which it had nothing to say tell how often prices rise anyway: they count
    as rows of strength 0, so that a seldom speaker need not learn that for itself.

    Args:
        strength: Out-of-sample strengths, shape (n_steps, n_instruments); NaN or 0 where
            the agent had nothing to say.
        outcome: Settled outcomes of the same steps, same shape; NaN where none settled.
        horizon: Steps an outcome covers, >= 1.
    """
    settled = np.isfinite(outcome)
    spoke = settled & np.isfinite(strength) & (strength != 0.0)
    own = overlap_weight(spoke, horizon)
    weight = np.where(spoke, own, overlap_weight(settled, horizon))[settled]
    said = np.where(spoke, strength, 0.0)[settled]
    fitted = fit_skill(said, outcome[settled] > 0.0, weight)
    return fitted._replace(n_effective=float(own[spoke].sum()))


def overlap_weight(spoke: Bools, horizon: int) -> Floats:
    """Give how many independent outcomes each row stands for.

    Outcomes of one instrument that overlap share their weight, and so do instruments
    that moved together (Kish's design effect at `SIGN_CORRELATION`).

    Args:
        spoke: Rows that count, shape (n_steps, n_instruments).
        horizon: Steps an outcome covers, >= 1.

    Returns:
        Weights in (0, 1], same shape; 0 where the row does not count. They sum to the
        effective number of outcomes.
    """
    running = np.cumsum(spoke, axis=0)
    before = np.zeros_like(running)
    before[horizon:] = running[:-horizon]
    overlapping = np.maximum(running - before, 1)
    side_by_side = np.maximum(spoke.sum(axis=1, keepdims=True), 1)
    alike = 1.0 + SIGN_CORRELATION * (side_by_side - 1)
    return np.where(spoke, 1.0 / (overlapping * alike), 0.0)


def opinions(strength: Floats, skill: Skill) -> Stated:
    """Turn strengths into scores and earned confidences.

    The score is the stated log-odds as a share of the most that this skill could state:
    the strength itself where the base rate is even, and never on the other side than the
    probability. Nothing is said at strength 0 or NaN, nor where both sides are equally
    likely (to a quantum, so that no machine's last bit picks the side).

    Args:
        strength: Any shape; clipped to [-1, 1].
        skill: The newest fit.
    """
    p_up = skill.probability(strength)
    speaks = (np.abs(strength) >= QUANTUM) & (np.abs(p_up - 0.5) >= QUANTUM)
    most = max(abs(skill.intercept) + abs(skill.slope), QUANTUM)
    size = np.abs(skill.log_odds(strength)) / most
    score = np.copysign(np.clip(size, QUANTUM, 1.0), p_up - 0.5)
    confidence = np.maximum(p_up, 1.0 - p_up)
    return Stated(np.where(speaks, score, 0.0), np.where(speaks, confidence, 0.0))


def _curvature(design: Floats, mass: Floats) -> Floats:
    """Give the information matrix, shape (2, 2)."""
    both = (design[0] * design[1] * mass).sum()
    first, second = (design**2 * mass).sum(axis=1)
    return np.array([[first, both], [both, second]])
