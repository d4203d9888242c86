"""What a made market, and opinions made with it, may not say; see `checks`."""

from collections.abc import Iterator
from typing import Final

from steelyard.scenario.agents import AgentSettings, PluginSettings, SyntheticSettings
from steelyard.scenario.faults import Parts, Wrong
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.market import SESSION, Market
from steelyard.scenario.synthetic import FITTED_KEYS, OWN_KEYS, SyntheticBars

_AT: Final[Parts] = ("feeds", "bars", "synthetic")
_EVEN: Final = 0.5


def bars_of_a_session(market: Market, feeds: Feeds) -> Iterator[Wrong]:
    """Refuse what a model of session bars cannot make."""
    if feeds.bars.synthetic is not None and market.interval != SESSION:
        yield Wrong(
            ("market", "interval"),
            f"{{it}} was {market.interval!r}",
            "synthetic bars last a session each",
            "write session",
        )


def made_where_it_can_be(feeds: Feeds) -> Iterator[Wrong]:
    """Refuse a made benchmark, which would have nothing to do with the universe."""
    made = feeds.benchmark is not None and feeds.benchmark.synthetic is not None
    if made:
        yield Wrong(
            ("feeds", "benchmark", "synthetic"), "{it} was stated", "only feeds.bars can be made"
        )
    if feeds.bars.synthetic is not None and feeds.bars.price_basis != "quoted":
        yield Wrong(
            ("feeds", "bars", "price_basis"),
            f"{{it}} was {feeds.bars.price_basis!r}",
            "made prices are quoted: nothing splits",
            "leave it out",
        )


def own_keys(feeds: Feeds) -> Iterator[Wrong]:
    """Refuse keys that the model, or its fit, would not read."""
    made = feeds.bars.synthetic
    if made is None:
        return
    for model, keys in OWN_KEYS.items():
        for key in keys:
            if model != made.model and _is_chosen(made, key):
                yield Wrong(
                    (*_AT, key), f"{{it}} is read by model {model!r}", f"model is {made.model!r}"
                )
    unread: dict[str, str] = {}
    if made.model == "regimes":
        unread = dict.fromkeys(("drift", "volatility"), "each of the regimes has its own")
    elif made.fitted_to is not None:
        unread = dict.fromkeys(FITTED_KEYS, "fitted_to gives it")
    for key, why in unread.items():
        if _is_chosen(made, key):
            yield Wrong((*_AT, key), "{it} is stated", why, "leave it out")


def sound_figures(feeds: Feeds) -> Iterator[Wrong]:
    """Refuse figures that no market can have together."""
    made = feeds.bars.synthetic
    if made is None:
        return
    if made.sector_correlation < made.correlation:
        is_chosen = _is_chosen(made, "sector_correlation")
        key = "sector_correlation" if is_chosen else "correlation"
        yield Wrong(
            (*_AT, key),
            f"sector_correlation was {made.sector_correlation:.6g}",
            f"correlation is {made.correlation:.6g}, and within a sector it is no less",
        )
    if made.model == "garch" and made.persistence >= 1.0:
        yield Wrong(
            (*_AT, _largest(made)),
            f"reaction + leverage / 2 + memory was {made.persistence:.6g}",
            "it is below 1, or the variance would grow for ever",
        )


def opinions_are_on_made_bars(
    agents: tuple[tuple[int, AgentSettings | PluginSettings], ...], feeds: Feeds
) -> Iterator[Wrong]:
    """Refuse agents that know how a real market went on."""
    for index, agent in agents:
        if not isinstance(agent, SyntheticSettings):
            continue
        if feeds.bars.synthetic is None:
            yield Wrong(
                ("agents", index, "kind"),
                "{it} was 'synthetic'",
                "such opinions are made from the outcomes, and feeds.bars are real",
                "write feeds.bars as {synthetic: {model: garch}}, or take an agent of another kind",
            )
        if agent.skill <= _EVEN and agent.stated is None:
            yield Wrong(
                ("agents", index, "skill"),
                f"{{it}} was {agent.skill:.6g}",
                "with no more than 0.5 there is nothing to say honestly",
                "add stated: 55%",
            )


def _largest(made: SyntheticBars) -> str:
    chosen = [key for key in ("memory", "reaction", "leverage") if _is_chosen(made, key)]
    return chosen[0] if chosen else "model"


def _is_chosen(made: SyntheticBars, key: str) -> bool:
    """Say whether a key is not its default; a resolved scenario states those, too."""
    return bool(getattr(made, key) != type(made).model_fields[key].default)
