"""The stationary block bootstrap: which steps of a source follow each other on a path.

Blocks of consecutive steps, of geometric length, are drawn with replacement from a series
that is taken as a ring, so that every step is as likely as any other at every step of a
path. What happened at a step stays together: all instruments, and what was said.

References:
    Politis and Romano (1994), Journal of the American Statistical Association 89(428).
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import leaf
from steelyard.sim.course import Course
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.chance import Stream, uniform
from steelyard.types.units import MICROS

MEAN_BLOCK = 21.0
"""Sessions: a month."""
PATH_STREAM = int(Stream.PATH)
ENDS, PLACE = 0, 1
"""Keys of the draws at a step: whether a block ends before it, and where the next one begins."""
OPEN, HIGH, LOW, CLOSE, DIVIDEND, VALUE, HALF_SPREAD = range(7)
"""Columns of `Source.bar`."""
PRICE, VOLATILITY, STEP_RETURN, ADV = range(4)
"""Columns of `Source.before`."""


class Source(NamedTuple):
    """What paths are drawn from: S steps of a course, each told apart from its prices.

    N is the number of instruments.
    """

    step: Ints
    """Step of the course, shape (S,)."""
    begins: Bools
    """Whether the step is the first of its session: blocks begin there only, shape (S,)."""
    starts: Ints
    """Rows that begin a session, shape (n_sessions,)."""
    decides: Bools
    """Shape (S,)."""
    bar: Floats
    """Shape (S, N, 7).

    Open, high, low, close and dividend as multiples of the last close before, splits applied;
    value traded at the close, currency; half-spread, bps.
    """
    before: Floats
    """What was known before the bar, in units of its day, shape (S, N, 4).

    Last close; volatility and newest return per step, as fractions, the latter NaN where there
    was no bar; mean units a step.
    """
    benchmark: Floats
    """Total return index of the benchmark at open and close of each step, as multiples of that
    at the last close before; 1 where there is none, shape (S, 2)."""


def source_of(course: Course, known_lag: int, first_step: int, benchmark: Floats) -> Source:
    """Take a course apart into steps that can follow each other in any order.

    Only steps are taken at which every instrument is listed and has a bar, and of which price,
    volatility and mean volume were known before; so any of them may begin a path.

    Args:
        course: Where they come from.
        known_lag: The newest bar known at step t is t - known_lag.
        first_step: First step that decided.
        benchmark: As in `Source`, for all steps of the course, shape (n_steps, 2).

    Returns:
        The source; of no steps if there is none that will do.
    """
    ratio = course.split_new / course.split_old
    # Known of the bar before: at that bar's own step, or at this one if bars are known late.
    late = known_lag == 1
    price = course.price if late else _later(course.price) / ratio
    volatility = course.volatility if late else _later(course.volatility)
    newest = course.step_return if late else _later(course.step_return)
    bar = np.stack(
        [
            course.open / price,
            course.high / price,
            course.low / price,
            course.close / price,
            _dividends(course) / price,
            course.volume * course.close,
            course.half_spread_bps,
        ],
        axis=-1,
    )
    before = np.stack([price, volatility, newest, course.trailing_volume], axis=-1)
    known = np.isfinite(before[..., (PRICE, VOLATILITY, ADV)]).all(axis=-1)
    there = np.isfinite(bar).all(axis=-1) & known & course.listed
    decided = np.arange(len(bar)) >= first_step
    step = np.flatnonzero(there.all(axis=1) & np.isfinite(benchmark).all(axis=1) & decided)
    session = course.session[step]
    begins = np.diff(session, prepend=session[:1] - 1) != 0
    return Source(
        step=step.astype(np.int64),
        begins=begins,
        starts=np.flatnonzero(begins).astype(np.int64),
        decides=course.decides[step],
        bar=np.ascontiguousarray(bar[step]),
        before=np.ascontiguousarray(before[step]),
        benchmark=np.ascontiguousarray(benchmark[step]),
    )


def _later(column: Floats) -> Floats:
    """Give each row what the row before it says, the first one nothing."""
    later = np.full(column.shape, np.nan)
    later[1:] = column[:-1]
    return later


def _dividends(course: Course) -> Floats:
    """Give each bar's dividends with those since the last bar before, per unit of its day."""
    ratio = course.split_new / course.split_old
    paid = course.dividend_micros / MICROS
    for step in range(1, len(paid)):
        paid[step] += np.where(
            np.isfinite(course.close[step - 1]), 0.0, paid[step - 1] / ratio[step]
        )
    return paid


def natural_block(returns: Floats) -> float:
    """Give the mean block length by the rule of Politis and White, at least 1.

    The longest of those of all instruments' returns and of their squares: blocks keep what
    one return says of the next, and what one day's unrest says of the next day's.

    Args:
        returns: Shape (n, n_instruments), finite, not all the same.

    References:
        Politis and White (2004), Econometric Reviews 23(1); corrected in 28(4).
    """
    from arch.bootstrap import optimal_block_length

    lengths = [optimal_block_length(each)["stationary"].max() for each in (returns, returns**2)]
    return max(1.0, float(max(lengths)))


@leaf
def draw_rows(source: Source, seed: int, path: int, mean_block: float, rows: Ints) -> None:
    """Draw the rows of `source` that a path consists of.

    Args:
        source: What is drawn from, at least one row.
        seed: Of the run.
        path: Number of the path, > 0 (0 is the recorded course). Its rows depend on nothing
            else that is drawn, and each only on those before it.
        mean_block: Mean length of a block in sessions, >= 1.
        rows: Filled in place, shape (n_steps,).
    """
    n_rows, n_starts = len(source.step), len(source.starts)
    # int: for a bare constant Numba compiles a version of its own.
    stream, row = int(PATH_STREAM), n_rows - 1
    for step in range(len(rows)):
        row = (row + 1) % n_rows
        ends = uniform(seed, stream, path, step, int(ENDS)) * mean_block < 1.0
        if step == 0 or (ends and source.begins[row]):
            place = uniform(seed, stream, path, step, int(PLACE))
            row = source.starts[int(place * n_starts)]
        rows[step] = row
