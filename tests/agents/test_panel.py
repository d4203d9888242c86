"""Asking an agent, whatever it does."""

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest

from steelyard.agents.panel import ask, ask_block, ask_slow, refit_blocks
from steelyard.agents.registry import KINDS, build, describe
from steelyard.agents.technical import Technical
from steelyard.errors import AgentError, BudgetError, InvariantError, ScenarioError
from steelyard.scenario.agents import KINDS as SECTIONS
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.agent import Agent
from steelyard.types.opinion import Abstention, Cause, Claim, ClaimRow, Opinion, OpinionBlock

WORLD = made_world(0, Recipe(names=("AAA", "BBB"), n_steps=40, halts=0.0))
CLAIM = Claim("AAA", "total_return", 0.1, "fraction", 1.0, "5 steps", "bars")
LISTED = 20
"""A step at which both instruments are in the universe."""


class Scripted(NamedTuple):
    """Says the same at every step; an exception is raised instead."""

    answers: tuple
    at_fit: Exception | None = None
    horizon: int = 5
    refit_every: int = 10
    reads_text: bool = False

    def fit(self, _past):
        """Learn nothing."""
        if self.at_fit is not None:
            raise self.at_fit

    def opine(self, _now, _fitted):
        """Say what was scripted."""
        for answer in self.answers:
            if isinstance(answer, BaseException):
                raise answer
            yield answer


class Quick(NamedTuple):
    """Gives a block as it is told."""

    block: OpinionBlock
    horizon: int = 5
    refit_every: int = 10
    reads_text: bool = False

    def fit(self, _past):
        """Learn nothing."""

    def opine(self, now, _fitted):
        """Say that there is nothing new."""
        return (Abstention(each.id, Cause.NOTHING_NEW) for each in now.instruments)

    def opine_history(self, _history, _first, _fitted):
        """Give the block."""
        return self.block


def once(*answers):
    """Ask one step; give score, confidence, cause and claims of it."""
    return ask(Scripted(answers), WORLD.snapshot, range(LISTED, LISTED + 1), None)


def block_of(score, confidence=0.6, cause=0, claims=()):
    """Make a block of one step and two instruments."""
    return OpinionBlock(
        LISTED,
        np.full((1, 2), score),
        np.full((1, 2), confidence),
        np.full((1, 2), cause),
        claims,
    )


def test_what_is_said_is_quantised_and_kept():
    """To multiples of a millionth, with its claims, whatever the order of answers."""
    block = once(
        Abstention("BBB", Cause.NO_EDGE), Opinion("AAA", -0.12345678, 0.61234567, (CLAIM,))
    )

    assert block.score.tolist() == [[pytest.approx(-0.123457, abs=1e-12), 0.0]]
    assert block.confidence.tolist() == [[pytest.approx(0.612346, abs=1e-12), 0.0]]
    assert block.cause.tolist() == [[Cause.NONE, Cause.NO_EDGE]]
    assert block.claims == ((LISTED, 0, CLAIM),)


@pytest.mark.parametrize(
    "answer",
    [
        Opinion("AAA", 0.0, 0.6),
        Opinion("AAA", 1e-9, 0.6),
        Opinion("AAA", 1.5, 0.6),
        Opinion("AAA", float("nan"), 0.6),
        Opinion("AAA", float("inf"), 0.6),
        Opinion("AAA", 0.5, 0.4),
        Opinion("AAA", 0.5, 1.1),
        Opinion("AAA", 0.5, float("nan")),
        Opinion("AAA", "up", 0.6),
        Opinion("AAA", True, 0.6),
        Opinion("AAA", 0.5, 0.6, None),
        Opinion("AAA", 0.5, 0.6, ("it rose",)),
        Opinion("AAA", 0.5, 0.6, (CLAIM,) * 17),
        Opinion("AAA", 0.5, 0.6, (CLAIM._replace(value=float("nan")),)),
        Opinion("AAA", 0.5, 0.6, (CLAIM._replace(source="x" * 1000),)),
        Opinion("AAA", 0.5, 0.6, (CLAIM._replace(quote=None),)),
        Opinion("AAA", 0.5, 0.6, (CLAIM._replace(quote="half a pair: \ud83d"),)),
        Opinion("AAA", 0.5, 0.6, (CLAIM._replace(unit="percent", scale=5e-324),)),
        Opinion("AAA", 0.5, 0.6, (CLAIM._replace(value=1e300),)),
        Abstention("AAA", Cause.NONE),
        Abstention("AAA", 99),
        Abstention("AAA", Cause.NOT_LISTED),
    ],
)
def test_what_is_no_opinion_is_invalid(answer):
    """And harms no other instrument's opinion."""
    block = once(answer, Opinion("BBB", 0.5, 0.6))

    assert block.cause.tolist() == [[Cause.INVALID, Cause.NONE]]
    assert block.score[0, 0] == block.confidence[0, 0] == 0.0
    assert block.claims == ()


