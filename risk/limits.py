"""Section `risk:` of a scenario, as the kernels take it."""

from typing import NamedTuple

from steelyard.types.arrays import Bools, Floats, Ints

STEPS_PER_MONTH = 21
"""Stops and targets count volatilities over this many steps."""


class Limits(NamedTuple):
    """Parameters of the rules; weights are fractions of equity."""

    max_position: float
    max_gross: float
    max_net: float
    max_order: float
    max_participation: float
    """Of the trailing mean volume per step."""
    price_collar: float
    """Largest move of the newest known close from the one before, as a fraction, on which
    an order that adds risk is still sized. Orders meet the next open at the market and have
    no price of their own to hold against a reference."""
    risk_per_trade: float
    """Most equity lost between entry and stop; silent where there is no stop."""
    stop_sigmas: float
    """Distance of the protective stop, volatilities over 21 steps; NaN: no stop."""
    daily_loss: float
    max_drawdown: float
    rearm_after: int
    """Steps from a halt to re-arming; -1: never."""
    min_probability: float
    """Least max(p, 1 - p) of the pooled probability."""
    stale_after: int
    """Most steps since the newest bar."""
    text_alone_refused: bool
    restricted: Bools
    """Shape (N,)."""
    lot: Floats
    """Units of one lot, shape (N,)."""
    key: Ints
    """Each instrument's position in the scenario's universe, shape (N,)."""
    seed: int
    """Decides, with `path`, who gets the lots that rounding leaves over."""
    path: int
    """Number of the path, 0 for the recorded one."""
