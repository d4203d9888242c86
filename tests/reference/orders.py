"""Orders of the reference: one object each, kept in the order in which they were placed."""

from dataclasses import dataclass

from steelyard.types.decision import OrderKind, Purpose, TimeInForce

OPEN, INSIDE, CLOSE = 1, 2, 4
"""Parts of a bar, as fills name them."""
PARTS = (OPEN, INSIDE, CLOSE)
END = 8
WHOLE = OPEN + INSIDE + CLOSE + END
STOPS = (OrderKind.STOP, OrderKind.TRAILING_STOP)


def moment(step: int, part: int) -> int:
    """Number the parts of all bars one after the other."""
    return step * len(PARTS) + PARTS.index(part)


@dataclass(eq=False)
class Order:
    """One order, from its placement until it is gone."""

    id: int
    instrument: int
    lots: int
    """Still to fill, signed."""
    kind: OrderKind
    purpose: Purpose
    limit: int
    stop: int
    trail: int
    force: TimeInForce
    until: int
    parent: int
    group: int
    arrives: int
    placed_as: OrderKind
    asleep: bool
    gone: bool = False
    filled: bool = False
    first_moment: int = -1
    """It takes part from this part of a bar on."""
    born: int = 0
    """Price of the fill that woke it."""
    born_at: int = -1
    """The part of a bar in which that was."""
    left_at_open: int = -1
    """Last step whose open print left something of it as a market order."""
    units: int = 0
    value: int = 0
    paid: int = 0

    @property
    def side(self) -> int:
        """1 to buy, -1 to sell."""
        return 1 if self.lots > 0 else -1

    def beyond(self, price: int) -> bool:
        """Whether a price is strictly better than the limit."""
        return (self.limit - price) * self.side > 0

    def reached(self, price: int) -> bool:
        """Whether a price is at the stop or past it."""
        return (price - self.stop) * self.side >= 0

    def worse(self, first: int, second: int) -> int:
        """Give the worse of two prices."""
        return max(first, second) if self.side > 0 else min(first, second)

    def better(self, first: int, second: int) -> int:
        """Give the better of two prices."""
        return min(first, second) if self.side > 0 else max(first, second)

    def triggered(self) -> None:
        """Become what a reached stop is: a market order, or a limit order."""
        self.kind = OrderKind.MARKET if self.kind in STOPS else OrderKind.LIMIT

    def split(self, new: int, old: int) -> None:
        """Restate lots and prices after every `old` units became `new`."""
        self.lots = self.side * (abs(self.lots) * new // old)
        self.limit, self.stop, self.trail = (
            nearest(price * old, new) for price in (self.limit, self.stop, self.trail)
        )
        self.gone = self.gone or self.lots == 0


def nearest(number: int, by: int) -> int:
    """Divide positive integers to the nearest one, halves upwards."""
    return (2 * number + by) // (2 * by)
