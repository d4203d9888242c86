"""Turn a tone or stance into the probabilities that a reader would call it for or against."""

import math
from typing import NamedTuple


class Curve(NamedTuple):
    """How a value becomes probabilities; the figures come from `bench/text.py --fit`."""

    slope: float
    """Log-odds of a side against neither, by value."""
    offset: float
    """Log-odds of either side against neither where the value is 0."""
    least: float
    """Least |value| that is called a side: it gave the best macro-F1."""


TONE_CURVE = Curve(slope=5.0, offset=-1.8, least=0.25)
STANCE_CURVE = Curve(slope=1.6, offset=-0.9, least=0.15)


class Sides(NamedTuple):
    """Probabilities that add up to 1."""

    against: float
    neither: float
    in_favour: float


def sides_of(value: float, curve: Curve) -> Sides:
    """Give the probabilities at a tone or stance in [-1, 1].

    A multinomial logit with one slope: the more value, the more `in_favour`, and the side
    of the value is always likelier than the other.
    """
    against = math.exp(curve.offset - curve.slope * value)
    in_favour = math.exp(curve.offset + curve.slope * value)
    total = against + 1.0 + in_favour
    return Sides(against / total, 1.0 / total, in_favour / total)


def called(value: float, curve: Curve) -> int:
    """Call a side: 1, -1, or 0 for neither."""
    return int(value >= curve.least) - int(value <= -curve.least)
