"""Feeds that are code: asked once, in any form, and checked like the files they stand for."""

import csv
import re
import sys
from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest

import steelyard
from steelyard.errors import DataError, ScenarioError
from steelyard.feeds.custom import FeedRequest, given
from steelyard.feeds.sources import fingerprint, sources_of
from steelyard.feeds.world import open_world
from tests.feeds.coded import CODED, scenario_of

TEXTS = arrow_csv.ConvertOptions(column_types={"date": pa.string()})
asked: list[FeedRequest] = []
"""What `noted` was asked."""


@steelyard.feed
def in_form(wanted, *, form):
    """Give the bars of the file in the form of some library."""
    return FORMS[form](wanted.folder / "bars.csv")


@steelyard.feed
def noted(wanted):
    """Note what is wanted, and give no row."""
    asked.append(wanted)
    return []


@steelyard.feed
def broken(wanted, *, how):
    """Give the bars with something wrong, or fail."""
    rows = list(csv.DictReader((wanted.folder / "bars.csv").read_text().splitlines()))
    return BROKEN[how](rows)


def fail(_rows):
    """Fail as a service does that is down."""
    raise ConnectionError("no route to the service")


def fail_late(rows):
    """Fail while the rows are fetched."""
    yield from rows
    fail(rows)


FORMS = {
    "pyarrow": arrow_csv.read_csv,
    "pyarrow text": lambda file: arrow_csv.read_csv(file, convert_options=TEXTS),
    "pyarrow stream": lambda file: arrow_csv.read_csv(file).to_reader(max_chunksize=3),
    "polars": lambda file: pl.read_csv(file, try_parse_dates=True),
    "polars categories": lambda file: pl.read_csv(file).cast({"symbol": pl.Categorical}),
    "pandas": lambda file: pd.read_csv(file, parse_dates=["date"]),
    "pandas index": lambda file: pd.read_csv(file).set_index("date"),
    "duckdb": lambda file: duckdb.read_csv(str(file)),
    "lists": lambda file: pl.read_csv(file).to_dict(as_series=False),
    "arrays": lambda file: {
        column.name: column.to_numpy() for column in pl.read_csv(file, try_parse_dates=True)
    },
    "rows": lambda file: pl.read_csv(file, try_parse_dates=True).iter_rows(named=True),
    "texts": lambda file: list(csv.DictReader(file.read_text().splitlines())),
}  # fmt: skip

BROKEN = {
    "down": fail,
    "late": fail_late,
    "exit": lambda _rows: sys.exit(3),
    "nil": lambda _rows: None,
    "text": lambda _rows: "bars.csv",
    "numbers": lambda _rows: [1, 2],
    "ragged": lambda rows: {"date": ["2004-03-01"], "symbol": [row["symbol"] for row in rows]},
    "one text": lambda _rows: {"date": "2004-03-01", "symbol": []},
    "matrix": lambda _rows: {"date": np.zeros((2, 2))},
    "name": lambda _rows: {1: [2]},
    "twins": lambda _rows: pa.table([[1], [2]], names=["date", "date"]),
    "price": lambda rows: [rows[0] | {"open": None}, rows[1] | {"low": -1.0}, *rows[2:]],
    "column": lambda rows: [{"day" if k == "date" else k: v for k, v in r.items()} for r in rows],
    "order": lambda rows: [*rows[2:], *rows[:2]],
    "twice": lambda rows: [*rows[:2], *rows],
    "gap": lambda rows: [row for row in rows if row["date"] != "2004-03-05"],
    "unknown": lambda rows: [row for row in rows if row["symbol"] != "BBB"],
    "nothing": lambda _rows: [],
}


def bits(world):
    """Give everything a world tells."""
    columns = [(each.shape, each.tobytes()) for each in (*world.bars, *world.benchmark)]
    series = [(name, *(map(list, one[:3]))) for name, one in sorted(world.series.items())]
    return columns, series, world.documents, world.relations, world.views, world.warnings


def test_a_world_of_feeds_is_the_world_of_the_files(files):
    """To the last bit, every part of it."""
    assert bits(files.open(feeds=CODED)) == bits(files.open())


@pytest.mark.parametrize("form", FORMS)
def test_any_form_of_table_gives_the_same_world(files, form):
    """Whatever library made it; the fingerprint is of the values, not of the form."""
    expected = scenario_of(files, CODED)
    scenario = scenario_of(files, CODED | {"bars": {"feed": "in_form", "form": form}})

    world = open_world(scenario)

    assert bits(world) == bits(files.open())
    as_floats = form not in {"texts", "pyarrow text"}
    if as_floats:
        other = scenario_of(files, CODED | {"bars": {"feed": "in_form", "form": "pyarrow"}})
        assert fingerprint(scenario) == fingerprint(other)
    assert expected.feeds.bars.settings == {"file": "bars.csv"}


