"""From pydantic's errors to faults with a place, and from faults to what a user reads."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from steelyard import plugins
from steelyard.errors import ScenarioError, did_you_mean
from steelyard.scenario.marks import Entries, Entry, Found, Items, Node, Place, describe, quoted
from steelyard.scenario.section import Section, sections_in, written_keys
from steelyard.scenario.unit import FAULT

_MOST_SHOWN: Final = 20
"""Faults shown at once; more would hide the first."""

_LONGEST_KEY: Final = 60
_LONGEST_LINE: Final = 160
"""A longer line is not shown: its caret would be lost."""

Parts = tuple[int | str, ...]
"""Path in a scenario, keys and indexes: `("agents", 0, "horizon")`."""


class Wrong(NamedTuple):
    """A fault without its place: what is wrong at a path."""

    path: Parts
    found: str
    """A clause; `{it}` stands for the path."""
    allowed: str = ""
    hint: str = ""


class _Spot(NamedTuple):
    """How far a path leads into the document."""

    parts: Parts
    """What of the path is there."""
    key: Place | None
    """Place of the last key or item; None for the document itself."""
    node: Node


def dotted(parts: Parts) -> str:
    """Write a path as `agents[0].horizon`."""
    return "".join(map(_written, parts)).removeprefix(".")


def _written(part: int | str) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    is_word = part.isprintable() and " " not in part and len(part) <= _LONGEST_KEY
    return f".{part if is_word else quoted(part)}"


def suggestion(word: str, known: Iterable[str]) -> str:
    """Suggest the known word that was meant, or list the few there are."""
    words = list(known)
    listed = f"known: {', '.join(words)}" if words else ""
    return did_you_mean(word, words) or listed


def placed(wrong: Wrong, document: Node) -> Found:
    """Give what is wrong the place of the value, or of the nearest thing around it."""
    spot = _walk(wrong.path, document)
    place = spot.node.place if spot.parts == wrong.path else spot.key or _top(document)
    return place.fault(wrong.found.replace("{it}", dotted(wrong.path)), wrong.allowed, wrong.hint)


def translate(error: ValidationError, document: Node, model: type[Section]) -> list[Found]:
    """Give pydantic's errors their places and our words."""
    return [
        _fault(details, document, model)
        for details in error.errors(include_url=False)
        if not _is_echo(details, document)
    ]


def error_of(found: Sequence[Found]) -> ScenarioError:
    """Make the error that shows each fault with its line and a caret."""
    ordered = sorted(set(found), key=lambda item: (item.fault, item.place))
    shown = [_excerpt(item) for item in ordered[:_MOST_SHOWN]]
    if len(ordered) > _MOST_SHOWN:
        shown.append(f"and {len(ordered) - _MOST_SHOWN} more")
    count = f"{len(ordered)} fault{'s' if len(ordered) > 1 else ''}"
    shown.append(f"{count}; nothing was run")
    return ScenarioError("\n".join(shown), faults=[item.fault for item in ordered])


def _excerpt(item: Found) -> str:
    fault, place = item
    lines = place.source.text.splitlines()
    if fault.line == 0 or fault.line > len(lines):
        return str(fault)
    line = lines[fault.line - 1]
    if len(line) > _LONGEST_LINE or not line.replace("\t", " ").isprintable():
        return str(fault)
    number = f"{fault.line:>4}"
    indent = "".join("\t" if sign == "\t" else " " for sign in line[: fault.column - 1])
    caret = indent + "^" * place.width
    return f"{fault}\n{number} | {line}\n{' ' * len(number)} | {caret}"


def _walk(parts: Parts, document: Node) -> _Spot:
    """Follow a path; parts that are not in the document are passed over.

    pydantic puts the kind of an agent into the path, and what a shorthand stands for.
    """
    spot = _Spot((), None, document)
    for part in parts:
        step = _step(spot.node, part)
        if step is not None:
            spot = _Spot((*spot.parts, part), step.place, step.value)
    return spot


