"""All figures of a run together."""

import json
import math

import numpy as np
import pytest

from steelyard.evaluation.summary import summarise
from steelyard.types.opinion import Cause
from steelyard.types.record import VOICE_COLUMNS
from tests.evaluation.small_run import a_course, a_finished_run, a_record, a_tape, traded

N_STEPS = 600
METRICS = """
net_return_frac sharpe max_drawdown_frac log_loss base_rate_log_loss ece ece_floor n_opinions
n_abstentions n_vetoes n_orders n_fills halted_frac capped_frac annual_return_frac
annual_volatility_frac turnover_per_year mean_gross mean_net time_in_state refused_for_cost
round_trips pnl log_loss_difference
""".split()
AGENT_FIGURES = """
n_opinions n_abstentions n_settled n_effective score_sd confidence_sd log_loss
base_rate_log_loss brier base_rate_brier calibration_error hit_rate mean_confidence judged
log_loss_difference
""".split()


@pytest.fixture(scope="module")
def finished():
    """Agent 0 says 0.6 of everything's rise at every step and is right in 6 of 10."""
    chance = np.random.default_rng(0)
    course = a_course(np.round(100 + np.cumsum(chance.standard_normal((N_STEPS, 2)), axis=0), 2))
    course.outcome[:-5, :, 0] = np.where(chance.random((N_STEPS - 5, 2)) < 0.6, 0.01, -0.01)
    tape = a_tape(N_STEPS, 2)
    tape.score[:, 0], tape.confidence[:, 0], tape.cause[:, 0] = 0.3, 0.6, int(Cause.NONE)
    tape.score[7, 0], tape.confidence[7, 0], tape.cause[7, 0] = 0.0, 0.0, int(Cause.NO_EDGE)
    tape.cause[:, 1, 1] = int(Cause.NOT_LISTED)
    record = traded(course, [(5, 0, 300, 1_000_000), (50, 0, -300, 1_000_000)])
    record.probability[:] = 0.6
    record.voice[:, :, 0, VOICE_COLUMNS.index("stands")] = 1.0
    return a_finished_run(None, course=course, tape=tape, record=record, first_step=4)


@pytest.fixture(scope="module")
def summary(finished):
    """The summary beside one other record that did nothing."""
    return summarise(finished, {"base_rate": a_record(N_STEPS, 2)})


def test_every_figure_is_there(summary):
    """The keys that other parts rely on."""
    assert set(summary) == {"metrics", "agents", "baselines", "vetoes", "abstentions"}
    assert set(METRICS) <= set(summary["metrics"])
    assert all(set(AGENT_FIGURES) <= set(agent) for agent in summary["agents"].values())
    assert set(summary["baselines"]) == {"base_rate", "exposure_matched_basket", "buy_and_hold"}


def test_a_summary_is_json_without_nan(summary):
    """What cannot be told is null, and reading it back gives the same."""
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_an_agent_is_judged_on_what_settled(summary):
    """596 steps less one abstention, less the last 5 that have not settled; 2 instruments."""
    agent = summary["agents"]["agent0"]

    assert (agent["n_opinions"], agent["n_abstentions"], agent["n_settled"]) == (1190, 2, 1180)
    assert agent["hit_rate"] == pytest.approx(0.6, abs=0.05)
    assert agent["base_rate_log_loss"] == pytest.approx(math.log(2))
    assert agent["log_loss"] < agent["base_rate_log_loss"]
    assert agent["confidence_sd"] == pytest.approx(0.0)
    assert agent["judged"] is True


def test_an_agent_stands_beside_the_base_rate(summary):
    """With what chance may move; the one that is right in 6 of 10 is better."""
    agent = summary["agents"]["agent0"]

    apart = agent["log_loss"] - agent["base_rate_log_loss"]
    assert agent["log_loss_difference"]["mean"] == pytest.approx(apart)
    assert agent["log_loss_difference"]["high"] < 0


def test_a_silent_agent_has_no_figures(summary):
    """It was asked for one instrument alone, and is too few to judge."""
    agent = summary["agents"]["agent1"]

    assert (agent["n_opinions"], agent["abstentions"]) == (0, {"nothing_new": 596})
    assert (agent["log_loss"], agent["hit_rate"], agent["judged"]) == (None, None, False)


def test_abstentions_are_summed_by_cause(summary):
    """What was not listed was not asked, so it is no abstention."""
    assert summary["abstentions"] == {"nothing_new": 596, "no_edge": 2}
    assert summary["metrics"]["n_abstentions"] == 598


def test_the_pool_stands_beside_the_base_rate(summary):
    """It says what agent 0 says, also where that is silent, and is better than a coin."""
    metrics = summary["metrics"]

    assert metrics["n_settled"] == 1182
    apart = metrics["log_loss"] - metrics["base_rate_log_loss"]
    assert metrics["log_loss_difference"]["mean"] == pytest.approx(apart)
    assert metrics["log_loss_difference"]["high"] < 0


def test_profit_is_told_in_currency(finished, summary):
    """The parts add up, and the costs are the two fees of 1."""
    pnl = summary["metrics"]["pnl"]
    expected = (int(finished.record.equity[-1]) - finished.cash) / 1e6

    assert pnl["total"] == pytest.approx(expected)
    assert pnl["market"] + pnl["selection"] + pnl["cost"] + pnl["carry"] == pytest.approx(expected)
    assert pnl["cost"] == -2.0


def test_the_idle_baseline_is_the_runs_own_mean_return_apart(summary):
    """Against an account that did nothing the difference is all that the run earned."""
    baseline = summary["baselines"]["base_rate"]

    assert baseline["net_return_frac"] == 0.0
    assert baseline["sharpe"] is None
    assert set(baseline["difference"]) == {"mean", "low", "high"}


def test_a_run_without_opinion_or_fill():
    """Nothing said and nothing done still sums up, with null where nothing can be told."""
    metrics = summarise(a_finished_run(np.full((8, 2), 10.0)), {})["metrics"]

    assert (metrics["n_opinions"], metrics["n_fills"], metrics["net_return_frac"]) == (0, 0, 0.0)
    assert (metrics["log_loss"], metrics["capped_frac"], metrics["sharpe"]) == (None, None, None)
    assert metrics["log_loss_difference"] == {"mean": None, "low": None, "high": None}
