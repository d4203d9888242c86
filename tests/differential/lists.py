"""Random order lists, and the way they are handed to a peer.

Prices of bars lie on even ticks, those of orders on odd ones, so that no order is touched
exactly: a touch fills a limit there, and not here.
"""

import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

N_LISTS = 200
N_BARS = 60
TICK = 0.01
CASH = 100_000_000.0
COST = 0.0007
"""Fee and half-spread together, as a fraction of what is traded."""
FOREVER = N_BARS
ROW = np.dtype(
    [
        ("list", np.int64),
        ("from", np.int64),  # first bar at which it works
        ("until", np.int64),  # last one; FOREVER where it is good till cancelled
        ("units", np.int64),  # signed
        *((name, np.float64) for name in ("limit", "stop", "sl", "tp")),  # NaN: none
    ]
)
FIRST_BAR = 2
"""backtesting.py sends nothing before."""
SIGMA = 0.015
NONE = float("nan")


class Lists(NamedTuple):
    """Bars of each list, shape (N_LISTS, N_BARS), and the orders of all lists in order."""

    open: np.ndarray
    high: np.ndarray
    low: np.ndarray
    close: np.ndarray
    orders: np.ndarray


class Replayed(NamedTuple):
    """What came of the lists."""

    fills: list[dict[tuple[int, int, int], float]]
    """Of each list, units by (bar, price in ticks, side)."""
    n_fills: np.ndarray
    """Postings of each list."""
    equity: np.ndarray
    """At the last close, shape (N_LISTS,)."""


def mixed_lists(seed: int) -> Lists:
    """Make lists of market, limit and stop orders, for a bar or till cancelled."""
    rng = np.random.default_rng(seed)
    bars = _bars(rng)
    rows = []
    for index in range(N_LISTS):
        for first in np.sort(rng.integers(FIRST_BAR, N_BARS, rng.integers(5, 25))):
            units = int(rng.integers(1, 500)) * int(rng.choice([-1, 1]))
            near = bars.close[index, first - 1] * np.exp(SIGMA * rng.normal())
            price = _odd(near)
            kind = rng.integers(3)
            limit, stop = price if kind == 1 else NONE, price if kind == 2 else NONE
            last = int(rng.choice([first, min(first + 5, FOREVER), FOREVER]))
            rows.append((index, first, last, units, limit, stop, NONE, NONE))
    return bars._replace(orders=np.array(rows, ROW))


def lone_limits(lists: Lists) -> Lists:
    """Leave out limits that would work beside another one of the same list and side.

    Of several that one price goes past, nautilus fills the first: it takes the market to be
    at that one's price until its next print.
    """
    kept, works_until = [], {}
    for row in lists.orders:
        at = row["list"], row["units"] > 0
        if np.isfinite(row["limit"]):
            if works_until.get(at, -1) >= row["from"]:
                continue
            works_until[at] = row["until"]
        kept.append(row)
    return lists._replace(orders=np.array(kept, ROW))


def market_lists(seed: int) -> Lists:
    """Make lists of market orders, at most one in a bar."""
    rng = np.random.default_rng(seed)
    bars = _bars(rng)
    rows = []
    for index in range(N_LISTS):
        steps = np.arange(FIRST_BAR, N_BARS)
        for first in np.sort(rng.choice(steps, rng.integers(5, 25), replace=False)):
            units = int(rng.integers(1, 500)) * int(rng.choice([-1, 1]))
            rows.append((index, first, first, units, NONE, NONE, NONE, NONE))
    return bars._replace(orders=np.array(rows, ROW))


def bracket_lists(seed: int) -> Lists:
    """Make lists of market entries, each with a stop and a target, all of a list on one side."""
    rng = np.random.default_rng(seed)
    bars = _bars(rng)
    rows = []
    for index in range(N_LISTS):
        side = int(rng.choice([-1, 1]))
        for first in np.sort(rng.integers(FIRST_BAR, N_BARS, rng.integers(3, 10))):
            # backtesting.py wants the close before the entry between the two.
            around = bars.close[index, first - 1], bars.open[index, first]
            wide = SIGMA * (0.3 + rng.random(2))
            low, high = _odd(min(around) * (1 - wide[0])), _odd(max(around) * (1 + wide[1]))
            sl, tp = (low, high) if side > 0 else (high, low)
            units = side * int(rng.integers(1, 500))
            if not _turns(bars, index, low, high, side):
                rows.append((index, first, FOREVER, units, NONE, NONE, sl, tp))
    return bars._replace(orders=np.array(rows, ROW))


def _turns(bars: Lists, index: int, low: float, high: float, side: int) -> bool:
    """Say whether any bar opens beyond the target and goes back to the stop.

    Then the target has filled at the open here; backtesting.py takes the stop.
    """
    if side > 0:
        turns = (bars.open[index] > high) & (bars.low[index] < low)
    else:
        turns = (bars.open[index] < low) & (bars.high[index] > high)
    return bool(turns.any())


def write(lists: Lists, to: Path) -> None:
    """Write lists for a peer."""
    np.savez(to, **lists._asdict(), cash=CASH, cost=COST)


def read(path: Path) -> Replayed:
    """Read what a peer wrote: fills as rows (list, bar, signed units, price), and equities."""
    told = np.load(path)
    return as_replayed(told["fills"], told["equity"])


def as_replayed(rows: np.ndarray, equity: np.ndarray) -> Replayed:
    """Add up the fills of a bar at one price and side: a peer may split an order into trades."""
    fills: list[dict[tuple[int, int, int], float]] = [{} for _ in range(N_LISTS)]
    n_fills = np.zeros(N_LISTS, np.int64)
    for index, bar, units, price in rows:
        at = int(bar), round(price / TICK), 1 if units > 0 else -1
        mine = fills[int(index)]
        mine[at] = mine.get(at, 0.0) + units
        n_fills[int(index)] += 1
    return Replayed(fills, n_fills, np.asarray(equity, dtype=np.float64))


def _bars(rng: np.random.Generator) -> Lists:
    """Make bars on even ticks whose opens gap from the close before."""
    shape = N_LISTS, N_BARS
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, SIGMA, shape), axis=1))
    before = np.column_stack([np.full(N_LISTS, 100.0), close[:, :-1]])
    opened = before * np.exp(rng.normal(0.0, SIGMA / 3, shape))
    high = np.maximum(opened, close) * np.exp(SIGMA / 2 * rng.random(shape))
    low = np.minimum(opened, close) * np.exp(-SIGMA / 2 * rng.random(shape))
    return Lists(_even(opened), _even(high), _even(low), _even(close), np.empty(0, ROW))


def _even(price: np.ndarray) -> np.ndarray:
    return np.round(np.round(price / (2 * TICK)) * 2 * TICK, 2)


def _odd(price: float) -> float:
    return round((round(price / (2 * TICK)) * 2 + 1) * TICK, 2)


if __name__ == "__main__":
    kinds = {"mixed": mixed_lists, "market": market_lists, "bracket": bracket_lists}
    write(kinds[sys.argv[1]](1), Path(sys.argv[2]))
