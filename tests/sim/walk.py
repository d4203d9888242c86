"""Random walks through exchange and ledger, compiled, for tests: every event by its seed."""

import hashlib

import numpy as np

from steelyard.kernel import kernel
from steelyard.sim import accounts
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms, Units
from steelyard.sim.exchange import Floor
from steelyard.sim.ledger import Ledger, conserved, equity, open_ledger
from steelyard.sim.orders import Order
from steelyard.sim.prints import Prints
from steelyard.types.chance import uniform
from steelyard.types.decision import FillColumn, Fills, Orders

N_INSTRUMENTS = 3
N_SLOTS = 4
N_EVENTS = 12
N_FAULTS = 6
NO_FAULT = 0
MOST_FILLS = 2000
SPLITS = np.array([[2, 1], [3, 2], [1, 10], [7, 3], [1, 2], [20, 1], [5, 4], [1, 30]])


def fresh(lot_units=(1, 7, 100), tick_micros=(10_000, 2_500, 1)):
    """A ledger of three instruments of different lots and ticks."""
    return open_ledger(units(lot_units, tick_micros))


def units(lot_units=(1, 7, 100), tick_micros=(10_000, 2_500, 1)):
    """Half a currency unit a tick; the ledger's own ticks are micros."""
    tick, keys = np.full(len(lot_units), 0.5), np.arange(len(lot_units))
    return Units(tick, np.array(lot_units), np.array(tick_micros), keys)


def fresh_floor():
    """That ledger, no orders, and one bar of no prices yet."""
    action = np.zeros((1, N_INSTRUMENTS, 4), np.int64)
    action[..., :2], action[..., 3] = 1, -1
    flow = np.full((1, N_INSTRUMENTS, 6), np.inf)
    flow[..., 2], flow[..., 3], flow[..., 4] = 1.0, 0.02, 0.0
    ticks, nothing = np.zeros((1, N_INSTRUMENTS, 4), np.int64), np.zeros(1, np.bool_)
    fills = Fills(np.zeros((MOST_FILLS, len(FillColumn)), np.int64), np.zeros(1, np.int64))
    prints = Prints(ticks, flow, action, nothing, nothing)
    return venue.floor_of(prints, N_SLOTS, units(), terms(), fills)


@kernel
def draw(seed: int, event: int, key: int, n: int) -> int:
    """Draw an integer from 0 to n - 1."""
    return int(uniform(seed, 1, 0, event, key) * n)


@kernel
def orders_of(seed: int, event: int, orders: Orders) -> None:
    """Lay random orders of every kind and purpose into all slots, some of them children."""
    for i in range(N_INSTRUMENTS):
        for slot in range(N_SLOTS):
            key, first = (i * N_SLOTS + slot) * 16, event * 100 + i * 10
            kind, waits = draw(seed, event, key + 1, 5), draw(seed, event, key + 2, 3) == 0
            order = Order(
                first + slot,
                (draw(seed, event, key + 3, 401) - 200) * (draw(seed, event, key, 4) > 0),
                kind,
                1 + draw(seed, event, key + 4, 3),
                1 + draw(seed, event, key + 5, 2000),
                1 + draw(seed, event, key + 6, 2000),
                1 + draw(seed, event, key + 7, 50),
                draw(seed, event, key + 8, 5 if kind > 1 else 7),
                event,
                first + (slot + 1) % N_SLOTS if waits else -1,
                draw(seed, event, key + 9, 3),
            )
            desk.place(orders, i, slot, order, 0)


@kernel
def bar_of(seed: int, event: int, floor: Floor) -> None:
    """Draw open, high, low, close and volume of every instrument, in ticks."""
    for i in range(N_INSTRUMENTS):
        key, row = 1000 + i * 8, floor.ticks[0, i]
        first, last = 1 + draw(seed, event, key, 2000), 1 + draw(seed, event, key + 1, 2000)
        row[0], row[3] = first, last
        row[1] = max(first, last) + draw(seed, event, key + 2, 100)
        row[2] = max(1, min(first, last) - draw(seed, event, key + 3, 100))
        floor.flow[0, i, 0] = floor.flow[0, i, 1] = float(draw(seed, event, key + 4, 100_000))


@kernel
def happen(floor: Floor, seed: int, event: int) -> None:
    """Let one random thing happen: a bar with orders, an action, a deposit, a mark, a fee."""
    ledger, what = floor.ledger, draw(seed, event, 2000, 9)
    i = draw(seed, event, 2001, N_INSTRUMENTS)
    if what <= 2:
        orders_of(seed, event, floor.orders)
        bar_of(seed, event, floor)
        venue.match(floor, 0, 15)
        venue.mark_all(floor, 0)
    elif what == 3:
        new, old = SPLITS[draw(seed, event, 2002, len(SPLITS))]
        books.post_split(ledger, i, new, old)
    elif what == 4:
        books.post_dividend(ledger, i, draw(seed, event, 2002, 3_000_000))
    elif what == 5:
        books.post_deposit(ledger, draw(seed, event, 2002, 2_000_000_000) - 1_000_000_000)
    elif what == 6:
        books.mark(ledger, i, 1 + draw(seed, event, 2002, 2000))
    elif what == 7:
        books.post_cash_out(ledger, i, draw(seed, event, 2002, 3_000_000))
    else:
        books.post_borrow(ledger, i, uniform(seed, 1, 0, event, 2002) * 0.01)
        books.post_interest(ledger, uniform(seed, 1, 0, event, 2003) * 0.01, 0.01)


@kernel
def spoil(ledger: Ledger, fault: int, seed: int) -> None:
    """Commit one error that a ledger can have."""
    i = draw(seed, 0, 3000, N_INSTRUMENTS)
    if fault == 1:
        ledger.accounts[accounts.CASH] += 1
    elif fault == 2:
        ledger.position[:, accounts.LOTS] += 1
    elif fault == 3:
        ledger.position[:, accounts.MARK] += 1
    elif fault == 4:
        ledger.position[i, accounts.COST] += 1
    elif fault == 5:
        ledger.accounts[accounts.CASH] += 1
        ledger.accounts[accounts.HOLDINGS] -= 1
    elif fault == 6:
        ledger.position[i, accounts.PRICE_RESULT] -= 1


@kernel
def unbalanced(floor: Floor, seed: int, fault: int) -> int:
    """Give the first event of a random sequence after which the books do not balance, else -1."""
    ledger = floor.ledger
    for event in range(N_EVENTS):
        cash, held = ledger.accounts[accounts.CASH], ledger.accounts[accounts.HOLDINGS]
        sources = ledger.accounts[2:].sum()
        happen(floor, seed, event)
        if event == N_EVENTS // 2:
            spoil(ledger, fault, seed)
        moved = equity(ledger) - cash - held
        explained = sources - ledger.accounts[2:].sum()
        if not conserved(ledger) or ledger.accounts.sum() != 0 or moved != explained:
            return event
    return -1


def terms():
    """Caps and costs that bite."""
    return Terms(
        fee_bps=0.7,
        fee_minimum=900.0,
        slippage_bps=2.3,
        impact=0.5,
        permanent=0.3,
        auction_share=0.02,
        bar_share=0.02,
        worse=True,
        seed=11,
    )


def walked(seeds):
    """Hash all books, orders and fills after one random sequence of each seed."""
    digest = hashlib.sha256()
    for seed in seeds:
        floor = fresh_floor()
        unbalanced(floor, seed, NO_FAULT)
        for column in (*floor.ledger, floor.orders.table, *floor.fills):
            digest.update(column.tobytes())
    return digest.hexdigest()
