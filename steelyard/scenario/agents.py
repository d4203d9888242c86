"""Section `agents`: who is asked. One model for each kind, told apart by `kind`."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Final, Literal

from pydantic import Field

from steelyard.scenario.section import Section
from steelyard.scenario.unit import OR_NONE
from steelyard.scenario.units import NAME, PERSON_OR_NONE, SYMBOL, SYMBOL_OR_NONE, Number, Whole

_SPREAD_LEGS: Final = 2
_Spread = Annotated[
    tuple[Annotated[str, SYMBOL], ...],
    Field(min_length=_SPREAD_LEGS, max_length=_SPREAD_LEGS, strict=False),
]


class AgentSettings(Section):
    """What every agent has."""

    name: Annotated[str, NAME]
    """Name, different for each agent."""
    horizon: Annotated[int, Whole(at_least=1)] = 5
    """Steps its opinions are about; one of `ensemble.horizons`."""
    refit_every: Annotated[int, Whole(at_least=1)] = 63
    """Steps between refits on what has settled since."""


class TechnicalSettings(AgentSettings):
    """An agent that reads prices and volumes."""

    kind: Literal["technical"] = "technical"
    """Reads prices and volumes."""
    lookback: Annotated[int, Whole(at_least=61)] = 250
    """Bars that its longest features look back on; the others look back on 60 at most."""


class MacroSettings(AgentSettings):
    """An agent that reads rates, spreads, prices of commodities and, if asked, statements."""

    kind: Literal["macro"] = "macro"
    """Reads rates, spreads and prices of commodities, and statements where they are named."""
    horizon: Annotated[int, Whole(at_least=1)] = 21
    """Steps its opinions are about; one of `ensemble.horizons`."""
    rate: Annotated[str | None, SYMBOL_OR_NONE] = "FOMC_TARGET"
    """Series of the policy rate, in percent; none: rates are not read."""
    spread: Annotated[_Spread | None, OR_NONE] = ("BAA", "AAA")
    """Two series of yields, the riskier first; their difference is the credit spread."""
    oil: Annotated[str | None, SYMBOL_OR_NONE] = "WTI"
    """Series of the oil price; none: oil is not read."""
    statements: Annotated[str | None, SYMBOL_OR_NONE] = None
    """Kind of the documents without symbols that are statements on policy. Where one is named
    the agent reads text, and so is no numeric voice beside which another's text may be heard."""
    curve: Annotated[_Spread | None, OR_NONE] = None
    """Two series of yields, the longer first, such as `[DGS10, DGS2]`; none: no slope is read."""
    volatility: Annotated[str | None, SYMBOL_OR_NONE] = None
    """Series of an index of implied volatility, such as `VIX`; none: none is read."""


class NewsSettings(AgentSettings):
    """An agent that reads documents and their tone."""

    kind: Literal["news"] = "news"
    """Reads documents and their tone."""
    half_life: Annotated[float, Number(above=0.0, at_most=252.0)] = 5.0
    """Steps after which a document counts half."""


class EarningsSettings(AgentSettings):
    """An agent that reads the figures of quarterly reports, and the words of calls."""

    kind: Literal["earnings"] = "earnings"
    """Reads documents of kind `results`, `guidance`, `filing` and `transcript`: their figures,
    and the words of those long enough to be held against the company's last of their kind."""
    horizon: Annotated[int, Whole(at_least=1)] = 21
    """Steps its opinions are about; one of `ensemble.horizons`."""
    memory: Annotated[int, Whole(at_least=1)] = 63
    """Steps for which a report speaks."""


class HumanSettings(AgentSettings):
    """People, who speak through the dated views of `feeds.views`."""

    kind: Literal["human"] = "human"
    """States the views of people as they stated them."""
    horizon: Annotated[int, Whole(at_least=1)] = 21
    """Steps its opinions are about; one of `ensemble.horizons`."""
    by: Annotated[str | None, PERSON_OR_NONE] = None
    """Whose views; none: everybody's, of which the newest counts."""
    stands: Annotated[int | None, Whole(at_least=1, none="none")] = None
    """Steps for which a view speaks, stated anew each horizon; none: one horizon."""


AnyAgent = Annotated[
    TechnicalSettings | MacroSettings | NewsSettings | EarningsSettings | HumanSettings,
    Field(discriminator="kind"),
]

KINDS: Final[Mapping[str, type[AgentSettings]]] = MappingProxyType(
    {
        "technical": TechnicalSettings,
        "macro": MacroSettings,
        "news": NewsSettings,
        "earnings": EarningsSettings,
        "human": HumanSettings,
    }
)
"""The kinds that can be written in a scenario, in the order in which they are listed."""
