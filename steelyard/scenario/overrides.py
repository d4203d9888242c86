"""Overrides, `--set PATH=VALUE`: one value of a scenario written anew."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from numbers import Integral, Real
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel

from steelyard.scenario.faults import dotted, suggestion
from steelyard.scenario.marks import (
    Entries,
    Entry,
    Found,
    Items,
    Node,
    Place,
    Scalar,
    Source,
    compose,
)
from steelyard.scenario.unit import NONE_WORDS

_PART: Final = re.compile(r"(?:^|\.)([^.\[\]]+)|\[(\d+)\]")
_NAMES: Final = ("name", "id")
"""Keys by which an item of a list may be called: agents.technical, market.universe.GOOG."""


NO_OVERRIDES: Final[Mapping[str, Any]] = MappingProxyType({})
"""Every value as the file has it."""


class _LostError(Exception):
    """The path leads nowhere."""

    def __init__(self, found: str, hint: str = "") -> None:
        super().__init__(found)
        self.found = found
        self.hint = hint


def override(document: Node, overrides: Mapping[str, Any]) -> tuple[Node, list[Found]]:
    """Write overrides into a document, in their order.

    Args:
        document: The scenario as it stands in the file.
        overrides: Values by path, such as `risk.max_position` or `agents.news.horizon`; a
            text is read as in a file, so `[AAPL, IBM]` is a list. What else Python has,
            lists and mappings among it, is written as a file would: 5, true, none.

    Returns:
        The new document, and what is wrong with the overrides.
    """
    found: list[Found] = []
    for path, given in overrides.items():
        source = Source(f"--set {path}={given}", str(given), has_lines=False)
        place = Place(source, 0, 0)
        try:
            value, faults = _value(source) if isinstance(given, str) else (_node(given, place), [])
            found.extend(faults)
            if not faults and value is not None:
                document = _put(document, _parts(path), value, place)
        except _LostError as lost:
            found.append(place.fault(lost.found, hint=lost.hint))
    return document, found


def _value(source: Source) -> tuple[Node | None, list[Found]]:
    """Read a value; what is neither list, mapping nor quoted is taken as it stands.

    So `> 0.9` needs no second pair of quotes behind those that the shell takes.
    """
    text = source.text.strip()
    if text.startswith(("[", "{", "'", '"')):
        return compose(source)
    return Scalar(Place(source, 0, 0), text, is_empty=not text), []


def _node(value: object, place: Place) -> Node:
    """Write a value of Python as a file would; texts within it are taken as they stand."""
    if isinstance(value, BaseModel):
        return _node(value.model_dump(mode="json", by_alias=True), place)
    if isinstance(value, Mapping):
        entries = {str(key): Entry(place, _node(item, place)) for key, item in value.items()}
        return Entries(place, entries)
    if isinstance(value, list | tuple):
        return Items(place, tuple(_node(item, place) for item in value))
    return Scalar(place, _text(value))


def _text(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "none", True: "true", False: "false"}[value]
    if isinstance(value, str | date | Decimal):
        return str(value)
    if isinstance(value, Integral):
        return str(int(value))
    if isinstance(value, Real):
        return repr(float(value))
    raise _LostError(
        f"a value of type {type(value).__name__!r} cannot be written in a file",
        "give a text, a number, a truth value, a date, a list or a mapping",
    )


def _parts(path: str) -> tuple[int | str, ...]:
    matches = list(_PART.finditer(path))
    if not path or "".join(match[0] for match in matches) != path:
        raise _LostError(
            f"{path!r} is no path", "write it as risk.max_position or agents[0].horizon"
        )
    return tuple(match[1] if match[1] is not None else int(match[2]) for match in matches)


def _put(node: Node, parts: tuple[int | str, ...], value: Node, place: Place) -> Node:
    if not parts:
        return value
    part, rest = parts[0], parts[1:]
    if isinstance(node, Items):
        index = _index(node, part)
        items = list(node.items)
        items[index] = _put(items[index], rest, value, place)
        return Items(node.place, tuple(items))
    if isinstance(node, Scalar) and node.text in NONE_WORDS:  # a section that may be absent
        node = Entries(node.place, {})
    if isinstance(node, Scalar) or isinstance(part, int):
        raise _LostError(
            f"nothing can be set at {dotted((part,))!r}", "set the whole value instead"
        )
    entry = node.entries.get(part)
    below = Entries(place, {}) if entry is None else entry.value
    # The key keeps its place, so that a fault beside the new value is still found in the file.
    key_place = place if entry is None or not rest else entry.place
    return Entries(
        node.place, node.entries | {part: Entry(key_place, _put(below, rest, value, place))}
    )


def _index(node: Items, part: int | str) -> int:
    if isinstance(part, int):
        if part >= len(node.items):
            raise _LostError(f"[{part}] is not there", f"the list has {len(node.items)} items")
        return part
    names = [_name(item) for item in node.items]
    if part not in names:
        raise _LostError(f"nothing is named {part!r}", suggestion(part, filter(None, names)))
    return names.index(part)


def _name(node: Node) -> str:
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, Entries):
        for key in _NAMES:
            entry = node.entries.get(key)
            if entry is not None and isinstance(entry.value, Scalar):
                return entry.value.text
    return ""
