"""Section `gates`: figures of the summary that must hold, or the run ends with exit 6."""

import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Any, Final

from steelyard.scenario.section import Section
from steelyard.scenario.unit import Unit, wrong
from steelyard.scenario.units import DECIMAL, Number

_OPERATORS: Final = MappingProxyType(
    {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
)
_COMPARISON: Final = re.compile(r"(<=|<|>=|>) *([^ %]+) *(%?)")
_PERCENT: Final = 100


@dataclass(frozen=True, slots=True)
class Comparison:
    """A bound that a figure must keep."""

    operator: str
    """`<`, `<=`, `>` or `>=`."""
    bound: float
    """In the unit of the figure; fractions as fractions."""

    def holds(self, value: float) -> bool:
        """Say whether a figure keeps the bound; NaN keeps none."""
        return bool(_OPERATORS[self.operator](value, self.bound))

    def __str__(self) -> str:
        """Write it as a scenario does."""
        return f"{self.operator} {self.bound!r}"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gate(Unit):
    """A comparison, written `<= 15%` or `> 0.9`."""

    @property
    def form(self) -> str:
        """Say how it is written."""
        return 'it must be a comparison, written "<= 15%" or "> 0.9"'

    def read(self, text: str) -> Comparison:
        """Give operator and bound."""
        parts = _COMPARISON.fullmatch(text)
        if parts is None:
            raise wrong(self.form)
        bound = Number().read(parts[2])
        return Comparison(parts[1], bound / _PERCENT if parts[3] else bound)

    def take(self, value: Any) -> Any:
        """Give a comparison that Python code handed over."""
        if not isinstance(value, Comparison):
            raise wrong(self.form)
        return value

    def show(self, value: Comparison) -> str:
        """Write it as a scenario does."""
        return str(value)

    def schema(self) -> dict[str, Any]:
        """Give the pattern of a comparison."""
        return {"type": "string", "pattern": rf"^(<=|<|>=|>) *{DECIMAL} *%?$"}


ANY_GATE = Annotated[Comparison | None, _Gate(none="none")]
"""A bound on one figure, or none."""


class Gates(Section):
    """Figures of the summary that must hold, or the run ends with exit 6."""

    net_return_frac: ANY_GATE = None
    """Return after costs, a fraction of the cash at the start."""
    sharpe: ANY_GATE = None
    """Sharpe ratio after costs, a year, over the policy rate."""
    max_drawdown_frac: ANY_GATE = None
    """Deepest fall from the high-water mark, a fraction."""
    log_loss: ANY_GATE = None
    """Mean log loss of the pooled probabilities."""
    base_rate_log_loss: ANY_GATE = None
    """Mean log loss of the base rate on the same outcomes."""
    ece: ANY_GATE = None
    """Expected calibration error of the pooled probabilities."""
    ece_floor: ANY_GATE = None
    """Calibration error that chance alone would show."""
    n_opinions: ANY_GATE = None
    """Opinions given."""
    n_abstentions: ANY_GATE = None
    """Abstentions."""
    n_vetoes: ANY_GATE = None
    """Vetoes of the supervisor."""
    n_orders: ANY_GATE = None
    """Orders sent."""
    n_fills: ANY_GATE = None
    """Fills."""
    halted_frac: ANY_GATE = None
    """Share of the steps on which trading was halted."""
    capped_frac: ANY_GATE = None
    """Share of the targets that a cap set."""

    def stated(self) -> Iterator[tuple[str, Comparison]]:
        """Give the gates that the scenario states, by name of the figure."""
        for name in type(self).model_fields:
            gate = getattr(self, name)
            if gate is not None:
                yield name, gate
