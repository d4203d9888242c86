"""Which series a scenario names, so that a name that no feed has is found before the run."""

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Final

from steelyard.scenario.agents import MacroSettings
from steelyard.scenario.faults import Parts, Wrong, suggestion

if TYPE_CHECKING:
    from steelyard.scenario.model import Scenario

_SERIES: Final = ("rate", "spread", "oil", "curve", "volatility")
"""Settings of a macro agent that name a series, or two."""


def unknown_series(scenario: "Scenario", known: Collection[str]) -> Iterator[Wrong]:
    """Say which series a scenario names that are not there.

    What it does not name itself, a default, may be missing: then nothing is read of it.

    Args:
        scenario: Which names them.
        known: The series of its feeds.
    """
    for path, name in _named(scenario):
        if name not in known:
            allowed = "no feed of observations has that series"
            yield Wrong(path, f"{{it}} was {name!r}", allowed, suggestion(name, sorted(known)))


def _named(scenario: "Scenario") -> Iterator[tuple[Parts, str]]:
    """Give each series that is named, with its path."""
    if scenario.market.risk_free is not None:
        yield ("market", "risk_free"), scenario.market.risk_free
    for index, agent in enumerate(scenario.agents):
        if not isinstance(agent, MacroSettings):
            continue
        for setting in _SERIES:
            value = getattr(agent, setting) if setting in agent.model_fields_set else None
            path = ("agents", index, setting)
            if isinstance(value, str):
                yield path, value
            for leg, name in enumerate(value if isinstance(value, tuple) else ()):
                yield (*path, leg), name
