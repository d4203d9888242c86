"""Random bars, terms and order lists that collide with each other at every turn."""

from typing import NamedTuple

import numpy as np

from steelyard.sim.costs import Terms, Units
from steelyard.sim.play import Carry, Deed, ListColumn
from steelyard.sim.prints import Prints
from steelyard.types.decision import OrderKind, Purpose, TimeInForce

N_STEPS, N_INSTRUMENTS = 40, 3
KINDS = tuple(OrderKind)
FORCES = tuple(TimeInForce)
PRINT_FORCES = (TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE)
SPLITS = ((2, 1), (3, 2), (1, 10), (7, 3), (1, 2), (5, 4), (1, 3))
UNKNOWN = 3
"""Steps before volume and volatility are known."""


class Game(NamedTuple):
    """What `play` is given."""

    prints: Prints
    orders: np.ndarray
    units: Units
    terms: Terms
    cash: int
    carry: Carry


def game(seed: int) -> Game:
    """Give one random world, always the same for a seed."""
    chance = np.random.default_rng(seed)
    units, terms = random_units(chance), random_terms(chance)
    prints = random_prints(chance, limited=chance.random() < 0.3)
    orders = random_list(chance, prints)
    carry = Carry(*chance.choice([0.0, 1e-4, 3.3e-3], 3))
    cash = int(chance.choice([20_000, 100_000, 1_000_000])) * 1_000_000 // 100
    return Game(prints, orders, units, terms, cash, carry)


def random_units(chance) -> Units:
    """Give lots and ticks of several sizes."""
    return Units(
        tick=np.full(N_INSTRUMENTS, 0.01),
        lot_units=chance.choice([1, 1, 2, 10], N_INSTRUMENTS).astype(np.int64),
        tick_micros=chance.choice([10_000, 2_500, 1], N_INSTRUMENTS, p=[0.8, 0.1, 0.1]),
        key=chance.permutation(N_INSTRUMENTS),
    )


def random_terms(chance) -> Terms:
    """Give costs, caps and an account; each is sometimes absent."""

    def maybe(value, odds=0.6):
        return float(value) if chance.random() < odds else 0.0

    cash_account = bool(chance.random() < 0.3)
    return Terms(
        fee_bps=maybe(1.3),
        fee_per_unit=maybe(3_500),
        fee_per_order=maybe(100_000, 0.3),
        fee_minimum=maybe(350_000, 0.4),
        slippage_bps=maybe(2.7),
        impact=maybe(0.8),
        permanent=maybe(0.6),
        auction_share=float(chance.choice([0.02, 0.1, 1.0])),
        bar_share=float(chance.choice([0.02, 0.1, 1.0])),
        worse=bool(chance.random() < 0.5),
        nearest=bool(chance.random() < 0.5),
        at_close=bool(chance.random() < 0.3),
        cash_account=cash_account,
        initial_margin=0.0 if cash_account else float(chance.choice([0.0, 0.25, 0.5])),
        maintenance_margin=0.0 if cash_account else float(chance.choice([0.0, 0.2, 0.3])),
        refuses_opposite=bool(chance.random() < 0.3),
        latency=int(chance.choice([0, 0, 0, 1, 2])),
        seed=int(chance.integers(1 << 40)),
        path=int(chance.integers(5)),
    )


def random_prints(chance, limited) -> Prints:
    """Give bars around 100 ticks with gaps, halts, splits, dividends and delistings."""
    shape = N_STEPS, N_INSTRUMENTS
    action = random_actions(chance)
    ticks = np.zeros((*shape, 4), np.int64)
    flow = np.empty((*shape, 6))
    ratio = action[..., 0] / action[..., 1]
    for i in range(N_INSTRUMENTS):
        close = float(chance.integers(60, 160))
        for step in range(N_STEPS):
            close /= ratio[step, i]
            bounds = 0.0, np.inf
            if limited:
                bounds = np.ceil(close * 0.94), np.floor(close * 1.06)
            first, last = _walk(chance, close, bounds), _walk(chance, close, bounds)
            high = max(first, last) + int(chance.integers(0, 5))
            low = max(1, min(first, last) - int(chance.integers(0, 5)))
            high, low = int(min(max(high, 1), bounds[1])), int(max(low, bounds[0], 1))
            ticks[step, i] = first, max(first, last, high), min(first, last, low), last
            flow[step, i, 4:] = bounds
            close = min(max(last, 20), 400)
    ticks[chance.random(shape) < 0.06] = 0
    flow[..., 0] = chance.choice(
        [0.0, np.nan, 40.0, 300.0, 2000.0], shape, p=[0.04, 0.04, 0.3, 0.3, 0.32]
    )
    flow[..., 1] = chance.choice([np.nan, 60.0, 333.3, 2500.0], shape, p=[0.04, 0.3, 0.3, 0.36])
    flow[..., 2] = chance.choice([0.0, 2.0, 7.5], shape)
    flow[..., 3] = np.where(chance.random(shape) < 0.05, np.nan, 0.02 + 0.02 * chance.random(shape))
    flow[:UNKNOWN, :, 1] = flow[:UNKNOWN, :, 3] = np.nan
    acts = (action[..., 0] != action[..., 1]) | (action[..., 2] != 0) | (action[..., 3] >= 0)
    return Prints(ticks, flow, action, acts.any(axis=1), chance.random(N_STEPS) < 0.5)


