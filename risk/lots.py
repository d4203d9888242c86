"""Whole lots out of changes of weight, rounded against the order."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined, leaf
from steelyard.risk.firings import Firings, Refusal, cut
from steelyard.risk.limits import Limits
from steelyard.risk.order import sort_into
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


class Ranks(NamedTuple):
    """What orders of instruments are made of."""

    key: Floats
    """Each instrument's key, shape (N,)."""
    draw: Floats
    """Room for draws, shape (N,)."""
    order: Ints
    """Room for an order, shape (N,)."""
    step: int
    """Count of the step."""


@inlined
def reducing_lots(position: Position, moves: Moves, lots: Ints) -> None:
    """Write reductions in whole lots, signed, shape (N,).

    A reduction that was asked for is rounded towards zero, one that the supervisor
    enforces away from it; neither goes past a flat position. `moves.reduced` becomes what
    the lots weigh, so that limits of the portfolio count what is really reduced.
    """
    for i in range(len(lots)):
        lots[i] = 0
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


@inlined
def adding_lots(position: Position, added: Floats, lots: Ints) -> bool:
    """Write changes that add risk, down to whole lots, signed, (N,); tell whether any is left."""
    any_left = False
    for i in range(len(lots)):
        lots[i] = 0
        size = abs(added[i]) / position.lot_weight[i] + NEARLY
        if added[i] != 0.0 and size <= MOST_LOTS:
            lots[i] = int(size) if added[i] > 0.0 else -int(size)
            any_left = any_left or lots[i] != 0
    return any_left


@inlined
def hold_net(position: Position, moves: Moves, limits: Limits, lots: Ints, ranks: Ranks) -> None:
    """Take back lots with which rounding carried net exposure past its limit, in place.

    Longs and shorts of one step are rounded apart, so up to a lot of each may be left over.
    """
    net = 0.0
    order = ranks.order[: sort_into(position.lot_weight, ranks.key, ranks.order)]
    for i in order:
        net += position.weight[i] + moves.reduced[i] + lots[i] * position.lot_weight[i]
    for i in order:
        excess = abs(net) - limits.max_net
        if excess > 0.0 and lots[i] * net > 0.0:
            back = min(float(abs(lots[i])), np.ceil(excess / position.lot_weight[i] - NEARLY))
            side = 1 if net > 0.0 else -1
            lots[i] -= side * int(back)
            net -= side * back * position.lot_weight[i]


@inlined
def give_leftover(
    position: Position, moves: Moves, limits: Limits, lots: Ints, ranks: Ranks
) -> None:
    """Hand out again, lot by lot, what rounding left of a limit of the portfolio.

    It goes, in an order drawn from the seed, to changes that such a limit scaled, one lot
    each at most, and never past what their own limits allow.

    Args:
        position: Of this step.
        moves: With the changes after all limits.
        limits: Of the scenario.
        lots: Changed in place, shape (N,).
        ranks: Say the step that is drawn by.
    """
    if not _is_any_scaled(moves):
        return
    gross, net, fitting = 0.0, 0.0, moves.fitting
    order = ranks.order[: _draw_order(limits, ranks)]
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


@inlined
def _is_any_scaled(moves: Moves) -> bool:
    scaled = False
    for i in range(len(moves.added)):
        scaled = scaled or abs(moves.added[i]) < abs(moves.fitting[i])
    return scaled


@inlined
def _draw_order(limits: Limits, ranks: Ranks) -> int:
    for i in range(len(limits.key)):
        drawn = uniform(limits.seed, Stream.LOT_RANK.value, limits.path, ranks.step, limits.key[i])
        ranks.draw[i] = 1.0 - drawn
    return sort_into(ranks.draw, ranks.key, ranks.order)


@inlined
def refuse_scraps(
    position: Position, target: Floats, added: Floats, lots: Ints, firings: Firings
) -> None:
    """Veto changes of which the rules left less than a lot."""
    for i in range(len(lots)):
        lot_weight, asked = position.lot_weight[i], target[i] - position.weight[i]
        if lots[i] == 0 and added[i] != 0.0 and is_a_lot(asked, lot_weight):
            size = abs(added[i]) / lot_weight
            cut(firings, i, Refusal(Rule.MIN_SIZE.value, size), added, 0.0)


@leaf
def is_a_lot(asked: float, lot_weight: float) -> bool:
    """Tell whether a change asked for is as large as a lot, or of a size nobody knows."""
    return bool(abs(asked) > 0.0 and not abs(asked) / lot_weight < 1.0 - NEARLY)
