"""Shocks in which the feed lies: `Market.bars` changes, what orders meet does not.

Agents, marks and rules see the false bars; `Market.traded` keeps the true ones, so that no
strategy earns from a price that never was. The exceptions say so: a stale feed may hide a
gap of the market, and a fat finger's print is real.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from steelyard.sim.laying import Chance, Market, Shock, change, level_from, merge, rescale
from steelyard.sim.moves import Gap
from steelyard.types.arrays import Bools
from steelyard.types.market import Bars
from steelyard.types.outcome import carried, units_index


@dataclass(frozen=True, kw_only=True)
class StaleFeed(Shock):
    """The feed repeats the last close, through splits, while the market gaps and goes on.

    When the feed comes back, prices jump to where the market is. Bars have no range.
    """

    steps: int = 5
    hidden_gap: float = 0.10
    """Fraction by which the market gaps in the first stale bar; 0 for none."""
    usual_volume: bool = True
    """Whether volume goes on; False: 0."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Move the market, then freeze what is told of it, the benchmark too if all are hit."""
        gap = Gap(name=self.name, direction=self.direction, only=self.only, size=self.hidden_gap)
        moved = gap.lay(market, at, chance)
        told = merge(self._frozen(moved.bars, at), moved.bars, self.hit(market))
        index = moved.benchmark
        if index is not None and not self.only:
            index = self._frozen(index, at)
        return replace(moved, bars=told, benchmark=index)

    def _frozen(self, bars: Bars, at: int) -> Bars:
        rows, units = slice(at, at + self.steps), units_index(bars)
        last = carried(bars.close[:at] * units[:at])[-1] / units[rows]
        there = np.isfinite(bars.close[rows]) & np.isfinite(last)
        frozen = bars._replace(volume=bars.volume.copy())
        frozen = frozen._replace(**{name: getattr(bars, name).copy() for name in _PRICES})
        for name in _PRICES:
            column = getattr(frozen, name)
            column[rows] = np.where(there, last, column[rows])
        if not self.usual_volume:
            frozen.volume[rows] = np.where(there, 0.0, frozen.volume[rows])
        return frozen


@dataclass(frozen=True, kw_only=True)
class WrongFeed(Shock):
    """One instrument's prices are told off by a factor for some steps: a slipped decimal."""

    strikes_one: ClassVar[bool] = True
    factor: float = 100.0
    """Up: times this; down: divided by it."""
    steps: int = 2

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Tell wrong prices of the instrument that is drawn, then right ones again."""
        level = level_from(market.bars, at, self.factor**self.sign)
        level[at + self.steps :] = 1.0
        wrong = rescale(market.bars, level)
        # Cash is paid in truth, whatever the price was said to be.
        wrong = wrong._replace(dividend=market.bars.dividend, cash_out=market.bars.cash_out)
        return replace(market, bars=merge(wrong, market.bars, one_of(self, market, at, chance)))


@dataclass(frozen=True, kw_only=True)
class MissingBars(Shock):
    """Bars drop out of the feed at random, each by itself; both directions are alike."""

    share: float = 0.3
    """Probability of a bar to be lost."""
    steps: int = 21

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Lose bars of the instruments that are hit."""
        shape = market.bars.close[at : at + self.steps].shape
        lost = np.zeros(market.bars.close.shape, np.bool_)
        for column, key in enumerate(market.keys):
            lost[at : at + self.steps, column] = chance.of(int(key)).random(shape[0]) < self.share
        lost &= self.hit(market)
        holed = {name: np.where(lost, np.nan, getattr(market.bars, name)) for name in _TRADES}
        return replace(market, bars=market.bars._replace(**holed))


@dataclass(frozen=True, kw_only=True)
class FatFinger(Shock):
    """One print far from the market in one bar of one instrument; its close stands.

    The print is real: a stop in the book is met by it.
    """

    strikes_one: ClassVar[bool] = True
    size: float = 0.5
    """Fraction below the bar's low, in (0, 1), or above its high."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Print in the bar of the instrument that is drawn."""
        hit = one_of(self, market, at, chance)
        return change(market, lambda bars: merge(self._stretched(bars, at), bars, hit))

    def _stretched(self, bars: Bars, at: int) -> Bars:
        if self.direction == "down":
            low = bars.low.copy()
            low[at] *= 1.0 - self.size
            return bars._replace(low=low)
        high = bars.high.copy()
        high[at] *= 1.0 + self.size
        return bars._replace(high=high)


@dataclass(frozen=True, kw_only=True)
class UnannouncedSplit(Shock):
    """One instrument splits, and the vendor does not say so: no row of splits, ever.

    Told prices are divided by `ratio` (up: multiplied, a reverse split) and volumes the other
    way round, to the end of the path. In truth the holder has `ratio` times the units at that
    price, worth the same: orders and ledger go on in old units at old prices
    (`Market.traded`), and the shock is the false price alone.
    """

    strikes_one: ClassVar[bool] = True
    ratio: float = 2.0

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Split the instrument that is drawn."""
        factor = self.ratio**self.sign
        split = rescale(market.bars, level_from(market.bars, at, factor))
        volume = market.bars.volume.copy()
        volume[at:] /= factor
        split = split._replace(
            volume=volume, dividend=market.bars.dividend, cash_out=market.bars.cash_out
        )
        return replace(market, bars=merge(split, market.bars, one_of(self, market, at, chance)))


def one_of(shock: Shock, market: Market, at: int, chance: Chance) -> Bools:
    """Draw one of the instruments that may be hit, by key, among those with a bar at `at`.

    Shape (n_instruments,); none where no such instrument has a bar there.
    """
    may = (
        shock.hit(market)
        & np.isfinite(market.bars.close[at])
        & np.isfinite(market.bars.close[:at]).any(axis=0)
    )
    drawn = np.array([chance.of(int(key)).random() for key in market.keys])
    hit = np.zeros(len(may), np.bool_)
    if may.any():
        hit[np.argmin(np.where(may, drawn, np.inf))] = True
    return hit


_PRICES = ("open", "high", "low", "close")
_TRADES = (*_PRICES, "volume")
