"""The constructor: from verdicts to target weights, if the trade is worth its cost."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, kernel
from steelyard.risk.covariance import covariance_into, update_moments
from steelyard.risk.order import sort_into
from steelyard.risk.outlook import Outlook, blend
from steelyard.risk.sizing import Problem, solve, volatility_of, write_pull
from steelyard.risk.stance import NoQuorum, Stance, TradeSettings, may_enter, take_stance
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import BookView, Intents, MarketView, Reason, Verdicts
from steelyard.types.units import BPS

__all__ = [
    "ConstructorState",
    "NoQuorum",
    "TradeSettings",
    "blank_intents",
    "propose",
    "propose_into",
    "start",
    "undecided",
]

EXECUTED = 0.5
"""Part of a wanted move by whose impact a trade is judged before its size is known: a trade goes
to the edge of its band, somewhere between none of the move and all of it."""
NO_MOVE = 1e-9
"""Change of weight, as a fraction of equity, below which a target is the held weight."""

# Places of `ConstructorState.clock`; the cadence of rebalancing counts only steps at which a
# decision was due.
N_STEPS, N_DECIDED = range(2)
# Rows of `Scratch.sheet`.
HELD, LOW, HIGH, PROBABILITY, GAIN, NOTHING, TOLL, SHORT_TOLL, ROUND_TRIP, PULL, SIGNED = range(11)
N_ROWS = 11


class Scratch(NamedTuple):
    """Room to work in; what is in it is of no use to the next step."""

    sheet: Floats
    """A row for each quantity, shape (N_ROWS, N)."""
    covariance: Floats
    """Shape (N, N)."""
    order: Ints
    """Shape (N,)."""
    speaks: Bools
    """Shape (N,)."""


class ConstructorState(NamedTuple):
    """What the constructor remembers."""

    moments: Floats
    """Decayed sums of products of step returns, shape (N, N)."""
    clock: Ints
    """Counts of steps, shape (2,)."""
    scratch: Scratch


def start(n_instruments: int) -> ConstructorState:
    """Make the state before the first step."""
    square = n_instruments, n_instruments
    return ConstructorState(
        np.zeros(square),
        np.zeros(2, np.int64),
        Scratch(
            np.zeros((N_ROWS, n_instruments)),
            np.zeros(square),
            np.zeros(n_instruments, np.int64),
            np.zeros(n_instruments, np.bool_),
        ),
    )


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
    intents = blank_intents(len(verdicts.quorate))
    propose_into(state, verdicts, book, market, settings, intents)
    return state, intents


@kernel
def blank_intents(n: int) -> Intents:
    """Make room for the intents of a step."""
    return Intents(
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.bool_),
        np.zeros(n, np.bool_),
        np.zeros(n, np.int64),
    )


@inlined
def propose_into(
    state: ConstructorState,
    verdicts: Verdicts,
    book: BookView,
    market: MarketView,
    settings: TradeSettings,
    intents: Intents,
) -> None:
    """Turn all verdicts of a step into intents, as `propose` does, and write them all."""
    sheet, risk, clock = state.scratch.sheet, state.scratch.covariance, state.clock
    update_moments(state.moments, market.step_return)
    outlook = Outlook(
        intents.expected, intents.holding_steps, sheet[PROBABILITY], intents.disagreement
    )
    blend(verdicts, settings.horizon, settings.max_holding, outlook)
    stance = Stance(intents.reason, sheet[HELD], sheet[LOW], sheet[HIGH], state.scratch.speaks)
    take_stance(stance, outlook, verdicts.quorate, book, market, settings)
    if clock[N_DECIDED] % settings.rebalance_every != 0:
        _wait_for_rebalance(stance)
    clock[N_STEPS] += 1
    clock[N_DECIDED] += 1
    n_ordered = sort_into(market.volatility, outlook.expected, state.scratch.order)
    order = state.scratch.order[:n_ordered]
    covariance_into(state.moments, clock[N_STEPS], market.volatility, order, risk)
    aversion = _want(intents, stance, sheet, _Risk(risk, 0.0, order), settings)
    _write_round_trips(intents, sheet, book.equity, market, settings)
    problem = _weigh_costs(intents, stance, sheet, _Risk(risk, aversion, order), settings)
    solve(problem, intents.target, sheet[PULL])
    _settle_on_held(intents.target, stance.held)
    _weigh_edges(problem, intents, sheet, settings)
    for i in range(len(intents.reason)):
        _write_side(intents, stance, outlook, i)
        intents.n_voices[i] = verdicts.n_voices[i]
        intents.numeric[i] = verdicts.numeric[i]
        intents.quorate[i] = verdicts.quorate[i]
        if intents.reason[i] == Reason.NONE:
            intents.reason[i] = _reason(intents, outlook, settings, sheet, i)


@inlined
def undecided(state: ConstructorState) -> None:
    """Take back from the cadence of rebalancing a step at which no decision was due."""
    state.clock[N_DECIDED] -= 1


class _Risk(NamedTuple):
    covariance: Floats
    aversion: float
    order: Ints


@inlined
def _wait_for_rebalance(stance: Stance) -> None:
    for i in range(len(stance.held)):
        if stance.reason[i] == Reason.NONE:
            stance.reason[i] = Reason.CADENCE
            stance.low[i] = stance.high[i] = stance.held[i]


@inlined
def _want(
    intents: Intents, stance: Stance, sheet: Floats, risk: _Risk, settings: TradeSettings
) -> float:
    """Write the weights wanted before costs and rules; give the aversion they imply.

    Scaling the weights down to the volatility target is the same as raising the aversion,
    so the no-trade band is drawn with the aversion raised.
    """
    # Rows that are filled in anew later on hold the bounds meanwhile.
    nothing, low, high, wanted = sheet[NOTHING], sheet[TOLL], sheet[SHORT_TOLL], intents.wanted
    for i in range(len(wanted)):
        expected = intents.expected[i]
        # Where nothing is known an instrument is fixed by rule and never decided.
        sheet[GAIN, i] = expected if np.isfinite(expected) else 0.0
        nothing[i] = low[i] = high[i] = 0.0
        if stance.speaks[i]:
            low[i], high[i] = 0.0 if settings.long_only else -np.inf, np.inf
    aversion = 1.0 / settings.kelly_fraction
    free = Problem(
        sheet[GAIN], risk.covariance, aversion, nothing, nothing, nothing, low, high, risk.order
    )
    solve(free, wanted, sheet[PULL])
    limit = settings.volatility_target / np.sqrt(settings.steps_per_year)
    volatility = volatility_of(risk.covariance, wanted, risk.order, sheet[PULL])
    excess = max(1.0, volatility / limit)
    for i in range(len(wanted)):
        wanted[i] = wanted[i] / excess if stance.speaks[i] else stance.held[i]
    return float(aversion * excess)


@inlined
def _weigh_costs(
    intents: Intents, stance: Stance, sheet: Floats, risk: _Risk, settings: TradeSettings
) -> Problem:
    """Set the problem whose answer moves each weight to the edge of its band, or not at all."""
    toll, short_toll = sheet[TOLL], sheet[SHORT_TOLL]
    borrow = settings.edge_over_cost * settings.borrow_bps * BPS / settings.steps_per_year
    for i in range(len(toll)):
        toll[i] = short_toll[i] = 0.0
        if stance.reason[i] != Reason.NONE:
            continue  # fixed by rule: what a move would cost need not be known
        cost = settings.edge_over_cost * sheet[ROUND_TRIP, i] * BPS
        toll[i] = cost / intents.holding_steps[i]
        short_toll[i] = borrow
    return Problem(
        sheet[GAIN],
        risk.covariance,
        risk.aversion,
        stance.held,
        toll,
        short_toll,
        stance.low,
        stance.high,
        risk.order,
    )


@inlined
def _write_round_trips(
    intents: Intents, sheet: Floats, equity: float, market: MarketView, settings: TradeSettings
) -> None:
    """Write what a way in and out of each instrument is expected to cost, bps."""
    for i in range(len(intents.wanted)):
        move = min(EXECUTED * abs(intents.wanted[i] - sheet[HELD, i]), settings.max_order)
        impact = _impact_bps(max(move * equity, 0.0), market, settings, i)
        one_way = settings.fee_bps + market.half_spread_bps[i] + settings.slippage_bps + impact
        sheet[ROUND_TRIP, i] = 2.0 * one_way


@inlined
def _impact_bps(value: float, market: MarketView, settings: TradeSettings, i: int) -> float:
    """Give the square-root impact of an order, at the cap on orders where no volume is known."""
    share, traded = settings.max_participation, market.adv[i] * market.price[i]
    if traded > 0.0:
        share = min(share, value / traded)
    return float(settings.impact_coefficient * market.volatility[i] * np.sqrt(share) / BPS)


@inlined
def _settle_on_held(target: Floats, held: Floats) -> None:
    """Take differences of rounding for no change, so that nothing chatters at a band's edge."""
    for i in range(len(target)):
        if abs(target[i] - held[i]) < NO_MOVE:
            target[i] = held[i]


