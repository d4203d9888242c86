"""Chains drawn steps into the course of a path: prices, and what is known of them anew.

A path begins at the prices of its first row, in units of that row's day, and moves by the
returns of its rows. Splits vanish, as returns are free of them; dividends stay, as cash in
proportion to the price. Volumes keep the value that was traded. Volatility and mean volume
go on from what was known before the first row, so a path needs no steps to warm up.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.sim.bootstrap import (
    ADV,
    CLOSE,
    DIVIDEND,
    HALF_SPREAD,
    HIGH,
    LOW,
    OPEN,
    PRICE,
    STEP_RETURN,
    VALUE,
    VOLATILITY,
    Source,
)
from steelyard.sim.course import VOLATILITY_DECAY, Course
from steelyard.types.arrays import Floats, Ints
from steelyard.types.outcome import NO_MOVE
from steelyard.types.units import MICROS

AT_OPEN, AT_CLOSE = 0, 1
"""Columns of `Source.benchmark`."""


class ChainSettings(NamedTuple):
    """What the course of a path depends on besides its rows."""

    tick: Floats
    """Currency, shape (n_instruments,)."""
    horizon: Ints
    """Steps of each bucket, shape (n_buckets,)."""
    adv_window: int
    known_lag: int
    exec_offset: int
    exec_at_close: bool
    excess: bool
    """Outcomes are counted above the benchmark's."""


class Scratch(NamedTuple):
    """Memory that laying a path needs, reused by the next one."""

    total_return: Floats
    """Index of it at the price that executes, shape (n_steps, n_instruments)."""
    benchmark: Floats
    """The benchmark's, shape (n_steps,)."""
    window: Floats
    """Units of the last bars, a ring of shape (adv_window,)."""


def empty_scratch(n_steps: int, n_instruments: int, adv_window: int) -> Scratch:
    """Give memory for paths of so many steps."""
    return Scratch(np.zeros((n_steps, n_instruments)), np.zeros(n_steps), np.zeros(adv_window))


def empty_course(n_steps: int, n_instruments: int, n_buckets: int) -> Course:
    """Give a course to lay paths into: everything listed, nothing split, nothing known yet."""
    shape = n_steps, n_instruments
    floats = {name: np.full(shape, np.nan) for name in _MATRICES}
    return Course(
        **floats,
        split_new=np.ones(shape, dtype=np.int64),
        split_old=np.ones(shape, dtype=np.int64),
        dividend_micros=np.zeros(shape, dtype=np.int64),
        age=np.zeros(shape, dtype=np.int64),
        listed=np.ones(shape, dtype=np.bool_),
        outcome=np.full((*shape, n_buckets), np.nan),
        session=np.zeros(n_steps, dtype=np.int64),
        decides=np.zeros(n_steps, dtype=np.bool_),
    )


_MATRICES = (
    *("open", "high", "low", "close", "volume", "trailing_volume", "half_spread_bps"),
    *("price", "volatility", "step_return", "adv"),
)


@kernel
def lay_path(
    course: Course, source: Source, rows: Ints, settings: ChainSettings, scratch: Scratch
) -> None:
    """Lay the path of some rows into a course.

    What is known at a step rests on rows up to that step; outcomes rest on rows up to the
    one in which their window closes, and are NaN where it closes after the last.

    Args:
        course: From `empty_course`; written over.
        source: What the rows are of.
        rows: Rows of `source`, shape (n_steps,).
        settings: The same for every path.
        scratch: From `empty_scratch`; written over.
    """
    session = 0
    for step in range(len(rows)):
        row = rows[step]
        session += 1 if source.begins[row] or step == 0 else 0
        course.session[step] = session
        course.decides[step] = source.decides[row]
    for i in range(course.open.shape[1]):
        _lay_instrument(course, source, rows, settings, scratch, i)
    if settings.excess:
        _lay_benchmark(source.benchmark, rows, settings.exec_at_close, scratch.benchmark)
    for bucket in range(len(settings.horizon)):
        _lay_outcomes(course.outcome, settings, scratch, bucket)


class _Known(NamedTuple):
    """What is known of an instrument after a bar."""

    price: float
    variance: float
    step_return: float
    adv: float


