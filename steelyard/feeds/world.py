"""Open the world of a scenario: its sources, on its calendar, as one set of aligned arrays."""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import NamedTuple

import numpy as np

from steelyard.errors import DataError
from steelyard.feeds.actions import (
    Action,
    apply_actions,
    check_actions,
    count_moved,
    later_splits,
    read_actions,
    refuse_without_actions,
    renames_of,
    undo_splits,
)
from steelyard.feeds.bars import BarRows, read_bars
from steelyard.feeds.calendar import DecideAt, Sessions, Steps, make_timing, open_sessions
from steelyard.feeds.documents import (
    DocumentRow,
    concerning,
    place_documents,
    read_documents,
)
from steelyard.feeds.instants import day_number, day_of
from steelyard.feeds.jumps import jump_warnings
from steelyard.feeds.observations import merge_series, read_observations
from steelyard.feeds.placing import (
    check_gaps,
    check_ticks,
    fit_steps,
    lay_on_steps,
    within_sessions,
)
from steelyard.feeds.relations import bearing_on, place_relations, read_relations
from steelyard.feeds.renames import Renames
from steelyard.feeds.source import brief
from steelyard.feeds.sources import Sources, sources_of
from steelyard.feeds.suspensions import delisted, refuse_traded, suspend
from steelyard.feeds.synthetic import Made, with_opinions
from steelyard.feeds.views import on_universe, place_views, read_views
from steelyard.scenario import Scenario
from steelyard.scenario.feeds import BarFeed, Feeds
from steelyard.scenario.market import Market
from steelyard.scenario.series import unknown_series
from steelyard.types.arrays import Bools, Ints
from steelyard.types.market import (
    Bars,
    Document,
    Instrument,
    Relation,
    Series,
    Timing,
    View,
)
from steelyard.types.world import World

LONGEST_HOLD_AT_END = 21
"""Steps at the end of a run that may go without any bar under `gaps: hold`."""


class _Grid(NamedTuple):
    """The steps of a world, and where they come from."""

    sessions: Sessions
    """Also those before the first step and after the last one."""
    steps: Steps
    timing: Timing
    first_step: int


class _Opened(NamedTuple):
    """Bars laid on the steps, and what a person must know about them."""

    bars: Bars
    listed: Bools
    """Shape (n_steps, n_instruments)."""
    warnings: tuple[str, ...]


class _Told(NamedTuple):
    """What is said by anybody, placed on the calendar."""

    documents: tuple[Document, ...]
    relations: tuple[Relation, ...]
    views: tuple[View, ...]
    warnings: tuple[str, ...]


def open_world(scenario: Scenario, sources: Sources | None = None) -> World:
    """Open the world of a scenario; see `open_world_of`.

    Args:
        scenario: Whose world.
        sources: What `sources_of` gave; without it, feeds are asked now.

    Raises:
        ScenarioError: A feed is not there, or does not take its settings; a series that the
            scenario names is in none.
        DataError: A source is not as it must be, or the calendar does not fit.
    """
    sources = sources or sources_of(scenario)
    world = open_world_of(scenario.market, scenario.feeds, sources)
    unknown = [*unknown_series(scenario, world.series)]
    if unknown:
        raise scenario.error(unknown)
    unlike = sources.bars.unlike if isinstance(sources.bars, Made) else ()
    return with_opinions(world, scenario, unlike)


def open_world_of(market: Market, feeds: Feeds, sources: Sources) -> World:
    """Read and check every source of a scenario, and lay it on the calendar.

    Steps run from the first bar of the universe to `market.to`; those before
    `market.from` are history. An instrument without `listed_from` is listed from the
    first step that knows a bar of it.

    Args:
        market: Section of the scenario, as is `feeds`.
        feeds: How the sources are to be understood.
        sources: What is read.

    Raises:
        DataError: A source is not as it must be, or the calendar does not fit.
    """
    sources.refuse_missing()
    actions = None if sources.actions is None else read_actions(sources.actions)
    renames = renames_of(actions or ())
    rows = _rows(market, sources, renames)
    if actions is not None and sources.actions is not None:
        check_actions(sources.actions, actions, rows, market.benchmark)
    texts = renames.of_documents(read_documents(sources.documents))
    grid = _lay_grid(market, rows, texts)
    traded = _open_bars(market, grid, rows, actions, feeds.bars)
    benchmark = _open_benchmark(market, feeds, sources, grid, actions)
    series, series_warnings = _open_series(feeds, sources)
    told = _open_told(market, grid, sources, texts)
    return World(
        instruments=tuple(
            Instrument(each.id, each.tick, each.lot, each.sector) for each in market.universe
        ),
        bars=traded.bars,
        listed=traded.listed,
        benchmark=None if benchmark is None else benchmark.bars,
        documents=told.documents,
        series=series,
        timing=grid.timing,
        first_step=grid.first_step,
        relations=told.relations,
        views=told.views,
        warnings=(
            *_late_start(market, grid),
            *traded.warnings,
            *(benchmark.warnings if benchmark is not None else ()),
            *series_warnings,
            *told.warnings,
        ),
    )


