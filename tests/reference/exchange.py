"""The exchange of `docs/market.md` once more, in plain Python: objects, lists and integers."""

import itertools
import math
from collections import Counter

from steelyard.types.decision import OrderKind, Purpose, TimeInForce
from tests.reference.book import Book
from tests.reference.costs import Tape
from tests.reference.filling import Filling
from tests.reference.orders import CLOSE, END, INSIDE, OPEN, STOPS, WHOLE, Order, moment

MARKET, LIMIT, STOP, STOP_LIMIT, TRAILING_STOP = OrderKind
AT_A_STOP = (STOP, STOP_LIMIT)
ONE_PART = (TimeInForce.IOC, TimeInForce.FOK)


class Exchange(Filling):
    """Orders, the bars they meet and the book they change."""

    def __init__(self, prints, units, terms, cash: int) -> None:
        """Open with no orders."""
        self.prints, self.terms = prints, terms
        self.ticks, self.flow = prints.ticks.tolist(), prints.flow.tolist()
        self.book = Book(units, cash)
        self.keys = [int(key) for key in units.key]
        self.n = len(self.keys)
        self.orders: list[Order] = []
        self.shift = [0.0] * self.n
        self.fills: list[tuple[int, ...]] = []
        self.seen: Counter[str] = Counter()
        """How often each branch was taken."""
        self.step = self.part = self.room = self.count = 0
        self.prices = [0, 0, 0, 0]
        self.tape = Tape(*(math.nan,) * 6)
        self.caller = 0

    # What is live

    def live(self, i: int | None = None) -> list[Order]:
        """Give the orders that are not gone, in the order in which they were placed."""
        return [o for o in self.orders if not o.gone and i in (None, o.instrument)]

    def find(self, number: int) -> Order | None:
        """Give the live order of an id."""
        return next((o for o in self.live() if o.id == number), None)

    def sweep(self) -> None:
        """Let children die whose parent is gone without a fill; forget what is gone."""
        parents = {o.id for o in self.live()}
        for order in self.live():
            if order.asleep and order.parent not in parents:
                order.gone = True
                self.seen["child dies with its parent"] += 1
                parents.discard(order.id)
        self.orders = self.live()

    # Orders come, change and go

    def refuses(self, order: Order) -> bool:
        """Whether the venue refuses a new order."""
        if not self.terms.refuses_opposite or not plain(order):
            return False
        resting = [o for o in self.live(order.instrument) if plain(o) and o.side != order.side]
        return any((o.kind in AT_A_STOP) != (order.kind in AT_A_STOP) for o in resting)

    def place(self, order: Order) -> bool:
        """Take an order; False if the venue refuses it."""
        if self.refuses(order):
            self.seen[f"refused {order.kind.name}"] += 1
            return False
        order.first_moment = moment(order.arrives, OPEN)
        self.orders.append(order)
        return True

    def replace(self, number: int, lots: int, limit: int, stop: int) -> None:
        """Change lots left, limit and stop."""
        order = self.find(number)
        self.seen["replace" if order else "replace of what is gone"] += 1
        if order:
            order.lots, order.limit, order.stop = lots, limit, stop

    def cancel(self, number: int) -> None:
        """End an order."""
        order = self.find(number)
        self.seen["cancel" if order else "cancel of what is gone"] += 1
        if order:
            order.gone = True

    # Actions

    def act(self, step: int) -> None:
        """Let the actions of a step take effect."""
        for i in range(self.n):
            new, old, dividend, cash_out = map(int, self.prints.action[step, i])
            if cash_out >= 0:
                self._delist(i, cash_out)
            if new != old:
                self._split(i, new, old)
            if dividend:
                self.seen[f"dividend {held(self.book.lots[i])}"] += 1
                self.book.dividend(i, dividend)

    def _delist(self, i: int, micros: int) -> None:
        worth = "with value" if micros else "without value"
        self.seen[f"delisted {worth} {held(self.book.lots[i])}"] += 1
        self.book.deliver(i, micros)
        for order in self.live(i):
            self.seen["delisted order"] += 1
            order.gone = True

    def _split(self, i: int, new: int, old: int) -> None:
        way = "forward" if new > old else "reverse"
        self.seen[f"{way} split {held(self.book.lots[i])}"] += 1
        self.book.split(i, new, old)
        for order in self.live(i):
            order.split(new, old)
            self.seen[f"{way} split of order{' to nothing' * order.gone}"] += 1

    # A bar

    def meet(self, step: int, parts: int = WHOLE) -> None:
        """Let the orders meet the bar of a step, or some of its parts."""
        self.step = step
        if parts & OPEN:
            self._meet_print(OPEN)
        if parts & INSIDE:
            for i in range(self.n):
                self._meet_inside(i)
        if parts & CLOSE:
            self._meet_print(CLOSE)
        if parts & END:
            self._end(step)

    def _end(self, step: int) -> None:
        for order in self.live():
            if order.arrives <= step and self._ends(order):
                self.seen[f"{order.force.name} ends"] += 1
                order.gone = True
        self.sweep()

    def _ends(self, order: Order) -> bool:
        if order.force == TimeInForce.DAY:
            return bool(self.prints.ends_session[self.step])
        return order.force == TimeInForce.GTD and order.until <= self.step

    def _takes_part(self, order: Order, part: int) -> bool:
        """Whether an order may execute in a part of the bar."""
        if order.gone or order.asleep or order.first_moment > moment(self.step, part):
            return False
        if order.force in (TimeInForce.ON_OPEN, TimeInForce.ON_CLOSE):
            return part == (OPEN if order.force == TimeInForce.ON_OPEN else CLOSE)
        if order.kind == MARKET:
            return part == (CLOSE if self.terms.at_close else OPEN)
        return part != CLOSE

    def _look(self, i: int, part: int) -> bool:
        """Turn to an instrument's bar; False if there is none."""
        self.part, self.count = part, 0
        self.prices = self.ticks[self.step][i]
        self.tape = Tape(*self.flow[self.step][i])
        self.room = self._cap(i)
        return self.prices[0] > 0

    def _cap(self, i: int) -> int:
        trailing, volume, terms = self.tape.trailing, self.tape.volume, self.terms
        units = terms.auction_share * trailing
        if self.part == INSIDE:
            units = terms.bar_share * min(trailing, volume)
        if not trailing > 0.0 or (self.part == INSIDE and not volume > 0.0):
            return 0
        return math.floor(units) // self.book.lot_units[i]

    # At a print

    def _meet_print(self, part: int) -> None:
        here = [[o for o in self.live(i) if self._takes_part(o, part)] for i in range(self.n)]
        left: dict[int, tuple[int, int]] = {}
        turns = {id(order): self._turn(order) for order in itertools.chain(*here)}
        for turn in range(3):
            for i in range(self.n):
                there = self._look(i, part)
                self.room, self.count = left.get(i, (self.room, 0))
                for order in here[i]:
                    if there and turn == turns[id(order)] and not order.gone:
                        self._at_print(order)
                    elif not there:
                        self.seen["no bar"] += 1
                left[i] = self.room, self.count
        for order in itertools.chain(*here):
            self._end_of_part(order, part)

    def _turn(self, order: Order) -> int:
        """Reductions, then openings, then the stops that the print itself sends."""
        if order.kind in (*STOPS, STOP_LIMIT):
            return 2
        return 0 if order.purpose != Purpose.OPEN else 1

    def _at_print(self, order: Order) -> None:
        price = self.prices[0] if self.part == OPEN else self.prices[3]
        if order.kind == LIMIT and not order.beyond(price):
            return
        if order.kind in (*STOPS, STOP_LIMIT):
            if not order.reached(price):
                return
            self.seen[f"{order.kind.name} gaps" if price != order.stop else "stop at print"] += 1
            order.triggered()
            if order.kind == LIMIT and not order.beyond(price):
                self.seen["stop-limit rests at print"] += 1
                return
        self._fill(order, price)
        self.seen["stop reached in vain"] += order.placed_as in STOPS and not order.units
        if order.kind == MARKET and self.part == OPEN and not order.gone:
            order.left_at_open = self.step

    def _end_of_part(self, order: Order, part: int) -> None:
        """Let go what had one part of a bar."""
        if order.gone or order.force not in (
            *ONE_PART,
            TimeInForce.ON_OPEN,
            TimeInForce.ON_CLOSE,
        ):
            return
        self.seen[f"{order.force.name} ends in {part}"] += 1
        order.gone = True

    # Inside a bar

    def _meet_inside(self, i: int) -> None:
        here = [o for o in self.live(i) if self._takes_part(o, INSIDE)]
        if not self._look(i, INSIDE) or not self.tape.volume > 0.0:
            self.seen["nothing inside"] += len(here)
        else:
            kinds = {o: o.kind for o in here}
            for leg in self._legs(here):
                self._stops([o for o in leg if kinds[o] in STOPS])
                self._stop_limits([o for o in leg if kinds[o] == STOP_LIMIT])
                self._limits([o for o in leg if kinds[o] == LIMIT])
            here += self._late(i)
            self._worse(i)
        for order in here:
            self._end_of_part(order, INSIDE)

    def _legs(self, here: list[Order]) -> list[list[Order]]:
        """Give the orders in the order in which the bar's extremes come to them."""
        if not self.terms.nearest:
            return [here]
        first, high, low, _ = self.prices
        by_high = [o for o in here if (o.kind == LIMIT) == (o.side < 0)]
        by_low = [o for o in here if o not in by_high]
        high_first = high - first < first - low
        self.seen[f"nearest {'high' if high_first else 'low'} first"] += 1
        return [by_high, by_low] if high_first else [by_low, by_high]

    def _extreme(self, order: Order) -> int:
        """Give the end of the bar that is worst for who buys or sells at the market."""
        return self.prices[1] if order.side > 0 else self.prices[2]

    def _stops(self, orders: list[Order]) -> None:
        for order in orders:
            if not order.gone and order.reached(self._extreme(order)):
                self.seen[f"{order.kind.name} inside"] += 1
                order.triggered()
                self._fill(order, order.worse(order.stop, self.prices[0]))

    def _stop_limits(self, orders: list[Order]) -> None:
        for order in orders:
            if not order.gone and order.reached(self._extreme(order)):
                order.triggered()
                price = order.worse(order.stop, self.prices[0])
                if order.beyond(price):
                    self._fill(order, price)
                else:
                    self.seen["stop-limit rests inside"] += 1

    def _limits(self, orders: list[Order]) -> None:
        for order in orders:
            best = self.prices[2] if order.side > 0 else self.prices[1]
            if order.gone:
                continue
            if best == order.limit:
                self.seen["touch"] += 1
            elif order.beyond(best):
                self._fill(order, order.better(order.limit, self._extreme(order)))

    def _late(self, i: int) -> list[Order]:
        """Meet the stops born in this part, given back, and draw trailing stops after."""
        now = moment(self.step, INSIDE)
        born = [o for o in self.live(i) if o.born_at == now and o.kind in STOPS and not o.asleep]
        for order in self.live(i):
            if order.gone:
                continue
            if order in born and order.reached(self._extreme(order)):
                self.seen["born stop inside"] += 1
                price = order.worse(order.stop, order.born)
                order.triggered()
                self._fill(order, price)
            elif order.kind == TRAILING_STOP and self._takes_part(order, INSIDE):
                self._draw_after(order)
        return born

    def _draw_after(self, order: Order) -> None:
        before = order.stop
        if order.side < 0:
            order.stop = max(before, self.prices[1] - order.trail)
        else:
            order.stop = min(before, self.prices[2] + order.trail)
        self.seen["trailing drawn"] += order.stop != before
        if order.reached(self.prices[3]):
            self.seen["trailing executed late"] += 1
            order.triggered()
            self._fill(order, order.stop)

    def _worse(self, i: int) -> None:
        """Fill what the open left of market orders at the worst price."""
        for order in self.live(i):
            moves = self.terms.worse or order.placed_as in STOPS
            if moves and order.left_at_open == self.step and not order.gone:
                self.seen["remainder worse"] += 1
                self._fill(order, self._extreme(order))

    # After a bar

    def mark(self, step: int) -> None:
        """Mark positions at the close, as far as our own fills have moved it."""
        for i in range(self.n):
            close = self.ticks[step][i][3]
            if close > 0:
                self.book.mark[i] = max(1, math.floor(close * (1.0 + self.shift[i]) + 0.5))

    def call(self, arrives: int) -> bool:
        """Close everything at the next prints if too little is left; say whether that was so."""
        book, terms = self.book, self.terms
        gross = book.gross()
        if not (gross > 0 and book.equity() < terms.maintenance_margin * gross):
            return False
        self.seen["margin call"] += 1
        for order in self.live():
            order.gone = True
        for i, lots in enumerate(book.lots):
            if lots:
                self._liquidate(i, -lots, arrives)
        return True

    def _liquidate(self, i: int, lots: int, arrives: int) -> None:
        numbers = MARKET, Purpose.REDUCE, 0, 0, 0, TimeInForce.GTC, 0, -1, 0
        order = Order(self.caller, i, lots, *numbers, arrives, MARKET, asleep=False)
        order.first_moment = moment(arrives, OPEN)
        self.orders.append(order)


def plain(order: Order) -> bool:
    """Whether an order is of no group, has no parent and does not trail."""
    return order.group == 0 and order.parent < 0 and order.kind != TRAILING_STOP


def held(lots: int) -> str:
    """Say which side lots are on."""
    return "long" if lots > 0 else "short" if lots < 0 else "flat"
