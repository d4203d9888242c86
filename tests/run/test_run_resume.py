"""A run that was stopped, at any moment, ends as one that was not."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from steelyard import engine, store
from steelyard.agents.panel import ask_block
from steelyard.errors import DataError, TapeError
from steelyard.gather import Answer, Block, from_bytes, to_bytes
from steelyard.scenario import load
from tests.command import called
from tests.run.stage import EAGER, SPAN, megacaps

ROOT = Path(__file__).resolve().parents[2]
N_SHOTS = 20
MATRICES = ("score", "confidence", "support", "cause")


@pytest.mark.slow
def test_twenty_runs_shot_at_random_moments_are_resumed_to_one_digest(tmp_path):
    """No block that had been kept is asked again, and each that had not is asked once."""
    told = subprocess.run(
        [sys.executable, "-m", "tests.run.stopped", str(tmp_path), str(N_SHOTS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    whole, *shots = map(json.loads, told.stdout.splitlines())

    assert len(shots) == N_SHOTS
    assert {each["digest"] for each in shots} == {whole["digest"]}
    resumed = [each for each in shots if each["way"] == "resumed"]
    broken_off = [each for each in resumed if 0 < each["kept"] < len(whole["asked"])]
    assert len(broken_off) >= N_SHOTS // 4
    for each in resumed:
        assert each["kept"] == each["kept_then"]
        assert each["asked"] == [block for block in whole["asked"] if block in each["asked"]]
        assert len(each["asked"]) == len(whole["asked"]) - each["kept"]


class Stop(Exception):  # noqa: N818 - it stands for a signal
    """What stops a run here."""


def stopped(runs_dir, *, after, scenario=None):
    """Give the folder of a run that was stopped when so many blocks were asked."""

    def progress(what, done, _total):
        if what.startswith("asking ") and done >= after:
            raise Stop

    scenario = scenario or megacaps(SPAN["market.from"], "2008-09-30")
    with pytest.raises(Stop):
        engine.run(scenario, engine.Place(runs_dir, "", {}), progress=progress)
    (folder,) = store.unfinished(runs_dir)
    return folder


def test_a_stopped_run_goes_on_and_is_then_finished(tmp_path):
    """By the command; it ends like a run, and a second time there is nothing to do."""
    folder = stopped(tmp_path, after=3)

    assert store.list_runs(tmp_path)[0]["status"] == "stopped"
    resumed = engine.resume(folder)

    assert resumed.summary["n_blocks_kept"] == 3
    assert store.unfinished(tmp_path) == {}
    assert store.list_runs(tmp_path)[0]["digest"] == resumed.summary["digest"]


def test_the_command_resumes_the_newest_unfinished_run(tmp_path, capsys):
    """Without a name; with the name of a finished one it shows that, and does nothing."""
    folder = stopped(tmp_path, after=2)
    shown = called(capsys, "runs", "show", folder, "--runs-dir", tmp_path)
    done = called(capsys, "resume", "--runs-dir", tmp_path, "--json")
    again = called(capsys, "resume", folder.name, "--runs-dir", tmp_path, "--json")
    none_left = called(capsys, "resume", "--runs-dir", tmp_path)

    assert shown.returncode == 5
    assert f"steelyard resume {folder}" in shown.stderr
    assert done.returncode == again.returncode == 0
    assert json.loads(done.stdout) == json.loads(again.stdout)
    assert json.loads(done.stdout)["n_blocks_kept"] == 2
    assert "finished; nothing was done" in again.stderr
    assert none_left.returncode == 5
    assert "waits for its end" in none_left.stderr


def test_only_one_process_works_on_a_run(tmp_path):
    """The lock goes with whoever holds it."""
    folder = stopped(tmp_path, after=1)

    with store.holding(folder):
        assert store.list_runs(tmp_path)[0]["status"] == "running"
        with pytest.raises(DataError, match="another process is working"):
            engine.resume(folder)


def test_a_run_is_not_resumed_on_other_data(tmp_path):
    """Answers of before and after would be mixed."""
    data = tmp_path / "data"
    data.mkdir()
    for file in (ROOT / "scenarios" / "data").iterdir():
        (data / file.name).write_bytes(file.read_bytes())
    (tmp_path / "mine.yaml").write_text((ROOT / "scenarios" / "megacaps.yaml").read_text())
    span = {"market.from": SPAN["market.from"], "market.to": "2008-09-30"}
    scenario = load(tmp_path / "mine.yaml", overrides=EAGER | span)
    folder = stopped(tmp_path / "runs", after=1, scenario=scenario)
    with (data / "documents.jsonl").open("a") as file:
        file.write("\n")

    with pytest.raises(TapeError, match="the data have changed since the run was begun"):
        engine.resume(folder)


def test_a_run_is_not_resumed_by_other_code(tmp_path):
    """What has changed is named."""
    folder = stopped(tmp_path, after=1)
    begun = store.read_begun(folder)
    store.write_json(folder / "begun.json", begun | {"code": begun["code"] | {"numpy": "1.0"}})

    with pytest.raises(TapeError, match=r"the code has changed: numpy was 1\.0, and is"):
        engine.resume(folder)


def test_a_scenario_changed_by_hand_is_noticed(tmp_path):
    """A limit moved between the halves of a run would be no run of either."""
    folder = stopped(tmp_path, after=1)
    begun = store.read_begun(folder)
    edited = begun["scenario"].replace("max_gross: 100%", "max_gross: 200%")
    store.write_json(folder / "begun.json", begun | {"scenario": edited})

    with pytest.raises(TapeError, match="changed by hand"):
        engine.resume(folder)


def test_a_folder_without_a_run_is_told_apart(tmp_path):
    """There is nothing to go on with."""
    with pytest.raises(TapeError, match="no run was begun here"):
        engine.resume(tmp_path)


def test_a_kept_answer_comes_back_to_the_bit(tmp_path):
    """Claims and all; spoiled bytes are refused."""
    folder = stopped(tmp_path, after=4)
    with store.open_answers(folder / "tape.sqlite") as answers:
        kept = answers.read()

    assert len(kept) == 4
    for key, written in kept.items():
        answer = from_bytes(written)
        assert isinstance(answer, Answer)
        assert to_bytes(answer) == written
        assert len(answer.score) == len(Block(*key).steps)
    with pytest.raises(TapeError, match="cannot be read"):
        from_bytes(written[:-9])


def test_a_kept_answer_of_another_shape_is_refused(tmp_path):
    """It would be spread over the block, and give another digest."""
    folder = stopped(tmp_path, after=2)
    with store.open_answers(folder / "tape.sqlite") as answers:
        (place, written), *_ = answers.read().items()
    short = from_bytes(written)
    short = short._replace(**{name: getattr(short, name)[:1] for name in MATRICES})
    with closing(sqlite3.connect(folder / "tape.sqlite")) as connection, connection:
        connection.execute(
            "update answers set answer = ? where agent_index = ? and first = ? and last = ?",
            (to_bytes(short), *place),
        )

    with pytest.raises(TapeError, match=r"a kept answer has shape \(1, 4\), but .* needs"):
        engine.resume(folder)


@pytest.mark.parametrize("spoiled", [b"no database", b"SQLite format 3\0" + bytes(200)])
def test_a_tape_of_another_kind_is_refused(tmp_path, spoiled):
    """With its name; nothing is asked."""
    folder = stopped(tmp_path, after=1)
    (folder / "tape.sqlite").write_bytes(spoiled)

    with pytest.raises(TapeError, match=r"tape\.sqlite: not a tape of ours"):
        engine.resume(folder)


@pytest.mark.parametrize("begun", [[], {"schema": 1}])
def test_a_run_begun_with_less_than_it_needs_is_refused(tmp_path, begun):
    """What is missing is named."""
    folder = stopped(tmp_path, after=1)
    store.write_json(folder / "begun.json", begun)

    with pytest.raises(TapeError, match=r"begun\.json: it lacks base, code, created_at"):
        engine.resume(folder)


def test_an_agent_that_goes_elsewhere_takes_no_run_with_it(tmp_path, monkeypatch):
    """Paths are told from where the run began."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("steelyard.gather.ask_block", _wandering(tmp_path / "elsewhere"))

    done = engine.run(
        megacaps(SPAN["market.from"], "2008-09-30"), engine.Place(Path("runs"), "", {})
    )

    assert (tmp_path / done.folder / "summary.json").is_file()
    assert Path.cwd() == tmp_path


