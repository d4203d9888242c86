"""Stress tests: where they start, what they print, and when a case counts as passed."""

from dataclasses import replace

import numpy as np
import pytest

from steelyard.errors import DataError
from steelyard.scenario.gates import Comparison
from steelyard.scenario.stress import CASE_NAMES, StressGates
from steelyard.sim.shocks import MADE
from steelyard.validation.books import Ended, gross_by_step, most_gross, unhalted
from steelyard.validation.cases import AGENT_CASES, CASES, largest_holding
from steelyard.validation.conduct import Breaches
from steelyard.validation.dated import DATED
from steelyard.validation.stress import eve_of, failures, judged
from tests.validation.stressed import WINDOW, stressed

SOUND = Ended(
    exposure_frac=0.8,
    predicted_loss_frac=0.2,
    drawdown_frac=0.1,
    loss_frac=0.1,
    n_fills=5,
    n_vetoes=2,
    breaches=Breaches(0, 0, 0, 0),
    is_exercised=True,
)
IDLE = replace(SOUND, exposure_frac=0.1, is_exercised=False)


def status_of(**ended):
    """Judge books of these figures under the default gates."""
    return judged(stressed().base.scenario, "", ended, ended)["status"]


def test_the_scenario_names_every_case_and_no_other():
    """What a file may say is what there is."""
    assert tuple(CASES) == CASE_NAMES
    assert set(CASE_NAMES) == {*DATED, *MADE, *AGENT_CASES}
    assert len(CASE_NAMES) >= 20
    assert [name for name, case in CASES.items() if not case.about] == []


def test_the_eve_is_the_day_of_largest_gross():
    """Behind it the window fits; no such day holds more."""
    opened, _, record, base = stressed()
    gross = gross_by_step(record, opened.world.instruments)

    assert base.eve + WINDOW < opened.world.n_steps
    assert gross[base.eve] == gross[: opened.world.n_steps - WINDOW].max() > 0.3


def test_a_run_shorter_than_its_window_is_refused():
    """Said with the number of its steps."""
    opened, _, record, _ = stressed()
    long = opened._replace(scenario=opened.scenario.changed({"stress.window": "400"}))

    with pytest.raises(DataError, match=r"stress\.window needs 400"):
        eve_of(long, record)


def test_what_strikes_one_strikes_the_largest_holding():
    """By weight on the eve."""
    opened, _, record, base = stressed()
    value = np.abs(record.lots[base.eve] * record.mark_ticks[base.eve])

    assert largest_holding(base) == opened.world.instruments[int(np.argmax(value))].id


def test_most_gross_is_what_the_limits_allow_together():
    """Four positions of 20 % are 80 %, whatever max_gross says; ten are cut by it."""
    scenario = stressed().base.scenario

    assert most_gross(scenario, 4) == pytest.approx(0.8)
    assert most_gross(scenario, 10) == pytest.approx(1.0)


def test_a_case_fails_by_its_worst_book():
    """One book past a gate fails it, and the worst figures are shown."""
    bad = replace(SOUND, drawdown_frac=0.21, n_fills=1, exposure_frac=0.5)
    books = {"own": SOUND, "long": bad}
    case = judged(stressed().base.scenario, "", books, books)

    assert (case["status"], case["failed"]) == ("failed", ["drawdown_frac"])
    assert (case["drawdown_frac"], case["n_fills"], case["exposure_frac"]) == (0.21, 1, 0.8)


@pytest.mark.parametrize(
    ("change", "gates"),
    [
        ({"drawdown_frac": 0.2}, []),
        ({"drawdown_frac": 0.2001}, ["drawdown_frac"]),
        ({"loss_frac": 0.25}, []),
        ({"loss_frac": 0.2501}, ["loss_over_predicted"]),
        ({"predicted_loss_frac": 0.0}, ["loss_over_predicted"]),
        ({"predicted_loss_frac": 0.0, "loss_frac": 0.0}, []),
        ({"predicted_loss_frac": float("nan")}, ["loss_over_predicted"]),
        ({"breaches": Breaches(1, 0, 0, 0)}, ["past_limit"]),
        ({"breaches": Breaches(0, 2, 1, 0)}, ["in_halt", "at_reopening"]),
        ({"breaches": Breaches(0, 0, 0, 3)}, ["past_say"]),
    ],
)
def test_a_book_fails_the_gates_that_it_does_not_keep(change, gates):
    """Bounds hold to the end; a loss that nobody predicted is one too many."""
    assert failures(stressed().base.scenario, replace(SOUND, **change)) == gates


def test_a_gate_may_be_left_out_and_conduct_may_not():
    """`none` lifts a bound; an order in a halt still fails."""
    gates = StressGates(drawdown_frac=None, loss_over_predicted=Comparison("<=", 9.0))
    scenario = stressed().base.scenario
    stress = scenario.stress.model_copy(update={"gates": gates})
    lax = scenario.model_copy(update={"stress": stress})
    wild = replace(SOUND, drawdown_frac=0.9, breaches=Breaches(0, 1, 0, 0))

    assert failures(lax, wild) == ["in_halt"]


def test_a_case_that_no_book_was_exposed_to_is_not_passed():
    """One exposed book is enough; none is not."""
    assert status_of(own=IDLE, long=SOUND) == "passed"
    assert status_of(own=IDLE, long=IDLE) == "not exercised"
    assert status_of(own=replace(IDLE, drawdown_frac=0.5)) == "failed"


def test_without_halts_no_loss_binds():
    """The other limits stay."""
    scenario = stressed().base.scenario
    bare = unhalted(scenario)

    assert (bare.risk.max_drawdown, bare.risk.daily_loss) == (1.0, 1.0)
    assert (
        bare.risk.model_copy(
            update={
                "max_drawdown": scenario.risk.max_drawdown,
                "daily_loss": scenario.risk.daily_loss,
            }
        )
        == scenario.risk
    )
