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
        return Dated(name=self.name, direction=self.direction, only=self.only, episode=episode)


@cache
def shipped_world() -> World:
    """Open the shipped world, once a process."""
    return open_world(load(find(SHIPPED)))


DATED: Mapping[str, Shock] = MappingProxyType(
    {
        # From the closing high of 24 March 2000 to the closing low of 9 October 2002.
        "bust_2000": Recorded(name="bust_2000", first="2000-03-27", last="2002-10-09"),
        # From the end of August to the closing low of 20 November.
        "crisis_2008": Recorded(name="crisis_2008", first="2008-09-02", last="2008-11-20"),
        # The day, the day after, and the recovery.
        "flash_2010": Recorded(name="flash_2010", first="2010-05-06", last="2010-05-10"),
    }
    | dict(PUBLISHED)
)
"""Dated shocks, downwards; `turned("up")` turns them upside down."""
