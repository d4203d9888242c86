"""No opinion and no decision of a whole run rests on what came after it."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.engine import seats
from steelyard.feeds.world import open_world
from steelyard.testing.runs import Effort, a_scenario, lookahead_faults, play
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.opinion import Cause, Opinion, OpinionBlock
from tests.run.stage import BUSY, a_busy_world, a_panel, megacaps

WAYS = ["close", "open", "clock", "early", "intraday"]
NOTHING = {}


class Peek(NamedTuple):
    """Reads the close of the bar after the one it speaks at, where a block holds it."""

    horizon: int = 5
    refit_every: int = 63
    reads_text: bool = False

    def fit(self, _past):
        """Learn nothing."""

    def opine(self, now, fitted):
        """Say the last row of the fast path."""
        block = self.opine_history(now, now.step, fitted)
        for column in np.flatnonzero(now.listed[-1]):
            name = now.instruments[column].id
            yield Opinion(name, float(block.score[-1, column]), 0.6)

    def opine_history(self, history, first, _fitted):
        """Say which way the next close goes."""
        close = history.bars.close
        after = np.vstack([close[1:], close[-1:]])[: history.step + 1]
        score = np.where(after > close[: len(after)], 0.5, -0.5)
        score = np.vstack([score, np.full((history.step + 1 - len(score), close.shape[1]), 0.5)])
        listed = history.listed[first:]
        cause = np.where(listed, Cause.NONE, Cause.NOT_LISTED)
        return OpinionBlock(first, score[first:], np.full(listed.shape, 0.6), cause, ())


class Caught(NamedTuple):
    """A world, who speaks in it, and how often they must have spoken by a step."""

    world: object
    agents: list
    scenario: object
    effort: Effort

    def faults(self, step):
        """Give the faults found with everything after `step` changed."""
        return lookahead_faults(self.world, self.agents, self.scenario, step, self.effort)


def a_case(seed, decide_at, agents=None):
    """Give a busy made world with all built-in agents, or the agents named."""
    n_steps = 600 if decide_at == "intraday" else 360
    world = a_busy_world(seed, n_steps=n_steps, decide_at=decide_at)
    agents = a_panel(world) if agents is None else agents
    return Caught(world, agents, a_scenario(world, agents, BUSY), Effort(seed=seed))


@pytest.fixture(scope="module")
def built_in():
    """The built-in world over 2003, with its own four agents."""
    scenario = megacaps("2003-01-02", "2003-12-31")
    agents = [seat.agent for seat in seats(scenario)]
    return Caught(open_world(scenario), agents, scenario, Effort())


@pytest.mark.parametrize("decide_at", WAYS)
@given(seed=st.integers(0, 10**6), back=st.integers(1, 60))
@settings(max_examples=2)
def test_what_comes_later_changes_nothing_before(decide_at, seed, back):
    """Tape, verdicts, intents, decisions, orders, fills and ledger are bit-identical."""
    case = a_case(seed, decide_at)

    assert case.faults(case.world.n_steps - 1 - back) == []


@pytest.mark.parametrize("decide_at", WAYS)
def test_there_is_much_that_could_have_changed(decide_at):
    """The runs looked at trade, and the change reaches what comes after the step."""
    case = a_case(5, decide_at)
    played = play(case.world, case.agents, case.scenario)

    assert played.record.n_fills > 100
    assert np.isfinite(played.record.before).any()
    assert (played.tape.support[played.tape.cause == 0] > 0).all()


@given(back=st.integers(2, 120))
@settings(max_examples=1)
def test_the_built_in_world_is_no_exception(built_in, back):
    """Its four agents, with their documents, splits, dividends and series."""
    assert built_in.faults(built_in.world.n_steps - 1 - back) == []


@pytest.mark.parametrize("decide_at", WAYS)
def test_an_agent_that_peeks_one_bar_is_caught(decide_at):
    """The same look finds it on the tape, and in what was decided by it."""
    faults = a_case(1, decide_at, [Peek()]).faults(301)

    assert any(fault.startswith("tape.score differs at step") for fault in faults)
    assert any(fault.startswith("record.voice differs at step") for fault in faults)


def test_a_peek_into_the_built_in_world_is_caught(built_in):
    """One agent that peeks among four that do not."""
    peeking = built_in._replace(agents=[*built_in.agents, Peek()])

    faults = peeking.faults(built_in.world.first_step + 80)

    assert any(fault.startswith("tape.score differs at step") for fault in faults)


def test_too_few_opinions_prove_nothing():
    """A run that hardly spoke by the step is not waved through."""
    world = made_world(0, Recipe(n_steps=200))
    agents = [Peek()]

    faults = lookahead_faults(world, agents, a_scenario(world, agents), 20)

    assert "agent0 gave 42 opinions up to step 20, 200 prove something" in faults
