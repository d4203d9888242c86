"""From scenario and world to what the kernels take: settings, states and the course."""

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

from steelyard.decide import N_SLOTS, Desk, Plan, Scene, Spoken, decide
from steelyard.ensemble import weigh as arbiter
from steelyard.ensemble.weigh import PoolMode
from steelyard.errors import DataError, InvariantError
from steelyard.feeds.instants import day_number
from steelyard.risk import constructor, supervisor
from steelyard.scenario import Scenario
from steelyard.sim import exchange as venue
from steelyard.sim.costs import Terms, Units
from steelyard.sim.course import Course, CourseSettings, course_of
from steelyard.sim.ledger import TOO_LARGE, open_ledger
from steelyard.sim.orders import empty_orders
from steelyard.sim.prints import Prints, prints_of
from steelyard.sim.spread import estimated_half_spread
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Instrument
from steelyard.types.outcome import settle_offset
from steelyard.types.record import Record, empty_record
from steelyard.types.tape import Tape
from steelyard.types.units import BPS_IN_ONE, MICROS, SESSIONS_PER_YEAR
from steelyard.types.world import World

A = TypeVar("A", bound=npt.NDArray[Any])

PERCENT_PER_BPS = 0.01
UNKNOWN_HALF_SPREAD_BPS = 20.0
"""Of an instrument whose bars do not tell yet: several times that of a liquid share."""
FIRST, REST, LAST = venue.AT_OPEN, venue.INSIDE, venue.AT_CLOSE + venue.AT_END
PARTS = {
    # (known_lag, exec_offset): parts of the step's own bar that are over when it decides, and
    # those that follow. Each is met alone, so that stops cover what the one before brought.
    (0, 1): ([FIRST, REST + venue.AT_END], []),
    (1, 0): ([], [FIRST, REST, LAST]),
    (1, 1): ([FIRST + venue.AT_END], [REST]),
}
POOLS = {"adaptive": PoolMode.ADAPTIVE, "equal": PoolMode.EQUAL}
NO_QUORUM = {
    "hold": constructor.NoQuorum.HOLD,
    "decay": constructor.NoQuorum.DECAY,
    "exit": constructor.NoQuorum.EXIT,
}


class Variant(NamedTuple):
    """What an ablation changes; everything else stays as the scenario says."""

    pool: int
    """A `PoolMode`."""
    active: Bools
    """False: the agent counts as silent, shape (n_agents,)."""


def buckets_of(scenario: Scenario, tape: Tape) -> Ints:
    """Give the index of each agent's horizon among `ensemble.horizons`, shape (n_agents,)."""
    bucket = [scenario.ensemble.horizons.index(int(steps)) for steps in tape.horizon]
    return np.array(bucket, dtype=np.int64)


def steps_per_year(world: World) -> float:
    """Count the steps of a year: sessions, times the bars of a session."""
    n_sessions = 1 + np.count_nonzero(np.diff(world.bars.session))  # they are in order
    return SESSIONS_PER_YEAR * world.n_steps / n_sessions


def lay_course(scenario: Scenario, world: World) -> Course:
    """Give the course of the world under the scenario's costs and horizons."""
    stated = _half_spread(scenario, world.bars.session)
    course = course_of(
        world,
        CourseSettings(
            horizon=np.array(scenario.ensemble.horizons, dtype=np.int64),
            adv_window=scenario.execution.adv_window,
            half_spread_bps=stated,
            excess=scenario.ensemble.outcome == "excess",
        ),
    )
    return course if np.isfinite(stated).all() else _with_estimates(course, stated, world)


def _half_spread(scenario: Scenario, session: Ints) -> Floats:
    """Give the half-spread in force at each step: the newest dated one, bps; NaN: estimated."""
    spread = np.empty(len(session))
    for index, dated in enumerate(scenario.execution.half_spread):
        begin = -np.inf if dated.from_ is None or index == 0 else day_number(dated.from_)
        spread[session >= begin] = np.nan if dated.value == "estimated" else dated.value
    return spread


def _with_estimates(course: Course, stated: Floats, world: World) -> Course:
    """Put estimates where no half-spread is stated.

    Until an instrument has one, the last stated holds, or a wide one: what nobody can tell
    yet is not to look cheap.
    """
    tick = np.array([instrument.tick for instrument in world.instruments])
    estimate = estimated_half_spread(world.bars, tick)
    newest = np.maximum.accumulate(np.where(np.isfinite(stated), np.arange(len(stated)), 0))
    before = stated[newest, None]
    before = np.where(np.isfinite(before), before, UNKNOWN_HALF_SPREAD_BPS)
    held = np.where(np.isfinite(estimate), estimate, before)
    spread = course.half_spread_bps
    return course._replace(half_spread_bps=np.where(np.isnan(spread), held, spread))


