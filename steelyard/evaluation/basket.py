"""What instruments, and the basket of all that are listed, returned at each step."""

from typing import NamedTuple

import numpy as np

from steelyard.sim.course import Course
from steelyard.types.arrays import Bools, Floats
from steelyard.types.outcome import carried
from steelyard.types.units import MICROS


class Moves(NamedTuple):
    """Returns from the close of the step before, as fractions, (n_steps, n_instruments).

    An instrument without a bar stays at its last close; 0 where there was none before.
    """

    price: Floats
    """Splits taken into account, dividends left out."""
    total: Floats
    """Dividends added, without return of their own until the close of their day."""
    known: Bools
    """Whether the instrument has had a close by then."""


def moves(course: Course) -> Moves:
    """Give the returns of every step."""
    units = np.cumprod(course.split_new / course.split_old, axis=0)
    level = carried(course.close * units)
    paid = course.dividend_micros / MICROS * units
    before = np.vstack([np.full((1, level.shape[1]), np.nan), level[:-1]])
    was_known = np.isfinite(before)
    price = np.where(was_known, level / before - 1.0, 0.0)
    total = np.where(was_known, (level + paid) / before - 1.0, 0.0)
    return Moves(price, total, np.isfinite(level))


def basket_returns(returns: Floats, member: Bools) -> Floats:
    """Give the mean return of those that were members at the end of the step before.

    Args:
        returns: Of each step, shape (n_steps, n_instruments).
        member: Membership at the end of each step, same shape.

    Returns:
        Shape (n_steps,); 0 where there was no member, and at the first step.
    """
    before = np.vstack([np.zeros((1, member.shape[1]), dtype=np.bool_), member[:-1]])
    return np.asarray((returns * before).sum(axis=1) / np.maximum(before.sum(axis=1), 1))