def _wandering(folder):
    folder.mkdir()

    def ask(*asked, guard):
        os.chdir(folder)
        return ask_block(*asked, guard=guard)

    return ask


def test_a_file_that_an_agent_imports_is_part_of_its_code(tmp_path):
    """Edited between the halves of a run, it is named."""
    (tmp_path / "resumed_agent.py").write_text(AGENT)
    (tmp_path / "resumed_rule.py").write_text("SIGN = 1.0\n")
    for part in ("data", "megacaps.yaml"):
        (tmp_path / part).symlink_to(ROOT / "scenarios" / part)
    agents = "[{name: own, kind: 'resumed_agent:rises'}, {name: technical, kind: technical}]"
    span = {"market.from": SPAN["market.from"], "market.to": "2008-09-30", "agents": agents}
    scenario = load(tmp_path / "megacaps.yaml", overrides=span)
    folder = stopped(tmp_path / "runs", after=1, scenario=scenario)
    (tmp_path / "resumed_rule.py").write_text("SIGN = -1.0\n")

    with pytest.raises(TapeError, match=r"the code has changed: .*resumed_rule\.py was"):
        engine.resume(folder)


AGENT = """
import numpy as np
import steelyard
from resumed_rule import SIGN


@steelyard.agent(horizon=5)
def rises(known):
    return SIGN * np.sign(known.bars.close - known.bars.open) / 2
"""
