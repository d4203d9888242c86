"""Whole lots out of changes of weight, rounded against the order."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import kernel
from steelyard.risk.firings import Firings, Refusal, cut
from steelyard.risk.limits import Limits
from steelyard.risk.order import ascending
from steelyard.risk.portfolio import Moves
from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import Stream, uniform
from steelyard.types.decision import Rule

NEARLY = 1e-9
"""Part of a lot by which the rounding of floats may miss a whole one."""
MOST_LOTS = 2.0**53
"""Largest order; beyond it a float no longer counts single lots."""


class Position(NamedTuple):
    """What is held and what one lot weighs; of shape (N,)."""

    weight: Floats
    lots: Ints
    lot_weight: Floats
    """NaN where it cannot be known."""


@kernel
def reducing_lots(position: Position, moves: Moves) -> Ints:
    """Round reductions to whole lots, signed, shape (N,).

    A reduction that was asked for is rounded towards zero, one that the supervisor
    enforces away from it; neither goes past a flat position. `moves.reduced` becomes what
    the lots weigh, so that limits of the portfolio count what is really reduced.
    """
    lots = np.zeros(len(position.lots), np.int64)
    for i in range(len(lots)):
        reduced, held = moves.reduced[i], position.lots[i]
        if reduced == 0.0 or held == 0:
            continue
        if reduced == -position.weight[i] or not np.isfinite(position.weight[i]):
            lots[i] = -held  # flattened, maybe at a weight that nobody knows
            continue
        size = abs(reduced) / position.lot_weight[i]
        if not np.isfinite(size):
            size = float(abs(held))  # what a lot weighs nobody knows: out of all of it
        size = np.ceil(size - NEARLY) if moves.enforced[i] else np.floor(size + NEARLY)
        size = min(size, float(abs(held)))
        lots[i] = -int(size) if held > 0 else int(size)
        whole = lots[i] * position.lot_weight[i]
        moves.reduced[i] = -position.weight[i] if size == abs(held) else whole
    return lots


@kernel
def adding_lots(position: Position, added: Floats) -> Ints:
    """Round changes that add risk down to whole lots, signed, shape (N,)."""
    lots = np.zeros(len(added), np.int64)
    for i in range(len(lots)):
        size = abs(added[i]) / position.lot_weight[i] + NEARLY
        if added[i] != 0.0 and size <= MOST_LOTS:
            lots[i] = int(size) if added[i] > 0.0 else -int(size)
    return lots


@kernel
def hold_net(position: Position, moves: Moves, limits: Limits, lots: Ints) -> None:
    """Take back lots with which rounding carried net exposure past its limit, in place.

    Longs and shorts of one step are rounded apart, so up to a lot of each may be left over.
    """
    net = 0.0
    order = ascending(position.lot_weight, limits.key.astype(np.float64))
    for i in order:
        net += position.weight[i] + moves.reduced[i] + lots[i] * position.lot_weight[i]
    for i in order:
        excess = abs(net) - limits.max_net
        if excess > 0.0 and lots[i] * net > 0.0:
            back = min(float(abs(lots[i])), np.ceil(excess / position.lot_weight[i] - NEARLY))
            side = 1 if net > 0.0 else -1
            lots[i] -= side * int(back)
            net -= side * back * position.lot_weight[i]


@kernel
def give_leftover(
    position: Position, moves: Moves, fitting: Floats, limits: Limits, lots: Ints, step: int
) -> None:
    """Hand out again, lot by lot, what rounding left of a limit of the portfolio.

    It goes, in an order drawn from the seed, to changes that such a limit scaled, one lot
    each at most, and never past what their own limits allow.

    Args:
        position: Of this step.
        moves: With the changes after all limits.
        fitting: The changes after all limits but those of the portfolio, shape (N,).
        limits: Of the scenario.
        lots: Changed in place, shape (N,).
        step: Count of the step, drawn by.
    """
    gross, net = 0.0, 0.0
    order = _drawn_order(limits, step)
    for i in order:
        after = position.weight[i] + moves.reduced[i]
        if lots[i] != 0:
            after += lots[i] * position.lot_weight[i]
        gross += abs(after)
        net += after
    for i in order:
        lot_weight = position.lot_weight[i]
        side = 1 if fitting[i] > 0.0 else -1
        scaled = abs(moves.added[i]) < abs(fitting[i])
        inside = gross + lot_weight <= limits.max_gross
        inside = inside and abs(net + side * lot_weight) <= limits.max_net
        if scaled and inside and (abs(lots[i]) + 1) * lot_weight <= abs(fitting[i]):
            lots[i] += side
            gross += lot_weight
            net += side * lot_weight


@kernel
def _drawn_order(limits: Limits, step: int) -> Ints:
    draws = np.empty(len(limits.key))
    for i in range(len(draws)):
        key = limits.key[i]
        draws[i] = 1.0 - uniform(limits.seed, Stream.LOT_RANK.value, limits.path, step, key)
    return ascending(draws, limits.key.astype(np.float64))


@kernel
def refuse_scraps(
    added: Floats, lots: Ints, lot_weight: Floats, asked: Floats, firings: Firings
) -> None:
    """Veto changes of which the rules left less than a lot."""
    for i in range(len(lots)):
        if lots[i] == 0 and added[i] != 0.0 and is_a_lot(asked[i], lot_weight[i]):
            size = abs(added[i]) / lot_weight[i]
            cut(firings, i, Refusal(Rule.MIN_SIZE.value, size), added, 0.0)


@kernel
def is_a_lot(asked: float, lot_weight: float) -> bool:
    """Tell whether a change asked for is as large as a lot, or of a size nobody knows."""
    return bool(abs(asked) > 0.0 and not abs(asked) / lot_weight < 1.0 - NEARLY)
