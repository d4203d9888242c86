"""What is said by anybody: relations, views and documents, by whom and from when."""

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.feeds.documents import CHANNEL_OF_KIND, KINDS_OF_CHANNEL
from tests.feeds.conftest import RELATIONS, VIEWS, document, warned


def instant(text):
    """Give an instant as UTC nanoseconds."""
    return int(np.datetime64(text, "ns").astype(np.int64))


def known(rows):
    """Give the instants of rows, to the minute."""
    return [str(np.datetime64(each.known_at, "ns").astype("datetime64[m]")) for each in rows]


def test_relations_and_views_are_known_from_their_instant_or_the_open_after_their_day(files):
    """A day is over when the next session opens; an instant is what it says."""
    world = files.open()

    assert known(world.relations) == ["2004-03-03T14:30", "2004-03-05T15:00"]
    assert known(world.views) == ["2004-03-04T14:30", "2004-03-08T22:00"]
    first, second = world.relations
    assert (first.source, first.target, first.kind) == ("CHIPS", "AAA", "supplier")
    assert (second.source, second.target, second.kind) == ("BBB", "AAA", "peer")
    ann, bob = world.views
    assert (ann.by, ann.instrument, ann.score, ann.confidence) == ("ann", "AAA", 0.5, 0.6)
    assert (bob.by, bob.instrument, bob.score, bob.confidence) == ("bob", "BBB", -0.25, 0.55)


@pytest.mark.parametrize(
    ("decide_at", "relations", "views"),
    [("close", [0, 0, 1, 1, 2], [0, 0, 0, 1, 1]), ("open", [0, 0, 1, 1, 1], [0, 0, 0, 1, 1])],
)
def test_a_snapshot_holds_what_is_known(files, decide_at, relations, views):
    """At the open of its session what states the day before is known; a Friday's wait is long."""
    world = files.open(decide_at=decide_at)

    snapshots = [world.snapshot(step) for step in range(5)]

    assert [len(each.relations) for each in snapshots] == relations
    assert [len(each.views) for each in snapshots] == views


@pytest.mark.parametrize(
    ("stated", "first"),
    [
        ("2004-03-05", "2004-03-08T14:30"),  # a Friday
        ("2004-03-06", "2004-03-08T14:30"),
        ("2004-03-05T23:59:59-05:00", "2004-03-06T04:59"),
        ("1971-01-01", "1971-01-03T00:00"),  # before all sessions: when it had ended everywhere
    ],
)
def test_a_stated_day_is_never_known_within_it(files, stated, first):
    """Whatever the zone; the calendar is not opened for the sake of a day long gone."""
    files.write("relations.csv", RELATIONS + f"{stated},CHIPS,AAA,supplier\n")

    assert known(files.open().relations) == [first]


def test_parquet_has_days_and_instants_of_its_own(files):
    """Dates, midnights without a zone, and instants in any zone, as texts have them."""
    known_at = [date(2004, 3, 2), date(2004, 3, 3)]
    rows = {"source": ["CHIPS", "BBB"], "target": ["AAA", "AAA"], "kind": ["peer", "peer"]}
    forms = [
        (pa.date32(), known_at, "2004-03-03T14:30"),
        (pa.timestamp("ns"), [datetime(2004, 3, 2), datetime(2004, 3, 3)], "2004-03-03T14:30"),  # noqa: DTZ001
        (
            pa.timestamp("us", "America/New_York"),
            [datetime(2004, 3, 2, 15, tzinfo=UTC), datetime(2004, 3, 3, 15, tzinfo=UTC)],
            "2004-03-02T15:00",
        ),
    ]

    for kind, instants, first in forms:
        table = pa.table({"known_at": pa.array(instants, kind)} | rows)
        pq.write_table(table, files.folder / "relations.parquet")
        world = files.open(feeds={"relations": {"path": "relations.parquet"}})
        assert known(world.relations)[0] == first


