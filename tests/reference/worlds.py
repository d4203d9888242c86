"""Random bars, terms and order lists that collide with each other at every turn."""

import math
import random
from typing import NamedTuple

import numpy as np

from steelyard.sim.costs import Terms, Units
from steelyard.sim.play import Carry, Deed, ListColumn
from steelyard.sim.prints import Prints
from steelyard.types.decision import OrderKind, Purpose, TimeInForce

N_STEPS, N_INSTRUMENTS = 40, 3
KINDS = tuple(OrderKind)
FORCES = tuple(TimeInForce)
ONE_PART = (TimeInForce.IOC, TimeInForce.FOK)
PRINT_FORCES = (TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE)
SPLITS = ((2, 1), (3, 2), (1, 10), (7, 3), (1, 2), (5, 4), (1, 3))
NO_LIMITS = (0.0, math.inf)
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
    chance = random.Random(seed)  # noqa: S311 - worlds, not secrets
    units, terms = random_units(chance), random_terms(chance)
    prints = random_prints(chance, limited=chance.random() < 0.3)
    orders = random_list(chance, prints)
    carry = Carry(*(chance.choice((0.0, 1e-4, 3.3e-3)) for _ in range(3)))
    cash = chance.choice((1, 200, 1_000, 10_000)) * 1_000_000
    return Game(prints, orders, units, terms, cash, carry)


def random_units(chance) -> Units:
    """Give lots and ticks of several sizes."""
    lots = [chance.choice((1, 1, 2, 10)) for _ in range(N_INSTRUMENTS)]
    micros = [chance.choice((10_000, 10_000, 10_000, 2_500, 1)) for _ in range(N_INSTRUMENTS)]
    keys = chance.sample(range(N_INSTRUMENTS), N_INSTRUMENTS)
    return Units(np.full(N_INSTRUMENTS, 0.01), np.array(lots), np.array(micros), np.array(keys))


def random_terms(chance) -> Terms:
    """Give costs, caps and an account; each is sometimes absent."""

    def maybe(value, odds=0.6):
        return value if chance.random() < odds else 0.0

    def likely(odds):
        return chance.random() < odds

    cash_account = likely(0.3)
    return Terms(
        fee_bps=maybe(1.3),
        fee_per_unit=maybe(3_500.0),
        fee_per_order=maybe(100_000.0, 0.3),
        fee_minimum=maybe(350_000.0, 0.5),
        slippage_bps=maybe(2.7),
        impact=maybe(0.8),
        permanent=maybe(0.6),
        auction_share=chance.choice((0.02, 0.1, 1.0)),
        bar_share=chance.choice((0.02, 0.1, 1.0)),
        worse=likely(0.5),
        nearest=likely(0.5),
        at_close=likely(0.3),
        cash_account=cash_account,
        initial_margin=0.0 if cash_account else chance.choice((0.0, 0.25, 0.5)),
        maintenance_margin=0.0 if cash_account else chance.choice((0.0, 0.2, 0.3)),
        refuses_opposite=likely(0.3),
        latency=chance.choice((0, 0, 0, 1, 2)),
        seed=chance.randrange(1 << 40),
        path=chance.randrange(5),
    )


def random_prints(chance, *, limited) -> Prints:
    """Give bars around 100 ticks with gaps, halts, splits, dividends and delistings."""
    shape = N_STEPS, N_INSTRUMENTS
    action = random_actions(chance)
    ticks, flow = np.zeros((*shape, 4), np.int64), np.empty((*shape, 6))
    for i in range(N_INSTRUMENTS):
        close = float(chance.randint(60, 160))
        for step in range(N_STEPS):
            new, old = action[step, i, :2].tolist()
            close *= old / new
            bounds = (math.ceil(close * 0.94), math.floor(close * 1.06)) if limited else NO_LIMITS
            ticks[step, i] = bar = random_bar(chance, close, bounds)
            flow[step, i] = *random_flow(chance, known=step >= UNKNOWN), *bounds
            if chance.random() < 0.06:
                ticks[step, i] = 0
            close = min(max(bar[3], 20), 400)
    acts = (action[..., 0] != action[..., 1]) | (action[..., 2] != 0) | (action[..., 3] >= 0)
    ends = np.array([chance.random() < 0.5 for _ in range(N_STEPS)])
    return Prints(ticks, flow, action, acts.any(axis=1), ends)


def random_bar(chance, close, bounds) -> tuple[int, int, int, int]:
    """Give open, high, low and close after a close, within the bounds."""
    first, last = (_walk(chance, close, bounds) for _ in range(2))
    high = min(max(first, last) + chance.randrange(5), max(first, last, bounds[1]))
    low = max(min(first, last) - chance.randrange(5), min(first, last, bounds[0]), 1)
    return first, high, low, last


def _walk(chance, close, bounds) -> int:
    spread = 0.08 if chance.random() < 0.15 else 0.025
    price = math.floor(close * (1.0 + chance.gauss(0.0, spread)) + 0.5)
    return int(max(1, min(max(price, bounds[0]), bounds[1])))


