"""JSON Schema of scenario files, for editors."""

from typing import Any, Final

from steelyard.scenario.model import Scenario

_DRAFT: Final = "http://json-schema.org/draft-07/schema#"
"""The draft that yaml-language-server reads."""


def json_schema() -> dict[str, Any]:
    """Give the JSON Schema (draft 7) of a scenario file, with each field's description."""
    schema = Scenario.model_json_schema(by_alias=True, ref_template="#/definitions/{model}")
    definitions = schema.pop("$defs")
    return (
        {"$schema": _DRAFT, "title": "Steelyard scenario"} | schema | {"definitions": definitions}
    )
