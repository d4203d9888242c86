"""YAML with places: what stands where, each scalar as the text that stands there.

YAML 1.1 reads `ON` as true, `16:00` as 960 and `1e5` as a number. Here no scalar is
resolved: the type of a field says what its text means. Anchors, aliases and tags are
refused, so a small file stays small.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple, TypeAlias

import yaml

from steelyard.errors import Fault

_MAX_DEPTH: Final = 20
"""Deepest nesting read; a scenario needs six."""


_MOST_SHOWN: Final = 60
"""Longest text repeated in a message."""

_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control characters and half code points, which escapes can smuggle in."""


class Source(NamedTuple):
    """A text that is read, and how it is called."""

    path: str
    """File as the user named it, or the override as typed."""
    text: str
    has_lines: bool = True
    """False for an override, and for a scenario built in Python."""


class Place(NamedTuple):
    """Where something stands."""

    source: Source
    line: int
    """From 1."""
    column: int
    """From 1."""
    width: int = 1
    """Columns that the caret marks, on this line."""

    def fault(self, found: str, allowed: str = "", hint: str = "") -> "Found":
        """Make a fault here."""
        at = (self.line, self.column) if self.source.has_lines else (0, 0)
        return Found(Fault(self.source.path, *at, found, allowed, hint), self)


