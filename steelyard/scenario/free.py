"""Settings of plug-ins: no type is known for them, so one rule says what a text means."""

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from steelyard.scenario.unit import Unit, wrong
from steelyard.scenario.units import DECIMAL, WHOLE

_TRUTH: Final = {"true": True, "false": False}
_MOST_DIGITS: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Free(Unit):
    """A value whose form alone says its type, in a file and in Python alike.

    | written | becomes |
    |---|---|
    | `5`, `-3`, `20_000` | int |
    | `0.5`, `1e-3` | float |
    | `true`, `false` | bool |
    | `none`, `null`, `~` | None |
    | `[a, 2]` | tuple of such values |
    | anything else: `AAPL`, `15%`, `007` | str |
    """

    none: str = "none"

    @property
    def form(self) -> str:
        """Say how it is written."""
        return "it must be a number, a text, true, false, none, or a list of these"

    def read(self, text: str) -> bool | float | str:
        """Give the value of a text."""
        if text.lower() in _TRUTH:
            return _TRUTH[text.lower()]
        if len(text) > _MOST_DIGITS or re.fullmatch(DECIMAL, text) is None:
            return text
        if re.fullmatch(WHOLE, text):
            return int(text)
        number = float(text)
        if not math.isfinite(number):
            raise wrong("it must be a number that is not so large")
        return number

    def take(self, value: Any) -> Any:
        """Give the value of a list, or of what Python code handed over."""
        if isinstance(value, list | tuple):
            return tuple(self._before(item) for item in value)
        # A number is taken where a file gives back the same.
        if isinstance(value, bool | int | float) and self.read(repr(value)) == value:
            return value
        raise wrong(self.form)

    def show(self, value: Any) -> Any:
        """Give the value itself, lists as JSON has them."""
        return [self._shown(item) for item in value] if isinstance(value, tuple) else value

    def schema(self) -> dict[str, Any]:
        """Give all but mappings."""
        return {"type": ["string", "number", "boolean", "null", "array"]}


FREE: Final = Free()
"""Goes into `Annotated`, behind `Any`."""
