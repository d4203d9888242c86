"""Faults of agents: what each does to a tape, and that it leaves alone what came before."""

import numpy as np
import pytest

from steelyard.agents import faults
from steelyard.agents.faults import Onset
from steelyard.types.opinion import Cause
from steelyard.types.tape import Tape

FIRST = 40
ONSET = Onset(FIRST, agent_index=1, seed=3)
FAULTS = {
    "down": faults.down,
    "flipped": faults.flipped,
    "overconfident": faults.overconfident,
    "late": faults.late,
    "decaying": faults.decaying,
}
COLUMNS = ("score", "confidence", "support", "cause")


@pytest.fixture
def tape():
    """A tape of 120 steps, three agents and two instruments; a tenth of the cells is silent."""
    rng = np.random.default_rng(1)
    shape = (120, 3, 2)
    spoke = rng.random(shape) < 0.9
    return Tape(
        agents=("a", "b", "c"),
        instruments=("X", "Y"),
        horizon=np.array([5, 5, 5]),
        reads_text=np.array([False, False, True]),
        score=np.where(spoke, rng.uniform(-1, 1, shape), 0.0),
        confidence=np.where(spoke, rng.uniform(0.5, 0.6, shape), 0.0),
        support=np.where(spoke, 0.5, 0.0),
        cause=np.where(spoke, Cause.NONE, Cause.NO_EDGE).astype(np.int64),
        checks=(),
    )


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_leaves_alone_what_was_said_before_it(name, tape):
    """Rows before the first are the same to the bit, and the tape given is not written to."""
    before = {column: getattr(tape, column).copy() for column in COLUMNS}
    faulty = FAULTS[name](tape, ONSET)

    for column in COLUMNS:
        assert np.array_equal(getattr(faulty, column)[:FIRST], before[column][:FIRST])
        assert np.array_equal(getattr(tape, column), before[column])


@pytest.mark.parametrize("name", ["down", "flipped", "overconfident"])
def test_a_fault_of_one_agent_leaves_the_others_alone(name, tape):
    """What other agents say is the same to the bit."""
    faulty = FAULTS[name](tape, ONSET)

    for column in COLUMNS:
        assert np.array_equal(getattr(faulty, column)[:, [0, 2]], getattr(tape, column)[:, [0, 2]])


@pytest.mark.parametrize("name", FAULTS)
def test_who_did_not_speak_has_no_opinion(name, tape):
    """Score, confidence and support are 0 exactly where there is a cause."""
    faulty = FAULTS[name](tape, ONSET)
    silent = faulty.cause != Cause.NONE

    assert np.array_equal(faulty.score == 0.0, silent)
    assert np.array_equal(faulty.confidence == 0.0, silent)


def test_an_agent_that_is_down_says_nothing_and_why(tape):
    """Where it spoke it is LOST; where it had been silent its own cause stays."""
    cause = faults.down(tape, ONSET).cause[FIRST:, 1]

    spoke = tape.cause[FIRST:, 1] == Cause.NONE
    assert set(cause[spoke]) == {Cause.LOST}
    assert np.array_equal(cause[~spoke], tape.cause[FIRST:, 1][~spoke])


def test_late_opinions_are_those_of_three_steps_before(tape):
    """Until the first arrives all wait."""
    faulty = faults.late(tape, ONSET)

    assert np.array_equal(faulty.score[FIRST + 3 :], tape.score[FIRST:-3])
    assert (faulty.cause[FIRST : FIRST + 3] != Cause.NONE).all()


def test_skill_decays_to_a_coin_at_its_half_life(tape):
    """Few sides have turned at once, half of all in the end; sizes stay."""
    faulty = faults.decaying(tape, ONSET, half_life=10.0)
    turned = np.sign(faulty.score) != np.sign(tape.score)

    assert turned[FIRST : FIRST + 2].mean() < 0.15
    assert 0.4 < turned[-40:].mean() < 0.55
    assert np.array_equal(np.abs(faulty.score), np.abs(tape.score))


def test_decay_depends_on_its_seed_alone(tape):
    """The same seed gives the same noise, another seed another."""
    first, second = (faults.decaying(tape, ONSET).score for _ in range(2))
    other = faults.decaying(tape, ONSET._replace(seed=4)).score

    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_a_crowd_pushes_as_the_panel_turns_and_lets_go(tape):
    """One whole change of mind pushes by two sides at once; half is left three bars later."""
    score = np.ones(tape.score.shape)
    score[: FIRST + 1] = -1.0
    pressure = faults.crowd_pressure(
        tape._replace(score=score, cause=np.zeros_like(tape.cause)), ONSET
    )

    assert np.array_equal(pressure[: FIRST + 1], np.zeros((FIRST + 1, 2)))
    assert pressure[FIRST + 1, 0] == 2.0
    assert pressure[FIRST + 4, 0] == pytest.approx(1.0)


def test_the_loudest_agent_had_the_largest_say():
    """Absolute shares count, of the steps before the one named."""
    share = np.zeros((10, 2, 1, 3))
    share[5, :, 0, 2] = -0.4
    share[4, :, 0, 0] = 0.3
    share[8, :, 0, 1] = 9.0

    assert faults.loudest(share, 8, 5) == 2
