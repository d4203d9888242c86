"""What a run leaves behind for its figures."""

from dataclasses import dataclass

import numpy as np

from steelyard.sim.course import Course
from steelyard.types.arrays import Floats, Ints
from steelyard.types.record import FILL_COLUMNS, Record
from steelyard.types.tape import Tape


@dataclass(frozen=True, slots=True)
class Finished:
    """A run, and what is needed to judge it. Steps before `first_step` count for nothing."""

    tape: Tape
    course: Course
    record: Record
    first_step: int
    horizon: Ints
    """Steps of each bucket, shape (n_buckets,)."""
    bucket: Ints
    """Bucket of each agent, shape (n_agents,)."""
    steps_per_year: float
    rate_percent: Floats
    """What cash could have earned as known at each step, percent a year, shape (n_steps,)."""
    cash_rate: Floats
    """Interest on idle cash at each step, a fraction per step, shape (n_steps,)."""
    cash: int
    """Micros at the start."""
    cost_bps: Floats
    """Expected cost of a trade one way at each step, bps of its value, shape (n_steps,)."""
    lot_value: Ints
    """Micros per lot and tick: units of a lot x micros of a tick, shape (n_instruments,)."""

    @property
    def longest_horizon(self) -> int:
        """Steps that the farthest-looking agent looks ahead."""
        asked = self.horizon[self.bucket] if len(self.bucket) else self.horizon
        return int(asked.max())


def fills(record: Record, column: str) -> Ints:
    """Give one of `FILL_COLUMNS`, shape (n_fills,)."""
    return record.fill[: record.n_fills, FILL_COLUMNS.index(column)]


def held_value(record: Record, lot_value: Ints) -> Floats:
    """Give the signed value of each position at the end of each step.

    Args:
        record: What decide left.
        lot_value: As in `Finished`.

    Returns:
        Micros, shape (n_steps, n_instruments).
    """
    return (record.lots * record.mark_ticks * lot_value).astype(np.float64)


def exposure(record: Record, lot_value: Ints) -> Floats:
    """Give each position at the end of each step as a signed fraction of equity.

    Returns:
        Shape (n_steps, n_instruments); 0 where equity is not positive.
    """
    equity = record.equity[:, None].astype(np.float64)
    return np.where(equity > 0, held_value(record, lot_value) / np.where(equity > 0, equity, 1), 0)
