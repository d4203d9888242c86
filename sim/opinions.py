"""Synthetic opinions: as good as stated, for worlds whose outcomes were made.

The side of an opinion agrees with that of its outcome with probability `skill`, whatever the
outcome is; what decides is a noise that lasts about as long as the horizon, so that an agent does
not change its mind more often than what it speaks of. Who makes such opinions must know the
outcomes: it is for whoever makes the world, never for an agent.
"""

import math
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats
from steelyard.types.chance import Stream, generator
from steelyard.types.planted import EVEN, Planted, Planting

MEAN_SIZE = float(np.sqrt(2.0 / np.pi))
"""Mean absolute value of a standard normal: what being right is worth, in volatilities."""


class Voice(NamedTuple):
    """Whose noise is drawn."""

    seed: int
    number: int
    """Tells voices apart, from 0 to 2**63 - 1."""
    path: int = 0


def plant(outcome: Floats, planting: Planting, voice: Voice) -> Planted:
    """Draw opinions of a stated skill on outcomes that are known to whoever makes the world.

    Args:
        outcome: Return over the planting's horizon from the first price at which an order of
            each step can be filled, shape (n_steps, n_instruments). Where it is NaN, as at the
            end of the world, the side is a coin's: nobody can be right or wrong there.
        planting: How good the opinions are, and what they say of that.
        voice: Where their noise comes from.

    Returns:
        Opinions of one confidence; their score is the mean move in volatilities of the horizon
        that goes with it. None at all where the confidence is 0.5.
    """
    if planting.stated <= EVEN:
        nothing = np.zeros(outcome.shape)
        return Planted(nothing, nothing)
    side = np.where(np.isnan(outcome), _coin(outcome, voice), np.sign(outcome))
    right = _right(outcome, planting, voice)
    size = (2.0 * planting.stated - 1.0) * MEAN_SIZE
    score = np.where(right, side, -side) * size
    return Planted(score, np.full(outcome.shape, planting.stated))


def _right(outcome: Floats, planting: Planting, voice: Voice) -> Bools:
    """Draw where an opinion is right, independently of what it is about."""
    shared = _lasting(outcome, planting.horizon, Stream.SHARED_OPINION, voice._replace(number=0))
    own = _lasting(outcome, planting.horizon, Stream.OPINION, voice)
    noise = np.sqrt(planting.shared) * shared + np.sqrt(1.0 - planting.shared) * own
    right: Bools = noise < _quantile(planting.skill)
    return right


def _quantile(probability: float) -> float:
    """Give the number that a standard normal draw is below with a probability in [0, 1]."""
    if probability in {0.0, 1.0}:
        return math.inf if probability else -math.inf
    return NormalDist().inv_cdf(probability)


def _lasting(outcome: Floats, horizon: int, stream: Stream, voice: Voice) -> Floats:
    """Draw standard normal noise with correlation 1 - 1 / horizon from one step to the next."""
    drawn = _normals(outcome, stream, voice)
    kept = 1.0 - 1.0 / horizon
    fresh = np.sqrt(1.0 - kept**2)
    for step in range(1, len(drawn)):
        drawn[step] = kept * drawn[step - 1] + fresh * drawn[step]
    return drawn


def _coin(outcome: Floats, voice: Voice) -> Floats:
    return np.where(_normals(outcome, Stream.COIN, voice) < 0.0, -1.0, 1.0)


def _normals(outcome: Floats, stream: Stream, voice: Voice) -> Floats:
    """Draw for each instrument from a generator of its own."""
    n_steps, n_instruments = outcome.shape
    columns = [
        generator(voice.seed, stream, path=voice.path, key=key, voice=voice.number).standard_normal(
            n_steps
        )
        for key in range(n_instruments)
    ]
    return np.column_stack(columns)