def _rows(market: Market, sources: Sources, renames: Renames) -> BarRows:
    if isinstance(sources.bars, Made):
        return sources.bars.rows
    symbols = [each.id for each in market.universe]
    return read_bars(sources.bars, symbols, _interval(market), renames)


def _interval(market: Market) -> timedelta | None:
    minutes = market.interval_minutes
    return None if minutes is None else timedelta(minutes=minutes)


def _decide_at(market: Market) -> DecideAt:
    match market.decide_at:
        case "close" | "open" as edge:
            return edge
        case clock:
            return time.fromisoformat(clock)


def _lay_grid(market: Market, rows: BarRows, texts: Sequence[DocumentRow]) -> _Grid:
    day_before = timedelta(days=1)  # where the exchange's day begins before UTC's
    dated = [text.published_at.date() - day_before for text in texts if text.is_dated]
    first_bar = day_of(rows.day().min()) - day_before
    sessions = open_sessions(market.calendar, min([market.from_, first_bar, *dated]), market.to)
    first_day, last_day = _first_session(rows, sessions), day_number(market.to)
    traded = sessions.between(first_day, last_day)
    if not len(traded.day) or traded.day[-1] < day_number(market.from_):
        raise DataError(
            f"{rows.source}: there is no session of {sessions.name} from market.from "
            f"{market.from_} to market.to {market.to} for its bars, which start on "
            f"{day_of(first_day)}"
        )
    steps = fit_steps(rows, traded, _interval(market))
    timing = make_timing(steps, _decide_at(market), sessions, daily=rows.daily)
    first_step = int(np.searchsorted(steps.session, day_number(market.from_)))
    return _Grid(sessions, steps, timing, first_step)


def _first_session(rows: BarRows, sessions: Sessions) -> int:
    """Give the day of the first bar's session, or the day itself where there is none."""
    if rows.daily:
        return int(rows.start.min())
    session = int(np.searchsorted(sessions.close, rows.start.min(), side="right"))
    if session == len(sessions.day):
        return int(rows.day().min())
    return int(sessions.day[session])


def _late_start(market: Market, grid: _Grid) -> tuple[str, ...]:
    wanted = grid.sessions.between(day_number(market.from_), day_number(market.to)).day[0]
    starts = grid.steps.session[0]
    if starts <= wanted:
        return ()
    return (f"the first bar is of {day_of(starts)}, after market.from {market.from_}",)


def _open_bars(
    market: Market, grid: _Grid, rows: BarRows, actions: Sequence[Action] | None, feed: BarFeed
) -> _Opened:
    bars, warnings = _laid(rows, grid, actions or ())
    due, listed = _membership(market, bars, grid)
    warnings += _gap_warning(market, rows, bars, due)
    quoted, told = _quoted(bars, rows, actions, feed)
    warnings += told
    check_ticks(rows, quoted, [each.tick for each in market.universe])
    moved = count_moved(bars, actions or ())
    if moved:
        warnings += (
            f"actions without a session on their ex-date, which count on the next: {moved}",
        )
    return _Opened(quoted, listed, warnings + jump_warnings(quoted, rows.symbols))


def _open_benchmark(
    market: Market,
    feeds: Feeds,
    sources: Sources,
    grid: _Grid,
    actions: Sequence[Action] | None,
) -> _Opened | None:
    if market.benchmark is None or feeds.benchmark is None or sources.benchmark is None:
        return None
    renames = renames_of(actions or ())
    rows = read_bars(sources.benchmark, [market.benchmark], _interval(market), renames)
    bars, warnings = _laid(_since(rows, grid.steps), grid, actions or ())
    step = np.arange(len(bars.end))[:, None]
    due = (step >= np.minimum(_first_rows(bars), grid.first_step)) & _trades(bars)
    warnings += _gap_warning(market, rows, bars, due)
    quoted, told = _quoted(bars, rows, actions, feeds.benchmark)
    return _Opened(quoted, due, warnings + told)


def _laid(rows: BarRows, grid: _Grid, actions: Sequence[Action]) -> tuple[Bars, tuple[str, ...]]:
    """Lay rows on the steps, with the halts and delistings that forbid some."""
    rows, n_outside = within_sessions(rows, grid.sessions)
    bars = suspend(lay_on_steps(rows, grid.sessions, grid.steps), rows.symbols, actions)
    refuse_traded(rows, bars)
    if not n_outside:
        return bars, ()
    return bars, (f"bars left out in {brief(rows.source)}, for they lie out of hours: {n_outside}",)


