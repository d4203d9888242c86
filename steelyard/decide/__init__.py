"""Decide: the five kernels, chained over the steps of one course of prices.

A pure function of course, what was said, plan and seed. At each step actions take
effect, orders meet the bar (`match`), which posts their fills to the ledger, the arbiter
weighs what was said (`weigh`), the constructor proposes (`propose`), the supervisor
reviews (`review`), and what it lets through becomes orders for the next executable price.
"""

from typing import NamedTuple

import numpy as np

from steelyard.decide.recording import (
    recall,
    write_decisions,
    write_intents,
    write_position,
    write_rules,
    write_verdicts,
)
from steelyard.decide.sending import (
    N_SLOTS,
    ORDER_ID,
    STOP_SLOT,
    keep_stop,
    order_id,
    send,
    stop_order,
    stop_ticks,
)
from steelyard.ensemble.weigh import WeighSettings, WeighState, blank_verdicts, weigh_into
from steelyard.kernel import inlined, kernel, leaf
from steelyard.risk.constructor import (
    ConstructorState,
    TradeSettings,
    blank_intents,
    propose_into,
    undecided,
)
from steelyard.risk.rules import stop_distance
from steelyard.risk.supervisor import Docket, Limits, RiskState, blank_docket, review_into
from steelyard.sim import accounts
from steelyard.sim import exchange as venue
from steelyard.sim import ledger as books
from steelyard.sim import orders as desk
from steelyard.sim.costs import Terms
from steelyard.sim.course import Course
from steelyard.sim.prints import Prints
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import (
    BookView,
    Fills,
    Intents,
    MarketView,
    Orders,
    Said,
    Verdicts,
)
from steelyard.types.record import ACCOUNT_COLUMNS, Record
from steelyard.types.units import MICROS

__all__ = ["N_SLOTS", "Desk", "Plan", "Scene", "Spoken", "decide"]

