"""Shocks in which the market itself moves, thins out or stops."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from steelyard.sim.laying import (
    Chance,
    Market,
    Move,
    change,
    level_from,
    merge,
    rescale,
    volatility_before,
)
from steelyard.types.market import Bars


@dataclass(frozen=True, kw_only=True)
class Gap(Move):
    """Prices open away from the last close, and go on from there."""

    size: float
    """How far, > 0: down by the fraction (< 1) or up by it; or that many volatilities."""
    unit: Literal["fraction", "volatilities"] = "fraction"
    """A volatility is that of an instrument's moves over the 63 steps before, in logs."""

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Gap in bar `at`."""
        del chance
        if self.unit == "fraction":
            return rescale(bars, level_from(bars, at, 1.0 + self.sign * self.size))
        far = np.exp(self.sign * self.size * volatility_before(bars, at))
        return rescale(bars, level_from(bars, at, far))


@dataclass(frozen=True, kw_only=True)
class Halt(Move):
    """Trading stops for some steps and reopens with a gap; the benchmark goes on."""

    steps: int = 3
    gap: float = 0.15
    """Fraction between the price that the path had at the reopening and the one it gets."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Halt the instruments that are hit."""
        hit = self.hit(market)
        return change(market, lambda bars: merge(self.move(bars, at, chance), bars, hit))

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Take the bars of the halt away and gap in the first after it."""
        del chance
        moved = rescale(bars, level_from(bars, at + self.steps, 1.0 + self.sign * self.gap))
        rows = slice(at, at + self.steps)
        halted, volume = bars.halted.copy(), bars.volume.copy()
        for column in (*moved[3:7], volume):
            column[rows] = np.nan
        halted[rows] = True
        return moved._replace(volume=volume, halted=halted)


@dataclass(frozen=True, kw_only=True)
class SpreadBlowOut(Move):
    """The half-spread jumps and decays geometrically; prices and both directions are alike."""

    factor: float = 10.0
    """Of the half-spread in bar `at`, > 1."""
    steps: int = 10
    """Until the factor is back at 1."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Widen the spread of the instruments that are hit."""
        del chance
        left = 1.0 - np.arange(min(self.steps, market.n_steps - at)) / self.steps
        wider = np.where(self.hit(market), self.factor ** left[:, None], 1.0)
        factor = market.half_spread_factor.copy()
        factor[at : at + len(left)] *= wider
        return replace(market, half_spread_factor=factor)

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Leave prices alone."""
        del at, chance
        return bars
