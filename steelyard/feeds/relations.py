"""The map of relations: whose news may bear on whom, each row from when it was known.

Rows are `known_at,source,target,kind`: from `known_at` on, an instant or a day, `source`
is a peer, supplier or customer of `target`, or stands for its sector. `none` ends what an
earlier row of the two began.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, get_args

from steelyard.errors import did_you_mean
from steelyard.feeds.calendar import Sessions
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.known import Known, placed, read_known, refuse_twins
from steelyard.feeds.source import Source
from steelyard.feeds.table import Table, read_table, require
from steelyard.types.market import Relation, RelationKind

_COLUMNS = ("known_at", "source", "target", "kind")
_KINDS: tuple[RelationKind, ...] = get_args(RelationKind)


class RelationRow(NamedTuple):
    """A relation that is not yet placed on a calendar."""

    line: int
    known: Known
    source: str
    target: str
    kind: RelationKind


def read_relations(source: Source) -> tuple[RelationRow, ...]:
    """Read every relation of a source, in its order.

    Raises:
        DataError: The source is not as it must be; every fault is told, up to 20.
    """
    faults = Faults(source)
    table = read_table(source, faults)
    require(table, _COLUMNS, faults)
    found = [_read_row(table, row, faults) for row in range(len(table.line))]
    rows = tuple(row for row in found if row is not None)
    refuse_twins(rows, lambda row: f"{row.source!r} to {row.target!r}", faults)
    faults.raise_any()
    return rows


def bearing_on(
    rows: Sequence[RelationRow], universe: Collection[str]
) -> tuple[tuple[RelationRow, ...], int]:
    """Keep the relations to instruments of the universe.

    Returns:
        What is kept, and how many are not.
    """
    kept = tuple(row for row in rows if row.target in universe)
    return kept, len(rows) - len(kept)


def place_relations(
    rows: Iterable[RelationRow], sessions: Sessions, until: int
) -> tuple[Relation, ...]:
    """Say from when each relation was known, and order by that; see `known.placed`."""
    return tuple(
        Relation(known_at, row.source, row.target, row.kind)
        for known_at, row in placed(rows, sessions, until)
    )


def _read_row(table: Table, row: int, faults: Faults) -> RelationRow | None:
    """Read one row; None where it is not as it must be, which is noted."""
    line = table.line[row]
    known_at, source, target, kind = (table.columns[name][row] for name in _COLUMNS)
    known = read_known(line, known_at, faults)
    if kind not in _KINDS:
        hint = did_you_mean(str(kind), _KINDS)
        faults.add(line, f"kind was {shown(kind)}", f"it is {', '.join(_KINDS)}", hint)
        return None
    if not (isinstance(source, str) and source and isinstance(target, str) and target):
        faults.add(line, f"source was {shown(source)}, target {shown(target)}", "both are texts")
        return None
    if source == target:
        faults.add(line, f"source and target were {shown(source)}", "two are needed to be related")
        return None
    return None if known is None else RelationRow(line, known, source, target, kind)
