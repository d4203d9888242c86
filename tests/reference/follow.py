"""Following target weights, in the reference: halts and orders, on its own exchange."""

import math
from typing import NamedTuple

from steelyard.types.decision import OrderKind, Purpose, TimeInForce
from tests.reference.exchange import Exchange
from tests.reference.orders import Order

FREELY, SESSION_HALT, DRAWDOWN_HALT = range(3)


class Outcome(NamedTuple):
    """What came of it, in Python's own lists."""

    equity: list[int]
    state: list[int]
    fills: list[tuple[int, ...]]
    n_orders: int
    exchange: Exchange


class Halts:
    """A session's loss closes until it ends, a fall from the highest equity for good."""

    def __init__(self, rules, equity: int) -> None:
        """Begin free."""
        self.rules = rules
        self.highest = self.last = self.day_start = equity
        self.state = FREELY

    def look(self, equity: int, *, first_of_session: bool) -> int:
        """Judge a step's equity; give the state in which the step decides."""
        if first_of_session:
            self.day_start = self.last
            self.state = DRAWDOWN_HALT if self.state == DRAWDOWN_HALT else FREELY
        self.last, self.highest = equity, max(self.highest, equity)
        if equity < self.highest * (1.0 - self.rules.max_drawdown):
            self.state = DRAWDOWN_HALT
        elif self.state == FREELY and equity < self.day_start * (1.0 - self.rules.daily_loss):
            self.state = SESSION_HALT
        return self.state


def follow(prints, weight, units, terms, rules, cash) -> Outcome:
    """Do what `steelyard.decide.follow.follow` does."""
    exchange = Exchange(prints, units, terms, cash)
    halts, equity, state, n_orders = Halts(rules, cash), [], [], 0
    for step in range(len(prints.ticks)):
        exchange.act(step)
        exchange.sweep()
        exchange.meet(step)
        exchange.mark(step)
        equity.append(exchange.book.equity())
        first = step == 0 or bool(prints.ends_session[step - 1])
        state.append(halts.look(equity[-1], first_of_session=first))
        if exchange.call(step + 1):
            continue
        for i in range(weight.shape[1]):
            wanted = float(weight[step, i]) if halts.state == FREELY else 0.0
            n_orders += trade(exchange, i, wanted, rules.band)
    return Outcome(equity, state, exchange.fills, n_orders, exchange)


def trade(exchange, i, wanted, band) -> bool:
    """Order what a target weight asks for; say whether anything was ordered."""
    step, held, equity = exchange.step, exchange.book.lots[i], exchange.book.equity()
    close = exchange.ticks[step][i][3]
    if close == 0 or math.isnan(wanted) or held == 0 == wanted:
        return False
    if any(order.arrives > step for order in exchange.live(i)) and exchange.terms.latency:
        exchange.seen["on its way"] += 1
        return False
    if any(order.id == exchange.caller for order in exchange.live(i)):
        exchange.seen["broker closes on"] += 1
        return False
    lot = exchange.book.worth(i, 1, close)
    change = math.trunc(wanted * equity / lot) - held
    if change == 0 or (wanted != 0.0 and not abs(change) * lot > band * equity):
        exchange.seen["within the band"] += change != 0
        return False
    for order in exchange.live(i):
        order.gone = True
    after = held + change
    nearer = abs(after) < abs(held) and after * held >= 0
    send(exchange, i, change, Purpose.REDUCE if nearer else Purpose.OPEN)
    return True


def send(exchange, i, lots, purpose) -> None:
    """Place a market order that lives for the bar in which it arrives."""
    step, market = exchange.step, OrderKind.MARKET
    arrives = step + 1 + exchange.terms.latency
    exchange.place(
        Order(
            id=step + 1,
            instrument=i,
            lots=lots,
            kind=market,
            purpose=purpose,
            limit=0,
            stop=0,
            trail=0,
            force=TimeInForce.GTD,
            until=arrives,
            parent=-1,
            group=0,
            arrives=arrives,
            placed_as=market,
            asleep=False,
        )
    )
