"""Section `ensemble`: who is believed, and how far."""

from typing import Annotated, Literal

from pydantic import Field

from steelyard.scenario.section import Section
from steelyard.scenario.units import Number, Whole


class Ensemble(Section):
    """Who is believed, and how far."""

    pool: Literal["adaptive", "equal"] = "adaptive"
    """How opinions are pooled: weights learnt from settled outcomes, or all the same."""
    horizons: Annotated[
        tuple[Annotated[int, Whole(at_least=1)], ...], Field(min_length=1, strict=False)
    ] = (1, 5, 21, 63)
    """Horizons in steps that agents may speak about, ascending."""
    outcome: Literal["total", "excess"] = "total"
    """What opinions are about: the total return, or its excess over `market.benchmark`."""
    quorum: Annotated[int, Whole(at_least=1)] = 1
    """Fewest agents with a standing opinion on an instrument."""
    max_log_odds: Annotated[float, Number(above=0.0, at_most=10.0)] = 1.0
    """Farthest one agent may move the pooled log-odds from the base rate."""
