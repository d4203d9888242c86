"""From what the supervisor lets through to the books, in the reference: a run without its panel.

The trading state, orders, protective stops, fills, marks and interest are its own; which
lots to order, and where their stops are, is read from the record of the package.
"""

import math
from typing import NamedTuple

from steelyard.types.decision import OrderKind, Purpose, TimeInForce, TradingState
from tests.reference.exchange import Exchange
from tests.reference.orders import Order

MICROS = 1_000_000


class State(NamedTuple):
    """What holds at a step's decision."""

    trading: int
    weight: list[float]
    called: bool
    """Whether the broker closes everything."""


class Outcome(NamedTuple):
    """What came of it, in Python's own lists."""

    fills: list[tuple[int, ...]]
    states: list[State]
    cash: list[int]
    equity: list[int]
    lots: list[list[int]]
    marks: list[list[int]]
    exchange: Exchange


class Watch:
    """The trading state: a drawdown halts until re-armed, a session's loss reduces."""

    def __init__(self, limits) -> None:
        """Begin with no marks."""
        self.limits = limits
        self.state, self.halted_for = TradingState.ACTIVE, 0
        self.highest = self.last = self.session_start = 0.0
        self.session = -1

    def look(self, equity: float, session: int) -> TradingState:
        """Judge a step's equity."""
        if session != self.session:
            self.session, self.session_start = session, self.last
        self.last, sound = equity, equity > 0.0
        halted = self.state == TradingState.HALTED
        if halted:
            self.halted_for += 1
            if sound and 0 <= self.limits.rearm_after <= self.halted_for:
                halted, self.highest = False, equity
        self.highest = max(self.highest, equity)
        lost = self.session_start > 0.0 and 1.0 - equity / self.session_start
        if halted or not sound or 1.0 - equity / self.highest > self.limits.max_drawdown:
            self.halted_for = self.halted_for if halted else 0
            self.state = TradingState.HALTED
        else:
            self.state = TradingState.ACTIVE
            if lost > self.limits.daily_loss:
                self.state = TradingState.REDUCING
        return self.state


class Desk:
    """One order and one protective stop for each instrument."""

    def __init__(self, exchange: Exchange, tick) -> None:
        """Begin with none."""
        self.exchange, self.tick = exchange, [float(each) for each in tick]
        self.entry: list[Order | None] = [None] * exchange.n
        self.stop: list[Order | None] = [None] * exchange.n

    def show(self) -> None:
        """Put the orders on the exchange, each entry before its stop."""
        both = [order for pair in zip(self.entry, self.stop, strict=True) for order in pair]
        self.exchange.orders = [order for order in both if order and not order.gone]

    def keep_stops(self) -> None:
        """Let each stop cover exactly what is held; once one has fired, nothing is added."""
        for i, stop in enumerate(self.stop):
            if not stop:
                continue
            held, entry = self.exchange.book.lots[i], self.entry[i]
            if stop.units:
                self.exchange.seen["protective stop fired"] += 1
                if entry and entry.purpose == Purpose.OPEN:
                    entry.gone = True
                if stop.gone and held:
                    self.exchange.seen["protective stop again"] += 1
                    stop.gone, stop.kind = False, OrderKind.STOP
                stop.units = stop.value = stop.paid = 0
            if not stop.gone and not stop.asleep:
                stop.lots = -held
                stop.gone = held == 0

    def send(self, decisions, step: int, meets: int) -> None:
        """Turn what is let through into orders."""
        latency = self.exchange.terms.latency
        for i, (lots, purpose, level) in enumerate(decisions):
            entry, stop = self.entry[i], self.stop[i]
            if latency and entry and not entry.gone and entry.arrives >= meets:
                self.exchange.seen["on its way"] += 1
                continue
            if entry and not entry.gone and entry.id == self.exchange.caller:
                self.exchange.seen["broker closes on"] += 1
                continue
            if entry:
                entry.gone = True
            leaving = stop and works(stop) and stop.kind == OrderKind.MARKET
            if lots == 0 or (purpose == Purpose.OPEN and leaving):
                continue
            number = (step * self.exchange.n + i) * 2 + 1
            order = market_order(number, i, lots, purpose, meets + latency)
            self.show()
            if self.exchange.place(order):
                self.entry[i] = order
                if purpose == Purpose.OPEN:
                    self.rest_stop(i, order, level)

    def rest_stop(self, i: int, order: Order, level: float) -> None:
        """Let an entry's stop wait for its fill, or draw the one that rests nearer."""
        stop, held = self.stop[i], self.exchange.book.lots[i]
        rests = bool(held and stop and works(stop))
        if not level > self.tick[i]:
            if stop and not rests:
                stop.gone = True
            return
        nearest = math.ceil if order.lots > 0 else math.floor
        ticks = nearest(level / self.tick[i])
        if rests:
            stop.stop = max(ticks, stop.stop) if order.lots > 0 else min(ticks, stop.stop)
            return
        self.stop[i] = stop_order(order, -held or -order.lots, ticks, asleep=not held)


