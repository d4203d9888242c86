"""What a fill costs, in the reference; the draw alone is the package's."""

import math
from typing import NamedTuple

from steelyard.types.chance import Stream, uniform


class Cost(NamedTuple):
    """Micros."""

    fee: int
    spread: int
    slippage: int
    impact: int


class Tape(NamedTuple):
    """What stands beside a bar's prices."""

    volume: float
    trailing: float
    half_spread_bps: float
    volatility: float
    low_limit: float
    high_limit: float


def cost_of(terms, tape, order, size, where) -> Cost:
    """Price one fill of a size, (units, value), at (step, part, fills before, key, shift)."""
    units, value = size
    step, part, count, key, shift = where
    due = terms.fee_per_order + terms.fee_per_unit * float(order.units + units)
    due += terms.fee_bps * (float(order.value) + float(value)) / 10_000
    fee = math.ceil(max(terms.fee_minimum, due)) - order.paid
    spread = math.ceil(value * tape.half_spread_bps / 10_000)
    drawn_for = (key * 16 + part) * 64 + count
    draw = uniform(terms.seed, int(Stream.SLIPPAGE), terms.path, step, drawn_for)
    slippage = math.ceil(value * 2.0 * draw * terms.slippage_bps / 10_000)
    moved = shift * order.side
    if tape.volatility > 0.0:
        moved += terms.impact * tape.volatility * math.sqrt(units / tape.trailing)
    return Cost(fee, spread, slippage, math.ceil(value * moved))


def shift_of(terms, tape, signed_units) -> float:
    """Give how far a fill moves the price for good."""
    if not tape.volatility > 0.0:
        return 0.0
    return terms.permanent * tape.volatility * float(signed_units) / tape.trailing
