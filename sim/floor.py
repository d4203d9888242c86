"""The floor: all that meets in a bar, and the parts in which it does."""

from typing import NamedTuple

from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms, Units
from steelyard.sim.ledger import Ledger
from steelyard.sim.prints import Prints
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Fills, Orders

AT_OPEN, INSIDE, AT_CLOSE, AT_END = 1, 2, 4, 8
"""Parts of a bar, to be added up: its first print, what follows, its last print, and the
end of it, when orders expire. `WHOLE` is all of them."""
WHOLE = AT_OPEN + INSIDE + AT_CLOSE + AT_END
LEFT, LATE = -1, -2
"""In place of `OrderColumn.BORN`: the open print left something of a market order, which may
move into the bar; an order was woken too late to take part in the part at hand."""


class Floor(NamedTuple):
    """All that meets in a bar."""

    orders: Orders
    ledger: Ledger
    ticks: Ints
    """As `Prints.ticks`; of the prints only what every bar needs travels along."""
    flow: Floats
    ends_session: Bools
    terms: Terms
    fills: Fills


class Meeting(NamedTuple):
    """Where an order executes."""

    step: int
    part: int
    ticks: int
    born: int
    """What `OrderColumn.BORN` of the orders becomes that a fill wakes."""


def floor_of(prints: Prints, n_slots: int, units: Units, terms: Terms, fills: Fills) -> Floor:
    """Give an empty floor: no orders, no positions, no cash."""
    orders = desk.empty_orders(len(units.key), n_slots)
    ledger = books.open_ledger(units)
    return Floor(orders, ledger, prints.ticks, prints.flow, prints.ends_session, terms, fills)
