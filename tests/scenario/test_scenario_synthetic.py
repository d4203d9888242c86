"""Made markets in scenario files: short forms, and what they may not say."""

import pytest

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario, find, load

TEXT = """\
name: made
market:
  universe: {synthetic: 12}
  from: 2014-01-02
  to: 2014-06-30
feeds:
  bars:
    synthetic: {model: garch}
agents:
  - {name: ann, kind: synthetic, horizon: 5}
"""


def faults_of(text):
    """Give the faults of a scenario as texts."""
    with pytest.raises(ScenarioError, match="nothing was run") as caught:
        Scenario.from_yaml(text)
    return [str(fault).removeprefix("<text>:") for fault in caught.value.faults]


def test_a_number_stands_for_so_many_instruments():
    """With names of one length, in sectors."""
    universe = Scenario.from_yaml(TEXT).market.universe

    assert [each.id for each in universe][:2] == ["S001", "S002"]
    assert universe[0].sector == universe[10].sector != universe[1].sector
    large = Scenario.from_yaml(TEXT, overrides={"market.universe.synthetic": 1200})
    assert large.market.universe[-1].id == "S1200"


def test_a_made_scenario_reads_back_as_the_same_values():
    """From its own YAML, and from its values; origins name the short form."""
    scenario = Scenario.from_yaml(TEXT)

    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
    assert Scenario.model_validate(scenario.resolved()) == scenario
    assert "path" not in scenario.resolved()["feeds"]["bars"]
    assert scenario.origins()["market.universe[3].id"] == "<text>:3"
    assert scenario.origins()["feeds.bars.synthetic.model"] == "<text>:8"


REGIME = "{drift: 5%, volatility: 20%, lasts: 60}"
MADE = "    synthetic: {model: garch}"
FAULTS = {
    # what of the text is replaced by what, on which line the fault is, what it says
    "none": ("{synthetic: 12}", "{synthetic: 0}", 3, "it must be at least 1"),
    "more than a number": (
        "{synthetic: 12}", "{synthetic: 2, of: 3}", 3, "it must be a list of symbols, or {synth"
    ),
    "unknown model": ("garch", "garsh", 8, "model was 'garsh', but it must be brownian or jumps"),
    "unknown key": ("garch", "garch, memry: 0.9", 8, "memry is not a known key; did you mean 'mem"),
    "key of another model": (
        "garch", "jumps, memory: 0.8", 8, "memory is read by model 'garch', but model is 'jumps'"
    ),
    "variance that grows": (
        "garch", "garch, memory: 0.97", 8, "reaction + leverage / 2 + memory was 1.05, but it is"
    ),
    "less correlated within": (
        "garch", "garch, correlation: 50%", 8, "sector_correlation was 0.4, but correlation is 0.5"
    ),
    "one regime": (
        "garch", f"regimes, regimes: [{REGIME}]", 8, "a list of 1, but it must have at least 2"
    ),
    "regimes and a volatility": (
        "garch", "regimes, volatility: 30%", 8, "volatility is stated, but each of the regimes"
    ),
    "fitted and stated": (
        "garch", "garch, fitted_to: {path: a.csv, symbol: A}, tail: 5", 8,
        "tail is stated, but fitted_to gives it; leave it out",
    ),
    "file and model": (
        MADE, f"    path: a.csv\n{MADE}", 9, "a made market stands in place of a file; keep path or"
    ),
    "feed and model": (
        MADE, f"    feed: mine\n{MADE}", 9, "a made market stands in place of a feed; keep feed or"
    ),
    "adjusted": (
        MADE, f"    price_basis: split_adjusted\n{MADE}", 8, "but made prices are quoted: nothing"
    ),
    "synthetic opinions on real bars": (
        MADE, "    path: bars.csv", 10,
        "agents[0].kind was 'synthetic', but such opinions are made from the outcomes, and feeds.b",
    ),
    "shorter bars": (
        "06-30", "06-30\n  interval: 30m", 6, "was '30m', but synthetic bars last a session each"
    ),
    "no skill and nothing stated": (
        "horizon: 5", "skill: 50%", 10, "skill was 0.5, but with no more than 0.5 there is nothing"
    ),
    "made benchmark": (
        "\nagents:", "\n  benchmark: {synthetic: {}}\nagents:", 9, "only feeds.bars can be made"
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", FAULTS)
def test_what_cannot_be_made_is_refused_where_it_stands(case):
    """With its line, and alone."""
    old, new, line, says = FAULTS[case]

    (fault,) = faults_of(TEXT.replace(old, new))

    assert fault.startswith(f"{line}:")
    assert says in fault


def test_the_shipped_made_scenario_is_sound():
    """Found by its name, with as many instruments as it is called by."""
    scenario = load(find("synthetic500"))

    assert len(scenario.market.universe) == 500
    assert {agent.kind for agent in scenario.agents} == {"synthetic"}