MARGIN_CALL = ACCOUNT_COLUMNS.index("margin_call")
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
    """Signed weights at which the book is put at `book_step`, free of cost; NaN: as it is.
    Shape (n_instruments,)."""
    book_step: int = NEVER
    """Step before whose decision the book is put there; -1 for never."""


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
    n = len(start.orders.used)
    _, _, n_buckets, n_agents = record.share.shape
    rooms = _Rooms(
        blank_verdicts(n, n_buckets, n_agents),
        blank_intents(n),
        blank_docket(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
        np.zeros((n, n_buckets)),
    )
    _run(scene, plan, start, record, recalled, rooms)


class _Rooms(NamedTuple):
    """Room for what a step hands on, made once; arrays of shape (n_instruments,)."""

    verdicts: Verdicts
    intents: Intents
    docket: Docket
    weights: Floats
    entries: Floats
    held_steps: Ints
    lots: Ints
    settled: Floats
    """Shape (n_instruments, n_buckets)."""


@leaf
def _run(
    scene: Scene, plan: Plan, start: Desk, record: Record, recalled: Record, rooms: _Rooms
) -> None:
    """Run all steps as `decide` does: a leaf, so that no reference is counted at any step."""
    course, prints, ledger, risk = scene.course, scene.prints, start.ledger, start.risk
    _, intents, docket, weights, entries, held_steps, lots, _ = rooms
    fills = Fills(record.fill, record.counter)
    floor = venue.Floor(
        start.orders, ledger, prints.ticks, prints.flow, prints.ends_session, plan.terms, fills
    )
    books.post_deposit(ledger, plan.cash)
    for step in range(plan.first_step, len(course.session)):
        row = step % len(record.voice)
        _begin(floor, scene, plan, step)
        if len(scene.source) > 0:
            recall(rooms.verdicts, recalled, scene.source[step], plan.weigh.quorum)
        else:
            said = _said(scene, plan.weigh.settle_offset, rooms.settled, step)
            weigh_into(start.weigh, said, plan.weigh, rooms.verdicts)
        equity = _look_at_book(ledger, weights, entries, held_steps, lots, step)
        book = BookView(equity, weights, lots, held_steps, entries, course.session[step])
        market = _market(course, step)
        propose_into(start.constructor, rooms.verdicts, book, market, plan.trade, intents)
        if not course.decides[step]:
            _want_nothing(start.constructor, intents.target, weights)
        risk = review_into(risk, intents, book, market, plan.limits, docket)
        meets = step + plan.exec_offset
        for i in range(len(lots)):
            record.code[row, i, ORDER_ID] = NEVER
        called = venue.is_called(ledger, plan.terms)
        if called:
            venue.close_all(floor, meets)
        else:
            send(floor, docket.decisions, record.code[row], plan.tick, step, meets)
        _write(record, row, rooms)
        _meet(floor, plan.parts_after, step)
        if plan.known_lag == 1:
            _end(floor, plan, step)
        account = record.account[step]
        account[2], account[MARGIN_CALL] = risk.trading, 1 if called else 0
        write_position(record.position[row], account, ledger)
        if not books.conserved(ledger):
            record.counter[1] = step
            break


@inlined
def _begin(floor: venue.Floor, scene: Scene, plan: Plan, step: int) -> None:
    """Let happen what happens before the step decides."""
    if scene.prints.acts[step]:
        venue.take_effect(scene.prints.action[step], floor.orders, floor.ledger)
    _meet(floor, plan.parts_before, step)
    if plan.known_lag == 0:
        _end(floor, plan, step)
    if step == plan.book_step:
        _put_book(floor, plan, scene.course, step)


@inlined
def _want_nothing(constructor: ConstructorState, target: Floats, held: Floats) -> None:
    """Want what is held: the step decides nothing new, but limits are still watched."""
    for i in range(len(target)):
        target[i] = held[i]
    undecided(constructor)


@inlined
def _write(record: Record, row: int, rooms: _Rooms) -> None:
    verdicts, decisions = rooms.verdicts, rooms.docket.decisions
    write_verdicts(record.voice[row], record.base_rate[row], record.share[row], verdicts)
    write_intents(record.intent[row], record.code[row], rooms.intents, rooms.weights)
    write_decisions(record.intent[row], record.code[row], decisions)
    write_rules(record.rule[row], decisions)


@inlined
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


@inlined
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


@inlined
def _meet(floor: venue.Floor, parts: Ints, step: int) -> None:
    """Let orders meet parts of a bar, one after the other, each stop covering what is held."""
    for part in parts:
        venue.match(floor, step, part)
        for i in range(len(floor.orders.used)):
            keep_stop(floor, i)


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
        mark = position[i, accounts.MARK]
        desk.end_all(floor.orders, i)
        if mark <= 0 or not np.isfinite(plan.book_weight[i]):
            continue
        lot = float(mark) * float(position[i, accounts.LOT_VALUE])
        wanted = int(plan.book_weight[i] * equity / lot)
        held = position[i, accounts.LOTS]
        if wanted != held:
            books.post_trade(ledger, i, wanted - held, mark, step)
        distance = stop_distance(course.volatility[step, i], plan.limits.stop_sigmas)
        price = course.price[step, i] * (1.0 - distance if wanted > 0 else 1.0 + distance)
        if wanted != 0 and np.isfinite(price) and price > plan.tick[i]:
            ticks = stop_ticks(price, plan.tick[i], wanted)
            stop = stop_order(order_id(step, len(position), i) + 1, -wanted, ticks, desk.ALONE)
            desk.place(floor.orders, i, STOP_SLOT, stop, step)


@inlined
def _look_at_book(
    ledger: books.Ledger, weight: Floats, entry: Floats, held_steps: Ints, held: Ints, step: int
) -> float:
    """Lay out the book as constructor and supervisor read it; give equity in the currency."""
    position = ledger.position
    equity = float(books.equity(ledger)) / MICROS
    for i in range(len(position)):
        lots = position[i, accounts.LOTS]
        held[i] = lots
        weight[i], entry[i], held_steps[i] = 0.0, np.nan, 0
        if lots != 0:
            worth = float(books.value(ledger, i, lots, position[i, accounts.MARK])) / MICROS
            weight[i] = worth / equity if equity > 0 else np.nan
            units = lots * position[i, accounts.LOT_UNITS]
            entry[i] = position[i, accounts.ENTRY] / MICROS / units
            held_steps[i] = step - position[i, accounts.OPENED] + 1
    return equity
