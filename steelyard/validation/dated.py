"""Dated shocks by name: published ones, and those that the shipped world recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from steelyard.feeds.world import open_world
from steelyard.scenario import find, load
from steelyard.sim.dated import PUBLISHED, Dated, recorded
from steelyard.sim.laying import Chance, Market, Shock
from steelyard.types.world import World

SHIPPED = "megacaps"
"""Shipped scenario whose world has the S&P 500 and four companies, March 2000 to March 2013."""


@dataclass(frozen=True, kw_only=True)
class Recorded(Shock):
    """An episode of the shipped world, read when it is first laid."""

    first: str
    """ISO date of the first session, in `scenarios/data/index.csv` and `bars.csv`."""
    last: str

    def lay(self, market: Market, at: int, chance: Chance) -> Market:
        """Lay the episode's days over the bars from `at` on.

        Raises:
            DataError: The shipped data are damaged.
        """
        return self.dated().lay(market, at, chance)

    def dated(self) -> Dated:
        """Give the shock with its figures."""
        episode = recorded(shipped_world(), self.first, self.last)
        return Dated(
            name=self.name,
            about=self.about,
            direction=self.direction,
            only=self.only,
            episode=episode,
        )


@cache
def shipped_world() -> World:
    """Open the shipped world, once a process."""
    return open_world(load(find(SHIPPED)))


RECORDED = (
    Recorded(
        name="bust_2000",
        about="the dot-com bust, from the high of March 2000 to the low of October 2002",
        first="2000-03-27",
        last="2002-10-09",
    ),
    Recorded(
        name="bust_2002",
        about="its last leg, from 20 May to 23 July 2002",
        first="2002-05-20",
        last="2002-07-23",
    ),
    Recorded(
        name="crisis_2008",
        about="from the end of August to the low of November 2008",
        first="2008-09-02",
        last="2008-11-20",
    ),
    Recorded(
        name="flash_2010",
        about="the flash crash of 6 May 2010, the day after, and the recovery",
        first="2010-05-06",
        last="2010-05-10",
    ),
)
"""Episodes of the shipped world."""

DATED: Mapping[str, Shock] = MappingProxyType(
    {each.name: each for each in RECORDED} | dict(PUBLISHED)
)
"""Dated shocks, downwards; `turned("up")` turns them upside down."""
