"""`steelyard runs`, `agents` and `doctor`: looking at what there is."""

import json
import shutil
import subprocess
import sys

import pytest

from steelyard import plugins
from steelyard.agents.registry import KINDS
from steelyard.kernel import CACHE_DIR
from tests.command import ROOT, called, finished


def test_runs_are_listed_newest_first(capsys):
    """One line a run; the same as JSON."""
    runs_dir, folder = finished().runs_dir, finished().folder
    listed = called(capsys, "runs", "list", "--runs-dir", runs_dir)
    as_json = called(capsys, "runs", "list", "--runs-dir", runs_dir, "--json")

    assert folder.name in listed.stdout
    assert [run["run"] for run in json.loads(as_json.stdout)] == [folder.name]


def test_no_runs_are_no_fault(tmp_path, monkeypatch, capsys):
    """An empty folder says so; a script gets an empty list."""
    monkeypatch.chdir(tmp_path)
    listed = called(capsys, "runs", "list")
    as_json = called(capsys, "runs", "list", "--json")

    assert (listed.returncode, listed.stdout) == (0, "no runs in runs\n")
    assert (as_json.returncode, json.loads(as_json.stdout)) == (0, [])


def test_a_run_is_shown_by_path_by_name_and_as_the_newest(capsys):
    """Three ways to name a run give one summary."""
    runs_dir, folder = finished().runs_dir, finished().folder
    by_path = called(capsys, "runs", "show", folder)
    by_name = called(capsys, "runs", "show", folder.name, "--runs-dir", runs_dir)
    newest = called(capsys, "runs", "show", "--runs-dir", runs_dir, "--json")

    assert by_path.returncode == 0
    assert by_path.stdout == by_name.stdout
    assert json.loads(newest.stdout) == json.loads(finished().stdout)
    assert (by_path.stderr, newest.stderr) == ("", f"newest run: {folder}\n")


def test_a_decision_is_explained_in_words_and_as_json(capsys):
    """What was wanted, said, checked and done; the same rows for a script."""
    arguments = ("runs", "show", finished().folder, "--on", "2008-09-29", "--of", "IBM")
    told, rows = called(capsys, *arguments), called(capsys, *arguments, "--json")
    (found,) = json.loads(rows.stdout)

    assert told.stdout.startswith("2008-09-29 IBM  ")
    assert found["decision"]["instrument"] == "IBM"
    assert len(found["verdicts"]) > 0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["nowhere"], 5, "nowhere: no such run folder; steelyard runs list names those known"),
        (["{run}", "--on", "2008-09-28", "--of", "IBM"], 5, "nothing was decided on 2008-09-28"),
        (["{run}", "--on", "2008-09-29", "--of", "IBX"], 5, "did you mean 'IBM'?"),
        (["{run}", "--on", "yesterday", "--of", "IBM"], 2, "'yesterday' is no date"),
        (["{run}", "--on", "2008-09-29"], 2, "--on and --of go together"),
        (["--runs-dir", "no-such"], 5, "no runs in no-such; name a run folder"),
    ],
)
def test_what_cannot_be_shown_says_what_there_is(arguments, code, message, capsys):
    """An unknown run, day or symbol ends with its code and no traceback."""
    shown = called(
        capsys, "runs", "show", *(each.format(run=finished().folder) for each in arguments)
    )

    assert (shown.returncode, shown.stdout) == (code, "")
    assert message in shown.stderr
    assert "Traceback" not in shown.stderr


def test_a_folder_without_a_summary_was_not_finished(tmp_path, capsys):
    """It is said so, for the summary as for a decision."""
    folder = tmp_path / "half"
    folder.mkdir()
    summary = called(capsys, "runs", "show", folder)
    decision = called(capsys, "runs", "show", folder, "--on", "2008-09-29", "--of", "IBM")

    assert summary.returncode == decision.returncode == 5
    assert "summary.json: there is no such file; the run is not finished" in summary.stderr
    assert "run.sqlite: there is no such file" in decision.stderr


def test_a_database_that_is_none_is_named(tmp_path, capsys):
    """A damaged run folder ends with exit 5, not with a traceback."""
    folder = tmp_path / "damaged"
    shutil.copytree(finished().folder, folder)
    (folder / "run.sqlite").write_bytes(b"nothing of the kind" * 99)
    shown = called(capsys, "runs", "show", folder, "--on", "2008-09-29", "--of", "IBM")

    assert shown.returncode == 5
    assert "run.sqlite: not a database of ours" in shown.stderr


def test_the_agents_are_listed_with_what_they_read(capsys):
    """All kinds; the same as JSON."""
    listed = called(capsys, "agents", "list").stdout
    kinds = {
        kind["kind"]: kind for kind in json.loads(called(capsys, "agents", "list", "--json").stdout)
    }

    assert set(kinds) == set(KINDS)
    assert all(f"{name} " in listed for name in kinds)
    assert {name for name in kinds if kinds[name]["reads_text"]} >= {"earnings", "news"}


