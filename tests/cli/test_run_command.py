"""`steelyard run`: what it prints where, what it takes, and how it ends."""

import json
import signal
import subprocess
import sys

import pytest

from steelyard.store import list_runs
from tests.command import ROOT, TWO_WEEKS, called, finished, steelyard

PROMISED = {
    "": ("digest", "tape_digest", "status", "run_dir", "executor", "n_workers", "warnings"),
    "metrics": (
        *("net_return_frac", "sharpe", "max_drawdown_frac", "log_loss", "base_rate_log_loss"),
        *("ece", "ece_floor", "n_opinions", "n_abstentions", "n_vetoes", "n_orders", "n_fills"),
        *("halted_frac", "capped_frac"),
    ),
}
ABOUT_AN_AGENT = (
    *("n_opinions", "n_abstentions", "n_settled", "n_effective", "score_sd", "confidence_sd"),
    *("log_loss", "base_rate_log_loss"),
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Give an empty working folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_stdout_is_one_json_document_with_all_that_is_promised():
    """A script reads stdout as it comes; every promised key is there."""
    summary = json.loads(finished().stdout)

    assert set(PROMISED[""]) - set(summary) == set()
    assert set(PROMISED["metrics"]) - set(summary["metrics"]) == set()
    for agent in summary["agents"].values():
        assert set(ABOUT_AN_AGENT) - set(agent) == set()
    assert len(summary["baselines"]) >= 6


def test_stdout_is_what_the_run_folder_keeps():
    """The document printed and the one kept are the same."""
    run = finished()

    assert json.loads(run.stdout) == json.loads((run.folder / "summary.json").read_text())


def test_stderr_of_no_terminal_has_plain_lines_only():
    """No colour, no moving line; where the run lies, and a command that explains it."""
    stderr = finished().stderr

    assert "\x1b" not in stderr
    assert "\r" not in stderr
    assert f"run folder: {finished().folder}\n" in stderr


def test_the_command_that_is_offered_explains_a_decision(capsys):
    """A reader copies the last line, and reads why."""
    offered = finished().stderr.splitlines()[-1].partition(" runs show ")[2]
    shown = called(capsys, "runs", "show", *offered.split())

    assert shown.returncode == 0, shown.stderr
    assert " (open" in shown.stdout.splitlines()[0]


def test_flags_and_settings_reach_the_run_and_a_failed_gate_ends_it_with_6(tmp_path, capsys):
    """The summary is whole and printed; the origin of each value is kept; the gate is named."""
    settings = ("--set", "risk.max_position = 10%", "--set", "gates.n_opinions=> 1e6")
    ran = called(
        capsys,
        *("run", "megacaps", *TWO_WEEKS, "--seed", "8", *settings),
        *("--json", "--runs-dir", tmp_path),
    )
    summary = json.loads(ran.stdout)
    (resolved,) = tmp_path.glob("*/resolved.json")
    resolved = json.loads(resolved.read_text())

    assert (ran.returncode, summary["status"]) == (6, "gate_failed")
    assert f"gate n_opinions > 1000000.0: it was {summary['metrics']['n_opinions']}" in ran.stderr
    assert ran.stderr.endswith("(exit 6: a gate failed)\n")
    assert (summary["from"], summary["to"], summary["n_steps"]) == ("2008-09-15", "2008-09-26", 10)
    assert summary["seed"] == 8
    assert resolved["scenario"]["risk"]["max_position"] == "10%"
    assert resolved["origins"]["risk.max_position"] == "--set"
    assert [run["run"] for run in list_runs(tmp_path)] == [summary["run"]]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run"], 2, "Missing argument 'SCENARIO'"),
        (["run", "megacaps", "--seed", "many"], 2, "Invalid value for '--seed'"),
        (["run", "megacaps", "--set", "risk"], 2, "'risk' is not PATH=VALUE"),
        (["weigh"], 2, "No such command 'weigh'"),
        (["run", "megacap"], 3, "did you mean 'megacaps'?"),
        (["run", "nowhere.yaml"], 3, "nowhere.yaml:1:1: there is no such file"),
        (["run", "megacaps", "--set", "risk.max_positon=1%"], 3, "did you mean 'max_position'?"),
        (["run", "megacaps", "--from", "2008-02-30"], 3, "the calendar has no such day"),
        (["run", "megacaps", "--to", "2000-02-01"], 3, "end later than you begin"),
        (["run", "megacaps", "--to", "2013-04-01"], 5, "bars.csv:11956: 'AAPL' has no bar in"),
    ],
)
def test_what_cannot_be_run_ends_with_its_code(arguments, code, message, folder, capsys):
    """Nothing is printed on stdout, nobody reads a traceback, no run folder is left."""
    ran = called(capsys, *arguments)

    assert (ran.returncode, ran.stdout) == (code, "")
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
    assert [path.name for path in folder.rglob("*")] in ([], ["runs"])


