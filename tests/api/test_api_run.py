"""A run in Python: what it says of itself, of each decision, and of what cannot be told."""

import json
import re
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

import steelyard
from steelyard import plugins
from steelyard.api import Decision, _how
from steelyard.executor import How
from steelyard.measure import told_of
from steelyard.report.explain import explanations
from steelyard.report.notebook import as_html
from steelyard.report.rows import MemoryRows
from steelyard.testing.agents import no_skill
from steelyard.testing.runs import a_scenario, play
from tests.api.stage import BRIEF
from tests.command import called
from tests.run.stage import BUSY, STEPS_A_SESSION, a_busy_world, within_sessions


def some_trade(run):
    """Give session and instrument of the first fill's decision."""
    row = run.table("orders").rows()[0]
    return row["session"], row["instrument"]


def test_everything_is_within_reach(done):
    """Figures, arrays, the scenario and the folder."""
    assert done.summary == json.loads((done.folder / "summary.json").read_text())
    assert done.digest == done.summary["digest"]
    assert done.scenario.name == "megacaps"
    assert done.tape.agents == ("technical", "news")
    assert len(done.equity) == done.summary["n_steps"]
    assert done.equity["equity"][-1] == done.record.equity[-1] / 1e6
    assert done.world.n_steps == len(done.record.equity)


def test_the_seed_and_the_settings_are_those_asked_for(tmp_path):
    """By keyword, for a file as for a scenario; a scenario itself does not change."""
    scenario = steelyard.load("megacaps", overrides=BRIEF)
    first = steelyard.run("megacaps", seed=11, overrides=BRIEF, runs_dir=tmp_path)
    second = steelyard.run(scenario, seed=11, runs_dir=tmp_path)

    assert first.summary["seed"] == second.scenario.seed == 11
    assert first.digest == second.digest
    assert scenario.seed == 7


def test_progress_is_told(tmp_path):
    """What is being done, how much of it, of how much."""
    told = []
    steelyard.run(
        "megacaps", overrides=BRIEF, runs_dir=tmp_path, progress=lambda *step: told.append(step)
    )

    assert {what for what, _, _ in told} >= {"reading data", "deciding", "measuring"}
    assert all(0 <= n_done <= total for _, n_done, total in told)


def test_an_explanation_is_what_the_command_prints(done, capsys):
    """The same lines, the same JSON, from memory as from the folder."""
    session, instrument = some_trade(done)
    place = ("runs", "show", done.folder, "--on", session, "--of", instrument)
    decision = done.decision(session, instrument)

    assert decision.explain() + "\n" == called(capsys, *place).stdout
    assert decision.document() == json.loads(called(capsys, *place, "--json").stdout)
    assert repr(decision) == decision.explain()


def test_every_decision_is_explained_alike_from_memory_and_from_the_folder(done):
    """Also where nothing was traded: each of the run's cells, but for every fifth day."""
    opened = steelyard.open_run(done.folder)
    rows = done.decisions.rows()
    for row in rows[::20] + [row for row in rows if row["verb"] == "veto"][:5]:
        cell = row["session"], row["instrument"]

        assert done.decision(*cell).document() == opened.decision(*cell).document()
        assert done.decision(*cell).row == row


def test_a_decision_is_asked_for_by_text_or_date(done):
    """Both name a session."""
    session, instrument = some_trade(done)

    assert done.decision(session, instrument).row == (
        done.decision(date.fromisoformat(session), instrument).row
    )


def test_no_trade_has_its_reason(done):
    """`why no trade?` is answered as any other question."""
    row = next(row for row in done.decisions.rows() if row["order_lots"] == 0)
    told = done.decision(row["session"], row["instrument"]).explain()

    assert told.startswith(f"{row['session']} {row['instrument']}  no trade")
    assert re.search(r"^  (because|refused|kept|asked|rule) ", told, re.MULTILINE)


@pytest.mark.parametrize(
    ("session", "instrument", "message"),
    [
        ("2008-05-04", "IBM", "that was no session; the nearest: 2008-05-02 and 2008-05-05"),
        ("2001-01-02", "IBM", "decided from 2008-03-03 to 2008-07-31; the nearest: 2008-03-03"),
        ("2008-05-02", "IMB", "the run does not know that symbol; did you mean 'IBM'?"),
        ("2008-05-02", "X", "the run does not know that symbol; known: AAPL, GOOG, IBM, MSFT"),
        ("yesterday", "IBM", "'yesterday' is no date; write it as 2008-09-29"),
        ("2008-05-02, or so", "IBM", "'2008-05-02, or so' is no date"),
        ("2008-05-02", None, "the run does not know that symbol; known: AAPL, GOOG"),
    ],
)
def test_what_was_not_decided_names_the_nearest(session, instrument, message, done):
    """From memory and from the folder alike."""
    for run in (done, steelyard.open_run(done.folder)):
        with pytest.raises(steelyard.DataError, match=re.escape(message)):
            run.decision(session, instrument)


def test_before_its_listing_an_instrument_was_not_decided_on(tmp_path):
    """The first day on which it was is named."""
    late = {"market.from": "2004-08-11", "market.to": "2004-08-25"}
    run = steelyard.run("megacaps", overrides=BRIEF | late, runs_dir=tmp_path)

    with pytest.raises(steelyard.DataError, match=r"it was not listed; the nearest: 2004-08-19"):
        run.decision("2004-08-12", "GOOG")


def test_a_run_is_shown_in_one_line_and_in_full(done):
    """`repr` for a prompt, `str` as the command prints it."""
    assert repr(done).startswith("<Run megacaps, 2008-03-03 to 2008-07-31, net return ")
    assert done.digest[:16] in repr(done)
    assert "mean difference of return" in str(done)


