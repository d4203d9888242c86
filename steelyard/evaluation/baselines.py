"""What a plain holder would have had: curves that need no opinion."""

import numpy as np

from steelyard.evaluation.basket import moves
from steelyard.evaluation.finished import Finished, exposure
from steelyard.evaluation.portfolio import Curve
from steelyard.types.units import BPS_IN_ONE


def exposure_matched_basket(finished: Finished) -> Curve:
    """Hold all that is listed in equal parts, with the run's own net exposure.

    At the end of each step the basket is brought to the net exposure that the run then
    has, in equal parts of all that is listed and has a price, at the close and at the
    cost of a trade on all that is bought and sold for it. Dividends count from their day.
    What it earns over the run is thus earned by other instruments or moments, not by
    being more or less in the market.
    """
    course = finished.course
    move = moves(course)
    member = course.listed & move.known
    parts = member / np.maximum(member.sum(axis=1, keepdims=True), 1)
    net = exposure(finished.record, finished.lot_value).sum(axis=1)
    equity, traded = float(finished.cash), 0.0
    held = np.zeros(course.close.shape[1])
    path = [equity]
    for step in range(finished.first_step, len(net)):
        idle = max(0.0, equity - held.sum())
        equity += (held * move.total[step]).sum() + idle * finished.cash_rate[step]
        target = net[step] * max(equity, 0.0) * parts[step]
        # Dividends arrive as cash: only what prices made of the holding has to be turned.
        turned = np.abs(target - held * (1.0 + move.price[step])).sum()
        equity -= turned * finished.cost_bps[step] / BPS_IN_ONE
        traded += turned
        held = target
        path.append(equity)
    return Curve(np.array(path), float(traded))


def buy_and_hold(finished: Finished) -> Curve:
    """Buy all that is listed at the first step for equal money, once, and keep it.

    Bought at the open of the step after the first, which every timing can reach, at the
    cost of a trade. Dividends are put back in at the close of their day. What lists later
    is left out; the part of what has no open then stays cash, with interest.
    """
    course, first = finished.course, finished.first_step
    entry = min(first + 1, len(course.session) - 1)
    move = moves(course)
    chosen = course.listed[first]
    fillable = chosen & np.isfinite(course.open[entry])
    kept = 1.0 / (1.0 + finished.cost_bps[entry] / BPS_IN_ONE)
    money = finished.cash / max(1, int(chosen.sum()))
    growth = 1.0 + move.total[entry:]
    growth[0] = np.where(fillable, course.close[entry] / course.open[entry], 1.0)
    value = money * kept * np.cumprod(growth, axis=0)[:, fillable].sum(axis=1)
    idle = finished.cash - money * int(fillable.sum())
    earning = idle * np.cumprod(1.0 + finished.cash_rate[entry:])
    before = np.full(entry - first + 1, float(finished.cash))
    return Curve(np.concatenate([before, earning + value]), float(money * kept * fillable.sum()))
