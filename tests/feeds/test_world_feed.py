"""A world from its files: steps, membership, gaps, actions, documents and series."""

import json
from pathlib import Path

import numpy as np
import pytest

from steelyard.errors import DataError, ScenarioError
from steelyard.feeds.world import open_world
from steelyard.scenario.model import Scenario
from steelyard.types.outcome import settle_offset
from tests.feeds.conftest import warned

OPEN_04 = int(np.datetime64("2004-03-04T14:30", "ns").astype(np.int64))
SPLIT, DIVIDEND = 4, 6
"""Steps of the two actions in the files."""


BUILT_IN = Path(__file__).resolve().parents[2] / "scenarios" / "megacaps.yaml"


def test_the_built_in_world_opens():
    """Thirteen years of four companies, GOOG from its listing on, and no gap."""
    world = open_world(Scenario.from_yaml(BUILT_IN.read_text(), BUILT_IN.parent))

    listed = np.datetime64("2004-08-19").astype(np.int64)
    assert [each.id for each in world.instruments] == ["AAPL", "GOOG", "IBM", "MSFT"]
    assert world.n_steps == 3270
    assert (world.bars.session[world.listed[:, 1]] >= listed).all()
    assert np.isfinite(world.bars.close[world.listed]).all()
    assert (world.bars.split_new != 1).sum() == 3
    assert len(world.documents) >= 100
    assert {"AAA", "BAA", "FOMC_TARGET", "WTI"} <= set(world.series)


def known_days(world):
    """Give the instants from which the documents were known, by id."""
    return {
        each.id: str(np.datetime64(each.known_at, "ns").astype("datetime64[m]"))
        for each in world.documents
    }


def without(files, name, *fragments):
    """Leave out the lines of a file that hold one of the fragments."""
    lines = (files.folder / name).read_text().splitlines(keepends=True)
    files.write(name, "".join(x for x in lines if not any(each in x for each in fragments)))


def test_bars_lie_on_the_sessions(files):
    """Ten steps from the first bar on, of which one is history."""
    world = files.open()

    assert world.n_steps == 10
    assert world.first_step == 1
    assert [each.id for each in world.instruments] == ["AAA", "BBB"]
    assert world.bars.open[:, 0].tolist() == [100.0 + n for n in range(10)]
    assert world.bars.close[:, 1].tolist() == [52.0 + n for n in range(10)]
    assert world.benchmark is not None
    assert world.benchmark.low[:, 0].tolist() == [999.0 + n for n in range(10)]
    assert world.listed.all()
    assert warned(world) == ()


def test_the_order_of_the_universe_is_that_of_the_columns(files):
    """Not that of the file; other instruments of the file are passed over."""
    world = files.open(universe=["BBB"])
    turned = files.open(universe=["BBB", "AAA"])

    assert world.bars.open[:, 0].tolist() == turned.bars.open[:, 0].tolist()
    assert turned.bars.open[0].tolist() == [50.0, 100.0]


def test_rows_after_the_end_are_left_out(files):
    """They may even stand on days without a session."""
    world = files.open(to="2004-03-10")

    assert world.n_steps == 8


def test_an_instrument_is_listed_from_its_first_bar(files):
    """Its earlier sessions are no gap; at the open, that first bar is not yet known."""
    without(files, "bars.csv", "03-01,BBB", "03-02,BBB", "03-03,BBB")

    at_close = files.open()
    at_open = files.open(decide_at="open")

    assert at_close.listed[:, 1].tolist() == [False] * 3 + [True] * 7
    assert at_open.listed[:, 1].tolist() == [False] * 4 + [True] * 6
    assert np.isnan(at_close.bars.close[:3, 1]).all()


def test_a_stated_listing_rules(files):
    """Bars before it are history; sessions outside it may be missing."""
    without(files, "bars.csv", "03-12,BBB")

    world = files.open(
        universe=["AAA", {"id": "BBB", "listed_from": "2004-03-03", "listed_until": "2004-03-11"}]
    )

    assert world.listed[:, 1].tolist() == [False] * 2 + [True] * 7 + [False]
    assert world.bars.open[0, 1] == 50.0


