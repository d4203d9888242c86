"""JSON Schema of scenario files, for editors."""

from typing import Any, Final

from steelyard.scenario.model import Scenario
from steelyard.scenario.section import Section, sections_in

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The draft that yaml-language-server reads."""


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 7) of a scenario file, with each field's description."""
    schema = Scenario.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    for section in _sections(Scenario):
        _write_defaults(schema if section is Scenario else definitions[section.__name__], section)
    return {"$schema": _DRAFT} | schema | {"definitions": definitions}


def _sections(section: type[Section]) -> set[type[Section]]:
    """Give a section and all that are in it."""
    found = {section}
    for field in section.model_fields.values():
        for inner in sections_in(field.annotation):
            found |= _sections(inner)
    return found


def _write_defaults(schema: dict[str, Any], section: type[Section]) -> None:
    """Show defaults as a file writes them: pydantic shows what Python holds."""
    written = section.model_construct().model_dump(mode="json", by_alias=True)
    for key, value in schema["properties"].items():
        if "default" in value:
            value["default"] = "none" if written[key] is None else written[key]
