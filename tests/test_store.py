"""The run folder and its index: whole or not there, whoever else writes."""

import json
import multiprocessing
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from steelyard import store
from steelyard.errors import DataError
from tests.command import ROOT

ENTRY = {name: kind(0) for name, kind in store.INDEX_COLUMNS.items()}
N_RUNS = 40


def list_many(runs_dir, first):
    """List runs as another process would."""
    for number in range(first, first + N_RUNS):
        store.add_to_index(runs_dir, ENTRY | {"run": f"run{number}"})


def test_runs_of_one_second_get_folders_of_their_own(tmp_path):
    """The second and third of a name are numbered."""
    names = [
        store.create_run_folder(tmp_path / "runs", stamp="T", name="n", key="k").name
        for _ in range(3)
    ]

    assert names == ["T-n-k", "T-n-k-2", "T-n-k-3"]


def test_processes_that_list_runs_at_once_lose_none(tmp_path):
    """Two processes write the index at the same time."""
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=list_many, args=(tmp_path, n * N_RUNS)) for n in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    rows = store.read_rows(tmp_path / "index.sqlite", "select distinct run from runs")

    assert len(rows) == 2 * N_RUNS


def test_only_runs_that_are_still_there_are_listed_newest_first(tmp_path):
    """Who deletes a run folder deletes the run."""
    for number in range(3):
        entry = {"run": f"run{number}", "created_at": f"2008-01-0{number + 1}"}
        store.add_to_index(tmp_path, ENTRY | entry)
    for number in (0, 2):
        (tmp_path / f"run{number}").mkdir()

    assert [run["run"] for run in store.list_runs(tmp_path)] == ["run2", "run0"]


def test_openings_of_a_test_bucket_are_counted_by_world(tmp_path):
    """Runs of another world, and such that stop before the test, do not count."""
    for run, world, opens in (("1", "a", 1), ("2", "a", 1), ("3", "a", 0), ("4", "b", 1)):
        entry = ENTRY | {"run": run, "world_hash": world, "opens_test": opens}
        for _ in range(2):  # listed twice, it counts once
            store.add_to_index(tmp_path, entry)

    assert store.n_openings(tmp_path / "5", "a") == 2
    assert store.n_openings(tmp_path / "2", "a") == 1
    assert store.n_openings(tmp_path / "none" / "5", "a") == 0


def test_a_sound_folder_is_prepared_and_left_empty(tmp_path):
    """Nothing stays behind of the trial."""
    store.prepare(tmp_path / "some" / "runs")

    assert list((tmp_path / "some" / "runs").iterdir()) == []


def test_a_folder_under_a_file_is_refused(tmp_path):
    """No run could be kept there."""
    (tmp_path / "file").write_text("")

    with pytest.raises(DataError, match="file/runs: cannot be written: Not a directory"):
        store.prepare(tmp_path / "file" / "runs")


@pytest.mark.parametrize(
    ("query", "message"),
    [("create table runs (run, other)", "an index of another version; move it away")],
)
def test_an_index_of_another_form_is_refused(tmp_path, query, message):
    """It is not written to."""
    with closing(sqlite3.connect(tmp_path / "index.sqlite")) as connection:
        connection.execute(query)

    with pytest.raises(DataError, match=message):
        store.prepare(tmp_path)


def test_a_document_is_written_whole_or_not_at_all(tmp_path):
    """What cannot be written as JSON leaves the old document as it was."""
    path = tmp_path / "summary.json"
    store.write_json(path, {"old": 1})
    with pytest.raises(ValueError, match="not JSON compliant"):
        store.write_json(path, {"new": float("nan")})

    assert store.read_json(path) == {"old": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            None,
            "there is no such file; the run is not finished; steelyard resume .* goes on with it",
        ),
        ('{"half": ', "cannot be read: Expecting value"),
        (b"\xff", "cannot be read: 'utf-8' codec"),
    ],
)
def test_a_document_that_is_not_whole_is_named(tmp_path, content, message):
    """Missing, cut off, or not in UTF-8."""
    path = tmp_path / "summary.json"
    if content is not None:
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    with pytest.raises(DataError, match=f"summary.json: {message}"):
        store.read_json(path)


FULL_DISK = """
import resource, sys
from pathlib import Path
from steelyard import store
from steelyard.errors import DataError

resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
folder = Path(sys.argv[1])
rows = ((number, "x" * 100) for number in range(1000))
table = store.Table("t", {"number": int, "text": str}, rows)
for write in (
    lambda: store.write_json(folder / "summary.json", {"text": "x" * 10_000}),
    lambda: store.write_database(folder / "run.sqlite", [table]),
):
    try:
        write()
    except DataError as error:
        print(error)
"""


def test_a_full_disk_is_told_and_leaves_no_summary(tmp_path):
    """Files may not grow beyond 4 KiB here, which writers meet as on a full disk."""
    ended = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    first, second = ended.stdout.splitlines()

    assert first.startswith(f"{tmp_path / 'summary.json'}: cannot be written: ")
    assert second.startswith(f"{tmp_path / 'run.sqlite'}: cannot be written: ")
    assert not (tmp_path / "summary.json").exists()


def test_the_environment_is_fit_for_json():
    """Versions of what figures may depend on, and the machine."""
    told = json.loads(json.dumps(store.environment()))

    assert {"steelyard", "numpy", "numba", "python", "platform", "cores"} <= set(told)
