"""Worlds that move overnight, on what was known at the close before or a night earlier."""

import numpy as np

from steelyard.testing.worlds import CLOSES_NS, DAY_NS, FIRST_DAY, OPENS_NS
from steelyard.types.market import Bars, Instrument, Timing
from steelyard.types.world import World
from tests.agents.newsroom import document

NAMES = ("AAA", "BBB", "CCC")
N_STEPS = 800
JUMP = 0.1
"""Move of the open after a document."""
NIGHT = 0.008
"""Move of the open after a signal."""
HOUR_NS = 3600 * 10**9
AFTER_HOURS_NS = 22 * HOUR_NS
GOOD, BAD = "Record profit and strong growth", "Heavy loss and fraud"


def jumpy(seed, decide_at, *, delay=1):
    """Give a world in which the price jumps by 10 % the way each document leans.

    Documents come after the close of a step; the jump is in the open `delay` steps on. At
    1 nobody can trade between the two, at 3 there is time for it.
    """
    rng = np.random.default_rng(seed)
    overnight = rng.normal(0.0, 0.004, (N_STEPS, len(NAMES)))
    texts = []
    for column, name in enumerate(NAMES):
        for step in np.sort(rng.choice(N_STEPS - 10, N_STEPS // 12, replace=False)).tolist():
            side = 1.0 if rng.random() < 0.5 else -1.0
            overnight[step + delay, column] += np.log1p(side * JUMP)
            known_at = (FIRST_DAY + step) * DAY_NS + AFTER_HOURS_NS
            texts.append(document(step, GOOD if side > 0 else BAD, name, known_at=known_at))
    texts.sort(key=lambda item: (item.known_at, item.id))
    return _world(rng, overnight, decide_at, tuple(texts))


def nightly(seed, decide_at, *, delay=1):
    """Give a world whose overnight moves follow a sign, and that sign as it was known.

    Returns:
        The world, and the sign of shape (n_steps, n_instruments) that each step's newest
        known bar tells of the open `delay` steps after that bar.
    """
    rng = np.random.default_rng(seed)
    sign = np.where(rng.random((N_STEPS, len(NAMES))) < 0.5, -1.0, 1.0)
    overnight = rng.normal(0.0, 0.004, sign.shape)
    overnight[delay:] += NIGHT * sign[: N_STEPS - delay]
    world = _world(rng, overnight, decide_at, ())
    lag = world.timing.known_lag
    return world, np.vstack([sign[:1]] * lag + [sign[: N_STEPS - lag]])


def _world(rng, overnight, decide_at, documents):
    bars = _bars(overnight, rng.normal(0.0, 0.012, overnight.shape))
    always = np.ones(N_STEPS, dtype=np.bool_)
    timing = {
        "close": Timing(bars.end, always, 0, 1, exec_at_close=False),
        "open": Timing(bars.start, always, 1, 0, exec_at_close=True),
        "clock": Timing(bars.start + HOUR_NS, always, 1, 1, exec_at_close=False),
    }[decide_at]
    return World(
        instruments=tuple(Instrument(name) for name in NAMES),
        bars=bars,
        listed=np.ones(overnight.shape, dtype=np.bool_),
        benchmark=None,
        documents=documents,
        series={},
        timing=timing,
    )


def _bars(overnight, intraday):
    """Give bars whose opens and closes follow these log moves."""
    before = np.vstack([np.zeros((1, len(NAMES))), np.cumsum(intraday, axis=0)[:-1]])
    opened = 100.0 * np.exp(np.cumsum(overnight, axis=0) + before)
    close = opened * np.exp(intraday)
    day = FIRST_DAY + np.arange(N_STEPS, dtype=np.int64)
    ones = np.ones(close.shape, dtype=np.int64)
    return Bars(
        day * DAY_NS + OPENS_NS, day * DAY_NS + CLOSES_NS, day,
        opened, np.maximum(opened, close), np.minimum(opened, close), close,
        np.full(close.shape, 1e7), ones, ones.copy(), np.zeros(close.shape),
        np.zeros(close.shape, np.bool_), close * np.nan,
    )  # fmt: skip


def earned_overnight(world, record, least):
    """Give what positions earned in opens that moved by `least` or more, of equity."""
    bars = world.bars
    moved = bars.open[1:] / bars.close[:-1] - 1.0
    worth = record.lots[:-1] * bars.close[:-1] * 1e6 / record.equity[:-1, None]
    return float((worth * moved)[np.abs(moved) >= least].sum())