def test_what_is_known_only_after_the_run_is_left_out(files):
    """Neither relation nor view, of an instant or of the last day, beyond what is decided."""
    late = ["2004-03-12", "2004-03-12T21:00:01Z", "2150-01-01", "2150-01-01T00:00:00Z"]
    files.write("relations.csv", RELATIONS + "".join(f"{at},CHIPS,AAA,peer\n" for at in late))
    files.write("views.csv", VIEWS + "".join(f"{at},ann,AAA,1,0.5\n" for at in late))

    world = files.open()

    assert (world.relations, world.views, warned(world)) == ((), (), ())


def test_relations_are_ordered_so_that_the_later_statement_replaces(files):
    """Of days that one open makes known, the later comes behind; before all sessions, too."""
    rows = [
        "2004-03-07,CHIPS,AAA,none",
        "2004-03-05,CHIPS,AAA,peer",
        "1995-06-01T10:00:00Z,BBB,AAA,none",
        "1990-01-01,BBB,AAA,supplier",
        "1999-01-01,BBB,AAA,customer",
    ]
    files.write("relations.csv", RELATIONS + "".join(f"{row}\n" for row in rows))

    relations = files.open().relations

    assert [each.kind for each in relations] == ["supplier", "none", "customer", "peer", "none"]
    assert [each.known_at for each in relations] == sorted(each.known_at for each in relations)


def test_relations_and_views_of_others_are_counted(files):
    """A map of a whole market is cut to the universe, and a person is told."""
    world = files.open(universe=["BBB"], benchmark=None)

    assert world.relations == ()
    assert [view.by for view in world.views] == ["bob"]
    assert warned(world) == (
        "documents left out, for they name no instrument of the universe: 1",
        "relations left out, for their target is not in the universe: 2",
        "views left out, for they are on nothing in the universe: 1",
    )


def test_documents_on_the_source_of_a_relation_are_kept(files):
    """A supplier's news may bear on its customer, whatever day the relation is known from."""
    files.write(
        "documents.jsonl", document("chips", symbols=["CHIPS"]) + document("z", symbols=["ZZZ"])
    )
    files.write("relations.csv", RELATIONS + "2004-03-11,CHIPS,AAA,supplier\n")

    world = files.open()

    assert [each.id for each in world.documents] == ["chips"]
    assert [len(world.snapshot(step).documents) for step in (1, 2)] == [0, 1]
    assert [len(world.snapshot(step).relations) for step in (8, 9)] == [0, 1]


def test_documents_on_the_source_of_a_relation_to_others_are_not(files):
    """Whom it supplies is not in the universe."""
    files.write("documents.jsonl", document("chips", symbols=["CHIPS"]))

    assert files.open(universe=["BBB"]).documents == ()


def test_of_two_views_of_a_weekend_the_later_comes_behind(files):
    """Both are known from Monday's open; the newest is the one that was stated last."""
    files.write("views.csv", VIEWS + "2004-03-07,ann,AAA,-1,0.5\n2004-03-05,ann,AAA,1,0.5\n")

    assert [each.score for each in files.open().views] == [1.0, -1.0]


def test_views_of_several_files_are_put_together(files):
    """Ordered by when they were known, then as the files are."""
    files.write("more.csv", VIEWS + "2004-03-03,cyd,AAA,1,0.5\n2004-03-02,cyd,AAA,1,0.5\n")

    world = files.open(feeds={"views": [{"path": "views.csv"}, {"path": "more.csv"}]})

    assert [each.by for each in world.views] == ["cyd", "ann", "cyd", "bob"]


@pytest.mark.parametrize(
    ("fields", "channel"),
    [
        ({"kind": "tweet"}, "social"),
        ({"kind": "results"}, "company"),
        ({"kind": "transcript"}, "company"),
        ({"kind": "policy"}, "official"),
        ({"kind": "ruling"}, "press"),
        ({"kind": "anything"}, "press"),
        ({"kind": "results", "channel": "press"}, "press"),
        ({"kind": "tweet", "channel": "official"}, "official"),
        ({"kind": "tweet", "channel": None}, "social"),
    ],
)
def test_a_document_says_who_speaks_or_its_kind_does(files, fields, channel):
    """What is stated counts; no kind is of two channels."""
    files.write("documents.jsonl", document("a", **fields))

    assert [each.channel for each in files.open().documents] == [channel]
    assert len(CHANNEL_OF_KIND) == sum(map(len, KINDS_OF_CHANNEL.values()))
