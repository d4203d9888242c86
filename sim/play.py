"""Play a list of orders against bars: the exchange and the ledger alone, nobody decides."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.sim import accounts
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms, Units
from steelyard.sim.ledger import Ledger
from steelyard.sim.prints import Prints
from steelyard.types.arrays import Bools, Ints
from steelyard.types.decision import FillColumn, Fills

PARTS = 3
"""Parts of a bar in which an order may fill."""


class Deed(IntEnum):
    """What a row of an order list does."""

    PLACE = 0
    REPLACE = 1
    """Of the order with its id: lots left, limit and stop."""
    CANCEL = 2


class ListColumn(IntEnum):
    """Columns of an order list; those of an order mean the same as in `OrderColumn`."""

    STEP = 0
    """First step whose bar it meets, but for latency, and whose actions fall on it; rows are
    ordered by it."""
    DEED = 1
    """A `Deed`."""
    INSTRUMENT = 2
    ID = 3
    LOTS = 4
    KIND = 5
    PURPOSE = 6
    LIMIT = 7
    STOP = 8
    TRAIL = 9
    FORCE = 10
    UNTIL = 11
    PARENT = 12
    GROUP = 13


N_LIST_COLUMNS = len(ListColumn)
PLACE, CANCEL = int(Deed.PLACE), int(Deed.CANCEL)
DEED, INSTRUMENT, ID, LOTS, KIND, PURPOSE, LIMIT, STOP, TRAIL, FORCE, UNTIL, PARENT, GROUP = (
    int(column) for column in list(ListColumn)[1:]
)


class Played(NamedTuple):
    """What came of an order list."""

    fill: Ints
    """Columns as `FillColumn`, shape (n_fills, 12)."""
    equity: Ints
    """Micros at the end of each step, shape (T,), as is `cash`."""
    cash: Ints
    lots: Ints
    """Held at the end of each step, shape (T, N)."""
    refused: Ints
    """Rows of the list that the venue refused, shape (n_refused,)."""
    ledger: Ledger


class _Results(NamedTuple):
    account: Ints
    lots: Ints
    refused: Bools


class Carry(NamedTuple):
    """What money and borrowed units cost a step, as fractions."""

    borrow: float = 0.0
    earned: float = 0.0
    """On cash, less what was got for short positions."""
    paid: float = 0.0
    """On what that lacks."""


NO_CARRY = Carry()


def play(
    prints: Prints, orders: Ints, units: Units, terms: Terms, cash: int, carry: Carry = NO_CARRY
) -> Played:
    """Let a list of orders meet bars.

    Args:
        prints: The bars, from `prints_of`.
        orders: Columns as `ListColumn`, shape (n, 14), ordered by step. Ids are >= 1 (0 is
            the broker's) and unique; orders of an instrument have priority in this order.
        units: In what the instruments are counted.
        terms: Of the exchange. A margin call closes every position at the next prints.
        cash: Micros at the start.
        carry: Borrow and interest; none if not given.

    Raises:
        ValueError: the list is not ordered by step, or names an instrument that is not there,
            or an amount grew beyond what the ledger counts.
    """
    n_steps, n_instruments = prints.ticks.shape[:2]
    table = np.ascontiguousarray(orders, dtype=np.int64).reshape(-1, N_LIST_COLUMNS)
    instrument = table[:, ListColumn.INSTRUMENT]
    if len(table) and (np.diff(table[:, ListColumn.STEP]) < 0).any():
        raise ValueError("orders must be ordered by step")
    if len(table) and not (instrument.min() >= 0 and instrument.max() < n_instruments):
        raise ValueError(f"instrument must be in 0 to {n_instruments - 1}")
    # A slot for each order of an instrument, and one for the broker's margin call.
    n_slots = 1 + int(np.bincount(instrument, minlength=1).max()) if len(table) else 1
    capacity = PARTS * n_steps * (len(table) + n_instruments)
    fills = Fills(np.zeros((capacity, len(FillColumn)), np.int64), np.zeros(1, np.int64))
    floor = venue.floor_of(prints, n_slots, units, terms, fills)
    books.post_deposit(floor.ledger, cash)
    results = _Results(
        np.zeros((n_steps, 2), np.int64),
        np.zeros((n_steps, n_instruments), np.int64),
        np.zeros(len(table), np.bool_),
    )
    run_list(floor, prints, table, carry, results)
    if floor.ledger.fault:
        raise ValueError("an amount grew beyond what the ledger counts: start with less cash")
    filled = floor.fills.row[: floor.fills.n[0]].copy()
    account, lots, refused = results
    return Played(filled, account[:, 1], account[:, 0], lots, np.flatnonzero(refused), floor.ledger)


@leaf
def run_list(
    floor: venue.Floor, prints: Prints, table: Ints, carry: Carry, results: _Results
) -> None:
    """Run all steps, writing cash and equity, lots held and rows refused into `results`."""
    ledger, position, next_row = floor.ledger, floor.ledger.position, 0
    account, lots, refused = results
    for step in range(len(account)):
        while next_row < len(table) and table[next_row, 0] + floor.terms.latency <= step:
            refused[next_row] = not _do(floor, table[next_row], step)
            next_row += 1
        if prints.acts[step]:
            venue.take_effect(prints.action[step], floor.orders, ledger)
        venue.match(floor, step, int(venue.WHOLE))
        venue.mark_all(floor, step)
        for i in range(len(position)):
            books.post_borrow(ledger, i, carry.borrow)
            lots[step, i] = position[i, accounts.LOTS]
        books.post_interest(ledger, carry.earned, carry.paid)
        if venue.is_called(ledger, floor.terms):
            venue.close_all(floor, step + 1)
        account[step, 0] = ledger.accounts[accounts.CASH]
        account[step, 1] = books.equity(ledger)


@inlined
def _do(floor: venue.Floor, row: Ints, step: int) -> bool:
    """Do what a row of the list says; False where the venue refuses it."""
    orders, instrument = floor.orders, row[INSTRUMENT]
    order = desk.Order(
        row[ID],
        row[LOTS],
        row[KIND],
        row[PURPOSE],
        row[LIMIT],
        row[STOP],
        row[TRAIL],
        row[FORCE],
        row[UNTIL],
        row[PARENT],
        row[GROUP],
    )
    if row[DEED] == PLACE:
        if floor.terms.refuses_opposite and desk.is_refused(orders, instrument, order):
            return False
        slot = max(1, orders.used[instrument, desk.SLOTS])
        desk.place(orders, instrument, slot, order, step)
        return True
    for slot in range(orders.used[instrument, desk.SLOTS]):
        if orders.table[instrument, slot, desk.ID] == order.id:
            if row[DEED] == CANCEL:
                desk.cancel(orders, instrument, slot)
            else:
                desk.replace(orders, instrument, slot, order)
    return True