def _step(node: Node, part: int | str) -> Entry | None:
    if isinstance(node, Entries):
        return node.entries.get(str(part)) if isinstance(part, str) else None
    if isinstance(node, Items) and isinstance(part, int) and part < len(node.items):
        item = node.items[part]
        return Entry(item.place, item)
    return None


def _top(document: Node) -> Place:
    return Place(document.place.source, 1, 1)


def _fault(details: ErrorDetails, document: Node, model: type[Section]) -> Found:
    kind, parts = details["type"], details["loc"]
    spot = _walk(parts, document)
    if kind == "extra_forbidden":
        hint = suggestion(str(parts[-1]), _keys_of(model, parts[:-1]))
        place = spot.key or _top(document)
        return place.fault(f"{dotted(spot.parts)} is not a known key", hint=hint)
    if kind in {"missing", "union_tag_not_found"}:
        key = str(parts[-1]) if kind == "missing" else "kind"
        place = spot.key or _top(document)
        return place.fault(f"{dotted((*spot.parts, key))} is missing", hint="add it")
    if kind == "union_tag_invalid":
        return _unknown_kind(spot, details["ctx"])
    found = f"{dotted(spot.parts) or 'the scenario'} was {describe(spot.node)}"
    allowed, hint = _allowed(details, spot)
    return spot.node.place.fault(found, allowed, hint)


def _is_echo(details: ErrorDetails, document: Node) -> bool:
    """Say whether a list counts as short only because its items are at fault.

    A lone value stands for a list of one.
    """
    if details["type"] != "too_short":
        return False
    node = _walk(details["loc"], document).node
    return not isinstance(node, Items) or len(node.items) >= details["ctx"]["min_length"]


def _unknown_kind(spot: _Spot, context: dict[str, Any]) -> Found:
    kind = _walk(("kind",), spot.node)
    found = f"{dotted((*spot.parts, 'kind'))} was {describe(kind.node)}"
    allowed = f"the kinds are {', '.join(plugins.names(plugins.AGENTS))}"
    return kind.node.place.fault(found, allowed, plugins.hint(plugins.AGENTS, context["tag"]))


def _allowed(details: ErrorDetails, spot: _Spot) -> tuple[str, str]:
    """Say what is allowed, and what to do, as two clauses."""
    context = details.get("ctx", {})
    match details["type"]:
        case kind if kind == FAULT:
            return context["allowed"], context["hint"]
        case "literal_error":
            known = re.findall(r"'([^']*)'", context["expected"])
            hint = did_you_mean(getattr(spot.node, "text", ""), known)
            return f"it must be {' or '.join(known)}", hint
        case "model_type" | "model_attributes_type" | "dict_type":
            return "it must be a mapping of keys", "fill it, or leave the key out"
        case "tuple_type":
            return "it must be a list, written [a, b]", ""
        case "too_short" | "too_long":
            least, most = context.get("min_length"), context.get("max_length")
            return (
                f"it must have at least {least}"
                if most is None
                else f"it must have at most {most}",
                "",
            )
    return details["msg"].replace("Input should be", "it must be"), ""


def _keys_of(model: type[Section], parts: Parts) -> list[str]:
    """Give the keys that may stand at a path, the kinds of agents among its parts."""
    models = [model]
    for part in parts:
        if isinstance(part, str):
            models = _of_kind(models, part) or _in_field(models, part)
    return [key for found in models[:1] for key in written_keys(found)]


def _of_kind(models: list[type[Section]], kind: str) -> list[type[Section]]:
    fields = [(found, found.model_fields.get("kind")) for found in models]
    return [found for found, field in fields if field is not None and field.default == kind]


def _in_field(models: list[type[Section]], key: str) -> list[type[Section]]:
    for model in models:
        for name, field in model.model_fields.items():
            if key in {name, field.serialization_alias}:
                return sections_in(field.annotation)
    return []
