"""Random markets with splits, dividends, gaps and late listings, for tests of the course."""

import hashlib

import numpy as np

from steelyard.sim.course import CourseSettings, course_of
from steelyard.types.market import Bars, Instrument, Timing
from steelyard.types.world import World

TIMINGS = {"close": (0, 1, False), "open": (1, 0, True), "noon": (1, 1, False)}
"""(known_lag, exec_offset, exec_at_close) of each way to decide."""


def settings(n_steps, **changes):
    """Settings of a course of so many steps."""
    plain = CourseSettings(
        horizon=np.array([1, 3]), adv_window=4, half_spread_bps=np.full(n_steps, 2.0), excess=False
    )
    return plain._replace(**changes)


def market(n_steps, close, **columns):
    """Bars whose four prices are one; shape (n_steps, n_instruments)."""
    close = np.array(close, dtype=float)
    whole = np.ones(close.shape, np.int64)
    day = np.arange(n_steps, dtype=np.int64)
    plain = {
        "start": day * 100,
        "end": day * 100 + 50,
        "session": day,
        "open": close,
        "high": close,
        "low": close,
        "close": close,
        "volume": np.where(np.isfinite(close), 100.0, np.nan),
        "split_new": whole,
        "split_old": whole,
        "dividend": np.zeros(close.shape),
        "halted": np.zeros(close.shape, np.bool_),
        "cash_out": np.full(close.shape, np.nan),
    }
    return Bars(**(plain | columns))


def random_market(seed, n_steps=60, n_instruments=3):
    """Bars with gaps, splits and dividends."""
    chance = np.random.default_rng(seed)
    shape = n_steps, n_instruments
    close = 50 * np.exp(np.cumsum(chance.normal(0, 0.02, shape), axis=0))
    close[chance.random(shape) < 0.05] = np.nan
    first = close * np.exp(chance.normal(0, 0.01, shape))
    splits = chance.random(shape) < 0.04
    return market(
        n_steps,
        close,
        open=first,
        high=np.maximum(first, close) * 1.01,
        low=np.minimum(first, close) * 0.99,
        volume=np.where(np.isfinite(close), chance.integers(0, 10_000, shape), np.nan),
        split_new=np.where(splits, 3, 1),
        split_old=np.where(splits, 2, 1),
        dividend=np.where(chance.random(shape) < 0.04, 0.37, 0.0),
    )


def world_of(bars, timing="close", listed=None, benchmark=None):
    """A world of these bars that decides at every step."""
    n_steps, n_instruments = bars.close.shape
    lag, offset, at_close = TIMINGS[timing]
    return World(
        instruments=tuple(Instrument(f"I{i}") for i in range(n_instruments)),
        bars=bars,
        listed=np.ones(bars.close.shape, np.bool_) if listed is None else listed,
        benchmark=benchmark,
        documents=(),
        series={},
        timing=Timing(bars.end, np.ones(n_steps, np.bool_), lag, offset, at_close),
    )


def laid_out(seeds):
    """Hash all columns of the courses of random markets, in every way to decide."""
    digest = hashlib.sha256()
    for seed in seeds:
        bars = random_market(seed)
        for timing in TIMINGS:
            course = course_of(world_of(bars, timing), settings(len(bars.end)))
            for column in course:
                digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
