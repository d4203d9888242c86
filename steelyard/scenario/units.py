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
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from steelyard.scenario.unit import Measure, Unit, wrong
from steelyard.types.units import MICROS

WHOLE: Final = r"[+-]?(?:0|[1-9][0-9]*(?:_[0-9]+)*)"
"""Regular expression of a whole number without a leading zero."""

DECIMAL: Final = rf"{WHOLE}(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{{1,3}})?"
"""Regular expression of a decimal number without a leading zero."""

_MOST_DIGITS: Final = 40
_DAY = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number(Measure):
    """A plain number, kept as float."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it must be a number like 1.5"

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
        return "it must be a whole number like 63 or 20_000"

    def read(self, text: str) -> int:
        """Give the number; a leading zero or a decimal point is refused."""
        return int(_matched(WHOLE, text, self.form))

    def show(self, value: float) -> int:
        """Give the number itself."""
        return int(value)

    def schema(self) -> dict[str, Any]:
        """Give an integer within the range."""
        return {
            "anyOf": [
                self._number_schema("integer"),
                {"type": "string", "pattern": f"^{WHOLE}$"},
            ]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Fraction(Measure):
    """A share of one, kept as float: 0.15 for `15%`."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it must be a fraction, written 15% or 0.15"

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
        percentage = {"type": "string", "pattern": f"^{DECIMAL} *%$"}
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
        return "it must be in basis points, written 5 bps or 0.05%"

    def read(self, text: str) -> float:
        """Give the basis points; a file must name the unit."""
        if text.endswith("bps"):
            return float(_decimal(text[:-3].rstrip(), self.form))
        if text.endswith("%"):
            return float(_decimal(text[:-1].rstrip(), self.form).scaleb(2))
        is_bare = re.fullmatch(DECIMAL, text) is not None
        raise wrong(self.form, f"write {text} bps" if is_bare else "")

    def show(self, value: float) -> str:
        """Write it with its unit."""
        return f"{_plain(Decimal(repr(float(value))))} bps"

    def schema(self) -> dict[str, Any]:
        """Give a number with its unit."""
        return {"type": "string", "pattern": f"^{DECIMAL} *(?:bps|%)$"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Money(Measure):
    """An amount of the account's currency, kept as int in millionths.

    The bounds are in millionths, too. Python code hands over amounts as a file does: in
    the currency.
    """

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it must be an amount, written $100_000 or 100_000.50"

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
                {"type": "string", "pattern": rf"^\$?{DECIMAL}$"},
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
        return "it must be a date, written 2008-09-15"

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
    says: str = "it must be a text"

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

SYMBOL: Final = Text(pattern=r"\S+", says="it must be a symbol without blanks, like AAPL")
"""Name of an instrument, taken as it stands."""

SYMBOL_OR_NONE: Final = replace(SYMBOL, none="none")
"""The same, where there may be none."""

SERIES: Final = Text(pattern=r"\S+", says="it must be a series without blanks, like CPI")
"""Name of a series, taken as it stands."""

SERIES_OR_NONE: Final = replace(SERIES, none="none")
"""The same, where there may be none."""

PERSON_OR_NONE: Final = Text(
    pattern=r"\S(?:.*\S)?", says="it must be a name without blanks around it", none="none"
)
"""Name of a person, taken as it stands, where there may be none."""

FEED: Final = Text(
    pattern=r"[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.]*)?",
    says="it must be a feed's name, or an address like my_module:my_feed",
)
"""Name or address of a feed that is code."""

PATH: Final = Text(
    pattern=r"\S(?:.*\S)?", says="it must be a path, relative to the scenario's folder"
)
"""Path of a file."""


def _decimal(text: str, form: str) -> Decimal:
    return Decimal(_matched(DECIMAL, text, form))


def _matched(pattern: str, text: str, form: str) -> str:
    if len(text) > _MOST_DIGITS or re.fullmatch(pattern, text) is None:
        raise wrong(form)
    return text


def _plain(value: Decimal) -> str:
    """Write without trailing zeros, and without exponent where that is short."""
    text = f"{value.normalize():f}"
    return text if len(text) <= _MOST_DIGITS else str(value.normalize())
