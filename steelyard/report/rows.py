"""The tables of a run, from its folder or from memory: the same rows either way."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from steelyard.report.columns import Columns
from steelyard.report.tables import Told, tables
from steelyard.store import Table, read_json, read_rows

Rows = list[dict[str, Any]]
Instruments = Iterable[Mapping[str, Any]]

KINDS: Final = {"INTEGER": int, "REAL": float, "TEXT": str}
"""What a type of SQLite is here."""


class RunRows(ABC):
    """Every table of a run, and the scenario it was decided under."""

    @property
    @abstractmethod
    def scenario(self) -> Mapping[str, Any]:
        """The resolved scenario, as a file writes it."""

    @property
    @abstractmethod
    def names(self) -> tuple[str, ...]:
        """Names of the tables."""

    @abstractmethod
    def columns(self, table: str) -> Columns:
        """Give a whole table."""

    @abstractmethod
    def rows(self, table: str, **equal: object) -> Rows:
        """Give the rows whose columns equal these values, in the table's order."""


class FolderRows(RunRows):
    """The tables of a run folder.

    Every method raises `DataError` where the folder is not that of a finished run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._path = folder / "run.sqlite"

    @property
    def scenario(self) -> Mapping[str, Any]:
        """The resolved scenario, as a file writes it."""
        resolved: dict[str, Any] = read_json(self.folder / "resolved.json")["scenario"]
        return resolved

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables."""
        query = "select name from sqlite_master where type = 'table' order by rowid"
        return tuple(row["name"] for row in read_rows(self._path, query))

    def columns(self, table: str) -> Columns:
        """Give a whole table."""
        told = read_rows(self._path, f"pragma table_info([{table}])")
        kinds = {row["name"]: KINDS[row["type"]] for row in told}
        rows = read_rows(self._path, f"select * from [{table}] order by rowid")  # noqa: S608
        return Columns.of_table(Table(table, kinds, (tuple(row.values()) for row in rows)))

    def rows(self, table: str, **equal: object) -> Rows:
        """Give the rows whose columns equal these values, in the table's order."""
        where = " and ".join(f"[{name}] = ?" for name in equal)
        query = f"select * from [{table}] where {where} order by rowid"  # noqa: S608
        return read_rows(self._path, query, list(equal.values()))


class MemoryRows(RunRows):
    """The tables of a run that was just decided; each is made when it is first asked for."""

    def __init__(self, told: Told, scenario: Mapping[str, Any]) -> None:
        self._scenario = scenario
        self._tables = {table.name: table for table in tables(told)}
        self._columns: dict[str, Columns] = {}
        self._making = Lock()

    @property
    def scenario(self) -> Mapping[str, Any]:
        """The resolved scenario, as a file writes it."""
        return self._scenario

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the tables."""
        return tuple(self._tables)

    def columns(self, table: str) -> Columns:
        """Give a whole table."""
        with self._making:  # its rows can be gone through once
            if table not in self._columns:
                self._columns[table] = Columns.of_table(self._tables[table])
        return self._columns[table]

    def rows(self, table: str, **equal: object) -> Rows:
        """Give the rows whose columns equal these values, in the table's order."""
        return self.columns(table).where(**equal).rows()


def blotter(fills: Columns, universe: Instruments) -> Columns:
    """Give the fills as a trader reads them.

    Args:
        fills: The table of that name.
        universe: The instruments, each with its `id` and `lot`.

    Returns:
        By fill: `side` (buy, sell), `quantity` in units, `value` = quantity x price, and
        `price`, `fee`, `spread`, `slippage` and `impact` in the currency.
    """
    lot = {each["id"]: int(each["lot"]) for each in universe}
    units = np.array([lot[name] for name in fills["instrument"]], dtype=np.int64)
    quantity = np.abs(fills["lots"]) * units
    side = np.where(fills["lots"] > 0, "buy", "sell").astype(np.object_)
    told = {name: fills[name] for name in ("step", "session", "instrument")}
    traded = {"side": side, "quantity": quantity, "price": fills["price"]}
    kept = ("fee", "spread", "slippage", "impact", "purpose", "order_id")
    paid = {name: fills[name] for name in kept}
    return Columns("blotter", told | traded | {"value": quantity * fills["price"]} | paid)
