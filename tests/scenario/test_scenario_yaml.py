"""Texts stay what they are: YAML must not eat trading data."""

import pytest

from steelyard.scenario import Scenario, load

EATEN = (
    "ON",
    "NO",
    "YES",
    "TRUE",
    "true",
    "y",
    "16:00",
    "037833100",
    "1e5",
    "0x1F",
    "0o17",
    "1_000",
    ".inf",
    "nan",
    "null",
    "none",
    "~",
    "2001-01-01",
    "=",
    "BRK.B",
)

MINIMAL = """\
name: small
market:
  universe: [ON]
  from: 2001-01-02
  to: 2002-01-02
feeds:
  bars: {path: bars.csv}
agents:
  - {name: trend, kind: technical}
"""


@pytest.mark.parametrize("symbol", EATEN)
def test_a_symbol_stays_what_it_is(symbol):
    """What YAML 1.1 or 1.2 takes for a truth value, number, time or nothing is a symbol here."""
    scenario = Scenario.from_yaml(MINIMAL.replace("ON", symbol))

    assert [symbol] == [listing.id for listing in scenario.market.universe]


@pytest.mark.parametrize("symbol", EATEN)
def test_a_symbol_survives_being_written(symbol):
    """The written form reads back as the same symbol."""
    scenario = Scenario.from_yaml(MINIMAL.replace("ON", f"{{id: {symbol}}}"))

    assert Scenario.from_yaml(scenario.to_yaml()) == scenario


def test_a_time_stays_a_time():
    """16:00 is not 960."""
    scenario = Scenario.from_yaml(MINIMAL.replace("  to:", "  decide_at: 16:00\n  to:"))

    assert scenario.market.decide_at == "16:00"


def test_a_minimal_scenario_takes_defaults_for_the_rest():
    """Nine lines are a scenario."""
    scenario = Scenario.from_yaml(MINIMAL)

    assert scenario.risk.max_position == 0.35
    assert scenario.account.cash == 1_000_000_000_000
    assert scenario.execution.half_spread[0].value == 2.0
    assert scenario.split is None


def test_quotes_change_nothing():
    """A quoted symbol is the same symbol."""
    assert Scenario.from_yaml(MINIMAL) == Scenario.from_yaml(MINIMAL.replace("[ON]", "['ON']"))


def test_line_ends_of_other_systems_are_read(tmp_path):
    """A file saved with carriage returns is the same scenario."""
    path = tmp_path / "dos.yaml"
    path.write_bytes(MINIMAL.replace("\n", "\r\n").encode())

    assert load(path) == Scenario.from_yaml(MINIMAL)


def test_paths_start_from_the_folder_of_the_file(tmp_path):
    """Feeds are found beside the scenario, wherever the command is typed."""
    path = tmp_path / "small.yaml"
    path.write_text(MINIMAL, encoding="utf-8")

    assert load(path).base == tmp_path
