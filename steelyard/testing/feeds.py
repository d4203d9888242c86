"""What every feed must keep to, as one check that anybody can run on theirs."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from steelyard.errors import DataError, ScenarioError
from steelyard.feeds.actions import read_actions
from steelyard.feeds.bars import read_bars
from steelyard.feeds.canonical import row_texts
from steelyard.feeds.custom import Feed, FeedRequest, ask_function
from steelyard.feeds.documents import read_documents
from steelyard.feeds.instants import EPOCH, is_day, parse_day, parse_instant
from steelyard.feeds.observations import read_observations
from steelyard.feeds.relations import read_relations
from steelyard.feeds.source import Given
from steelyard.feeds.views import read_views

CUTS: Final = (0.5, 0.75, 1.0)
"""Where among the days of its rows a feed is asked again as of an earlier day."""
_LONGEST_BAR: Final = timedelta(days=1)


class _Form(NamedTuple):
    """What rows of one kind have."""

    name: str
    own: frozenset[str]
    """Columns by which the kind is known."""
    time: tuple[str, ...]
    """Columns that say when a row could be known; the first one that is there counts."""
    symbol: str
    """Column of the instrument that a run must have asked for; empty where there is none."""
    read: Callable[[Given, FeedRequest], object]


def _bars(rows: Given, request: FeedRequest) -> object:
    interval = None if "date" in rows.columns else _LONGEST_BAR
    return read_bars(rows, request.symbols, interval)


_ENDS: Final = ("date", "end", "bar_end_utc", "start", "bar_start_utc")
FORMS: Final = (
    _Form("bars", frozenset({"open", "high", "low", "close"}), _ENDS, "symbol", _bars),
    _Form(
        "actions", frozenset({"ex_date", "kind"}), ("ex_date",), "symbol",
        lambda rows, _: read_actions(rows),
    ),
    _Form(
        "observations", frozenset({"series", "value"}), ("known_at",), "",
        lambda rows, _: read_observations(rows, allow_revised=True),
    ),
    _Form(
        "documents", frozenset({"published_at", "text"}), ("published_at",), "",
        lambda rows, _: read_documents([rows]),
    ),
    _Form(
        "relations", frozenset({"source", "target"}), ("known_at",), "target",
        lambda rows, _: read_relations(rows),
    ),
    _Form(
        "views", frozenset({"score", "confidence"}), ("known_at",), "symbol",
        lambda rows, _: read_views([rows]),
    ),
)  # fmt: skip
"""The kinds of rows that a feed can give."""


def feed_faults(feed: Feed, settings: Mapping[str, Any], request: FeedRequest) -> list[str]:
    """Look for breaches of what a run takes for granted of a feed.

    The rows must have the columns and values of their kind. Asked again, the feed gives
    the same. It gives no symbol and no later day than it was asked for. And it is point in
    time: asked with an earlier last day, it gives the same rows up to that day, so that
    nothing in them was adjusted for what came later.

    Args:
        feed: The function.
        settings: Its own settings, by name.
        request: What to ask; a year or so of a few symbols shows the most.

    Returns:
        One sentence per fault, none where the feed can be relied on.
    """
    try:
        rows = _asked(feed, request, settings)
        form = next((each for each in FORMS if each.own <= set(rows.columns)), None)
        if form is None or not rows.n_rows:
            return [_unproven(rows)]
        form.read(rows, request)
        faults = list(_beyond(form, rows, request))
        if row_texts(rows) != row_texts(_asked(feed, request, settings)):
            return [*faults, "determinism: asked again, it gave other rows"]
        days = [_day(form, rows, row) for row in range(rows.n_rows)]
        for last in _cuts(days):
            earlier = _asked(feed, replace(request, last=last), settings)
            faults += _hindsight(form, rows, earlier, last)
    except (DataError, ScenarioError) as error:
        return [f"rows: {line}" for line in str(error).splitlines()]
    return faults


def _asked(feed: Feed, request: FeedRequest, settings: Mapping[str, Any]) -> Given:
    return ask_function(feed, settings, request, getattr(feed, "__name__", type(feed).__name__))


def _unproven(rows: Given) -> str:
    if not rows.n_rows:
        return "rows: it gave none, and nothing can be told of it; ask for more"
    kinds = "; ".join(f"{each.name} have {', '.join(sorted(each.own))}" for each in FORMS)
    return f"columns: it gave {', '.join(map(repr, rows.columns))}, which are of no kind: {kinds}"


def _beyond(form: _Form, rows: Given, request: FeedRequest) -> Iterator[str]:
    """Find what nobody asked for."""
    late = [row for row in range(rows.n_rows) if _day(form, rows, row) > request.last]
    if late:
        yield (
            f"request: {len(late)} rows are of days after {request.last}, first row {late[0] + 1}"
        )
    if form.symbol:
        others = sorted({str(each) for each in rows.columns[form.symbol]} - set(request.symbols))
        if others:
            yield f"request: it gave {', '.join(map(repr, others))}, which nobody asked for"


def _day(form: _Form, rows: Given, row: int) -> date:
    """Give the day of a row, of an instant in UTC."""
    column = next(name for name in form.time if name in rows.columns)
    value = rows.columns[column][row]
    if is_day(value):
        return parse_day(value)
    return parse_instant(value).astimezone(EPOCH.tzinfo).date()


def _cuts(days: list[date]) -> list[date]:
    """Choose days before the last one, each the day of some row."""
    earlier = sorted(set(days))[:-1]
    return sorted({earlier[int(share * (len(earlier) - 1))] for share in CUTS if earlier})


def _hindsight(form: _Form, rows: Given, earlier: Given, last: date) -> Iterator[str]:
    """Compare rows up to a day with those that are given as of that day."""
    ours = [text for row, text in enumerate(row_texts(rows)[1:]) if _day(form, rows, row) <= last]
    theirs = row_texts(earlier)[1:]
    if any(_day(form, earlier, row) > last for row in range(earlier.n_rows)):
        yield f"request: asked up to {last}, it gave later rows"
    elif ours != theirs:
        pairs = zip([*ours, None], [*theirs, None], strict=False)
        one, other = next(pair for pair in pairs if pair[0] != pair[1])
        yield (
            f"point in time: up to {last} it gave {one or 'no more'}, but asked on that day "
            f"{other or 'no more'}"
        )
