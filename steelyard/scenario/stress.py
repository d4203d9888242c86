"""Section `stress`: which shocks the run must stand, and what standing them means."""

from typing import Annotated, Final, Literal, get_args

from pydantic import Field

from steelyard.scenario.gates import ANY_GATE, Comparison
from steelyard.scenario.section import Section
from steelyard.scenario.units import Whole

CaseName = Literal[
    "crash_1987",
    "bust_2000",
    "bust_2002",
    "crisis_2008",
    "flash_2010",
    "august_2015",
    "spring_2020",
    "rates_2022",
    "gap",
    "gap_volatilities",
    "halt",
    "spread",
    "drought",
    "correlation_one",
    "double_volatility",
    "limit_days",
    "stale_feed",
    "wrong_feed",
    "missing_bars",
    "fat_finger",
    "unannounced_split",
    "agent_down",
    "agent_flipped",
    "agent_overconfident",
    "agents_late",
    "skill_decays",
    "crowd",
    "fake_headline",
    "injection",
]
"""What may happen to a run; `steelyard.validation.cases` says what each is."""

CASE_NAMES: Final = get_args(CaseName)


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

    cases: Annotated[tuple[CaseName, ...], Field(strict=False)] = ()
    """Cases to run, by the names in `docs/stress.md`; empty: all."""
    window: Annotated[int, Whole(at_least=1)] = 63
    """Steps that are decided from the shock on."""
    gates: StressGates = StressGates()
    """What must hold in every case."""
