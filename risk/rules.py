"""Rules of the supervisor for one change of weight that adds risk: veto or cap."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined
from steelyard.risk.firings import Refusal
from steelyard.risk.limits import STEPS_PER_MONTH, Limits
from steelyard.risk.state import RiskState
from steelyard.types.decision import Rule, TradingState

NO_RULE = -1


class Case(NamedTuple):
    """What the rules judge one instrument's change by; numbers only, which compile fast."""

    weight: float
    price: float
    volatility: float
    step_return: float
    volume_weight: float
    """Trailing mean volume per step as a fraction of equity."""
    age: int
    listed: bool
    restricted: bool
    halted: bool
    probability: float
    n_voices: int
    numeric: bool
    quorate: bool


class Bound(NamedTuple):
    """The largest change a rule leaves room for, and the number to show if it binds."""

    rule: int
    room: float
    trigger: float


@inlined
def stop_distance(volatility: float, stop_sigmas: float) -> float:
    """Give the distance of the protective stop as a fraction of price, NaN for none."""
    return float(stop_sigmas * volatility * np.sqrt(STEPS_PER_MONTH))


@inlined
def veto(case: Case, limits: Limits, state: RiskState) -> Refusal:
    """Name the first rule that forbids to add risk; NO_RULE where none does."""
    if state.trading == TradingState.HALTED:
        return Refusal(Rule.TRADING_STATE.value, float(state.trading))
    if case.restricted:
        return Refusal(Rule.RESTRICTED.value, 1.0)
    if case.halted:
        return Refusal(Rule.HALT.value, 1.0)
    if case.age > limits.stale_after:
        return Refusal(Rule.STALE_DATA.value, float(case.age))
    if not _is_priced(case):
        return Refusal(Rule.NO_PRICE.value, case.price)
    refusal = _veto_opinion(case, limits)
    if refusal.rule == NO_RULE and abs(case.step_return) > limits.price_collar:
        return Refusal(Rule.PRICE_COLLAR.value, abs(case.step_return))
    if refusal.rule == NO_RULE and state.trading == TradingState.REDUCING:
        return Refusal(Rule.DAILY_LOSS.value, state.loss)
    return refusal


@inlined
def _is_priced(case: Case) -> bool:
    """Tell whether all is known that the size of an order rests on; if not, nothing opens."""
    known = np.isfinite(case.price + case.volatility + case.volume_weight)
    return bool(case.listed and known and case.price > 0.0 and case.volatility > 0.0)


@inlined
def _veto_opinion(case: Case, limits: Limits) -> Refusal:
    if not case.quorate:
        return Refusal(Rule.QUORUM.value, float(case.n_voices))
    surety = max(case.probability, 1.0 - case.probability)
    if not surety >= limits.min_probability:
        return Refusal(Rule.PROBABILITY.value, surety)
    if limits.text_alone_refused and not case.numeric:
        return Refusal(Rule.TEXT_ALONE.value, float(case.n_voices))
    return Refusal(NO_RULE, 0.0)


@inlined
def bounds(case: Case, limits: Limits, size: float) -> tuple[Bound, Bound, Bound, Bound]:
    """Give the limits of one change of weight of a size > 0, in order of evaluation.

    Their triggers hold for the size asked for, also where an earlier one cuts it.
    """
    held = abs(case.weight)
    distance = stop_distance(case.volatility, limits.stop_sigmas)
    risk_room = limits.risk_per_trade / distance - held
    if np.isnan(limits.stop_sigmas):
        risk_room = np.inf
    volume_room = limits.max_participation * case.volume_weight
    share = size / case.volume_weight if case.volume_weight > 0.0 else np.inf
    return (
        Bound(Rule.RISK_PER_TRADE.value, risk_room, (held + size) * distance),
        Bound(Rule.MAX_ORDER.value, limits.max_order, size),
        Bound(Rule.PARTICIPATION.value, volume_room, share),
        Bound(Rule.MAX_POSITION.value, limits.max_position - held, held + size),
    )
