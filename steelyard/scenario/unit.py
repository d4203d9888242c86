"""What a unit is: how a field's value is written, read and bounded."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

NONE_WORDS: Final = frozenset({"none", "null", "~"})
"""What stands for nothing where a field may be without a value."""

FAULT: Final = "steelyard"
"""Type of the pydantic errors raised here; their context holds `allowed` and `hint`."""


def wrong(allowed: str, hint: str = "") -> PydanticCustomError:
    """Make the error that says what is allowed, and what to do."""
    message = f"{allowed}; {hint}" if hint else allowed
    escaped = message.replace("{", "{{").replace("}", "}}")
    return PydanticCustomError(FAULT, escaped, {"allowed": allowed, "hint": hint})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit(ABC):
    """How a field's value is written. Goes into `Annotated`, behind the value's type.

    Attributes:
        none: Word that stands for None; empty where a value must be.
    """

    none: str = ""

    @property
    @abstractmethod
    def form(self) -> str:
        """Say how it is written, as a clause: `a fraction is written 15% or 0.15`."""

    @abstractmethod
    def read(self, text: str) -> Any:
        """Give the value of a text.

        Raises:
            PydanticCustomError: the text has not the form.
        """

    @abstractmethod
    def show(self, value: Any) -> str | int | float:
        """Write a value so that `read` gives it back."""

    @abstractmethod
    def schema(self) -> dict[str, Any]:
        """Give the JSON Schema (draft 7) of what may be written."""

    def take(self, value: Any) -> Any:
        """Give the value of what Python code handed over.

        Raises:
            PydanticCustomError: it is none that can be meant.
        """
        if isinstance(value, bool) or not isinstance(value, int | float | date):
            raise wrong(self.form)
        return value

    def check(self, value: Any) -> Any:
        """Give the value, if it is within the range.

        Raises:
            PydanticCustomError: it is outside.
        """
        return value

    def _before(self, value: Any) -> Any:
        if value is None and self.none:
            return None
        if isinstance(value, str):
            is_none = self.none and value in NONE_WORDS | {self.none}
            return None if is_none else self.read(value)
        return self.take(value)

    def _after(self, value: Any) -> Any:
        return None if value is None else self.check(value)

    def _shown(self, value: Any) -> str | int | float:
        return self.none if value is None else self.show(value)

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        before = core_schema.no_info_before_validator_function(self._before, handler(source))
        shown = core_schema.plain_serializer_function_ser_schema(self._shown, when_used="json")
        return core_schema.no_info_after_validator_function(
            self._after, before, serialization=shown
        )

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        if not self.none:
            return self.schema()
        words: dict[str, Any] = {"enum": [*sorted({"none", self.none}), None]}
        return {"anyOf": [self.schema(), words]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure(Unit):
    """A number within a range.

    Attributes:
        at_least: Smallest value allowed.
        above: Bound that itself is not allowed.
        at_most: Largest value allowed.
        below: Bound that itself is not allowed.
    """

    at_least: float | None = None
    above: float | None = None
    at_most: float | None = None
    below: float | None = None

    def check(self, value: Any) -> Any:
        """Give the value, if it is within the range.

        Raises:
            PydanticCustomError: it is outside.
        """
        if not self._within(value):
            raise wrong(f"it must be {self.range()}", self._advice(value))
        return value

    def _within(self, value: float) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def range(self) -> str:
        """Say what is allowed, as `above 0% and at most 100%`; empty if anything."""
        if self.at_least is not None and self.at_least == self.at_most:
            return str(self.show(self.at_least))
        bounds = (
            ("at least", self.at_least),
            ("above", self.above),
            ("at most", self.at_most),
            ("below", self.below),
        )
        return " and ".join(
            f"{words} {self.show(bound)}" for words, bound in bounds if bound is not None
        )

    def _advice(self, value: float) -> str:
        """Say what was meant, where that can be guessed."""
        del value
        return ""

    def _number_schema(self, kind: str) -> dict[str, Any]:
        bounds = {
            "minimum": self.at_least,
            "exclusiveMinimum": self.above,
            "maximum": self.at_most,
            "exclusiveMaximum": self.below,
        }
        return {"type": kind} | {key: bound for key, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True)
class OrNone:
    """Let a section or list that may be absent be written as `none`."""

    def _before(self, value: Any) -> Any:
        return None if isinstance(value, str) and value in NONE_WORDS else value

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._before, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [handler(schema), {"enum": ["none"]}]}


OR_NONE: Final = OrNone()
"""Goes into `Annotated`, behind `Section | None`."""