def test_two_answers_are_none():
    """Whichever comes first; its claims go too."""
    block = once(
        Opinion("AAA", 0.5, 0.6, (CLAIM,)), Abstention("AAA", Cause.NO_EDGE), Opinion("BBB", 1, 0.5)
    )

    assert block.cause.tolist() == [[Cause.INVALID, Cause.NONE]]
    assert block.claims == ()


def test_what_is_left_out_is_missing():
    """Also where something unknown is answered in its place."""
    block = once(Opinion("ZZZ", 0.5, 0.6), "hold", Abstention("BBB", Cause.NO_DATA))

    assert block.cause.tolist() == [[Cause.MISSING, Cause.NO_DATA]]


def test_an_agent_that_raises_has_failed_at_that_step():
    """All of its instruments, even those already answered."""
    block = once(Opinion("AAA", 0.5, 0.6), ZeroDivisionError())

    assert block.cause.tolist() == [[Cause.FAILED, Cause.FAILED]]


def test_answers_that_cannot_even_be_compared_have_failed():
    """What breaks the check is the agent's failure, not the run's."""
    assert once(Opinion(["AAA"], 0.5, 0.6)).cause.tolist() == [[Cause.FAILED, Cause.FAILED]]


class Mute(Exception):  # noqa: N818 - it stands for anybody's
    """Cannot even be shown."""

    def __repr__(self):
        """Fail."""
        raise ValueError


@pytest.mark.parametrize("error", [SystemExit(2), GeneratorExit(), Mute()])
def test_an_agent_that_gives_up_in_another_way_has_failed_too(error):
    """It may call what exits, and raise what cannot be shown."""
    assert once(error).cause.tolist() == [[Cause.FAILED, Cause.FAILED]]


def test_what_an_agent_raised_is_told_briefly():
    """Some put all of their data into it."""
    told = []

    ask(Scripted((ValueError("x" * 10**6),)), WORLD.snapshot, range(1), None, told.append)

    assert told[0].startswith("ValueError('xxx")
    assert re.search(r"\.\.\. at test_panel\.py:\d+$", told[0])
    assert len(told[0]) < 2000


def test_an_agent_that_fails_to_fit_has_failed_all_block_long():
    """Unlisted instruments stay unlisted."""
    agent = Scripted((), at_fit=AgentError("no"))

    block = ask_block(agent, WORLD.snapshot, range(5, 15))

    assert block.cause[0].tolist() == [Cause.FAILED, Cause.NOT_LISTED]
    assert (block.cause[5:] == Cause.FAILED).all()


@pytest.mark.parametrize("fault", [BudgetError("spent"), InvariantError("broken")])
def test_what_must_stop_a_run_is_not_caught(fault):
    """Budget and invariants are not the agent's to swallow."""
    with pytest.raises(type(fault), match=str(fault)):
        once(fault)


def test_an_agent_that_goes_on_for_ever_is_cut_off():
    """Its repeated answers are invalid."""

    class Endless(Scripted):
        def opine(self, _now, _fitted):
            """Say one thing over and over."""
            while True:
                yield Opinion("AAA", 0.5, 0.6)

    block = ask(Endless(()), WORLD.snapshot, range(LISTED, LISTED + 1), None)

    assert block.cause.tolist() == [[Cause.INVALID, Cause.MISSING]]


def test_what_an_agent_raised_is_told_once(capsys):
    """Whoever writes an agent learns why it fails, and not a line for each step."""
    agent = Scripted((ZeroDivisionError("told once"),))

    for _ in range(2):
        ask(agent, WORLD.snapshot, range(LISTED, LISTED + 2), None)

    assert len(capsys.readouterr().err.splitlines()) == 1


