"""Limits of the whole portfolio: what prices carried past them, and one factor for the rest."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined
from steelyard.risk.firings import Firings, Refusal, cut, write
from steelyard.risk.limits import Limits
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Rule


class Moves(NamedTuple):
    """Changes of weight of one step; of shape (N,)."""

    reduced: Floats
    """Towards zero, never past it."""
    added: Floats
    """Away from zero."""
    fitting: Floats
    """Away from zero, after all limits but those of the portfolio."""
    enforced: Bools
    """Whether the supervisor asks for the reduction itself."""


@inlined
def split(weight: Floats, target: Floats, moves: Moves) -> None:
    """Part each change asked for into what reduces and what adds; nothing changes sides."""
    for i in range(len(target)):
        moves.reduced[i] = moves.added[i] = 0.0
        moves.enforced[i] = False
        if not np.isfinite(weight[i] + target[i]):
            continue
        if weight[i] * target[i] < 0.0:
            moves.reduced[i] = -weight[i]
        elif abs(target[i]) < abs(weight[i]):
            moves.reduced[i] = target[i] - weight[i]
        else:
            moves.added[i] = target[i] - weight[i]


@inlined
def flatten(weight: Floats, lots: Ints, moves: Moves, firings: Firings, drawdown: float) -> None:
    """Close every position, also one whose weight is unknown, and add nothing to it."""
    cause = Refusal(Rule.DRAWDOWN.value, drawdown)
    for i in range(len(lots)):
        if lots[i] != 0:
            asked = moves.reduced[i] + moves.added[i]
            moves.added[i] = 0.0
            known = np.isfinite(weight[i]) and weight[i] != 0.0
            moves.reduced[i] = -weight[i] if known else -float(np.sign(lots[i]))
            moves.enforced[i] = True
            write(firings, i, cause, asked, moves.reduced[i])


@inlined
def reduce_excess(
    weight: Floats, limits: Limits, moves: Moves, firings: Firings, order: Ints
) -> None:
    """Bring positions that prices carried past a limit back to it, and add nothing."""
    gross = 0.0
    for i in order:
        left = abs(weight[i] + moves.reduced[i])
        if left > limits.max_position:
            cause = Refusal(Rule.MAX_POSITION.value, left)
            _reduce_to(limits.max_position / left, cause, weight[i], moves, firings, i)
            left = limits.max_position
        gross += left
    if gross > limits.max_gross:
        cause = Refusal(Rule.MAX_GROSS.value, gross)
        for i in order:
            _reduce_to(limits.max_gross / gross, cause, weight[i], moves, firings, i)


@inlined
def _reduce_to(
    factor: float, cause: Refusal, weight: float, moves: Moves, firings: Firings, i: int
) -> None:
    """Leave `factor` of what would be left of a position."""
    left = weight + moves.reduced[i]
    if left == 0.0 and moves.added[i] == 0.0:
        return
    asked = moves.reduced[i] + moves.added[i]
    moves.added[i] = 0.0
    moves.reduced[i] = factor * left - weight
    moves.enforced[i] = moves.enforced[i] or left != 0.0
    write(firings, i, cause, asked, moves.reduced[i])


@inlined
def fit_portfolio(
    weight: Floats, limits: Limits, moves: Moves, firings: Firings, order: Ints
) -> None:
    """Scale every change that adds risk by one factor for gross, then one for net exposure.

    What is reduced at this step counts as reduced: both meet the same open.
    """
    gross, net, adding, adding_net = 0.0, 0.0, 0.0, 0.0
    for i in order:
        left = weight[i] + moves.reduced[i]
        gross += abs(left)
        net += left
        adding += abs(moves.added[i])
        adding_net += moves.added[i]
    if adding == 0.0:
        return
    factor = _gross_factor(gross, adding, limits.max_gross)
    _scale(factor, Refusal(Rule.MAX_GROSS.value, gross + adding), moves, firings)
    adding_net *= factor
    factor = _net_factor(net, adding_net, limits.max_net)
    _scale(factor, Refusal(Rule.MAX_NET.value, abs(net + adding_net)), moves, firings)


@inlined
def _gross_factor(gross: float, adding: float, limit: float) -> float:
    if gross + adding <= limit:
        return 1.0
    return (limit - gross) / adding if gross <= limit else 0.0


@inlined
def _net_factor(net: float, adding: float, limit: float) -> float:
    """Give the largest factor in [0, 1] that leads inside the limit, or towards it."""
    if abs(net + adding) <= limit or adding == 0.0:
        return 1.0
    bound = limit if adding > 0.0 else -limit
    factor = (bound - net) / adding
    return min(max(factor, 0.0), 1.0) if np.isfinite(factor) else 0.0


@inlined
def _scale(factor: float, cause: Refusal, moves: Moves, firings: Firings) -> None:
    if factor == 1.0:
        return
    for i in range(len(moves.added)):
        if moves.added[i] != 0.0:
            cut(firings, i, cause, moves.added, moves.added[i] * factor)
