"""Where the profit came from, to the last millionth."""

from typing import NamedTuple

from steelyard.evaluation.basket import basket_returns, moves
from steelyard.evaluation.finished import Finished, held_value


class Attribution(NamedTuple):
    """Parts of the profit in micros; they add up to `total` exactly."""

    market: int
    """What net exposure earned by moving with the equal-weight basket of what is listed."""
    selection: int
    """All other results of price moves: which instruments, when within the step, gaps."""
    cost: int
    """Fees, spread and slippage, <= 0."""
    carry: int
    """Dividends and interest on idle cash, less borrow fees."""
    total: int
    """Equity at the end less what it started with."""


def attribute(finished: Finished) -> Attribution:
    """Split the profit of a run.

    The market's part is, summed over steps, the net value held when the step began times
    the price return of the basket over the step (dividends are carry).
    """
    record, course = finished.record, finished.course
    move = moves(course)
    basket = basket_returns(move.price, course.listed & move.known)
    net = held_value(record, finished.lot_value).sum(axis=1)
    first = finished.first_step
    # Nothing is held before the first step, so it has no part of the market.
    market = round(float((net[first:-1] * basket[first + 1 :]).sum()))
    return Attribution(
        market=market,
        selection=int(record.price_result[-1].sum()) - market,
        cost=-int(record.cost[-1].sum()),
        carry=int(record.carry[-1].sum()) + int(record.interest[-1]),
        total=int(record.equity[-1]) - finished.cash,
    )