def test_steps_that_do_not_decide_are_not_asked():
    """By either path."""
    decides = np.arange(40) % 2 == 0
    world = replace(WORLD, timing=WORLD.timing._replace(decides=decides))
    steps = range(LISTED, LISTED + 2)
    scripted = Scripted((Opinion("AAA", 0.5, 0.6), Opinion("BBB", 0.5, 0.6)))
    fast = Quick(OpinionBlock(LISTED, *np.full((2, 2, 2), 0.6), np.zeros((2, 2), int), ()))

    for agent in (scripted, fast):
        block = ask(agent, world.snapshot, steps, None)
        assert block.cause.tolist() == [[Cause.NONE] * 2, [Cause.NOT_ASKED] * 2]


@pytest.mark.parametrize(
    ("block", "cause"),
    [
        (block_of(0.5), Cause.NONE),
        (block_of(0.0, 0.0), Cause.INVALID),
        (block_of(np.nan), Cause.INVALID),
        (block_of(0.5, 0.3), Cause.INVALID),
        (block_of(0.5, cause=99), Cause.INVALID),
        (block_of(0.5, cause=int(Cause.NO_EDGE)), Cause.NO_EDGE),
        (block_of(0.5)._replace(score=np.zeros((3, 2))), Cause.NOTHING_NEW),
        (block_of(0.5, claims=((99, 0, CLAIM),)), Cause.NOTHING_NEW),
        (None, Cause.NOTHING_NEW),
    ],
)
def test_a_fast_answer_is_checked_too(block, cause):
    """What is no block at all is asked again step by step."""
    checked = ask(Quick(block), WORLD.snapshot, range(LISTED, LISTED + 1), None)

    assert checked.cause.tolist() == [[cause, cause]]
    assert (checked.score != 0.0).tolist() == [[cause == Cause.NONE] * 2]


def test_the_place_of_a_claim_is_a_plain_number():
    """NumPy's would be written down another way, and so hashed another way."""
    row = ClaimRow(np.int64(LISTED), np.int64(1), CLAIM)

    block = ask(
        Quick(block_of(0.5, claims=(row,))), WORLD.snapshot, range(LISTED, LISTED + 1), None
    )

    assert repr(block.claims[0]) == repr(ClaimRow(LISTED, 1, CLAIM))


def test_both_paths_give_one_block():
    """On a real agent, bit for bit."""
    world = made_world(3, Recipe(n_steps=120))
    agent = Technical()
    fitted = agent.fit(world.snapshot(100))

    fast = ask(agent, world.snapshot, range(100, 120), fitted)
    slow = ask_slow(agent, world.snapshot, range(100, 120), fitted)

    for column in ("score", "confidence", "cause"):
        np.testing.assert_array_equal(getattr(fast, column), getattr(slow, column))
    assert fast.claims == slow.claims


def test_blocks_cover_each_step_once():
    """Both ends included, the last block cut short."""
    assert list(refit_blocks(3, 10, 3)) == [range(3, 6), range(6, 9), range(9, 11)]


def test_an_agent_is_built_by_its_kind():
    """Lists become tuples, so that it is frozen."""
    agent = build("macro", {"horizon": 5, "spread": ["X", "Y"]})

    assert isinstance(agent, Agent)
    assert (agent.horizon, agent.spread) == (5, ("X", "Y"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_is_an_agent(kind):
    """Each can be built without settings."""
    assert isinstance(build(kind, {}), Agent)


@pytest.mark.parametrize("kind", sorted(KINDS | SECTIONS))
def test_a_scenario_states_every_setting_of_an_agent_with_its_default(kind):
    """Built from a file or in Python, an agent without settings is the same one."""
    stated = dict(SECTIONS[kind](name="any"))

    assert build(kind, {})._asdict() | {"name": "any", "kind": kind} == stated


def test_an_unknown_kind_or_setting_is_named():
    """With what was probably meant."""
    with pytest.raises(ScenarioError, match=r"agent was 'tecnical', .* did you mean 'technical'"):
        build("tecnical", {})
    with pytest.raises(ScenarioError, match=r"'horizont' is no setting .* did you mean 'horizon'"):
        build("technical", {"horizont": 5})


def test_every_kind_is_described():
    """By the first line of its class; it says where it comes from."""
    described = {each["kind"]: each for each in describe()}

    assert sorted(described) == sorted(KINDS)
    assert {"earnings", "news"} <= {kind for kind, each in described.items() if each["reads_text"]}
    assert {each["origin"] for each in described.values()} == {"built in"}
    assert all(str(each["says"]).endswith(".") for each in described.values())
