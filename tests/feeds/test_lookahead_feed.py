"""No snapshot changes with anything that was not yet known at its instant."""

import json
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from steelyard.feeds.sources import sources_in
from steelyard.feeds.world import open_world_of
from steelyard.scenario.feeds import Feeds
from steelyard.scenario.market import Market

FIRST = date(2004, 3, 1)
DAYS = [FIRST + timedelta(days=n) for n in range(32) if (FIRST + timedelta(days=n)).weekday() < 5]
N_DAYS = len(DAYS)
SYMBOLS = ("AAA", "BBB", "IDX")
MODES = ("close", "open", "10:30")
PRECISIONS = ("second", "minute", "derived", "date")


class Rows(NamedTuple):
    """What the files hold, each row with its own chance."""

    bars: list
    actions: list
    observations: list
    documents: list
    relations: list
    views: list
    ends: list
    """A halt and a delisting of BBB: day, kind, and sessions or cash."""


def make_rows(seed):
    """Draw a world: prices, actions, figures and texts at random instants."""
    chance = np.random.default_rng(seed)
    bars = [
        (day, symbol, *np.round(chance.uniform([20, 1e3], [90, 9e3]), 2))
        for day in DAYS
        for symbol in SYMBOLS
    ]
    actions = [
        (DAYS[step], symbol, *chance.integers(2, 9, 2))
        for symbol in ("AAA", "BBB")
        for step in sorted(chance.choice(N_DAYS, 5, replace=False))
    ]
    start = datetime(2004, 2, 27, tzinfo=UTC)
    instants = [
        start + timedelta(minutes=int(n)) for n in sorted(chance.integers(0, 35 * 1440, 80))
    ]
    observations = [(at, n, float(chance.normal())) for n, at in enumerate(instants[::2])]
    documents = [
        (at, f"d{n:02}", PRECISIONS[chance.integers(4)], float(chance.normal()))
        for n, at in enumerate(instants[1::2])
    ]
    stated = [start + timedelta(minutes=int(n)) for n in chance.integers(0, 35 * 1440, 60)]
    relations = [
        (at, n % 2 == 0, f"firm{n}", ("AAA", "BBB")[n % 3 == 0], ("peer", "supplier")[n % 2])
        for n, at in enumerate(stated[::2])
    ]
    views = [
        (at, n % 2 == 0, f"p{n}", float(chance.uniform(0.1, 1.0)))
        for n, at in enumerate(stated[1::2])
    ]
    ends = [
        (DAYS[chance.integers(2, 12)], "halt", int(chance.integers(1, 5))),
        (DAYS[chance.integers(13, N_DAYS)], "delist", 12.5),
    ]
    return Rows(bars, actions, observations, documents, relations, views, ends)


def ended(rows):
    """Give the days on which BBB is halted or delisted."""
    starts = [(DAYS.index(day), kind, value) for day, kind, value in rows.ends]
    spans = (DAYS[n : n + value] if kind == "halt" else DAYS[n:] for n, kind, value in starts)
    return {day for span in spans for day in span}


def when(at, *, is_day):
    """Write an instant, or its day alone."""
    return f"{at:%Y-%m-%d}" if is_day else f"{at:%Y-%m-%dT%H:%MZ}"