def test_held_gaps_are_counted_in_a_warning(files):
    """No bar is made up: the row is NaN, and a person is told."""
    without(files, "bars.csv", "03-04,BBB", "03-12,BBB")

    world = files.open(gaps="hold")

    assert np.flatnonzero(np.isnan(world.bars.close[:, 1])).tolist() == [3, 9]
    assert world.listed.all()
    assert warned(world) == ("bars missing in bars.csv, where the last price holds: 2",)


def test_a_run_that_goes_on_long_after_the_last_bar_is_refused(files):
    """A wrong year in market.to is a slip, and would be asked about for hours."""
    with pytest.raises(
        DataError, match=r"bars\.csv: the last bar is of 2004-03-12, but market\.to is 2005-03-12"
    ):
        files.open(gaps="hold", to="2005-03-12")


def test_gaps_of_the_benchmark_follow_the_same_rule(files):
    """They fail, or are held."""
    without(files, "index.csv", "03-04")

    with pytest.raises(DataError, match=r"index.csv:5: 'IDX' has no bar on 2004-03-04"):
        files.open()
    assert warned(files.open(gaps="hold")) == (
        "bars missing in index.csv, where the last price holds: 1",
    )


def test_prices_below_a_tick_are_refused(files):
    """In ticks they would be nothing; a smaller tick takes them."""
    files.change("bars.csv", 2, lambda line: line.replace(",99,", ",0.004,"))

    with pytest.raises(DataError, match=r"bars.csv: low of 'AAA' was 0.004 on 2004-03-01, but its"):
        files.open()
    assert files.open(universe=[{"id": "AAA", "tick": 0.001}]).bars.low[0, 0] == 0.004


def test_bars_that_start_late_are_told(files):
    """The run starts with them, and says so."""
    world = files.open(**{"from": "2004-01-02"})

    assert world.first_step == 0
    assert warned(world) == ("the first bar is of 2004-03-01, after market.from 2004-01-02",)


def test_actions_lie_on_their_step(files):
    """Two for one on the fifth session, half a dollar on the seventh."""
    bars = files.open().bars

    assert np.argwhere(bars.split_new != 1).tolist() == [[SPLIT, 0]]
    assert bars.split_new[SPLIT, 0] / bars.split_old[SPLIT, 0] == 2
    assert np.argwhere(bars.dividend).tolist() == [[DIVIDEND, 1]]
    assert bars.dividend[DIVIDEND, 1] == 0.5


def test_an_action_without_a_session_counts_on_the_next(files):
    """A Saturday's dividend falls on Monday, with a warning."""
    files.change("actions.csv", 3, lambda line: line.replace("03-09", "03-06"))

    world = files.open()

    assert np.argwhere(world.bars.dividend).tolist() == [[5, 1]]
    assert warned(world) == (
        "actions without a session on their ex-date, which count on the next: 1",
    )


def test_split_adjusted_prices_become_quoted_ones(files):
    """Before the split they double, volumes halve; a split is then applied once."""
    feed = {"path": "bars.csv", "price_basis": "split_adjusted"}

    world = files.open(feeds={"bars": feed})

    assert world.bars.open[:, 0].tolist() == [
        (100.0 + n) * (2 if n < SPLIT else 1) for n in range(10)
    ]
    assert world.bars.volume[:, 0].tolist() == [500.0] * SPLIT + [1000.0] * 6
    assert world.bars.open[:, 1].tolist() == [50.0 + n for n in range(10)]
    outcome = world.snapshot(9).outcomes(1)
    assert outcome[SPLIT - 2, 0] == pytest.approx(104 / 103 - 1)


def test_a_split_after_the_last_bar_is_not_undone_but_told(files):
    """Nothing tells whether the file was adjusted for it."""
    files.write("actions.csv", "ex_date,symbol,kind,new,old,cash\n2004-06-01,AAA,split,7,1,\n")

    world = files.open(feeds={"bars": {"path": "bars.csv", "price_basis": "split_adjusted"}})

    assert world.bars.open[0, 0] == 100.0
    assert warned(world) == ("AAA splits after its last bar in bars.csv: not undone in its prices",)


