"""What a book would lose in a crash: said before it comes, from the book and its volatility.

Nothing here forecasts. Stated shocks hit the book all at once, past every stop, with all
correlations at one, and what is left is sold at a crash's costs; the worst of them counts.
"""

from typing import NamedTuple

from steelyard.kernel import kernel
from steelyard.types.arrays import Floats


class StressMoves(NamedTuple):
    """The stated shocks: fractions of price, but `sigmas`."""

    market: float
    """Every instrument falls, or rises, by at least this much at once."""
    sigmas: float
    """... and by at least this many of its own volatilities per step."""
    single: float
    """One instrument alone moves against the book by this much."""
    cost: float
    """Of value, to sell what is left."""


MOVES = StressMoves(market=0.205, sigmas=6.0, single=0.5, cost=0.02)
"""The worst session of the S&P 500, 1987-10-19, -20.5 %; a session of six standard
deviations for what moves more than the market; one company halved overnight; 2 % to get out.

References:
    Basel Committee (2018), Stress testing principles: severe, plausible, and historical
    events among them. Commission Delegated Regulation (EU) 2017/589 (RTS 6), article 10: a
    trading system is tried under stress before its limits are believed.
"""


class StressLoss(NamedTuple):
    """The first stress loss of a book; fractions of equity, >= 0."""

    market: float
    """Of all instruments falling, or rising, at once; the worse."""
    single: float
    """Of one instrument alone, the worst."""
    worst: float
    """The worse of both, with the costs of getting out."""


@kernel
def stress_loss(weight: Floats, volatility: Floats, moves: StressMoves) -> StressLoss:
    """Give what a book would lose in the worst of the stated shocks.

    Args:
        weight: Signed shares of equity, shape (N,).
        volatility: Per step, as a fraction, shape (N,); where it is not known the move of
            the market alone counts.
        moves: The shocks.
    """
    market, single, gross = 0.0, 0.0, 0.0
    for i in range(len(weight)):
        move = moves.market
        if volatility[i] * moves.sigmas > move:
            move = min(volatility[i] * moves.sigmas, 1.0)
        market += weight[i] * move
        single = max(single, abs(weight[i]) * moves.single)
        gross += abs(weight[i])
    worst = max(abs(market), single) + gross * moves.cost
    return StressLoss(abs(market), single, worst)
