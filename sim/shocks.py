"""Shocks laid over a path, and the made ones by name, with default figures."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from steelyard.errors import ScenarioError
from steelyard.sim.laying import Chance, Market, Shock, market_of, told
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

__all__ = ["MADE", "Market", "Shock", "lay", "market_of", "told"]


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
            Gap(name="gap", about="all open 20 % away", size=0.20),
            Gap(
                name="gap_volatilities",
                about="all open 8 of their volatilities away",
                size=8.0,
                unit="volatilities",
            ),
            Halt(name="halt", about="trading halts for 3 steps and reopens 15 % away"),
            SpreadBlowOut(name="spread", about="spreads are 10 times as wide, less over 10 steps"),
            Drought(name="drought", about="3 % of the volume is left for 10 steps"),
            CorrelationOne(
                name="correlation_one", about="all move against the book together for 5 steps"
            ),
            WiderMoves(name="double_volatility", about="moves are twice as wide for 21 steps"),
            LimitDays(name="limit_days", about="3 days locked at a limit of 7 %"),
            StaleFeed(
                name="stale_feed", about="the feed stands still for 5 steps, the market gaps"
            ),
            WrongFeed(name="wrong_feed", about="one price slips two decimals for 2 steps"),
            MissingBars(name="missing_bars", about="30 % of the bars are lost over 21 steps"),
            FatFinger(name="fat_finger", about="one print half the price away"),
            UnannouncedSplit(name="unannounced_split", about="one split that no feed tells of"),
        )
    }
)
"""Made shocks, downwards; `turned("up")` gives the other direction."""
