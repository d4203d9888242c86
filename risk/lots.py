"""Whole lots out of changes of weight, rounded against the order."""

import numpy as np

from steelyard.kernel import kernel
from steelyard.risk.order import ascending
from steelyard.risk.portfolio import Moves
from steelyard.risk.rules import Case, Firings, Limits, Refusal, cut
from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import Stream, uniform
from steelyard.types.decision import Rule, TradingState

NEARLY = 1e-9
"""Part of a lot by which the rounding of floats may miss a whole one."""


@kernel
def lot_weights(case: Case) -> Floats:
    """Give the weight of one lot, shape (N,); NaN where it cannot be known."""
    return case.market.price * case.limits.lot / case.book.equity


@kernel
def reducing_lots(case: Case, moves: Moves, lot_weight: Floats) -> Ints:
    """Round reductions to whole lots, signed, shape (N,).

    A reduction that was asked for is rounded towards zero, one that the supervisor
    enforces away from it; neither goes past a flat position.
    """
    lots = np.zeros(len(lot_weight), np.int64)
    for i in range(len(lots)):
        held = case.book.lots[i]
        if moves.reduced[i] == 0.0 or held == 0:
            continue
        if moves.reduced[i] == -case.book.weight[i] or case.trading == TradingState.HALTED:
            lots[i] = -held
            continue
        size = abs(moves.reduced[i]) / lot_weight[i]
        rounded = np.ceil(size - NEARLY) if moves.enforced[i] else np.floor(size + NEARLY)
        lots[i] = -np.sign(held) * min(np.int64(rounded), abs(held))
    return lots


@kernel
def adding_lots(
    case: Case, moves: Moves, fitting: Floats, lot_weight: Floats, firings: Firings
) -> Ints:
    """Round changes that add risk down to whole lots, signed, shape (N,).

    Where a limit of the portfolio scaled them, what rounding leaves of the limit goes out
    again lot by lot, in an order drawn from the seed, to changes that were scaled.

    Args:
        case: Of this step.
        moves: With the changes after all limits.
        fitting: The changes after all limits but those of the portfolio, shape (N,).
        lot_weight: Shape (N,).
        firings: Gets MIN_SIZE where rules leave less than a lot.
    """
    lots = np.zeros(len(lot_weight), np.int64)
    for i in range(len(lots)):
        if moves.added[i] != 0.0:
            size = np.floor(abs(moves.added[i]) / lot_weight[i] + NEARLY)
            lots[i] = np.int64(np.copysign(size, moves.added[i]))
    _give_leftover(case, moves, fitting, lot_weight, lots)
    for i in range(len(lots)):
        size = abs(moves.added[i]) / lot_weight[i]
        if lots[i] == 0 and moves.added[i] != 0.0 and asks_a_lot(case, i, lot_weight[i]):
            cut(firings, i, Refusal(Rule.MIN_SIZE.value, size), moves.added, 0.0)
    return lots


@kernel
def asks_a_lot(case: Case, i: int, lot_weight: float) -> bool:
    """Tell whether the change asked for is as large as a lot, or of unknown size."""
    asked = abs(case.intents.target[i] - case.book.weight[i])
    return bool(asked > 0.0 and not asked / lot_weight < 1.0 - NEARLY)


@kernel
def _give_leftover(
    case: Case, moves: Moves, fitting: Floats, lot_weight: Floats, lots: Ints
) -> None:
    limits = case.limits
    gross, net = 0.0, 0.0
    order = ascending(_draws(limits, case.step), limits.key.astype(np.float64))
    for i in order:
        after = case.book.weight[i] + moves.reduced[i] + lots[i] * lot_weight[i]
        gross += abs(after)
        net += after
    for i in order:
        if abs(moves.added[i]) >= abs(fitting[i]):
            continue
        one = np.copysign(lot_weight[i], fitting[i])
        grown = (abs(lots[i]) + 1) * lot_weight[i]
        fits = grown <= abs(fitting[i]) and gross + lot_weight[i] <= limits.max_gross
        if fits and abs(net + one) <= limits.max_net:
            lots[i] += np.int64(np.sign(one))
            gross += lot_weight[i]
            net += one


@kernel
def _draws(limits: Limits, step: int) -> Floats:
    draws = np.empty(len(limits.key))
    for i in range(len(draws)):
        stream = Stream.LOT_RANK.value
        draws[i] = 1.0 - uniform(limits.seed, stream, limits.path, step, limits.key[i])
    return draws
