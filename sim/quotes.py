"""Bars around made returns: open, high, low, close and volume, on the tick grid.

Between two closes the price is taken for a Brownian motion whose variance the session's
volatility states: a share of it lies before the open, the rest within the session. High and
low are drawn from the exact laws of the extremes of a Brownian bridge from open to close (each
by itself: how the two hang together is left out). Volume grows with the size of the return.
"""

from typing import NamedTuple

import numpy as np

from steelyard.sim.models import Moves, Noise
from steelyard.types.arrays import Floats
from steelyard.types.chance import Stream

OVERNIGHT_SHARE = 0.33
"""Part of a session's variance before its open: .31 to .38 in the built-in world."""
VOLUME_ELASTICITY = 0.45
"""By what the log of volume grows with log(1 + |return| / volatility): .35 to .51 there."""
VOLUME_SCATTER = 0.35
"""Standard deviation of the rest of the log of volume: .32 to .38 there."""
_SMALLEST_UNIFORM = 2.0**-53
"""Keeps the logarithm of a uniform draw finite."""


class Quoting(NamedTuple):
    """At which prices and in which amounts a made market trades."""

    start_price: float
    """Close before the first step, in the currency."""
    tick: Floats
    """Smallest price step of each instrument, in the currency, shape (n_instruments,)."""
    volume: float
    """Median units traded in a step without a move."""


class Quotes(NamedTuple):
    """Made bars; all of shape (n_steps, n_instruments)."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Whole units."""


def quote(moves: Moves, quoting: Quoting, noise: Noise) -> Quotes:
    """Draw the bars of made returns; no price is below a tick.

    Args:
        moves: Returns from close to close, of the same noise.
        quoting: Prices and amounts.
        noise: Where chance comes from.
    """
    log_close = np.log(quoting.start_price) + np.cumsum(moves.log_return, axis=0)
    gap = _overnight(moves, noise)
    log_open = log_close - moves.log_return + gap
    within = moves.log_return - gap
    # Only what is left of the session's variance moves the price after the open.
    variance = (1.0 - OVERNIGHT_SHARE) * moves.volatility**2
    up, down = _extremes(within, variance, noise)
    opened, close = (_on_grid(each, quoting.tick) for each in (log_open, log_close))
    high, low = (_on_grid(log_open + each, quoting.tick) for each in (up, down))
    return Quotes(
        opened,
        np.maximum(high, np.maximum(opened, close)),
        np.minimum(low, np.minimum(opened, close)),
        close,
        _volume(moves, quoting, noise),
    )


def _overnight(moves: Moves, noise: Noise) -> Floats:
    """Draw the log return from the last close to the open, given that to the next close."""
    spread = np.sqrt(OVERNIGHT_SHARE * (1.0 - OVERNIGHT_SHARE)) * moves.volatility
    gap: Floats = OVERNIGHT_SHARE * moves.log_return + spread * noise.own(Stream.OVERNIGHT)
    return gap


def _extremes(within: Floats, variance: Floats, noise: Noise) -> tuple[Floats, Floats]:
    """Draw highest and lowest log price of a session against its open.

    Of a Brownian bridge from 0 to b with variance v, P(maximum > m) = exp(-2 m (m - b) / v).
    """
    above, below = _uniforms(noise)
    reach = np.sqrt(within**2 - 2.0 * variance * np.log(above))
    depth = np.sqrt(within**2 - 2.0 * variance * np.log(below))
    return (within + reach) / 2.0, (within - depth) / 2.0


def _uniforms(noise: Noise) -> tuple[Floats, Floats]:
    """Draw two uniforms in (0, 1) for each bar."""
    pairs = [
        noise.of(Stream.RANGE, key).random((noise.n_steps, 2)) for key in range(noise.n_instruments)
    ]
    drawn = np.maximum(np.stack(pairs, axis=2), _SMALLEST_UNIFORM)
    return drawn[:, 0], drawn[:, 1]


def _volume(moves: Moves, quoting: Quoting, noise: Noise) -> Floats:
    size = np.log1p(np.abs(moves.log_return) / moves.typical)
    scatter = VOLUME_SCATTER * noise.own(Stream.VOLUME)
    volume: Floats = np.round(quoting.volume * np.exp(VOLUME_ELASTICITY * size + scatter))
    return volume


def _on_grid(log_price: Floats, tick: Floats) -> Floats:
    """Round prices to whole ticks, at least one."""
    ticks = np.maximum(np.round(np.exp(log_price) / tick), 1.0)
    # Written as a person would write it: 0.07, not 7 * 0.01.
    price: Floats = np.round(ticks * tick, 6)
    return price
