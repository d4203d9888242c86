"""Where rows come from: a file, or a feed that is somebody's own code."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias


class Given(NamedTuple):
    """Rows that a feed gave; it was asked once for all that reads them."""

    name: str
    """As messages name it: `feed 'dip' of acme-feeds==1.2`."""
    columns: Mapping[str, Sequence[Any]]
    """Python values, or None; each of length n_rows."""
    n_rows: int

    def __str__(self) -> str:
        """Give its name, as a path gives itself."""
        return self.name


Source: TypeAlias = Path | Given


def place(source: Source, line: int) -> str:
    """Say where a row stands: `bars.csv:7`, or `feed 'dip', row 7`; 0 is the whole source."""
    if not line:
        return str(source)
    return f"{source}:{line}" if isinstance(source, Path) else f"{source}, row {line}"


def nth(source: Source, line: int) -> str:
    """Name another row of a source within a message about it: `line 7`, or `row 7`."""
    return f"{'line' if isinstance(source, Path) else 'row'} {line}"


def brief(source: Source) -> str:
    """Name a source in a sentence: a file without its folder."""
    return source.name