def random_flow(chance, *, known) -> tuple[float, float, float, float]:
    """Give volume, trailing volume, half-spread and volatility; each is sometimes unknown."""
    volume = chance.choices((0.0, math.nan, 40.0, 300.0, 2000.0), (1, 1, 8, 8, 8))[0]
    trailing = chance.choices((math.nan, 60.0, 333.3, 2500.0), (1, 8, 8, 8))[0]
    volatility = math.nan if chance.random() < 0.05 else 0.02 + 0.02 * chance.random()
    if not known:
        trailing = volatility = math.nan
    return volume, trailing, chance.choice((0.0, 2.0, 7.5)), volatility


def random_actions(chance) -> np.ndarray:
    """Give splits, dividends and mostly one delisting, late."""
    action = np.zeros((N_STEPS, N_INSTRUMENTS, 4), np.int64)
    action[..., :2], action[..., 3] = 1, -1
    for each in action.reshape(-1, 4):
        if chance.random() < 0.03:
            each[:2] = chance.choice(SPLITS)
        if chance.random() < 0.04:
            each[2] = chance.randint(1, 20_000)
    if chance.random() < 0.7:
        where = chance.randrange(N_STEPS // 2, N_STEPS), chance.randrange(N_INSTRUMENTS)
        action[(*where, 3)] = chance.choice((0, 700_000))
    return action


def random_list(chance, prints) -> np.ndarray:
    """Give an order list: single orders, brackets, groups, changes of earlier ones."""
    rows: list[dict[str, int]] = []
    placed: list[dict[str, int]] = []
    for step in range(N_STEPS - 1):
        for i in range(N_INSTRUMENTS):
            near = int(prints.ticks[max(step - 1, 0), i, 3]) or 100
            for _ in range(chance.randrange(3)):
                new = _happening(chance, placed, (step, i, near))
                rows += new
                placed += [row for row in new if row["deed"] == Deed.PLACE]
    columns = [column.name.lower() for column in ListColumn]
    return np.array([[row[c] for c in columns] for row in rows], dtype=np.int64)


def _happening(chance, placed, where) -> list[dict[str, int]]:
    """Give a change of an earlier order, a bracket, two that cancel each other, or one order."""
    number, what, side = 1 + len(placed), chance.random(), chance.choice((-1, 1))
    if what < 0.2 and placed:
        return [_change(chance, chance.choice(placed[-8:]), where[0])]
    if what < 0.4:
        return _bracket(chance, number, where)
    if what < 0.5:
        pair = [_order(chance, number + k, where, side) for k in range(2)]
        return [order | {"group": number} for order in pair]
    return [_order(chance, number, where, side)]


def _order(chance, number, where, side) -> dict[str, int]:
    step, i, near = where
    kind, force = chance.choice(KINDS), chance.choice(FORCES)
    not_there = force in PRINT_FORCES and kind not in (OrderKind.MARKET, OrderKind.LIMIT)
    if not_there or chance.random() < 0.4:
        force = TimeInForce.GTC
    stop, limit = (max(2, near + chance.randint(-7, 7)) for _ in range(2))
    return {
        "step": step,
        "deed": Deed.PLACE,
        "instrument": i,
        "id": number,
        "lots": side * chance.choice((3, 10, 25, 60)),
        "kind": kind,
        "purpose": chance.choice((*[Purpose.OPEN] * 3, Purpose.REDUCE, Purpose.PROTECT)),
        "limit": limit if kind in (OrderKind.LIMIT, OrderKind.STOP_LIMIT) else 0,
        "stop": 0 if kind in (OrderKind.MARKET, OrderKind.LIMIT) else stop,
        "trail": chance.randint(1, 5) if kind == OrderKind.TRAILING_STOP else 0,
        "force": force,
        "until": step + chance.randrange(4),
        "parent": -1,
        "group": 0,
    }


def _bracket(chance, number, where) -> list[dict[str, int]]:
    """Give an entry and one to three children, mostly a stop and a target of one group."""
    side = chance.choice((-1, 1))
    entry = _order(chance, number, where, side) | {"purpose": Purpose.OPEN}
    rows, group = [entry], number if chance.random() < 0.8 else 0
    for k in range(chance.randint(1, 3)):
        child = _order(chance, number + 1 + k, where, -side)
        child |= {"parent": number, "group": group, "lots": -entry["lots"]}
        if chance.random() < 0.8:
            child["purpose"] = Purpose.PROTECT
        if chance.random() < 0.35:
            child |= {"force": chance.choice(ONE_PART), "lots": -side * chance.choice((1, 3))}
        rows.append(child)
    return rows


def _change(chance, old, step) -> dict[str, int]:
    shift = chance.randint(-4, 4)
    moved = {name: max(2, old[name] + shift) if old[name] else 0 for name in ("limit", "stop")}
    deed = Deed.CANCEL if chance.random() < 0.4 else Deed.REPLACE
    return (
        old | moved | {"step": step, "deed": deed, "lots": old["lots"] * chance.choice((1, 1, 2))}
    )
