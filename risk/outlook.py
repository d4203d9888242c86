"""One outlook per instrument, out of the verdicts of all horizons."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import Verdicts

VARIANCE_FLOOR = 1e-10
"""Added to the variance of each expected return per step: nobody knows one to 0.1 bp a step."""


class Outlook(NamedTuple):
    """What is expected of each instrument, all horizons together; all of shape (N,)."""

    expected: Floats
    """Return per step, as a fraction; NaN where no bucket says anything."""
    holding_steps: Floats
    """Steps over which it is expected, >= 1."""
    probability: Floats
    """P(outcome > 0) of the bucket with the greatest weight."""
    disagreement: Floats
    """Of the same bucket."""


@inlined
def blend(verdicts: Verdicts, horizon: Ints, max_holding: int, outlook: Outlook) -> None:
    """Average each instrument's buckets by inverse variance of expected return per step.

    Averaged, never summed: overlapping horizons speak of the same money. Buckets in which
    no opinion stands count only where none stands in any.

    Args:
        verdicts: Of one step.
        horizon: Steps of each bucket, shape (B,).
        max_holding: Most steps a position is held; caps `holding_steps`.
        outlook: Written.
    """
    for i in range(len(verdicts.quorate)):
        outlook.expected[i] = outlook.probability[i] = outlook.disagreement[i] = np.nan
        outlook.holding_steps[i] = 1.0
        total, expected, steps, surest, greatest = 0.0, 0.0, 0.0, 0, 0.0
        for b in range(len(horizon)):
            weight = _bucket_weight(verdicts, horizon, i, b)
            if weight > 0.0:
                total += weight
                expected += weight * verdicts.expected[i, b] / horizon[b]
                steps += weight * horizon[b]
            if weight > greatest:
                surest, greatest = b, weight
        if total > 0.0:
            outlook.expected[i] = expected / total
            outlook.holding_steps[i] = max(1.0, min(steps / total, float(max_holding)))
            outlook.probability[i] = verdicts.probability[i, surest]
            outlook.disagreement[i] = verdicts.disagreement[i, surest]


@inlined
def _bucket_weight(verdicts: Verdicts, horizon: Ints, i: int, b: int) -> float:
    """Give the inverse variance of a bucket's expected return per step, 0 if it has no say."""
    any_stands = False
    for other in range(len(horizon)):
        any_stands = any_stands or bool(verdicts.stands[i, other])
    if any_stands and not verdicts.stands[i, b]:
        return 0.0
    spread = verdicts.expected_sd[i, b] / horizon[b]
    if not (np.isfinite(verdicts.expected[i, b]) and np.isfinite(spread)):
        return 0.0
    return float(1.0 / (spread * spread + VARIANCE_FLOOR))
