"""What a shock is laid over, what it is, and the few ways in which it changes bars.

A shock changes rows from step `at` on and leaves every earlier bit alone, so that opinions
before the first changed bar still hold. Prices are quoted on their day; what changes them
keeps splits, and keeps dividends in proportion to the price they were declared on.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple, Self

import numpy as np

from steelyard.errors import ScenarioError, did_you_mean
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.chance import Stream
from steelyard.types.market import Bars
from steelyard.types.outcome import carried, units_index
from steelyard.types.world import World

Direction = Literal["down", "up"]
"""Down hurts who is long, up hurts who is short."""

VOLATILITY_WINDOW = 63
"""Moves before the shock from which a volatility is taken: a quarter of a year."""
VOLATILITY_MIN_MOVES = 20
UNKNOWN_VOLATILITY = 0.02
"""Per step, where fewer moves are known: about that of one large stock in a day."""


@dataclass(frozen=True)
class Market:
    """A course of prices that shocks can be laid over."""

    ids: tuple[str, ...]
    keys: Ints
    """Position of each instrument in the scenario's universe, shape (n_instruments,)."""
    bars: Bars
    """What the feed tells: what agents, marks and rules see."""
    traded: Bars
    """What orders meet; the same object as `bars` unless a shock made the feed lie."""
    benchmark: Bars | None
    """One instrument; None where the scenario has none."""
    half_spread_factor: Floats
    """Multiplies the stated half-spread, shape (n_steps, n_instruments)."""
    locked: Ints
    """-1 where a bar is locked at its lower limit: nobody buys; 1 at its upper: nobody sells;
    else 0. Shape (n_steps, n_instruments)."""

    @property
    def n_steps(self) -> int:
        """Count the steps."""
        return len(self.bars.end)


def market_of(world: World) -> Market:
    """Take from a world what shocks change."""
    return Market(
        ids=tuple(each.id for each in world.instruments),
        keys=np.arange(len(world.instruments), dtype=np.int64),
        bars=world.bars,
        traded=world.bars,
        benchmark=world.benchmark,
        half_spread_factor=np.ones(world.bars.close.shape),
        locked=np.zeros(world.bars.close.shape, dtype=np.int64),
    )


def told(market: Market, world: World) -> World:
    """Give the world as its feed tells it; whose orders meet `market.traded`, if that differs."""
    return replace(world, bars=market.bars, benchmark=market.benchmark)


class Chance(NamedTuple):
    """What the draws of one shock depend on."""

    seed: int
    path: int
    place: int
    """Of the shock among those laid together."""

    def of_market(self) -> np.random.Generator:
        """Start the draws that all instruments have in common."""
        return self._start(0)

    def of(self, key: int) -> np.random.Generator:
        """Start the draws of the instrument with this key."""
        return self._start(1 + key)

    def _start(self, whose: int) -> np.random.Generator:
        # The first word of the counter counts draws; the others tell apart whose they are.
        counter = np.array([0, self.path, self.place, whose], np.uint64)
        key = np.array([self.seed, Stream.SHOCK], np.uint64)
        return np.random.Generator(np.random.Philox(key=key, counter=counter))


@dataclass(frozen=True, kw_only=True)
class Shock(ABC):
    """A stress laid over a path; a pure function of the market, the step and chance."""

    strikes_one: ClassVar[bool] = False
    """Whether it strikes one instrument: drawn among those it hits, unless it is aimed."""
    name: str
    about: str = ""
    """What happens, in a few words."""
    direction: Direction = "down"
    only: tuple[str, ...] = ()
    """Ids of the instruments it hits; empty: all, and the benchmark where the market moves."""

    @property
    def sign(self) -> int:
        """Give -1 for down, 1 for up."""
        return -1 if self.direction == "down" else 1

    def turned(self, direction: Direction) -> Self:
        """Give the same shock in this direction."""
        return replace(self, direction=direction)

    def aimed(self, instrument: str) -> Self:
        """Give the same shock on this instrument if it strikes one; else the shock itself."""
        return replace(self, only=(instrument,)) if self.strikes_one else self

    @abstractmethod
    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Give the market with the shock beginning in bar `at`; rows before it are untouched."""

    def hit(self, market: Market) -> Bools:
        """Say which instruments it hits, shape (n_instruments,).

        Raises:
            ScenarioError: `only` names one that is not there.
        """
        for each in self.only:
            if each not in market.ids:
                message = f"shock {self.name!r} names {each!r}, which is not in the universe"
                raise ScenarioError(message, hint=did_you_mean(each, market.ids))
        return np.array([not self.only or each in self.only for each in market.ids], np.bool_)


@dataclass(frozen=True, kw_only=True)
class Move(Shock):
    """A shock in which the market itself moves: what the feed tells is true."""

    moves_benchmark: ClassVar[bool] = True
    """Whether the benchmark moves along, where all instruments are hit."""

    @abstractmethod
    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Give the bars moved, each instrument by its own past and what all have in common."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Move all instruments that are hit, and mostly the benchmark if all are."""
        hit = self.hit(market)
        moved = change(market, lambda bars: merge(self.move(bars, at, chance), bars, hit))
        if market.benchmark is None or self.only or not self.moves_benchmark:
            return moved
        return replace(moved, benchmark=self.move(market.benchmark, at, chance))


