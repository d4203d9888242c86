"""Made worlds: small, seeded, with all the trouble that real ones have."""

from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats
from steelyard.types.market import Bars, Instrument, Series, Timing
from steelyard.types.units import DAY_NS
from steelyard.types.world import World

OPENS_NS, CLOSES_NS = 14 * DAY_NS // 24, 21 * DAY_NS // 24
"""Hours of trade, UTC."""

FIRST_DAY = 11_000
"""Day of step 0 since 1970-01-01; the series reach back a year further."""

N_YEARS_BACK_DAYS = 400

STEP_VOLATILITY = 0.015
"""Per step, of the market and of each instrument's own noise."""


class Recipe(NamedTuple):
    """What to put into a made world."""

    names: tuple[str, ...] = ("AAA", "BBB", "CCC")
    """Instruments; the last one is listed only after a quarter of the steps."""
    n_steps: int = 600
    momentum: float = 0.0
    """Share of one week's move that the next week repeats: 0 is a random walk."""
    halts: float = 0.005
    """Share of bars that are missing, for trade is halted."""
    delists: bool = False
    """Whether the first instrument is delisted after three quarters of the steps."""
    decide_at: str = "close"
    """Or `open`."""


PLAIN = Recipe()


def made_world(seed: int, recipe: Recipe = PLAIN) -> World:
    """Make a world of correlated prices with splits, dividends, halts and macro series.

    It has a benchmark and the series FOMC_TARGET, BAA, AAA and WTI, and no documents.
    """
    rng = np.random.default_rng(seed)
    n_steps, n_instruments = recipe.n_steps, len(recipe.names)
    market = _moves(rng, (n_steps, 1), recipe.momentum)
    own = _moves(rng, (n_steps, n_instruments), recipe.momentum)
    bars = _bars(rng, market + own)
    listed = np.ones((n_steps, n_instruments), dtype=np.bool_)
    listed[: n_steps // 4, -1] = False
    end = 3 * n_steps // 4 if recipe.delists else n_steps
    listed[end:, 0] = False
    halted = listed & (rng.random(listed.shape) < recipe.halts)
    start, at_open = bars.start, recipe.decide_at == "open"
    return World(
        instruments=tuple(Instrument(name) for name in recipe.names),
        bars=_without(_paid_out(bars, end), ~listed | halted)._replace(halted=halted),
        listed=listed,
        benchmark=_bars(rng, market, acts=0.0),
        documents=(),
        series=MappingProxyType(_series(rng, n_steps)),
        timing=Timing(
            as_of=start if at_open else bars.end,
            decides=np.ones(n_steps, dtype=np.bool_),
            known_lag=1 if at_open else 0,
            exec_offset=0 if at_open else 1,
            exec_at_close=at_open,
        ),
    )


def _moves(rng: np.random.Generator, shape: tuple[int, int], momentum: float) -> Floats:
    """Give log moves per step whose sum over a week carries on into the next."""
    week = 5
    moves = rng.normal(0.0, STEP_VOLATILITY, shape)
    for step in range(week, len(moves)):
        moves[step] += momentum / week * moves[step - week : step].sum(axis=0)
    return moves


def _bars(rng: np.random.Generator, moves: Floats, *, acts: float = 1.0) -> Bars:
    """Make quoted bars around log moves of shape (n_steps, n_columns).

    A split comes about once in 250 bars, a dividend once in 63, times `acts`.
    """
    n_steps = len(moves)
    split_new = np.where(rng.random(moves.shape) < acts / 250, 2, 1).astype(np.int64)
    dividend_share = np.where(rng.random(moves.shape) < acts / 63, 0.005, 0.0)
    close = 100.0 * np.exp(np.cumsum(moves, axis=0)) / np.cumprod(split_new, axis=0)
    noise = np.exp(rng.normal(0.0, 0.005, (3, *moves.shape)))
    opened = close * np.exp(-0.7 * moves) * noise[0]
    day = FIRST_DAY + np.arange(n_steps, dtype=np.int64)
    return Bars(
        start=day * DAY_NS + OPENS_NS,
        end=day * DAY_NS + CLOSES_NS,
        session=day,
        open=opened,
        high=np.maximum(opened, close) * np.maximum(noise[1], 1.0),
        low=np.minimum(opened, close) * np.minimum(noise[2], 1.0),
        close=close,
        volume=np.exp(rng.normal(14.0, 0.4, moves.shape)),
        split_new=split_new,
        split_old=np.ones(moves.shape, dtype=np.int64),
        dividend=dividend_share * close,
        halted=np.zeros(moves.shape, np.bool_),
        cash_out=np.full(moves.shape, np.nan),
    )


def _paid_out(bars: Bars, end: int) -> Bars:
    """Pay the first instrument out for its last close, if a step is its end."""
    cash_out = bars.cash_out.copy()
    ratio = bars.split_new[end : end + 1, 0] / bars.split_old[end : end + 1, 0]
    cash_out[end : end + 1, 0] = bars.close[end - 1, 0] / ratio
    return bars._replace(cash_out=cash_out)


def _without(bars: Bars, gone: Bools) -> Bars:
    return bars._replace(
        **{
            name: np.where(gone, np.nan, getattr(bars, name))
            for name in ("open", "high", "low", "close", "volume")
        }
    )


def _series(rng: np.random.Generator, n_steps: int) -> dict[str, Series]:
    """Make macro series known once a day (WTI), a month (yields), a quarter (the rate)."""
    last = FIRST_DAY + n_steps
    every = {"WTI": (1, 25.0, 0.02), "BAA": (30, 8.0, 0.02), "AAA": (30, 7.0, 0.01)}
    made = {"FOMC_TARGET": _walk(rng, range(FIRST_DAY - N_YEARS_BACK_DAYS, last, 90), 5.0, 0.05)}
    for name, (days, level, size) in every.items():
        made[name] = _walk(rng, range(FIRST_DAY - N_YEARS_BACK_DAYS, last, days), level, size)
    return made


def _walk(rng: np.random.Generator, days: range, level: float, size: float) -> Series:
    value = level * np.exp(np.cumsum(rng.normal(0.0, size, len(days))))
    known_at = np.array(days, dtype=np.int64) * DAY_NS + OPENS_NS
    return Series(known_at, np.round(value, 2), tuple(map(str, days)), "first")
