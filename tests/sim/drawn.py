"""Random markets as sources of paths, and paths laid from them."""

import hashlib
from typing import NamedTuple

import numpy as np

from steelyard.sim.bootstrap import Source, draw_rows, source_of
from steelyard.sim.chain import ChainSettings, empty_path, empty_scratch, lay_path
from steelyard.sim.course import Course, course_of
from tests.sim import history
from tests.sim.history import TIMINGS, random_market, world_of

TICK = 0.01
HORIZON = np.array([1, 3])
WINDOW = 4


class Market(NamedTuple):
    """A course that paths are drawn from."""

    course: Course
    source: Source
    chain: ChainSettings


def random_source(seed, timing="close", n_steps=90):
    """A source of a market with gaps, splits and dividends."""
    bars = random_market(seed, n_steps)
    world = world_of(bars, timing)
    course = course_of(world, history.settings(n_steps))
    lag, offset, at_close = TIMINGS[timing]
    source = source_of(course, lag, 0, np.ones((n_steps, 2)))
    n = bars.close.shape[1]
    chain = ChainSettings(
        tick=np.full(n, TICK),
        horizon=HORIZON,
        adv_window=WINDOW,
        price_limit=0.02,
        known_lag=lag,
        exec_offset=offset,
        exec_at_close=at_close,
        excess=False,
    )
    return Market(course, source, chain)


def drawn(source, path, n_steps, *, seed=7, mean_block=5.0):
    """Give the rows of a path."""
    rows = np.zeros(n_steps, np.int64)
    draw_rows(source, seed, path, mean_block, rows)
    return rows


def laid(market, rows):
    """Give the course of some rows."""
    return laid_whole(market, rows).course


def laid_whole(market, rows):
    """Give course and prints of some rows."""
    n_instruments = len(market.chain.tick)
    path = empty_path(len(rows), n_instruments, len(HORIZON))
    scratch = empty_scratch(len(rows), n_instruments, WINDOW)
    lay_path(path, market.source, rows, market.chain, scratch)
    return path


def paths_laid(seeds):
    """Hash rows and courses of paths of random markets, in every way to decide."""
    digest = hashlib.sha256()
    for seed in seeds:
        for timing in TIMINGS:
            market = random_source(seed, timing)
            rows = drawn(market.source, seed + 1, 50)
            path = laid_whole(market, rows)
            for column in (rows, *path.course, *path.prints):
                digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()