def test_a_runs_folder_that_cannot_be_made_is_found_before_any_work(folder, capsys):
    """A file stands in the way: said at once, with the path."""
    (folder / "taken").write_text("")
    ran = called(capsys, "run", "megacaps", "--runs-dir", "taken/runs")

    assert (ran.returncode, ran.stdout) == (5, "")
    assert "taken/runs: cannot be written: Not a directory\n(exit 5" in ran.stderr


def test_a_broken_index_is_found_before_any_work(folder, capsys):
    """The message says what to do, and that nothing is lost by it."""
    (folder / "index.sqlite").write_text("no database, but long enough to be read as one" * 9)
    ran = called(capsys, "run", "megacaps", "--runs-dir", ".")

    assert (ran.returncode, ran.stdout) == (5, "")
    assert "index.sqlite: not a database of ours" in ran.stderr
    assert "move it away: the run folders stay" in ran.stderr


STOPPED = """
import os, signal, sys
from steelyard.__main__ import main
from steelyard.report.progress import ProgressLine

def tell(line, what, done, total):
    if what.startswith({part!r}):
        os.kill(os.getpid(), {stop})

ProgressLine.__call__ = tell
sys.argv = ["steelyard", "run", "megacaps", *{span}, "--runs-dir", {runs_dir!r}]
main()
"""


@pytest.mark.parametrize(
    ("part", "stop", "code"),
    [
        ("asking", signal.SIGINT, 130),
        ("writing the run folder", signal.SIGTERM, 143),
    ],
)
def test_a_run_that_is_stopped_leaves_no_half_written_summary(tmp_path, part, stop, code):
    """One line says so; what lies in the folder of runs is whole or not there."""
    program = STOPPED.format(part=part, stop=int(stop), span=TWO_WEEKS, runs_dir=str(tmp_path))
    stopped = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
    )

    assert (stopped.returncode, stopped.stdout) == (code, "")
    assert f"steelyard: stopped\n(exit {code}: " in stopped.stderr
    assert "Traceback" not in stopped.stderr
    assert list(tmp_path.rglob("summary*")) == []
    (left,) = list_runs(tmp_path)
    assert left["status"] == "stopped"
    assert f"resume {tmp_path / left['run']}" in stopped.stderr


PRINTING = """
import numpy as np
import steelyard

print("loaded")


@steelyard.agent(horizon=5)
def prints(known):
    print("asked")
    return np.sign(known.bars.close - known.bars.open) / 2
"""


def test_what_an_agent_prints_is_no_result(tmp_path):
    """What is printed is one JSON document, whatever other people's code says there."""
    (tmp_path / "printing_agent.py").write_text(PRINTING)
    for part in ("data", "megacaps.yaml"):
        (tmp_path / part).symlink_to(ROOT / "scenarios" / part)
    agents = "agents=[{name: own, kind: 'printing_agent:prints'}, {name: t, kind: technical}]"
    own = (tmp_path / "megacaps.yaml", *TWO_WEEKS, "--set", agents)

    ran = steelyard("run", *own, "--json", "--runs-dir", tmp_path / "runs")

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout)["agents"]["own"]["n_opinions"] > 0
    assert "loaded\n" in ran.stderr
    assert "asked\n" in ran.stderr


PEEKING = """
import numpy as np
import steelyard


@steelyard.agent(horizon=5)
def peeks(known):
    moved = np.sign(known.bars.close - known.bars.open) / 2
    return np.vstack([moved[1:], moved[-1:]])
"""


def test_an_agent_that_peeks_ends_the_run_with_exit_5(tmp_path):
    """There is nothing to go on with: it would end so again."""
    (tmp_path / "peeking_agent.py").write_text(PEEKING)
    for part in ("data", "megacaps.yaml"):
        (tmp_path / part).symlink_to(ROOT / "scenarios" / part)
    agents = "agents=[{name: own, kind: 'peeking_agent:peeks'}, {name: t, kind: technical}]"
    own = (tmp_path / "megacaps.yaml", *TWO_WEEKS, "--set", agents)

    ran = steelyard("run", *own, "--runs-dir", tmp_path / "runs")

    assert ran.returncode == 5
    assert "says one thing of step" in ran.stderr
    assert "to go on with it" not in ran.stderr
