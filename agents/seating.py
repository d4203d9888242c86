"""The panel of a scenario: each agent built under its name, or the line that is at fault."""

from collections.abc import Iterator

from steelyard.agents import registry
from steelyard.errors import ScenarioError, SettingError
from steelyard.scenario import Scenario
from steelyard.scenario.agents import SyntheticSettings
from steelyard.scenario.faults import Wrong
from steelyard.types.agent import Agent


def seated(scenario: Scenario) -> list[tuple[str, Agent]]:
    """Build the panel of a scenario, by name, in the order of the scenario.

    Raises:
        ScenarioError: with the line of each agent or setting that cannot be.
    """
    found = [_built(scenario, index) for index in range(len(scenario.agents))]
    wrongs = [each for each in found if isinstance(each, Wrong)]
    wrongs += _horizons(scenario, found)
    if wrongs:
        raise scenario.error(wrongs)
    panel = [each for each in found if not isinstance(each, Wrong)]
    names = [settings.name for settings in scenario.agents]
    return list(zip(names, panel, strict=True))


def _built(scenario: Scenario, index: int) -> Agent | Wrong:
    settings = scenario.agents[index]
    own = {name: value for name, value in settings if name not in {"name", "kind"}}
    if isinstance(settings, SyntheticSettings):
        own["by"] = settings.planting.by
    if settings.kind not in registry.KINDS:
        # A plug-in has its own pace where the scenario states none.
        pace = ("horizon", "refit_every")
        own = {name: value for name, value in own.items() if name not in pace or value is not None}
    try:
        return registry.build(settings.kind, own, scenario.base)
    except SettingError as error:
        return Wrong(("agents", index, error.setting), error.message, hint=error.hint)
    except ScenarioError as error:
        return Wrong(("agents", index, "kind"), error.message, hint=error.hint)


def _horizons(scenario: Scenario, panel: list[Agent | Wrong]) -> Iterator[Wrong]:
    """Find the horizons, own defaults of plug-ins, that no opinions may be about."""
    horizons = scenario.ensemble.horizons
    for index, agent in enumerate(panel):
        if not isinstance(agent, Wrong) and agent.horizon not in horizons:
            yield Wrong(
                ("agents", index, "horizon"),
                f"{{it}} of {scenario.agents[index].kind!r} is {agent.horizon} by default",
                f"ensemble.horizons are {', '.join(map(str, horizons))}",
                "choose one of them, or add it there",
            )
