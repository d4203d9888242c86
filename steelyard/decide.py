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
from steelyard.risk.constructor import ConstructorState, TradeSettings, propose, undecided
from steelyard.risk.supervisor import Limits, RiskState, review
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim.course import Course
from steelyard.sim.ticks import to_ticks
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import (
    BookView,
    Decisions,
    Fills,
    Intents,
    MarketView,
    OrderKind,
    Orders,
    Purpose,
    Said,
    TimeInForce,
    Verdicts,
)
from steelyard.types.record import CODE_COLUMNS, Record
from steelyard.types.units import MICROS

STOP = int(OrderKind.STOP)
GTC = int(TimeInForce.GTC)
OPEN = int(Purpose.OPEN)
PROTECT = int(Purpose.PROTECT)
ORDER_ID = CODE_COLUMNS.index("order_id")


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
    parts_before: Ints
    """Parts of a bar that are over when its step decides, in order; see `exchange.match`."""
    parts_after: Ints
    cash: int
    """Micros at the start."""
    borrow_rate: float
    """Fee on borrowed units, a fraction per step."""
    cash_rate: Floats
    """Interest on idle cash, a fraction per step, >= 0, shape (n_steps,)."""


class Desk(NamedTuple):
    """The states at the start; deciding uses them up."""

    weigh: WeighState
    constructor: ConstructorState
    risk: RiskState
    orders: Orders
    """Slot i holds the market order of instrument i, slot n + i its protective stop."""
    ledger: books.Ledger


class _Floor(NamedTuple):
    """What meets in a bar."""

    orders: Orders
    ledger: books.Ledger
    bar: venue.BarRow


@kernel
def decide(course: Course, spoken: Spoken, plan: Plan, desk: Desk, record: Record) -> None:
    """Run all steps, writing each into `record`.

    If the ledger does not balance, an invariant is broken: the run stops there and
    `record.broken_step` names the step.

    Args:
        course: Prices and what was known of them.
        spoken: Opinions and their support.
        plan: Settings of the five kernels.
        desk: States at the start; they are used up.
        record: An empty record, filled in place.
    """
    arbiter, constructor, risk, orders, ledger = desk
    tick = plan.exchange.tick
    books.post_deposit(ledger, plan.cash)
    for step in range(plan.first_step, len(course.session)):
        said, market, bar = _look(course, spoken, plan.weigh.settle_offset, step)
        _take_effect(course, orders, ledger, step)
        _meet(_Floor(orders, ledger, bar), plan.exchange, record, step, plan.parts_before)
        if plan.known_lag == 0:
            _end(ledger, bar.close, plan, step)
        book = _book(ledger, course.session[step], step)
        arbiter, verdicts = weigh(arbiter, said, plan.weigh)
        constructor, intents = propose(constructor, verdicts, book, market, plan.trade)
        if not course.decides[step]:
            _want_nothing(intents.target, book.weight)
            constructor = undecided(constructor)
        risk, decisions = review(risk, intents, book, market, plan.limits)
        _send(orders, decisions, ledger.lots, tick, record.code[step], step)
        _write_verdicts(record.voice[step], record.base_rate[step], record.share[step], verdicts)
        _write_intents(record.intent[step], record.code[step], intents, book.weight)
        _write_decisions(record.intent[step], record.code[step], decisions)
        _write_rules(record.rule[step], decisions)
        record.account[step, 2] = decisions.state
        _meet(_Floor(orders, ledger, bar), plan.exchange, record, step, plan.parts_after)
        if plan.known_lag == 1:
            _end(ledger, bar.close, plan, step)
        _write_position(record.position[step], record.account[step], ledger)
        if not books.conserved(ledger):
            record.counter[1] = step
            break


