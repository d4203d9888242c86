"""Random walks through exchange and ledger, compiled, for tests: every event by its seed."""

import hashlib

import numpy as np

from steelyard.kernel import kernel
from steelyard.sim import ledger as books
from steelyard.sim.exchange import BarRow, ExchangeSettings, empty_orders, match
from steelyard.sim.ledger import Ledger, conserved, equity, open_ledger
from steelyard.types.arrays import Ints
from steelyard.types.chance import uniform
from steelyard.types.decision import Orders

N_INSTRUMENTS = 3
N_EVENTS = 12
N_FAULTS = 6
NO_FAULT = 0
SPLITS = np.array([[2, 1], [3, 2], [1, 10], [7, 3], [1, 2], [20, 1], [5, 4], [1, 30]])


def fresh(lot_units=(1, 7, 100), tick_micros=(10_000, 2_500, 1)):
    """A ledger of three instruments of different lots and ticks."""
    return open_ledger(np.array(lot_units), np.array(tick_micros))


@kernel
def draw(seed: int, event: int, key: int, n: int) -> int:
    """Draw an integer from 0 to n - 1."""
    return int(uniform(seed, 1, 0, event, key) * n)


@kernel
def orders_of(seed: int, event: int, orders: Orders) -> None:
    """Lay random orders of every kind and purpose into all slots, some of them children."""
    for slot in range(len(orders.live)):
        key = slot * 8
        orders.live[slot] = draw(seed, event, key, 4) > 0
        orders.id[slot] = event * 100 + slot
        orders.instrument[slot] = draw(seed, event, key + 1, N_INSTRUMENTS)
        orders.lots[slot] = draw(seed, event, key + 2, 401) - 200
        orders.live[slot] &= orders.lots[slot] != 0
        orders.kind[slot] = draw(seed, event, key + 3, 3)
        orders.limit_ticks[slot] = 1 + draw(seed, event, key + 4, 2000)
        orders.stop_ticks[slot] = 1 + draw(seed, event, key + 5, 2000)
        orders.purpose[slot] = 1 + draw(seed, event, key + 6, 3)
        waits = draw(seed, event, key + 7, 3) == 0
        orders.parent[slot] = event * 100 + (slot + 1) % len(orders.live) if waits else -1


@kernel
def bar_of(seed: int, event: int, row: Ints) -> None:
    """Draw open, high, low, close and volume of every instrument, in ticks."""
    for i in range(N_INSTRUMENTS):
        key = 1000 + i * 8
        first, last = 1 + draw(seed, event, key, 2000), 1 + draw(seed, event, key + 1, 2000)
        row[0, i], row[3, i] = first, last
        row[1, i] = max(first, last) + draw(seed, event, key + 2, 100)
        row[2, i] = max(1, min(first, last) - draw(seed, event, key + 3, 100))
        row[4, i] = draw(seed, event, key + 4, 100_000)


@kernel
def happen(
    ledger: Ledger, orders: Orders, row: Ints, settings: ExchangeSettings, seed: int, event: int
) -> None:
    """Let one random thing happen: a bar with orders, an action, a deposit, a mark, a fee."""
    what = draw(seed, event, 2000, 8)
    i = draw(seed, event, 2001, N_INSTRUMENTS)
    if what <= 2:
        orders_of(seed, event, orders)
        bar_of(seed, event, row)
        bar = BarRow(
            row[0] * 0.5,
            row[1] * 0.5,
            row[2] * 0.5,
            row[3] * 0.5,
            row[4] * 1.0,
            row[4] * 1.0,
            row[4] * 1e-4,
        )
        _, fills = match(orders, bar, ledger.lots, settings, event, 15)
        books.post(ledger, fills, event)
    elif what == 3:
        new, old = SPLITS[draw(seed, event, 2002, len(SPLITS))]
        books.post_split(ledger, i, new, old)
    elif what == 4:
        books.post_dividend(ledger, i, draw(seed, event, 2002, 3_000_000))
    elif what == 5:
        books.post_deposit(ledger, draw(seed, event, 2002, 2_000_000_000) - 1_000_000_000)
    elif what == 6:
        books.mark(ledger, i, 1 + draw(seed, event, 2002, 2000))
    else:
        books.post_borrow(ledger, i, uniform(seed, 1, 0, event, 2002) * 0.01)


@kernel
def spoil(ledger: Ledger, fault: int, seed: int) -> None:
    """Commit one error that a ledger can have."""
    i = draw(seed, 0, 3000, N_INSTRUMENTS)
    if fault == 1:
        ledger.accounts[books.CASH] += 1
    elif fault == 2:
        ledger.lots[:] += 1
    elif fault == 3:
        ledger.mark_ticks[:] += 1
    elif fault == 4:
        ledger.cost[i] += 1
    elif fault == 5:
        ledger.accounts[books.CASH] += 1
        ledger.accounts[books.HOLDINGS] -= 1
    elif fault == 6:
        ledger.price_result[i] -= 1


@kernel
def unbalanced(
    ledger: Ledger, orders: Orders, settings: ExchangeSettings, seed: int, fault: int
) -> int:
    """Give the first event of a random sequence after which the books do not balance, else -1."""
    row = np.zeros((5, N_INSTRUMENTS), np.int64)
    for event in range(N_EVENTS):
        cash, held = ledger.accounts[books.CASH], ledger.accounts[books.HOLDINGS]
        sources = ledger.accounts[2:].sum()
        happen(ledger, orders, row, settings, seed, event)
        if event == N_EVENTS // 2:
            spoil(ledger, fault, seed)
        moved = equity(ledger) - cash - held
        explained = sources - ledger.accounts[2:].sum()
        if not conserved(ledger) or ledger.accounts.sum() != 0 or moved != explained:
            return event
    return -1


def terms():
    """Half a currency unit a tick on the exchange; caps, fee and slippage that bite."""
    return ExchangeSettings(
        tick=np.full(N_INSTRUMENTS, 0.5),
        lot_units=np.array([1, 7, 100]),
        tick_micros=np.array([10_000, 2_500, 1]),
        key=np.arange(N_INSTRUMENTS),
        fee_bps=0.7,
        slippage_bps=2.3,
        auction_share=0.02,
        at_close=False,
        seed=11,
        path=0,
    )


def walked(seeds):
    """Hash all books and orders after one random sequence of each seed."""
    digest = hashlib.sha256()
    for seed in seeds:
        ledger, orders = fresh(), empty_orders(6)
        unbalanced(ledger, orders, terms(), seed, NO_FAULT)
        for column in (*ledger, *orders):
            digest.update(column.tobytes())
    return digest.hexdigest()
