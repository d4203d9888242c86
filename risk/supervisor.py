"""The supervisor: judges all intents of a step together; shrinks, never grows."""

import numpy as np

from steelyard.kernel import kernel
from steelyard.risk.firings import Firings, Refusal, cut, no_firings
from steelyard.risk.limits import Limits
from steelyard.risk.lots import (
    Position,
    adding_lots,
    give_leftover,
    hold_net,
    is_a_lot,
    reducing_lots,
    refuse_scraps,
)
from steelyard.risk.order import ascending
from steelyard.risk.portfolio import Moves, fit_portfolio, flatten, reduce_excess, split
from steelyard.risk.rules import NO_RULE, Case, bounds, stop_distance, veto
from steelyard.risk.state import RiskState, start, watch
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import (
    BookView,
    Decisions,
    Intents,
    MarketView,
    Purpose,
    Rule,
    TradingState,
    Verb,
)

__all__ = ["Limits", "RiskState", "review", "start"]


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
    state = watch(state, book.equity, book.session, limits)
    weight, target = book.weight, intents.target
    equity = _sound(book.equity)
    position = Position(weight, book.lots, market.price * limits.lot / equity)
    order = ascending(limits.key.astype(np.float64) + 1.0, position.lot_weight)
    moves, firings = split(weight, target), no_firings(len(target))
    if state.trading == TradingState.HALTED:
        flatten(weight, book.lots, moves, firings, state.drawdown)
    else:
        reduce_excess(weight, limits, moves, firings, order)
    _pass_reductions(market, moves, firings)
    reducing = reducing_lots(position, moves)
    for i in range(len(target)):
        if moves.added[i] != 0.0:
            _judge(_case(intents, book, market, limits, i), limits, state, moves, firings, i)
    fitting = moves.added.copy()
    fit_portfolio(weight, limits, moves, firings, order)
    adding = adding_lots(position, moves.added)
    hold_net(position, moves, limits, adding)
    give_leftover(position, moves, fitting, limits, adding, state.n_steps)
    refuse_scraps(moves.added, adding, position.lot_weight, target - weight, firings)
    verb = _verbs(position, target, moves, reducing + adding, firings)
    decisions = Decisions(
        verb,
        _allowed(position, reducing, adding),
        reducing + adding,
        _purposes(reducing, adding),
        _stops(market.price, market.volatility, adding, limits.stop_sigmas),
        firings.before,
        firings.after,
        firings.trigger,
        state.trading,
    )
    return state, decisions


@kernel
def _sound(equity: float) -> float:
    """Give equity that weights can be counted in, NaN where it is none."""
    return equity if equity > 0.0 and np.isfinite(equity) else np.nan


@kernel
def _pass_reductions(market: MarketView, moves: Moves, firings: Firings) -> None:
    """Let every reduction pass for which any price is known, unless trading is halted."""
    price = market.price
    for i in range(len(price)):
        if moves.reduced[i] != 0.0 and market.halted[i]:
            cut(firings, i, Refusal(Rule.HALT.value, 1.0), moves.reduced, 0.0)
        elif moves.reduced[i] != 0.0 and not price[i] > 0.0:
            cut(firings, i, Refusal(Rule.NO_PRICE.value, price[i]), moves.reduced, 0.0)


@kernel
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


@kernel
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


@kernel
def _verbs(position: Position, target: Floats, moves: Moves, lots: Ints, firings: Firings) -> Ints:
    """Name what was done with each intent."""
    verb = np.zeros(len(lots), np.int64)
    for i in range(len(lots)):
        weight = position.weight[i]
        touched = weight * target[i] < 0.0
        for rule in range(firings.before.shape[1]):
            touched = touched or not np.isnan(firings.before[i, rule])
        if lots[i] != 0 and moves.enforced[i]:
            verb[i] = Verb.ENFORCE.value
        elif lots[i] != 0:
            verb[i] = Verb.RESIZE.value if touched else Verb.APPROVE.value
        elif touched or is_a_lot(target[i] - weight, position.lot_weight[i]):
            verb[i] = Verb.VETO.value
    return verb


@kernel
def _allowed(position: Position, reducing: Ints, adding: Ints) -> Floats:
    """Give the weights after the orders; a position closed weighs exactly nothing."""
    allowed = position.weight.copy()
    for i in range(len(allowed)):
        if reducing[i] != 0 and reducing[i] == -position.lots[i]:
            allowed[i] = 0.0
        elif reducing[i] + adding[i] != 0:
            allowed[i] += (reducing[i] + adding[i]) * position.lot_weight[i]
    return allowed


@kernel
def _purposes(reducing: Ints, adding: Ints) -> Ints:
    purpose = np.zeros(len(reducing), np.int64)
    for i in range(len(purpose)):
        if reducing[i] != 0:
            purpose[i] = Purpose.REDUCE.value
        elif adding[i] != 0:
            purpose[i] = Purpose.OPEN.value
    return purpose


@kernel
def _stops(price: Floats, volatility: Floats, adding: Ints, stop_sigmas: float) -> Floats:
    """Give the price of each opening's protective stop, NaN where there is none."""
    stop = np.full(len(price), np.nan)
    for i in range(len(stop)):
        distance = stop_distance(volatility[i], stop_sigmas)
        factor = 1.0 - distance if adding[i] > 0 else 1.0 + distance
        if adding[i] != 0 and factor > 0.0:
            stop[i] = price[i] * factor
    return stop