def works(order: Order) -> bool:
    """Say whether an order is neither gone nor asleep."""
    return not order.gone and not order.asleep


def market_order(number, i, lots, purpose, arrives) -> Order:
    """Give a market order that lives for the bar in which it arrives."""
    market, one_bar = OrderKind.MARKET, TimeInForce.GTD
    rest = (0, 0, 0, one_bar, arrives, -1, 0, arrives, market)
    return Order(number, i, lots, market, Purpose(purpose), *rest, asleep=False)


def stop_order(entry, lots, ticks, *, asleep) -> Order:
    """Give the protective stop of an entry, asleep until it fills or working at once."""
    parent = entry.id if asleep else -1
    rest = (0, ticks, 0, TimeInForce.GTC, 0, parent, 0, entry.arrives, OrderKind.STOP)
    number, kind = entry.id + 1, OrderKind.STOP
    stop = Order(number, entry.instrument, lots, kind, Purpose.PROTECT, *rest, asleep=asleep)
    stop.first_moment = entry.first_moment
    return stop


def decide(prints, plan, units, session, decisions) -> Outcome:
    """Carry out decisions, (lots, purpose, stop) of each instrument at each step."""
    exchange = Exchange(prints, units, plan.terms, plan.cash)
    desk, watch = Desk(exchange, plan.tick), Watch(plan.limits)
    done = Outcome(exchange.fills, [], [], [], [], [], exchange)
    for step in range(plan.first_step, len(session)):
        desk.show()
        exchange.act(step)
        meet(desk, plan.parts_before, step)
        if plan.known_lag == 0:
            end(exchange, plan, step)
        done.states.append(look(desk, watch, plan, (step, int(session[step]))))
        if not done.states[-1].called:
            desk.send(decisions(step), step, step + plan.exec_offset)
        meet(desk, plan.parts_after, step)
        if plan.known_lag == 1:
            end(exchange, plan, step)
        done.cash.append(exchange.book.cash)
        done.equity.append(exchange.book.equity())
        done.lots.append(list(exchange.book.lots))
        done.marks.append(list(exchange.book.mark))
    return done


def look(desk, watch, plan, now) -> State:
    """Look at the book as it is when a step decides, and let the broker call."""
    step, session = now
    book, exchange = desk.exchange.book, desk.exchange
    equity = book.equity() / MICROS
    worths = [book.worth(i, lots, book.mark[i]) / MICROS for i, lots in enumerate(book.lots)]
    trading = watch.look(equity, session)
    exchange.step = step
    desk.show()
    called = exchange.call(step + plan.exec_offset)
    if called:
        exchange.sweep()
        there = {order.instrument: order for order in exchange.orders}
        desk.entry = [there.get(i) for i in range(exchange.n)]
        desk.stop = [None] * exchange.n
    weights = [worth / equity if worth else 0.0 for worth in worths]
    return State(int(trading), weights, called)


def meet(desk, parts, step) -> None:
    """Let orders meet parts of a bar, each stop covering after each what is held."""
    for part in parts.tolist():
        desk.show()
        desk.exchange.meet(step, part)
        desk.keep_stops()


def end(exchange, plan, step) -> None:
    """Mark at the close, and post borrow and interest."""
    exchange.mark(step)
    rates = plan.borrow_rate, float(plan.cash_rate[step]), float(plan.margin_rate[step])
    posted = exchange.book.carry(*rates)
    for name, happened in zip(("borrow", "earned", "paid"), posted, strict=True):
        exchange.seen[name] += happened
