"""Agents made from functions and classes: their form, their settings, what they say."""

import pickle
import re
from typing import NamedTuple

import numpy as np
import pytest

import steelyard
from steelyard import plugins
from steelyard.agents import registry, trailing
from steelyard.agents.panel import ask_block
from steelyard.agents.registry import fault_of
from steelyard.agents.seating import seated
from steelyard.errors import AgentError, ScenarioError
from steelyard.scenario import Scenario
from steelyard.testing import Recipe, contract_faults, made_world
from steelyard.types.agent import FastAgent
from steelyard.types.opinion import Cause


@steelyard.agent(name="test.dip", horizon=5, refit_every=50)
def dip(known, *, span=5):
    """Say that what fell comes back."""
    index = trailing.log_wealth(known.bars)
    return np.tanh((trailing.lagged(index, span) - index) / 0.05)


@steelyard.agent(name="test.steps")
def by_steps(known):
    """Say something at each step, known bar or not."""
    return np.full(known.listed.shape, 0.5)


class Steady(NamedTuple):
    """Says nothing, ever."""

    horizon: int = 5
    refit_every: int = 63
    needs: str = "a"

    reads_text = False

    def fit(self, _past):
        """Learn nothing."""

    def opine(self, _now, _fitted):
        """Say nothing."""
        return iter(())


@pytest.fixture(autouse=True)
def _as_before(monkeypatch):
    """Leave the registry as it was."""
    monkeypatch.setattr(plugins, "_registered", dict(plugins._registered))


def rising(n_steps=300, decide_at="close"):
    """Give a world in which weeks carry on."""
    return made_world(3, Recipe(n_steps=n_steps, momentum=0.8, decide_at=decide_at))


def test_a_function_becomes_a_class_with_its_settings():
    """An agent is made with them; it is frozen, equal by value, and can be sent anywhere."""
    agent = dip(span=7)

    assert isinstance(agent, FastAgent)
    assert (agent.span, agent.horizon, agent.refit_every, agent.reads_text) == (7, 5, 50, False)
    assert pickle.loads(pickle.dumps(agent)) == agent != dip()  # noqa: S301 - our own bytes
    assert dip.__doc__ == "Say that what fell comes back."
    with pytest.raises(AttributeError, match="set"):
        agent.span = 8


@pytest.mark.parametrize("decide_at", ["close", "open"])
@pytest.mark.parametrize("make", [dip, by_steps])
def test_it_keeps_the_contract(make, decide_at):
    """Rows of bars are moved to the steps that know them; rows of steps stay."""
    assert contract_faults(make(), rising(decide_at=decide_at)) == []


def test_its_confidence_is_earned():
    """Before any outcome it states next to nothing; where weeks carry on, it learns to turn."""
    world = rising(n_steps=3000)
    past, now = world.snapshot(3), world.snapshot(2999)
    young, old = dip().fit(past), dip().fit(now)
    said = ask_block(dip(), world.snapshot, range(2990, 3000))
    strength = np.asarray(dip.strengths(now))[2990:]
    spoke = said.cause == Cause.NONE

    assert young.slope == 0.04
    assert old.slope < -0.1
    assert (np.sign(said.score) == -np.sign(strength))[spoke].mean() > 0.8
    assert said.confidence[spoke].max() > 0.52


def test_where_it_says_nothing_the_cause_says_why():
    """No bar: halted. No strength: no edge."""
    world = rising()
    cause = np.concatenate(
        [ask_block(dip(), world.snapshot, range(step, step + 50)).cause for step in (0, 50, 100)]
    )
    halted = np.isnan(world.bars.close[:150]) & world.listed[:150]

    assert set(np.unique(cause[0, :2])) == {Cause.NO_EDGE}
    assert (cause[halted] == Cause.HALTED).all()
    assert halted.any()


def test_an_answer_of_another_shape_is_a_failure_that_says_so():
    """It becomes an abstention like any other failure."""

    @steelyard.agent(name="test.thin")
    def thin(known):
        return known.bars.close[:, 0]

    told = []
    block = ask_block(thin(), rising().snapshot, range(100, 110), told.append)

    assert (block.cause[:, 0] == Cause.FAILED).all()
    assert "thin gave shape (101,), but the known bars have (101, 3)" in told[0]


def test_a_class_is_registered_as_it_is():
    """Under its name in small letters, unless another is given."""

    class MeanReversion(Steady):
        """Says nothing."""

    assert steelyard.agent(MeanReversion) is MeanReversion
    assert plugins.find(plugins.AGENTS, "mean_reversion") is MeanReversion
    assert steelyard.agent(name="test.other")(MeanReversion) is MeanReversion
    assert plugins.find(plugins.AGENTS, "test.other") is MeanReversion


