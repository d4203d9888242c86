"""Section `execution`: what trading costs, and how the market takes orders."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from steelyard.scenario.section import Section, Shorthand
from steelyard.scenario.unit import NONE_WORDS
from steelyard.scenario.units import DECIMAL, Bps, Day, Fraction, Money, Number, Whole
from steelyard.types.units import MICROS

ESTIMATED: Final = "estimated"
"""In place of a half-spread: it is estimated from the bars."""
IMPACT: Final = 0.6
"""Mean cost of a fill of the whole trailing volume of a step, in volatilities of a step.

Square-root law: a peak of the order of one volatility (Toth et al. 2011, Physical Review X 1,
021006), of which the mean over the fill is two thirds. An order of magnitude, no measurement of
the market at hand.
"""
PERMANENT: Final = 0.3
"""Rounded from 0.314, US shares in Almgren, Thum, Hauptmann and Li (2005), Risk 18(7)."""
_MOST_PER_UNIT: Final = 1_000 * MICROS
_MOST_PER_ORDER: Final = 1_000_000 * MICROS
_MOST_VOLATILITIES: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _BpsOrEstimated(Bps):
    """Basis points, or the word that leaves them to the bars."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it must be in basis points, written 5 bps or 0.05%, or estimated"

    def read(self, text: str) -> Any:
        """Give the basis points, or the word."""
        return text if text == ESTIMATED else Bps.read(self, text)

    def check(self, value: Any) -> Any:
        """Give the value, if it is within the range."""
        return value if value == ESTIMATED else Bps.check(self, value)

    def show(self, value: Any) -> str:
        """Write it with its unit, or the word."""
        return ESTIMATED if value == ESTIMATED else Bps.show(self, value)

    def schema(self) -> dict[str, Any]:
        """Give a number with its unit, or the word."""
        return {"type": "string", "pattern": f"^(?:{DECIMAL} *(?:bps|%)|{ESTIMATED})$"}


class DatedBps(Section):
    """A cost that holds from a day on."""

    from_: Annotated[date | None, Day(none="none")] = Field(
        default=None, validation_alias="from", serialization_alias="from"
    )
    """First day on which it holds; none: from the beginning."""
    value: Annotated[float | Literal["estimated"], _BpsOrEstimated(at_least=0.0)]
    """The cost; `estimated`: from the range of the past bars."""


class Fee(Section):
    """What a broker charges: the parts are added up, the minimum is for all fills of an order."""

    rate: Annotated[float, Bps(at_least=0.0)] = 0.0
    """Of the value of each fill."""
    per_share: Annotated[int, Money(at_least=0, at_most=_MOST_PER_UNIT)] = 0
    """For each unit; kept in millionths of the currency, as are the others."""
    per_order: Annotated[int, Money(at_least=0, at_most=_MOST_PER_ORDER)] = 0
    """For each order that fills, once."""
    minimum: Annotated[int, Money(at_least=0, at_most=_MOST_PER_ORDER)] = 0
    """Least sum of the three for an order that fills, over all its fills."""


class Impact(Section):
    """What our own size costs: `none` for nothing."""

    coefficient: Annotated[float, Number(at_least=0.0, at_most=_MOST_VOLATILITIES)] = IMPACT
    """A fill costs this x volatility of a step x sqrt(units / trailing volume) of its value."""
    permanent: Annotated[float, Number(at_least=0.0, at_most=_MOST_VOLATILITIES)] = PERMANENT
    """Our own marks keep this x volatility of a step x units / trailing volume of the price."""


def _fee(value: Any) -> dict[str, Any]:
    return {"rate": value}


def _impact(value: Any) -> dict[str, Any]:
    if value in NONE_WORDS:
        return {"coefficient": 0, "permanent": 0}
    return {"coefficient": value}


class Execution(Section):
    """What trading costs, and how the market takes orders."""

    fee: Annotated[Fee, Shorthand(_fee, Bps().schema())] = Fee(rate=1.0)
    """What the broker charges; `1 bps` for `{rate: 1 bps}`."""
    half_spread: Annotated[
        tuple[DatedBps, ...],
        Field(min_length=1, strict=False),
        Shorthand(lambda value: ({"value": value},), _BpsOrEstimated().schema()),
    ] = (DatedBps(value=2.0),)
    """Half the spread, paid on each fill: a value, `estimated`, or `{from, value}` by date."""
    slippage: Annotated[float, Bps(at_least=0.0)] = 2.0
    """Mean of a uniform draw between 0 and twice the mean, paid on each fill."""
    impact: Annotated[
        Impact,
        Shorthand(_impact, {"anyOf": [Number().schema(), {"enum": sorted(NONE_WORDS)}]}),
    ] = Impact()
    """What our own size costs; `0.6` for `{coefficient: 0.6}`, `none` for nothing."""
    auction_share: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.02
    """Share of the trailing volume that an open or close fills at most."""
    bar_share: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.02
    """Share of a bar's volume, or of the trailing volume if less, filled within it at most."""
    remainder: Literal["wait", "worse"] = "wait"
    """What becomes of a market order's rest above a cap: it waits, or fills within the bar at its
    worst price, up to `bar_share`."""
    adv_window: Annotated[int, Whole(at_least=1)] = 21
    """Steps over which the trailing mean volume is taken."""
    borrow: Annotated[float, Bps(at_least=0.0)] = 100.0
    """Charged on the value of short positions, a year."""
    latency: Annotated[int, Whole(at_least=0)] = 0
    """Steps by which an order reaches the market later than at the next executable price."""
    intrabar: Literal["pessimistic", "nearest"] = "pessimistic"
    """Which end of a bar is met first: the one worse for the order, or the one nearer the open."""
    price_limit: Annotated[float | None, Fraction(above=0.0, at_most=1.0, none="none")] = None
    """Move from the last close at which trading is locked, limit-up or limit-down."""
    opposite_stop: Literal["allow", "refuse"] = "allow"
    """Whether the venue takes an order opposite to our own resting stop; some brokers do not."""