def _since(rows: BarRows, steps: Steps) -> BarRows:
    """Leave out what is older than the first step."""
    begin = steps.session[0] if rows.daily else steps.start[0]
    return rows.select(rows.end > begin if not rows.daily else rows.end >= begin)


def _quoted(
    bars: Bars, rows: BarRows, actions: Sequence[Action] | None, feed: BarFeed
) -> tuple[Bars, tuple[str, ...]]:
    """Give prices as quoted on the day, with the actions laid on the steps."""
    warnings: tuple[str, ...] = ()
    if feed.price_basis == "split_adjusted":
        if actions is None:
            refuse_without_actions(rows.source)
        bars = undo_splits(bars, rows, actions)
        warnings = tuple(
            f"{symbol} splits after its last bar in {brief(rows.source)}: not undone in its prices"
            for symbol in later_splits(rows, actions)
        )
    return apply_actions(bars, rows.symbols, actions or ()), warnings


def _membership(market: Market, bars: Bars, grid: _Grid) -> tuple[Bools, Bools]:
    """Say where a bar must be, and where an instrument is listed; (n_steps, n_instruments)."""
    step = np.arange(len(bars.end))[:, None]
    first_row = _first_rows(bars)
    session = bars.session[:, None]
    stated = np.array([each.listed_from is not None for each in market.universe])
    begin = np.array([day_number(each.listed_from or market.to) for each in market.universe])
    until = np.array([day_number(each.listed_until or market.to) for each in market.universe])
    due = np.where(stated, session >= begin, step >= first_row) & (session <= until) & _trades(bars)
    # Without a stated date, nobody knows of an instrument before its first bar is known.
    known = step >= first_row + grid.timing.known_lag
    listed = np.where(stated, session >= begin, known) & (session <= until) & ~delisted(bars)
    return due, listed


def _trades(bars: Bars) -> Bools:
    """Say where nothing forbids a bar, shape (n_steps, n_instruments)."""
    free: Bools = ~(bars.halted | delisted(bars))
    return free


def _first_rows(bars: Bars) -> Ints:
    """Give the step of each instrument's first bar, n_steps where it has none."""
    present = np.isfinite(bars.close)
    return np.where(present.any(axis=0), present.argmax(axis=0), len(present))


def _gap_warning(market: Market, rows: BarRows, bars: Bars, due: Bools) -> tuple[str, ...]:
    n_missing = check_gaps(rows, bars, due, hold=market.gaps == "hold")
    if not n_missing:
        return ()
    _refuse_empty_end(market, rows, bars)
    return (f"bars missing in {brief(rows.source)}, where the last price holds: {n_missing}",)


def _refuse_empty_end(market: Market, rows: BarRows, bars: Bars) -> None:
    """Refuse a run that goes on long after the last bar of all: its end is likely a slip."""
    last = int(np.flatnonzero(np.isfinite(bars.close).any(axis=1))[-1])
    if len(bars.end) - 1 - last > LONGEST_HOLD_AT_END:
        raise DataError(
            f"{rows.source}: the last bar is of {day_of(bars.session[last])}, but market.to is "
            f"{market.to}, {len(bars.end) - 1 - last} steps later",
            hint="set market.to to a day that has bars",
        )


def _open_series(feeds: Feeds, sources: Sources) -> tuple[dict[str, Series], tuple[str, ...]]:
    found = [
        (source, read_observations(source, allow_revised=entry.revised == "warn"))
        for source, entry in zip(sources.observations, feeds.observations, strict=True)
    ]
    series = merge_series(found)
    revised = [name for name, one in series.items() if one.vintage == "revised"]
    if not revised:
        return series, ()
    return series, (f"series {', '.join(revised)} hold figures that were revised later",)


def _open_told(
    market: Market, grid: _Grid, sources: Sources, texts: Sequence[DocumentRow]
) -> _Told:
    """Place documents, relations and views; keep what concerns the universe."""
    universe, until = {each.id for each in market.universe}, int(grid.timing.as_of[-1])
    relations, n_relations = bearing_on(
        () if sources.relations is None else read_relations(sources.relations), universe
    )
    views, n_views = on_universe(read_views(sources.views), universe)
    kept, n_documents = concerning(texts, universe | {row.source for row in relations})
    documents = place_documents(kept, grid.sessions, until)
    n_after = sum(document.written_after for document in documents)
    told = {
        f"{n_after} of {len(documents)} documents were written after the fact: what was "
        "learnt from them is no evidence": n_after,
        f"documents left out, for they name no instrument of the universe: {n_documents}": (
            n_documents
        ),
        f"relations left out, for their target is not in the universe: {n_relations}": n_relations,
        f"views left out, for they are on nothing in the universe: {n_views}": n_views,
    }
    return _Told(
        documents,
        place_relations(relations, grid.sessions, until),
        place_views(views, grid.sessions, until),
        tuple(warning for warning, count in told.items() if count),
    )
