"""Section `split` (optional): which part of the run is the test."""

from datetime import date
from typing import Annotated

from steelyard.scenario.section import Section
from steelyard.scenario.units import Day


class Split(Section):
    """Which part of the run is the test."""

    test_from: Annotated[date, Day()]
    """First day of the test; what comes before is for choosing and tuning."""
