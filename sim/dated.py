"""Dated shocks: what an index did on days of the past, laid over any path.

On day k of an episode an instrument makes its recorded move of the path plus its beta times
what the index did on day k less what the path's benchmark did. An instrument that was there
makes its own moves of then instead, and the benchmark those of the index. After the episode
the path goes on from the new level.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from steelyard.errors import DataError
from steelyard.sim.laying import (
    Chance,
    Excursion,
    Market,
    Shock,
    add_up,
    change,
    excursion,
    mean_of,
    merge,
    moves_before,
    relay,
)
from steelyard.sim.published import (
    AUGUST_2015,
    OCTOBER_1987,
    RATES_2022,
    SPRING_2020,
    Closes,
    Published,
)
from steelyard.types.arrays import Floats
from steelyard.types.market import Bars
from steelyard.types.outcome import units_index
from steelyard.types.world import World

BETA_WINDOW = 252
"""Moves before the shock from which a beta is taken: a year."""
BETA_MIN_MOVES = 63
BETA_TRUST = 2.0 / 3.0
"""Weight of the measured beta against 1: Blume (1971), Journal of Finance 26(1)."""
MOST_BETA = 3.0
USUAL_VOLUME_WINDOW = 21
"""Sessions up to the eve of an episode whose mean volume is the usual one."""


class Moves(NamedTuple):
    """What an instrument or index did day by day; logs, all of shape (n_days,)."""

    open: Floats
    """From the last close; NaN where only closes are known: bars keep their shape."""
    close: Floats
    above: Floats
    """From the higher of open and close up to the high, >= 0."""
    below: Floats
    """From the lower of open and close down to the low, >= 0."""
    volume: Floats
    """Over the usual volume before the episode, a ratio."""

    def mirrored(self) -> "Moves":
        """Turn the path upside down, in logs."""
        return Moves(-self.open, -self.close, self.below, self.above, self.volume)


@dataclass(frozen=True, eq=False)
class Episode:
    """Some days of the past."""

    first: str
    """ISO date of the session that the shock's first bar repeats."""
    last: str
    source: str
    index: Moves
    own: Mapping[str, Moves]
    """Of instruments that were there, by id."""


@dataclass(frozen=True, kw_only=True)
class Dated(Shock):
    """An episode of the past; up: turned upside down in logs, which hurts who is short.

    Volume is the path's times the episode's ratio to its usual volume, in whole units.
    """

    episode: Episode
    least_beta: float = 0.0
    """What a smaller beta counts as: nothing rises because the index falls."""

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Lay the episode's days over the bars from `at` on."""
        del chance
        hit = self.hit(market)
        laid = change(market, lambda bars: merge(self._laid(market, bars, at), bars, hit))
        if market.benchmark is None or self.only:
            return laid
        index = self._turned(self.episode.index)
        moved = relay(market.benchmark, at, _like(index, _rows(market.benchmark, at, index)))
        return replace(laid, benchmark=_busier(moved, at, index.volume[:, None]))

    def _turned(self, moves: Moves) -> Moves:
        return moves.mirrored() if self.direction == "up" else moves

    def _laid(self, market: Market, bars: Bars, at: int) -> Bars:
        index = self._turned(self.episode.index)
        was = _rows(bars, at, index)
        path = _average(was) if market.benchmark is None else _rows(market.benchmark, at, index)
        wanted = _along(index, was, path, self._beta(market, bars, at))
        volume = np.repeat(index.volume[:, None], len(market.ids), axis=1)
        for column, each in enumerate(market.ids):
            if each in self.episode.own:
                own = self._turned(self.episode.own[each])
                for new, old in zip(_like(own, was), wanted, strict=True):
                    old[:, column] = new[:, column]
                volume[:, column] = own.volume
        return _busier(relay(bars, at, wanted), at, volume)

    def _beta(self, market: Market, bars: Bars, at: int) -> Floats:
        moves = moves_before(bars, at, BETA_WINDOW)
        if market.benchmark is None:
            index = _mean_row(moves)
        else:
            index = moves_before(market.benchmark, at, BETA_WINDOW)
        return np.clip(beta_of(moves, index), self.least_beta, MOST_BETA)


def beta_of(moves: Floats, index: Floats) -> Floats:
    """Give each instrument's beta, drawn towards 1; 1 where under 63 moves are known.

    Args:
        moves: Log moves, shape (n_steps, n_instruments); NaN where none.
        index: Of the index, shape (n_steps, 1).

    Returns:
        Shape (n_instruments,).
    """
    both = np.isfinite(moves) & np.isfinite(index)
    known = np.where(both, index, np.nan)
    away = known - mean_of(known)
    square = add_up(away**2)
    enough = (both.sum(axis=0) >= BETA_MIN_MOVES) & (square > 0)
    raw = np.where(enough, add_up(away * moves) / np.where(enough, square, 1.0), 1.0)
    beta: Floats = 1.0 + BETA_TRUST * (raw - 1.0)
    return beta


def _rows(bars: Bars, at: int, moves: Moves) -> Excursion:
    return Excursion._make(each[at : at + len(moves.close)] for each in excursion(bars))


def _mean_row(rows: Floats) -> Floats:
    """Give the mean over instruments, the same to the last bit in any order of them."""
    known = [row[np.isfinite(row)] for row in rows]
    return np.array([[math.fsum(row) / max(len(row), 1)] for row in known])


def _average(was: Excursion) -> Excursion:
    return Excursion._make(_mean_row(each) for each in was)


