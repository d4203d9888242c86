"""Decide: the five kernels, chained over the steps of one course of prices.

A pure function of course, what was said, plan and seed. At each step actions take
effect, orders meet the bar (`match`), which posts their fills to the ledger, the arbiter
weighs what was said (`weigh`), the constructor proposes (`propose`), the supervisor
reviews (`review`), and what it lets through becomes orders for the next executable price.
"""

from typing import NamedTuple

import numpy as np

from steelyard.ensemble.weigh import WeighSettings, WeighState, weigh
from steelyard.kernel import inlined, kernel
from steelyard.risk.constructor import ConstructorState, TradeSettings, propose, undecided
from steelyard.risk.rules import stop_distance
from steelyard.risk.supervisor import Limits, RiskState, review
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms
from steelyard.sim.course import Course
from steelyard.sim.prints import Prints
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import (
    BookView,
    Decisions,
    Fills,
    Intents,
    MarketView,
    Orders,
    Purpose,
    Said,
    Verdicts,
)
from steelyard.types.record import ACCOUNT_COLUMNS, CODE_COLUMNS, Record
from steelyard.types.units import MICROS

OPENS = int(Purpose.OPEN)
PROTECTS = int(Purpose.PROTECT)
ORDER_ID = CODE_COLUMNS.index("order_id")
NUMERIC = CODE_COLUMNS.index("numeric")
MARGIN_CALL = ACCOUNT_COLUMNS.index("margin_call")
ENTRY_SLOT, STOP_SLOT = 0, 1
N_SLOTS = 2
"""Of each instrument: the order that was decided, and its protective stop."""
NEVER = -1


class Spoken(NamedTuple):
    """What the tape says; all of shape (n_steps, n_agents, n_instruments)."""

    score: Floats
    confidence: Floats
    support: Floats


class Scene(NamedTuple):
    """What happens: prices, and what is said of them."""

    course: Course
    prints: Prints
    """The same course as the exchange reads it."""
    spoken: Spoken
    source: Ints
    """Rows of the source record whose verdicts are recalled at each step, shape (n_steps,);
    empty: what was said is weighed anew."""


class Plan(NamedTuple):
    """All that stays the same from step to step."""

    weigh: WeighSettings
    trade: TradeSettings
    limits: Limits
    tick: Floats
    """Currency per tick, shape (n_instruments,)."""
    terms: Terms
    first_step: int
    known_lag: int
    parts_before: Ints
    """Parts of a bar that are over when its step decides, in order; see `exchange.match`."""
    parts_after: Ints
    exec_offset: int
    """Orders decided at step t meet the market in bar t + exec_offset, latency aside."""
    cash: int
    """Micros at the start."""
    borrow_rate: float
    """Fee on borrowed units, a fraction per step."""
    cash_rate: Floats
    """Interest on idle cash, a fraction per step, >= 0, shape (n_steps,)."""
    margin_rate: Floats
    """Interest on what cash lacks, a fraction per step, >= 0, shape (n_steps,)."""
    book_weight: Floats
    """Signed weights at which the book is put at `book_step`, free of cost, shape (n_instruments,)."""
    book_step: int = NEVER
    """Step before whose decision the book is put there; -1 for never."""


class _Level(NamedTuple):
    """Where a stop rests, in the currency."""

    price: float
    tick: float


class Desk(NamedTuple):
    """The states at the start; deciding uses them up."""

    weigh: WeighState
    constructor: ConstructorState
    risk: RiskState
    orders: Orders
    """Two slots for each instrument: its order, and its protective stop."""
    ledger: books.Ledger