# Hand-computed; AAA opens at 100 + n and closes 2 above, twice the units from step 4 on;
# BBB opens at 50 + n, closes 2 above, and pays 0.5 at the open (56) of step 6.
@pytest.mark.parametrize(
    ("decide_at", "horizon", "settles", "aaa", "bbb"),
    [
        ("close", 5, 6, 2 * 106 / 101 - 1, 56.5 / 51 - 1),
        ("open", 6, 7, 2 * 108 / 102 - 1, 58 * (1 + 0.5 / 56) / 52 - 1),
        ("10:30", 5, 7, 2 * 106 / 101 - 1, 56.5 / 51 - 1),
    ],
)
def test_outcomes_are_total_returns_between_executable_prices(
    files, decide_at, horizon, settles, aaa, bbb
):
    """They settle at the close of the step in which the window closes, no earlier."""
    world = files.open(decide_at=decide_at)

    assert settle_offset(world.timing, horizon) == settles
    assert np.isnan(world.snapshot(settles - 1).outcomes(horizon)).all()
    settled = world.snapshot(settles).outcomes(horizon)
    assert settled[0] == pytest.approx([aaa, bbb])
    assert np.isnan(settled[1:]).all()


@pytest.mark.parametrize("decide_at", ["close", "open", "10:30"])
def test_the_first_step_has_a_snapshot(files, decide_at):
    """Even where it knows no bar, outcomes have a row for it."""
    snapshot = files.open(decide_at=decide_at).snapshot(0)

    assert snapshot.outcomes(1).shape == (1, 2)
    assert len(snapshot.bars.close) == (1 if decide_at == "close" else 0)


def test_documents_after_the_close_wait_for_the_next_step(files):
    """`a` is from 10:00 in New York, `b` from an hour after the close."""
    at_close, at_open = files.open(), files.open(decide_at="open")

    assert [len(at_close.snapshot(step).documents) for step in (1, 2, 3)] == [0, 1, 2]
    assert [len(at_open.snapshot(step).documents) for step in (1, 2, 3)] == [0, 0, 2]


@pytest.mark.parametrize(
    ("published_at", "known"),
    [
        ("2004-03-03", "2004-03-04T14:30"),
        ("2004-03-03T00:00:00Z", "2004-03-04T14:30"),
        ("2004-03-03T12:00:00Z", "2004-03-04T14:30"),
        ("2004-03-03T23:59:59-05:00", "2004-03-04T14:30"),
        ("2004-03-04T05:00:00Z", "2004-03-05T14:30"),
        ("2004-03-05", "2004-03-08T14:30"),
        ("2004-03-06T05:00:00Z", "2004-03-08T14:30"),
        ("1999-12-31", "2000-01-03T14:30"),
    ],
)
def test_a_dated_document_is_known_from_the_next_open(files, published_at, known):
    """Its time of day means nothing, and midnight UTC is not the evening before."""
    files.change(
        "documents.jsonl",
        1,
        lambda line: line.replace("second", "date").replace("2004-03-03T15:00:00Z", published_at),
    )

    assert known_days(files.open())["a"] == known


def test_documents_are_ordered_by_when_they_were_known(files):
    """Whatever their order in the files; equal instants go by id."""
    first, second = (files.folder / "documents.jsonl").read_text().splitlines(keepends=True)
    third = first.replace('"a"', '"0"')
    files.write("later.jsonl", second + first)
    files.write("documents.jsonl", third)

    world = files.open(feeds={"documents": [{"path": "later.jsonl"}, {"path": "documents.jsonl"}]})

    assert [each.id for each in world.documents] == ["0", "a", "b"]


