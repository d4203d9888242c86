"""Decide: the five kernels, chained over the steps of one course of prices.

A pure function of course, what was said, plan and seed. At each step actions take
effect, orders meet the bar (`match`), the ledger takes the fills (`post`), the arbiter
weighs what was said (`weigh`), the constructor proposes (`propose`), the supervisor
reviews (`review`), and what it lets through becomes orders for the next executable price.
"""

from typing import NamedTuple

import numpy as np

from steelyard.ensemble.weigh import WeighSettings, WeighState, weigh
from steelyard.kernel import kernel
from steelyard.risk.constructor import ConstructorState, TradeSettings, propose
from steelyard.risk.supervisor import Limits, RiskState, review
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim.course import Course
from steelyard.types.arrays import Floats
from steelyard.types.decision import (
    BookView,
    Decisions,
    Intents,
    MarketView,
    OrderKind,
    Orders,
    Purpose,
    Said,
    TimeInForce,
    Verdicts,
)
from steelyard.types.record import Record

MICROS = 1e6
STOP = int(OrderKind.STOP)
GTC = int(TimeInForce.GTC)
OPEN = int(Purpose.OPEN)
PROTECT = int(Purpose.PROTECT)


class Spoken(NamedTuple):
    """What the tape says; all of shape (n_steps, n_agents, n_instruments)."""

    score: Floats
    confidence: Floats
    support: Floats


class Plan(NamedTuple):
    """All that stays the same from step to step."""

    weigh: WeighSettings
    trade: TradeSettings
    limits: Limits
    exchange: venue.ExchangeSettings
    first_step: int
    known_lag: int
    parts_before: int
    """Parts of a bar that are over when its step decides; see `exchange.match`."""
    parts_after: int
    cash: int
    """Micros at the start."""
    borrow_rate: float
    """Fee on borrowed units, a fraction per step."""


class Desk(NamedTuple):
    """All that changes from step to step."""

    weigh: WeighState
    constructor: ConstructorState
    risk: RiskState
    orders: Orders
    """Slot i holds the market order of instrument i, slot n + i its protective stop."""
    ledger: books.Ledger


@kernel
def decide(course: Course, spoken: Spoken, plan: Plan, desk: Desk, record: Record) -> Desk:
    """Run all steps, writing each into `record`.

    Args:
        course: Prices and what was known of them.
        spoken: Opinions and their support.
        plan: Settings of the five kernels.
        desk: States at the start; they are used up.
        record: An empty record, filled in place.

    Returns:
        The states at the end. `record.broken_step` is >= 0, and the run stopped there,
        if the ledger did not balance: an invariant broken.
    """
    books.post_deposit(desk.ledger, plan.cash)
    for step in range(plan.first_step, len(course.session)):
        _take_effect(course, desk, step)
        desk = _meet(course, plan, desk, record, step, plan.parts_before)
        if plan.known_lag == 0:
            _mark(course, plan, desk, step)
        desk = _decide_step(course, spoken, plan, desk, record, step)
        desk = _meet(course, plan, desk, record, step, plan.parts_after)
        if plan.known_lag > 0:
            _mark(course, plan, desk, step)
        _close_step(desk, record, step)
        if not books.conserved(desk.ledger):
            record.broken_step[0] = step
            break
    return desk


@kernel
def _take_effect(course: Course, desk: Desk, step: int) -> None:
    """Let splits and dividends of the step fall on positions and resting orders."""
    for i in range(course.open.shape[1]):
        new, old = course.split_new[step, i], course.split_old[step, i]
        if new != old:
            books.post_split(desk.ledger, i, new, old)
            venue.adjust_for_split(desk.orders, i, new, old)
        if course.dividend_micros[step, i] != 0:
            books.post_dividend(desk.ledger, i, course.dividend_micros[step, i])


