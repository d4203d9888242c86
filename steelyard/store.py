"""The run folder: what was run, what came of it, and a database that explains each step.

`runs/<utc>-<name>-<hash8>/` holds `scenario.yaml` (verbatim), `resolved.json` (each value
with its origin), `environment.json`, `begun.json` and `tape.sqlite` (what a stopped run is
resumed from), `run.sqlite` and, last of all, `summary.json`; `runs/index.sqlite` lists the
runs. Schemas and views are made by sqlite-utils, rows are inserted by the standard library.
"""

import json
import os
import platform
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from steelyard.errors import DataError, TapeError

Row = tuple[Any, ...]
INDEX_TIMEOUT_S = 30
"""How long a process waits for others that list their runs."""
MOVE_INDEX = "move it away: the run folders stay, and a new index is begun"
_SQL = {str: "text", int: "integer"}
BEGUN = frozenset(
    ("schema", "name", "created_at", "base", "scenario", "scenario_hash", "world_hash", "code")
)
"""What `begun.json` says."""
_ANEW = "run the scenario anew"


class Table(NamedTuple):
    """One table of the run's database."""

    name: str
    columns: Mapping[str, type]
    rows: Iterable[Row]
    indexed: Sequence[str] = ()


VIEWS = {
    "v_decisions": """
        select d.session, d.instrument, d.verb, d.reason, d.held, d.wanted, d.target, d.allowed,
               d.probability, d.edge_bps, d.cost_bps, d.order_lots,
               group_concat(r.rule, ', ') as rules
        from decisions d left join rules r using (step, instrument)
        group by d.step, d.instrument""",
    "v_misses": """
        select session, agent, instrument, score, confidence, horizon, outcome
        from opinions where outcome is not null and outcome * score < 0""",
    "v_agents": """
        select agent, count(*) as opinions, count(outcome) as settled,
               avg(case when outcome * score > 0 then 1.0 when outcome is not null then 0.0 end)
                 as hit_rate, avg(confidence) as mean_confidence
        from opinions group by agent""",
    "v_costs": """
        select substr(session, 1, 4) as year, sum(fee) as fee, sum(spread) as spread,
               sum(slippage) as slippage, sum(impact) as impact, count(*) as fills
        from fills group by year""",
}


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn what keeps a file from being written into an error that names it."""
    try:
        yield
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise DataError(f"{path}: cannot be written: {error}") from error


def prepare(runs_dir: Path) -> None:
    """Make sure, before any work is done, that runs can be kept here.

    Raises:
        DataError: the folder cannot be made or written, or its index is no database.
    """
    with _writing(runs_dir):
        runs_dir.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=runs_dir):
            pass
    _check_index(runs_dir / "index.sqlite")


def _check_index(path: Path) -> None:
    if path.exists():
        columns = {row["name"] for row in read_rows(path, "pragma table_info(runs)")}
        if columns and columns != set(INDEX_COLUMNS):
            raise DataError(f"{path}: an index of another version", hint=MOVE_INDEX)


def create_run_folder(runs_dir: Path, *, stamp: str, name: str, key: str) -> Path:
    """Make a folder that no other run has; `stamp` is UTC, `key` eight characters of a hash."""
    for attempt in range(1000):
        suffix = f"-{attempt + 1}" if attempt else ""
        folder = runs_dir / f"{stamp}-{name}-{key}{suffix}"
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            raise DataError(f"{folder}: cannot be made: {error.strerror}") from error
        return folder
    raise DataError(f"{runs_dir}: a thousand runs of this second exist; clear the folder")


@contextmanager
def holding(folder: Path, *, alone: bool = True) -> Iterator[None]:
    """Hold a run folder while it is worked on; the lock goes with the process.

    Args:
        folder: Of the run.
        alone: Keep others out; without it, only see whether somebody does.

    Raises:
        DataError: another process holds it.
    """
    import fcntl

    with _writing(folder):
        place = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(place, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise DataError(f"{folder}: another process is working on this run") from None
    finally:
        os.close(place)


class Answers:
    """The answers of a gather by their place: agent index, first step, last step."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._connection = connection
        self._path = path

    def read(self) -> dict[tuple[int, int, int], bytes]:
        """Give what was added so far."""
        rows = self._connection.execute("select agent_index, first, last, answer from answers")
        return {(agent, first, last): answer for agent, first, last, answer in rows}

    def add(self, place: tuple[int, int, int], answer: bytes) -> None:
        """Add an answer; once this returns, it survives the end of the process."""
        with _writing(self._path), self._connection:
            self._connection.execute("insert into answers values (?, ?, ?, ?)", (*place, answer))


def _refuse_other(path: Path, connection: sqlite3.Connection) -> None:
    try:
        connection.execute("pragma schema_version").fetchone()
    except sqlite3.OperationalError:
        raise  # it cannot be reached, which is told elsewhere
    except sqlite3.DatabaseError as error:
        raise TapeError(f"{path}: not a tape of ours ({error})", hint=_ANEW) from error


