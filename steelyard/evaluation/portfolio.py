"""What equity did: return, risk, exposure, and how the limits bore on it."""

from typing import Any, NamedTuple

import numpy as np

from steelyard.evaluation.bootstrap import Interval, interval, mean_block
from steelyard.evaluation.finished import Finished, exposure, fills
from steelyard.types.arrays import Bools, Floats
from steelyard.types.decision import Rule, TradingState, Verb
from steelyard.types.record import Record

CAPS = (
    Rule.RISK_PER_TRADE,
    Rule.MAX_ORDER,
    Rule.PARTICIPATION,
    Rule.MAX_POSITION,
    Rule.MAX_GROSS,
    Rule.MAX_NET,
)
"""Rules that set a size instead of saying yes or no."""
ASKED = (int(Verb.APPROVE), int(Verb.RESIZE), int(Verb.VETO))
"""What becomes of a change that was asked for; `ENFORCE` is the supervisor's own."""
NO_SPREAD = 1e-12
"""Standard deviation of step returns that is only rounding: no Sharpe ratio rests on it."""


class Curve(NamedTuple):
    """The course of an account, net of costs."""

    equity: Floats
    """Micros, shape (n + 1,): what it started with, then the end of each step from
    `first_step` on."""
    traded: float
    """Micros bought and sold."""


def curve_of(record: Record, finished: Finished) -> Curve:
    """Give the curve of a record on the course of a run."""
    path = np.concatenate([[finished.cash], record.equity[finished.first_step :]])
    price = fills(record, "price_ticks") * finished.lot_value[fills(record, "instrument")]
    traded = np.abs(fills(record, "lots")) * price.astype(np.float64)
    return Curve(path.astype(np.float64), float(traded.sum()))


def step_returns(equity: Floats) -> Floats:
    """Give the return of each step; an account at or below 0 lost all, and stays there.

    Args:
        equity: Shape (n + 1,), the first > 0.

    Returns:
        Fractions >= -1, shape (n,).
    """
    alive = _until_ruin(equity)
    before = np.where(alive[:-1] > 0, alive[:-1], 1.0)
    return np.where(alive[:-1] > 0, alive[1:] / before - 1.0, 0.0)


def _until_ruin(equity: Floats) -> Floats:
    ruined = np.logical_or.accumulate(~(equity > 0))
    return np.where(ruined, 0.0, equity)


def max_drawdown(equity: Floats) -> float:
    """Give the largest fall from the high-water mark as a fraction in [0, 1]."""
    alive = _until_ruin(equity)
    return float((1.0 - alive / np.maximum.accumulate(alive)).max())


def sharpe(returns: Floats, rate_percent: Floats, steps_per_year: float) -> float:
    """Give the yearly Sharpe ratio over what cash could have earned.

    Args:
        returns: Of each step, shape (n,).
        rate_percent: Rate known when each of these steps began, percent a year, shape
            (n,). A step earns the same part of it, 1 / steps_per_year: calendar days are
            not counted, so a weekend earns as much as a night.
        steps_per_year: Steps in a year.

    Returns:
        Mean excess return over its standard deviation, both a year; NaN where the
        excess does not vary or has fewer than two steps.
    """
    excess = returns - rate_percent / 100.0 / steps_per_year
    spread = excess.std(ddof=1) if len(excess) > 1 else 0.0
    if spread < NO_SPREAD:
        return float("nan")
    return float(excess.mean() / spread * np.sqrt(steps_per_year))


def curve_figures(curve: Curve, finished: Finished) -> dict[str, float]:
    """Give return, risk and turnover of a curve.

    Turnover is what was bought and sold over mean equity, a year. The annual return is
    compounded, the annual volatility is that of step returns times the root of a year.
    An account that never traded has no Sharpe ratio: its excess varies with the rate alone.
    """
    returns = step_returns(curve.equity)
    years = len(returns) / finished.steps_per_year
    growth = float(_until_ruin(curve.equity)[-1] / curve.equity[0])
    spread = float(returns.std(ddof=1)) if len(returns) > 1 else float("nan")
    mean_equity = float(_until_ruin(curve.equity).mean())
    ratio = sharpe(returns, _rate_before(finished), finished.steps_per_year)
    return {
        "net_return_frac": growth - 1.0,
        "annual_return_frac": growth ** (1.0 / years) - 1.0 if years else float("nan"),
        "annual_volatility_frac": spread * np.sqrt(finished.steps_per_year),
        "sharpe": ratio if curve.traded else float("nan"),
        "max_drawdown_frac": max_drawdown(curve.equity),
        "turnover_per_year": curve.traded / mean_equity / years if years else float("nan"),
    }


def _rate_before(finished: Finished) -> Floats:
    """Give the rate known when each step began: what cash lent at the last close earned."""
    rate = np.concatenate([finished.rate_percent[:1], finished.rate_percent[:-1]])
    return rate[finished.first_step :]


def difference(ours: Curve, theirs: Curve, finished: Finished) -> Interval:
    """Give the mean annual return of one curve less that of another, step by step paired.

    The mean is arithmetic: mean difference of step returns times steps per year.
    """
    apart = step_returns(ours.equity) - step_returns(theirs.equity)
    block = mean_block(len(apart), finished.longest_horizon)
    found = interval(apart, np.ones(len(apart)), block)
    return Interval(*(bound * finished.steps_per_year for bound in found))


def exposure_figures(finished: Finished) -> dict[str, float]:
    """Give mean gross and net exposure at the ends of steps, as fractions of equity."""
    held = exposure(finished.record, finished.lot_value)[finished.first_step :]
    return {
        "mean_gross": _mean(np.abs(held).sum(axis=1)),
        "mean_net": _mean(held.sum(axis=1)),
    }


def state_figures(finished: Finished) -> dict[str, Any]:
    """Give the share of deciding steps in each trading state."""
    state = finished.record.state[deciding(finished)]
    time = {each.name.lower(): _mean(state == int(each)) for each in TradingState}
    return {"halted_frac": time["halted"], "time_in_state": time}


def deciding(finished: Finished) -> Bools:
    """Say at which steps the panel was asked and a decision made, shape (n_steps,)."""
    from_first = np.arange(len(finished.course.decides)) >= finished.first_step
    return finished.course.decides & from_first


def cap_figures(finished: Finished) -> dict[str, Any]:
    """Give the share of asked changes that a cap set, and on which each rule fired.

    A change may be resized without a cap, such as a change of side that is first a
    reduction to zero.
    """
    record, rows = finished.record, deciding(finished)
    verb = record.verb[rows]
    asked = np.isin(verb, ASKED)
    fired = np.isfinite(record.before[rows])[asked]
    capped = np.asarray(fired[:, list(CAPS)].any(axis=1))
    share = {rule.name.lower(): _mean(fired[:, int(rule)]) for rule in Rule}
    return {
        "capped_frac": _mean(capped),
        "n_asked": int(asked.sum()),
        "share_by_rule": {rule: part for rule, part in share.items() if part > 0},
    }


def _mean(values: Floats | Bools) -> float:
    return float(values.mean()) if len(values) else float("nan")
