"""An agent held against the contract by its name, on the world of a scenario."""

from pathlib import Path
from typing import Any, NamedTuple

from steelyard import plugins
from steelyard.agents import registry
from steelyard.agents.seating import seated
from steelyard.errors import ScenarioError
from steelyard.feeds.world import open_world
from steelyard.scenario import Scenario, find, load
from steelyard.testing.contract import PLAIN, READER, Check, contract_checks
from steelyard.types.agent import Agent

DEFAULT_SCENARIO = "megacaps"
DEFAULT_TO = "2002-03-01"
"""Last day of the default scenario here: two years are examined in seconds."""

MOST_SHOWN = 2
"""Faults shown of a check behind the first; they are mostly the same again."""


class Report(NamedTuple):
    """What the contract suite found."""

    agent: str
    """The agent with its settings."""
    origin: str
    """What identifies its code."""
    scenario: str
    n_steps: int
    checks: tuple[Check, ...]

    @property
    def failed(self) -> list[str]:
        """Name the checks that failed."""
        return [check.name for check in self.checks if check.faults]

    def document(self) -> dict[str, Any]:
        """Give all of it, fit for JSON."""
        checks = [check._asdict() | {"state": _state(check)} for check in self.checks]
        return self._asdict() | {"passed": not self.failed, "checks": checks}


def examine(name: str, scenario: str | None = None) -> Report:
    """Hold an agent against the contract.

    Args:
        name: Name of an agent in the scenario, or a kind: a built-in one, a plug-in's, or
            `module:attribute`, with the settings that it has by default.
        scenario: File or name of a scenario; without one, two years of the shipped one.

    Raises:
        ScenarioError: there is no such agent, or it cannot be built.
        DataError: the data of the scenario are faulty.
    """
    overrides = {} if scenario else {"market.to": DEFAULT_TO}
    chosen = load(find(scenario or DEFAULT_SCENARIO), overrides=overrides)
    agent = _agent(name, chosen, chosen.base if scenario else Path())
    world = open_world(chosen)
    checks = contract_checks(agent, world, READER if agent.reads_text else PLAIN)
    return Report(repr(agent), plugins.origin(agent), chosen.name, world.n_steps, checks)


def as_text(report: Report) -> str:
    """Say what was found, a line for each check and fault."""
    lines = [report.agent, f"{report.origin}, on {report.n_steps} steps of {report.scenario}"]
    for check in report.checks:
        first, *others = dict.fromkeys(check.faults or (check.skipped,))
        lines.append(f"{check.name:<12} {_state(check):<8} {first}".rstrip())
        lines += [f"{'':<12} {'':<8} {fault}" for fault in others[:MOST_SHOWN]]
        if others[MOST_SHOWN:]:
            lines.append(f"{'':<12} {'':<8} and {len(others) - MOST_SHOWN} more")
    return "\n".join(lines)


def _agent(name: str, scenario: Scenario, folder: Path) -> Agent:
    if any(settings.name == name for settings in scenario.agents):
        return dict(seated(scenario))[name]
    try:
        return registry.build(name, {}, folder)
    except ScenarioError as error:
        module = name.partition(":")[0].partition(".")[0]
        if error.hint or (folder / f"{module}.py").is_file():
            raise
        hint = "name the scenario that its file lies beside with --scenario, or go to that folder"
        raise ScenarioError(error.message, hint=hint) from error


def _state(check: Check) -> str:
    if check.faults:
        return "failed"
    return "skipped" if check.skipped else "passed"