@kernel
def _meet(course: Course, plan: Plan, desk: Desk, record: Record, step: int, parts: int) -> Desk:
    """Let the orders meet parts of the bar, post the fills and keep the stops in line."""
    if parts == 0:
        return desk
    bar = venue.BarRow(
        course.open[step],
        course.high[step],
        course.low[step],
        course.close[step],
        course.volume[step],
        course.trailing_volume[step],
        course.half_spread_bps[step],
    )
    orders, fills = venue.match(desk.orders, bar, desk.ledger.lots, plan.exchange, step, parts)
    ledger = books.post(desk.ledger, fills, step)
    for k in range(fills.n):
        _write_fill(record, fills, k, step)
    _keep_stops(orders, ledger)
    return Desk(desk.weigh, desk.constructor, desk.risk, orders, ledger)


@kernel
def _keep_stops(orders: Orders, ledger: books.Ledger) -> None:
    """Let each protective stop cover exactly what is held; none outlives its position."""
    n = len(ledger.lots)
    for i in range(n):
        if orders.live[n + i] and orders.parent[n + i] < 0:
            orders.lots[n + i] = -ledger.lots[i]
            orders.live[n + i] = ledger.lots[i] != 0


@kernel
def _mark(course: Course, plan: Plan, desk: Desk, step: int) -> None:
    for i in range(course.open.shape[1]):
        price = course.close[step, i]
        if np.isfinite(price):
            books.mark(desk.ledger, i, int(np.floor(price / plan.exchange.tick[i] + 0.5)))
        books.post_borrow(desk.ledger, i, plan.borrow_rate)


@kernel
def _decide_step(
    course: Course, spoken: Spoken, plan: Plan, desk: Desk, record: Record, step: int
) -> Desk:
    said = Said(
        spoken.score[step],
        spoken.confidence[step],
        spoken.support[step],
        course.listed[step],
        _settled(course, plan, step),
        course.volatility[step],
    )
    market = MarketView(
        course.price[step],
        course.volatility[step],
        course.step_return[step],
        course.adv[step],
        course.half_spread_bps[step],
        course.age[step],
        course.listed[step],
    )
    book = _book(desk.ledger, course, step)
    weigh_state, verdicts = weigh(desk.weigh, said, plan.weigh)
    constructor, intents = propose(desk.constructor, verdicts, book, market, plan.trade)
    if not course.decides[step]:
        intents.target[:] = book.weight
    risk, decisions = review(desk.risk, intents, book, market, plan.limits)
    _send(desk.orders, decisions, desk.ledger, plan, record, step)
    _write_verdicts(record, verdicts, step)
    _write_intents(record, intents, book, step)
    _write_decisions(record, decisions, step)
    return Desk(weigh_state, constructor, risk, desk.orders, desk.ledger)


@kernel
def _settled(course: Course, plan: Plan, step: int) -> Floats:
    """Give the outcomes that may be learnt from at this step, shape (n_instruments, n_buckets)."""
    n_instruments, n_buckets = course.outcome.shape[1], course.outcome.shape[2]
    settled = np.full((n_instruments, n_buckets), np.nan)
    for bucket in range(n_buckets):
        row = step - plan.weigh.settle_offset[bucket]
        if row >= 0:
            settled[:, bucket] = course.outcome[row, :, bucket]
    return settled


@kernel
def _book(ledger: books.Ledger, course: Course, step: int) -> BookView:
    n = len(ledger.lots)
    equity = books.equity(ledger) / MICROS
    weight, entry = np.zeros(n), np.full(n, np.nan)
    held_steps = np.zeros(n, np.int64)
    for i in range(n):
        lots = ledger.lots[i]
        if lots != 0:
            worth = books.value(ledger, i, lots, ledger.mark_ticks[i]) / MICROS
            weight[i] = worth / equity if equity > 0 else np.nan
            entry[i] = ledger.entry[i] / MICROS / (lots * ledger.lot_units[i])
            held_steps[i] = step - ledger.opened_step[i] + 1
    return BookView(equity, weight, ledger.lots.copy(), held_steps, entry, course.session[step])


