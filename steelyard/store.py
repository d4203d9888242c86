"""The run folder: what was run, what came of it, and a database that explains each step.

`runs/<utc>-<name>-<hash8>/` holds `scenario.yaml` (verbatim), `resolved.json` (each value
with its origin), `run.sqlite`, `summary.json` and `environment.json`; `runs/index.sqlite`
lists the runs. Schemas and views are made by sqlite-utils, rows are inserted by the
standard library.
"""

import json
import os
import platform
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from importlib import metadata
from pathlib import Path
from typing import Any, NamedTuple

from steelyard.errors import DataError

Row = tuple[Any, ...]


class Table(NamedTuple):
    """One table of the run's database."""

    name: str
    columns: Mapping[str, type]
    rows: Iterable[Row]
    index: Sequence[str] = ()


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
               sum(slippage) as slippage, count(*) as fills
        from fills group by year""",
}


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
            raise DataError(
                f"{runs_dir}: cannot make a run folder there: {error.strerror}"
            ) from error
        return folder
    raise DataError(f"{runs_dir}: a thousand runs of this second exist; clear the folder")


def write_json(path: Path, document: Mapping[str, Any]) -> None:
    """Write a JSON document in one step: whole, or not at all."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
    partial.replace(path)


def write_database(path: Path, tables: Sequence[Table]) -> None:
    """Write the run's database: tables, views and one transaction of rows."""
    import sqlite_utils

    with closing(sqlite3.connect(path)) as connection:
        database = sqlite_utils.Database(connection)
        for table in tables:
            database.table(table.name).create(dict(table.columns))
            _insert(connection, table)
            if table.index:
                database.table(table.name).create_index(list(table.index))
        for name, query in VIEWS.items():
            database.create_view(name, query)
        connection.commit()


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
    """List a run in `runs/index.sqlite`; several processes may do so at once."""
    columns = ", ".join(f"[{name}] {_SQL[kind]}" for name, kind in INDEX_COLUMNS.items())
    marks = ", ".join(f":{name}" for name in INDEX_COLUMNS)
    with closing(sqlite3.connect(runs_dir / "index.sqlite", timeout=30)) as connection, connection:
        connection.execute(f"create table if not exists runs ({columns})")
        connection.execute(f"insert into runs values ({marks})", dict(entry))  # noqa: S608


_SQL = {str: "text", int: "integer", float: "real"}


def list_runs(runs_dir: Path) -> list[dict[str, Any]]:
    """Give the runs of a folder, newest first; none where there is no index."""
    path = runs_dir / "index.sqlite"
    if not path.is_file():
        return []
    rows = read_rows(path, "select * from runs order by created_at desc, rowid desc")
    return [row for row in rows if (runs_dir / row["run"]).is_dir()]


def read_rows(path: Path, query: str, values: Sequence[object] = ()) -> list[dict[str, Any]]:
    """Read rows of a database that is not written to.

    Raises:
        DataError: the file is missing, or no database of ours.
    """
    if not path.is_file():
        raise DataError(f"{path}: there is no such file; name a run folder")
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query, values)]
    except sqlite3.DatabaseError as error:
        raise DataError(f"{path}: not a database of a run ({error})") from error


def read_summary(folder: Path) -> dict[str, Any]:
    """Read a run's summary.

    Raises:
        DataError: there is none, or it is not whole.
    """
    path = folder / "summary.json"
    try:
        document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise DataError(f"{path}: there is no such file; was the run interrupted?") from None
    except ValueError as error:
        raise DataError(f"{path}: not the summary of a run ({error})") from error
    return document


def n_openings(runs_dir: Path, world_hash: str) -> int:
    """Count how often a world's test bucket was opened in this folder of runs."""
    path = runs_dir / "index.sqlite"
    if not path.is_file():
        return 0
    query = "select count(*) as n from runs where world_hash = ? and opens_test = 1"
    return int(read_rows(path, query, [world_hash])[0]["n"])