def write(folder, rows):
    """Write the files of a world."""
    bars = ["date,symbol,open,high,low,close,volume"]
    shut = ended(rows)
    for day, symbol, price, volume in rows.bars:
        if symbol == "BBB" and day in shut:
            continue
        bars.append(f"{day},{symbol},{price},{price * 1.5},{price * 0.5},{price * 1.1},{volume}")
    actions = ["ex_date,symbol,kind,new,old,cash,sessions"]
    for day, symbol, new, cash in rows.actions:
        actions += [f"{day},{symbol},split,{new},1,,", f"{day},{symbol},dividend,,,{cash / 10},"]
    for day, kind, value in rows.ends:
        actions.append(f"{day},BBB,{kind},,,{f',{value}' if kind == 'halt' else f'{value},'}")
    observations = ["series,period,value,known_at,vintage"]
    for at, period, value in rows.observations:
        observations.append(f"RATE,p{period},{value},{at:%Y-%m-%dT%H:%MZ},first")
    documents = [
        json.dumps(
            {
                "id": name, "published_at": f"{at:%Y-%m-%dT%H:%MZ}", "time_precision": precision,
                "kind": "news", "symbols": [], "text": f"It was {value}.", "source": "drawn",
            }
        )
        for at, name, precision, value in rows.documents
    ]  # fmt: skip
    relations = ["known_at,source,target,kind"] + [
        f"{when(at, is_day=is_day)},{source},{target},{kind}"
        for at, is_day, source, target, kind in rows.relations
    ]
    views = ["known_at,by,symbol,score,confidence"] + [
        f"{when(at, is_day=is_day)},{by},AAA,{score},0.6" for at, is_day, by, score in rows.views
    ]
    for name, lines in (
        ("relations.csv", relations),
        ("views.csv", views),
        ("bars.csv", bars),
        ("actions.csv", actions),
        ("observations.csv", observations),
        ("documents.jsonl", documents),
    ):
        (folder / name).write_text("\n".join(lines) + "\n")


def open_rows(rows, decide_at):
    """Open the world of these rows."""
    market = {
        "universe": ["AAA", "BBB"], "from": str(FIRST), "to": str(DAYS[-1]), "benchmark": "IDX",
        "decide_at": decide_at, "gaps": "hold",
    }  # fmt: skip
    feeds = {
        "bars": {"path": "bars.csv"},
        "benchmark": {"path": "bars.csv"},
        "actions": {"path": "actions.csv"},
        "observations": [{"path": "observations.csv"}],
        "documents": [{"path": "documents.jsonl"}],
        "relations": {"path": "relations.csv"},
        "views": [{"path": "views.csv"}],
    }
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder), rows)
        told, entries = Market.model_validate(market), Feeds.model_validate(feeds)
        return open_world_of(told, entries, sources_in(told, entries, Path(folder)))


def other_future(rows, world, step, chance):
    """Draw anew, or leave out, whatever is not known when `step` decides."""
    as_of = datetime.fromtimestamp(int(world.timing.as_of[step]) / 1e9, tz=UTC)
    last_known = step - world.timing.known_lag
    documents = {document.id: document.known_at for document in world.documents}
    bars = [
        row
        if DAYS.index(row[0]) <= last_known
        else (*row[:2], row[2] * chance.uniform(0.5, 2), 7.0)
        for row in rows.bars
        # Some later bars vanish; the first and the last day stay: they bound the steps.
        if DAYS.index(row[0]) <= last_known
        or row[0] in {DAYS[0], DAYS[-1]}
        or chance.random() < 0.8
    ]
    actions = [row for row in rows.actions if DAYS.index(row[0]) <= last_known] + [
        (row[0], row[1], 11, 99) for row in rows.actions if DAYS.index(row[0]) > last_known
    ][1:]
    observations = [
        row if row[0] <= as_of else (as_of + timedelta(minutes=1 + row[1]), row[1], -5.0)
        for row in rows.observations
    ]
    never = int(world.timing.as_of[-1]) + 1
    changed = [
        row
        if documents.get(row[1], never) <= world.timing.as_of[step]
        else (row[0], row[1], row[2], -5.0)
        for row in rows.documents
        if documents.get(row[1], never) <= world.timing.as_of[step] or chance.random() < 0.8
    ]
    is_known = {
        each.source for each in world.relations if each.known_at <= world.timing.as_of[step]
    }
    relations = [
        row if row[2] in is_known else (row[0], row[1], row[2], "AAA", "none")
        for row in rows.relations
        if row[2] in is_known or chance.random() < 0.8
    ]
    is_known = {each.by for each in world.views if each.known_at <= world.timing.as_of[step]}
    views = [
        row if row[2] in is_known else (*row[:3], -row[3])
        for row in rows.views
        if row[2] in is_known or chance.random() < 0.8
    ]
    ends = [*other_ends(rows, step, last_known, chance)]
    return Rows(bars, actions, observations, changed, relations, views, ends)