@contextmanager
def open_answers(path: Path) -> Iterator[Answers]:
    """Open the file of a gather's answers, made where it is missing.

    Not for several processes at once: `holding` sees to that.

    Raises:
        TapeError: it is another file.
        DataError: it cannot be written.
    """
    with _writing(path), closing(sqlite3.connect(path)) as connection:
        _refuse_other(path, connection)
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(
            "create table if not exists answers (agent_index integer, first integer, "
            "last integer, answer blob, primary key (agent_index, first, last))"
        )
        yield Answers(connection, path)


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document in one step: whole, or not at all."""
    partial = path.with_suffix(".partial")
    with _writing(path):
        partial.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        partial.replace(path)


def write_database(path: Path, tables: Sequence[Table]) -> None:
    """Write the run's database, whole or not at all: tables, views, all rows."""
    import sqlite_utils

    partial = path.with_suffix(".partial")
    with _writing(path):
        partial.unlink(missing_ok=True)  # of a run that was stopped here
    with _writing(path), closing(sqlite3.connect(partial)) as connection:
        database = sqlite_utils.Database(connection)
        for table in tables:
            database.table(table.name).create(dict(table.columns))
            _insert(connection, table)
            if table.indexed:
                database.table(table.name).create_index(list(table.indexed))
        for name, query in VIEWS.items():
            database.create_view(name, query)
        connection.commit()
    with _writing(path):
        partial.replace(path)


def _insert(connection: sqlite3.Connection, table: Table) -> None:
    marks = ", ".join("?" for _ in table.columns)
    connection.executemany(f"insert into [{table.name}] values ({marks})", table.rows)  # noqa: S608


def environment() -> dict[str, str]:
    """Give what a run's figures may depend on beside its files: versions and machine."""
    packages = ("steelyard", "numpy", "numba", "scipy", "statsmodels", "pydantic", "ray")
    versions = {name: metadata.version(name) for name in packages}
    return versions | {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "processor": platform.machine(),
        "cores": str(os.cpu_count()),
    }


INDEX_COLUMNS = {
    "run": str,
    "name": str,
    "created_at": str,
    "status": str,
    "digest": str,
    "tape_digest": str,
    "scenario_hash": str,
    "world_hash": str,
    "strategy_hash": str,
    "opens_test": int,
}


def add_to_index(runs_dir: Path, entry: Mapping[str, Any]) -> None:
    """List a run in `runs/index.sqlite`, once; several processes may do so at once."""
    path = runs_dir / "index.sqlite"
    columns = ", ".join(f"[{name}] {_SQL[kind]}" for name, kind in INDEX_COLUMNS.items())
    marks = ", ".join(f":{name}" for name in INDEX_COLUMNS)
    with (
        _writing(path),
        closing(sqlite3.connect(path, timeout=INDEX_TIMEOUT_S)) as connection,
        connection,
    ):
        connection.execute(f"create table if not exists runs ({columns})")
        connection.execute(
            f"insert into runs select {marks} where not exists "  # noqa: S608
            "(select * from runs where run = :run)",
            dict(entry),
        )


def list_runs(runs_dir: Path) -> list[dict[str, Any]]:
    """Give the runs of a folder, newest first, those that were stopped among them."""
    left = unfinished(runs_dir)
    rows = [_unfinished_row(*each) for each in left.items()]
    names = {folder.name for folder in left}
    path = runs_dir / "index.sqlite"
    if path.is_file():
        found = read_rows(path, "select * from runs order by created_at desc, rowid desc")
        rows += [
            row for row in found if row["run"] not in names and (runs_dir / row["run"]).is_dir()
        ]
    return sorted(rows, key=lambda row: str(row["created_at"]), reverse=True)


def _unfinished_row(folder: Path, is_running: bool) -> dict[str, Any]:  # noqa: FBT001 - an item
    """Give what is known of a run that was stopped, or is going on."""
    begun = read_begun(folder)
    known = {"run": folder.name, "status": "running" if is_running else "stopped"}
    return {name: known.get(name, begun.get(name)) for name in INDEX_COLUMNS}


def read_rows(path: Path, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Read rows of a database that is not written to.

    Raises:
        DataError: the file is missing, or no database of ours.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file", hint="name a whole run folder")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]
    except sqlite3.DatabaseError as error:
        hint = MOVE_INDEX if path.name == "index.sqlite" else "was it written to the end?"
        raise DataError(f"{path}: not a database of ours ({error})", hint=hint) from error


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON document of a run folder, such as its `summary.json`.

    Raises:
        DataError: there is none, or it is not whole.
    """
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(
            f"{path}: there is no such file",
            hint=f"the run is not finished; steelyard resume {path.parent} goes on with it",
        ) from None
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: cannot be read: {error}") from error
    return document


def n_openings(folder: Path, world_hash: str) -> int:
    """Count how often a world's test bucket was opened by other runs beside this folder."""
    path = folder.parent / "index.sqlite"
    if not path.is_file():
        return 0
    query = (
        "select count(*) as n from runs where world_hash = ? and opens_test = 1 and run is not ?"
    )
    return int(read_rows(path, query, [world_hash, folder.name])[0]["n"])


def read_begun(folder: Path) -> dict[str, Any]:
    """Read what a run was begun with.

    Raises:
        TapeError: the folder is of no run, or of one that was stopped before it began.
    """
    if not (folder / "begun.json").is_file():
        raise TapeError(f"{folder}: no run was begun here", hint=_ANEW)
    begun = read_json(folder / "begun.json")
    missing = BEGUN.difference(begun)
    if missing:
        raise TapeError(f"{folder}/begun.json: it lacks {', '.join(sorted(missing))}", hint=_ANEW)
    return begun


def unfinished(runs_dir: Path) -> dict[Path, bool]:
    """Give the folders of runs that were begun and not finished, newest first.

    Returns:
        By folder, whether a process is working on it now.
    """
    begun = sorted((path.parent for path in runs_dir.glob("*/begun.json")), reverse=True)
    left = [folder for folder in begun if not (folder / "summary.json").exists()]
    return {folder: _is_held(folder) for folder in left}


def _is_held(folder: Path) -> bool:
    try:
        with holding(folder, alone=False):
            return False
    except DataError:
        return True
