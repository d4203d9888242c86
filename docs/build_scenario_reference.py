"""Write docs/scenario.md, the reference of scenario files, from the models' own descriptions.

Run it after a change of a section: `python docs/build_scenario_reference.py`.
"""

import inspect
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from steelyard.scenario import Scenario
from steelyard.scenario.section import Section, sections_in
from steelyard.scenario.unit import Measure, Unit

TARGET = Path(__file__).with_name("scenario.md")
HEAD = """\
# Scenario files

A scenario is a YAML file that fixes a run: what may be traded, who is asked, what is allowed,
what it costs. `steelyard check FILE` names every fault in it by line and column;
`steelyard schema` prints a JSON Schema for editors. Unknown keys are refused. Values carry
their units, and a symbol such as `ON`, `NO` or `1e5` stays what it is.

On the command line `--set risk.max_position=10%` overrides one value, by its path.

This page is made by `docs/build_scenario_reference.py` from the program itself.
"""
WRITTEN = {
    "it must be a number like 1.5": "number",
    "it must be a whole number like 63 or 20_000": "whole number",
    "it must be a fraction, written 15% or 0.15": "fraction, `15%` or `0.15`",
    "it must be in basis points, written 5 bps or 0.05%": "basis points, `5 bps` or `0.05%`",
    "it must be in basis points, written 5 bps or 0.05%, or estimated": "basis points, `5 bps` or "
    "`0.05%`, or `estimated`",
    "it must be an amount, written $100_000 or 100_000.50": "amount, `$100_000`",
    "it must be a date, written 2008-09-15": "date, `2008-09-15`",
    "a name starts with a small letter, and has only small letters, digits, _ and -": "name: small "
    "letters, digits, `_` and `-`",
    "it must be a symbol without blanks, like AAPL": "symbol, `AAPL`",
    "it must be a series without blanks, like CPI": "series, `CPI`",
    "it must be a path, relative to the scenario's folder": "path",
    "it must be a feed's name, or an address like my_module:my_feed": "name, or `module:attribute`",
    'it must be a comparison, written "<= 15%" or "> 0.9"': "comparison, `<= 15%` or `> 0.9`",
}
"""What a unit says of its form, in few words; another says it itself."""


def reference() -> str:
    """Give the whole page."""
    parts = [HEAD, *_chapter("The file", "", Scenario)]
    for name, field in Scenario.model_fields.items():
        for section in sections_in(field.annotation):
            title = f"`{name}`" if len(sections_in(field.annotation)) == 1 else _kind(section)
            parts += _chapter(title, name, section)
    return "\n".join(parts)


def _kind(agent: type[Section]) -> str:
    field = agent.model_fields["kind"]
    return f"`agents`, {'any other kind' if field.is_required() else f'kind `{field.default}`'}"


def _chapter(title: str, path: str, section: type[Section]) -> Iterator[str]:
    """Give a section's table, and behind it those of the sections within."""
    yield f"## {title}\n\n{inspect.getdoc(section)}\n"
    yield "| key | written | default | meaning |\n|---|---|---|---|"
    shown = section.model_construct().model_dump(mode="json", by_alias=True, warnings=False)
    for name, field in section.model_fields.items():
        key = field.serialization_alias or name
        default = _default(field, shown.get(key, field.default))
        cells = (f"`{key}`", _written(field), default, field.description)
        yield f"| {' | '.join(_cell(cell) for cell in cells)} |"
    yield ""
    if path:
        for name, field in section.model_fields.items():
            for inner in sections_in(field.annotation):
                yield from _chapter(f"`{path}.{name}`", f"{path}.{name}", inner)


def _cell(text: str | None) -> str:
    return (text or "").replace("|", "\\|").replace("\n", " ")


def _written(field: FieldInfo) -> str:
    """Say how a value is written: its unit and range, its choices, or that it is a section."""
    literals = _choices(field.annotation)
    if literals:
        return " or ".join(f"`{value}`" for value in literals)
    sections = sections_in(field.annotation)
    many = " list" if _is_list(field.annotation) else ""
    if sections:
        return f"{many.strip()} of sections" if many else "section"
    unit = next(iter(_units(field)), None)
    if unit is None:
        return "list" if many else "section"
    return f"{_form(unit)}{', a list' if many else ''}"


def _form(unit: Unit) -> str:
    form = WRITTEN.get(unit.form, unit.form.removeprefix("it must be ").removeprefix("a "))
    bounds = f", {unit.range()}" if isinstance(unit, Measure) and unit.range() else ""
    none = f", or `{unit.none}`" if unit.none else ""
    return f"{form or 'text'}{bounds}{none}"


def _units(field: FieldInfo) -> Iterator[Unit]:
    yield from (each for each in field.metadata if isinstance(each, Unit))
    yield from _units_in(field.annotation)


def _units_in(annotation: Any) -> Iterator[Unit]:
    for part in getattr(annotation, "__metadata__", ()):
        if isinstance(part, Unit):
            yield part
    for part in get_args(annotation):
        yield from _units_in(part)


def _is_list(annotation: Any) -> bool:
    parts = (annotation, *get_args(annotation))
    return any(get_origin(part) is tuple for part in parts)


def _choices(annotation: Any) -> tuple[object, ...]:
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def _default(field: FieldInfo, shown: Any) -> str:
    if field.is_required():
        return "must be given"
    if sections_in(field.annotation) and isinstance(shown, dict):
        own = (
            sections_in(field.annotation)[0]
            .model_construct()
            .model_dump(mode="json", by_alias=True, warnings=False)
        )
        others = [f"{key}: {value}" for key, value in shown.items() if value != own.get(key)]
        return f"`{{{', '.join(others)}}}`" if others and own else "as below"
    value = "none" if shown is None else shown
    return f"`{value if isinstance(value, str) else json.dumps(value)}`" if value != "" else "empty"


if __name__ == "__main__":
    TARGET.write_text(reference(), encoding="utf-8")
    print(f"{TARGET} is written")
