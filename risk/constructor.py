"""The constructor: from verdicts to target weights, if the trade is worth its cost."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.risk.covariance import covariance, update_moments
from steelyard.risk.order import ascending
from steelyard.risk.outlook import Outlook, blend
from steelyard.risk.sizing import Problem, best_weights, risk_pull, volatility_of
from steelyard.risk.stance import NoQuorum, Stance, TradeSettings, may_enter, take_stance
from steelyard.types.arrays import Floats, Ints
from steelyard.types.decision import BookView, Intents, MarketView, Reason, Verdicts
from steelyard.types.units import BPS

__all__ = ["ConstructorState", "NoQuorum", "TradeSettings", "propose", "start", "undecided"]

EXECUTED = 0.5
"""Part of a wanted move by whose impact a trade is judged before its size is known: a trade goes
to the edge of its band, somewhere between none of the move and all of it."""
NO_MOVE = 1e-9
"""Change of weight, as a fraction of equity, below which a target is the held weight."""


class ConstructorState(NamedTuple):
    """What the constructor remembers."""

    moments: Floats
    """Decayed sums of products of step returns, shape (N, N)."""
    n_steps: int
    n_decided: int
    """Steps at which a decision was due: the cadence of rebalancing counts these alone."""


@kernel
def start(n_instruments: int) -> ConstructorState:
    """Make the state before the first step."""
    return ConstructorState(np.zeros((n_instruments, n_instruments)), 0, 0)


@kernel
def propose(
    state: ConstructorState,
    verdicts: Verdicts,
    book: BookView,
    market: MarketView,
    settings: TradeSettings,
) -> tuple[ConstructorState, Intents]:
    """Turn all verdicts of a step into one netted target weight per instrument.

    Wanted before costs: the Kelly fraction of the growth-optimal weights, scaled down as a
    vector to the volatility target. From there each instrument moves only if its marginal
    gain over the holding time exceeds the expected round-trip cost times `edge_over_cost`,
    and only to where the two are equal, the edge of the no-trade band; all instruments
    jointly. So costs may keep a position slightly above the volatility target, never buy it.
    Impact grows with the trade, but the band needs one cost per instrument: it is that of
    `EXECUTED` of the wanted move, or of the largest order that the limits allow, if less.

    Args:
        state: Of the step before; its arrays are used again.
        verdicts: Of this step.
        book: Marked at `market.price`.
        market: As known at this step.
        settings: Of the scenario.

    References:
        Davis and Norman (1990), Mathematics of Operations Research 15(4): with
        proportional costs trade to the nearest edge of a no-trade region.
    """
    update_moments(state.moments, market.step_return)
    outlook = blend(verdicts, settings.horizon, settings.max_holding)
    stance = take_stance(outlook, verdicts.quorate, book, market, settings)
    if state.n_decided % settings.rebalance_every != 0:
        _wait_for_rebalance(stance)
    order = ascending(market.volatility, outlook.expected)
    risk = covariance(state.moments, state.n_steps + 1, market.volatility, order)
    wanted, aversion = _want(outlook, stance, risk, settings, order)
    round_trip = _round_trip_bps(wanted, stance.held, book.equity, market, settings)
    problem = _weigh_costs(outlook, stance, _Risk(risk, aversion, order), round_trip, settings)
    target = best_weights(problem)
    _settle_on_held(target, stance.held)
    edges = _edges(problem, target, outlook, round_trip, settings)
    intents = Intents(
        wanted,
        target,
        edges.edge_bps,
        edges.cost_bps,
        outlook.expected,
        outlook.holding_steps,
        _wanted_probability(outlook, stance, wanted),
        outlook.disagreement,
        verdicts.n_voices,
        verdicts.numeric,
        verdicts.quorate,
        _reasons(stance, outlook, settings, _Outcome(wanted, target, edges)),
    )
    return ConstructorState(state.moments, state.n_steps + 1, state.n_decided + 1), intents


@kernel
def undecided(state: ConstructorState) -> ConstructorState:
    """Take back from the cadence of rebalancing a step at which no decision was due."""
    return ConstructorState(state.moments, state.n_steps, state.n_decided - 1)


class _Risk(NamedTuple):
    covariance: Floats
    aversion: float
    order: Ints


class _Edges(NamedTuple):
    """What a trade would gain and cost, bps of the traded value; of shape (N,)."""

    signed_bps: Floats
    """Marginal gain of buying over the holding time, at the held weight; < 0: sell."""
    edge_bps: Floats
    """Its size."""
    cost_bps: Floats


class _Outcome(NamedTuple):
    wanted: Floats
    target: Floats
    edges: _Edges


@kernel
def _wait_for_rebalance(stance: Stance) -> None:
    for i in range(len(stance.held)):
        if stance.reason[i] == Reason.NONE:
            stance.reason[i] = Reason.CADENCE
            stance.low[i] = stance.high[i] = stance.held[i]


@kernel
def _want(
    outlook: Outlook, stance: Stance, risk: Floats, settings: TradeSettings, order: Ints
) -> tuple[Floats, float]:
    """Give the weights wanted before costs and rules, and the aversion they imply.

    Scaling the weights down to the volatility target is the same as raising the aversion,
    so the no-trade band is drawn with the aversion raised.
    """
    n = len(stance.held)
    zero, high = np.zeros(n), np.zeros(n)
    low = np.zeros(n)
    for i in range(n):
        if stance.speaks[i]:
            low[i] = 0.0 if settings.long_only else -np.inf
            high[i] = np.inf
    expected = _finite(outlook.expected)
    aversion = 1.0 / settings.kelly_fraction
    wanted = best_weights(Problem(expected, risk, aversion, zero, zero, zero, low, high, order))
    limit = settings.volatility_target / np.sqrt(settings.steps_per_year)
    excess = max(1.0, volatility_of(risk, wanted, order) / limit)
    for i in range(n):
        wanted[i] = wanted[i] / excess if stance.speaks[i] else stance.held[i]
    return wanted, aversion * excess


@kernel
def _finite(values: Floats) -> Floats:
    """Put 0 where nothing is known; such instruments are fixed by rule and never decided."""
    result = np.zeros(len(values))
    for i in range(len(values)):
        if np.isfinite(values[i]):
            result[i] = values[i]
    return result


@kernel
def _weigh_costs(
    outlook: Outlook, stance: Stance, risk: _Risk, round_trip: Floats, settings: TradeSettings
) -> Problem:
    """Set the problem whose answer moves each weight to the edge of its band, or not at all."""
    n = len(stance.held)
    toll, short_toll = np.zeros(n), np.zeros(n)
    for i in range(n):
        if stance.reason[i] != Reason.NONE:
            continue  # fixed by rule: what a move would cost need not be known
        toll[i] = settings.edge_over_cost * round_trip[i] * BPS / outlook.holding_steps[i]
        short_toll[i] = (
            settings.edge_over_cost * settings.borrow_bps * BPS / settings.steps_per_year
        )
    return Problem(
        _finite(outlook.expected),
        risk.covariance,
        risk.aversion,
        stance.held,
        toll,
        short_toll,
        stance.low,
        stance.high,
        risk.order,
    )


@kernel
def _round_trip_bps(
    wanted: Floats, held: Floats, equity: float, market: MarketView, settings: TradeSettings
) -> Floats:
    """Give what a way in and out of each instrument is expected to cost, shape (N,)."""
    cost = np.full(len(wanted), np.nan)
    for i in range(len(wanted)):
        move = min(EXECUTED * abs(wanted[i] - held[i]), settings.max_order)
        impact = _impact_bps(max(move * equity, 0.0), market, settings, i)
        one_way = settings.fee_bps + market.half_spread_bps[i] + settings.slippage_bps + impact
        cost[i] = 2.0 * one_way
    return cost


@kernel
def _impact_bps(value: float, market: MarketView, settings: TradeSettings, i: int) -> float:
    """Give the square-root impact of an order, at the cap on orders where no volume is known."""
    share, traded = settings.max_participation, market.adv[i] * market.price[i]
    if traded > 0.0:
        share = min(share, value / traded)
    return float(settings.impact_coefficient * market.volatility[i] * np.sqrt(share) / BPS)


@kernel
def _settle_on_held(target: Floats, held: Floats) -> None:
    """Take differences of rounding for no change, so that nothing chatters at a band's edge."""
    for i in range(len(target)):
        if abs(target[i] - held[i]) < NO_MOVE:
            target[i] = held[i]


