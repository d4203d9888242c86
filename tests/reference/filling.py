"""How much of an order fills in the reference, what it costs, and what follows from it."""

from steelyard.types.decision import Purpose, TimeInForce
from tests.reference.costs import cost_of, shift_of
from tests.reference.orders import Order, moment


class Filling:
    """The part of an exchange that fills an order at a price; the exchange holds the rest."""

    def _fill(self, order: Order, price: int) -> None:
        lots = self._most(order, price)
        if order.force == TimeInForce.FOK and lots < abs(order.lots):
            self.seen["FOK short of all"] += 1
            return
        if lots == 0:
            return
        self._book_fill(order, order.side * lots, price)

    def _most(self, order: Order, price: int) -> int:
        """Give the lots that may fill at a price."""
        tape, wanted = self.tape, abs(order.lots)
        locked = price >= tape.high_limit if order.side > 0 else price <= tape.low_limit
        if locked or price <= 0:
            self.seen[f"locked {order.side}"] += 1
            return 0
        if self.room < wanted:
            self.seen[f"cap in {self.part}"] += 1
        lots = min(wanted, self.room)
        against = max(0, -self.book.lots[order.instrument] * order.side)
        if order.purpose != Purpose.OPEN and against < lots:
            self.seen["reduce-only cut"] += 1
            lots = against
        return self._affordable(order, lots, price, against)

    def _affordable(self, order: Order, lots: int, price: int, against: int) -> int:
        fits = self._cash_fits if self.terms.cash_account else self._margin_fits
        if self.terms.cash_account and order.side < 0:
            self.seen["cash account sells what it holds"] += against < lots
            lots = min(lots, against)
            pays = not lots or self._cash_fits(order, lots, price)
            self.seen["cash account cannot pay for a sale"] += not pays
            return lots if pays else 0
        most = next((n for n in range(lots, 0, -1) if fits(order, n, price)), 0)
        if most < lots:
            self.seen["cash cut" if self.terms.cash_account else "margin cut"] += 1
        return most

    def _cost(self, order: Order, lots: int, price: int):
        i = order.instrument
        size = lots * self.book.lot_units[i], self.book.worth(i, lots, price)
        where = self.step, self.part, self.count, self.keys[i], self.shift[i]
        return cost_of(self.terms, self.tape, order, size, where)

    def _cash_fits(self, order: Order, lots: int, price: int) -> bool:
        spent = self.book.worth(order.instrument, order.side * lots, price)
        return spent + sum(self._cost(order, lots, price)) <= self.book.cash

    def _margin_fits(self, order: Order, lots: int, price: int) -> bool:
        book, i = self.book, order.instrument
        held = book.lots[i]
        if self.terms.initial_margin == 0.0 or abs(held + order.side * lots) <= abs(held):
            return True
        before = book.worth(i, book.lots[i], book.mark[i])
        after = book.worth(i, book.lots[i] + order.side * lots, price)
        at_price = book.worth(i, book.lots[i], price)
        equity = book.equity() - before + at_price - sum(self._cost(order, lots, price))
        gross = book.gross() - abs(before) + abs(after)
        return self.terms.initial_margin * gross <= equity

    def _book_fill(self, order: Order, lots: int, price: int) -> None:
        i, book = order.instrument, self.book
        cost = self._cost(order, abs(lots), price)
        self._count_fill(order, lots, cost)
        units = abs(lots) * book.lot_units[i]
        row = self.step, order.id, i, lots, price, *cost, order.purpose
        self.fills.append((*map(int, row), int(order.placed_as), self.part))
        book.trade(i, lots, price, sum(cost))
        self.shift[i] += shift_of(self.terms, self.tape, units * order.side)
        order.units += units
        order.value += abs(book.worth(i, lots, price))
        order.paid += cost.fee
        self.room -= abs(lots)
        self.count += 1
        self._share(order, lots)
        self._wake(order, price)
        order.lots -= lots
        order.gone = order.lots == 0

    def _count_fill(self, order: Order, lots: int, cost) -> None:
        rest = "rest" if lots != order.lots else "all"
        seen, before = self.seen, self.book.lots[order.instrument]
        seen[f"fill {order.placed_as.name} {order.force.name} {self.part}"] += 1
        seen[f"fill {rest}"] += 1
        seen["flip"] += before * (before + lots) < 0
        seen["fee due again"] += order.paid > 0 and cost.fee > 0
        seen["fee under the minimum"] += order.paid > 0 and cost.fee == 0
        seen["impact got back"] += cost.impact < 0
        seen["shift against"] += self.shift[order.instrument] * order.side > 0
        seen["slippage"] += cost.slippage > 0

    def _wake(self, parent: Order, price: int) -> None:
        now = moment(self.step, self.part)
        for child in self.live():
            if child.asleep and child.parent == parent.id:
                self.seen[f"born {child.kind.name} {self.part}"] += 1
                child.asleep = False
                child.first_moment, child.born, child.born_at = now + 1, price, now

    def _share(self, order: Order, lots: int) -> None:
        for other in self.live():
            alike = other.group == order.group > 0 and other.side == order.side
            if alike and other is not order:
                other.lots -= other.side * min(abs(lots), abs(other.lots))
                other.gone = other.lots == 0
                self.seen[f"group {'cancels' if other.gone else 'cuts'}"] += 1
