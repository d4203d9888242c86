"""Chains drawn steps into the course of a path: prices, and what is known of them anew.

A path begins at the prices of its first row, in units of that row's day, and moves by the
returns of its rows. Splits vanish, as returns are free of them; dividends stay, as cash in
proportion to the price. Volumes keep the value that was traded. Volatility and mean volume
go on from what was known before the first row, so a path needs no steps to warm up.
"""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.sim import prints as printed
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
from steelyard.sim.course import NO_CASH_OUT, VOLATILITY_DECAY, Course
from steelyard.sim.prints import Prints
from steelyard.types.arrays import Floats, Ints
from steelyard.types.outcome import NO_MOVE
from steelyard.types.units import MICROS

INDEX_OPEN, INDEX_CLOSE = range(2)
"""Columns of `Source.benchmark`."""


class ChainSettings(NamedTuple):
    """What the course of a path depends on besides its rows."""

    tick: Floats
    """Currency, shape (n_instruments,)."""
    horizon: Ints
    """Steps of each bucket, shape (n_buckets,)."""
    adv_window: int
    price_limit: float
    """Largest move from the close before within which is traded, as a fraction; NaN: any."""
    known_lag: int
    exec_offset: int
    exec_at_close: bool
    excess: bool
    """Outcomes are counted above the benchmark's."""


class Path(NamedTuple):
    """A path as decide takes it."""

    course: Course
    prints: Prints


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


def empty_path(n_steps: int, n_instruments: int, n_buckets: int) -> Path:
    """Give memory to lay paths into: everything listed, nothing split, nothing known yet."""
    shape = n_steps, n_instruments
    whole = np.zeros(shape, dtype=np.int64)
    course = Course(
        **{name: np.full(shape, np.nan) for name in _MATRICES},
        split_new=whole + 1,
        split_old=whole + 1,
        dividend_micros=whole.copy(),
        cash_out_micros=whole + NO_CASH_OUT,
        locked=whole.copy(),
        age=whole.copy(),
        listed=np.ones(shape, dtype=np.bool_),
        halted=np.zeros(shape, dtype=np.bool_),
        outcome=np.full((*shape, n_buckets), np.nan),
        session=np.zeros(n_steps, dtype=np.int64),
        decides=np.zeros(n_steps, dtype=np.bool_),
    )
    prints = Prints(
        ticks=np.zeros((*shape, 4), dtype=np.int64),
        flow=np.zeros((*shape, 6)),
        action=np.stack([whole + 1, whole + 1, whole, whole + NO_CASH_OUT], axis=-1),
        acts=np.zeros(n_steps, dtype=np.bool_),
        ends_session=np.zeros(n_steps, dtype=np.bool_),
    )
    return Path(course, prints)


_MATRICES = (
    *("open", "high", "low", "close", "volume", "trailing_volume", "half_spread_bps"),
    *("price", "volatility", "step_return", "adv"),
)


@leaf
def lay_path(
    path: Path, source: Source, rows: Ints, settings: ChainSettings, scratch: Scratch
) -> None:
    """Lay the path of some rows.

    What is known at a step rests on rows up to that step; outcomes rest on rows up to the
    one in which their window closes, and are NaN where it closes after the last.

    Args:
        path: From `empty_path`; written over.
        source: What the rows are of.
        rows: Rows of `source`, shape (n_steps,).
        settings: The same for every path.
        scratch: From `empty_scratch`; written over.
    """
    course, prints = path
    session, n_rows = 0, len(source.step)
    for step in range(len(rows)):
        row = rows[step]
        session += 1 if source.begins[row] or step == 0 else 0
        course.session[step] = session
        course.decides[step] = source.decides[row]
        # Blocks end with sessions, so what follows in the source settles it.
        prints.ends_session[step] = source.begins[(row + 1) % n_rows]
        prints.acts[step] = False
    for i in range(course.open.shape[1]):
        _lay_instrument(path, source, rows, settings, scratch, i)
    if settings.excess:
        _lay_benchmark(source.benchmark, rows, settings, scratch.benchmark)
    for bucket in range(len(settings.horizon)):
        _lay_outcomes(course.outcome, settings, scratch, bucket)


class _Known(NamedTuple):
    """What is known of an instrument after a bar."""

    price: float
    volatility: float
    step_return: float
    adv: float


