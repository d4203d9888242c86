"""Scenarios in Python: the model of the file, changed with Python's own values."""

import re
from datetime import date
from decimal import Decimal
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import steelyard
from steelyard.scenario import Scenario
from steelyard.scenario.file import SHIPPED
from steelyard.scenario.market import Listing
from steelyard.scenario.trade import Trade


@cache
def shipped(name):
    """Give a shipped scenario."""
    return steelyard.load(name)


def in_python(scenario):
    """Give the same scenario, built of its sections."""
    return Scenario(**{name: getattr(scenario, name) for name in scenario.model_fields_set})


MUTATIONS = st.fixed_dictionaries(
    {},
    optional={
        "name": st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True),
        "about": st.sampled_from(["none", "- x", "a: b", "# no", "1e5", "é"]),
        "caveats": st.lists(st.sampled_from(["", "none", "- x", "a: b", "#", "'", "é"])),
        "seed": st.integers(0, 2**63 - 1),
        "risk.max_position": st.floats(1e-6, 1.0),
        "risk.rearm": st.none() | st.integers(1, 500),
        "risk.restricted": st.lists(st.sampled_from(["AAPL", "IBM", "MSFT"]), unique=True),
        "trade.stop": st.none() | st.floats(0.1, 50),
        "trade.mandate": st.sampled_from(["long_only", "long_short"]),
        "execution.fee": st.floats(0, 100).map(lambda bps: f"{bps!r} bps"),
        "account.cash": st.integers(1, 10**9) | st.decimals(1, 10**6, places=6),
        "split.test_from": st.dates(date(2000, 3, 2), date(2013, 3, 1)),
        "gates": st.sampled_from([{}, {"sharpe": "> 0.5", "max_drawdown_frac": "<= 1e-3"}]),
        "market.universe": st.just(["AAPL", "IBM", {"id": "MSFT", "tick": 0.05, "lot": 100}]),
        "agents[2].half_life": st.floats(0.5, 252),
        "agents.macro.oil": st.none() | st.sampled_from(["WTI", "ON", "1e5"]),
    },
)


@settings(max_examples=20)
@given(mutations=MUTATIONS)
def test_a_scenario_is_the_same_in_python_and_in_a_file(mutations):
    """Written and read back, built of sections, changed here or there: equal values."""
    megacaps = shipped("megacaps")
    scenario = megacaps.changed(mutations)

    assert Scenario.from_yaml(scenario.to_yaml()) == scenario
    assert in_python(megacaps).changed(mutations) == scenario
    assert Scenario.from_yaml(megacaps.to_yaml(), overrides=mutations) == scenario
    assert scenario.base == megacaps.base


@pytest.mark.parametrize(
    ("path", "value", "written"),
    [
        ("seed", 5, "5"),
        ("seed", np.int64(5), "5"),
        ("risk.max_position", 0.1, "10%"),
        ("risk.max_position", np.float64(0.1), "0.1"),
        ("risk.max_position", Decimal("0.1"), "10 %"),
        ("risk.max_drawdown", 1, "100%"),
        ("trade.stop", None, "none"),
        ("market.to", date(2008, 9, 15), "2008-09-15"),
        ("account.cash", 1_000_000, "$1_000_000"),
        ("market.universe", ["IBM", "MSFT"], "[IBM, MSFT]"),
        ("market.universe", [Listing(id="IBM", lot=10), "MSFT"], "[{id: IBM, lot: 10}, MSFT]"),
        ("ensemble.horizons", (5, 21), "[5, 21]"),
        ("gates", {"sharpe": ">= 0"}, "{sharpe: '>= 0'}"),
        ("trade", Trade(max_holding=9), "{max_holding: 9}"),
        ("execution.half_spread", [{"value": "3 bps"}], "[{value: 3 bps}]"),
    ],
)
def test_a_value_of_python_is_written_as_the_file_would(path, value, written):
    """What Python has, and its text, are the same setting."""
    assert shipped("megacaps").changed({path: value}) == (
        shipped("megacaps").changed({path: written})
    )


def test_texts_within_a_list_stay_what_they_are():
    """A symbol is no number, truth value or list."""
    symbols = ["ON", "TRUE", "1e5", "[x]", "none", "037833100"]
    scenario = shipped("megacaps").changed({"market.universe": symbols})

    assert [listing.id for listing in scenario.market.universe] == symbols


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("execution.fee", 5, "it must be in basis points, written 5 bps or 0.05%; write 5 bps"),
        ("seed", True, "seed was 'true', but it must be a whole number"),
        ("seed", 5.5, "seed was '5.5', but it must be a whole number"),
        ("risk.max_position", float("nan"), "it must be a fraction, written 15% or 0.15"),
        ("risk.max_position", object, "a value of type 'type' cannot be written in a file"),
        ("risk.max_positon", 0.1, "did you mean 'max_position'?"),
        ("agents.tecnical.horizon", 5, "did you mean 'technical'?"),
        ("ensemble.quorum", 9, "the panel has 4 agents; lower it or add one"),
    ],
)
def test_a_wrong_value_is_a_fault_that_names_its_path(path, value, message):
    """For a scenario of a file as for one built in Python."""
    for scenario in (shipped("megacaps"), in_python(shipped("megacaps"))):
        with pytest.raises(steelyard.ScenarioError, match=re.escape(message)) as raised:
            scenario.changed({path: value})

        assert [fault.path.startswith(f"--set {path}=") for fault in raised.value.faults] == [True]


def test_origins_survive_a_change():
    """File and line, python or default, and what was set anew."""
    of_file = shipped("megacaps").changed({"risk.max_order": 0.01}).origins()
    of_python = in_python(shipped("megacaps")).changed({"agents.news.half_life": 3}).origins()

    assert of_file["risk.max_order"] == "--set"
    assert re.search(r"megacaps\.yaml:\d+$", of_file["risk.max_gross"])
    assert of_python["agents[2].half_life"] == of_python["seed"] == "python"
    assert of_python["agents[2].refit_every"] == "default"


def test_a_name_a_path_and_a_seed_are_loaded(tmp_path):
    """`load` takes what `run` takes."""
    text = (SHIPPED / "megacaps.yaml").read_text(encoding="utf-8")
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")

    assert steelyard.load("megacaps", seed=7) == steelyard.load(path) == steelyard.load(str(path))
    assert steelyard.load("megacaps", seed=8).seed == 8
    with pytest.raises(steelyard.ScenarioError, match="did you mean 'megacaps'"):
        steelyard.load("megacap")