def _along(index: Moves, was: Excursion, path: Excursion, beta: Floats) -> Excursion:
    """Give what bars do that move as they did, but for what the index does instead."""
    n_rows = len(was.close)
    first, close, above, below = (each[:n_rows, None] for each in index[:4])
    by_close = beta * (close - _or_zero(path.close))
    by_open = np.where(np.isfinite(first), beta * (first - _or_zero(path.open)), by_close)
    wick = _wicks(was)
    return _bar(
        was.open + by_open,
        _or_zero(was.close) + by_close,
        np.maximum(wick[0], beta * above),
        np.maximum(wick[1], beta * below),
    )


def _like(own: Moves, was: Excursion) -> Excursion:
    """Give what bars do that make these moves."""
    shape, n_rows = was.close.shape, len(was.close)
    first, close, above, below = (np.broadcast_to(each[:n_rows, None], shape) for each in own[:4])
    told = np.isfinite(first)
    wick = _wicks(was)
    return _bar(
        np.where(told, first, was.open + close - was.close),
        close,
        np.where(told, above, wick[0]),
        np.where(told, below, wick[1]),
    )


def _bar(first: Floats, close: Floats, above: Floats, below: Floats) -> Excursion:
    high, low = np.maximum(first, close) + above, np.minimum(first, close) - below
    return Excursion(first, high, low, np.array(close))


def _wicks(was: Excursion) -> tuple[Floats, Floats]:
    return was.high - np.maximum(was.open, was.close), np.minimum(was.open, was.close) - was.low


def _or_zero(moves: Floats) -> Floats:
    return np.where(np.isfinite(moves), moves, 0.0)


def _busier(bars: Bars, at: int, ratio: Floats) -> Bars:
    volume = bars.volume.copy()
    rows = volume[at : at + len(ratio)]
    rows[:] = np.floor(rows * ratio[: len(rows)])
    return bars._replace(volume=volume)


def recorded(world: World, first: str, last: str) -> Episode:
    """Take an episode from a world: its benchmark's moves, and those of who traded throughout.

    Args:
        world: With a benchmark, whose bars reach from the eve of `first` to `last`.
        first: ISO date of the first session.
        last: ISO date of the last one.

    Raises:
        DataError: The world has no benchmark, or not these sessions.
    """
    days = [int(np.datetime64(each).astype(np.int64)) for each in (first, last)]
    start, end = np.searchsorted(world.bars.session, [days[0], days[1] + 1])
    if world.benchmark is None or start == 0 or end - 1 >= world.n_steps or start >= end:
        raise DataError(f"no episode {first} to {last}: the world has no such index sessions")
    own = _moves(world.bars, int(start), int(end))
    there = np.isfinite(own.close).all(axis=0) & np.isfinite(world.bars.close[start - 1])
    return Episode(
        first=first,
        last=last,
        source=f"benchmark and instruments of the world, sessions {first} to {last}",
        index=_column(_moves(world.benchmark, int(start), int(end)), 0),
        own=MappingProxyType(
            {
                each.id: _column(own, index)
                for index, each in enumerate(world.instruments)
                if there[index]
            }
        ),
    )


def _moves(bars: Bars, start: int, end: int) -> Moves:
    """Give the moves of all instruments, shape (end - start, n_instruments)."""
    was = Excursion._make(each[start:end] for each in excursion(bars))
    whole = bars.volume / units_index(bars)
    usual = mean_of(whole[max(0, start - USUAL_VOLUME_WINDOW) : start])
    ratio = whole[start:end] / np.where(usual > 0, usual, np.nan)
    return Moves(was.open, was.close, *_wicks(was), np.where(np.isfinite(ratio), ratio, 1.0))


def _column(moves: Moves, index: int) -> Moves:
    return Moves._make(each[:, index] for each in moves)


def published(table: Published) -> Episode:
    """Make the episode of a published table.

    Closes are the index's. Open, high and low stand to each other as those of what was traded.
    """
    rows = np.array([each[1:] for each in table.sessions])
    close, first, high, low, last, volume = rows.T
    moves = Moves(
        open=np.log(first[1:] / last[:-1]),
        close=np.log(close[1:] / close[:-1]),
        above=np.log(high / np.maximum(first, last))[1:],
        below=np.log(np.minimum(first, last) / low)[1:],
        volume=volume[1:] / table.usual_volume,
    )
    dates = [each.date for each in table.sessions]
    return Episode(dates[1], dates[-1], table.source, moves, MappingProxyType({}))


def closes_only(table: Closes) -> Episode:
    """Make the episode of published closes; bars keep their shape and volume."""
    close = np.diff(np.log(np.array(table.close)))
    flat = np.zeros(len(close))
    moves = Moves(np.full(len(close), np.nan), close, flat, flat, flat + 1.0)
    return Episode(table.first, table.last, table.source, moves, MappingProxyType({}))


PUBLISHED: Mapping[str, Dated] = MappingProxyType(
    {
        each.name: each
        for each in (
            Dated(
                name="crash_1987",
                about="Black Monday, from 14 to 30 October 1987",
                episode=published(OCTOBER_1987),
            ),
            Dated(
                name="august_2015",
                about="the open of 24 August 2015 and the week after",
                episode=published(AUGUST_2015),
            ),
            Dated(
                name="spring_2020",
                about="the pandemic, from the peak to the low of March 2020",
                episode=published(SPRING_2020),
            ),
            # Bonds fell with shares: in 2022 the Bloomberg US Aggregate returned -13.0 %, the
            # S&P 500 -18.1 %, dividends counted.
            Dated(
                name="rates_2022",
                about="the slow fall of shares and bonds from January to October 2022",
                episode=closes_only(RATES_2022),
                least_beta=0.7,
            ),
        )
    }
)
"""Episodes that no world of the package covers, from published figures."""
