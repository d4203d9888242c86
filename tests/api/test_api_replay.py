"""Deciding again: the same digest for the same settings, another trial for others."""

import shutil

import pytest

import steelyard
from steelyard.store import list_runs, read_rows
from tests.api.stage import BRIEF


def trials(run):
    """Give the names of what the index counts, in order."""
    rows = read_rows(run.folder.parent / "index.sqlite", "select run from runs order by rowid")
    return [row["run"] for row in rows]


def test_nothing_changed_is_the_same_digest(done):
    """Figures, tables and reasons, too."""
    again = done.replay()

    assert again.digest == done.digest
    assert again.summary["metrics"] == done.summary["metrics"]
    assert again.summary["baselines"] == done.summary["baselines"]
    assert all(again.table(name).rows() == done.table(name).rows() for name in done.tables)


def test_a_replay_is_what_a_run_of_those_settings_would_be(tmp_path):
    """The same digest and figures as of a run that was told so from the start."""
    changes = {"ensemble.pool": "equal", "risk.max_position": "3%", "execution.fee": "9 bps"}
    run = steelyard.run("megacaps", overrides=BRIEF, runs_dir=tmp_path)
    other = steelyard.run("megacaps", seed=5, overrides=BRIEF | changes, runs_dir=tmp_path)
    replay = run.replay(
        pool="equal", seed=5, overrides={"risk.max_position": 0.03, "execution.fee": "9 bps"}
    )
    own = {"run", "run_dir", "replay_of", "n_blocks_kept"}

    assert run.digest != other.digest == replay.digest
    assert {key: value for key, value in replay.summary.items() if key not in own} == {
        key: value for key, value in other.summary.items() if key not in own
    }


def test_a_replay_has_the_faces_of_a_run(done):
    """Summary, tables, decisions, and a look at it; the run it comes from, and no folder."""
    replay = done.replay(overrides={"account.cash": "$1_000"})
    first = replay.decisions.rows()[0]

    assert replay.equity["equity"][0] < 2_000
    assert replay.decision(first["session"], first["instrument"]).row == first
    assert replay.summary["replay_of"] == done.folder.name
    assert (replay.summary["run"], replay.summary["run_dir"]) == (None, None)
    assert repr(replay).startswith("<Replay megacaps")
    assert f"replay of {done.folder.name}" in replay._repr_html_()
    assert str(replay)


def test_gates_are_judged_anew(done):
    """A gate may be tried on a tape; to fail it is an outcome."""
    replay = done.replay(overrides={"gates.max_drawdown_frac": "<= 0"})

    assert replay.summary["status"] == "gate_failed"
    assert "A GATE FAILED" in replay._repr_html_()


@pytest.mark.parametrize("path", ["market.to", "feeds.bars.path", "agents[0].horizon", "split"])
def test_what_settles_who_was_asked_cannot_change(path, done):
    """It would need a new gather, and the message says so."""
    with pytest.raises(steelyard.ScenarioError, match="cannot change in a replay") as raised:
        done.replay(overrides={path: "2008-06-30"})

    assert raised.value.hint.startswith("run the scenario anew; a replay changes ensemble, trade")


def test_a_wrong_setting_is_a_located_fault(done):
    """As in a file."""
    with pytest.raises(steelyard.ScenarioError, match="did you mean 'max_position'"):
        done.replay(overrides={"risk.max_positon": 0.1})


def test_other_settings_are_another_trial_once(tmp_path):
    """The same ones again are no new look, and nothing changed is none at all."""
    run = steelyard.run("megacaps", overrides=BRIEF, runs_dir=tmp_path)
    before = trials(run)
    run.replay()
    run.replay(pool="equal")
    run.replay(overrides={"ensemble.pool": "equal"})
    run.replay(seed=8)
    replays = trials(run)[len(before) :]

    assert before == [run.folder.name]
    assert len(replays) == 2
    assert all(name.startswith(f"{run.folder.name}/replay-") for name in replays)
    assert [row["run"] for row in list_runs(tmp_path)] == [run.folder.name]


def test_a_replay_that_reaches_the_test_part_opens_it(tmp_path):
    """The next run says how often that was."""
    split = BRIEF | {"split.test_from": "2008-09-22"}
    steelyard.run("megacaps", overrides=split, runs_dir=tmp_path).replay(pool="equal")
    next_run = steelyard.run("megacaps", seed=8, overrides=split, runs_dir=tmp_path)

    assert any("opened 3 times" in warning for warning in next_run.summary["warnings"])


def test_an_opened_run_is_replayed_from_what_its_folder_keeps(done):
    """Nobody is asked: the tape is read back to the bit."""
    opened = steelyard.open_run(done.folder)

    assert opened.replay().digest == done.digest
    assert opened.scenario == done.scenario
    assert opened.summary == done.summary


def test_a_tape_that_is_not_whole_is_no_tape(done, tmp_path):
    """What a lost worker did not answer cannot be decided on."""
    folder = tmp_path / done.folder.name
    shutil.copytree(done.folder, folder)
    (folder / "tape.sqlite").unlink()
    run = steelyard.open_run(folder)

    with pytest.raises(steelyard.TapeError, match="is not the tape that"):
        run.replay()
    assert len(run.blotter) == len(done.blotter)


def test_only_a_finished_run_is_opened(done, tmp_path):
    """Of another folder it is said what is missing."""
    (tmp_path / "half").mkdir()

    with pytest.raises(steelyard.DataError, match=r"summary.json: there is no such file; the run"):
        steelyard.open_run(tmp_path / "half")
    with pytest.raises(steelyard.DataError, match="none: no such run folder"):
        steelyard.open_run(tmp_path / "none")


def test_a_finished_run_is_opened_where_it_would_be_resumed(done):
    """There is nothing left to do."""
    assert steelyard.resume(done.folder).digest == done.digest


def test_a_folder_in_which_no_run_was_begun_cannot_be_resumed(tmp_path):
    """It says so."""
    with pytest.raises(steelyard.TapeError, match="no run was begun here"):
        steelyard.resume(tmp_path)
