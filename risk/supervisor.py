"""The supervisor: judges all intents of a step together; shrinks, never grows."""

import numpy as np

from steelyard.kernel import kernel
from steelyard.risk.lots import adding_lots, asks_a_lot, lot_weights, reducing_lots
from steelyard.risk.portfolio import Moves, fit_portfolio, order_by_key, reduce_excess
from steelyard.risk.rules import (
    NO_RULE,
    Case,
    Firings,
    Limits,
    Refusal,
    cap,
    cut,
    no_firings,
    stop_distance,
    veto,
    write,
)
from steelyard.risk.state import RiskState, start, watch
from steelyard.types.arrays import Floats
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
    state = watch(state, book, limits)
    case = Case(
        intents, book, market, limits, state.trading, state.loss, state.drawdown, state.n_steps
    )
    firings = no_firings(len(intents.target))
    order = order_by_key(limits)
    moves = _split(case)
    if state.trading == TradingState.HALTED:
        _flatten(case, moves, firings)
    else:
        reduce_excess(case, moves, firings, order)
    _judge_alone(case, moves, firings)
    fitting = moves.added.copy()
    fit_portfolio(case, moves, firings, order)
    return state, _decide(case, moves, fitting, firings)


@kernel
def _split(case: Case) -> Moves:
    """Part each change asked for into what reduces and what adds; nothing changes sides."""
    n = len(case.intents.target)
    moves = Moves(np.zeros(n), np.zeros(n), np.zeros(n, np.bool_))
    for i in range(n):
        weight, target = case.book.weight[i], case.intents.target[i]
        if not np.isfinite(weight + target):
            continue
        if weight * target < 0.0:
            moves.reduced[i] = -weight
        elif abs(target) < abs(weight):
            moves.reduced[i] = target - weight
        else:
            moves.added[i] = target - weight
    return moves


@kernel
def _flatten(case: Case, moves: Moves, firings: Firings) -> None:
    """Close every position; by its lots, since the weight may be unknown."""
    cause = Refusal(Rule.DRAWDOWN.value, case.drawdown)
    for i in range(len(moves.reduced)):
        if case.book.lots[i] != 0:
            asked = moves.reduced[i] + moves.added[i]
            moves.added[i] = 0.0
            weight = case.book.weight[i]
            moves.reduced[i] = -weight if np.isfinite(weight) else -float(case.book.lots[i])
            moves.enforced[i] = True
            write(firings, i, cause, asked, moves.reduced[i])


@kernel
def _judge_alone(case: Case, moves: Moves, firings: Firings) -> None:
    """Veto and cut each change by what concerns its instrument alone."""
    for i in range(len(moves.added)):
        if moves.reduced[i] != 0.0 and not case.market.price[i] > 0.0:
            unpriced = Refusal(Rule.NO_PRICE.value, case.market.price[i])
            cut(firings, i, unpriced, moves.reduced, 0.0)
        if moves.added[i] == 0.0:
            continue
        refusal = veto(case, i)
        if refusal.rule == NO_RULE:
            cap(case, i, moves.added, firings)
        else:
            cut(firings, i, refusal, moves.added, 0.0)


@kernel
def _decide(case: Case, moves: Moves, fitting: Floats, firings: Firings) -> Decisions:
    """Round to lots and name what was done with each intent."""
    lot_weight = lot_weights(case)
    reducing = reducing_lots(case, moves, lot_weight)
    adding = adding_lots(case, moves, fitting, lot_weight, firings)
    n = len(reducing)
    verb, purpose = np.zeros(n, np.int64), np.zeros(n, np.int64)
    allowed, stop = case.book.weight.copy(), np.full(n, np.nan)
    for i in range(n):
        verb[i] = _verb(case, moves, firings, i, reducing[i] + adding[i], lot_weight[i])
        if reducing[i] != 0:
            purpose[i] = Purpose.REDUCE.value
            closes = reducing[i] == -case.book.lots[i]
            allowed[i] = 0.0 if closes else allowed[i] + reducing[i] * lot_weight[i]
        elif adding[i] != 0:
            purpose[i] = Purpose.OPEN.value
            allowed[i] += adding[i] * lot_weight[i]
            stop[i] = _stop_price(case, i, adding[i])
    return Decisions(
        verb,
        allowed,
        reducing + adding,
        purpose,
        stop,
        firings.before,
        firings.after,
        firings.trigger,
        case.trading,
    )


@kernel
def _verb(case: Case, moves: Moves, firings: Firings, i: int, lots: int, lot_weight: float) -> int:
    fired = False
    for rule in range(firings.before.shape[1]):
        fired = fired or not np.isnan(firings.before[i, rule])
    if lots == 0:
        refused = fired or asks_a_lot(case, i, lot_weight)
        return Verb.VETO.value if refused else Verb.NONE.value
    if moves.enforced[i]:
        return Verb.ENFORCE.value
    flips = case.intents.target[i] * case.book.weight[i] < 0.0
    return Verb.RESIZE.value if fired or flips else Verb.APPROVE.value


@kernel
def _stop_price(case: Case, i: int, lots: int) -> float:
    """Give the price of the protective stop of an opening, NaN where there can be none."""
    distance = stop_distance(case.market, case.limits, i)
    factor = 1.0 - distance if lots > 0 else 1.0 + distance
    return float(case.market.price[i] * factor) if factor > 0.0 else np.nan
