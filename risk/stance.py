"""Settings of `trade:` and the rules that bind a position before its edge is weighed."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.risk.limits import STEPS_PER_MONTH
from steelyard.risk.outlook import Outlook
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import BookView, MarketView, Reason
from steelyard.types.units import BPS


class NoQuorum(IntEnum):
    """What becomes of a position for which too few voices speak."""

    HOLD = 0
    DECAY = 1
    """It shrinks by one part in `holding_steps` a step."""
    EXIT = 2


class TradeSettings(NamedTuple):
    """Section `trade:` of a scenario with the costs to expect, as `propose` takes it."""

    horizon: Ints
    """Steps of each bucket, shape (B,)."""
    long_only: bool
    volatility_target: float
    """Of the whole portfolio, a year, as a fraction."""
    steps_per_year: float
    kelly_fraction: float
    """In (0, 1]; the inverse of the least aversion to variance."""
    edge_over_cost: float
    """Expected gain over expected round-trip cost that a trade must exceed."""
    min_probability: float
    """Pooled probability of the side entered, at least."""
    min_edge_bps: float
    """Expected return of the side entered over the holding time, at least."""
    exit_probability: float
    """A position closes when the probability of its side falls below; 0: never."""
    min_holding: int
    """Steps before which a position is not reduced, but by take-profit or lost quorum."""
    max_holding: int
    """Steps after which a position closes."""
    take_profit_sigmas: float
    """Gain at which a position closes, in volatilities over 21 steps; NaN: none."""
    rebalance_every: int
    """Steps; in between only exit rules act."""
    no_quorum: int
    """A `NoQuorum`, as int."""
    fee_bps: float
    slippage_bps: float
    """Mean, per fill."""
    borrow_bps: float
    """A year, on shorts."""
    impact_coefficient: float
    """Volatilities of a step that an order of a step's whole volume costs."""
    max_order: float
    """Largest order, a fraction of equity; with `max_participation` it bounds expected impact."""
    max_participation: float
    """Largest order, of the trailing mean volume of a step."""


class Stance(NamedTuple):
    """What the rules leave to decide; all of shape (N,)."""

    reason: Ints
    """A `Reason` where a rule fixes the target, 0 where the edge decides."""
    held: Floats
    """Present weight; 0 where it cannot be known."""
    low: Floats
    """Least weight that the rules allow."""
    high: Floats
    """Greatest weight that the rules allow."""
    speaks: Bools
    """Whether verdict and market say enough to want a weight."""


@inlined
def take_stance(
    stance: Stance,
    outlook: Outlook,
    quorate: Bools,
    book: BookView,
    market: MarketView,
    settings: TradeSettings,
) -> None:
    """Apply entry and exit rules, holding times and NoQuorum.

    Args:
        stance: Written.
        outlook: Of this step.
        quorate: Whether enough voices speak, shape (N,).
        book: Of this step.
        market: Of this step.
        settings: Of the scenario.
    """
    for i in range(len(quorate)):
        stance.low[i] = stance.high[i] = 0.0
        known = _known(book, market, i)
        stance.held[i] = book.weight[i] if np.isfinite(book.weight[i]) else 0.0
        stance.speaks[i] = (
            known and market.listed[i] and quorate[i] and np.isfinite(outlook.expected[i])
        )
        reason = _fixing_rule(outlook, book, market, settings, i)
        if not known:
            reason = Reason.NO_PRICE
        elif reason == Reason.NONE and not stance.speaks[i]:
            reason = Reason.NO_QUORUM
        stance.reason[i] = reason
        _set_bounds(stance, outlook, book, settings, i)


@inlined
def _known(book: BookView, market: MarketView, i: int) -> bool:
    return bool(
        market.price[i] > 0.0
        and market.volatility[i] > 0.0
        and np.isfinite(market.price[i] + market.volatility[i])
        and np.isfinite(market.half_spread_bps[i] + book.weight[i])
        and (market.listed[i] or book.weight[i] != 0.0)
    )


@inlined
def _fixing_rule(
    outlook: Outlook, book: BookView, market: MarketView, settings: TradeSettings, i: int
) -> Reason:
    """Name the rule that closes a position, 0 for none."""
    held = book.weight[i]
    if held == 0.0:
        return Reason.NONE
    if not market.listed[i]:
        return Reason.EXIT_RULE
    if settings.long_only and held < 0.0:
        return Reason.MANDATE
    if book.held_steps[i] >= settings.max_holding:
        return Reason.MAX_HOLDING
    side = 1.0 if held > 0.0 else -1.0
    gain = side * (market.price[i] / book.entry_price[i] - 1.0)
    month = market.volatility[i] * np.sqrt(STEPS_PER_MONTH)
    if gain >= settings.take_profit_sigmas * month:
        return Reason.TAKE_PROFIT
    young = book.held_steps[i] < settings.min_holding
    chance = _side_probability(outlook.probability[i], side)
    if not young and chance < settings.exit_probability:
        return Reason.EXIT_RULE
    return Reason.NONE


@inlined
def _side_probability(probability: float, side: float) -> float:
    return probability if side > 0.0 else 1.0 - probability


@inlined
def _set_bounds(
    stance: Stance, outlook: Outlook, book: BookView, settings: TradeSettings, i: int
) -> None:
    """Fix the target where a rule does, else leave each side that may be entered or held."""
    held, reason = stance.held[i], stance.reason[i]
    if reason != Reason.NONE:
        fixed = 0.0
        if reason == Reason.NO_PRICE:
            fixed = held
        elif reason == Reason.NO_QUORUM:
            fixed = held * _kept_without_quorum(settings.no_quorum, outlook.holding_steps[i])
        stance.low[i] = stance.high[i] = fixed
        return
    young = book.held_steps[i] < settings.min_holding
    if held > 0.0 or may_enter(outlook, settings, i, 1.0):
        stance.high[i] = np.inf
    if held < 0.0 or (not settings.long_only and may_enter(outlook, settings, i, -1.0)):
        stance.low[i] = -np.inf
    if young and held > 0.0:
        stance.low[i] = held
    if young and held < 0.0:
        stance.high[i] = held


@inlined
def _kept_without_quorum(no_quorum: int, holding_steps: float) -> float:
    if no_quorum == NoQuorum.DECAY:
        return 1.0 - 1.0 / holding_steps
    return 1.0 if no_quorum == NoQuorum.HOLD else 0.0


@leaf
def may_enter(outlook: Outlook, settings: TradeSettings, i: int, side: float) -> bool:
    """Tell whether the entry rules let instrument i be opened on a side, 1.0 or -1.0."""
    chance = _side_probability(outlook.probability[i], side)
    edge_bps = side * outlook.expected[i] * outlook.holding_steps[i] / BPS
    return bool(chance >= settings.min_probability and edge_bps >= settings.min_edge_bps)