def other_ends(rows, step, last_known, chance):
    """Put off or leave out what has not begun; a halt that goes on has another length."""
    for day, kind, value in rows.ends:
        begun = DAYS.index(day)
        if kind == "halt" and begun <= last_known < begun + value - 1:
            yield day, kind, max(last_known - begun + 1, int(chance.integers(1, 9)))
        elif begun <= (last_known if kind == "halt" else step):
            yield day, kind, value
        elif chance.random() < 0.5 and begun + 1 < N_DAYS:
            yield DAYS[begun + 1], kind, value


def fingerprint(snapshot):
    """Give everything a snapshot tells, to the last bit."""
    arrays = [*snapshot.bars, *snapshot.benchmark, snapshot.listed]
    arrays += [snapshot.timing.as_of, snapshot.timing.decides]
    arrays += [snapshot.outcomes(horizon) for horizon in (1, 3)]
    series = {
        name: (one.known_at.tobytes(), one.value.tobytes(), one.period, one.vintage)
        for name, one in snapshot.series.items()
    }
    bits = [(array.shape, array.dtype, array.tobytes()) for array in arrays]
    told = snapshot.documents, snapshot.relations, snapshot.views
    return snapshot.step, snapshot.as_of, bits, series, told


@pytest.mark.parametrize("decide_at", MODES)
@settings(max_examples=12)
@given(step=st.integers(0, N_DAYS - 1), seed=st.integers(0, 2**32 - 1))
@example(step=0, seed=0)
@example(step=N_DAYS - 2, seed=1)
def test_a_snapshot_does_not_change_with_the_future(decide_at, step, seed):
    """Later bars, actions, figures and texts may be anything, or missing."""
    rows = make_rows(seed)
    world = open_rows(rows, decide_at)
    changed = other_future(rows, world, step, np.random.default_rng(seed))

    other = open_rows(changed, decide_at)

    for earlier in range(step + 1):
        assert fingerprint(world.snapshot(earlier)) == fingerprint(other.snapshot(earlier))


@pytest.mark.parametrize("decide_at", MODES)
def test_a_snapshot_does_change_with_the_past(decide_at):
    """The test above sees what it must: one bar earlier, and the snapshots differ."""
    rows = make_rows(7)
    world = open_rows(rows, decide_at)
    changed = other_future(rows, world, 10, np.random.default_rng(7))

    other = open_rows(changed, decide_at)

    assert fingerprint(world.snapshot(10)) == fingerprint(other.snapshot(10))
    assert fingerprint(world.snapshot(11)) != fingerprint(other.snapshot(11))


@pytest.mark.parametrize("decide_at", MODES)
def test_nothing_in_a_snapshot_is_younger_than_its_instant(decide_at):
    """Bars are over, texts and figures are known."""
    world = open_rows(make_rows(3), decide_at)

    for step in range(world.n_steps):
        now = world.snapshot(step)
        assert (now.bars.end <= now.as_of).all()
        told = (*now.documents, *now.relations, *now.views)
        assert all(each.known_at <= now.as_of for each in told)
        assert (now.series["RATE"].known_at <= now.as_of).all()


def test_what_states_a_day_is_known_after_every_instant_of_it():
    """A relation or a view, whatever the session."""
    rows = make_rows(5)
    world = open_rows(rows, "close")
    day = {row[2]: row[0].date() for row in (*rows.relations, *rows.views) if row[1]}
    told = [(each.known_at, day.get(each.source)) for each in world.relations]
    told += [(each.known_at, day.get(each.by)) for each in world.views]
    dated = [(known_at, stated) for known_at, stated in told if stated is not None]

    assert len(dated) > 20
    for known_at, stated in dated:
        assert datetime.fromtimestamp(known_at / 1e9, tz=UTC).date() > stated


def test_a_dated_text_is_known_after_every_instant_of_its_day():
    """In New York and in Greenwich, whatever time of day it names."""
    world = open_rows(make_rows(5), "close")
    dated = [each for each in world.documents if each.time_precision == "date"]

    assert len(dated) > 3
    for document in dated:
        known = datetime.fromtimestamp(document.known_at / 1e9, tz=UTC).date()
        assert known > document.published_at.date()
