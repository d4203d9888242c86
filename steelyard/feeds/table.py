"""Read rows into columns: a CSV or Parquet file, not cut or garbled, or what a feed gave."""

import csv
import io
import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from steelyard.errors import did_you_mean
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.source import Given, Source
from steelyard.types.arrays import Bools, Floats

PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})


class Table(NamedTuple):
    """The columns of a source; each of length n_rows."""

    line: Sequence[int]
    """Line of each row in a CSV file, from 1; its number from 1 elsewhere."""
    columns: Mapping[str, Sequence[Any]]
    """Text as it stands in a CSV file; Python values, or None, from elsewhere."""

    def only(self, keep: Sequence[int]) -> "Table":
        """Give the rows of these indexes."""
        if not self.line:
            return self
        columns = {name: [column[row] for row in keep] for name, column in self.columns.items()}
        return Table([self.line[row] for row in keep], columns)


class Range(NamedTuple):
    """What numbers a column may hold."""

    low: float
    high: float
    allowed: str
    """Said of a number outside, a clause."""
    above_low: bool = False
    """Whether `low` itself is outside."""

    def holds(self, number: Floats) -> Bools:
        """Say of each number whether it is inside; NaN is not."""
        from_low = number > self.low if self.above_low else number >= self.low
        return from_low & (number <= self.high)


def read_bytes(path: Path) -> bytes:
    """Read a file whole.

    Raises:
        DataError: It is missing, empty or cannot be read.
    """
    faults = Faults(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        near = did_you_mean(path.name, _names_beside(path))
        faults.stop(0, "there is no such file", hint=near)
    except (OSError, ValueError) as error:  # a path may hold what no path can
        faults.stop(0, f"the file cannot be read ({getattr(error, 'strerror', error)})")
    if not data.strip():
        faults.stop(0, "the file is empty")
    return data


def read_text(path: Path, faults: Faults) -> str:
    """Read a UTF-8 file whole; a byte-order mark at its start is no part of the text.

    A last line without an end is noted as a fault: nobody can tell it from one cut short.

    Raises:
        DataError: It is missing, empty or not UTF-8.
    """
    data = read_bytes(path)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = f"byte {data[error.start]:#04x} is wrong"
        faults.stop(line, found, "the encoding must be UTF-8", "convert the file")
    if not text.endswith("\n"):
        last = text.count("\n") + 1
        tail = shown(text.rsplit("\n", 1)[-1][-40:])
        hint = "fetch the file again, or end the line if it is whole"
        faults.add(last, f"the file stops at {tail}", "a whole file ends with a line end", hint)
    return text


def read_table(source: Source, faults: Faults) -> Table:
    """Read a CSV file, by its suffix a Parquet file, or what a feed gave.

    Rows with the wrong number of fields are noted as faults and left out.

    Raises:
        DataError: It is missing, empty, not UTF-8, cut or no such file at all.
    """
    if isinstance(source, Given):
        # Rows of which there are none have no columns either: the feed knows of nothing.
        columns = source.columns if source.columns or source.n_rows else defaultdict(list)
        return Table(range(1, source.n_rows + 1), columns)
    if source.suffix.lower() in PARQUET_SUFFIXES:
        return _read_parquet(source, faults)
    return _read_csv(source, faults)


def require(table: Table, names: Sequence[str], faults: Faults) -> None:
    """Go on only if these columns are there.

    Raises:
        DataError: One is missing.
    """
    if not table.line and not table.columns:
        return
    others = [name for name in table.columns if name not in names]
    missing = [name for name in names if name not in table.columns]
    for name in missing:
        hint = did_you_mean(name, others) or f"{_noun(faults)} has {shown(list(table.columns))}"
        faults.add(_header(faults), f"column {name!r} is missing", hint=hint)
    if missing:
        faults.raise_any()


def _noun(faults: Faults) -> str:
    return "the file" if isinstance(faults.source, Path) else "it"


def _header(faults: Faults) -> int:
    """Give the line of a file's header; what a feed gave has none."""
    return 1 if isinstance(faults.source, Path) else 0


def numbers(table: Table, name: str, allowed: Range, faults: Faults) -> Floats:
    """Read a column as numbers, shape (n_rows,); what is not allowed is noted, never mended."""
    column = table.columns[name]
    found = np.array([to_number(value) for value in column], dtype=np.float64)
    for row in np.flatnonzero(~allowed.holds(found)).tolist():
        faults.add(table.line[row], f"{name} was {shown(column[row])}", allowed.allowed)
    return found


def to_number(value: Any) -> float:
    """Give a cell as a number; NaN where it is none."""
    if isinstance(value, str) and (not value.isascii() or "_" in value):
        return math.nan  # float() takes 1_000 for a thousand, and digits of any script
    if value is None or isinstance(value, bool):
        return math.nan
    try:
        return float(value)
    except (TypeError, ValueError, OverflowError):
        return math.nan


def _read_csv(path: Path, faults: Faults) -> Table:
    text = read_text(path, faults)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    line: list[int] = []
    try:
        header = next(reader)
        for row in reader:
            if len(row) == len(header):
                rows.append(row)
                line.append(reader.line_num)
            elif row:
                found = f"{len(row)} fields stood where the header has {len(header)}"
                faults.add(reader.line_num, found, hint=f"the line starts with {shown(row[0])}")
    except csv.Error as error:
        faults.stop(reader.line_num, f"the line is no CSV ({error})")
    _refuse_twins(header, faults)
    values = zip(*rows, strict=True) if rows else ([] for _ in header)
    return Table(line, dict(zip(header, values, strict=True)))


def _read_parquet(path: Path, faults: Faults) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = read_bytes(path)
    try:
        found = pq.read_table(pa.BufferReader(data))
        flat = [field.name for field in found.schema if not pa.types.is_nested(field.type)]
        columns = {name: found.column(name).to_pylist() for name in flat}
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        reason = str(error).partition("\n")[0].rstrip(".")
        faults.stop(0, f"the file is no whole Parquet file ({reason})", hint="fetch it again")
    return Table(range(1, found.num_rows + 1), columns)


def _refuse_twins(header: Sequence[str], faults: Faults) -> None:
    twins = [name for name, count in Counter(header).items() if count > 1]
    if twins:
        faults.stop(1, f"column {twins[0]!r} stands twice")


def _names_beside(path: Path) -> list[str]:
    folder = path.parent
    return [each.name for each in folder.iterdir()] if folder.is_dir() else []