@kernel
def decide(scene: Scene, plan: Plan, start: Desk, record: Record, recalled: Record) -> None:
    """Run all steps, writing each into `record`.

    If the ledger does not balance, an invariant is broken: the run stops there and
    `record.broken_step` names the step.

    Args:
        scene: Prices, what was known of them, and what was said.
        plan: Settings of the five kernels.
        start: States at the start; they are used up.
        record: An empty record, filled in place; with fewer rows than steps it keeps the newest.
        recalled: Record whose verdicts are recalled where `scene.source` names rows.
    """
    arbiter, constructor, risk, orders, ledger = start
    course, n, prints = scene.course, len(orders.used), scene.prints
    fills = Fills(record.fill, record.counter)
    floor = venue.Floor(
        orders, ledger, prints.ticks, prints.flow, prints.ends_session, plan.terms, fills
    )
    weights, entries, held_steps = np.zeros(n), np.zeros(n), np.zeros(n, np.int64)
    lots, settled = np.zeros(n, np.int64), np.zeros(course.outcome.shape[1:])
    verdicts, recalls = _no_verdicts(record.share.shape), len(scene.source) > 0
    books.post_deposit(ledger, plan.cash)
    for step in range(plan.first_step, len(course.session)):
        row = step % len(record.voice)
        if prints.acts[step]:
            venue.take_effect(prints.action[step], orders, ledger)
        _meet(floor, plan.parts_before, step)
        if plan.known_lag == 0:
            _end(floor, plan, step)
        if step == plan.book_step:
            _put_book(floor, plan, course, step)
        equity = _look_at_book(ledger, weights, entries, held_steps, lots, step)
        book = BookView(equity, weights, lots, held_steps, entries, course.session[step])
        market = _market(course, step)
        if recalls:
            _recall(verdicts, recalled, scene.source[step], plan.weigh.quorum)
        else:
            said = _said(scene, plan.weigh.settle_offset, settled, step)
            arbiter, verdicts = weigh(arbiter, said, plan.weigh)
        constructor, intents = propose(constructor, verdicts, book, market, plan.trade)
        if not course.decides[step]:
            intents.target[:] = weights
            constructor = undecided(constructor)
        risk, decisions = review(risk, intents, book, market, plan.limits)
        record.code[row, :, ORDER_ID] = NEVER
        called = venue.is_called(ledger, plan.terms)
        if called:
            venue.close_all(floor, step + plan.exec_offset)
        else:
            _send(floor, decisions, record.code[row], plan, step)
        _write_verdicts(record.voice[row], record.base_rate[row], record.share[row], verdicts)
        _write_intents(record.intent[row], record.code[row], intents, weights)
        _write_decisions(record.intent[row], record.code[row], decisions)
        _write_rules(record.rule[row], decisions)
        _meet(floor, plan.parts_after, step)
        if plan.known_lag == 1:
            _end(floor, plan, step)
        account = record.account[step]
        account[2], account[MARGIN_CALL] = decisions.state, 1 if called else 0
        _write_position(record.position[row], account, ledger)
        if not books.conserved(ledger):
            record.counter[1] = step
            break


@kernel
def _said(scene: Scene, settle_offset: Ints, settled: Floats, step: int) -> Said:
    """Give what is said at a step, and what has settled by it."""
    course, spoken = scene.course, scene.spoken
    n_instruments, n_buckets = settled.shape
    for bucket in range(n_buckets):
        row = step - settle_offset[bucket]
        for i in range(n_instruments):
            settled[i, bucket] = course.outcome[row, i, bucket] if row >= 0 else np.nan
    return Said(
        spoken.score[step],
        spoken.confidence[step],
        spoken.support[step],
        course.listed[step],
        settled,
        course.volatility[step],
    )


@kernel
def _market(course: Course, step: int) -> MarketView:
    return MarketView(
        course.price[step],
        course.volatility[step],
        course.step_return[step],
        course.adv[step],
        course.half_spread_bps[step],
        course.age[step],
        course.listed[step],
        course.halted[step],
    )


@kernel
def _no_verdicts(shape: tuple[int, int, int, int]) -> Verdicts:
    """Make room for recalled verdicts; `shape` is that of the record's shares."""
    _, n, n_buckets, n_agents = shape
    return Verdicts(
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets)),
        np.zeros(n_buckets),
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets)),
        np.zeros((n, n_buckets), np.bool_),
        np.zeros((n, n_buckets, n_agents)),
        np.zeros(n, np.int64),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
    )


@inlined
def _recall(verdicts: Verdicts, source: Record, row: int, quorum: int) -> None:
    """Lay out the verdicts of a step of another record."""
    voice, code, share = source.voice[row], source.code[row], source.share[row]
    for i in range(len(voice)):
        verdicts.n_voices[i] = code[i, 0]
        verdicts.numeric[i] = code[i, NUMERIC] == 1
        verdicts.quorate[i] = code[i, 0] >= quorum
        for bucket in range(voice.shape[1]):
            verdicts.probability[i, bucket] = voice[i, bucket, 0]
            verdicts.log_odds_sd[i, bucket] = voice[i, bucket, 1]
            verdicts.expected[i, bucket] = voice[i, bucket, 2]
            verdicts.expected_sd[i, bucket] = voice[i, bucket, 3]
            verdicts.disagreement[i, bucket] = voice[i, bucket, 4]
            verdicts.stands[i, bucket] = voice[i, bucket, 5] == 1.0
            for agent in range(share.shape[2]):
                verdicts.share[i, bucket, agent] = share[i, bucket, agent]
    for bucket in range(voice.shape[1]):
        verdicts.base_rate[bucket] = source.base_rate[row, bucket]


