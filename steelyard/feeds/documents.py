"""Documents from JSONL: one object a line, each known from an instant that is on the safe side.

Precision `second`, `minute` and `derived`: known when published. Precision `date`: the
time of day means nothing, and the text is known from the open of the first session after
its day. Where the offset it was written with and the exchange disagree about the day, the
later one counts: midnight UTC is the evening before in New York, and a text so dated may
be from after the close.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Annotated, Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from steelyard.errors import did_you_mean
from steelyard.feeds.calendar import Sessions
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.instants import ALLOWED_INSTANT, day_number, parse_day, parse_instant, to_ns
from steelyard.feeds.table import read_text
from steelyard.types.market import Document, Figure, TimePrecision

MAX_FIGURE = 1e18
"""Above any sum of money there is, in any currency."""

_DAY_LENGTH = len("2004-10-21")
_Name = Annotated[str, Field(min_length=1)]


class FigureEntry(BaseModel):
    """One number that a document states, as it stands in the file."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    entity: _Name
    metric: _Name
    value: float
    unit: str
    scale: float
    period: str

    @model_validator(mode="after")
    def _is_no_typing_error(self) -> "FigureEntry":
        if self.scale == 0.0 or abs(self.value * self.scale) > MAX_FIGURE:
            raise ValueError(f"value times scale is at most {MAX_FIGURE:.0e}, and scale not 0")
        return self


class DocumentEntry(BaseModel):
    """A document as it stands in the file; keys that are not named here are passed over."""

    model_config = ConfigDict(frozen=True, strict=True, allow_inf_nan=False)

    id: _Name
    published_at: str
    time_precision: TimePrecision
    kind: _Name
    symbols: tuple[_Name, ...]
    title: str = ""
    text: str
    source: str
    figures: tuple[FigureEntry, ...] = ()
    written_after: bool = False


class DocumentRow(NamedTuple):
    """A document that is not yet placed on a calendar."""

    line: int
    entry: DocumentEntry
    published_at: datetime
    """As written, with its own offset; midnight UTC where only a day is written."""

    def day(self, zone: ZoneInfo) -> date:
        """Give its day: the later one of as written and as seen at the exchange."""
        return max(self.published_at.date(), self.published_at.astimezone(zone).date())

    @property
    def is_dated(self) -> bool:
        """Say whether only its day is known."""
        return self.entry.time_precision == "date"


def read_documents(paths: Sequence[Path]) -> tuple[DocumentRow, ...]:
    """Read the documents of some JSONL files; ids are unique over all of them.

    Raises:
        DataError: A file is not as it must be; every fault of it is told, up to 20.
    """
    rows: list[DocumentRow] = []
    seen: dict[str, str] = {}
    for path in paths:
        faults = Faults(path)
        for line, text in enumerate(read_text(path, faults).split("\n"), start=1):
            row = _read_row(line, text, faults) if text.strip() else None
            if row is None:
                continue
            place = f"{path}:{line}"
            first = seen.setdefault(row.entry.id, place)
            if first != place:
                faults.add(line, f"id {row.entry.id!r} stands twice, first in {first}")
            rows.append(row)
        faults.raise_any()
    return tuple(rows)


def concerning(
    rows: Iterable[DocumentRow], universe: Collection[str]
) -> tuple[tuple[DocumentRow, ...], int]:
    """Keep what speaks of the whole market or of an instrument of the universe.

    Returns:
        What is kept, and how many are not.
    """
    everything = tuple(rows)
    wanted = set(universe)
    kept = tuple(
        row for row in everything if not row.entry.symbols or wanted.intersection(row.entry.symbols)
    )
    return kept, len(everything) - len(kept)


def place_documents(
    rows: Iterable[DocumentRow], sessions: Sessions, until: int
) -> tuple[Document, ...]:
    """Say from when each document was known, and order by that.

    Args:
        rows: What was read.
        sessions: From the first day of a dated document to after `until`.
        until: The last instant of a decision, UTC nanoseconds; what is known only later
            is left out.

    Returns:
        Ordered by `known_at`, then `id`.
    """
    placed = []
    for row in rows:
        published = to_ns(row.published_at)
        if published > until:
            continue
        known_at = (
            sessions.open_after(day_number(row.day(sessions.zone))) if row.is_dated else published
        )
        if known_at <= until:
            placed.append(_document(row, known_at))
    return tuple(sorted(placed, key=lambda document: (document.known_at, document.id)))


def _document(row: DocumentRow, known_at: int) -> Document:
    entry = row.entry
    return Document(
        id=entry.id,
        known_at=known_at,
        published_at=row.published_at,
        time_precision=entry.time_precision,
        kind=entry.kind,
        symbols=entry.symbols,
        title=entry.title,
        text=entry.text,
        source=entry.source,
        figures=tuple(Figure(**figure.model_dump()) for figure in entry.figures),
        written_after=entry.written_after,
    )


def _read_row(line: int, text: str, faults: Faults) -> DocumentRow | None:
    try:
        entry = DocumentEntry.model_validate_json(text)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            _note(line, detail, faults)
        return None
    try:
        return DocumentRow(line, entry, _published_at(entry))
    except ValueError as error:
        faults.add(line, f"published_at {error}", ALLOWED_INSTANT)
        return None


def _published_at(entry: DocumentEntry) -> datetime:
    if entry.time_precision == "date" and len(entry.published_at) == _DAY_LENGTH:
        return datetime.combine(parse_day(entry.published_at), time(), tzinfo=UTC)
    return parse_instant(entry.published_at)


def _note(line: int, detail: ErrorDetails, faults: Faults) -> None:
    field = ".".join(map(str, detail["loc"]))
    found: Any = detail["input"]
    if detail["type"] == "json_invalid":
        faults.add(line, f"the line is no JSON ({detail['msg'].removeprefix('Invalid JSON: ')})")
    elif detail["type"] == "missing":
        hint = did_you_mean(str(detail["loc"][-1]), set(found) - set(DocumentEntry.model_fields))
        faults.add(line, f"{field!r} is missing", hint=hint)
    elif not field:
        faults.add(line, f"the line was {shown(found)}", "a document is a JSON object")
    elif detail["type"] == "value_error":
        faults.add(line, f"{field} was {shown(found)}", detail["msg"].removeprefix("Value error, "))
    else:
        faults.add(
            line, f"{field} was {shown(found)}", detail["msg"][0].lower() + detail["msg"][1:]
        )