@kernel
def _look(
    course: Course, spoken: Spoken, settle_offset: Ints, step: int
) -> tuple[Said, MarketView, venue.BarRow]:
    """Give what is said and known when the step decides, and its bar."""
    n_instruments, n_buckets = course.outcome.shape[1], course.outcome.shape[2]
    settled = np.full((n_instruments, n_buckets), np.nan)
    for bucket in range(n_buckets):
        row = step - settle_offset[bucket]
        if row >= 0:
            for i in range(n_instruments):
                settled[i, bucket] = course.outcome[row, i, bucket]
    said = Said(
        spoken.score[step],
        spoken.confidence[step],
        spoken.support[step],
        course.listed[step],
        settled,
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
    bar = venue.BarRow(
        course.open[step],
        course.high[step],
        course.low[step],
        course.close[step],
        course.volume[step],
        course.trailing_volume[step],
        course.half_spread_bps[step],
    )
    return said, market, bar


@kernel
def _take_effect(course: Course, orders: Orders, ledger: books.Ledger, step: int) -> None:
    """Let splits and dividends of the step fall on positions and resting orders."""
    for i in range(course.open.shape[1]):
        new, old = course.split_new[step, i], course.split_old[step, i]
        if new != old:
            books.post_split(ledger, i, new, old)
            venue.adjust_for_split(orders, i, new, old)
        if course.dividend_micros[step, i] != 0:
            books.post_dividend(ledger, i, course.dividend_micros[step, i])


@kernel
def _meet(
    floor: _Floor, settings: venue.ExchangeSettings, record: Record, step: int, parts: Ints
) -> None:
    """Let orders meet parts of a bar, one after the other, and post what they fill."""
    orders, ledger, bar = floor
    for part in parts:
        orders, fills = venue.match(orders, bar, ledger.lots, settings, step, part)
        ledger = books.post(ledger, fills, step)
        _write_fills(record.fill, record.counter, fills, step)
        _keep_stops(orders, ledger.lots, fills)


@kernel
def _keep_stops(orders: Orders, lots: Ints, fills: Fills) -> None:
    """Let each protective stop cover exactly what is held; none outlives its position.

    Where one has fired, nothing is added any more; what an opening brought in the same
    print stays under the stop.
    """
    n = len(lots)
    for k in range(fills.n):
        i = fills.instrument[k]
        if fills.purpose[k] == PROTECT:
            orders.live[n + i] = True
            orders.live[i] &= orders.purpose[i] != OPEN
    for i in range(n):
        if orders.live[n + i] and orders.parent[n + i] < 0:
            orders.lots[n + i] = -lots[i]
            orders.live[n + i] = lots[i] != 0


@kernel
def _end(ledger: books.Ledger, close: Floats, plan: Plan, step: int) -> None:
    """Value all at the bar's close, and let borrow and idle cash bear what they bear."""
    _mark(ledger, close, plan.exchange.tick, plan.borrow_rate)
    books.post_interest(ledger, plan.cash_rate[step])


@kernel
def _mark(ledger: books.Ledger, close: Floats, tick: Floats, borrow_rate: float) -> None:
    for i in range(len(close)):
        if np.isfinite(close[i]):
            books.mark(ledger, i, to_ticks(close[i], tick[i]))
        books.post_borrow(ledger, i, borrow_rate)


@kernel
def _book(ledger: books.Ledger, session: int, step: int) -> BookView:
    n = len(ledger.lots)
    equity = float(books.equity(ledger)) / MICROS
    weight, entry = np.zeros(n), np.full(n, np.nan)
    held_steps = np.zeros(n, np.int64)
    for i in range(n):
        lots = ledger.lots[i]
        if lots != 0:
            worth = float(books.value(ledger, i, lots, ledger.mark_ticks[i])) / MICROS
            weight[i] = worth / equity if equity > 0 else np.nan
            entry[i] = ledger.entry[i] / MICROS / (lots * ledger.lot_units[i])
            held_steps[i] = step - ledger.opened_step[i] + 1
    return BookView(equity, weight, ledger.lots.copy(), held_steps, entry, session)


@kernel
def _send(
    orders: Orders, decisions: Decisions, held: Ints, tick: Floats, code: Ints, step: int
) -> None:
    """Turn what the supervisor lets through into market orders, each opening with its stop."""
    n = len(held)
    for i in range(n):
        lots = decisions.order_lots[i]
        venue.submit(orders, i, i, lots, decisions.purpose[i])
        if lots == 0:
            continue
        orders.id[i] = (step * n + i) * 2
        code[i, ORDER_ID] = orders.id[i]
        if decisions.purpose[i] == OPEN:
            _rest_stop(orders, i, held[i], decisions.stop[i], tick[i])


@kernel
def _rest_stop(orders: Orders, instrument: int, held: int, price: float, tick: float) -> None:
    """Let the stop of an entry wait for its fill; an addition draws the stop that rests nearer.

    So what is held and added never risks more than was reviewed, and a stop never yields.
    """
    slot = len(orders.live) // 2 + instrument
    lots = orders.lots[instrument]
    rests = held != 0 and orders.live[slot]
    orders.live[slot] = rests or (np.isfinite(price) and price > tick)
    if not (np.isfinite(price) and price > tick):
        return
    # Rounded towards the entry: it never rests further away than reviewed.
    ticks = int(np.ceil(price / tick)) if lots > 0 else int(np.floor(price / tick))
    if rests:
        resting = orders.stop_ticks[slot]
        ticks = max(ticks, resting) if lots > 0 else min(ticks, resting)
    orders.id[slot] = orders.id[instrument] + 1
    orders.instrument[slot] = instrument
    orders.lots[slot] = -lots if held == 0 else -held
    orders.kind[slot] = STOP
    orders.stop_ticks[slot] = ticks
    orders.time_in_force[slot] = GTC
    orders.purpose[slot] = PROTECT
    orders.parent[slot] = orders.id[instrument] if held == 0 else -1


@kernel
def _write_fills(fill: Ints, counter: Ints, fills: Fills, step: int) -> None:
    for k in range(fills.n):
        row = fill[counter[0]]
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
        counter[0] += 1


@kernel
def _write_verdicts(voice: Floats, base_rate: Floats, share: Floats, verdicts: Verdicts) -> None:
    n_instruments, n_buckets, n_agents = share.shape
    for bucket in range(n_buckets):
        base_rate[bucket] = verdicts.base_rate[bucket]
        for i in range(n_instruments):
            row = voice[i, bucket]
            row[0] = verdicts.probability[i, bucket]
            row[1] = verdicts.log_odds_sd[i, bucket]
            row[2] = verdicts.expected[i, bucket]
            row[3] = verdicts.expected_sd[i, bucket]
            row[4] = verdicts.disagreement[i, bucket]
            row[5] = 1.0 if verdicts.stands[i, bucket] else 0.0
            for k in range(n_agents):
                share[i, bucket, k] = verdicts.share[i, bucket, k]


@kernel
def _want_nothing(target: Floats, held: Floats) -> None:
    """Want what is held: the step decides nothing new, but limits are still watched."""
    for i in range(len(target)):
        target[i] = held[i]


@kernel
def _write_intents(intent: Floats, code: Ints, intents: Intents, held: Floats) -> None:
    for i in range(len(intent)):
        row = intent[i]
        row[0] = intents.wanted[i]
        row[1] = intents.target[i]
        row[2] = intents.edge_bps[i]
        row[3] = intents.cost_bps[i]
        row[4] = intents.holding_steps[i]
        row[5] = intents.probability[i]
        row[6] = held[i]
        code[i, 0] = intents.n_voices[i]
        code[i, 1] = intents.reason[i]


@kernel
def _write_decisions(intent: Floats, code: Ints, decisions: Decisions) -> None:
    for i in range(len(intent)):
        intent[i, 7] = decisions.allowed[i]
        intent[i, 8] = decisions.stop[i]
        code[i, 2] = decisions.verb[i]
        code[i, 3] = decisions.order_lots[i]
        code[i, 4] = decisions.purpose[i]


@kernel
def _write_rules(rule: Floats, decisions: Decisions) -> None:
    for i in range(rule.shape[0]):
        for k in range(rule.shape[1]):
            rule[i, k, 0] = decisions.before[i, k]
            rule[i, k, 1] = decisions.after[i, k]
            rule[i, k, 2] = decisions.trigger[i, k]


@kernel
def _write_position(position: Ints, account: Ints, ledger: books.Ledger) -> None:
    for i in range(len(position)):
        position[i, 0] = ledger.lots[i]
        position[i, 1] = ledger.mark_ticks[i]
        position[i, 2] = ledger.price_result[i]
        position[i, 3] = ledger.carry[i]
        position[i, 4] = ledger.cost[i]
    account[0] = ledger.accounts[books.CASH]
    account[1] = books.equity(ledger)
    account[3] = -ledger.accounts[books.INTEREST]
