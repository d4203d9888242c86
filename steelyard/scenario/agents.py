"""Section `agents`: who is asked. One model for each kind, told apart by `kind`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag

from steelyard import plugins
from steelyard.scenario.free import FREE
from steelyard.scenario.section import Section
from steelyard.scenario.unit import OR_NONE, Unit
from steelyard.scenario.units import (
    NAME,
    PERSON_OR_NONE,
    SERIES,
    SERIES_OR_NONE,
    SYMBOL_OR_NONE,
    Fraction,
    Number,
    Whole,
)
from steelyard.types.planted import Planting

PLUGIN: Final = "a plug-in"
"""Tag of all kinds that are not built in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind(Unit):
    """Kind of a plug-in that is there, or an address."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it must be a plug-in's name, or an address like my_module:my_agent"

    def read(self, text: str) -> str:
        """Give the kind itself."""
        return text

    def show(self, value: str) -> str:
        """Give the kind itself."""
        return value

    def schema(self) -> dict[str, Any]:
        """Give the names that are there now, and the form of an address."""
        there = [name for name in plugins.names(plugins.AGENTS) if name not in KINDS]
        address = {"type": "string", "pattern": f"^{plugins.ADDRESS.pattern}$"}
        return {"anyOf": [address, *([{"enum": there}] if there else [])]}


_KIND: Final = _Kind()
_SPREAD_LEGS: Final = 2
_Spread = Annotated[
    tuple[Annotated[str, SERIES], ...],
    Field(min_length=_SPREAD_LEGS, max_length=_SPREAD_LEGS, strict=False),
]


class _NamedAgent(Section):
    """What every agent must have."""

    name: Annotated[str, NAME]
    """Name, different for each agent."""


class AgentSettings(_NamedAgent):
    """What every built-in agent has."""

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
    rate: Annotated[str | None, SERIES_OR_NONE] = "FOMC_TARGET"
    """Series of the policy rate, in percent; none: rates are not read."""
    spread: Annotated[_Spread | None, OR_NONE] = ("BAA", "AAA")
    """Two series of yields, the riskier first; their difference is the credit spread."""
    oil: Annotated[str | None, SERIES_OR_NONE] = "WTI"
    """Series of the oil price; none: oil is not read."""
    statements: Annotated[str | None, SYMBOL_OR_NONE] = None
    """Kind of the documents without symbols that are statements on policy. Where one is named
    the agent reads text, and so is no numeric voice beside which another's text may be heard."""
    curve: Annotated[_Spread | None, OR_NONE] = None
    """Two series of yields, the longer first, such as `[DGS10, DGS2]`; none: no slope is read."""
    volatility: Annotated[str | None, SERIES_OR_NONE] = None
    """Series of an index of implied volatility, such as `VIX`; none: none is read."""


class NewsSettings(AgentSettings):
    """An agent that reads what documents say of each instrument."""

    kind: Literal["news"] = "news"
    """Reads what documents say of each instrument: tone, its change, attention, events."""
    half_life: Annotated[float, Number(above=0.0, at_most=252.0)] = 5.0
    """Steps after which a document counts half."""


class RelatedSettings(AgentSettings):
    """An agent that reads documents on whom a relation ties to an instrument."""

    kind: Literal["related"] = "related"
    """Reads documents on whom a relation of `feeds.relations` ties to an instrument."""
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


class SyntheticSettings(AgentSettings):
    """An agent whose opinions are made with the prices of a made market, as good as stated."""

    kind: Literal["synthetic"] = "synthetic"
    """States opinions made from the outcomes of synthetic bars; every summary says so."""
    skill: Annotated[float, Fraction(at_least=0.0, at_most=1.0)] = 0.55
    """Probability that an opinion has the side of its outcome."""
    stated: Annotated[float | None, Fraction(at_least=0.5, at_most=1.0, none="none")] = None
    """What its opinions say that probability is, their confidence; none: what it is."""
    shared: Annotated[float, Fraction(at_least=0.0, at_most=1.0)] = 0.0
    """Part of the variance of its noise that it has in common with all who share any."""
    by: Annotated[str | None, PERSON_OR_NONE] = None
    """Whose noise it is: two of one noise are right and wrong together; none: its own."""

    @property
    def planting(self) -> Planting:
        """Say what must be planted for it."""
        return Planting.stating(
            self.by or self.name, self.horizon, self.skill, self.stated, self.shared
        )


class PluginSettings(_NamedAgent):
    """An agent that does not come with Steelyard.

    All other keys are settings of its own. A text that is a number, `true`, `false`, `none` or
    a list becomes one, all else stays text; settings that it does not have are found when it
    is built, by `steelyard check --data` and `steelyard run`.
    """

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Annotated[Any, FREE]]

    horizon: Annotated[int | None, Whole(at_least=1, none="none")] = None
    """Steps its opinions are about, one of `ensemble.horizons`; none: the agent's own default."""
    refit_every: Annotated[int | None, Whole(at_least=1, none="none")] = None
    """Steps between refits; none: the agent's own default."""
    kind: Annotated[str, _KIND]
    """Name of a plug-in, or an address `my_module:my_agent`; the module may lie beside the file."""


KINDS: Final[Mapping[str, type[AgentSettings]]] = MappingProxyType(
    {
        "technical": TechnicalSettings,
        "macro": MacroSettings,
        "news": NewsSettings,
        "earnings": EarningsSettings,
        "human": HumanSettings,
        "related": RelatedSettings,
        "synthetic": SyntheticSettings,
    }
)
"""The built-in kinds, in the order in which they are listed; every other is a plug-in's."""

plugins.reserve(plugins.AGENTS, KINDS)


def settings_of(kind: str) -> type[AgentSettings | PluginSettings] | None:
    """Give the model of an agent's settings; None where there is no such kind."""
    if kind in KINDS:
        return KINDS[kind]
    return PluginSettings if plugins.is_there(plugins.AGENTS, kind) else None


def _tag(value: Any) -> str | None:
    """Tell the kinds apart; a kind that is not there has a tag that no model has."""
    kind = value.get("kind") if isinstance(value, dict) else getattr(value, "kind", None)
    if kind is None:
        return None
    return PLUGIN if settings_of(str(kind)) is PluginSettings else str(kind)


AnyAgent = Annotated[
    Annotated[TechnicalSettings, Tag("technical")]
    | Annotated[MacroSettings, Tag("macro")]
    | Annotated[NewsSettings, Tag("news")]
    | Annotated[EarningsSettings, Tag("earnings")]
    | Annotated[HumanSettings, Tag("human")]
    | Annotated[RelatedSettings, Tag("related")]
    | Annotated[SyntheticSettings, Tag("synthetic")]
    | Annotated[PluginSettings, Tag(PLUGIN)],
    Discriminator(_tag),
]
