"""Overrides: read as a file is, and faults in them say which."""

import pytest

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario


def _told(base_text, **overrides):
    """Read the base scenario with overrides, `__` for a point."""
    written = {path.replace("__", "."): value for path, value in overrides.items()}
    return Scenario.from_yaml(base_text, overrides=written)


def test_a_value_is_set(base_text):
    """The unit is read as in a file."""
    assert _told(base_text, risk__max_position="10%").risk.max_position == 0.1


def test_an_agent_is_called_by_name_or_number(base_text):
    """`agents.technical.horizon` and `agents[0].horizon` are the same value."""
    by_name = Scenario.from_yaml(base_text, overrides={"agents.technical.horizon": "21"})
    by_number = Scenario.from_yaml(base_text, overrides={"agents[0].horizon": "21"})

    assert by_name.agents[0].horizon == 21
    assert by_number == by_name


def test_a_list_is_set_as_a_whole(base_text):
    """A list is written as in a file, and its texts stay what they are."""
    scenario = _told(base_text, market__universe="[ON, 1e5, 037833100]")

    assert [item.id for item in scenario.market.universe] == ["ON", "1e5", "037833100"]


def test_a_missing_section_is_begun(base_text):
    """What the file leaves out can be set, too."""
    assert str(_told(base_text, split__test_from="2010-01-04").split) == (
        "test_from=datetime.date(2010, 1, 4)"
    )


def test_a_comparison_needs_no_second_quotes(base_text):
    """Behind the shell's quotes `> 0.9` stands alone."""
    assert str(_told(base_text, gates__sharpe="> 0.9").gates.sharpe) == "> 0.9"


def test_an_override_mends_a_fault(base_text):
    """A value that is replaced is not read."""
    broken = base_text.replace("max_order: 10%", "max_order: ten")

    assert Scenario.from_yaml(broken, overrides={"risk.max_order": "5%"}).risk.max_order == 0.05


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("risk.max_positon", "10%", "risk.max_positon is not a known key; did you mean 'max_pos"),
        ("risk.max_position", "ten", "risk.max_position was 'ten', but it must be a fraction"),
        ("risk.max_position", "", "risk.max_position was empty, but it must be a fraction"),
        ("agents.tecnical.horizon", "5", "nothing is named 'tecnical'; did you mean 'technical'?"),
        ("agents.news.horizon", "10", "agents[2].horizon was 10, but ensemble.horizons are 5, 21"),
        ("agents[9].horizon", "5", "[9] is not there; the list has 4 items"),
        ("seed.x", "5", "nothing can be set at 'x'; set the whole value instead"),
        ("risk..x", "5", "'risk..x' is no path; write it as risk.max_position"),
        ("", "5", "'' is no path"),
        ("market.universe", "[AAPL", "the file cannot be read while parsing a flow sequence"),
    ],
)
def test_a_fault_names_the_override(path, value, message, base_text):
    """The place of the fault is the override as it was typed; it has no line."""
    with pytest.raises(ScenarioError, match="1 fault; nothing was run") as raised:
        Scenario.from_yaml(base_text, overrides={path: value})

    assert str(raised.value).startswith(f"--set {path}={value}: {message}")
    assert raised.value.faults[0].line == 0
    assert raised.value.exit_code == 3


def test_origins_tell_where_a_value_comes_from(base_text):
    """File and line, override or default."""
    origins = _told(base_text, risk__max_order="5%").origins()

    assert origins["risk.max_order"] == "--set"
    assert origins["risk.max_gross"] == "<text>:46"
    assert origins["agents[0].lookback"] == "default"
    assert origins["market.universe[1].id"] == "<text>:6"
    assert origins["market.universe[1].tick"] == "default"
