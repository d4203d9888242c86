"""A course of prices, and what of it was known when each step decided."""

from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from steelyard.kernel import kernel
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Bars
from steelyard.types.outcome import total_outcomes, wealth
from steelyard.types.units import MICROS
from steelyard.types.world import World

VOLATILITY_DECAY = 0.94
"""Weight of the past in the exponential mean of squared returns: RiskMetrics (1996)."""
VOLATILITY_MIN_STEPS = 20
"""Returns needed before a volatility is stated."""

NO_CASH_OUT = -1

Number = TypeVar("Number", np.float64, np.int64)


class Course(NamedTuple):
    """Everything decide reads of a market; matrices have shape (n_steps, n_instruments).

    Prices are quoted on their day. `price` to `listed` are what was known when the step
    decided; the rest is what happens in the step's bar.
    """

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    trailing_volume: Floats
    """Mean units over the bars before this one."""
    half_spread_bps: Floats
    split_new: Ints
    split_old: Ints
    dividend_micros: Ints
    """Per unit."""
    cash_out_micros: Ints
    """Per unit, for which the instrument is delisted before the open; -1 where it is not."""
    locked: Ints
    """-1 where nobody buys in the bar, which is locked at its lower limit; 1 where nobody sells,
    at its upper; else 0."""
    price: Floats
    volatility: Floats
    """Per step, as a fraction; NaN while unknown."""
    step_return: Floats
    adv: Floats
    age: Ints
    listed: Bools
    halted: Bools
    """Whether trading was halted when the step decided, as far as known."""
    outcome: Floats
    """Total (or excess) return of the row's window, shape (n_steps, n_instruments, n_buckets)."""
    session: Ints
    """Shape (n_steps,)."""
    decides: Bools
    """Shape (n_steps,)."""


class CourseSettings(NamedTuple):
    """What of the scenario a course depends on."""

    horizon: Ints
    """Steps of each bucket, shape (n_buckets,)."""
    adv_window: int
    half_spread_bps: Floats
    """Shape (n_steps,)."""
    excess: bool
    """Outcomes are counted above the benchmark's."""


def course_of(world: World, settings: CourseSettings) -> Course:
    """Lay out a world for decide; row t of all known columns rests on bars known at t alone."""
    bars, lag = world.bars, world.timing.known_lag
    returns = _step_returns(bars)
    price, adv, age = trail(bars, settings.adv_window)
    ratio = bars.split_new / bars.split_old
    return Course(
        open=bars.open,
        high=bars.high,
        low=bars.low,
        close=bars.close,
        volume=bars.volume,
        trailing_volume=_shift(adv, 1, np.nan) * ratio,
        half_spread_bps=np.repeat(settings.half_spread_bps[:, None], bars.close.shape[1], axis=1),
        split_new=bars.split_new,
        split_old=bars.split_old,
        dividend_micros=np.round(bars.dividend * MICROS).astype(np.int64),
        cash_out_micros=_cash_out(bars),
        locked=np.zeros(bars.close.shape, dtype=np.int64),
        price=_shift(price, lag, np.nan) / ratio if lag else price,
        volatility=_shift(volatility_of(returns), lag, np.nan),
        step_return=_shift(returns, lag, np.nan),
        adv=_shift(adv, lag, np.nan) * ratio if lag else adv,
        age=_shift(age, lag, 0),
        listed=world.listed,
        halted=_shift(bars.halted.astype(np.int64), lag, 0) > 0,
        outcome=_outcomes(world, settings),
        session=bars.session,
        decides=world.timing.decides & (np.arange(world.n_steps) >= world.first_step),
    )


def _cash_out(bars: Bars) -> Ints:
    paid = np.where(np.isfinite(bars.cash_out), np.round(bars.cash_out * MICROS), NO_CASH_OUT)
    return paid.astype(np.int64)


def _outcomes(world: World, settings: CourseSettings) -> Floats:
    outcome = np.full((*world.bars.close.shape, len(settings.horizon)), np.nan)
    for bucket, horizon in enumerate(settings.horizon):
        total = total_outcomes(world.bars, world.timing, int(horizon))
        if settings.excess and world.benchmark is not None:
            total = total - total_outcomes(world.benchmark, world.timing, int(horizon))
        outcome[:, :, bucket] = np.where(world.listed, total, np.nan)
    return outcome


def _step_returns(bars: Bars) -> Floats:
    """Give total returns from the last close there was, NaN where there is no bar or none yet.

    So what happened over a gap counts in the bar that ends it.
    """
    index = wealth(bars, bars.close)
    newest = np.maximum.accumulate(np.where(np.isfinite(index), np.arange(len(index))[:, None], 0))
    returns = np.full(index.shape, np.nan)
    returns[1:] = index[1:] / np.take_along_axis(index, newest[:-1], axis=0) - 1.0
    return returns


def _shift(column: npt.NDArray[Number], steps: int, fill: float) -> npt.NDArray[Number]:
    shifted = np.full(column.shape, fill, dtype=column.dtype)
    shifted[steps:] = column[: len(column) - steps]
    return shifted


@kernel
def volatility_of(returns: Floats) -> Floats:
    """Give the exponentially weighted volatility up to and with each row."""
    n_steps, n_instruments = returns.shape
    volatility = np.full(returns.shape, np.nan)
    for i in range(n_instruments):
        mean, weight, count = 0.0, 0.0, 0
        for step in range(n_steps):
            move = returns[step, i]
            if np.isfinite(move):
                mean = VOLATILITY_DECAY * mean + (1 - VOLATILITY_DECAY) * (move * move)
                weight = VOLATILITY_DECAY * weight + (1 - VOLATILITY_DECAY)
                count += 1
            if count >= VOLATILITY_MIN_STEPS:
                volatility[step, i] = np.sqrt(mean / weight)
    return volatility


@kernel
def trail(bars: Bars, window: int) -> tuple[Floats, Floats, Ints]:
    """Give last close, mean volume of the last `window` bars and the bar's age, per row.

    Closes and volumes are carried through splits, in units of the row's day.
    """
    n_steps, n_instruments = bars.close.shape
    price = np.full((n_steps, n_instruments), np.nan)
    adv = np.full((n_steps, n_instruments), np.nan)
    age = np.zeros((n_steps, n_instruments), np.int64)
    for i in range(n_instruments):
        past = np.zeros(window)
        n_bars = 0
        for step in range(n_steps):
            ratio = bars.split_new[step, i] / bars.split_old[step, i]
            if step > 0:
                price[step, i] = price[step - 1, i] / ratio
                age[step, i] = age[step - 1, i] + 1
            if ratio != 1.0:
                past *= ratio
            if np.isfinite(bars.close[step, i]):
                price[step, i] = bars.close[step, i]
                age[step, i] = 0
                past[n_bars % window] = bars.volume[step, i]
                n_bars += 1
            if n_bars > 0:
                adv[step, i] = _total(past) / min(n_bars, window)
    return price, adv, age


@kernel
def _total(column: Floats) -> float:
    """Add up in order: NumPy's sum and Numba's differ in the last bit."""
    total = 0.0
    for number in column:
        total += number
    return total
