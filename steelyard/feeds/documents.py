"""Documents, from JSONL with one object a line: each known from an instant on the safe side.

Precision `second`, `minute` and `derived`: known when published. Precision `date`: the
time of day means nothing, and the text is known from the open of the first session after
its day. Where the offset it was written with and the exchange disagree about the day, the
later one counts: midnight UTC is the evening before in New York, and a text so dated may
be from after the close.

`channel` says who speaks; where a document does not state it, its kind does, as in
`CHANNEL_OF_KIND`.
"""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import MappingProxyType
from typing import Annotated, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails

from steelyard.errors import did_you_mean
from steelyard.feeds.calendar import Sessions
from steelyard.feeds.faults import Faults, shown
from steelyard.feeds.instants import ALLOWED_INSTANT, day_number, parse_day, parse_instant, to_ns
from steelyard.feeds.source import Given, Source, place
from steelyard.feeds.table import read_text
from steelyard.types.market import Channel, Document, Figure, TimePrecision

MAX_FIGURE = 1e18
"""Above any sum of money there is, in any currency."""

KINDS_OF_CHANNEL: Final[Mapping[Channel, tuple[str, ...]]] = MappingProxyType(
    {
        "social": ("comment", "post", "tweet"),
        "company": (
            "announcement", "call", "dividend", "filing", "filing_summary", "guidance",
            "press_release", "product", "restructuring", "results", "split", "transcript",
        ),
        "official": (
            "fomc", "minutes", "policy", "rate", "regulation", "speech", "statement", "testimony",
        ),
    }
)  # fmt: skip
"""Who speaks in documents of a kind, where they do not say so themselves."""

CHANNEL_OF_KIND: Final[Mapping[str, Channel]] = MappingProxyType(
    {kind: channel for channel, kinds in KINDS_OF_CHANNEL.items() for kind in kinds}
)
"""The same by kind; all other kinds are of the press."""

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
    channel: Channel | None = None


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


def read_documents(sources: Sequence[Source]) -> tuple[DocumentRow, ...]:
    """Read the documents of some JSONL files or feeds; ids are unique over all of them.

    Raises:
        DataError: A source is not as it must be; every fault of it is told, up to 20.
    """
    rows: list[DocumentRow] = []
    seen: dict[str, str] = {}
    for source in sources:
        faults = Faults(source)
        for line, text in enumerate(_objects(source, faults), start=1):
            row = _read_row(line, text, faults) if text.strip() else None
            if row is None:
                continue
            here = place(source, line)
            first = seen.setdefault(row.entry.id, here)
            if first != here:
                faults.add(line, f"id {row.entry.id!r} stands twice, first in {first}")
            rows.append(row)
        faults.raise_any()
    return tuple(rows)


def concerning(
    rows: Iterable[DocumentRow], wanted: Collection[str]
) -> tuple[tuple[DocumentRow, ...], int]:
    """Keep what speaks of the whole market or of something wanted.

    Args:
        rows: What was read.
        wanted: Instruments of the universe, and sources of relations to them.

    Returns:
        What is kept, and how many are not.
    """
    everything = tuple(rows)
    names = set(wanted)
    kept = tuple(
        row for row in everything if not row.entry.symbols or names.intersection(row.entry.symbols)
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
        channel=entry.channel or CHANNEL_OF_KIND.get(entry.kind, "press"),
    )


def _objects(source: Source, faults: Faults) -> Iterator[str]:
    """Give one JSON object a row; of a feed, without what it left empty."""
    if not isinstance(source, Given):
        yield from read_text(source, faults).split("\n")
        return
    for row in range(source.n_rows):
        cells = {name: column[row] for name, column in source.columns.items()}
        stated = {name: cell for name, cell in cells.items() if cell is not None}
        try:
            yield json.dumps(stated, default=_plain)
        except (TypeError, ValueError, RecursionError) as error:
            faults.add(row + 1, f"the row cannot be written as JSON ({error})")
            yield ""


def _plain(value: object) -> object:
    """Give an instant as text, what NumPy and the like made as Python's own.

    Raises:
        TypeError: A document has no such value.
    """
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"it holds {shown(value)}")


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