@inlined
def _weigh_edges(
    problem: Problem, intents: Intents, sheet: Floats, settings: TradeSettings
) -> None:
    """Weigh the first unit of each trade, with all other instruments at their targets.

    The signed edge is the marginal gain of buying over the holding time, at the held weight;
    below 0 it is one of selling. A short pays borrow while it is held; buying one back saves
    it.
    """
    target, pull = intents.target, sheet[PULL]
    write_pull(problem.covariance, target, problem.order, pull)
    for i in range(len(target)):
        held, steps = problem.held[i], intents.holding_steps[i]
        at_held = pull[i] + problem.covariance[i, i] * (held - target[i])
        signed = (problem.expected[i] - problem.aversion * at_held) * steps / BPS
        borrow = settings.borrow_bps * steps / settings.steps_per_year
        cost = sheet[ROUND_TRIP, i]
        if held <= 0.0 and signed < 0.0:
            cost += borrow
        elif held < 0.0:
            cost = max(0.0, cost - borrow)
        sheet[SIGNED, i], intents.edge_bps[i], intents.cost_bps[i] = signed, abs(signed), cost


@inlined
def _write_side(intents: Intents, stance: Stance, outlook: Outlook, i: int) -> None:
    """Write the pooled probability of the side wanted, or held, or else expected to gain."""
    side = intents.wanted[i]
    if side == 0.0:
        side = stance.held[i]
    if side == 0.0:
        side = outlook.expected[i]
    probability = outlook.probability[i]
    intents.probability[i] = 1.0 - probability if side < 0.0 else probability


@inlined
def _reason(
    intents: Intents, outlook: Outlook, settings: TradeSettings, sheet: Floats, i: int
) -> Reason:
    """Name the reason of a target that no rule fixed."""
    signed, held = sheet[SIGNED, i], sheet[HELD, i]
    pays = abs(signed) > settings.edge_over_cost * intents.cost_bps[i]
    if intents.target[i] != held:
        return Reason.EDGE
    if held != 0.0:
        adds = signed * held > 0.0
        return Reason.MIN_HOLDING if pays and not adds else Reason.BAND
    if signed == 0.0:
        return Reason.NONE
    if settings.long_only and signed < 0.0:
        return Reason.MANDATE
    side = 1.0 if signed > 0.0 else -1.0
    return Reason.COST if may_enter(outlook, settings, i, side) else Reason.ENTRY_RULE