def test_each_feed_is_asked_once_for_world_and_fingerprint(files):
    """What it gave is passed along."""
    asked.clear()
    scenario = scenario_of(files, CODED | {"relations": {"feed": "noted"}})

    sources = sources_of(scenario)
    world = open_world(scenario, sources)
    key = fingerprint(scenario, sources)

    assert len(asked) == 1
    assert world.relations == ()
    assert key == fingerprint(scenario)
    assert len(asked) == 2


def test_a_feed_is_told_what_is_wanted(files):
    """The universe, the run with history before it, and where the scenario lies."""
    asked.clear()
    noting = {"feed": "noted"}
    feeds = {"actions": noting, "observations": [noting], "documents": [noting]}

    files.open(feeds=feeds | {"relations": noting, "views": [noting]})

    ours = FeedRequest(("AAA", "BBB"), date(2003, 1, 27), date(2004, 3, 12), files.folder)
    with_benchmark = FeedRequest(("AAA", "BBB", "IDX"), ours.first, ours.last, ours.folder)
    assert asked == [with_benchmark, ours, ours, ours, ours]


def test_the_benchmark_is_asked_for_alone(files):
    """By its own symbol."""
    asked.clear()

    with pytest.raises(DataError, match=r"feed 'noted': symbol 'IDX' is asked for, but no row"):
        files.open(feeds={"benchmark": {"feed": "noted"}})
    assert [request.symbols for request in asked] == [("IDX",)]


MESSAGES = {
    "down": "feed 'broken' raised: ConnectionError: no route to the service",
    "late": "feed 'broken' raised: ConnectionError: no route to the service",
    "exit": "feed 'broken' raised: SystemExit: 3",
    "nil": "feed 'broken': it gave None, but a feed gives a table with __arrow_c_stream__",
    "text": "feed 'broken': it gave 'bars.csv', but a feed gives a table",
    "numbers": "feed 'broken', row 1: the row was 1, but a feed gives a table",
    "ragged": "feed 'broken': its columns had lengths {'date': 1, 'symbol': 20}, but all have",
    "one text": "feed 'broken': column 'date' was '2004-03-01', but it is a list of values",
    "matrix": "feed 'broken': column 'date' was array([[0., 0.],",
    "name": "feed 'broken': a column was called 1, but its name is a text",
    "twins": "feed 'broken': column 'date' stands twice",
    "price": "feed 'broken', row 1: open was None, but a price is above 0 and at most 1e+08\n"
    "feed 'broken', row 2: low was -1.0, but a price is above 0",
    "column": "feed 'broken': column 'date' is missing; it has ['day', 'symbol'",
    "order": "feed 'broken', row 19: 'AAA' on 2004-03-01 stands behind a later row",
    "twice": "feed 'broken', row 3: 'AAA' on 2004-03-01 stands twice, first in row 1",
    "gap": "feed 'broken', row 9: 'AAA' has no bar on 2004-03-05, but no session may be missing",
    "unknown": "feed 'broken': symbol 'BBB' is asked for, but no row has it",
    "nothing": "feed 'broken': symbol 'AAA' is asked for, but no row has it",
}


@pytest.mark.parametrize("how", BROKEN)
def test_what_a_feed_gives_wrongly_is_told_with_its_name_and_row(files, how):
    """The same words as for a file; what it raises is a fault of the data, too."""
    with pytest.raises(DataError, match=re.escape(MESSAGES[how])):
        files.open(feeds={"bars": {"feed": "broken", "how": how}})


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"id": "a"}], "feed 'here', row 1: 'published_at' is missing"),
        ([{"published_at": pd.Timestamp("2004-03-03T15:00")}], "which has no zone"),
        ([{"published_at": "2004-03-03"}], "published_at was '2004-03-03', which has no zone"),
        ([{"symbols": "AAA"}], "symbols was 'AAA', but input should be a valid array"),
        ([{"text": None}], "row 1: 'text' is missing"),
        ([{"text": float("nan")}], "text was nan, but input should be a valid string"),
        ([{"text": object}], "row 1: the row cannot be written as JSON (it holds <class 'object"),
        ([{"figures": [{1: 2, (3, 4): 5}]}], "the row cannot be written as JSON (keys must be"),
    ],
)
def test_documents_of_a_feed_are_checked_like_lines(files, rows, message):
    """One row is one document; an empty cell is a key that is not there."""
    sound = {
        "id": "a", "published_at": "2004-03-03T15:00:00Z", "time_precision": "second",
        "kind": "news", "symbols": ["AAA"], "text": "It was.", "source": "here",
    }  # fmt: skip
    whole = [row if "id" in row else sound | row for row in rows]

    @steelyard.feed
    def here(_wanted):
        return whole

    with pytest.raises(DataError, match=re.escape(message)):
        files.open(feeds={"documents": [{"feed": "here"}]})