@inlined
def _meet(floor: venue.Floor, parts: Ints, step: int) -> None:
    """Let orders meet parts of a bar, one after the other, each stop covering what is held."""
    for part in parts:
        venue.match(floor, step, part)
        for i in range(len(floor.orders.used)):
            if floor.orders.used[i, desk.SLOTS] > 0:
                _keep_stop(floor, i)


@inlined
def _keep_stop(floor: venue.Floor, i: int) -> None:
    """Let a protective stop cover exactly what is held; it does not outlive its position.

    Once it has fired, nothing is added any more; what an opening brought in the same print
    stays under the stop.
    """
    table, held = floor.orders.table[i], floor.ledger.position[i, books.LOTS]
    stop = table[STOP_SLOT]
    if stop[desk.UNITS] > 0:
        if table[ENTRY_SLOT, desk.PURPOSE] == OPENS:
            table[ENTRY_SLOT, desk.STATE] = desk.FREE
        if stop[desk.STATE] == desk.FREE and held != 0:
            stop[desk.STATE], stop[desk.KIND] = desk.WORKING, desk.STOP_ORDER
        stop[desk.UNITS] = stop[desk.VALUE] = stop[desk.PAID] = 0
    if stop[desk.STATE] == desk.WORKING:
        stop[desk.LOTS] = -held
        if held == 0:
            stop[desk.STATE] = desk.FREE


@inlined
def _end(floor: venue.Floor, plan: Plan, step: int) -> None:
    """Value all at the bar's close, and let borrowed units and cash bear what they bear."""
    venue.mark_all(floor, step)
    for i in range(len(floor.orders.used)):
        books.post_borrow(floor.ledger, i, plan.borrow_rate)
    books.post_interest(floor.ledger, plan.cash_rate[step], plan.margin_rate[step])


@inlined
def _put_book(floor: venue.Floor, plan: Plan, course: Course, step: int) -> None:
    """Put the ledger at given weights at the marks, free of cost, each position with its stop."""
    ledger, position = floor.ledger, floor.ledger.position
    equity = float(books.equity(ledger))
    for i in range(len(position)):
        mark = position[i, books.MARK]
        desk.end_all(floor.orders, i)
        if mark <= 0 or not np.isfinite(plan.book_weight[i]):
            continue
        lot = float(mark) * float(position[i, books.LOT_VALUE])
        wanted = int(plan.book_weight[i] * equity / lot)
        held = position[i, books.LOTS]
        if wanted != held:
            books.post_trade(ledger, i, wanted - held, mark, step)
        distance = stop_distance(course.volatility[step, i], plan.limits.stop_sigmas)
        price = course.price[step, i] * (1.0 - distance if wanted > 0 else 1.0 + distance)
        if wanted != 0 and np.isfinite(price) and price > plan.tick[i]:
            ticks = _stop_ticks(price, plan.tick[i], wanted)
            stop = _stop_order(_order_id(step, len(position), i) + 1, -wanted, ticks, desk.ALONE)
            desk.place(floor.orders, i, STOP_SLOT, stop, step)


@inlined
def _look_at_book(
    ledger: books.Ledger, weight: Floats, entry: Floats, held_steps: Ints, held: Ints, step: int
) -> float:
    """Lay out the book as constructor and supervisor read it; give equity in the currency."""
    position = ledger.position
    equity = float(books.equity(ledger)) / MICROS
    for i in range(len(position)):
        lots = position[i, books.LOTS]
        held[i] = lots
        weight[i], entry[i], held_steps[i] = 0.0, np.nan, 0
        if lots != 0:
            worth = float(books.value(ledger, i, lots, position[i, books.MARK])) / MICROS
            weight[i] = worth / equity if equity > 0 else np.nan
            units = lots * position[i, books.LOT_UNITS]
            entry[i] = position[i, books.ENTRY] / MICROS / units
            held_steps[i] = step - position[i, books.OPENED] + 1
    return equity


