"""Play a list of orders against bars, in the reference."""

from collections import Counter
from typing import NamedTuple

from steelyard.sim.play import Carry, Deed, ListColumn
from steelyard.types.decision import OrderKind, Purpose, TimeInForce
from tests.reference.exchange import Exchange
from tests.reference.orders import Order


class Outcome(NamedTuple):
    """What came of an order list, in Python's own lists."""

    fills: list[tuple[int, ...]]
    equity: list[int]
    cash: list[int]
    lots: list[list[int]]
    refused: list[int]
    seen: Counter[str]


def play(prints, orders, units, terms, cash, carry=None) -> Outcome:
    """Do what `steelyard.sim.play.play` does."""
    carry = carry or Carry()
    exchange = Exchange(prints, units, terms, cash)
    rows = list(enumerate(orders.tolist()))
    outcome = Outcome(exchange.fills, [], [], [], [], exchange.seen)
    for step in range(len(prints.ticks)):
        while rows and rows[0][1][ListColumn.STEP] + terms.latency == step:
            number, row = rows.pop(0)
            exchange.seen[f"late {Deed(row[ListColumn.DEED]).name}"] += terms.latency > 0
            if not do(exchange, row, step):
                outcome.refused.append(number)
        exchange.sweep()
        exchange.act(step)
        exchange.meet(step)
        exchange.mark(step)
        posted = exchange.book.carry(carry.borrow, carry.earned, carry.paid)
        for name, happened in zip(("borrow", "earned", "paid"), posted, strict=True):
            exchange.seen[name] += happened
        exchange.call(step + 1)
        outcome.equity.append(exchange.book.equity())
        outcome.cash.append(exchange.book.cash)
        outcome.lots.append(list(exchange.book.lots))
    return outcome


def do(exchange, row, step) -> bool:
    """Do what a row says; False if the venue refuses it."""
    deed, number = row[ListColumn.DEED], row[ListColumn.ID]
    if deed == Deed.PLACE:
        return exchange.place(order_of(row, step))
    if deed == Deed.CANCEL:
        exchange.cancel(number)
    else:
        names = ListColumn.LOTS, ListColumn.LIMIT, ListColumn.STOP
        exchange.replace(number, *(row[name] for name in names))
    return True


def order_of(row, arrives) -> Order:
    """Read an order from its row."""
    kind = OrderKind(row[ListColumn.KIND])
    return Order(
        id=row[ListColumn.ID],
        instrument=row[ListColumn.INSTRUMENT],
        lots=row[ListColumn.LOTS],
        kind=kind,
        purpose=Purpose(row[ListColumn.PURPOSE]),
        limit=row[ListColumn.LIMIT],
        stop=row[ListColumn.STOP],
        trail=row[ListColumn.TRAIL],
        force=TimeInForce(row[ListColumn.FORCE]),
        until=row[ListColumn.UNTIL],
        parent=row[ListColumn.PARENT],
        group=row[ListColumn.GROUP],
        arrives=arrives,
        placed_as=kind,
        asleep=row[ListColumn.PARENT] >= 0,
    )
