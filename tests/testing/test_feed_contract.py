"""The suite for feeds passes honest ones, and finds each breach that it is for."""

import itertools
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from steelyard.feeds.custom import FeedRequest
from steelyard.testing import feed_faults

REQUEST = FeedRequest(("AAA", "BBB"), date(2004, 1, 5), date(2004, 3, 12), Path())
CALLS = itertools.count()


def days_of(wanted):
    """Give the days from first to last."""
    n_days = (wanted.last - wanted.first).days + 1
    return [wanted.first + timedelta(days=n) for n in range(n_days)]


def bars(wanted, *, start=100.0):
    """Give bars that rise by one a day."""
    for n, day in enumerate(days_of(wanted)):
        for symbol in wanted.symbols:
            price = start + n
            yield {
                "date": day, "symbol": symbol, "open": price, "high": price + 1,
                "low": price - 1, "close": price, "volume": 1000,
            }  # fmt: skip


def hours(wanted):
    """Give one shorter bar a day."""
    for row in bars(wanted):
        day = row.pop("date")
        yield row | {"start": f"{day}T15:00:00Z", "end": f"{day}T16:00:00Z"}


def adjusted(wanted):
    """Give prices scaled so that the last one is 100, as vendors adjust them."""
    rows = list(bars(wanted))
    factor = 100.0 / rows[-1]["close"]
    names = ("open", "high", "low", "close")
    return [row | {name: row[name] * factor for name in names} for row in rows]


def moody(wanted):
    """Give other prices each time."""
    return bars(wanted, start=100.0 + next(CALLS))


def late(wanted):
    """Give a week more than was asked for."""
    longer = FeedRequest(
        wanted.symbols, wanted.first, wanted.last + timedelta(days=7), wanted.folder
    )
    return bars(longer)


def generous(wanted):
    """Give all that it has."""
    more = FeedRequest((*wanted.symbols, "CCC"), wanted.first, wanted.last, wanted.folder)
    return bars(more)


def revised(wanted):
    """Give a figure that is replaced once it is revised, under its first date."""
    value = 1.0 if wanted.last < date(2004, 3, 1) else 2.0
    known = [(day, value) for day in days_of(wanted) if day.day == 5]
    return [
        {"series": "CPI", "period": f"{day:%Y-%m}", "value": figure, "vintage": "first",
         "known_at": f"{day}T13:30:00Z"}
        for day, figure in known
    ]  # fmt: skip


def texts(wanted):
    """Give a text a week."""
    return [
        {"id": f"{day}", "published_at": f"{day}T15:00:00Z", "time_precision": "second",
         "kind": "news", "symbols": ["AAA"], "text": "It was.", "source": "x"}
        for day in days_of(wanted)[::7]
    ]  # fmt: skip


def dated(*columns):
    """Give a feed of rows known on the first of a month."""

    def rows(wanted):
        first = [day for day in days_of(wanted) if day.day == 1]
        return [{"known_at": day, **dict(columns)} for day in first]

    return rows


relations = dated(("source", "CHIPS"), ("target", "AAA"), ("kind", "peer"))
views = dated(("by", "ann"), ("symbol", "AAA"), ("score", 0.5), ("confidence", 0.6))


def actions(wanted):
    """Give a dividend a month, as columns."""
    first = [day for day in days_of(wanted) if day.day == 1]
    return {
        "ex_date": np.array(first, dtype="datetime64[D]"), "symbol": ["BBB"] * len(first),
        "kind": ["dividend"] * len(first), "new": [None] * len(first), "old": [None] * len(first),
        "cash": [0.5] * len(first),
    }  # fmt: skip


@pytest.mark.parametrize("feed", [bars, hours, texts, relations, views, actions])
def test_an_honest_feed_has_no_fault(feed):
    """Of every kind of row."""
    assert feed_faults(feed, {}, REQUEST) == []


def test_settings_are_handed_on():
    """As a scenario states them."""
    assert feed_faults(bars, {"start": 5.0}, REQUEST) == []
    assert feed_faults(bars, {"star": 5.0}, REQUEST) == [
        "rows: 'star' is no setting of 'bars'; did you mean 'start'?"
    ]


@pytest.mark.parametrize(
    ("feed", "message"),
    [
        (adjusted, "point in time: up to 2004-02-07 it gave ["),
        (moody, "determinism: asked again, it gave other rows"),
        (late, "request: 14 rows are of days after 2004-03-12, first row 137"),
        (generous, "request: it gave 'CCC', which nobody asked for"),
        (revised, "point in time: up to 2004-01-05 it gave ["),
        (lambda _: [], "rows: it gave none, and nothing can be told of it; ask for more"),
        (lambda _: [{"x": 1}], "columns: it gave 'x', which are of no kind: bars have close, "),
        (lambda _: 1 / 0, "rows: feed '<lambda>' raised: ZeroDivisionError: division by zero"),
        (lambda w: list(bars(w)) * 2, "rows: feed '<lambda>', row 137: 'AAA' on 2004-01-05 st"),
        (dated(("source", 1), ("target", "AAA"), ("kind", "peer")), "row 1: source was 1, targ"),
    ],
)
def test_each_breach_is_found(feed, message):
    """Adjusted for what came later, moody, beyond the request, empty, of no kind, faulty."""
    faults = feed_faults(feed, {}, REQUEST)

    assert any(message in fault for fault in faults), faults
