"""The run folder: its database opens anywhere, agrees with the summary, explains every step."""

import json
import sqlite3
from contextlib import closing

import pytest
import sqlite_utils

from steelyard.report.explain import as_text, explanations
from steelyard.report.rows import FolderRows
from steelyard.store import VIEWS
from tests.command import finished

FILES = {
    *("begun.json", "environment.json", "resolved.json", "run.sqlite", "scenario.yaml"),
    *("summary.json", "tape.sqlite"),
}


def ask(query):
    """Give the rows of a query as any reader of SQLite would."""
    with closing(sqlite3.connect(finished().folder / "run.sqlite")) as connection:
        return connection.execute(query).fetchall()


def number(query):
    """Give the one number that a query asks for."""
    ((value,),) = ask(query)
    return value


def summary():
    """Give the run's summary."""
    return json.loads((finished().folder / "summary.json").read_text())


def test_the_folder_holds_what_it_says():
    """Nothing is missing, nothing half written is left."""
    assert {path.name for path in finished().folder.iterdir()} == FILES


def test_the_scenario_is_kept_verbatim():
    """Comments and all, as it was read."""
    shipped = (finished().folder / "scenario.yaml").read_text()

    assert "# a year" in shipped
    assert shipped.startswith("version: 1\nname: megacaps")


def test_sqlite_utils_sees_tables_and_views():
    """Schema, indexes and views are there for readers such as datasette."""
    database = sqlite_utils.Database(finished().folder / "run.sqlite")

    assert set(database.view_names()) == set(VIEWS)
    assert all(database.table(name).indexes for name in database.table_names())
    for view in VIEWS:
        assert list(database.query(f"select * from {view} limit 1"))  # noqa: S608 - our own names


COUNTS = {
    "n_opinions": "select count(*) from opinions",
    "n_abstentions": "select count(*) from abstentions",
    "n_orders": "select count(*) from orders",
    "n_fills": "select count(*) from fills",
    "n_vetoes": "select count(*) from decisions where verb = 'veto'",
    "refused_for_cost": "select count(*) from decisions where reason = 'cost'",
    "n_settled": "select count(outcome) from verdicts where base_rate is not null",
    "n_asked": "select count(*) from decisions where verb in ('approve', 'resize', 'veto')",
}


@pytest.mark.parametrize("metric", COUNTS)
def test_a_count_of_the_summary_is_the_count_of_its_rows(metric):
    """What the summary counts can be looked at one by one."""
    assert number(COUNTS[metric]) == summary()["metrics"][metric]


def test_the_busy_run_has_something_of_everything():
    """Or the other tests here would look at nothing."""
    metrics = summary()["metrics"]
    stops = number("select count(*) from fills where purpose = 'protect'")

    assert min(metrics["n_fills"], metrics["n_vetoes"], metrics["n_abstentions"], stops) > 0


def test_the_last_equity_is_the_net_return():
    """To the rounding of a float: equity is money, the return a ratio."""
    cash, metrics = 10_000_000, summary()["metrics"]
    last = number("select equity from equity order by step desc limit 1")

    assert last / cash - 1 == pytest.approx(metrics["net_return_frac"], abs=1e-12)
    assert last - cash == pytest.approx(metrics["pnl"]["total"], abs=1e-6)


def test_costs_of_fills_are_the_cost_of_the_summary():
    """Fee, spread, slippage and impact of every fill, and nothing else."""
    paid = number("select sum(fee + spread + slippage + impact) from fills")

    assert -paid == pytest.approx(summary()["metrics"]["pnl"]["cost"], abs=1e-4)


def test_every_order_and_fill_belongs_to_a_decision():
    """An order is its decision's; a fill is an order's, or that of a stop behind an entry."""
    orphans = number(
        "select count(*) from orders o left join decisions d using (step, instrument)"
        " where d.order_lots is not o.lots"
    )
    strays = number(
        "select count(*) from fills left join orders using (order_id)"
        " where orders.order_id is null and fills.purpose != 'protect'"
    )
    over = number(
        "select count(*) from orders o where abs(o.lots) <"
        " (select coalesce(sum(abs(lots)), 0) from fills where order_id = o.order_id)"
    )

    assert (orphans, strays, over) == (0, 0, 0)


def test_fills_add_up_to_positions():
    """No split in this span: what is held at the end is what was bought less what was sold."""
    held = dict(
        ask("select instrument, lots from positions where step = (select max(step) from equity)")
    )
    filled = dict(ask("select instrument, sum(lots) from fills group by instrument"))

    assert {name: lots for name, lots in filled.items() if lots} == held


def test_every_settled_opinion_has_its_outcome_and_every_miss_is_listed():
    """Predictions stand beside what came; the misses are those that went the other way."""
    settled = dict(ask("select agent, count(outcome) from opinions group by agent"))
    hits = dict(ask("select agent, hit_rate from v_agents"))
    misses = dict(ask("select agent, count(*) from v_misses group by agent"))
    agents = summary()["agents"]

    for name, told in agents.items():
        assert settled[name] == told["n_settled"]
        assert hits[name] == pytest.approx(told["hit_rate"])
        assert misses[name] == round((1 - told["hit_rate"]) * told["n_settled"])


def test_only_the_last_horizon_is_unsettled():
    """An opinion without outcome is younger than its horizon and the step of its execution."""
    youngest = number("select max(step) from equity")
    late = ask("select step, horizon from opinions where outcome is null")

    assert late
    assert all(step + horizon + 1 > youngest for step, horizon in late)


def test_every_decision_can_be_explained():
    """No cell of the run makes the explanation fail; lines keep to their width."""
    cells = ask("select distinct session, instrument from decisions")
    days = sorted({session for session, _ in cells})[::8]
    told = [
        as_text(explanations(FolderRows(finished().folder), session, instrument))
        for session, instrument in cells
        if session in days
    ]

    assert len(told) >= 60
    assert max(len(line) for text in told for line in text.splitlines()) <= 100
    assert not any("None" in text or "nan" in text for text in told)


CASES = {
    "a veto": ("verb = 'veto'", "no trade (vetoed)", "  rule     "),
    "a cut": ("verb = 'resize'", "cut by the supervisor", ", limit "),
    "an enforcement": ("verb = 'enforce'", "the supervisor's own", "  because  a limit was passed"),
    "an entry": ("purpose = 'open'", "  asked    edge over cost", "  order    +", "  filled   +"),
    "an exit": ("purpose = 'reduce'", "  order    -", "  filled   -"),
    "a stop": (
        "(step, instrument) in (select step, instrument from fills where purpose = 'protect')",
        "  said     ",
        "  stopped  -",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_an_explanation_shows_what_became_of_the_decision(case):
    """Each kind of outcome is told with its numbers."""
    where, *shown = CASES[case]
    session, instrument = ask(
        f"select session, instrument from decisions where {where} order by step limit 1"  # noqa: S608 - written above
    )[0]
    text = as_text(explanations(FolderRows(finished().folder), session, instrument))

    assert [part for part in shown if part not in text] == []