def test_each_agent_is_listed_with_whose_it_is(capsys):
    """Those that come with Steelyard say so."""
    listed = called(capsys, "agents", "list").stdout
    kinds = json.loads(called(capsys, "agents", "list", "--json").stdout)

    assert {kind["origin"] for kind in kinds if kind["is_built_in"]} == {"built in"}
    assert "technical  numbers  built in   Weigh features" in listed


@pytest.fixture
def beside(tmp_path, monkeypatch):
    """Give a working folder with a file of agents: one that keeps the contract, one that peeks."""
    (tmp_path / "beside_cli.py").write_text(BESIDE, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(plugins, "_folders", [])
    monkeypatch.setattr(plugins, "_registered", dict(plugins._registered))
    return tmp_path


BESIDE = """\
import numpy as np
import steelyard

@steelyard.agent
def follow(known):
    close = np.log(known.bars.close)
    return np.vstack([close[:1] * np.nan, np.tanh(20 * np.diff(close, axis=0))])

@steelyard.agent
def peek(known):
    return np.roll(follow.strengths(known), -1, axis=0)
"""


def test_an_agent_is_tested_by_its_name(beside, capsys):
    """A file beside, a built-in kind, an agent of the scenario; each check has its line."""
    told = called(capsys, "agents", "test", "beside_cli:follow").stdout
    built_in = called(capsys, "agents", "test", "technical", "--json")
    report = json.loads(built_in.stdout)

    assert told.startswith("follow(horizon=5, refit_every=63)\nsha256:")
    assert [line.split()[-1] for line in told.splitlines()[2:]] == ["passed"] * 8
    assert (built_in.returncode, report["passed"], report["scenario"]) == (0, True, "megacaps")
    assert [check["state"] for check in report["checks"]] == ["passed"] * 8


def test_an_agent_that_peeks_ends_with_6(beside, capsys):
    """The fault is said in words."""
    told = called(capsys, "agents", "test", "beside_cli:peek")

    assert told.returncode == 6
    assert "look-ahead   failed   with all data after step" in told.stdout
    assert "beside_cli:peek breaks the contract of agents: fast path, look-ahead" in told.stderr


def test_an_agent_that_is_not_there_ends_with_3(beside, capsys):
    """With what was meant."""
    unknown = called(capsys, "agents", "test", "tecnical")
    lost = called(capsys, "agents", "test", "beside_cli:folow")
    gone = called(capsys, "agents", "test", "elsewhere_cli:follow")

    assert (unknown.returncode, lost.returncode, gone.returncode) == (3, 3, 3)
    assert "did you mean 'technical'?" in unknown.stderr
    assert "did you mean 'follow'?" in lost.stderr
    assert "name the scenario that its file lies beside with --scenario" in gone.stderr


def test_the_doctor_finds_this_installation_well(tmp_path, monkeypatch, capsys):
    """Exit 0, and nothing missing, in words and as JSON."""
    monkeypatch.chdir(tmp_path)
    told = called(capsys, "doctor")
    findings = json.loads(called(capsys, "doctor", "--json").stdout)

    assert told.returncode == 0, told.stdout
    assert {finding["state"] for finding in findings} == {"ok"}
    assert "XNYS had 253 sessions in 2008" in told.stdout


def test_the_doctor_ends_with_4_where_no_run_can_be_kept(tmp_path, monkeypatch, capsys):
    """A working folder that is gone is something missing in the environment."""
    assert CACHE_DIR.is_dir()  # so that packages that ask for the working folder are loaded
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()

    ended = called(capsys, "doctor")

    assert ended.returncode == 4
    assert "missing  run folders: this folder cannot be written" in ended.stdout
    assert ended.stderr.endswith("(exit 4: something is missing in the environment)\n")


def run_python(program):
    """Run a program in a fresh process of this Python."""
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, check=False, capture_output=True, text=True
    )


LIGHT = [
    ["--help"],
    ["agents", "test", "--help"],
    ["run", "--help"],
    ["check", "megacaps"],
    ["schema"],
    ["runs", "list"],
]
HEAVY = {
    *("exchange_calendars", "litellm", "numba", "pandas", "pydantic_ai", "ray"),
    *("sqlite_utils", "statsmodels"),
}


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_light_commands_load_nothing_heavy(arguments, tmp_path):
    """Help, a check of form, the schema and the list of runs answer at once."""
    ended = run_python(
        f"import atexit, os, sys; os.chdir({str(tmp_path)!r}); "
        "from steelyard.__main__ import main; "
        "atexit.register(lambda: print('LOADED', *sorted(sys.modules))); "
        f"sys.argv = ['steelyard', *{arguments!r}]; main()"
    )
    loaded = set(ended.stdout.partition("LOADED")[2].split())

    assert ended.returncode == 0, ended.stderr
    assert "steelyard.cli" in loaded
    assert loaded & HEAVY == set()
