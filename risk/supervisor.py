"""The supervisor: judges all intents of a step together; shrinks, never grows."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, kernel
from steelyard.risk.firings import Firings, Refusal, cut, forget
from steelyard.risk.limits import Limits
from steelyard.risk.lots import (
    Position,
    Ranks,
    adding_lots,
    give_leftover,
    hold_net,
    is_a_lot,
    reducing_lots,
    refuse_scraps,
)
from steelyard.risk.order import sort_into
from steelyard.risk.portfolio import Moves, fit_portfolio, flatten, reduce_excess, split
from steelyard.risk.rules import NO_RULE, Case, bounds, stop_distance, veto
from steelyard.risk.state import RiskState, start, watch
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import (
    N_RULES,
    BookView,
    Decisions,
    Intents,
    MarketView,
    Purpose,
    Rule,
    TradingState,
    Verb,
)

__all__ = ["Docket", "Limits", "RiskState", "blank_docket", "review", "review_into", "start"]

# Rows of `Docket.sheet` and `Docket.lots`.
LOT_WEIGHT, KEY, DRAW, REDUCED, ADDED, FITTING = range(6)
REDUCING, ADDING, ORDER = range(3)


class Docket(NamedTuple):
    """What a review writes: its decisions, and what they rest on."""

    decisions: Decisions
    """But for the trading state, which the state of the supervisor holds."""
    touched: Bools
    """Whether any rule fired for the instrument, shape (N,)."""
    enforced: Bools
    """Whether the supervisor asks for a reduction itself, shape (N,)."""
    sheet: Floats
    """A row for each quantity, shape (6, N)."""
    lots: Ints
    """Likewise, shape (3, N)."""


@kernel
def blank_docket(n: int) -> Docket:
    """Make room for the review of a step."""
    return Docket(
        Decisions(
            np.zeros(n, np.int64),
            np.zeros(n),
            np.zeros(n, np.int64),
            np.zeros(n, np.int64),
            np.zeros(n),
            np.full((n, N_RULES), np.nan),
            np.full((n, N_RULES), np.nan),
            np.full((n, N_RULES), np.nan),
            0,
        ),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros((6, n)),
        np.zeros((3, n), np.int64),
    )


@kernel
def review(
    state: RiskState, intents: Intents, book: BookView, market: MarketView, limits: Limits
) -> tuple[RiskState, Decisions]:
    """Let through what every rule allows, and act where a limit or the state demands it.

    First the trading state, then reductions: they pass unless no price is known. A change
    of side is a reduction to zero now; the other side is asked anew at a later step. Each
    change that adds risk must pass the vetoes, then is cut by its own limits, then all
    are scaled by one factor per limit of the portfolio, then rounded down to lots. Limits
    hold for the book as it would be with the orders filled. What a rule needs and nobody
    knows (price, volatility, volume, equity) refuses what adds risk.

    Args:
        state: Of the step before.
        intents: Of this step.
        book: Marked at `market.price`.
        market: As known at this step.
        limits: Of the scenario.
    """
    docket = blank_docket(len(intents.target))
    state = review_into(state, intents, book, market, limits, docket)
    verb, allowed, order_lots, purpose, stop, before, after, trigger, _ = docket.decisions
    decisions = Decisions(
        verb, allowed, order_lots, purpose, stop, before, after, trigger, state.trading
    )
    return state, decisions


@inlined
def review_into(
    state: RiskState,
    intents: Intents,
    book: BookView,
    market: MarketView,
    limits: Limits,
    docket: Docket,
) -> RiskState:
    """Review a step as `review` does, and write all decisions."""
    state = watch(state, book.equity, book.session, limits)
    weight, target, sheet, room = book.weight, intents.target, docket.sheet, docket.lots
    found, reducing, adding = docket.decisions, room[REDUCING], room[ADDING]
    position = Position(weight, book.lots, sheet[LOT_WEIGHT])
    ranks = Ranks(sheet[KEY], sheet[DRAW], room[ORDER], state.n_steps)
    moves = Moves(sheet[REDUCED], sheet[ADDED], sheet[FITTING], docket.enforced)
    firings = Firings(found.before, found.after, found.trigger, docket.touched)
    forget(firings)
    split(weight, target, moves)
    n_ordered = _order_by_key(position, ranks, book.equity, market.price, limits)
    order = ranks.order[:n_ordered]
    if state.trading == TradingState.HALTED:
        flatten(weight, book.lots, moves, firings, state.drawdown)
    else:
        reduce_excess(weight, limits, moves, firings, order)
    _pass_reductions(market, moves, firings)
    reducing_lots(position, moves, reducing)
    for i in range(len(target)):
        if moves.added[i] != 0.0:
            _judge(_case(intents, book, market, limits, i), limits, state, moves, firings, i)
        moves.fitting[i] = moves.added[i]
    fit_portfolio(weight, limits, moves, firings, order)
    if adding_lots(position, moves.added, adding):
        hold_net(position, moves, limits, adding, ranks)
    give_leftover(position, moves, limits, adding, ranks)
    refuse_scraps(position, target, moves.added, adding, firings)
    for i in range(len(target)):
        found.order_lots[i] = reducing[i] + adding[i]
        found.verb[i] = _verb(position, target[i], moves, docket, i)
        found.allowed[i] = _allowed(position, reducing[i], adding[i], i)
        found.purpose[i] = _purpose(reducing[i], adding[i])
        found.stop[i] = _stop(market.price[i], market.volatility[i], adding[i], limits.stop_sigmas)
    return state


@inlined
def _order_by_key(
    position: Position, ranks: Ranks, equity: float, price: Floats, limits: Limits
) -> int:
    """Write what a lot of each instrument weighs, and their order by key; give its length."""
    sound = _sound(equity)
    for i in range(len(price)):
        position.lot_weight[i] = price[i] * limits.lot[i] / sound
        ranks.key[i] = float(limits.key[i]) + 1.0
    return sort_into(ranks.key, position.lot_weight, ranks.order)


@inlined
def _sound(equity: float) -> float:
    """Give equity that weights can be counted in, NaN where it is none."""
    return equity if equity > 0.0 and np.isfinite(equity) else np.nan


@inlined
def _pass_reductions(market: MarketView, moves: Moves, firings: Firings) -> None:
    """Let every reduction pass for which any price is known, unless trading is halted."""
    price = market.price
    for i in range(len(price)):
        if moves.reduced[i] != 0.0 and market.halted[i]:
            cut(firings, i, Refusal(Rule.HALT.value, 1.0), moves.reduced, 0.0)
        elif moves.reduced[i] != 0.0 and not price[i] > 0.0:
            cut(firings, i, Refusal(Rule.NO_PRICE.value, price[i]), moves.reduced, 0.0)


@inlined
def _case(intents: Intents, book: BookView, market: MarketView, limits: Limits, i: int) -> Case:
    return Case(
        book.weight[i],
        market.price[i],
        market.volatility[i],
        market.step_return[i],
        market.adv[i] * market.price[i] / _sound(book.equity),
        market.age[i],
        market.listed[i],
        limits.restricted[i],
        market.halted[i],
        intents.probability[i],
        intents.n_voices[i],
        intents.numeric[i],
        intents.quorate[i],
    )


@inlined
def _judge(
    case: Case, limits: Limits, state: RiskState, moves: Moves, firings: Firings, i: int
) -> None:
    """Veto or cut one change that adds risk, by what concerns its instrument alone."""
    refusal = veto(case, limits, state)
    if refusal.rule != NO_RULE:
        cut(firings, i, refusal, moves.added, 0.0)
        return
    for bound in bounds(case, limits, abs(moves.added[i])):
        if moves.added[i] != 0.0 and not abs(moves.added[i]) <= bound.room:
            room = 0.0 if np.isnan(bound.room) else max(bound.room, 0.0)
            left = np.copysign(room, moves.added[i])
            cut(firings, i, Refusal(bound.rule, bound.trigger), moves.added, left)


@inlined
def _verb(position: Position, target: float, moves: Moves, docket: Docket, i: int) -> int:
    """Name what was done with an intent."""
    weight, lots = position.weight[i], docket.decisions.order_lots[i]
    touched = docket.touched[i] or weight * target < 0.0
    if lots != 0 and moves.enforced[i]:
        return Verb.ENFORCE.value
    if lots != 0:
        return Verb.RESIZE.value if touched else Verb.APPROVE.value
    vetoed = touched or is_a_lot(target - weight, position.lot_weight[i])
    return Verb.VETO.value if vetoed else Verb.NONE.value


@inlined
def _allowed(position: Position, reducing: int, adding: int, i: int) -> float:
    """Give a weight after the order; a position closed weighs exactly nothing."""
    if reducing != 0 and reducing == -position.lots[i]:
        return 0.0
    if reducing + adding == 0:
        return float(position.weight[i])
    return float(position.weight[i] + (reducing + adding) * position.lot_weight[i])


@inlined
def _purpose(reducing: int, adding: int) -> int:
    if reducing != 0:
        return Purpose.REDUCE.value
    return Purpose.OPEN.value if adding != 0 else Purpose.NONE.value


@inlined
def _stop(price: float, volatility: float, adding: int, stop_sigmas: float) -> float:
    """Give the price of an opening's protective stop, NaN where there is none."""
    distance = stop_distance(volatility, stop_sigmas)
    factor = 1.0 - distance if adding > 0 else 1.0 + distance
    return price * factor if adding != 0 and factor > 0.0 else np.nan
