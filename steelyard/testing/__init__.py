"""Test doubles and contract suites, for this project's tests and for authors of plug-ins."""

from steelyard.testing.contract import (
    PLAIN,
    READER,
    Check,
    Effort,
    contract_checks,
    contract_faults,
)
from steelyard.testing.feeds import feed_faults
from steelyard.testing.worlds import Recipe, made_world

__all__ = [
    "PLAIN",
    "READER",
    "Check",
    "Effort",
    "Recipe",
    "contract_checks",
    "contract_faults",
    "feed_faults",
    "made_world",
]
