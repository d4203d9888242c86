"""The synthetic agent reads what was planted, and has nothing to say where nothing was."""

from dataclasses import replace

import numpy as np

from steelyard.agents.panel import ask
from steelyard.agents.synthetic import Synthetic
from steelyard.gather import Seat, gather
from steelyard.testing.contract import contract_faults
from steelyard.testing.worlds import made_world
from steelyard.types.opinion import Cause
from steelyard.types.planted import Planted

WORLD = made_world(4)
AGENT = Synthetic(by="ann")


def planted_world():
    """Give a world in which one side is planted at every step."""
    rng = np.random.default_rng(1)
    score = rng.choice([-0.3, 0.0, 0.3], WORLD.listed.shape)
    opinions = Planted(score, np.where(score == 0.0, 0.0, 0.62))
    return replace(WORLD, planted={AGENT.planting: opinions})


def test_it_keeps_the_contract_of_agents():
    """Blind to the future above all."""
    assert contract_faults(AGENT, planted_world()) == []


def test_it_says_what_was_planted():
    """At each step that row, and no other."""
    world = planted_world()

    block = ask(AGENT, world.snapshot, range(200, 210), None)

    rows = world.planted[AGENT.planting].score[200:210]
    assert np.allclose(block.score, np.where(world.listed[200:210], rows, 0.0))
    quiet = world.listed[200:210] & (rows == 0.0)
    assert (block.cause[quiet] == Cause.NO_EDGE).all()


def test_without_planted_opinions_it_has_no_data():
    """Another's are not its own."""
    others = replace(WORLD, planted={AGENT._replace(by="bob").planting: planted_world()})

    for world in (WORLD, others):
        block = ask(AGENT, WORLD.snapshot, range(200, 210), None)
        assert (block.cause[world.listed[200:210]] == Cause.NO_DATA).all()


def test_its_support_is_stated():
    """It claims nothing that could be doubted."""
    tape = gather(planted_world(), [Seat("ann", AGENT)]).tape

    spoke = tape.cause[:, 0] == Cause.NONE
    assert spoke.any()
    assert (tape.support[:, 0][spoke] == 1.0).all()
    assert (tape.support[:, 0][~spoke] == 0.0).all()