def test_documents_may_come_as_a_table(files):
    """With lists and instants of its own, and empty cells where nothing is stated."""

    @steelyard.feed
    def table(_wanted):
        return pl.DataFrame(
            {
                "id": ["a", "b"], "published_at": ["2004-03-03T15:00:00Z", "2004-03-04T15:00:00Z"],
                "time_precision": ["second", "second"], "kind": ["news", "tweet"],
                "symbols": [["AAA"], []], "text": ["It was.", "It is."], "source": ["x", "y"],
                "figures": [
                    [{"entity": "AAA", "metric": "eps", "value": 1, "unit": "USD", "scale": 1.0,
                      "period": "2004Q1"}],
                    None,
                ],
                "channel": [None, "press"],
            }
        ).with_columns(pl.col("published_at").str.to_datetime(time_zone="UTC"))  # fmt: skip

    one, other = files.open(feeds={"documents": [{"feed": "table"}]}).documents

    assert (one.symbols, one.channel, one.figures[0].value) == (("AAA",), "press", 1.0)
    assert (other.symbols, other.channel, other.figures) == ((), "press", ())


def test_rows_of_which_there_are_none_are_no_fault(files):
    """A feed may know of no action, figure, text, relation or view."""
    nothing = {"feed": "noted"}
    lists = {name: [nothing] for name in ("observations", "documents", "views")}

    world = files.open(feeds={"actions": nothing, "relations": nothing} | lists)

    assert (world.series, world.documents, world.relations, world.views) == ({}, (), (), ())
    assert (world.bars.split_new == 1).all()


def test_a_feed_may_lie_beside_the_scenario(files):
    """By its address; it sees the folder, and its module is found from there."""
    module = f"feeds_of_{files.folder.name}"
    files.write(
        f"{module}.py",
        "import csv\n\n\ndef bars(wanted, *, file, n=1):\n"
        "    return csv.DictReader((wanted.folder / file).read_text().splitlines() * n)\n",
    )
    entry = {"feed": f"{module}:bars", "file": "bars.csv", "price_basis": "quoted"}

    scenario = scenario_of(files, CODED | {"bars": entry})

    assert scenario.feeds.bars.settings == {"file": "bars.csv"}
    assert bits(open_world(scenario)) == bits(files.open())


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"feed": "from_dusk", "file": "bars.csv"},
            r"\d: kind of feed was 'from_dusk', but the .* mean 'fr",
        ),
        ({"feed": "no_such:bars"}, r"\d: kind of feed was 'no_such:bars', but there is no mod"),
        ({"feed": "json:bars"}, r"\d: kind of feed was 'json:bars', but json has no 'bars'"),
        ({"feed": "json:JSONDecoder"}, r"\d: feed was 'json:JSONDecoder', but a feed is a fun"),
        ({"feed": "json:decoder"}, r"\d: feed was 'json:decoder', but a feed is a function"),
        ({"feed": "from_disk"}, r"\d: 'from_disk' needs a setting 'file'; add it"),
        (
            {"feed": "from_disk", "file": "bars.csv", "price_bases": "quoted"},
            r"\d: 'price_bases' is no setting of 'from_disk'; known: file",
        ),
        ({"feed": "from_disk", "flie": "bars.csv"}, r"'flie' is no setting of .*mean 'file'"),
    ],
)
def test_a_wrong_entry_is_told_with_its_line(files, entry, message):
    """No such feed, not a feed, or settings that it does not take: the scenario is at fault."""
    scenario = scenario_of(files, CODED | {"bars": entry})

    with pytest.raises(ScenarioError, match=message) as caught:
        open_world(scenario)

    (fault,) = caught.value.faults
    assert Path(fault.path).name == "coded.yaml"
    line = (files.folder / "coded.yaml").read_text().splitlines()[fault.line - 1]
    assert any(key in line for key in entry)


@pytest.mark.parametrize("thing", [lambda: 1, int, 5], ids=["no request", "a class", "a number"])
def test_what_is_no_feed_cannot_be_made_one(thing):
    """It is told when it is decorated, not when a run begins."""
    with pytest.raises(ScenarioError, match=r"@steelyard\.feed was given .*, but a feed"):
        steelyard.feed(thing)


def test_a_callable_of_any_kind_can_be_a_feed(files):
    """A partial function, or an object, by its address."""
    module = f"callables_of_{files.folder.name}"
    files.write(
        f"{module}.py",
        "from functools import partial\n\n\nclass Reader:\n"
        "    def __call__(self, wanted, /, **settings):\n"
        "        return {'known_at': [settings['at']], 'source': ['X'], 'target': ['AAA'],\n"
        "                'kind': ['peer']}\n\n\nread = partial(Reader(), at='2004-03-03')\n"
        "whole = Reader()\n",
    )

    for entry in ({"feed": f"{module}:read"}, {"feed": f"{module}:whole", "at": "2004-03-03"}):
        (relation,) = files.open(feeds={"relations": entry}).relations
        assert relation.source == "X"


def test_instants_that_python_cannot_hold_are_refused():
    """A table may count them in other units."""
    instant = pa.array([2**62], pa.timestamp("s"))

    with pytest.raises(DataError, match=r"feed 'x': its table cannot be read \("):
        given(pa.table({"known_at": instant}), "feed 'x'")