@kernel
def _edges(
    problem: Problem,
    target: Floats,
    outlook: Outlook,
    round_trip: Floats,
    settings: TradeSettings,
) -> _Edges:
    """Weigh the first unit of each trade, with all other instruments at their targets.

    A short pays borrow while it is held; buying one back saves it.
    """
    pull = risk_pull(problem.covariance, target, problem.order)
    n = len(target)
    edges = _Edges(np.zeros(n), np.zeros(n), np.full(n, np.nan))
    for i in range(n):
        held, steps = problem.held[i], outlook.holding_steps[i]
        at_held = pull[i] + problem.covariance[i, i] * (held - target[i])
        signed = (problem.expected[i] - problem.aversion * at_held) * steps / BPS
        borrow = settings.borrow_bps * steps / settings.steps_per_year
        cost = round_trip[i]
        if held <= 0.0 and signed < 0.0:
            cost += borrow
        elif held < 0.0:
            cost = max(0.0, cost - borrow)
        edges.signed_bps[i], edges.edge_bps[i], edges.cost_bps[i] = signed, abs(signed), cost
    return edges


@kernel
def _wanted_probability(outlook: Outlook, stance: Stance, wanted: Floats) -> Floats:
    """Give the pooled probability of the side wanted, or held, or else expected to gain."""
    probability = outlook.probability.copy()
    for i in range(len(wanted)):
        side = wanted[i]
        if side == 0.0:
            side = stance.held[i]
        if side == 0.0:
            side = outlook.expected[i]
        if side < 0.0:
            probability[i] = 1.0 - probability[i]
    return probability


@kernel
def _reasons(stance: Stance, outlook: Outlook, settings: TradeSettings, outcome: _Outcome) -> Ints:
    reasons = stance.reason.copy()
    for i in range(len(reasons)):
        if reasons[i] != Reason.NONE:
            continue
        signed = outcome.edges.signed_bps[i]
        pays = abs(signed) > settings.edge_over_cost * outcome.edges.cost_bps[i]
        if outcome.target[i] != stance.held[i]:
            reasons[i] = Reason.EDGE
        elif stance.held[i] != 0.0:
            adds = signed * stance.held[i] > 0.0
            reasons[i] = Reason.MIN_HOLDING if pays and not adds else Reason.BAND
        else:
            reasons[i] = _reason_to_stay_flat(outlook, settings, signed, i)
    return reasons


@kernel
def _reason_to_stay_flat(
    outlook: Outlook, settings: TradeSettings, signed_bps: float, i: int
) -> Reason:
    if signed_bps == 0.0:
        return Reason.NONE
    if settings.long_only and signed_bps < 0.0:
        return Reason.MANDATE
    side = 1.0 if signed_bps > 0.0 else -1.0
    return Reason.COST if may_enter(outlook, settings, i, side) else Reason.ENTRY_RULE