def bare(known, other):
    """Take one thing too many."""


def undecided(known, *, span):
    """Have a setting without a default."""


def confused(known, *, horizon=3):
    """Have a setting that every agent has."""


class Mute:
    """Has a horizon, and no voice."""

    horizon = 5


@pytest.mark.parametrize(
    ("thing", "options", "message"),
    [
        (bare, {}, "bare takes something else than what is known; write it as def bare(known, *,"),
        (undecided, {}, "setting 'span' has no default; write it as def undecided(known, *,"),
        (confused, {}, "'horizon' is no name of a setting"),
        (Mute, {}, "Mute is no agent: it lacks fit, opine, refit_every, reads_text"),
        (Steady, {"horizon": 3}, "Steady is a class: its horizon and the like are its own fields"),
        (5, {}, "5 is neither a function nor a class"),
    ],
)
def test_what_is_no_agent_is_refused_where_it_is_written(thing, options, message):
    """With the form that it should have."""
    with pytest.raises(AgentError, match=re.escape(message)):
        steelyard.agent(**options)(thing)


@pytest.mark.parametrize(
    ("thing", "fault"),
    [
        (Steady, ""),
        (dip, ""),
        (bare, "it is a bare function; decorate it with @steelyard.agent"),
        (3, "it is no class, but of type int"),
    ],
)
def test_what_can_be_used_as_an_agent_is_told_from_what_cannot(thing, fault):
    """Before it is made."""
    assert fault_of(thing) == fault


BASE = """
name: any
market: {{universe: [AAPL], from: 2008-01-02, to: 2008-02-01}}
feeds: {{bars: {{path: none}}}}
agents:
  - {{name: mine, {}}}
"""


def panel(settings):
    """Build the panel of a scenario with one agent."""
    plugins.register(plugins.AGENTS, "test.dip", dip)
    plugins.register(plugins.AGENTS, "test.steady", Steady)
    return seated(Scenario.from_yaml(BASE.format(settings)))


def test_a_panel_has_the_agents_with_their_settings():
    """Their own pace where the scenario says none; built-in ones as ever."""
    assert panel("kind: test.dip, span: 9") == [("mine", dip(span=9))]
    assert panel("kind: test.dip, horizon: 21")[0][1].horizon == 21
    assert panel("kind: test.steady, refit_every: 5, needs: b")[0][1] == Steady(5, 5, "b")
    assert panel("kind: technical") == [("mine", registry.build("technical", {}))]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "kind: test.dip, spam: 3",
            "6:40: 'spam' is no setting of 'test.dip'; did you mean 'span'",
        ),
        ("kind: test.dip, span: x", "6:40: 'span' was 'x', but it is a number"),
        ("kind: test.dip, span: [1]", "'span' was (1,), but it is a number"),
        ("kind: test.dip, span: true", "'span' was True, but it is a number"),
        ("kind: 'no_such_module:dip'", "6:24: kind of agent was 'no_such_module:dip', but there"),
        ("kind: 'json:loads'", "6:24: kind of agent was 'json:loads', but it is a bare function"),
        ("kind: 'json:JSONDecoder'", "but JSONDecoder is no agent: it lacks fit, opine, horizon"),
    ],
)
def test_a_setting_that_cannot_be_is_found_with_its_line(settings, message):
    """When the panel is built."""
    with pytest.raises(ScenarioError, match=re.escape(message)) as raised:
        panel(settings)

    assert raised.value.faults[0].line == 6


def test_a_horizon_by_default_must_be_one_of_the_scenario():
    """Only when it is built is it known."""
    plugins.register(plugins.AGENTS, "test.odd", type("Odd", (Steady,), {"horizon": 7}))

    with pytest.raises(ScenarioError, match=r"agents\[0\].horizon of 'test.odd' is 7 by default"):
        panel("kind: test.odd")


def test_what_a_plug_in_says_wrongly_of_itself_is_a_fault():
    """Before a run rests on it."""
    plugins.register(plugins.AGENTS, "test.odd", type("Odd", (Steady,), {"horizon": "five"}))

    with pytest.raises(ScenarioError, match=r"horizon of 'test.odd' was 'five', but it is a whole"):
        panel("kind: test.odd")


def test_what_a_plug_in_raises_when_it_is_made_is_a_fault():
    """With its words."""

    class Fussy(Steady):
        """Cannot be made."""

        def __new__(cls):
            """Refuse."""
            raise KeyError("no licence")

    plugins.register(plugins.AGENTS, "test.fussy", Fussy)

    with pytest.raises(ScenarioError, match=r"'test.fussy' does not take these settings: KeyError"):
        panel("kind: test.fussy")
