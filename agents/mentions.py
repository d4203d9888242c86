"""What documents say of each instrument, how loudly, and how it fades."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from threading import Lock
from types import MappingProxyType
from typing import Final, NamedTuple, get_args

import numpy as np

from steelyard.agents.aspects import read_tone_of
from steelyard.agents.events import EventKind, read_event
from steelyard.agents.reading import LONG_AGO, document_steps, quotation
from steelyard.agents.stories import Teller, lead
from steelyard.agents.tone import Tone, read_tone
from steelyard.agents.trailing import trailing_sum
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Channel, Document
from steelyard.types.opinion import Claim
from steelyard.types.world import Snapshot

MARKET_WEIGHT = 0.5
"""Weight of a document on the whole market beside one on the instrument itself.

The market explains roughly a quarter to a third of the variance of a large company's
return, so about half of a move of the market's size is to be expected in it.
"""
REACH = 3
"""Half-lives for which a document speaks; after them an eighth of it is left."""
MOST_SYMBOLS = 4
"""A post that names more is a list made to be found, hardly ever news of any of them."""
LIST_WEIGHT = 0.1
"""Weight of such a post beside others."""

SILENT = 1.0
"""Documents without tone that every level is averaged with: one document alone is half believed."""

SOCIAL, PRESS, COMPANY = range(3)
"""Groups of channels that can speak against each other."""
GROUP: Final[Mapping[Channel, int]] = MappingProxyType(
    {"social": SOCIAL, "press": PRESS, "company": COMPANY, "official": COMPANY}
)
LEANS = ("bad", "plain", "good")
PARTS = ("merger acquirer", "merger target")
EVENTS = tuple(f"{kind}, {lean}" for kind in (*get_args(EventKind), *PARTS) for lean in LEANS)
"""Kind of event, with the part in a merger where it is told, and which way the words lean."""
NO_EVENT = "other, plain"
_EVENT_INDEX: Final[Mapping[str, int]] = MappingProxyType(
    {event: index for index, event in enumerate(EVENTS)}
)
_CASHTAG = re.compile(r"\$[A-Za-z][A-Za-z.]{0,5}\b")


class Mentions(NamedTuple):
    """What documents say, one row each and whom they speak of; all of shape (n_mentions,)."""

    step: Ints
    """First step that knows it; `LONG_AGO` for what was old before the first step."""
    document: Ints
    """Its index."""
    column: Ints
    """Whom it speaks of."""
    group: Ints
    """`SOCIAL`, `PRESS` or `COMPANY`."""
    event: Ints
    """What it reports, an index into `EVENTS`; of a copy `NO_EVENT`."""
    tells: Bools
    """Whether it is the first to tell its story of this one; the others are copies."""
    tone: Floats
    """In [-1, 1]; 0 of a copy."""
    weight: Floats
    """Above 0, at most 1: it splits over all that the document names."""

    def only(self, keep: Bools) -> "Mentions":
        """Give the mentions where `keep` is true."""
        return Mentions._make(each[keep] for each in self)


def mentions_of(history: Snapshot, names: tuple[str, ...]) -> Mentions:
    """Give what the known documents say of each of `names`.

    A document that names nothing speaks of all of them. Columns are places in `names`.
    """
    rows = _reader(names).read(history.documents)
    table = np.array(rows, dtype=np.float64).reshape(-1, len(Mentions._fields) - 1)
    document, column, group, event, tells = table[:, :5].T.astype(np.int64)
    step = document_steps(history)[document]
    return Mentions(step, document, column, group, event, tells > 0, table[:, 5], table[:, 6])


class _Reader:
    """Reads documents once each: a longer tuple of them costs only what was added to it.

    What it gives is a function of the documents alone; that it remembers makes it fast.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        self._column = {name: column for column, name in enumerate(names)}
        self._lock = Lock()
        self._forget()

    def _forget(self) -> None:
        self._documents: tuple[Document, ...] = ()
        self._rows: list[tuple[float, ...]] = []
        self._n_rows = [0]
        # One for each name: a copy about somebody else makes no story of this one older, and
        # whether such documents are there at all may hang on relations known only later.
        self._tellers = {name: Teller() for name in self._column}
        self._is_whole = True

    def read(self, documents: tuple[Document, ...]) -> list[tuple[float, ...]]:
        """Give the rows of `Mentions` without their step."""
        with self._lock:
            n_both = min(len(documents), len(self._documents))
            if not self._is_whole or documents[:n_both] != self._documents[:n_both]:
                self._forget()
            self._is_whole = False  # until all is read: what raises must not be read twice
            for index in range(len(self._documents), len(documents)):
                self._rows += self._read_one(index, documents[index])
                self._n_rows.append(len(self._rows))
            self._documents = max(documents, self._documents, key=len)
            self._is_whole = True
            return self._rows[: self._n_rows[len(documents)]]

    def _read_one(self, index: int, document: Document) -> Iterator[tuple[float, ...]]:
        names = document.symbols or self._column
        for name in dict.fromkeys(names):
            if name not in self._column:
                continue
            about = name if document.symbols else ""
            said = _said(document, about, tells=self._tellers[name].is_first(document))
            yield (index, self._column[name], GROUP[document.channel], *said)


@lru_cache(maxsize=8)
def _reader(names: tuple[str, ...]) -> _Reader:
    return _Reader(names)