def _walk(chance, close, bounds) -> int:
    spread = 8.0 if chance.random() < 0.15 else 2.5
    price = np.floor(close + chance.normal(0.0, spread) * close / 100.0 + 0.5)
    return int(max(1.0, min(max(price, bounds[0]), bounds[1])))


def random_actions(chance) -> np.ndarray:
    """Give splits, dividends and at most one delisting, late."""
    shape = N_STEPS, N_INSTRUMENTS
    action = np.zeros((*shape, 4), np.int64)
    action[..., :2], action[..., 3] = 1, -1
    for step, i in np.argwhere(chance.random(shape) < 0.03):
        action[step, i, :2] = SPLITS[chance.integers(len(SPLITS))]
    action[..., 2] = np.where(chance.random(shape) < 0.04, chance.integers(1, 20_000, shape), 0)
    if chance.random() < 0.5:
        where = chance.integers(N_STEPS // 2, N_STEPS), chance.integers(N_INSTRUMENTS)
        action[(*where, 3)] = chance.choice([0, 700_000])
    return action


def random_list(chance, prints) -> np.ndarray:
    """Give an order list: single orders, brackets, groups, changes of earlier ones."""
    rows: list[list[int]] = []
    for step in range(N_STEPS - 1):
        for i in range(N_INSTRUMENTS):
            near = int(prints.ticks[max(step - 1, 0), i, 3]) or 100
            for _ in range(int(chance.integers(0, 3))):
                _add(chance, rows, step, i, near)
    return np.array(rows, dtype=np.int64)


def _add(chance, rows, step, i, near) -> None:
    what = chance.random()
    placed = [row for row in rows if row[ListColumn.DEED] == Deed.PLACE]
    if what < 0.2 and placed:
        _change(chance, rows, placed, step)
    elif what < 0.4:
        _bracket(chance, rows, step, i, near)
    elif what < 0.5:
        group = len(rows) + 1
        side = chance.choice([-1, 1])
        for _ in range(2):
            rows.append(_order(chance, rows, step, i, near, side) | {"group": group})
    else:
        rows.append(_order(chance, rows, step, i, near, chance.choice([-1, 1])))
    rows[:] = [_row(row) for row in rows]


def _row(row) -> list[int]:
    if isinstance(row, list):
        return row
    return [int(row[column.name.lower()]) for column in ListColumn]


def _order(chance, rows, step, i, near, side) -> dict[str, int]:
    kind = KINDS[chance.integers(len(KINDS))]
    force = FORCES[chance.integers(len(FORCES))]
    if force in PRINT_FORCES and kind not in (OrderKind.MARKET, OrderKind.LIMIT):
        force = TimeInForce.GTC
    if chance.random() < 0.4:
        force = TimeInForce.GTC
    purposes = (Purpose.OPEN, Purpose.OPEN, Purpose.OPEN, Purpose.REDUCE, Purpose.PROTECT)
    stop, limit = (max(2, near + int(chance.integers(-7, 8))) for _ in range(2))
    return {
        "step": step,
        "deed": Deed.PLACE,
        "instrument": i,
        "id": 1000 + len(rows),
        "lots": side * int(chance.choice([3, 10, 25, 60])),
        "kind": kind,
        "purpose": purposes[chance.integers(len(purposes))],
        "limit": limit if kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT) else 0,
        "stop": 0 if kind in (OrderKind.MARKET, OrderKind.LIMIT) else stop,
        "trail": int(chance.integers(1, 6)) if kind == OrderKind.TRAILING_STOP else 0,
        "force": force,
        "until": step + int(chance.integers(0, 4)),
        "parent": -1,
        "group": 0,
    }


def _bracket(chance, rows, step, i, near) -> None:
    """Add an entry and one to three children, mostly a stop and a target of one group."""
    side = chance.choice([-1, 1])
    entry = _order(chance, rows, step, i, near, side) | {"purpose": Purpose.OPEN}
    rows.append(entry)
    group = len(rows) if chance.random() < 0.8 else 0
    for _ in range(int(chance.integers(1, 4))):
        child = _order(chance, rows, step, i, near, -side)
        child |= {"parent": entry["id"], "group": group, "lots": -entry["lots"]}
        rows.append(child | {"purpose": Purpose.PROTECT} if chance.random() < 0.8 else child)


def _change(chance, rows, placed, step) -> None:
    old = dict(
        zip(
            (c.name.lower() for c in ListColumn),
            placed[-int(chance.integers(1, min(9, len(placed) + 1)))],
            strict=True,
        )
    )
    shift = int(chance.integers(-4, 5))
    deed = Deed.CANCEL if chance.random() < 0.4 else Deed.REPLACE
    lots = old["lots"] * int(chance.choice([1, 1, 2])) or 1
    limit, stop = (max(2, old[name] + shift) if old[name] else 0 for name in ("limit", "stop"))
    rows.append(old | {"step": step, "deed": deed, "lots": lots, "limit": limit, "stop": stop})
