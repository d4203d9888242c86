"""Section `market`: what may be traded, when, and at which pace."""

from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

from steelyard.scenario.section import Section, Shorthand
from steelyard.scenario.unit import wrong
from steelyard.scenario.units import (
    SERIES_OR_NONE,
    SYMBOL,
    SYMBOL_OR_NONE,
    Day,
    Number,
    Text,
    Whole,
)

SESSION: Final = "session"
"""The interval of bars that last a whole session."""

_MINUTES_PER_HOUR: Final = 60


class Listing(Section):
    """An instrument of the universe. A bare symbol takes the defaults for the rest."""

    id: Annotated[str, SYMBOL]
    """Symbol, as it stands in the feeds."""
    tick: Annotated[float, Number(above=0.0)] = 0.01
    """Smallest price step, in the currency."""
    lot: Annotated[int, Whole(at_least=1)] = 1
    """Smallest tradable quantity, in units (shares)."""
    sector: Annotated[str, Text()] = ""
    """Sector; empty where unknown."""
    listed_from: Annotated[date | None, Day(none="none")] = None
    """First day in the universe; none: from the step that knows its first bar."""
    listed_until: Annotated[date | None, Day(none="none")] = None
    """Last day in the universe; none: to the last day of the run."""


_ANY_LISTING = Annotated[
    Listing, Shorthand(lambda symbol: {"id": symbol}, {"type": ["string", "number", "boolean"]})
]


SECTORS: Final = (
    "communication", "consumer", "energy", "finance", "health", "industry", "materials",
    "property", "technology", "utilities",
)  # fmt: skip
"""Sectors that synthetic instruments are dealt to, one after the other."""
_MOST_SYNTHETIC: Final = 10_000
_LEAST_DIGITS: Final = 3


class _ManyListings:
    """Lets `{synthetic: 500}` stand for 500 listings, S001 to S500."""

    def _expand(self, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        if value.keys() != {"synthetic"}:
            raise wrong("it must be a list of symbols, or {synthetic: 500}")
        count = Whole(at_least=1, at_most=_MOST_SYNTHETIC)
        stated = value["synthetic"]
        return _listings(count.check(count.read(stated) if isinstance(stated, str) else stated))

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many = {
            "type": "object",
            "properties": {"synthetic": Whole(at_least=1, at_most=_MOST_SYNTHETIC).schema()},
            "required": ["synthetic"],
            "additionalProperties": False,
        }
        return {"anyOf": [many, handler(schema)]}


def _listings(count: int) -> tuple[dict[str, str], ...]:
    width = max(_LEAST_DIGITS, len(str(count)))
    return tuple(
        {"id": f"S{number + 1:0{width}}", "sector": SECTORS[number % len(SECTORS)]}
        for number in range(count)
    )


class Market(Section):
    """What may be traded, when, and at which pace."""

    calendar: Annotated[
        str, Text(pattern=r"[A-Za-z0-9_/]+", says="it must be an exchange code, like XNYS")
    ] = "XNYS"
    """Exchange calendar that gives the sessions, by its ISO code."""
    universe: Annotated[
        tuple[_ANY_LISTING, ...], Field(min_length=1, strict=False), _ManyListings()
    ]
    """Instruments that may be held: symbols, or mappings with `id`, `tick`, `lot` and so on; or
    `{synthetic: 500}`, which is short for S001 to S500, dealt to ten sectors."""
    from_: Annotated[date, Day()] = Field(validation_alias="from", serialization_alias="from")
    """First day on which decisions are made; earlier bars are history for the agents."""
    to: Annotated[date, Day()]
    """Last day of the run."""
    interval: Annotated[
        str,
        Text(
            pattern=r"session|[1-9][0-9]{0,3}[mh]",
            says="it must be session, or a duration like 30m",
        ),
    ] = SESSION
    """Length of a bar, and of a step: a whole session, or a duration such as 30m or 1h."""
    decide_at: Annotated[
        str,
        Text(
            pattern=r"close|open|(?:[01][0-9]|2[0-3]):[0-5][0-9]",
            says="it must be close, open, or a time of the exchange like 10:30",
        ),
    ] = "close"
    """When the agents are asked: at the close, at the open, or at a time of the exchange."""
    benchmark: Annotated[str | None, SYMBOL_OR_NONE] = None
    """Symbol to compare with; its bars come from `feeds.benchmark`. None: no benchmark."""
    risk_free: Annotated[str | None, SERIES_OR_NONE] = None
    """Series of the rate that cash could earn, in percent a year; none: zero."""
    currency: Annotated[
        str, Text(pattern=r"[A-Z]{3}", says="it must be a currency of three letters, like USD")
    ] = "USD"
    """Currency in which prices are quoted."""
    gaps: Literal["fail", "hold"] = "fail"
    """What a missing session of a listed instrument means: a fault, or the last price holds."""

    @property
    def interval_minutes(self) -> int | None:
        """Give the length of a bar in minutes; None where a bar lasts a session."""
        if self.interval == SESSION:
            return None
        count, unit = int(self.interval[:-1]), self.interval[-1]
        return count * _MINUTES_PER_HOUR if unit == "h" else count
