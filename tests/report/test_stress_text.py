"""A stress test as text: what a reader must see first, and never miss."""

import pytest

from steelyard.report.stress import as_text, failures

FIGURES = {
    "exposure_frac": 0.8,
    "drawdown_frac": 0.1,
    "loss_frac": 0.09,
    "predicted_loss_frac": 0.18,
    "n_fills": 6,
    "n_vetoes": 2,
}


def a_case(status="passed", *, failed=(), bare=(), **figures):
    """Give a case whose one book has these figures."""
    shown = FIGURES | figures
    book = shown | {"failed": list(failed), "breaches": {"in_halt": 3}}
    return shown | {
        "status": status,
        "failed": list(failed),
        "without_halts": shown | {"failed": list(bare)},
        "books": {"own": book},
    }


def found(**cases):
    """Give a whole document."""
    return {
        "name": "study",
        "eve": "2007-10-18",
        "window": 63,
        "most_gross_frac": 0.8,
        "gates": {"sharpe": {"bound": "> 1.0", "value": 0.5, "passed": False}},
        "stress_gates": {"drawdown_frac": "<= 0.2", "loss_over_predicted": "<= 1.25"},
        "cases": cases,
    }


def test_the_worst_case_comes_first_and_failures_are_marked():
    """By drawdown; a passed case has no mark."""
    bad = a_case("failed", failed=["drawdown_frac"], drawdown_frac=0.3)
    lines = as_text(found(calm=a_case(), wild_days=bad)).splitlines()
    rows = [line for line in lines if line.startswith(("calm", "wild days"))]

    assert rows[0].startswith("wild days")
    assert rows[0].endswith("FAILED")
    assert rows[1].endswith("2")
    assert max(map(len, lines)) <= 100


def test_no_line_is_wider_than_a_page():
    """With the longest name and the longest mark."""
    text = as_text(found(agent_overconfident=a_case("not exercised")))

    assert max(map(len, text.splitlines())) <= 100


def test_what_only_a_halt_saved_is_said():
    """It passes, and would not without."""
    text = as_text(found(calm=a_case(), saved=a_case(bare=["drawdown_frac"])))

    assert "saved by a halt alone (they fail with halts that never bind): saved" in text


@pytest.mark.parametrize(
    ("case", "line"),
    [
        (
            a_case("failed", failed=["drawdown_frac"], drawdown_frac=0.3),
            "case x, own book: gate drawdown_frac <= 0.2: it was 0.3000",
        ),
        (
            a_case("failed", failed=["loss_over_predicted"], loss_frac=0.3),
            "case x, own book: gate loss_over_predicted <= 1.25: it lost 30.0 % of 18.0 %",
        ),
        (
            a_case("failed", failed=["in_halt"]),
            "case x, own book: an order was sent, or filled, in a halted instrument (3 times)",
        ),
        (a_case("not exercised"), "case x: not exercised, no book held enough to be hurt"),
    ],
)
def test_every_failure_is_named(case, line):
    """With case, book, bound and value; the run's own gates come first."""
    assert failures(found(x=case)) == ["gate sharpe > 1.0: it was 0.5", line]
