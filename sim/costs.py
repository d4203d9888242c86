"""The terms on which the exchange trades, and what a fill costs; all in micros, rounded up."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined
from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import Stream, uniform
from steelyard.types.units import BPS_IN_ONE

SLIPPAGE_STREAM = int(Stream.SLIPPAGE)
PARTS_IN_BAR = 16
MOST_DRAWS = 64
"""Fills of one instrument in one part of a bar that draw their own slippage."""


class Units(NamedTuple):
    """In what instruments are counted; all of shape (N,)."""

    tick: Floats
    """Currency per tick."""
    lot_units: Ints
    """Units in a lot."""
    tick_micros: Ints
    """Micros in a tick."""
    key: Ints
    """Each instrument's position in the scenario's universe: chance hangs on it."""


class Terms(NamedTuple):
    """On what terms it is traded, the same for every bar; see `docs/market.md`."""

    fee_bps: float = 0.0
    fee_per_unit: float = 0.0
    """Micros, as the two below."""
    fee_per_order: float = 0.0
    fee_minimum: float = 0.0
    """Per order, over all its fills."""
    slippage_bps: float = 0.0
    """Mean of the slippage of a fill, which is uniform in [0, 2 x mean]."""
    impact: float = 0.0
    """Volatilities that a fill as large as the trailing volume costs."""
    permanent: float = 0.0
    """Volatilities that it moves our marks for good."""
    auction_share: float = 1.0
    bar_share: float = 1.0
    worse: bool = False
    """What a cap leaves of a market order moves into the bar, at its worst price."""
    nearest: bool = False
    """Inside a bar the extreme nearer to the open comes first; else the pessimistic order."""
    at_close: bool = False
    """Market orders meet the close (True) or the open (False)."""
    cash_account: bool = False
    initial_margin: float = 0.0
    """Least equity over gross exposure after a fill that adds; of a margin account."""
    maintenance_margin: float = 0.0
    """Below it the broker closes everything."""
    refuses_opposite: bool = False
    """A plain order opposite to one's own plain resting stop is refused, and the reverse."""
    latency: int = 0
    """Steps between decision and arrival, on top of the next executable price."""
    seed: int = 0
    path: int = 0


class Filled(NamedTuple):
    """A fill, as far as its costs hang on it."""

    key: int
    """Of the instrument; see `Units`."""
    units: int
    value: float
    """Micros, > 0."""
    side: float
    """1 for a purchase, -1 for a sale."""
    part: int
    n_before: int
    """Fills of the instrument in this part before it."""
    step: int
    units_before: int
    """Units the order had filled before, as the two below."""
    value_before: int
    paid_before: int


class Conditions(NamedTuple):
    """The market as it was when the fill happened."""

    trailing: float
    half_spread_bps: float
    volatility: float
    shift: float
    """Where our own earlier fills have moved the price, as a fraction."""


class Costs(NamedTuple):
    """Micros; impact may be < 0."""

    fee: int
    spread: int
    slippage: int
    impact: int


@inlined
def costs_of(filled: Filled, now: Conditions, terms: Terms) -> Costs:
    """Give what a fill costs beside its price."""
    value = filled.value
    units = float(filled.units_before + filled.units)
    due = terms.fee_per_order + terms.fee_per_unit * units
    due += terms.fee_bps * (float(filled.value_before) + value) / BPS_IN_ONE
    fee = int(np.ceil(max(terms.fee_minimum, due))) - filled.paid_before
    spread = int(np.ceil(value * now.half_spread_bps / BPS_IN_ONE))
    slippage = 0
    if terms.slippage_bps > 0.0:
        key = filled.key * PARTS_IN_BAR + filled.part
        key = key * MOST_DRAWS + filled.n_before
        # int: for a bare constant Numba compiles a version of its own.
        draw = uniform(terms.seed, int(SLIPPAGE_STREAM), terms.path, filled.step, key)
        slippage = int(np.ceil(value * 2.0 * draw * terms.slippage_bps / BPS_IN_ONE))
    moved = now.shift * filled.side
    if terms.impact > 0.0 and now.volatility > 0.0:
        moved += terms.impact * now.volatility * np.sqrt(filled.units / now.trailing)
    return Costs(fee, spread, slippage, int(np.ceil(value * moved)))


@inlined
def shift_of(units: float, now: Conditions, terms: Terms) -> float:
    """Give how far a fill of signed units moves the price for good, as a fraction."""
    if not now.volatility > 0.0:
        return 0.0
    return terms.permanent * now.volatility * units / now.trailing
