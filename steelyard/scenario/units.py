"""Values with units: how they are written, what they become, which of them are allowed.

A scenario's scalars arrive as the text that stands in the file. The type of a field alone
says what a text means, so that a ticker `ON`, `1e5` or `037833100` stays what it is.

| unit | written | becomes |
|---|---|---|
| Fraction | `15%`, `0.15` | float, 0.15 |
| Bps | `5 bps`, `0.05%` | float in basis points, 5.0 |
| Number | `1.5` | float |
| Whole | `63`, `20_000` | int |
| Money | `$100_000`, `100_000.50` | int, millionths of the currency |
| Day | `2008-09-15` | datetime.date |
| Text | as it stands | str |
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from pydantic import BeforeValidator, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

MICROS: Final = 1_000_000
"""Money is counted in millionths of the currency."""

NONE_WORDS: Final = frozenset({"none", "null", "~"})
"""What stands for nothing where a field may be without a value."""

FAULT: Final = "steelyard"
"""Type of the pydantic errors raised here; their context holds `allowed` and `hint`."""

_WHOLE = r"[+-]?(?:0|[1-9][0-9]*(?:_[0-9]+)*)"
_DECIMAL = rf"{_WHOLE}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,3}})?"
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


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
            raise wrong(f"it is {self._range()}", self._advice(value))
        return value

    def _within(self, value: float) -> bool:
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.above is None or value > self.above)
            and (self.at_most is None or value <= self.at_most)
            and (self.below is None or value < self.below)
        )

    def _range(self) -> str:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Measure):
    """A plain number, kept as float."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it is a number like 1.5"

    def read(self, text: str) -> float:
        """Give the number."""
        return float(_decimal(text, self.form))

    def show(self, value: float) -> float:
        """Give the number itself."""
        return float(value)

    def schema(self) -> dict[str, Any]:
        """Give a number within the range."""
        return self._number_schema("number")


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole(Measure):
    """A whole number, kept as int."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it is a whole number like 63 or 20_000"

    def read(self, text: str) -> int:
        """Give the number; a leading zero or a decimal point is refused."""
        if re.fullmatch(_WHOLE, text) is None:
            raise wrong(self.form)
        return int(text)

    def show(self, value: float) -> int:
        """Give the number itself."""
        return int(value)

    def schema(self) -> dict[str, Any]:
        """Give an integer within the range."""
        return {
            "anyOf": [
                self._number_schema("integer"),
                {"type": "string", "pattern": f"^{_WHOLE}$"},
            ]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction(Measure):
    """A share of one, kept as float: 0.15 for `15%`."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it is a fraction, written 15% or 0.15"

    def read(self, text: str) -> float:
        """Give the fraction."""
        if text.endswith("%"):
            return float(_decimal(text[:-1].rstrip(), self.form).scaleb(-2))
        return float(_decimal(text, self.form))

    def show(self, value: float) -> str:
        """Write it as a percentage."""
        return f"{_plain(Decimal(repr(float(value))).scaleb(2))}%"

    def schema(self) -> dict[str, Any]:
        """Give a number within the range, or a percentage."""
        percentage = {"type": "string", "pattern": f"^{_DECIMAL} *%$"}
        return {"anyOf": [percentage, self._number_schema("number")]}

    def _advice(self, value: float) -> str:
        is_percent = value > 1 and self._within(value / 100)
        return f"write {_plain(Decimal(repr(float(value))))}%" if is_percent else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bps(Measure):
    """Basis points, kept as float in basis points: 5.0 for `5 bps`."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it is in basis points, written 5 bps or 0.05%"

    def read(self, text: str) -> float:
        """Give the basis points; a file must name the unit."""
        if text.endswith("bps"):
            return float(_decimal(text[:-3].rstrip(), self.form))
        if text.endswith("%"):
            return float(_decimal(text[:-1].rstrip(), self.form).scaleb(2))
        is_bare = re.fullmatch(_DECIMAL, text) is not None
        raise wrong(self.form, f"write {text} bps" if is_bare else "")

    def show(self, value: float) -> str:
        """Write it with its unit."""
        return f"{_plain(Decimal(repr(float(value))))} bps"

    def schema(self) -> dict[str, Any]:
        """Give a number with its unit."""
        return {"type": "string", "pattern": f"^{_DECIMAL} *(?:bps|%)$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Measure):
    """An amount of the account's currency, kept as int in millionths.

    The bounds are in millionths, too. Python code hands over amounts as a file does: in
    the currency.
    """

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it is an amount, written $100_000 or 100_000.50"

    def read(self, text: str) -> int:
        """Give the millionths."""
        return self._micros(_decimal(text.removeprefix("$"), self.form))

    def take(self, value: Any) -> Any:
        """Give the millionths of an amount in the currency."""
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise wrong(self.form)
        return self._micros(Decimal(str(value)))

    def show(self, value: float) -> str:
        """Write the amount in the currency."""
        whole, micros = divmod(int(value), MICROS)
        rest = f".{micros:06d}".rstrip("0") if micros else ""
        return f"{whole:_}{rest}"

    def schema(self) -> dict[str, Any]:
        """Give a number, or a text with a currency sign."""
        return {
            "anyOf": [
                {"type": "string", "pattern": rf"^\$?{_DECIMAL}$"},
                {"type": "number"},
            ]
        }

    def _micros(self, amount: Decimal) -> int:
        micros = amount * MICROS
        if not micros.is_finite() or micros != micros.to_integral_value():
            raise wrong("money is counted in millionths of the currency")
        return int(micros)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day(Unit):
    """A date."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it is a date, written 2008-09-15"

    def read(self, text: str) -> date:
        """Give the date."""
        if re.fullmatch(_DAY, text) is None:
            raise wrong(self.form)
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise wrong(f"the calendar has no such day: {error}") from None

    def show(self, value: date) -> str:
        """Write the date as YYYY-MM-DD."""
        return value.isoformat()

    def schema(self) -> dict[str, Any]:
        """Give a date's pattern."""
        return {"type": "string", "pattern": f"^{_DAY}$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Text(Unit):
    """A text of a form; what stands in the file is taken as it stands.

    Attributes:
        pattern: Regular expression that the whole text must match.
        says: The form in words, a clause.
    """

    pattern: str = r"[\s\S]*"
    says: str = "it is a text"

    @property
    def form(self) -> str:
        """Say how it is written."""
        return self.says

    def read(self, text: str) -> str:
        """Give the text itself."""
        if re.fullmatch(self.pattern, text) is None:
            raise wrong(self.says)
        return text

    def show(self, value: str) -> str:
        """Give the text itself."""
        return value

    def schema(self) -> dict[str, Any]:
        """Give the pattern; an editor takes some texts for numbers or truth values."""
        text: dict[str, Any] = {"type": ["string", "number", "boolean"]}
        return text if self.pattern == r"[\s\S]*" else text | {"pattern": f"^(?:{self.pattern})$"}


NAME: Final = Text(
    pattern=r"[a-z][a-z0-9_-]*",
    says="a name starts with a small letter, and has only small letters, digits, _ and -",
)
"""Name of a scenario or an agent."""

SYMBOL: Final = Text(pattern=r"\S+", says="it is a symbol without blanks, like AAPL")
"""Name of an instrument or a series, taken as it stands."""

SYMBOL_OR_NONE: Final = replace(SYMBOL, none="none")
"""The same, where there may be none."""

PATH: Final = Text(pattern=r"\S(?:.*\S)?", says="it is a path, relative to the scenario's folder")
"""Path of a file."""


def _none(value: Any) -> Any:
    return None if isinstance(value, str) and value in NONE_WORDS else value


OR_NONE: Final = BeforeValidator(_none)
"""Lets a section that may be absent be written as none."""


def _decimal(text: str, form: str) -> Decimal:
    if re.fullmatch(_DECIMAL, text) is None:
        raise wrong(form)
    return Decimal(text)


def _plain(value: Decimal) -> str:
    """Write without exponent and trailing zeros."""
    return f"{value.normalize():f}"
