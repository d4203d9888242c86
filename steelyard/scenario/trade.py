"""Section `trade`: how verdicts become target weights."""

from typing import Annotated, Literal

from steelyard.scenario.section import Section
from steelyard.scenario.units import Bps, Fraction, Number, Whole


class Entry(Section):
    """What a position must promise to be opened."""

    min_probability: Annotated[float, Fraction(at_least=0.0, at_most=1.0)] = 0.5
    """Least pooled probability of the side wanted."""
    min_edge: Annotated[float, Bps(at_least=0.0)] = 0.0
    """Least expected return over the holding time."""


class Exit(Section):
    """What closes a position."""

    max_probability: Annotated[float, Fraction(at_least=0.0, at_most=1.0)] = 0.0
    """A position is closed when the pooled probability of its side falls below."""


class Trade(Section):
    """How verdicts become target weights."""

    mandate: Literal["long_only", "long_short"] = "long_only"
    """Whether positions may be short."""
    volatility_target: Annotated[float, Fraction(above=0.0, at_most=2.0)] = 0.12
    """Volatility of the whole book aimed at, a year."""
    kelly_fraction: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.25
    """Largest share of the Kelly weight."""
    edge_over_cost: Annotated[float, Number(at_least=0.0)] = 1.5
    """A trade must promise this many times its round-trip cost."""
    entry: Entry = Entry()
    """What a position must promise to be opened."""
    exit: Exit = Exit()
    """What closes a position."""
    min_holding: Annotated[int, Whole(at_least=0)] = 1
    """Fewest steps a position is held."""
    max_holding: Annotated[int, Whole(at_least=1)] = 252
    """Most steps a position is held."""
    stop: Annotated[float | None, Number(above=0.0, none="none")] = 3.0
    """Distance of the stop below the entry, in volatilities over 21 steps; none: no stop."""
    take_profit: Annotated[float | None, Number(above=0.0, none="none")] = None
    """Distance of the target above the entry, in volatilities over 21 steps; none: no target."""
    rebalance_every: Annotated[int, Whole(at_least=1)] = 1
    """Steps between decisions to trade."""
    no_quorum: Literal["hold", "decay", "exit"] = "hold"
    """What happens to a position without a quorum."""