@kernel
def _send(
    orders: Orders,
    decisions: Decisions,
    ledger: books.Ledger,
    plan: Plan,
    record: Record,
    step: int,
) -> None:
    """Turn what the supervisor lets through into market orders, each opening with its stop."""
    n = len(ledger.lots)
    for i in range(n):
        lots = decisions.order_lots[i]
        venue.submit(orders, i, i, lots, decisions.purpose[i])
        if lots == 0:
            continue
        orders.id[i] = (step * n + i) * 2
        record.order_id[step, i] = orders.id[i]
        if decisions.purpose[i] == OPEN and ledger.lots[i] == 0:
            _rest_stop(orders, i, decisions.stop[i], plan.exchange.tick[i])


@kernel
def _rest_stop(orders: Orders, instrument: int, price: float, tick: float) -> None:
    """Let the stop of an entry wait for its fill."""
    slot = len(orders.live) // 2 + instrument
    lots = orders.lots[instrument]
    orders.live[slot] = np.isfinite(price) and price > tick
    orders.id[slot] = orders.id[instrument] + 1
    orders.instrument[slot] = instrument
    orders.lots[slot] = -lots
    orders.kind[slot] = STOP
    orders.time_in_force[slot] = GTC
    orders.purpose[slot] = PROTECT
    orders.parent[slot] = orders.id[instrument]
    if orders.live[slot]:
        # Rounded towards the entry: it never rests further away than reviewed.
        ticks = price / tick
        orders.stop_ticks[slot] = int(np.ceil(ticks)) if lots > 0 else int(np.floor(ticks))


@kernel
def _write_fill(record: Record, fills: venue.Fills, k: int, step: int) -> None:
    row = record.fill[record.n_fills[0]]
    row[0] = step
    row[1] = fills.order_id[k]
    row[2] = fills.instrument[k]
    row[3] = fills.lots[k]
    row[4] = fills.price_ticks[k]
    row[5] = fills.fee[k]
    row[6] = fills.spread[k]
    row[7] = fills.slippage[k]
    row[8] = fills.purpose[k]
    row[9] = fills.kind[k]
    record.n_fills[0] += 1


@kernel
def _write_verdicts(record: Record, verdicts: Verdicts, step: int) -> None:
    record.probability[step] = verdicts.probability
    record.log_odds_sd[step] = verdicts.log_odds_sd
    record.expected[step] = verdicts.expected
    record.expected_sd[step] = verdicts.expected_sd
    record.disagreement[step] = verdicts.disagreement
    record.stands[step] = verdicts.stands
    record.base_rate[step] = verdicts.base_rate
    record.share[step] = verdicts.share
    record.n_voices[step] = verdicts.n_voices


@kernel
def _write_intents(record: Record, intents: Intents, book: BookView, step: int) -> None:
    record.wanted[step] = intents.wanted
    record.target[step] = intents.target
    record.edge_bps[step] = intents.edge_bps
    record.cost_bps[step] = intents.cost_bps
    record.holding_steps[step] = intents.holding_steps
    record.intent_probability[step] = intents.probability
    record.reason[step] = intents.reason
    record.weight[step] = book.weight


@kernel
def _write_decisions(record: Record, decisions: Decisions, step: int) -> None:
    record.verb[step] = decisions.verb
    record.allowed[step] = decisions.allowed
    record.order_lots[step] = decisions.order_lots
    record.purpose[step] = decisions.purpose
    record.stop[step] = decisions.stop
    record.before[step] = decisions.before
    record.after[step] = decisions.after
    record.trigger[step] = decisions.trigger
    record.state[step] = decisions.state


@kernel
def _close_step(desk: Desk, record: Record, step: int) -> None:
    ledger = desk.ledger
    record.lots[step] = ledger.lots
    record.mark_ticks[step] = ledger.mark_ticks
    record.price_result[step] = ledger.price_result
    record.carry[step] = ledger.carry
    record.cost[step] = ledger.cost
    record.cash[step] = ledger.accounts[books.CASH]
    record.equity[step] = books.equity(ledger)
