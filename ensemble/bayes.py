"""Bayesian logistic and linear steps on small coefficient vectors, in place.

All rows of one step are linearised at the same coefficients, so their order does not
matter (beyond the last bit, and callers keep the order free of labels).
"""

import math
from typing import NamedTuple

import numpy as np

from steelyard.ensemble.state import Settled
from steelyard.kernel import kernel
from steelyard.types.arrays import Floats

MAX_LOG_ODDS = 9.21
"""Log-odds of probability 0.9999: nothing is believed, or foretold, more surely."""


class Rows(NamedTuple):
    """Settled rows of one step."""

    inputs: Floats
    """Shape (n_rows, n_inputs)."""
    offset: Floats
    """Log-odds that no coefficient moves, shape (n_rows,)."""
    up: Floats
    """1 where the outcome was up, else 0, shape (n_rows,)."""
    temper: Floats
    """Effective number of rows that each counts for, in [0, 1], shape (n_rows,)."""


@kernel
def rows_that_teach(source: Floats, temper: Floats, base: float, settled: Settled) -> Rows:
    """Gather the settled rows that count, in their order.

    Args:
        source: What was foretold from, by instrument, shape (N, n_inputs).
        temper: How much each counts, 0 where it does not, shape (N,).
        base: Log-odds of the base rate when it was foretold; the offset of each row.
        settled: One bucket's outcomes.
    """
    instruments, came_up, n_rows = settled.instrument, settled.up, 0
    for instrument in instruments:
        n_rows += temper[instrument] > 0.0
    inputs, offset = np.zeros((n_rows, source.shape[1])), np.zeros(n_rows)
    up, counts, row = np.zeros(n_rows), np.zeros(n_rows), 0
    for i in range(len(instruments)):
        if temper[instruments[i]] > 0.0:
            for j in range(source.shape[1]):
                inputs[row, j] = source[instruments[i], j]
            offset[row], up[row], counts[row] = base, came_up[i], temper[instruments[i]]
            row += 1
    return Rows(inputs, offset, up, counts)


@kernel
def bounded(log_odds: float) -> float:
    """Clip log-odds to what may be believed."""
    return max(-MAX_LOG_ODDS, min(MAX_LOG_ODDS, log_odds))


@kernel
def sigmoid(log_odds: float) -> float:
    """Give the probability of bounded log-odds."""
    return 1.0 / (1.0 + math.exp(-log_odds))


@kernel
def logit(probability: float) -> float:
    """Give the log-odds of a probability, bounded."""
    if probability <= 0.0:
        return -MAX_LOG_ODDS
    if probability >= 1.0:
        return MAX_LOG_ODDS
    return bounded(math.log(probability / (1.0 - probability)))


@kernel
def log_loss(log_odds: float, up: float) -> float:
    """Give the log loss of bounded log-odds, nats."""
    return math.log1p(math.exp(log_odds if up == 0.0 else -log_odds))


@kernel
def total_of(values: Floats) -> float:
    """Give the sum, in order."""
    total = 0.0
    for value in values:
        total += value
    return total


@kernel
def spread_of(covariance: Floats, inputs: Floats) -> float:
    """Give the variance of inputs x coefficients."""
    total = 0.0
    for i in range(len(inputs)):
        if inputs[i] != 0.0:
            for j in range(len(inputs)):
                total += inputs[i] * covariance[i, j] * inputs[j]
    return max(0.0, total)


@kernel
def dot(first: Floats, second: Floats) -> float:
    """Give the sum of products."""
    total = 0.0
    for i in range(len(first)):
        total += first[i] * second[i]
    return total


@kernel
def moderation(variance: float) -> float:
    """Give the factor that averages the sigmoid over normal log-odds (MacKay 1992)."""
    return 1.0 / math.sqrt(1.0 + math.pi / 8.0 * variance)


@kernel
def shrink(covariance: Floats, inputs: Floats, information: float) -> None:
    """Learn from one row of the given information: a rank-one downdate, in place."""
    size = len(inputs)
    reach = np.zeros(size)
    for j in range(size):
        if inputs[j] != 0.0:
            for i in range(size):
                reach[i] += covariance[i, j] * inputs[j]
    factor = information / (1.0 + information * dot(inputs, reach))
    for i in range(size):
        if reach[i] != 0.0:
            for j in range(size):
                covariance[i, j] -= factor * reach[i] * reach[j]


@kernel
def logistic_step(mean: Floats, covariance: Floats, rows: Rows, drift: float) -> None:
    """Learn from the rows of one step: a Laplace step of logistic regression, in place.

    Args:
        mean: Coefficients, shape (n_inputs,).
        covariance: Their covariance, shape (n_inputs, n_inputs).
        rows: What was foretold from, and what came.
        drift: Variance that a coefficient gains per effective row, where it was in use.
    """
    size, n_rows = len(mean), len(rows.up)
    gradient = np.zeros(size)
    curvature = np.zeros(n_rows)
    gain = drift * min(1.0, total_of(rows.temper))
    for i in range(size):
        for row in range(n_rows):
            if rows.inputs[row, i] != 0.0:
                covariance[i, i] += gain
                break
    for row in range(n_rows):
        inputs = rows.inputs[row]
        probability = sigmoid(bounded(rows.offset[row] + dot(mean, inputs)))
        curvature[row] = rows.temper[row] * probability * (1.0 - probability)
        surprise = rows.temper[row] * (rows.up[row] - probability)
        for i in range(size):
            gradient[i] += surprise * inputs[i]
    for row in range(n_rows):
        shrink(covariance, rows.inputs[row], curvature[row])
    for i in range(size):
        mean[i] += dot(covariance[i], gradient)
