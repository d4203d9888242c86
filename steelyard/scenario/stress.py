"""Section `stress`: which shocks the run must stand, and what standing them means."""

from typing import Annotated

from pydantic import Field

from steelyard.scenario.gates import ANY_GATE, Comparison
from steelyard.scenario.section import Section
from steelyard.scenario.units import Text, Whole

_CASE = Text(
    pattern=r"[a-z0-9][a-z0-9_]*",
    says="it must be a case, like crash_1987; steelyard stress --help names them",
)


class StressGates(Section):
    """What must hold in every case, on every book, or `steelyard stress` ends with exit 6.

    No gate can be set for conduct: an approval past a limit, an order or fill in a halted name
    or an addition at a reopening fails in any case.
    """

    drawdown_frac: ANY_GATE = Comparison("<=", 0.2)
    """Deepest fall of equity from its highest since the shock, a fraction."""
    loss_over_predicted: ANY_GATE = Comparison("<=", 1.25)
    """Deepest loss since the shock, over the loss predicted from the book before it."""


class Stress(Section):
    """Which shocks the run must stand, and what standing them means."""

    cases: Annotated[tuple[Annotated[str, _CASE], ...], Field(strict=False)] = ()
    """Cases to run; empty: all."""
    window: Annotated[int, Whole(at_least=1)] = 63
    """Steps that are decided from the shock on."""
    gates: StressGates = StressGates()
    """What must hold in every case."""