@kernel
def _lay_instrument(
    course: Course,
    source: Source,
    rows: Ints,
    settings: ChainSettings,
    scratch: Scratch,
    i: int,
) -> None:
    """Lay one instrument over all steps."""
    before, window = source.before[rows[0], i], scratch.window
    known = _Known(before[PRICE], before[VOLATILITY] ** 2, before[STEP_RETURN], before[ADV])
    # Prices are chained as they are and then put on ticks, so that rounding never adds up.
    level, wealth, total = before[PRICE], 1.0, before[ADV] * len(window)
    window[:] = before[ADV]
    for step in range(len(rows)):
        bar = source.bar[rows[step], i]
        course.trailing_volume[step, i] = known.adv
        course.half_spread_bps[step, i] = bar[HALF_SPREAD]
        if settings.known_lag == 1:
            _know(course, step, i, known)
        _lay_prices(course, step, i, bar, level, settings.tick[i])
        first, close = course.open[step, i], course.close[step, i]
        grown = 1.0 + bar[DIVIDEND] * level / first
        course.dividend_micros[step, i] = int(np.floor(bar[DIVIDEND] * level * MICROS + 0.5))
        wealth *= grown
        scratch.total_return[step, i] = wealth * (close if settings.exec_at_close else first)
        units = bar[VALUE] / close
        course.volume[step, i] = units
        total += units - window[step % len(window)]
        window[step % len(window)] = units
        known = _learn(known, close, grown, total / len(window))
        level *= bar[CLOSE]
        if settings.known_lag == 0:
            _know(course, step, i, known)


@kernel
def _lay_prices(course: Course, step: int, i: int, bar: Floats, level: float, tick: float) -> None:
    course.open[step, i] = _on_tick(level * bar[OPEN], tick)
    course.high[step, i] = _on_tick(level * bar[HIGH], tick)
    course.low[step, i] = _on_tick(level * bar[LOW], tick)
    course.close[step, i] = _on_tick(level * bar[CLOSE], tick)


@kernel
def _on_tick(price: float, tick: float) -> float:
    """Give the nearest price on the grid; never none, as nothing is traded for nothing."""
    return float(max(1.0, np.floor(price / tick + 0.5)) * tick)


@kernel
def _learn(known: _Known, close: float, grown: float, adv: float) -> _Known:
    """Give what is known once a bar is over; a dividend counts as put back in at the open."""
    newest = close * grown / known.price - 1.0
    variance = VOLATILITY_DECAY * known.variance + (1.0 - VOLATILITY_DECAY) * newest * newest
    return _Known(close, variance, newest, adv)


@kernel
def _know(course: Course, step: int, i: int, known: _Known) -> None:
    course.price[step, i] = known.price
    course.volatility[step, i] = np.sqrt(known.variance)
    course.step_return[step, i] = known.step_return
    course.adv[step, i] = known.adv


@kernel
def _lay_benchmark(moved: Floats, rows: Ints, at_close: bool, index: Floats) -> None:  # noqa: FBT001 - a setting, by its place
    level = 1.0
    for step in range(len(rows)):
        row = moved[rows[step]]
        index[step] = level * (row[AT_CLOSE] if at_close else row[AT_OPEN])
        level *= row[AT_CLOSE]


@kernel
def _lay_outcomes(outcome: Floats, settings: ChainSettings, scratch: Scratch, bucket: int) -> None:
    """Lay the outcomes of one horizon; of no window that the path does not close."""
    n_steps, n_instruments = scratch.total_return.shape
    for step in range(n_steps):
        entry = step + settings.exec_offset
        leave = entry + settings.horizon[bucket]
        outcome[step, :, bucket] = np.nan
        if leave >= n_steps:
            continue
        others = 0.0
        if settings.excess:
            others = _moved(scratch.benchmark[entry], scratch.benchmark[leave])
        for i in range(n_instruments):
            moved = _moved(scratch.total_return[entry, i], scratch.total_return[leave, i])
            outcome[step, i, bucket] = moved - others


@kernel
def _moved(entry: float, leave: float) -> float:
    """Give the return between two points of an index, NaN where there was no move."""
    moved = leave / entry - 1.0
    return moved if abs(moved) >= NO_MOVE else np.nan
