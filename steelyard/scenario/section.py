"""What all sections of a scenario share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, get_args

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema


class Section(BaseModel):
    """A part of a scenario: frozen, strict, no unknown keys; each field says what it is."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
        validate_by_alias=True,
        validate_by_name=True,
    )


def written_keys(model: type[Section]) -> list[str]:
    """Give a section's keys as they are written in a file."""
    return [str(field.serialization_alias or name) for name, field in model.model_fields.items()]


def sections_in(annotation: Any) -> list[type[Section]]:
    """Give the sections that a field's type speaks of."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    return [section for part in get_args(annotation) for section in sections_in(part)]


@dataclass(frozen=True, slots=True)
class Shorthand:
    """Let a lone value stand for a longer form: `AAPL` for `{id: AAPL}`.

    Attributes:
        expand: Makes the long form of a text or number.
        schema: JSON Schema of the short form.
    """

    expand: Callable[[Any], Any]
    schema: dict[str, Any]

    def _expand(self, value: Any) -> Any:
        return self.expand(value) if isinstance(value, str | int | float) else value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [self.schema, handler(schema)]}