def test_a_notebook_shows_warnings_before_figures(done):
    """Then the differences with their intervals, a chart, and where it lies."""
    shown = done._repr_html_()
    order = [shown.index(part) for part in ("<ul>", "to base rate", "<svg", str(done.folder.name))]

    assert order == sorted(order)
    assert "universe chosen in hindsight" in shown
    assert "to exposure matched basket" in shown
    assert re.search(r"[+-]\d+\.\d\d % \[[+-]", shown)


def test_a_notebook_gets_nothing_that_runs_or_loads(done):
    """No script, no address; hostile words are shown as they are."""
    hostile = dict(done.summary) | {
        "name": "<script>alert(1)</script>",
        "warnings": ['<img src=x onerror="alert(1)">'],
        "run_dir": "runs/<b>x</b>&",
        "currency": '"><script>',
        **dict.fromkeys(("from", "to", "digest", "tape_digest"), "<img src=x>"),
    }
    shown = as_html(hostile, done.equity)

    assert "<script" not in shown
    assert "<img" not in shown
    assert "<b>x" not in shown
    assert re.search(r"(?:href|src)=|https?:|url\(", done._repr_html_()) is None


def test_a_halt_and_a_failed_gate_come_first(done):
    """What must be known before the figures."""
    metrics = dict(done.summary["metrics"]) | {"halted_frac": 0.019}
    gates = {"sharpe": {"bound": ">= 9", "value": 0.1, "passed": False}}
    told = dict(done.summary) | {"metrics": metrics, "gates": gates, "status": "gate_failed"}
    shown = as_html(told, done.equity)

    assert "<ul><li>TRADING WAS HALTED in 1.9 % of all steps</li>" in shown
    assert "<li>A GATE FAILED: sharpe</li>" in shown


def test_several_decisions_of_a_session_are_all_told():
    """With bars shorter than a session each step is there; `row` is the last."""
    world = within_sessions(a_busy_world(5, n_steps=60))
    always = np.ones(world.n_steps, dtype=np.bool_)
    world = replace(world, timing=world.timing._replace(decides=always))
    scenario = a_scenario(world, [no_skill(world, 1)], BUSY)
    played = play(world, [no_skill(world, 1)], scenario)
    told = told_of(scenario, world, played.course, played.tape, played.record)
    rows = MemoryRows(told, scenario.resolved())
    last = rows.rows("decisions")[-1]
    decision = Decision(explanations(rows, last["session"], last["instrument"]))
    steps = [step.decision["step"] for step in decision.steps]

    assert steps == list(range(last["step"] - STEPS_A_SESSION + 1, last["step"] + 1))
    assert decision.row == last
    assert decision.explain().count(f"{last['session']} {last['instrument']}  ") == 3
    assert len(decision.document()) == 3


def test_a_folder_that_is_not_there_is_not_resumed(tmp_path):
    """It is said as where one is opened."""
    with pytest.raises(steelyard.DataError, match="none: no such run folder"):
        steelyard.resume(tmp_path / "none")


@pytest.mark.parametrize("written", ["[1]", "{}"])
def test_what_is_no_summary_is_not_opened(written, tmp_path):
    """Before any figure is asked for."""
    (tmp_path / "summary.json").write_text(written)

    with pytest.raises(steelyard.DataError, match=r"summary.json: it is no summary of a run"):
        steelyard.open_run(tmp_path)


def test_where_agents_are_asked_goes_to_the_engine():
    """None stands for what is usual."""
    asked = {"executor": "ray", "workers": 2, "address": "auto", "deadline_s": 5.0}

    assert _how(asked) == How("ray", 2, "auto", 5.0)
    assert _how({"executor": "local", "workers": None, "address": None}) == _how({}) == How()


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sed": 7}, TypeError, "unexpected keyword arguments: sed"),
        ({"executor": "spark"}, ValueError, "executor was 'spark', but it is one of local, ray"),
        ({"workers": -1}, ValueError, "workers was -1, but it is a whole number, at least 1"),
        ({"workers": "2"}, ValueError, "workers was '2', but it is a whole number"),
        ({"deadline_s": -1}, ValueError, "deadline_s was -1, but it is a number of seconds"),
    ],
)
def test_a_keyword_that_is_not_known_is_refused(options, error, message, tmp_path):
    """A typing error is not passed over in silence."""
    with pytest.raises(error, match=message):
        steelyard.run("megacaps", runs_dir=tmp_path / "none", **options)
    assert not (tmp_path / "none").exists()


def test_an_agent_that_breaks_is_a_warning_of_the_run(tmp_path, monkeypatch):
    """Its run goes on, and its figures begin with that."""
    monkeypatch.setattr(plugins, "_registered", dict(plugins._registered))

    @steelyard.agent(name="broken", horizon=5)
    def broken(known):
        """Look for what is not there."""
        return known.bars.clse

    panel = [*BRIEF["agents"], {"name": "ann", "kind": "broken"}]
    run = steelyard.run("megacaps", overrides=BRIEF | {"agents": panel}, runs_dir=tmp_path)
    told = f"agent ann gave no opinion in the whole run (failed {4 * len(run.equity)})"

    assert told in run.summary["warnings"]
    assert run.summary["warnings"][-1].startswith("no split")


def test_a_notebook_says_that_nothing_was_traded(done):
    """Before all else, as the command does."""
    idle = dict(done.summary) | {"metrics": done.summary["metrics"] | {"n_fills": 0}}

    assert "<ul><li>NOTHING WAS TRADED: " in as_html(idle, done.equity)
