"""Section `execution`: what trading costs, and how much of it the market takes."""

from datetime import date
from typing import Annotated

from pydantic import Field

from steelyard.scenario.section import Section, Shorthand
from steelyard.scenario.units import Bps, Day, Fraction, Whole


class DatedBps(Section):
    """A cost that holds from a day on."""

    from_: Annotated[date | None, Day(none="none")] = Field(
        default=None, validation_alias="from", serialization_alias="from"
    )
    """First day on which it holds; none: from the beginning."""
    value: Annotated[float, Bps(at_least=0.0)]
    """The cost."""


class Execution(Section):
    """What trading costs, and how much of it the market takes."""

    fee: Annotated[float, Bps(at_least=0.0)] = 1.0
    """Charged on the value of each fill."""
    half_spread: Annotated[
        tuple[DatedBps, ...],
        Field(min_length=1, strict=False),
        Shorthand(lambda value: ({"value": value},), Bps().schema()),
    ] = (DatedBps(value=2.0),)
    """Half the spread paid on each fill: one value, or a list of `{from, value}` by date."""
    slippage: Annotated[float, Bps(at_least=0.0)] = 2.0
    """Mean of a uniform draw between 0 and twice the mean, paid on each fill."""
    auction_share: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.02
    """Share of the trailing volume that an open or close fills at most."""
    adv_window: Annotated[int, Whole(at_least=1)] = 21
    """Steps over which the trailing mean volume is taken."""
    borrow: Annotated[float, Bps(at_least=0.0)] = 100.0
    """Charged on the value of short positions, a year."""
