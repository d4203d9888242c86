"""Forecasts that have settled, and how much they tell."""

from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats, Ints


class Rows(NamedTuple):
    """Settled forecasts; all of shape (n_rows,)."""

    step: Ints
    instrument: Ints
    horizon: Ints
    """Steps."""
    probability: Floats
    """Stated P(outcome > 0), in [0, 1]."""
    base_rate: Floats
    """P(outcome > 0) by the base rate known when it was stated."""
    up: Floats
    """1 where the outcome was positive, else 0."""


def settled_rows(
    probability: Floats, base_rate: Floats, outcome: Floats, *, counts: Bools, horizon: int
) -> Rows:
    """Pick the forecasts of one horizon that count and have settled.

    Args:
        probability: P(outcome > 0), shape (n_steps, n_instruments).
        base_rate: Of each step, shape (n_steps,).
        outcome: Returns over the horizon, shape (n_steps, n_instruments); NaN where nothing
            settled.
        counts: Which forecasts count, same shape.
        horizon: Steps.

    Returns:
        The rows in order of step, then instrument.
    """
    step, instrument = np.nonzero(counts & np.isfinite(outcome) & np.isfinite(base_rate)[:, None])
    return Rows(
        step=step,
        instrument=instrument,
        horizon=np.full(len(step), horizon, dtype=np.int64),
        probability=probability[step, instrument],
        base_rate=base_rate[step],
        up=(outcome[step, instrument] > 0).astype(np.float64),
    )


def joined(parts: list[Rows]) -> Rows:
    """Put rows of several horizons behind each other."""
    return Rows(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def co_movement(outcome: Floats) -> float:
    """Give the mean correlation of the outcomes' signs between instruments.

    Args:
        outcome: Returns, shape (n_steps, n_instruments); NaN where nothing settled.

    Returns:
        In [0, 1]; 0 where no two instruments ever settled at one step.
    """
    there = np.isfinite(outcome)
    n_rows = np.maximum(there.sum(axis=0), 1)
    up = np.where(there, outcome > 0, 0.0)
    centred = np.where(there, up - up.sum(axis=0) / n_rows, 0.0)
    spread = np.sqrt((centred**2).sum(axis=0) / n_rows)
    standard = centred / np.where(spread > 0, spread, 1.0)
    pairs = there.sum(axis=1) * (there.sum(axis=1) - 1)
    if pairs.sum() == 0:
        return 0.0
    products = standard.sum(axis=1) ** 2 - (standard**2).sum(axis=1)
    return float(np.clip(products.sum() / pairs.sum(), 0.0, 1.0))


def n_effective(spoke: Bools, horizon: int, correlation: float) -> float:
    """Count the independent forecasts that rows of overlapping windows are worth.

    Two rows of one instrument share the part of their windows that overlaps; rows of two
    instruments share `correlation` of it. Where every step and instrument has a row this is
    n_rows / (horizon x (1 + correlation x (n_instruments - 1))); rows far apart in time
    count in full.

    Args:
        spoke: Which rows there are, shape (n_steps, n_instruments).
        horizon: Steps of a window, >= 1.
        correlation: Of outcomes between instruments, in [0, 1].
    """
    own = spoke.astype(np.float64)
    panel = own.sum(axis=1, keepdims=True)
    shared = 0.0
    for lag in range(min(horizon, len(own))):
        same = _products(own, lag)
        any_two = _products(panel, lag)
        twice = 1.0 if lag == 0 else 2.0
        overlap = 1.0 - lag / horizon
        shared += twice * overlap * ((1.0 - correlation) * same + correlation * any_two)
    n_rows = float(own.sum())
    return n_rows**2 / shared if shared > 0 else 0.0


def _products(column: Floats, lag: int) -> float:
    return float((column[lag:] * column[: len(column) - lag]).sum())
