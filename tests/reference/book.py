"""Cash and positions of the reference."""

import math

from tests.reference.orders import nearest


class Book:
    """What is owned, in micros, lots and ticks."""

    def __init__(self, units, cash: int) -> None:
        """Begin with cash alone."""
        n = len(units.key)
        self.unit = [int(units.lot_units[i]) * int(units.tick_micros[i]) for i in range(n)]
        self.lot_units = [int(each) for each in units.lot_units]
        self.cash = cash
        self.lots = [0] * n
        self.mark = [0] * n

    def worth(self, i: int, lots: int, ticks: int) -> int:
        """Give the signed value of lots at a price, micros."""
        return lots * ticks * self.unit[i]

    def equity(self) -> int:
        """Give cash and all positions at their marks."""
        return self.cash + sum(self.worth(i, n, self.mark[i]) for i, n in enumerate(self.lots))

    def gross(self) -> int:
        """Give the absolute values of all positions at their marks."""
        return sum(abs(self.worth(i, n, self.mark[i])) for i, n in enumerate(self.lots))

    def trade(self, i: int, lots: int, ticks: int, cost: int) -> None:
        """Buy or sell at a price, and pay for it."""
        self.lots[i] += lots
        self.mark[i] = ticks
        self.cash -= self.worth(i, lots, ticks) + cost

    def deliver(self, i: int, micros: int) -> None:
        """Take an instrument from the market, paid so much per unit."""
        self.cash += self.lots[i] * self.lot_units[i] * micros
        self.lots[i] = 0

    def split(self, i: int, new: int, old: int) -> None:
        """Restate a position; what is no whole lot is paid out, rounded down."""
        held = abs(self.lots[i])
        whole, rest = divmod(held * new, old)
        side = 1 if self.lots[i] > 0 else -1
        self.mark[i] = nearest(self.mark[i] * old, new)
        self.cash += side * rest * self.mark[i] * self.unit[i] // old
        self.lots[i] = side * whole

    def dividend(self, i: int, micros: int) -> None:
        """Pay it to who is long, from who is short."""
        self.cash += self.lots[i] * self.lot_units[i] * micros

    def carry(self, borrow: float, earned: float, paid: float) -> tuple[bool, bool, bool]:
        """Post borrow and interest of one step; say which of the three was more than nothing."""
        short = [self.worth(i, -n, self.mark[i]) if n < 0 else 0 for i, n in enumerate(self.lots)]
        lent = sum(math.ceil(value * borrow) for value in short)
        self.cash -= lent
        free = self.cash - sum(short)
        interest = math.floor(free * earned) if free > 0 else -math.ceil(-free * paid)
        self.cash += interest
        return lent > 0, interest > 0, interest < 0
