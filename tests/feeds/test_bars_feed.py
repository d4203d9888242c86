"""Bars of other forms: Parquet, and shorter than a session."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq
import pytest

from steelyard.errors import DataError

HEADER = "start,end,symbol,open,high,low,close,volume\n"
FIRST = datetime(2004, 3, 1, 14, 30, tzinfo=UTC)
HOURS = {"interval": "1h", "from": "2004-03-01", "to": "2004-03-02"}
BARE = {
    "benchmark": None,
    "actions": None,
    "observations": [],
    "documents": [],
    "relations": None,
    "views": [],
}


def hourly(*, n_sessions=2, at_clock=False, zone="Z"):
    """Give rows of AAA, seven a session: from the open on, or to whole hours."""
    rows = []
    for session in range(n_sessions):
        opens = FIRST + timedelta(days=session) - timedelta(minutes=30 if at_clock else 0)
        for bar in range(7):
            start = opens + timedelta(hours=bar)
            end = start + timedelta(hours=1)
            if not at_clock:
                end = min(end, FIRST + timedelta(days=session, hours=6, minutes=30))
            price = 100 + 10 * session + bar
            rows.append(
                f"{start:%Y-%m-%dT%H:%M:%S}{zone},{end:%Y-%m-%dT%H:%M:%S}{zone},"
                f"AAA,{price},{price + 3},{price - 1},{price + 2},1000\n"
            )
    return rows


def open_hours(files, rows, header=HEADER, **market):
    """Open a world of these hourly rows."""
    files.write("hours.csv", header + "".join(rows))
    feeds = BARE | {"bars": {"path": "hours.csv"}}
    return files.open(feeds=feeds, universe=["AAA"], benchmark=None, **(HOURS | market))


def to_parquet(files, **columns):
    """Write the daily bars as Parquet, with other columns where they are given."""
    table = arrow_csv.read_csv(files.folder / "bars.csv")
    for name, column in columns.items():
        table = table.set_column(table.column_names.index(name), name, column)
    pq.write_table(table, files.folder / "bars.parquet")
    return {"bars": {"path": "bars.parquet"}}


def test_parquet_gives_the_same_bars(files):
    """To the last bit."""
    expected = files.open()

    actual = files.open(feeds=to_parquet(files))

    for one, other in zip(expected.bars, actual.bars, strict=True):
        assert one.tobytes() == other.tobytes()


def test_parquet_days_may_be_midnights(files):
    """Pandas writes days so."""
    days = arrow_csv.read_csv(files.folder / "bars.csv").column("date")

    world = files.open(feeds=to_parquet(files, date=days.cast(pa.timestamp("us"))))

    assert world.n_steps == 10


def test_a_missing_parquet_value_is_refused_by_row(files):
    """Rows count from 1."""
    prices = [None] + [100.0] * 19

    with pytest.raises(DataError, match=r"bars.parquet:1: close was None, but a price is above 0"):
        files.open(feeds=to_parquet(files, close=pa.array(prices)))


@pytest.mark.parametrize("kept", [0.5, 0.99])
def test_a_cut_parquet_file_is_refused(files, kept):
    """Its footer is gone."""
    feeds = to_parquet(files)
    path = files.folder / "bars.parquet"
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])

    with pytest.raises(DataError, match=r"bars.parquet: the file is no whole Parquet file"):
        files.open(feeds=feeds)


def test_garbled_parquet_is_refused(files):
    """Whatever bytes are wrong: a world of the right shape or a fault, never a traceback."""
    feeds = to_parquet(files)
    path = files.folder / "bars.parquet"
    data = path.read_bytes()
    expected = files.open(feeds=feeds).bars
    chance = np.random.default_rng(5)

    n_refused = 0
    for _ in range(30):
        spoilt = bytearray(data)
        for place in chance.integers(0, len(data), 40):
            spoilt[place] = chance.integers(256)
        path.write_bytes(spoilt)
        try:
            bars = files.open(feeds=feeds).bars
        except DataError:
            n_refused += 1
        else:
            assert bars.close.shape == expected.close.shape

    assert n_refused > 20


def test_hours_are_counted_from_the_open(files):
    """Seven steps a session; the last one is half an hour."""
    world = open_hours(files, hourly())

    assert world.n_steps == 14
    assert world.bars.open[:, 0].tolist() == [100.0 + n for n in range(7)] + [
        110.0 + n for n in range(7)
    ]
    assert int(world.bars.end[6] - world.bars.start[6]) == 30 * 60 * 10**9


def test_hours_may_end_at_the_full_hour(files):
    """The first bar is labelled 09:00 and holds what traded from 09:30 on."""
    world = open_hours(files, hourly(at_clock=True))

    assert world.n_steps == 14
    assert np.isfinite(world.bars.close).all()
    assert int(world.bars.start[0]) == int(FIRST.timestamp()) * 10**9
    assert int(world.bars.end[0] - world.bars.start[0]) == 30 * 60 * 10**9


@pytest.mark.parametrize("kept", ["start", "end"])
def test_one_edge_of_a_bar_is_enough(files, kept):
    """Where bars are labelled by whole intervals."""
    dropped = 1 if kept == "start" else 0
    rows = [
        ",".join(part for n, part in enumerate(row.split(",")) if n != dropped)
        for row in hourly(at_clock=True)
    ]

    world = open_hours(files, rows, header=HEADER.replace("end," if dropped else "start,", ""))

    assert world.n_steps == 14


def test_naive_hours_are_refused(files):
    """Guessing a zone would shift what was known when."""
    with pytest.raises(
        DataError, match=r"hours.csv:2: start was '2004-03-01T14:30:00', which has no"
    ):
        open_hours(files, hourly(zone=""))


def test_naive_parquet_instants_are_refused(files):
    """The column's type has no zone."""
    files.write("hours.csv", HEADER + "".join(hourly(zone="")))
    pq.write_table(arrow_csv.read_csv(files.folder / "hours.csv"), files.folder / "hours.parquet")
    feeds = BARE | {"bars": {"path": "hours.parquet"}}

    with pytest.raises(DataError, match=r"hours.parquet:1: start was .*, which has no zone"):
        files.open(feeds=feeds, universe=["AAA"], benchmark=None, **HOURS)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("15:30:00Z,2004-03-01T16", "15:30:00Z,2004-03-01T17", "3: the bar lasts 2:00:00, but"),
        ("15:30:00Z,2004-03-01T16", "15:30:00Z,2004-03-01T15", "3: the bar lasts 0:00:00, but"),
        (
            "2004-03-01T15:30:00Z,2004-03-01T16:30:00Z",
            "2004-03-01T15:40:00Z,2004-03-01T16:40:00Z",
            "3: 'AAA' at 2004-03-01T15:40:00Z is not a bar of market.interval within a session",
        ),
        (HEADER, HEADER.replace("start,end", "date,day"), "1: columns 'start' and 'end' are"),
    ],
)
def test_hours_that_fit_no_step_are_refused(files, old, new, message):
    """Too long, empty or beside the steps."""
    rows = hourly()
    header = HEADER.replace(old, new)

    with pytest.raises(DataError, match=f"hours.csv:{message}"):
        open_hours(files, [row.replace(old, new) for row in rows], header=header)