def replay(
    scenario: Scenario, world: World, course: Course, tape: Tape, variant: Variant | None = None
) -> Record:
    """Decide a whole course from the tape, as the scenario says or a variant of it.

    Raises:
        DataError: an amount grew beyond what the ledger counts.
        InvariantError: the ledger did not balance.
    """
    return carry_out(plan_of(scenario, world, tape, variant), scenario, world, course, tape)


def carry_out(
    plan: Plan,
    scenario: Scenario,
    world: World,
    course: Course,
    tape: Tape,
    prints: Prints | None = None,
) -> Record:
    """Decide a whole course from the tape by a plan that may be changed; see `replay`.

    `prints` is what orders meet, where that is not the course that is told.
    """
    n_agents, n_instruments = len(tape.agents), len(world.instruments)
    record = empty_record(world.n_steps, n_instruments, len(scenario.ensemble.horizons), n_agents)
    desk = desk_of(plan, units_of(world.instruments))
    scene = scene_of(scenario, world, course, tape)
    scene = scene if prints is None else scene._replace(prints=prints)
    decide(scene, plan, desk, record, record)
    if desk.ledger.fault == TOO_LARGE:
        raise DataError(
            f"at step {record.broken_step} an amount grew beyond what the ledger counts (about "
            "a trillion of the currency)",
            hint="start with less cash, or check the prices",
        )
    if record.broken_step >= 0:
        raise InvariantError(
            f"the ledger did not balance at step {record.broken_step}; nothing of this run "
            "can be trusted: please report it with the scenario"
        )
    return record


def desk_of(plan: Plan, units: Units) -> Desk:
    """Give the states at the start."""
    n_instruments = len(units.key)
    return Desk(
        arbiter.start(plan.weigh, n_instruments),
        constructor.start(n_instruments),
        supervisor.start(),
        empty_orders(n_instruments, N_SLOTS),
        open_ledger(units),
    )


def scene_of(scenario: Scenario, world: World, course: Course, tape: Tape) -> Scene:
    """Give what decide is told of prices, and what was said of them.

    All in one layout of memory: for every other, decide would be compiled once more.
    """
    return Scene(
        Course._make(_plain(column) for column in course),
        lay_prints(scenario, world, course),
        Spoken(_plain(tape.score), _plain(tape.confidence), _plain(tape.support)),
        np.zeros(0, dtype=np.int64),
    )


def _plain(column: A) -> A:
    """Give an array row by row and writable, copied if it is not so already."""
    plain: A = np.require(column, requirements=("C", "W"))
    return plain


def lay_prints(scenario: Scenario, world: World, course: Course) -> Prints:
    """Give a course as the exchange reads it."""
    tick = units_of(world.instruments).tick
    limit = or_nan(scenario.execution.price_limit)
    return prints_of(course, tick, world.timing.known_lag, limit)


def plan_of(scenario: Scenario, world: World, tape: Tape, variant: Variant | None) -> Plan:
    """Give what decide is told once, as the scenario says or a variant of it."""
    timing = world.timing
    before, after = PARTS[timing.known_lag, timing.exec_offset]
    per_year = steps_per_year(world)
    return Plan(
        weigh=_weigh_settings(scenario, world, tape, variant),
        trade=_trade_settings(scenario, per_year),
        limits=_limits(scenario, world),
        tick=units_of(world.instruments).tick,
        terms=terms_of(scenario, world),
        first_step=world.first_step,
        known_lag=timing.known_lag,
        parts_before=np.array(before, dtype=np.int64),
        parts_after=np.array(after, dtype=np.int64),
        exec_offset=timing.exec_offset,
        cash=scenario.account.cash,
        borrow_rate=scenario.execution.borrow / BPS_IN_ONE / per_year,
        cash_rate=cash_rate(scenario, world),
        margin_rate=margin_rate(scenario, world),
        book_weight=np.zeros(len(world.instruments)),
    )


def risk_free_percent(scenario: Scenario, world: World) -> Floats:
    """Give the rate without risk as known at each step, percent a year; 0 where none is known."""
    series = world.series.get(scenario.market.risk_free or "")
    if series is None or not len(series.value):
        return np.zeros(world.n_steps)
    newest = np.searchsorted(series.known_at, world.timing.as_of, side="right") - 1
    return np.where(newest >= 0, series.value[np.maximum(newest, 0)], 0.0)


def cash_rate(scenario: Scenario, world: World) -> Floats:
    """Give the interest on idle cash at each step, a fraction per step, shape (n_steps,)."""
    spread = scenario.account.cash_spread
    if spread is None:
        return np.zeros(world.n_steps)
    percent = np.maximum(0.0, risk_free_percent(scenario, world) - spread * PERCENT_PER_BPS)
    return percent / 100.0 / steps_per_year(world)


def margin_rate(scenario: Scenario, world: World) -> Floats:
    """Give the interest on what cash lacks at each step, a fraction per step, shape (n_steps,)."""
    percent = risk_free_percent(scenario, world) + scenario.account.margin_spread * PERCENT_PER_BPS
    return np.maximum(0.0, percent) / 100.0 / steps_per_year(world)