@leaf
def _lay_instrument(
    path: Path, source: Source, rows: Ints, settings: ChainSettings, scratch: Scratch, i: int
) -> None:
    """Lay one instrument over all steps."""
    course, prints = path
    before, window = source.before[rows[0], i], scratch.window
    known = _Known(before[PRICE], before[VOLATILITY], before[STEP_RETURN], before[ADV])
    # Prices are chained as they are and then put on ticks, so that rounding never adds up.
    level, wealth, total = before[PRICE], 1.0, before[ADV] * len(window)
    for k in range(len(window)):
        window[k] = before[ADV]
    for step in range(len(rows)):
        bar = source.bar[rows[step], i]
        if settings.known_lag == 1:
            _know(course, step, i, known)
        _lay_prices(path, step, i, bar, level, settings.tick[i])
        first, close = course.open[step, i], course.close[step, i]
        units = bar[VALUE] / close
        _lay_flow(path, step, i, _Flow(units, bar[HALF_SPREAD], known), settings)
        grown = 1.0 + bar[DIVIDEND] * level / first
        dividend = int(np.floor(bar[DIVIDEND] * level * MICROS + 0.5))
        course.dividend_micros[step, i] = dividend
        prints.action[step, i, printed.DIVIDEND] = dividend
        prints.acts[step] = prints.acts[step] or dividend != 0
        wealth *= grown
        scratch.total_return[step, i] = wealth * (close if settings.exec_at_close else first)
        total += units - window[step % len(window)]
        window[step % len(window)] = units
        known = _learn(known, close, grown, total / len(window))
        level *= bar[CLOSE]
        if settings.known_lag == 0:
            _know(course, step, i, known)


@inlined
def _lay_prices(path: Path, step: int, i: int, bar: Floats, level: float, tick: float) -> None:
    """Lay the four prices, in ticks and on them."""
    course, ticks = path.course, path.prints.ticks[step, i]
    ticks[printed.OPEN] = _in_ticks(level * bar[OPEN], tick)
    ticks[printed.HIGH] = _in_ticks(level * bar[HIGH], tick)
    ticks[printed.LOW] = _in_ticks(level * bar[LOW], tick)
    ticks[printed.CLOSE] = _in_ticks(level * bar[CLOSE], tick)
    course.open[step, i] = ticks[printed.OPEN] * tick
    course.high[step, i] = ticks[printed.HIGH] * tick
    course.low[step, i] = ticks[printed.LOW] * tick
    course.close[step, i] = ticks[printed.CLOSE] * tick


@inlined
def _in_ticks(price: float, tick: float) -> int:
    """Give the nearest whole ticks; never none, as nothing is traded for nothing."""
    return max(1, int(np.floor(price / tick + 0.5)))


class _Flow(NamedTuple):
    """What bounds and prices the fills of a bar."""

    units: float
    half_spread_bps: float
    before: _Known


@inlined
def _lay_flow(path: Path, step: int, i: int, flow: _Flow, settings: ChainSettings) -> None:
    course, row, before = path.course, path.prints.flow[step, i], flow.before
    course.volume[step, i] = row[printed.VOLUME] = flow.units
    course.trailing_volume[step, i] = row[printed.TRAILING] = before.adv
    course.half_spread_bps[step, i] = row[printed.HALF_SPREAD_BPS] = flow.half_spread_bps
    row[printed.VOLATILITY] = before.volatility
    row[printed.LOW_LIMIT], row[printed.HIGH_LIMIT] = 0.0, np.inf
    if settings.price_limit >= 0.0:  # not where it is NaN
        tick = settings.tick[i]
        row[printed.LOW_LIMIT] = np.ceil(before.price * (1.0 - settings.price_limit) / tick)
        row[printed.HIGH_LIMIT] = np.floor(before.price * (1.0 + settings.price_limit) / tick)


@inlined
def _learn(known: _Known, close: float, grown: float, adv: float) -> _Known:
    """Give what is known once a bar is over; a dividend counts as put back in at the open."""
    newest = close * grown / known.price - 1.0
    variance = VOLATILITY_DECAY * known.volatility * known.volatility
    variance += (1.0 - VOLATILITY_DECAY) * newest * newest
    return _Known(close, np.sqrt(variance), newest, adv)


@inlined
def _know(course: Course, step: int, i: int, known: _Known) -> None:
    course.price[step, i] = known.price
    course.volatility[step, i] = known.volatility
    course.step_return[step, i] = known.step_return
    course.adv[step, i] = known.adv


@leaf
def _lay_benchmark(moved: Floats, rows: Ints, settings: ChainSettings, index: Floats) -> None:
    level, column = 1.0, int(INDEX_CLOSE) if settings.exec_at_close else int(INDEX_OPEN)
    for step in range(len(rows)):
        row = moved[rows[step]]
        index[step] = level * row[column]
        level *= row[INDEX_CLOSE]


@leaf
def _lay_outcomes(outcome: Floats, settings: ChainSettings, scratch: Scratch, bucket: int) -> None:
    """Lay the outcomes of one horizon; of no window that the path does not close."""
    n_steps, n_instruments = scratch.total_return.shape
    for step in range(n_steps):
        entry = step + settings.exec_offset
        leave = entry + settings.horizon[bucket]
        closes, others = leave < n_steps, 0.0
        if settings.excess and closes:
            others = _moved(scratch.benchmark[entry], scratch.benchmark[leave])
        for i in range(n_instruments):
            outcome[step, i, bucket] = np.nan
            if closes:
                total = _moved(scratch.total_return[entry, i], scratch.total_return[leave, i])
                outcome[step, i, bucket] = total - others


@inlined
def _moved(entry: float, leave: float) -> float:
    """Give the return between two points of an index, NaN where there was no move."""
    moved = leave / entry - 1.0
    return moved if abs(moved) >= NO_MOVE else np.nan
