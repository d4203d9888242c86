"""Log-odds, log loss, and a Bayesian step for an intercept and a slope, or two slopes.

All rows of one step are linearised at the same coefficients, so their order does not
matter (beyond the last bit, and callers keep the order free of labels).
"""

import math

from steelyard.kernel import inlined
from steelyard.types.arrays import Floats

MAX_LOG_ODDS = 9.21
"""Log-odds of probability 0.9999: nothing is believed, or foretold, more surely."""


@inlined
def bounded(log_odds: float) -> float:
    """Clip log-odds to what may be believed."""
    return max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, log_odds))


@inlined
def sigmoid(log_odds: float) -> float:
    """Give the probability of bounded log-odds."""
    return 1.0 / (1.0 + math.exp(-log_odds))


@inlined
def logit(probability: float) -> float:
    """Give the log-odds of a probability, bounded."""
    if probability <= 0.0:
        return -MAX_LOG_ODDS
    if probability >= 1.0:
        return MAX_LOG_ODDS
    return bounded(math.log(probability / (1.0 - probability)))


@inlined
def log_loss(log_odds: float, up: float) -> float:
    """Give the log loss of bounded log-odds, nats; `up` is 1 where the outcome was, else 0.

    Not log1p, which takes twice as long: exp is at least 1e-4 here, so twelve digits hold.
    """
    return math.log(1.0 + math.exp(log_odds if up == 0.0 else -log_odds))


@inlined
def moderation(variance: float) -> float:
    """Give the factor that averages the sigmoid over normal log-odds (MacKay 1992)."""
    return 1.0 / math.sqrt(1.0 + math.pi / 8.0 * variance)


@inlined
def spread_of_two(covariance: Floats, first: int, one: float, other: float) -> float:
    """Give the variance of two inputs x coefficients.

    Args:
        covariance: Holds the four entries of their covariance.
        first: Place of the first of them.
        one: First input.
        other: Second input.
    """
    total = one * covariance[first] * one + one * covariance[first + 1] * other
    total = total + other * covariance[first + 2] * one + other * covariance[first + 3] * other
    return float(max(0.0, total))


@inlined
def shrink_two(
    covariance: Floats, first: int, one: float, other: float, information: float
) -> None:
    """Learn from one row of the given information: a rank-one downdate, in place."""
    reach = covariance[first] * one + covariance[first + 1] * other
    reach_other = covariance[first + 2] * one + covariance[first + 3] * other
    factor = information / (1.0 + information * (one * reach + other * reach_other))
    covariance[first] -= factor * reach * reach
    covariance[first + 1] -= factor * reach * reach_other
    covariance[first + 2] -= factor * reach_other * reach
    covariance[first + 3] -= factor * reach_other * reach_other