def test_documents_that_concern_nobody_are_counted(files):
    """What names no instrument speaks of the whole market and stays."""
    files.change("documents.jsonl", 1, lambda line: line.replace("AAA", "ZZZ"))

    world = files.open()

    assert [each.id for each in world.documents] == ["b"]
    assert warned(world) == ("documents left out, for they name no instrument of the universe: 1",)


def test_what_was_written_afterwards_is_told(files):
    """A text that knew the outcome shows that the machine works, and no more."""
    files.change(
        "documents.jsonl", 1, lambda line: line.replace("}\n", ', "written_after": true}\n')
    )

    (warning,) = warned(files.open())
    assert warning.startswith("1 of 2 documents were written after the fact")


def test_figures_are_typed(files):
    """They arrive as numbers with unit and scale."""
    figure = {
        "entity": "AAA", "metric": "eps", "value": 5, "unit": "USD", "scale": 1, "period": "Q",
    }  # fmt: skip
    files.change("documents.jsonl", 1, lambda line: line.replace("[]", json.dumps([figure])))

    (found,) = files.open().documents[0].figures

    assert (found.entity, found.value, found.scale, found.period) == ("AAA", 5.0, 1.0, "Q")


def test_series_are_ordered_by_when_they_were_known(files):
    """A second vintage of a period is one more row, known later."""
    text = (files.folder / "observations.csv").read_text()
    files.write("observations.csv", text + "RATE,2004-01,1.1,2004-03-01T14:00:00Z,first\n")

    world = files.open()

    assert world.series["RATE"].value.tolist() == [1.0, 1.1, 1.25]
    assert world.snapshot(6).series["RATE"].value.tolist() == [1.0, 1.1]
    assert world.snapshot(7).series["RATE"].period == ("2004-01", "2004-01", "2004-02")


def test_revised_figures_are_taken_with_a_warning(files):
    """Only where the scenario says so."""
    text = (files.folder / "observations.csv").read_text()
    files.write("observations.csv", text.replace("first", "revised"))

    world = files.open(feeds={"observations": [{"path": "observations.csv", "revised": "warn"}]})

    assert world.series["RATE"].vintage == "revised"
    assert warned(world) == ("series RATE hold figures that were revised later",)


def test_a_series_stands_in_one_file(files):
    """Else nobody can tell which one counts."""
    twice = [{"path": "observations.csv"}, {"path": "observations.csv"}]

    with pytest.raises(DataError, match=r"series 'RATE' is in .*observations.csv already"):
        files.open(feeds={"observations": twice})


def test_a_series_has_one_vintage(files):
    """First and revised figures do not mix."""
    files.change("observations.csv", 3, lambda line: line.replace("first", "revised"))

    with pytest.raises(
        DataError, match=r"csv:3: vintage of 'RATE' was 'revised', but in line 2 it"
    ):
        files.open(feeds={"observations": [{"path": "observations.csv", "revised": "warn"}]})


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("market.risk_free", "FOMC", r"market\.risk_free was 'FOMC'.*did you mean 'FOMC_TARGET'"),
        ("agents.macro.rate", "FOMC_TARGT", r"agents\[1\]\.rate was .*did you mean 'FOMC_TARGET'"),
        ("agents.macro.spread", "[BAA, BBB]", r"agents\[1\]\.spread\[1\] was 'BBB', but no feed"),
    ],
)
def test_a_series_that_is_named_must_be_there(key, value, message):
    """A slip in its name would quietly be no rate at all, and an agent without its eyes."""
    scenario = Scenario.from_yaml(BUILT_IN.read_text(), BUILT_IN.parent, overrides={key: value})

    with pytest.raises(ScenarioError, match=message):
        open_world(scenario)


def test_a_series_that_is_only_a_default_may_be_missing():
    """An agent of kind macro that names none reads what there is."""
    agents = {"agents": [{"name": "macro", "kind": "macro", "horizon": 5}], "ensemble.quorum": 1}
    gone = {"feeds.observations": [], "market.risk_free": None, "account.cash_spread": None}
    scenario = Scenario.from_yaml(BUILT_IN.read_text(), BUILT_IN.parent, overrides=agents | gone)

    assert open_world(scenario).series == {}
