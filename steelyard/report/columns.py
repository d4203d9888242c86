"""A table by columns: NumPy inside, Arrow at the door, so that any frame library takes it."""

import html
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from steelyard.store import Table

Array = npt.NDArray[Any]

SESSION: Final = "session"
"""The column of dates; a database keeps them as ISO texts."""
DTYPES: Final = {int: np.int64, float: np.float64, str: np.object_}
N_SHOWN: Final = 3
"""Rows shown of each end."""
LONGEST_SHOWN: Final = 24
"""Characters shown of a value."""
STYLE: Final = "text-align:right;padding:0 .6em;white-space:nowrap"


class Columns:
    """Rows of one kind, by column; they cannot be written to.

    A column is an array of shape (n_rows,): whole numbers, floats (NaN where there is none),
    texts (objects; None where there is none), or days (`session`, datetime64[D]). Through
    `__arrow_c_stream__` Polars, pandas, DuckDB and PyArrow take a table as it is; what there
    is not becomes null.
    """

    def __init__(self, name: str, columns: Mapping[str, Array]) -> None:
        self.name = name
        self._columns = {key: _closed(column) for key, column in columns.items()}

    @classmethod
    def of_table(cls, table: Table) -> "Columns":
        """Turn the rows of a database's table, which are used up by it, into columns."""
        rows = list(table.rows)
        values: Any = zip(*rows, strict=True) if rows else ((),) * len(table.columns)
        return cls(
            table.name,
            {
                key: _array(key, kind, column)
                for (key, kind), column in zip(table.columns.items(), values, strict=True)
            },
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(self._columns)

    def keys(self) -> tuple[str, ...]:
        """Give the names of the columns, so that `dict(table)` works."""
        return self.columns

    def __getitem__(self, column: str) -> Array:
        """Give a column.

        Raises:
            KeyError: there is none of that name; says which there are.
        """
        if column not in self._columns:
            raise KeyError(f"no column {column!r} in {self.name}: {', '.join(self._columns)}")
        return self._columns[column]

    __iter__ = None
    """Or a library that knows no Arrow would take the names of the columns for the table."""

    def __contains__(self, column: object) -> bool:
        """Say whether there is a column of that name."""
        return column in self._columns

    def __len__(self) -> int:
        """Count the rows."""
        return len(next(iter(self._columns.values()), ()))

    def where(self, **equal: object) -> "Columns":
        """Give the rows whose columns equal these values: `where(instrument="IBM")`.

        A session is a date, or a text like 2008-09-29.
        """
        chosen = np.ones(len(self), dtype=np.bool_)
        for key, value in equal.items():
            wanted = np.datetime64(str(value), "D") if key == SESSION else value
            chosen &= self[key] == wanted
        return self.take(chosen)

    def take(self, rows: Array) -> "Columns":
        """Give some of the rows: a mask of shape (n_rows,), or indexes."""
        return Columns(self.name, {key: column[rows] for key, column in self._columns.items()})

    def to_dict(self) -> dict[str, list[Any]]:
        """Give plain Python values by column: dates as `date`, None where there is none."""
        return {
            key: [_plain(value) for value in column.tolist()]
            for key, column in self._columns.items()
        }

    def rows(self) -> list[dict[str, Any]]:
        """Give the rows as the run's database has them: dates as ISO texts."""
        values = self.to_dict()
        if SESSION in values:
            values[SESSION] = [day.isoformat() for day in values[SESSION]]
        return [dict(zip(values, row, strict=True)) for row in zip(*values.values(), strict=True)]

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Export as an Arrow C stream; see the Arrow PyCapsule interface."""
        import pyarrow as pa

        arrays = {
            key: pa.array(column, pa.string() if column.dtype == object else None, from_pandas=True)
            for key, column in self._columns.items()
        }
        stream: object = pa.table(arrays).__arrow_c_stream__(requested_schema)
        return stream

    def __repr__(self) -> str:
        """Show the first and the last rows."""
        cells = [list(self.columns), *self._shown()]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = (
            "  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths, strict=True))
            for row in cells
        )
        return "\n".join([f"{self.name}: {len(self)} rows", *lines])

    def _repr_html_(self) -> str:
        """Show the first and the last rows in a notebook."""
        head = "".join(_cell("th", name) for name in self.columns)
        body = "".join(
            f"<tr>{''.join(_cell('td', cell) for cell in row)}</tr>" for row in self._shown()
        )
        caption = html.escape(f"{self.name}: {len(self)} rows")
        return f"<div>{caption}<table><tr>{head}</tr>{body}</table></div>"

    def _shown(self) -> list[list[str]]:
        n_rows = len(self)
        if n_rows <= 2 * N_SHOWN:
            return self._texts(np.arange(n_rows))
        first, last = np.arange(N_SHOWN), np.arange(n_rows - N_SHOWN, n_rows)
        return [*self._texts(first), ["..."] * len(self.columns), *self._texts(last)]

    def _texts(self, rows: Array) -> list[list[str]]:
        columns = self.take(rows).to_dict().values()
        return [[_text(value) for value in row] for row in zip(*columns, strict=True)]


def _closed(column: Array) -> Array:
    view = column.view()
    view.flags.writeable = False
    return view


def _array(key: str, kind: type, column: tuple[Any, ...]) -> Array:
    if key == SESSION:
        return np.array(column, dtype="datetime64[D]")
    if kind is str:
        texts = np.empty(len(column), dtype=np.object_)
        texts[:] = column
        return texts
    return np.array(column, dtype=DTYPES[kind])


def _plain(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value


def _text(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1 else f"{value:,.2f}"
    text = value.isoformat() if isinstance(value, date) else str(value)
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."


def _cell(kind: str, text: str) -> str:
    return f'<{kind} style="{STYLE}">{html.escape(text)}</{kind}>'
