"""Values: what is written comes back, and Python says the same as a file."""

import pickle
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from steelyard.errors import ScenarioError
from steelyard.scenario import Scenario, scenario_hash, strategy_hash
from steelyard.scenario.account import Account
from steelyard.scenario.agents import MacroSettings, TechnicalSettings
from steelyard.scenario.execution import Execution
from steelyard.scenario.feeds import BarFeed, Feeds
from steelyard.scenario.gates import Comparison, Gates
from steelyard.scenario.market import Listing, Market
from steelyard.scenario.risk import Risk
from steelyard.scenario.split import Split
from steelyard.scenario.trade import Trade

MARKET = Market(
    universe=(Listing(id="ON"), Listing(id="IBM", tick=0.05, sector="technology")),
    from_=date(2001, 1, 2),
    to=date(2002, 1, 2),
)


def _scenario(**sections):
    """Build a scenario in Python."""
    needed = {
        "name": "small",
        "market": MARKET,
        "feeds": Feeds(bars=BarFeed(path="bars.csv")),
        "agents": (TechnicalSettings(name="trend"),),
    }
    return Scenario(**(needed | sections))


fractions = st.floats(1e-9, 1.0, exclude_min=True)
costs = st.floats(0.0, 1e4)
names = st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=20)
bounds = st.floats(allow_nan=False, allow_infinity=False)

scenarios = st.builds(
    _scenario,
    name=names,
    about=texts,
    caveats=st.lists(texts, max_size=2),
    risk=st.builds(Risk, max_position=fractions, rearm=st.none() | st.integers(1, 500)),
    trade=st.builds(
        Trade, stop=st.none() | st.floats(1e-6, 1e6), edge_over_cost=st.floats(0.0, 1e9)
    ),
    execution=st.builds(Execution, fee=costs, slippage=costs),
    account=st.builds(Account, cash=st.decimals(1, 10**10, places=6, allow_nan=False)),
    gates=st.builds(
        Gates,
        sharpe=st.none() | st.builds(Comparison, st.sampled_from(["<", "<=", ">", ">="]), bounds),
    ),
    split=st.none() | st.builds(Split, test_from=st.dates(date(2001, 1, 3), date(2002, 1, 2))),
    seed=st.integers(0, 2**63 - 1),
)


@settings(max_examples=20)
@given(scenario=scenarios)
def test_what_is_written_reads_back(scenario):
    """to_yaml and from_yaml lose nothing, not the last bit of a float."""
    assert Scenario.from_yaml(scenario.to_yaml()) == scenario


def test_the_file_and_python_say_the_same(base_text):
    """A scenario is the same whichever way it is built."""
    scenario = Scenario.from_yaml(base_text)
    rebuilt = Scenario(**{name: getattr(scenario, name) for name in Scenario.model_fields})

    assert rebuilt == scenario
    assert hash(rebuilt) == hash(scenario)


def test_python_takes_plain_numbers_and_units():
    """0.15 is 15%, 5.0 is 5 bps, 100_000 is an amount in the currency."""
    assert Risk(max_position=0.15) == Risk(max_position="15%")
    assert Execution(fee=5.0, half_spread=3.0) == Execution(fee="5 bps", half_spread="3 bps")
    assert Account(cash=100_000) == Account(cash="$100_000")
    assert Account(cash=100_000).cash == 100_000_000_000


@pytest.mark.parametrize(
    ("section", "values", "message"),
    [
        (Risk, {"max_position": True}, "it must be a fraction"),
        (Risk, {"max_position": 15.0}, "at most 1000%; write 15%"),
        (Risk, {"max_positon": 0.1}, "Extra inputs are not permitted"),
        (Account, {"cash": True}, "it must be an amount"),
        (MacroSettings, {"name": "macro", "spread": ["BAA"]}, "at least 2 items"),
        (Gates, {"sharpe": 1.0}, "it must be a comparison"),
        (Trade, {"stop": float("nan")}, "finite number"),
    ],
)
def test_python_is_held_to_the_same_rules(section, values, message):
    """Sections refuse in Python what they refuse in a file."""
    with pytest.raises(ValidationError, match=message):
        section(**values)


def test_sections_that_disagree_are_refused_in_python():
    """The checks across sections hold without a file, too."""
    with pytest.raises(ScenarioError, match=r"agents\[0\]\.horizon was 10, but"):
        _scenario(agents=[TechnicalSettings(name="trend", horizon=10)])


def test_nothing_changes_after_it_is_built():
    """Scenarios are frozen."""
    with pytest.raises(ValidationError, match="frozen"):
        _scenario().seed = 3


def test_the_hash_forgets_words_and_folders(base_text, tmp_path):
    """Name, description, caveats and folder fix nothing; every other value does."""
    scenario = Scenario.from_yaml(base_text)
    told = Scenario.from_yaml(
        base_text,
        tmp_path,
        overrides={"name": "other", "about": "another", "caveats": "[hindsight]"},
    )
    seeded = Scenario.from_yaml(base_text, overrides={"seed": "8"})

    assert scenario_hash(told) == scenario_hash(scenario)
    assert scenario_hash(seeded) != scenario_hash(scenario)


def test_the_hash_of_a_strategy_forgets_dates_and_seed(base_text):
    """It ties a strategy to its validation over other dates."""
    scenario = Scenario.from_yaml(base_text)
    later = Scenario.from_yaml(base_text, overrides={"seed": "8", "market.to": "2012-03-01"})
    bolder = Scenario.from_yaml(base_text, overrides={"risk.max_position": "50%"})

    assert strategy_hash(later) == strategy_hash(scenario)
    assert strategy_hash(bolder) != strategy_hash(scenario)


def test_a_scenario_can_be_sent_to_a_worker(base_text):
    """Pickling keeps values, folder and origins."""
    scenario = Scenario.from_yaml(base_text)
    sent = pickle.loads(pickle.dumps(scenario))  # noqa: S301 - our own bytes

    assert (sent, sent.base, sent.origins()) == (scenario, scenario.base, scenario.origins())


def test_origins_of_python_are_told():
    """A stated value is Python's, the rest is default."""
    origins = _scenario(risk=Risk(max_order=0.1)).origins()

    assert origins["risk.max_order"] == "python"
    assert origins["risk.max_gross"] == "default"


@pytest.mark.parametrize(
    ("interval", "minutes"), [("session", None), ("30m", 30), ("1h", 60), ("2h", 120)]
)
def test_an_interval_has_minutes(interval, minutes):
    """A session has none."""
    assert MARKET.model_copy(update={"interval": interval}).interval_minutes == minutes


@pytest.mark.parametrize(
    ("text", "value", "kept"),
    [("<= 15%", 0.15, True), ("<15%", 0.15, False), ("> -1", 0.0, True), (">= 2", 1.0, False)],
)
def test_a_gate_holds_or_not(text, value, kept):
    """Operators mean what they say; NaN keeps no bound."""
    gate = Gates(sharpe=text).sharpe

    assert gate.holds(value) is kept
    assert gate.holds(float("nan")) is False
