"""The text of a summary: order, width, and words where a number would mislead."""

import copy
import json

import pytest

from steelyard.report.summary import as_text, panel_warnings
from tests.command import finished


@pytest.fixture
def summary():
    """Give a real summary, to be changed."""
    return copy.deepcopy(json.loads(finished().stdout))


def test_lines_are_at_most_100_characters_wide(summary):
    """Also with long names and long warnings."""
    summary["agents"]["an-agent-with-a-name-that-is-very-long"] = summary["agents"]["macro"]
    summary["warnings"].append("a warning that goes on " * 20)

    assert max(len(line) for line in as_text(summary).splitlines()) <= 100
    assert not any(line != line.rstrip() for line in as_text(summary).splitlines())


def test_halts_and_warnings_come_before_any_figure(summary):
    """What a reader must know first stands first."""
    summary["metrics"]["halted_frac"] = 0.031
    text = as_text(summary)
    order = ["TRADING WAS HALTED in 3.1 %", "warning: universe chosen", "net return"]

    assert [text.index(part) for part in order] == sorted(text.index(part) for part in order)


def test_a_run_without_a_fill_says_so_first(summary):
    """Rows of zeros look like a defect; only what stood in the way tells."""
    summary["metrics"] |= {"n_fills": 0, "refused_for_cost": 67, "n_vetoes": 2}
    told = "NOTHING WAS TRADED: 67 openings not worth their cost, 2 vetoes"
    text = as_text(summary)

    assert text.index(told) < text.index("warning: ")


@pytest.mark.parametrize(
    ("n_opinions", "causes", "told"),
    [
        (0, {"no_data": 9}, ["agent ann gave no opinion in the whole run (no data 9)"]),
        (0, {"failed": 9}, ["agent ann gave no opinion in the whole run (failed 9)"]),
        (7, {"no_edge": 1, "failed": 2}, ["agent ann broke in 2 of 10 answers (failed 2)"]),
        (7, {"no_edge": 3}, []),
    ],
)
def test_an_agent_without_a_say_is_told_and_one_that_broke(n_opinions, causes, told):
    """Silence by choice is no warning."""
    row = {"n_opinions": n_opinions, "abstentions": causes, "n_abstentions": sum(causes.values())}

    assert list(panel_warnings({"ann": row})) == told


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (-0.01, 0.01, "no difference shown"),
        (0.001, 0.01, "better"),
        (-0.02, -0.01, "worse"),
        (None, None, "too short a run for an interval"),
    ],
)
def test_an_interval_is_put_in_words(summary, low, high, words):
    """A reader need not know that an interval around zero shows nothing."""
    summary["baselines"]["base_rate"]["difference"] = {"mean": 0.0, "low": low, "high": high}
    line = next(line for line in as_text(summary).splitlines() if "to base rate" in line)

    assert line.endswith(words)


def test_an_agent_with_too_few_opinions_shows_no_losses(summary):
    """Its figures stay in the JSON; the text does not tempt."""
    few, many = summary["agents"]["news"], summary["agents"]["macro"]
    few["judged"], many["judged"] = False, True
    rows = {line.split()[0]: line for line in as_text(summary).splitlines() if line}

    assert rows["news"].endswith("too few to judge (below 200 effective)")
    assert f"{many['log_loss']:.4f}" in rows["macro"]


def test_what_cannot_be_told_is_a_dash(summary):
    """Null figures are no zero."""
    summary["metrics"] |= {"sharpe": None}
    summary["metrics"]["round_trips"] |= {"win_rate": None, "payoff": None}
    text = as_text(summary)

    assert "won -, payoff -" in text
    assert "None" not in text


def test_a_failed_gate_is_seen_at_the_top_and_at_the_bottom(summary):
    """With what it asked and what it was."""
    summary["status"] = "gate_failed"
    summary["gates"] = {"sharpe": {"bound": ">= 1.0", "value": 0.25, "passed": False}}
    text = as_text(summary)

    assert text.splitlines()[0].endswith("A GATE FAILED, see below")
    assert "gate sharpe >= 1.0: FAILED, it was 0.25" in text


def test_parts_of_the_profit_add_up_to_it(summary):
    """Rounded to whole money, each by itself."""
    pnl = summary["metrics"]["pnl"]

    assert sum(pnl[part] for part in ("market", "selection", "cost", "carry")) == pytest.approx(
        pnl["total"], abs=1e-5
    )
    assert f"profit and loss   {pnl['total']:+,.0f} USD = market" in as_text(summary)


def test_silence_is_told_by_agent_and_cause(summary):
    """And vetoes by rule."""
    agent = summary["agents"]["news"]
    cause, n = next(iter(agent["abstentions"].items()))
    rule, n_vetoes = next(iter(summary["vetoes"].items()))
    text = as_text(summary)

    assert f"({cause.replace('_', ' ')} {n}" in text
    assert f"({rule.replace('_', ' ')} {n_vetoes}" in text


def test_a_long_name_is_told_whole(summary):
    """Two agents may differ in their last letters only."""
    name = "reads_statements_of_policy"
    agents = summary["agents"] | {name: summary["agents"]["news"]}

    assert f"\nsilent: {name} " in as_text(summary | {"agents": agents})
