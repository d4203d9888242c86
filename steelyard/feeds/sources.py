"""All the sources of a scenario: its files by path, its feeds asked once."""

import hashlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from steelyard.errors import DataError, ScenarioError, SettingError
from steelyard.feeds.calendar import open_sessions
from steelyard.feeds.canonical import row_texts
from steelyard.feeds.custom import FeedRequest, ask
from steelyard.feeds.instants import day_number
from steelyard.feeds.source import Given, Source
from steelyard.feeds.synthetic import Made, Origin, make_bars
from steelyard.feeds.table import read_bytes
from steelyard.scenario import Scenario
from steelyard.scenario.agents import SyntheticSettings
from steelyard.scenario.faults import Wrong
from steelyard.scenario.feeds import AnyFeed, Feeds
from steelyard.scenario.market import Market

HISTORY = timedelta(days=400)
"""How long before the run feeds are asked from: the 250 sessions that agents look back on."""

Parts = tuple[str | int, ...]


class Sources(NamedTuple):
    """Where the rows of each part of a world come from; feeds have been asked."""

    bars: Source | Made
    benchmark: Source | None
    actions: Source | None
    observations: tuple[Source, ...]
    documents: tuple[Source, ...]
    relations: Source | None
    views: tuple[Source, ...]

    def each(self) -> Iterator[Source | Made]:
        """Give every source there is."""
        for found in self:
            if isinstance(found, Path | Given | Made):
                yield found
            else:
                yield from found or ()

    def refuse_missing(self) -> None:
        """Name every file that cannot be read, before the first is taken in.

        Raises:
            DataError: There is one.
        """
        messages = []
        for source in self.each():
            if isinstance(source, Path) and not source.is_file():
                try:
                    read_bytes(source)
                except DataError as error:
                    messages.append(str(error))
        if messages:
            raise DataError("\n".join(messages))


class _EntryError(ScenarioError):
    """Say that an entry of section `feeds` is wrong, where a file cannot show its place."""

    def __init__(self, path: Parts, error: ScenarioError) -> None:
        super().__init__(error.message, hint=error.hint)
        self.path = path


def sources_of(scenario: Scenario) -> Sources:
    """Name the files of a scenario and ask its feeds, each once.

    What is given here goes to `open_world` and to `fingerprint`.

    Raises:
        ScenarioError: A feed is not there, or does not take its settings.
        DataError: A feed raised, or gave no rows.
    """
    try:
        return sources_in(scenario.market, scenario.feeds, scenario.base, seed=scenario.seed)
    except _EntryError as error:
        raise scenario.error([Wrong(error.path, error.message, hint=error.hint)]) from error


def sources_in(market: Market, feeds: Feeds, folder: Path, *, seed: int = 0) -> Sources:
    """Name the files of two sections and ask their feeds; see `sources_of`.

    Args:
        market: Says what is wanted of feeds.
        feeds: The entries.
        folder: The scenario's.
        seed: Of markets that are made.
    """
    universe = tuple(each.id for each in market.universe)

    def one(name: str, entry: AnyFeed | None, symbols: tuple[str, ...] = universe) -> Source | None:
        return None if entry is None else _source(("feeds", name), entry, wanted(symbols))

    def many(name: str, entries: tuple[AnyFeed, ...]) -> tuple[Source, ...]:
        return tuple(
            _source(("feeds", name, index), entry, wanted(universe))
            for index, entry in enumerate(entries)
        )

    def wanted(symbols: tuple[str, ...]) -> FeedRequest:
        return FeedRequest(symbols, market.from_ - HISTORY, market.to, folder)

    benchmark = () if market.benchmark is None else (market.benchmark,)
    return Sources(
        bars=_bars(market, feeds, wanted(universe), seed),
        benchmark=one("benchmark", feeds.benchmark, benchmark),
        actions=one("actions", feeds.actions, universe + benchmark),
        observations=many("observations", feeds.observations),
        documents=many("documents", feeds.documents),
        relations=one("relations", feeds.relations),
        views=many("views", feeds.views),
    )


def fingerprint(scenario: Scenario, sources: Sources | None = None) -> str:
    """Hash universe, data and test dates: an edited scenario buys no fresh test part.

    Args:
        scenario: Whose world.
        sources: What `sources_of` gave; without it, feeds are asked again.

    Returns:
        SHA-256 in hexadecimal, of the bytes of files and of the values of what feeds gave,
        whatever the form they gave it in.

    Raises:
        DataError: A file cannot be read; and see `sources_of`.
    """
    universe = sorted(listing.id for listing in scenario.market.universe)
    made = [each.planting for each in scenario.agents if isinstance(each, SyntheticSettings)]
    digest = hashlib.sha256(repr((universe, scenario.split)).encode())
    for source in (sources or sources_of(scenario)).each():
        digest.update(_hash_of(source))
    if made:
        digest.update(repr((made, scenario.seed)).encode())
    return digest.hexdigest()


def _hash_of(source: Source | Made) -> bytes:
    if isinstance(source, Made):
        return source.key
    if isinstance(source, Given):
        return hashlib.sha256("\n".join(row_texts(source)).encode()).digest()
    return hashlib.sha256(read_bytes(source)).digest()


def _bars(market: Market, feeds: Feeds, wanted: FeedRequest, seed: int) -> Source | Made:
    """Give the bars of the universe, or have them made."""
    if feeds.bars.synthetic is None:
        return _source(("feeds", "bars"), feeds.bars, wanted)
    found = open_sessions(market.calendar, wanted.first, wanted.last)
    sessions = found.between(day_number(wanted.first), day_number(wanted.last))
    origin = Origin(seed, wanted.folder)
    return make_bars(feeds.bars.synthetic, market, sessions, origin)


def _source(path: Parts, entry: AnyFeed, wanted: FeedRequest) -> Source:
    """Give the file of an entry, or ask its feed."""
    if not entry.feed:
        return wanted.folder / entry.path
    try:
        return ask(entry.feed, entry.settings, wanted)
    except ScenarioError as error:
        key = error.setting if isinstance(error, SettingError) else "feed"
        raise _EntryError((*path, key), error) from error