def _said(document: Document, about: str, *, tells: bool) -> tuple[float, ...]:
    """Give event, whether it tells, tone and weight; a copy is not read again."""
    if not tells:
        return _EVENT_INDEX[NO_EVENT], False, 0.0, _weight(document)
    tone = tone_of(document, about).value
    return _EVENT_INDEX[event_of(document, about, tone)], True, tone, _weight(document)


def tone_of(document: Document, about: str) -> Tone:
    """Read the tone towards one of several symbols, or of all of a text that names one."""
    names, text = _names(document), lead(document)
    if not about or not 1 < len(names) <= MOST_SYMBOLS:
        return read_tone(document.title, text)
    others = sorted(names - {about})
    marked = tuple(form for name in others for form in (f"${name}", name))
    return read_tone_of(document.title, text, (f"${about}", about), marked)


def _names(document: Document) -> frozenset[str]:
    """Give the symbols a document names, in its list or its text."""
    tagged = (tag[1:].upper() for tag in _CASHTAG.findall(f"{document.title} {lead(document)}"))
    return frozenset((*document.symbols, *tagged))


def _is_list(document: Document) -> bool:
    return document.channel == "social" and len(_names(document)) > MOST_SYMBOLS


def _weight(document: Document) -> float:
    if not document.symbols:
        return MARKET_WEIGHT
    return (LIST_WEIGHT if _is_list(document) else 1.0) / len(_names(document))


def event_of(document: Document, about: str, tone: float) -> str:
    """Give what a document reports of a symbol in that tone, one of `EVENTS`.

    A list of names reports nothing.
    """
    lean = LEANS[1 + (tone > 0.0) - (tone < 0.0)]
    if _is_list(document):
        return f"other, {lean}"
    event = read_event(document.title, lead(document))
    parts = [role for role, phrase in event.roles if phrase.removeprefix("$") == about]
    named = f"{event.kind} {parts[0]}" if parts else event.kind
    whole = f"{named}, {lean}"
    return whole if whole in _EVENT_INDEX else f"{event.kind}, {lean}"


def quote_of(document: Document, about: str) -> Claim:
    """Cite the sentence that decided, word for word: on tone, else on the event, else the first."""
    text = lead(document)
    words = tone_of(document, about).quote or read_event(document.title, text).quote
    return quotation(document.id, words or document.title or text, about)


def summed(mentions: Mentions, amount: Floats, shape: tuple[int, int]) -> Floats:
    """Add up an amount per mention by the step that knows it first, and by whom it speaks of.

    Args:
        mentions: What is old before the first step is left out.
        amount: Shape (n_mentions,).
        shape: (n_steps, n_instruments).
    """
    there = mentions.step != LONG_AGO
    cell = mentions.step[there] * shape[1] + mentions.column[there]
    total = np.bincount(cell, weights=amount[there], minlength=shape[0] * shape[1])
    return np.asarray(total, dtype=np.float64).reshape(shape)


def reach_of(half_life: float) -> int:
    """Count the steps for which a document speaks."""
    return math.ceil(REACH * half_life)


def faded(amount: Floats, half_life: float) -> Floats:
    """Sum amounts of the last `REACH` half-lives, each halved every half-life.

    Args:
        amount: By step, shape (..., n_steps, n_instruments).
        half_life: Steps, above 0.
    """
    total = np.zeros(amount.shape)
    n_steps = amount.shape[-2]
    for age in range(min(reach_of(half_life), n_steps)):
        total[..., age:, :] += 0.5 ** (age / half_life) * amount[..., : n_steps - age, :]
    return total


def tone_level(stories: Mentions, shape: tuple[int, int], half_life: float) -> Floats:
    """Give the mean tone of young stories and `SILENT` more, in (-1, 1); 0 where none is."""
    heard = faded(summed(stories, stories.weight, shape), half_life)
    said = faded(summed(stories, stories.weight * stories.tone, shape), half_life)
    return said / (heard + SILENT)


def n_young(stories: Mentions, shape: tuple[int, int], half_life: float) -> Floats:
    """Count the stories that are young, by step and instrument."""
    count = summed(stories, np.ones(len(stories.step)), shape)
    return trailing_sum(count, reach_of(half_life))


def told_of_each(mentions: Mentions, n_columns: int) -> list[Mentions]:
    """Part the stories by whom they speak of."""
    return [
        mentions.only(mentions.tells & (mentions.column == column)) for column in range(n_columns)
    ]


class Loud(NamedTuple):
    """The story that says most, and how much."""

    document: int
    """Its index; below 0 where no story is young."""
    amount: float


def loudest(stories: Mentions, step: int, side: float, half_life: float) -> Loud:
    """Find the young story that says most for a side, the newest of equals.

    Args:
        stories: In order of time.
        step: Where it is asked for.
        side: 1 for good words, -1 for bad ones.
        half_life: Steps, above 0.
    """
    ends = [step - reach_of(half_life) + 1, step + 1]
    young = slice(*np.searchsorted(stories.step, ends, side="left").tolist())
    fade = 0.5 ** ((step - stories.step[young]) / half_life)
    said = side * fade * stories.weight[young] * stories.tone[young]
    if not len(said):
        return Loud(-1, -math.inf)
    newest = len(said) - 1 - int(np.argmax(said[::-1]))
    return Loud(int(stories.document[young][newest]), float(said[newest]))