def _weigh_settings(
    scenario: Scenario, world: World, tape: Tape, variant: Variant | None
) -> arbiter.WeighSettings:
    horizon = np.array(scenario.ensemble.horizons, dtype=np.int64)
    offset = [settle_offset(world.timing, int(steps)) for steps in horizon]
    everyone = np.ones(len(tape.agents), dtype=np.bool_)
    return arbiter.WeighSettings(
        bucket_of_agent=buckets_of(scenario, tape),
        horizon=horizon,
        settle_offset=np.array(offset, dtype=np.int64),
        reads_text=tape.reads_text,
        active=everyone if variant is None else variant.active,
        quorum=scenario.ensemble.quorum,
        max_log_odds=scenario.ensemble.max_log_odds,
        pool=int(POOLS[scenario.ensemble.pool]) if variant is None else int(variant.pool),
    )


def _trade_settings(scenario: Scenario, per_year: float) -> constructor.TradeSettings:
    trade, execution = scenario.trade, scenario.execution
    return constructor.TradeSettings(
        horizon=np.array(scenario.ensemble.horizons, dtype=np.int64),
        long_only=trade.mandate == "long_only",
        volatility_target=trade.volatility_target,
        steps_per_year=per_year,
        kelly_fraction=trade.kelly_fraction,
        edge_over_cost=trade.edge_over_cost,
        min_probability=trade.entry.min_probability,
        min_edge_bps=trade.entry.min_edge,
        exit_probability=trade.exit.max_probability,
        min_holding=trade.min_holding,
        max_holding=trade.max_holding,
        take_profit_sigmas=or_nan(trade.take_profit),
        rebalance_every=trade.rebalance_every,
        no_quorum=int(NO_QUORUM[trade.no_quorum]),
        fee_bps=execution.fee.rate,
        slippage_bps=execution.slippage,
        borrow_bps=execution.borrow,
        impact_coefficient=execution.impact.coefficient,
        max_order=scenario.risk.max_order,
        max_participation=min(scenario.risk.max_participation, execution.auction_share),
    )


def or_nan(value: float | None) -> float:
    """Give NaN, the kernels' "none", for None."""
    return float("nan") if value is None else value


def _limits(scenario: Scenario, world: World) -> supervisor.Limits:
    risk = scenario.risk
    names = [instrument.id for instrument in world.instruments]
    return supervisor.Limits(
        max_position=risk.max_position,
        max_gross=risk.max_gross,
        max_net=risk.max_net,
        max_order=risk.max_order,
        max_participation=risk.max_participation,
        price_collar=risk.price_collar,
        risk_per_trade=risk.risk_per_trade,
        stop_sigmas=or_nan(scenario.trade.stop),
        daily_loss=risk.daily_loss,
        max_drawdown=risk.max_drawdown,
        rearm_after=-1 if risk.rearm is None else risk.rearm,
        min_probability=risk.min_probability,
        stale_after=risk.stale_after,
        text_alone_refused=risk.text_alone == "refuse",
        restricted=np.array([name in risk.restricted for name in names], dtype=np.bool_),
        lot=units_of(world.instruments).lot_units.astype(np.float64),
        key=np.arange(len(names), dtype=np.int64),
        seed=scenario.seed,
        path=0,
    )


def lot_value(instruments: Sequence[Instrument]) -> Ints:
    """Give the micros by which a lot moves when its price moves a tick, shape (n_instruments,)."""
    units = units_of(instruments)
    return units.lot_units * units.tick_micros


def units_of(instruments: Sequence[Instrument]) -> Units:
    """Give in what the instruments are counted."""
    tick = np.array([instrument.tick for instrument in instruments])
    return Units(
        tick,
        np.array([instrument.lot for instrument in instruments], dtype=np.int64),
        np.array([round(each * MICROS) for each in tick.tolist()], dtype=np.int64),
        np.arange(len(instruments), dtype=np.int64),
    )


def terms_of(scenario: Scenario, world: World) -> Terms:
    """Give the terms on which the exchange trades."""
    execution, account = scenario.execution, scenario.account
    fee = execution.fee
    return Terms(
        fee_bps=float(fee.rate),
        fee_per_unit=float(fee.per_share),
        fee_per_order=float(fee.per_order),
        fee_minimum=float(fee.minimum),
        slippage_bps=float(execution.slippage),
        impact=float(execution.impact.coefficient),
        permanent=float(execution.impact.permanent),
        auction_share=float(execution.auction_share),
        bar_share=float(execution.bar_share),
        worse=execution.remainder == "worse",
        nearest=execution.intrabar == "nearest",
        at_close=world.timing.exec_at_close,
        cash_account=account.kind == "cash",
        initial_margin=float(account.initial_margin),
        maintenance_margin=float(account.maintenance_margin),
        refuses_opposite=execution.opposite_stop == "refuse",
        latency=execution.latency,
        seed=scenario.seed,
        path=0,
    )
