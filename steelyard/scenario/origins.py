"""Where each value of a scenario comes from."""

from typing import Any

from steelyard.scenario.faults import dotted
from steelyard.scenario.marks import Entries, Items, Node, Place
from steelyard.scenario.section import Section

DEFAULT, PYTHON, OVERRIDE = "default", "python", "--set"


def origins(scenario: Section, document: Node | None) -> dict[str, str]:
    """Give the origin of each value by its path, such as `risk.max_position`.

    Args:
        scenario: The scenario, or a section of it.
        document: What it was read from; None if it was built in Python.
    """
    found: dict[str, str] = {}
    _collect(scenario, document, (), found)
    return found


def _collect(
    value: Any, node: Node | None, parts: tuple[int | str, ...], found: dict[str, str]
) -> None:
    if isinstance(value, Section):
        for name, field in type(value).model_fields.items():
            key = str(field.serialization_alias or name)
            is_stated = name in value.model_fields_set
            if is_stated:
                _collect(getattr(value, name), _below(node, key), (*parts, key), found)
            else:
                _default(getattr(value, name), (*parts, key), found)
        for key, setting in (value.model_extra or {}).items():
            _collect(setting, _below(node, key), (*parts, key), found)
    elif isinstance(value, tuple) and value and isinstance(value[0], Section):
        for index, item in enumerate(value):
            _collect(item, _below(node, index), (*parts, index), found)
    else:
        found[dotted(parts)] = PYTHON if node is None else _name(node.place)


def _default(value: Any, parts: tuple[int | str, ...], found: dict[str, str]) -> None:
    if isinstance(value, Section):
        for name, field in type(value).model_fields.items():
            key = str(field.serialization_alias or name)
            _default(getattr(value, name), (*parts, key), found)
    else:
        found[dotted(parts)] = DEFAULT


def _below(node: Node | None, part: int | str) -> Node | None:
    """Give the node of a part; what a shorthand stands for is where the shorthand is."""
    if isinstance(node, Entries):
        return node.entries[str(part)].value if str(part) in node.entries else node
    if isinstance(node, Items) and isinstance(part, int):
        return node.items[part]
    return node


def _name(place: Place) -> str:
    return f"{place.source.path}:{place.line}" if place.source.has_lines else OVERRIDE
