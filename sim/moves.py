"""Shocks in which the market itself moves, thins out or stops."""

from dataclasses import dataclass, replace
from typing import ClassVar, Literal

import numpy as np

from steelyard.sim.laying import (
    VOLATILITY_WINDOW,
    Chance,
    Excursion,
    Market,
    Move,
    Shock,
    add_up,
    excursion,
    level_from,
    mean_of,
    moves_before,
    relay,
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

    moves_benchmark: ClassVar[bool] = False
    steps: int = 3
    gap: float = 0.15
    """Fraction between the price that the path had at the reopening and the one it gets."""

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
class SpreadBlowOut(Shock):
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


@dataclass(frozen=True, kw_only=True)
class Drought(Move):
    """Volume falls to a share of itself for some steps; prices and both directions are alike.

    Nobody trades the benchmark.
    """

    moves_benchmark: ClassVar[bool] = False
    share: float = 0.03
    """Of the path's volume, in (0, 1); rounded down to whole units."""
    steps: int = 10

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Take volume away."""
        del chance
        return _thinned(bars, slice(at, at + self.steps), self.share)


@dataclass(frozen=True, kw_only=True)
class CorrelationOne(Move):
    """Every instrument moves by the same number of its own volatilities, always the wrong way.

    The number of each step is `size` times the absolute value of a standard normal draw that
    all have in common; nothing of an instrument's own move is left. The whole bar shifts, so
    that the blow falls overnight.
    """

    size: float = 2.0
    """Mean move of a step is 0.8 times this many volatilities of the 63 steps before."""
    steps: int = 5

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Let all move together."""
        was = _rows(excursion(bars), at, self.steps)
        blow = np.abs(chance.of_market().standard_normal(self.steps))[: len(was.close), None]
        wanted = self.sign * self.size * volatility_before(bars, at) * blow
        shift = wanted - np.where(np.isfinite(was.close), was.close, 0.0)
        return relay(
            bars, at, Excursion(was.open + shift, was.high + shift, was.low + shift, wanted)
        )


@dataclass(frozen=True, kw_only=True)
class WiderMoves(Move):
    """All prices of a bar lie further from where the step started, for some steps.

    Log distances from the mean move before are multiplied. Where the path's own deviations
    would add up to a gain for who is to be hurt, they are mirrored, by instrument.
    """

    factor: float = 2.0
    steps: int = 21

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Widen the moves of each instrument about its mean over the 63 steps before."""
        del chance
        mean = mean_of(moves_before(bars, at, VOLATILITY_WINDOW))
        away = Excursion._make(each - mean for each in _rows(excursion(bars), at, self.steps))
        factor = np.where(add_up(away.close) * self.sign < 0, -self.factor, self.factor)
        first, one, other, close = (mean + factor * each for each in away)
        return relay(
            bars, at, Excursion(first, np.maximum(one, other), np.minimum(one, other), close)
        )


@dataclass(frozen=True, kw_only=True)
class LimitDays(Move):
    """Days locked at the limit: one price all day, the limit from the last, and few get out."""

    limit: float = 0.07
    """Fraction from one close to the next, in (0, 1); 7 % is the first level of the circuit
    breakers of the US market."""
    steps: int = 3
    share: float = 0.01
    """Of the path's volume that still trades."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Lock the bars, so that nobody takes the other side of who wants out."""
        laid, locked = super().lay(market, at, chance), market.locked.copy()
        locked[at : at + self.steps, self.hit(market)] = self.sign
        return replace(laid, locked=locked)

    def move(self, bars: Bars, at: int, chance: Chance) -> Bars:
        """Lock each bar at the limit."""
        del chance
        locked = np.full((self.steps, bars.close.shape[1]), np.log1p(self.sign * self.limit))
        laid = relay(bars, at, Excursion(locked, locked, locked, locked))
        return _thinned(laid, slice(at, at + self.steps), self.share)


def _rows(of: Excursion, at: int, steps: int) -> Excursion:
    return Excursion._make(each[at : at + steps] for each in of)


def _thinned(bars: Bars, rows: slice, share: float) -> Bars:
    volume = bars.volume.copy()
    volume[rows] = np.floor(volume[rows] * share)
    return bars._replace(volume=volume)
