"""What an agent says, and how it says that it has nothing to say."""

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Floats, Ints

QUANTUM = 1e-6
"""Scores, confidences and supports are multiples of it, so that no machine's last bit matters."""


class Cause(IntEnum):
    """Why there is no opinion. The number is what the tape stores; 0 means it spoke."""

    NONE = 0
    NOT_LISTED = 1
    TOO_FEW_BARS = 2
    """Fewer bars than the agent needs."""
    NO_EDGE = 3
    """The agent looked and found nothing either way."""
    NOTHING_NEW = 4
    """Documents are known, but none young enough to speak on."""
    NO_DATA = 5
    """A series or feed the agent needs has nothing yet."""
    NOT_ASKED = 6
    """The step decides nothing, or the agent speaks at a slower cadence."""
    HALTED = 7
    """The instrument has no bar at the newest known step."""
    INVALID = 8
    """The agent answered something that is no opinion (out of range, NaN, score 0)."""
    MISSING = 9
    """The agent gave no answer for this instrument."""
    FAILED = 10
    """The agent raised."""
    LOST = 11
    """The process that asked it ended, each time it was tried."""
    LATE = 12
    """It gave no answer by the deadline, each time it was tried."""
    STALE_WORLD = 13
    """What it would speak on was said of another world: prices were changed since."""


class Claim(NamedTuple):
    """One checkable statement: `entity`'s `metric` over `period` is `value * scale` in `unit`.

    Sources: `bars` (metric `total_return`, `volatility`, `volume_ratio`; period
    `<n> steps`, ending at the newest known bar), `series:<name>` (metric `level` or
    `change`; period `last` or `<n> observations`), `document:<id>` (metric and period as
    in its figures, or metric `quote` with the words in `quote`).
    """

    entity: str
    metric: str
    value: float
    unit: str
    scale: float
    period: str
    source: str
    quote: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """An agent's score and confidence on one instrument over its horizon."""

    instrument: str
    score: float
    """In [-1, 1], not 0: sign is the side, size the expected move in horizon volatilities."""
    confidence: float
    """In [0.5, 1]: stated P(the outcome over the horizon has the score's sign)."""
    claims: tuple[Claim, ...] = ()


@dataclass(frozen=True, slots=True)
class Abstention:
    """No opinion, and why. Never neutral, 0, NaN or hold."""

    instrument: str
    cause: Cause


class ClaimRow(NamedTuple):
    """A claim and the opinion it belongs to."""

    step: int
    instrument_index: int
    claim: Claim


class OpinionBlock(NamedTuple):
    """One agent's opinions of steps `first` to `first + n_block - 1`.

    Matrices have shape (n_block, n_instruments).
    """

    first: int
    score: Floats
    """0 where the agent did not speak."""
    confidence: Floats
    """0 where the agent did not speak."""
    cause: Ints
    """A `Cause`; 0 where the agent spoke."""
    claims: tuple[ClaimRow, ...]


def quantise(value: Floats) -> Floats:
    """Round to multiples of `QUANTUM`, elementwise."""
    return np.round(value / QUANTUM) * QUANTUM
