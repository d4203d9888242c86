"""What one section may not say because of another, or of its other half.

Each check names the sections it reads as its parameters; it is run where all of them are
sound, and gives what is wrong with the path of the value at fault.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from steelyard.scenario.account import Account
from steelyard.scenario.agents import AgentSettings, HumanSettings, PluginSettings
from steelyard.scenario.ensemble import Ensemble
from steelyard.scenario.execution import Execution
from steelyard.scenario.faults import Wrong, suggestion
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.market import Market
from steelyard.scenario.risk import Risk
from steelyard.scenario.split import Split
from steelyard.scenario.synthetic_checks import (
    bars_of_a_session,
    made_where_it_can_be,
    opinions_are_on_made_bars,
    own_keys,
    sound_figures,
)
from steelyard.scenario.trade import Trade
from steelyard.types.units import MICROS

ROUNDING: Final = 1e-9
"""Part of a tick by which the rounding of floats may miss a whole number of millionths."""
Agents = tuple[tuple[int, AgentSettings | PluginSettings], ...]
"""Agents with their position in the file; those that are at fault are left out."""


def crosscheck(sections: Mapping[str, Any]) -> Iterator[Wrong]:
    """Run every check whose sections are there."""
    for check in _CHECKS:
        names = inspect.signature(check).parameters
        if all(sections.get(name) is not None for name in names):
            yield from check(**{name: sections[name] for name in names})


def _period(market: Market) -> Iterator[Wrong]:
    if market.to <= market.from_:
        yield Wrong(
            ("market", "to"),
            f"{{it}} was {market.to}",
            f"market.from is {market.from_}",
            "end later than you begin",
        )


def _symbols(market: Market) -> Iterator[Wrong]:
    first: dict[str, int] = {}
    for index, listing in enumerate(market.universe):
        if listing.id in first:
            yield Wrong(
                ("market", "universe", index),
                f"{{it}} was {listing.id!r}",
                f"market.universe[{first[listing.id]}] is the same symbol",
                "keep one",
            )
        first.setdefault(listing.id, index)


def _ticks(market: Market) -> Iterator[Wrong]:
    for index, listing in enumerate(market.universe):
        micros = listing.tick * MICROS
        if round(micros) < 1 or abs(micros - round(micros)) > ROUNDING * micros:
            yield Wrong(
                ("market", "universe", index, "tick"),
                f"{{it}} was {listing.tick!r}",
                "money is kept in millionths, and a tick is a whole number of them",
            )


def _listed(market: Market) -> Iterator[Wrong]:
    for index, listing in enumerate(market.universe):
        if (
            listing.listed_from is not None
            and listing.listed_until is not None
            and listing.listed_until < listing.listed_from
        ):
            yield Wrong(
                ("market", "universe", index, "listed_until"),
                f"{{it}} was {listing.listed_until}",
                f"listed_from is {listing.listed_from}",
            )


def _benchmark_has_bars(market: Market, feeds: Feeds) -> Iterator[Wrong]:
    if market.benchmark is not None and feeds.benchmark is None:
        yield Wrong(
            ("market", "benchmark"),
            f"{{it}} was {market.benchmark!r}",
            "feeds.benchmark is missing",
            "add its file there",
        )


def _excess_has_benchmark(market: Market, ensemble: Ensemble) -> Iterator[Wrong]:
    if ensemble.outcome == "excess" and market.benchmark is None:
        yield Wrong(
            ("ensemble", "outcome"),
            "{it} was 'excess'",
            "market.benchmark is missing",
            "name a benchmark, or write total",
        )


def _names(agents: Agents) -> Iterator[Wrong]:
    first: dict[str, int] = {}
    for index, agent in agents:
        if agent.name in first:
            yield Wrong(
                ("agents", index, "name"),
                f"{{it}} was {agent.name!r}",
                f"agents[{first[agent.name]}] has the same name",
                "give each its own",
            )
        first.setdefault(agent.name, index)


def _people_have_views(agents: Agents, feeds: Feeds) -> Iterator[Wrong]:
    for index, agent in agents:
        if isinstance(agent, HumanSettings) and not feeds.views:
            yield Wrong(
                ("agents", index, "kind"),
                "{it} was 'human'",
                "feeds.views is missing",
                "add the file of views there",
            )


def _agent_horizons(agents: Agents, ensemble: Ensemble) -> Iterator[Wrong]:
    for index, agent in agents:
        # A plug-in's own default is known when it is built, and checked there.
        if agent.horizon is not None and agent.horizon not in ensemble.horizons:
            horizons = ", ".join(map(str, ensemble.horizons))
            yield Wrong(
                ("agents", index, "horizon"),
                f"{{it}} was {agent.horizon}",
                f"ensemble.horizons are {horizons}",
                "choose one of them, or add it there",
            )


def _horizons_ascend(ensemble: Ensemble) -> Iterator[Wrong]:
    for index, horizon in enumerate(ensemble.horizons[1:], start=1):
        if horizon <= ensemble.horizons[index - 1]:
            yield Wrong(
                ("ensemble", "horizons", index),
                f"{{it}} was {horizon} after {ensemble.horizons[index - 1]}",
                "horizons ascend",
            )


def _quorum(ensemble: Ensemble, n_agents: int) -> Iterator[Wrong]:
    if ensemble.quorum > n_agents:
        plural = "s" if n_agents > 1 else ""
        yield Wrong(
            ("ensemble", "quorum"),
            f"{{it}} was {ensemble.quorum}",
            f"the panel has {n_agents} agent{plural}",
            "lower it or add one",
        )


def _holding(trade: Trade) -> Iterator[Wrong]:
    if trade.min_holding > trade.max_holding:
        yield Wrong(
            ("trade", "min_holding"),
            f"{{it}} was {trade.min_holding}",
            f"trade.max_holding is {trade.max_holding}",
        )


def _exit_below_entry(trade: Trade) -> Iterator[Wrong]:
    if trade.exit.max_probability > trade.entry.min_probability:
        yield Wrong(
            ("trade", "exit", "max_probability"),
            f"{{it}} was {trade.exit.max_probability:.6g}",
            f"trade.entry.min_probability is {trade.entry.min_probability:.6g}",
            "a position would be closed as soon as it is opened",
        )


def _restricted(market: Market, risk: Risk) -> Iterator[Wrong]:
    symbols = [listing.id for listing in market.universe]
    for index, symbol in enumerate(risk.restricted):
        if symbol not in symbols:
            yield Wrong(
                ("risk", "restricted", index),
                f"{{it}} was {symbol!r}",
                "market.universe does not hold it",
                suggestion(symbol, symbols),
            )


def _within_gross(risk: Risk) -> Iterator[Wrong]:
    """Catch `max_position: 10` for 10%: what cannot be reached limits nothing."""
    most = max(1.0, risk.max_gross)
    # An order may turn a position round, and so be twice as large.
    for name, value, times in (
        ("max_position", risk.max_position, 1),
        ("max_order", risk.max_order, 2),
    ):
        if value > times * most:
            yield Wrong(
                ("risk", name),
                f"{{it}} was {value:.0%}",
                f"risk.max_gross is {risk.max_gross:.0%}",
                f"write {value:.6g}% if that was meant",
            )


def _spread_dates(market: Market, execution: Execution) -> Iterator[Wrong]:
    days = [dated.from_ for dated in execution.half_spread]
    if days[0] is not None and days[0] > market.from_:
        yield Wrong(
            ("execution", "half_spread", 0, "from"),
            f"{{it}} was {days[0]}",
            f"market.from is {market.from_}",
            "the first value holds from the first day on",
        )
    for index, day in enumerate(days[1:], start=1):
        before = days[index - 1]
        if day is None or (before is not None and day <= before):
            yield Wrong(
                ("execution", "half_spread", index, "from"),
                f"{{it}} was {day or 'none'}",
                "the days ascend",
            )


def _one_currency(market: Market, account: Account) -> Iterator[Wrong]:
    if account.currency not in {None, market.currency}:
        yield Wrong(
            ("account", "currency"),
            f"{{it}} was {account.currency!r}",
            f"market.currency is {market.currency!r}",
            "mixed currencies are refused until there is a feed of rates",
        )


def _interest_has_rate(market: Market, account: Account) -> Iterator[Wrong]:
    if account.cash_spread is not None and market.risk_free is None:
        yield Wrong(
            ("account", "cash_spread"),
            f"{{it}} was {account.cash_spread:g} bps",
            "market.risk_free is missing",
            "name the series of the rate without risk there, or write none",
        )


def _cash_account_is_long(account: Account, trade: Trade) -> Iterator[Wrong]:
    if account.kind == "cash" and trade.mandate == "long_short":
        yield Wrong(
            ("account", "kind"),
            "{it} was 'cash'",
            "trade.mandate is long_short, and a cash account cannot be short",
            "write margin, or a mandate of long_only",
        )


def _margin_carries_gross(account: Account, risk: Risk) -> Iterator[Wrong]:
    """Catch a gross exposure that the account cannot carry: its orders would be refused."""
    margin = 1.0 if account.kind == "cash" else account.initial_margin
    if risk.max_gross * margin > 1.0 + ROUNDING:
        carrier = "account.kind is cash" if account.kind == "cash" else "account.initial_margin"
        why = carrier if account.kind == "cash" else f"{carrier} is {margin:.6g}"
        yield Wrong(
            ("risk", "max_gross"),
            f"{{it}} was {risk.max_gross:.0%}",
            f"{why}, which carries at most {1.0 / margin:.0%}",
        )


def _margins(account: Account) -> Iterator[Wrong]:
    if account.maintenance_margin > account.initial_margin:
        yield Wrong(
            ("account", "maintenance_margin"),
            f"{{it}} was {account.maintenance_margin:.6g}",
            f"account.initial_margin is {account.initial_margin:.6g}",
            "a position would be closed as soon as it is opened",
        )


def _split(market: Market, split: Split) -> Iterator[Wrong]:
    if not market.from_ < split.test_from <= market.to:
        yield Wrong(
            ("split", "test_from"),
            f"{{it}} was {split.test_from}",
            f"the run goes from {market.from_} to {market.to}",
        )


_CHECKS: Final[tuple[Callable[..., Iterator[Wrong]], ...]] = (
    _period,
    _symbols,
    _ticks,
    _listed,
    _benchmark_has_bars,
    _excess_has_benchmark,
    _names,
    _people_have_views,
    _agent_horizons,
    _horizons_ascend,
    _quorum,
    _holding,
    _exit_below_entry,
    _restricted,
    _within_gross,
    _spread_dates,
    _one_currency,
    _interest_has_rate,
    _cash_account_is_long,
    _margin_carries_gross,
    _margins,
    _split,
    bars_of_a_session,
    made_where_it_can_be,
    own_keys,
    sound_figures,
    opinions_are_on_made_bars,
)
