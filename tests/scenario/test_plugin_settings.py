"""Agents that are not built in: any settings, one rule for what a text means."""

import pytest

from steelyard import plugins
from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario, scenario_hash
from steelyard.scenario.agents import PluginSettings

KIND = "kind: technical, horizon: 5"
SETTINGS = (
    "span: 7, ratio: 0.50, tiny: 1e-3, big: 20_000, flag: true, sure: False, word: AAPL, "
    "share: 15%, code: 007, nothing: none, many: [a, 2, [0.5, none]]"
)
VALUES = {
    "span": 7,
    "ratio": 0.5,
    "tiny": 0.001,
    "big": 20_000,
    "flag": True,
    "sure": False,
    "word": "AAPL",
    "share": "15%",
    "code": "007",
    "nothing": None,
    "many": ("a", 2, (0.5, None)),
}


def plugged(base_text, settings):
    """Give the base scenario with a plug-in in the place of its first agent."""
    assert KIND in base_text
    return Scenario.from_yaml(base_text.replace(KIND, settings, 1))


def test_the_form_of_a_text_says_what_it_is(base_text):
    """Numbers come back as numbers, truth values as truth values."""
    found = plugged(base_text, f"kind: my_agents:dip, {SETTINGS}").agents[0].model_extra

    assert {key: (type(value), value) for key, value in found.items()} == {
        key: (type(value), value) for key, value in VALUES.items()
    }


def test_settings_round_trip_and_are_hashed(base_text):
    """Written as a file and in Python they are the same scenario."""
    scenario = plugged(base_text, f"kind: my_agents:dip, {SETTINGS}")
    again = Scenario.from_yaml(scenario.to_yaml())
    in_python = PluginSettings(name="technical", kind="my_agents:dip", **VALUES)
    other = plugged(base_text, f"kind: my_agents:dip, {SETTINGS.replace('7', '8', 1)}")

    assert again == scenario
    assert in_python == scenario.agents[0]
    assert scenario_hash(again) == scenario_hash(scenario) != scenario_hash(other)


@pytest.mark.parametrize("value", ["5", 5.0, -0.25, 1e300, "x y", "", "none of it", True, [1, "2"]])
def test_a_value_of_python_comes_back_from_a_file(value, base_text):
    """With its type; a text that a file would read as a number is one here too."""
    scenario = plugged(base_text, "kind: my_agents:dip")
    agents = (PluginSettings(name="any", kind="my_agents:dip", own=value), *scenario.agents[1:])
    built = Scenario.model_validate(dict(scenario) | {"agents": agents})

    again = Scenario.from_yaml(built.to_yaml()).agents[0].own

    assert (type(again), again) == (type(agents[0].own), agents[0].own)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**50, {"a": 1}, object()])
def test_a_value_that_no_file_gives_back_is_refused(value):
    """A mapping, and a number beyond all use."""
    with pytest.raises(ValueError, match="it must be a number, a text, true, false, none"):
        PluginSettings(name="any", kind="my_agents:dip", own=value)


def test_a_plug_in_has_its_own_pace_unless_the_scenario_says(base_text):
    """None stands for the agent's own default, and is no horizon to check."""
    silent = plugged(base_text, "kind: my_agents:dip").agents[0]
    said = plugged(base_text, "kind: my_agents:dip, horizon: 21, refit_every: 10").agents[0]

    assert (silent.horizon, silent.refit_every) == (None, None)
    assert (said.horizon, said.refit_every) == (21, 10)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ("kind: tecnical", r"21:29: agents\[0\].kind was 'tecnical', .* did you mean 'technical'"),
        ("kind: acme.unknown", "agents.0..kind was 'acme.unknown', .*; install what has it, or"),
        ("kind: my_agents:dip, horizon: 7", r"agents\[0\].horizon was 7, but ensemble.horizons"),
        ("kind: my_agents:dip, own: {a: 1}", r"21:49: agents\[0\].own was a mapping, but it must"),
        ("kind: my_agents:dip, own:", r"agents\[0\].own was empty, but it must be a number"),
        ("kind: my_agents:dip, own: 1e999", "it must be a number that is not so large"),
        ("kind: technical, own: 1", r"agents\[0\].own is not a known key; known: name, horizon"),
    ],
)
def test_what_cannot_be_meant_is_found_in_its_place(settings, message, base_text):
    """By a check, before anything is imported."""
    with pytest.raises(ScenarioError, match=message):
        plugged(base_text, settings)


def test_a_registered_name_is_a_kind(base_text):
    """As soon as it is there."""
    plugins.register(plugins.AGENTS, "acme.dip", PluginSettings)

    assert plugged(base_text, "kind: acme.dip, own: 1").agents[0].kind == "acme.dip"


def test_each_setting_says_where_it_comes_from(base_text):
    """By file and line, as everything else."""
    origins = plugged(base_text, "kind: my_agents:dip, own: 1").origins()

    assert origins["agents[0].own"] == "<text>:21"
    assert origins["agents[0].refit_every"] == "default"


def test_a_setting_can_be_overridden(base_text):
    """By the agent's name."""
    text = base_text.replace(KIND, "kind: my_agents:dip, own: 1", 1)
    scenario = Scenario.from_yaml(text, overrides={"agents.technical.own": "2.5"})

    assert scenario.agents[0].own == 2.5