class Found(NamedTuple):
    """A fault, and the place it is found at."""

    fault: Fault
    place: Place


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as it stands; `is_empty` where nothing stands."""

    place: Place
    text: str
    is_empty: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    place: Place
    items: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and its value."""

    place: Place
    value: "Node"


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping."""

    place: Place
    entries: "dict[str, Entry]"


Node: TypeAlias = Scalar | Items | Entries


class Empty:
    """What a scalar without text becomes, so that every type refuses it."""


def compose(source: Source) -> tuple[Node | None, list[Found]]:
    """Read the one document of a text; None where it has no readable one."""
    try:
        events = _events(source)
    except yaml.MarkedYAMLError as error:
        return None, [_syntax_fault(source, error)]
    except yaml.reader.ReaderError as error:
        return None, [_character_fault(source, error)]
    except _UnreadableError as error:
        return None, [error.place.fault("it cannot be read", hint="is an escape too large?")]
    reader = _Reader(source)
    return reader.document(events), reader.found


def value_of(node: Node) -> Any:
    """Give the node as plain values: texts, tuples and dicts."""
    if isinstance(node, Scalar):
        return Empty() if node.is_empty else node.text
    if isinstance(node, Items):
        return tuple(value_of(item) for item in node.items)
    return {key: value_of(entry.value) for key, entry in node.entries.items()}


def describe(node: Node) -> str:
    """Say what a node is, to follow `was`."""
    if isinstance(node, Items):
        return f"a list of {len(node.items)}" if node.items else "an empty list"
    if isinstance(node, Entries):
        return "a mapping"
    return "empty" if node.is_empty else quoted(node.text)


def quoted(text: str) -> str:
    """Put a text in quotes, escaped and no longer than a message bears."""
    return repr(text if len(text) <= _MOST_SHOWN else f"{text[:_MOST_SHOWN]}...")


def place_in(source: Source, mark: Any, end: Any = None) -> Place:
    """Give the place of a YAML mark."""
    is_one_line = end is not None and end.line == mark.line
    width = max(1, end.column - mark.column) if is_one_line else 1
    return Place(source, mark.line + 1, mark.column + 1, width)


class _UnreadableError(Exception):
    """PyYAML stumbled: it checks neither the size of an escape nor that of a version."""

    def __init__(self, place: Place) -> None:
        super().__init__()
        self.place = place


def _events(source: Source) -> list[yaml.Event]:
    loader = yaml.SafeLoader(source.text)
    events = []
    try:
        while loader.check_event():
            events.append(loader.get_event())  # type: ignore[no-untyped-call]  # its stub has no types
    except (ValueError, OverflowError) as error:
        raise _UnreadableError(place_in(source, loader.get_mark())) from error
    return events


class _Reader:
    """Turns events into nodes and collects what is wrong on the way."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.found: list[Found] = []
        self._events: Iterator[yaml.Event] = iter(())

    def document(self, events: list[yaml.Event]) -> Node | None:
        starts = [event for event in events if isinstance(event, yaml.DocumentStartEvent)]
        if not starts:
            self.found.append(Place(self.source, 1, 1).fault("nothing stands here"))
            return None
        if len(starts) > 1:
            second = place_in(self.source, starts[1].start_mark, starts[1].end_mark)
            self.found.append(
                second.fault("a second document begins here", "a scenario is one document")
            )
        first = events.index(starts[0]) + 1
        self._events = iter(events[first:])
        return self._node(next(self._events), depth=0)

    def _node(self, event: yaml.Event, depth: int) -> Node | None:
        place = place_in(self.source, event.start_mark, event.end_mark)
        if self._is_refused(event, place):
            return None
        if isinstance(event, yaml.ScalarEvent):
            if _FORBIDDEN.search(event.value):
                self.found.append(place.fault("a control character is escaped here"))
            is_empty = event.style is None and event.value == ""
            return Scalar(place, event.value, is_empty=is_empty)
        if depth >= _MAX_DEPTH:
            self.found.append(place.fault(f"it is nested deeper than {_MAX_DEPTH} levels"))
            self._skip()
            return None
        is_list = isinstance(event, yaml.SequenceStartEvent)
        return self._items(place, depth) if is_list else self._entries(place, depth)

    def _is_refused(self, event: yaml.Event, place: Place) -> bool:
        """Report anchors, aliases and tags; only an alias has no node of its own."""
        if isinstance(event, yaml.AliasEvent):
            self.found.append(
                place.fault(f"*{event.anchor} is an alias", hint="write the value out")
            )
            return True
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            self.found.append(
                place.fault(f"&{event.anchor} is an anchor", hint="write the value out")
            )
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"}:
            self.found.append(place.fault(f"{tag!r} is a tag", hint="remove it"))
        return False

    def _items(self, place: Place, depth: int) -> Items:
        nodes: list[Node] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            node = self._node(event, depth + 1)
            if node is not None:
                nodes.append(node)
        return Items(place, tuple(nodes))

    def _entries(self, place: Place, depth: int) -> Entries:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            value = self._node(next(self._events), depth + 1)
            if isinstance(key, Scalar) and self._is_new(key, entries) and value is not None:
                entries[key.text] = Entry(key.place, value)
            elif isinstance(key, Items | Entries):
                self.found.append(key.place.fault(f"a key was {describe(key)}", "a key is a word"))
        return Entries(place, entries)

    def _is_new(self, key: Scalar, entries: dict[str, Entry]) -> bool:
        first = entries.get(key.text)
        if first is not None:
            self.found.append(
                key.place.fault(
                    f"{quoted(key.text)} stands twice, first on line {first.place.line}",
                    hint="keep one",
                )
            )
        return first is None

    def _skip(self) -> None:
        """Pass over the rest of a collection that has just begun."""
        level = 1
        while level:
            event = next(self._events)
            level += isinstance(event, yaml.CollectionStartEvent)
            level -= isinstance(event, yaml.CollectionEndEvent)


def _syntax_fault(source: Source, error: yaml.MarkedYAMLError) -> Found:
    mark = error.problem_mark or error.context_mark
    place = Place(source, 1, 1) if mark is None else place_in(source, mark)
    problem = error.problem or "it is no YAML"
    if "'\\t'" in problem:
        return place.fault("a tab stands here", hint="indent with spaces")
    context = f" {error.context}" if error.context else ""
    found = f"the file cannot be read{context}: {problem}"
    return place.fault(found, hint=_syntax_hint(error, problem))


def _syntax_hint(error: yaml.MarkedYAMLError, problem: str) -> str:
    if "cannot start any token" in problem:
        return "quote the text"
    if "<block end>" in problem:
        return "check the indentation"
    began = error.context_mark
    return "" if began is None else f"it began on line {began.line + 1}"


def _character_fault(source: Source, error: yaml.reader.ReaderError) -> Found:
    """Locate a character that YAML forbids; the reader names its index only."""
    before = source.text[: error.position]
    line = before.count("\n") + 1
    column = error.position - (before.rfind("\n") + 1) + 1
    return Place(source, line, column).fault(
        f"the character {chr(error.character)!r} stands here",
        hint="remove it",
    )
