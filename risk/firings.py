"""The record of every rule that fired at one step: before, after, and the number behind it."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.types.arrays import Bools, Floats
from steelyard.types.decision import N_RULES


class Refusal(NamedTuple):
    """The rule that refuses, and the number that made it."""

    rule: int
    trigger: float


class Firings(NamedTuple):
    """Every rule that fired; of shape (N, R), NaN where it did not, see `Decisions`."""

    before: Floats
    after: Floats
    trigger: Floats
    touched: Bools
    """Whether any rule fired for the instrument, shape (N,)."""


@inlined
def forget(firings: Firings) -> None:
    """Begin a step in which no rule has fired yet."""
    for i in range(len(firings.touched)):
        if firings.touched[i]:
            firings.touched[i] = False
            for rule in range(N_RULES):
                firings.before[i, rule] = firings.after[i, rule] = np.nan
                firings.trigger[i, rule] = np.nan


@leaf
def write(firings: Firings, i: int, cause: Refusal, before: float, after: float) -> None:
    """Write down that a rule fired for instrument i."""
    firings.before[i, cause.rule] = before
    firings.after[i, cause.rule] = after
    firings.trigger[i, cause.rule] = cause.trigger
    firings.touched[i] = True


@leaf
def cut(firings: Firings, i: int, cause: Refusal, change: Floats, new: float) -> None:
    """Put `new` in place of instrument i's change, and write down what did it."""
    write(firings, i, cause, change[i], new)
    change[i] = new
