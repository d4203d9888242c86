"""Shocks laid over a path, and the made ones by name, with default figures."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from steelyard.errors import ScenarioError
from steelyard.sim.laying import Chance, Direction, Market, Shock, market_of, told
from steelyard.sim.misreports import (
    FatFinger,
    MissingBars,
    StaleFeed,
    UnannouncedSplit,
    WrongFeed,
)
from steelyard.sim.moves import (
    CorrelationOne,
    Drought,
    Gap,
    Halt,
    LimitDays,
    SpreadBlowOut,
    WiderMoves,
)

__all__ = ["MADE", "Direction", "Market", "Shock", "lay", "market_of", "told"]


def lay(shocks: Sequence[Shock], market: Market, at: int, seed: int, *, path: int = 0) -> Market:
    """Lay shocks over a market, one after the other, all beginning in bar `at`.

    Args:
        shocks: In the order in which they are laid.
        market: What they change.
        at: First bar that changes; 1 to n_steps - 1, since a shock needs a price before it.
        seed: Of the run, a non-negative int64.
        path: Number of the path, 0 for the recorded one.

    Returns:
        A market equal in every bit before `at`; what it shares with `market` is not written to.

    Raises:
        ScenarioError: `at` is none of these, or a shock names an unknown instrument.
    """
    if not 1 <= at < market.n_steps:
        message = f"the shock was to begin at step {at}, but the path has steps 0 to "
        raise ScenarioError(f"{message}{market.n_steps - 1}", hint="step 0 cannot be shocked")
    for place, shock in enumerate(shocks):
        market = shock.lay(market, at, Chance(seed, path, place))
    return market


MADE: Mapping[str, Shock] = MappingProxyType(
    {
        each.name: each
        for each in (
            Gap(name="gap", size=0.10),
            Gap(name="gap_volatilities", size=8.0, unit="volatilities"),
            Halt(name="halt"),
            SpreadBlowOut(name="spread"),
            Drought(name="drought"),
            CorrelationOne(name="correlation_one"),
            WiderMoves(name="double_volatility"),
            LimitDays(name="limit_days"),
            StaleFeed(name="stale_feed"),
            WrongFeed(name="wrong_feed"),
            MissingBars(name="missing_bars"),
            FatFinger(name="fat_finger"),
            UnannouncedSplit(name="unannounced_split"),
        )
    }
)
"""Made shocks, downwards; `turned("up")` gives the other direction."""