def test_a_missing_hour_is_a_gap(files):
    """As a missing session is."""
    rows = hourly()

    with pytest.raises(
        DataError, match=r"hours.csv:5: 'AAA' has no bar on 2004-03-01, but no session"
    ):
        open_hours(files, rows[:3] + rows[4:])


def test_hours_out_of_session_are_left_out_and_counted(files):
    """What trades before and after hours is no bar of the session, and no fault."""
    before = "2004-03-01T12:30:00Z,2004-03-01T13:30:00Z,AAA,90,91,89,90,5\n"
    after = "2004-03-01T22:00:00Z,2004-03-01T23:00:00Z,AAA,90,91,89,90,5\n"
    rows = hourly()

    world = open_hours(files, [before, *rows[:7], after, *rows[7:]])

    assert world.n_steps == 14
    assert world.bars.low.min() == 99.0
    assert world.warnings == ("bars left out in hours.csv, for they lie out of hours: 2",)


def test_at_a_time_of_day_one_hour_decides(files):
    """The last bar that has ended by then, as of its end."""
    world = open_hours(files, hourly(), decide_at="10:30")

    assert np.flatnonzero(world.timing.decides).tolist() == [0, 7]
    assert world.timing.as_of[0] == world.bars.end[0]


def test_an_action_counts_on_the_first_hour_of_its_session(files):
    """It is effective at the open."""
    files.write("hours.csv", HEADER + "".join(hourly()))
    files.write("actions.csv", "ex_date,symbol,kind,new,old,cash\n2004-03-02,AAA,split,3,2,\n")
    feeds = BARE | {"bars": {"path": "hours.csv"}, "actions": {"path": "actions.csv"}}

    bars = files.open(feeds=feeds, universe=["AAA"], benchmark=None, **HOURS).bars

    assert np.argwhere(bars.split_new != 1).tolist() == [[7, 0]]
