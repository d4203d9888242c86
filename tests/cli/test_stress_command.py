"""`steelyard stress`: what it prints, and how it ends."""

import json

import pytest

from tests.command import called

SHORT = (
    *("--from", "2007-10-01", "--to", "2008-06-30"),
    *("--set", "trade.edge_over_cost=0", "--set", "risk.min_probability=50%"),
    *("--set", "stress.window=21", "--set", "gates.max_drawdown_frac=none"),
)
FIGURES = (
    *("drawdown_frac", "loss_frac", "predicted_loss_frac", "exposure_frac"),
    *("n_fills", "n_vetoes", "status"),
)


def stressed(capsys, *arguments):
    """Put nine months of the built-in world under stress."""
    return called(capsys, "stress", "megacaps", *SHORT, *arguments)


def test_a_script_reads_each_case_by_name(capsys):
    """One document, every figure of every book; nothing else on stdout."""
    done = stressed(capsys, "--case", "gap", "--case", "agent_down", "--json")
    found = json.loads(done.stdout)

    assert done.returncode == 0, done.stderr
    assert (found["status"], list(found["cases"])) == ("passed", ["gap", "agent_down"])
    for case in found["cases"].values():
        assert set(FIGURES) <= set(case)
        assert list(case["books"]) == ["own", "long", "short"]
        assert case["n_fills"] > 0
    gap = found["cases"]["gap"]["books"]
    assert gap["long"]["exposure_frac"] == pytest.approx(0.8, abs=0.01)
    assert gap["long"]["loss_frac"] > 0.05
    assert gap["short"]["loss_frac"] > 0.05


def test_an_impossible_gate_ends_it_with_6(capsys):
    """The table is printed all the same; case, book, bound and value are named."""
    done = stressed(capsys, "--case", "gap", "--set", "stress.gates.drawdown_frac=<= 0%")

    assert done.returncode == 6
    assert "gap" in done.stdout
    assert "FAILED" in done.stdout
    assert "case gap, long book: gate drawdown_frac <= 0.0: it was 0." in done.stderr


def test_a_gate_of_the_run_itself_counts(capsys):
    """The scenario's own gates are held against the run behind the cases."""
    done = stressed(capsys, "--case", "spread", "--set", "gates.n_fills=> 1e6")

    assert done.returncode == 6
    assert "gate n_fills > 1000000.0: it was" in done.stderr


def test_looser_limits_fail(capsys):
    """Full books of twice the equity do not stand three days at a limit of ten percent."""
    loose = ("max_position=100%", "max_gross=200%", "max_net=200%")
    settings = [part for each in loose for part in ("--set", f"risk.{each}")]
    done = stressed(capsys, "--case", "limit_days", *settings)

    assert done.returncode == 6


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["stress", "megacaps", "--case", "gapp"], 2, "'gapp' is no case; did you mean 'gap'?"),
        (["stress", "megacaps", "--case", "x"], 2, "unannounced_split, agent_down"),
        (["stress", "megacaps", "--set", "stress.cases=[gapp]"], 3, "did you mean 'gap'?"),
        (["stress", "megacaps", "--to", "2000-04-03"], 5, "stress.window needs 63"),
    ],
)
def test_what_cannot_be_stressed_ends_with_its_code(arguments, code, message, capsys):
    """Unknown cases are listed; a run shorter than its window says so."""
    done = called(capsys, *arguments)

    assert (done.returncode, done.stdout) == (code, "")
    assert message in done.stderr


@pytest.mark.slow
def test_the_shipped_run_stands_every_case(capsys):
    """All of them, none left out for want of exposure; so does the study for CI."""
    done = called(capsys, "stress", "megacaps", "--json")
    cases = json.loads(done.stdout)["cases"]

    assert done.returncode == 0, done.stderr
    assert len(cases) >= 20
    assert {case["status"] for case in cases.values()} == {"passed"}
    assert min(case["n_fills"] for case in cases.values()) > 0


@pytest.mark.slow
def test_the_crash_study_stands(capsys):
    """A user who copies it starts green."""
    assert called(capsys, "stress", "crash").returncode == 0
