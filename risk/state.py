"""Trading state: how losses take away the freedom to open, and what gives it back."""

from typing import NamedTuple

import numpy as np

from steelyard.kernel import inlined
from steelyard.risk.limits import Limits
from steelyard.types.decision import TradingState


class RiskState(NamedTuple):
    """What the supervisor remembers from step to step."""

    trading: int
    """`TradingState` in force; REDUCING lasts one step, HALTED until re-armed."""
    high_water: float
    """Highest equity since the start or the last re-arming, currency."""
    equity: float
    """Of the step before, NaN before the first."""
    session: int
    """Of the step before, days since 1970-01-01."""
    session_equity: float
    """Last equity before that session began."""
    steps_halted: int
    """Steps since the halt; 0 unless HALTED."""
    n_steps: int
    loss: float
    """Fall of equity since the session began, fraction; < 0 is a gain."""
    drawdown: float
    """Fall of equity from the high-water mark, fraction."""


def start() -> RiskState:
    """Make the state before the first step."""
    return RiskState(TradingState.ACTIVE.value, 0.0, np.nan, -1, np.nan, 0, 0, 0.0, 0.0)


@inlined
def watch(state: RiskState, equity: float, session: int, limits: Limits) -> RiskState:
    """Judge equity against its marks and set the trading state for this step's orders.

    - Drawdown beyond `max_drawdown`, or equity that is not a positive number: HALTED.
    - `rearm_after` steps later ACTIVE again, if equity is a positive number; the
      high-water mark starts anew at that equity, so the next halt is measured from there.
    - Loss since the session began (bars of a session: since the step before) beyond
      `daily_loss`: REDUCING for the orders of this step. Judged anew at each step, so it
      lasts while the loss does, and at the longest until the session ends.
    """
    sound = bool(np.isfinite(equity) and equity > 0.0)
    fresh = session != state.session
    session_equity = state.equity if fresh else state.session_equity
    loss = _fall(equity, session_equity)
    rearmed = sound and _is_rearmed(state, limits)
    high_water = equity if rearmed else state.high_water
    high_water = max(high_water, equity) if sound else high_water
    drawdown = _fall(equity, high_water) if sound else 1.0
    halted = state.trading == TradingState.HALTED and not rearmed
    trading, steps_halted = TradingState.ACTIVE.value, 0
    if halted or not drawdown <= limits.max_drawdown:
        trading = TradingState.HALTED.value
        steps_halted = state.steps_halted + 1 if halted else 0
    elif loss > limits.daily_loss:
        trading = TradingState.REDUCING.value
    return RiskState(
        trading,
        high_water,
        equity,
        session,
        session_equity,
        steps_halted,
        state.n_steps + 1,
        loss,
        drawdown,
    )


@inlined
def _is_rearmed(state: RiskState, limits: Limits) -> bool:
    return bool(
        state.trading == TradingState.HALTED
        and limits.rearm_after >= 0
        and state.steps_halted + 1 >= limits.rearm_after
    )


@inlined
def _fall(equity: float, mark: float) -> float:
    """Give the fall from a mark as a fraction, 0 where there is no mark yet."""
    return 1.0 - equity / mark if mark > 0.0 else 0.0
