"""Rules of the supervisor for one change of weight that adds risk: veto or cap."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import N_RULES, BookView, Intents, MarketView, Rule, TradingState

STEPS_PER_MONTH = 21
"""The stop counts volatilities over this many steps."""
NO_RULE = -1


class Limits(NamedTuple):
    """Section `risk:` of a scenario, as `review` takes it; weights are fractions of equity."""

    max_position: float
    max_gross: float
    max_net: float
    max_order: float
    max_participation: float
    """Of the trailing mean volume per step."""
    price_collar: float
    """Largest move of the newest known close from the one before, as a fraction, on which
    an order that adds risk is still sized. Orders meet the next open at the market and have
    no price of their own to hold against a reference."""
    risk_per_trade: float
    """Most equity lost between entry and stop; silent where there is no stop."""
    stop_sigmas: float
    """Distance of the protective stop, volatilities over 21 steps; NaN: no stop."""
    daily_loss: float
    max_drawdown: float
    rearm_after: int
    """Steps from a halt to re-arming; -1: never."""
    min_probability: float
    """Least max(p, 1 - p) of the pooled probability."""
    stale_after: int
    """Most steps since the newest bar."""
    text_alone_refused: bool
    restricted: Bools
    """Shape (N,)."""
    lot: Floats
    """Units of one lot, shape (N,)."""
    key: Ints
    """Each instrument's position in the scenario's universe, shape (N,)."""
    seed: int
    """Decides, with `path`, who gets the lots that rounding leaves over."""
    path: int
    """Number of the path, 0 for the recorded one."""


class Case(NamedTuple):
    """All that the rules judge by at one step."""

    intents: Intents
    book: BookView
    market: MarketView
    limits: Limits
    trading: int
    """`TradingState` in force."""
    loss: float
    """Since the session began, as a fraction."""
    drawdown: float
    """From the high-water mark, as a fraction."""
    step: int
    """Count of the step since the start; draws the order of leftover lots."""


class Refusal(NamedTuple):
    """The rule that refuses, and the number that made it."""

    rule: int
    trigger: float


class Bound(NamedTuple):
    """The largest change a limit leaves room for, and the number to show if it binds."""

    room: float
    trigger: float


class Firings(NamedTuple):
    """Every rule that fired; of shape (N, R), NaN where it did not, see `Decisions`."""

    before: Floats
    after: Floats
    trigger: Floats


@kernel
def no_firings(n_instruments: int) -> Firings:
    """Make the record of a step in which no rule has fired yet."""
    before = np.full((n_instruments, N_RULES), np.nan)
    return Firings(before, before.copy(), before.copy())


@kernel
def write(firings: Firings, i: int, cause: Refusal, before: float, after: float) -> None:
    """Write down that a rule fired for instrument i."""
    firings.before[i, cause.rule] = before
    firings.after[i, cause.rule] = after
    firings.trigger[i, cause.rule] = cause.trigger


@kernel
def cut(firings: Firings, i: int, cause: Refusal, change: Floats, new: float) -> None:
    """Put `new` in place of instrument i's change, and write down what did it."""
    write(firings, i, cause, change[i], new)
    change[i] = new


@kernel
def stop_distance(market: MarketView, limits: Limits, i: int) -> float:
    """Give the distance of the protective stop as a fraction of price, NaN for none."""
    return float(limits.stop_sigmas * market.volatility[i] * np.sqrt(STEPS_PER_MONTH))


@kernel
def veto(case: Case, i: int) -> Refusal:
    """Name the first rule that forbids instrument i to add risk; `rule` is NO_RULE if none does."""
    limits, market = case.limits, case.market
    if case.trading == TradingState.HALTED:
        return Refusal(Rule.TRADING_STATE.value, float(case.trading))
    if limits.restricted[i]:
        return Refusal(Rule.RESTRICTED.value, 1.0)
    if market.age[i] > limits.stale_after:
        return Refusal(Rule.STALE_DATA.value, float(market.age[i]))
    if not _is_priced(market, i):
        return Refusal(Rule.NO_PRICE.value, market.price[i])
    refusal = _veto_opinion(case.intents, limits, i)
    if refusal.rule == NO_RULE and abs(market.step_return[i]) > limits.price_collar:
        return Refusal(Rule.PRICE_COLLAR.value, abs(market.step_return[i]))
    if refusal.rule == NO_RULE and case.trading == TradingState.REDUCING:
        return Refusal(Rule.DAILY_LOSS.value, case.loss)
    return refusal


@kernel
def _is_priced(market: MarketView, i: int) -> bool:
    """Tell whether all is known that the size of an order rests on; if not, nothing opens."""
    return bool(
        market.listed[i]
        and np.isfinite(market.price[i] + market.volatility[i] + market.adv[i])
        and market.price[i] > 0.0
        and market.volatility[i] > 0.0
    )


@kernel
def _veto_opinion(intents: Intents, limits: Limits, i: int) -> Refusal:
    if not intents.quorate[i]:
        return Refusal(Rule.QUORUM.value, float(intents.n_voices[i]))
    surety = max(intents.probability[i], 1.0 - intents.probability[i])
    if not surety >= limits.min_probability:
        return Refusal(Rule.PROBABILITY.value, surety)
    if limits.text_alone_refused and not intents.numeric[i]:
        return Refusal(Rule.TEXT_ALONE.value, float(intents.n_voices[i]))
    return Refusal(NO_RULE, 0.0)


@kernel
def cap(case: Case, i: int, added: Floats, firings: Firings) -> None:
    """Shrink a change of weight that adds risk until it fits every limit of its own."""
    limits, market = case.limits, case.market
    held = abs(case.book.weight[i])
    distance = stop_distance(market, limits, i)
    if not np.isnan(limits.stop_sigmas):
        risked = (held + abs(added[i])) * distance
        room = limits.risk_per_trade / distance - held
        _fit(firings, i, Rule.RISK_PER_TRADE.value, added, Bound(room, risked))
    _fit(firings, i, Rule.MAX_ORDER.value, added, Bound(limits.max_order, abs(added[i])))
    daily = market.adv[i] * market.price[i] / case.book.equity
    share = abs(added[i]) / daily
    _fit(
        firings, i, Rule.PARTICIPATION.value, added, Bound(limits.max_participation * daily, share)
    )
    after = held + abs(added[i])
    _fit(firings, i, Rule.MAX_POSITION.value, added, Bound(limits.max_position - held, after))


@kernel
def _fit(firings: Firings, i: int, rule: int, added: Floats, bound: Bound) -> None:
    """Cut a change to its bound; one that is not a number leaves nothing."""
    if added[i] == 0.0 or abs(added[i]) <= bound.room:
        return
    size = 0.0 if np.isnan(bound.room) else max(bound.room, 0.0)
    cut(firings, i, Refusal(rule, bound.trigger), added, np.copysign(size, added[i]))