@inlined
def _send(floor: venue.Floor, decisions: Decisions, code: Ints, plan: Plan, step: int) -> None:
    """Turn what the supervisor lets through into market orders, each opening with its stop.

    While an order is on its way nothing follows it, and while a stop is being executed
    nothing is added. An order lives for one bar.
    """
    orders, terms = floor.orders, floor.terms
    n, meets = len(decisions.order_lots), step + plan.exec_offset
    arrives = meets + terms.latency
    for i in range(n):
        lots, purpose = decisions.order_lots[i], decisions.purpose[i]
        if terms.latency > 0 and _is_on_its_way(orders.table[i, ENTRY_SLOT], meets):
            continue
        orders.table[i, ENTRY_SLOT, desk.STATE] = desk.FREE
        if lots == 0 or (purpose == OPENS and _is_leaving(orders.table[i, STOP_SLOT])):
            continue
        order_id = _order_id(step, n, i)
        order = desk.Order(
            order_id, lots, desk.MARKET, purpose, 0, 0, 0, desk.GTD, arrives, desk.ALONE, 0
        )
        if terms.refuses_opposite and desk.is_refused(orders, i, order):
            continue
        desk.place(orders, i, ENTRY_SLOT, order, arrives)
        code[i, ORDER_ID] = order_id
        if purpose == OPENS:
            _rest_stop(floor, order, i, _Level(decisions.stop[i], plan.tick[i]), arrives)


@inlined
def _order_id(step: int, n_instruments: int, i: int) -> int:
    """Number an order; the next number is its stop's, and 0 is the broker's."""
    return (step * n_instruments + i) * N_SLOTS + 1


@inlined
def _is_on_its_way(row: Ints, step: int) -> bool:
    return bool(row[desk.STATE] == desk.WORKING and row[desk.ARRIVES] >= step)


@inlined
def _is_leaving(stop: Ints) -> bool:
    """Say whether a protective stop was reached and works on as a market order."""
    return bool(stop[desk.STATE] == desk.WORKING and stop[desk.KIND] == desk.MARKET)


@inlined
def _stop_ticks(price: float, tick: float, lots: int) -> int:
    """Round towards the entry: a stop never rests further away than reviewed."""
    return int(np.ceil(price / tick)) if lots > 0 else int(np.floor(price / tick))


@inlined
def _stop_order(order_id: int, lots: int, ticks: int, parent: int) -> desk.Order:
    return desk.Order(
        order_id, lots, desk.STOP_ORDER, PROTECTS, 0, ticks, 0, desk.GTC, 0, parent, 0
    )


@inlined
def _rest_stop(floor: venue.Floor, order: desk.Order, i: int, at: _Level, arrives: int) -> None:
    """Let the stop of an entry wait for its fill; an addition draws the stop that rests nearer.

    So what is held and added never risks more than was reviewed, and a stop never yields.
    """
    price, tick, held = at.price, at.tick, floor.ledger.position[i, books.LOTS]
    stop = floor.orders.table[i, STOP_SLOT]
    rests = held != 0 and stop[desk.STATE] == desk.WORKING
    if not (np.isfinite(price) and price > tick):
        if not rests:
            stop[desk.STATE] = desk.FREE
        return
    ticks = _stop_ticks(price, tick, order.lots)
    if rests:
        resting = stop[desk.STOP]
        stop[desk.STOP] = max(ticks, resting) if order.lots > 0 else min(ticks, resting)
    elif held != 0:
        placed = _stop_order(order.id + 1, -held, ticks, desk.ALONE)
        desk.place(floor.orders, i, STOP_SLOT, placed, arrives)
    else:
        placed = _stop_order(order.id + 1, -order.lots, ticks, order.id)
        desk.place(floor.orders, i, STOP_SLOT, placed, arrives)


@inlined
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


@inlined
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
        code[i, NUMERIC] = 1 if intents.numeric[i] else 0


@inlined
def _write_decisions(intent: Floats, code: Ints, decisions: Decisions) -> None:
    for i in range(len(intent)):
        intent[i, 7] = decisions.allowed[i]
        intent[i, 8] = decisions.stop[i]
        code[i, 2] = decisions.verb[i]
        code[i, 3] = decisions.order_lots[i]
        code[i, 4] = decisions.purpose[i]


@inlined
def _write_rules(rule: Floats, decisions: Decisions) -> None:
    for i in range(rule.shape[0]):
        for k in range(rule.shape[1]):
            rule[i, k, 0] = decisions.before[i, k]
            rule[i, k, 1] = decisions.after[i, k]
            rule[i, k, 2] = decisions.trigger[i, k]


@inlined
def _write_position(position: Ints, account: Ints, ledger: books.Ledger) -> None:
    held = ledger.position
    for i in range(len(position)):
        position[i, 0] = held[i, books.LOTS]
        position[i, 1] = held[i, books.MARK]
        position[i, 2] = held[i, books.PRICE_RESULT]
        position[i, 3] = held[i, books.CARRY]
        position[i, 4] = held[i, books.COST]
    account[0] = ledger.accounts[books.CASH]
    account[1] = books.equity(ledger)
    account[3] = -ledger.accounts[books.INTEREST]