def change(market: Market, how: Callable[[Bars], Bars]) -> Market:
    """Change what is told and what is traded alike."""
    bars = how(market.bars)
    same = market.traded is market.bars
    return replace(market, bars=bars, traded=bars if same else how(market.traded))


def merge(changed: Bars, bars: Bars, hit: Bools) -> Bars:
    """Take `changed` for instruments that are hit, `bars` for the others."""
    return Bars._make(
        old if old.ndim == 1 else np.where(hit, new, old)
        for new, old in zip(changed, bars, strict=True)
    )


def rescale(bars: Bars, level: Floats) -> Bars:
    """Multiply the prices of each row by its level, shape (n_steps, n_instruments).

    What is paid before the open of a row, dividends and cash of a delisting, was fixed
    on the price before: it takes the level of that row.
    """
    before = np.vstack([np.ones_like(level[:1]), level[:-1]])
    return bars._replace(
        open=bars.open * level,
        high=bars.high * level,
        low=bars.low * level,
        close=bars.close * level,
        dividend=bars.dividend * before,
        cash_out=bars.cash_out * before,
    )


def level_from(bars: Bars, step: int, factor: float | Floats) -> Floats:
    """Give the level 1 before `step` and `factor` from it on."""
    level = np.ones(bars.close.shape)
    level[step:] = factor
    return level


def reference(bars: Bars) -> Floats:
    """Give the price each step starts from: the last close, after split and dividend.

    Shape (n_steps, n_instruments); NaN before the first bar.
    """
    units = units_index(bars)
    last = np.full(bars.close.shape, np.nan)
    last[1:] = carried(bars.close * units)[:-1] / units[1:]
    # Where more is paid than the unit was worth, the data are wrong: count no dividend.
    return np.where(bars.dividend < last, last - bars.dividend, last)


class Excursion(NamedTuple):
    """Log distance of each price of a bar from the step's reference; NaN where no bar is."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats


def excursion(bars: Bars) -> Excursion:
    """Measure the bars against where each step started."""
    start = reference(bars)
    return Excursion(*(np.log(each / start) for each in bars[3:7]))


def relay(bars: Bars, at: int, wanted: Excursion) -> Bars:
    """Make bars move as wanted from `at` on, and as they did, on the new level, after it.

    Args:
        bars: Quoted bars.
        at: First row to change, >= 1.
        wanted: Of rows `at` to `at + n - 1`, shape (n, n_instruments); rows past the end are
            left out. Where the bars have no bar there stays none, and its move shows in the next.
    """
    wanted = Excursion._make(each[: len(bars.end) - at] for each in wanted)
    n_wanted = len(wanted.close)
    rows = slice(at, at + n_wanted)
    start, was = reference(bars)[rows], excursion(bars).close[rows]
    step = np.where(np.isfinite(was), wanted.close - was, wanted.close)
    level = np.ones(bars.close.shape)
    level[rows] = np.exp(np.cumsum(np.where(np.isfinite(step), step, 0.0), axis=0))
    level[at + n_wanted :] = level[at + n_wanted - 1]
    start = start * level[at - 1 : at + n_wanted - 1]
    there = np.isfinite(was)
    laid = rescale(bars, level)
    for column, each in zip(laid[3:7], wanted, strict=True):
        column[rows] = np.where(there, start * np.exp(each), column[rows])
    return _ordered(laid, rows)


def _ordered(bars: Bars, rows: slice) -> Bars:
    """Let high and low of these rows hold open and close: rounding may have crossed them."""
    first, high, low, close = (column[rows] for column in bars[3:7])
    high[:] = np.maximum(high, np.maximum(first, close))
    low[:] = np.minimum(low, np.minimum(first, close))
    return bars


def volatility_before(bars: Bars, at: int) -> Floats:
    """Give the volatility per step of the moves before `at`, shape (n_instruments,)."""
    moves = moves_before(bars, at, VOLATILITY_WINDOW)
    known = np.isfinite(moves)
    count = known.sum(axis=0)
    square = add_up((moves - mean_of(moves)) ** 2) / np.maximum(count, 1)
    enough = (count >= VOLATILITY_MIN_MOVES) & (square > 0)
    return np.where(enough, np.sqrt(square), UNKNOWN_VOLATILITY)


def moves_before(bars: Bars, at: int, window: int) -> Floats:
    """Give the log moves close to close of up to `window` steps before `at`, NaN without bar."""
    past = Bars._make(column[max(0, at - window - 1) : at] for column in bars)
    return excursion(past).close[1:]


def mean_of(rows: Floats) -> Floats:
    """Give the mean of each column over its rows that are not NaN; 0 where all are."""
    mean: Floats = add_up(rows) / np.maximum(np.isfinite(rows).sum(axis=0), 1)
    return mean


def add_up(rows: Floats) -> Floats:
    """Add up each column, NaN as 0.

    Row by row: a sum whose order hangs on how an array lies in memory would give an
    instrument other bits in another place of the universe.
    """
    total = np.zeros(rows.shape[1])
    for row in rows:
        total += np.where(np.isfinite(row), row, 0.0)
    return total
