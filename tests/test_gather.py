"""A gather refuses an agent that is seen to look ahead."""

import numpy as np
import pytest

import steelyard
from steelyard.agents.technical import Technical
from steelyard.errors import LookaheadError
from steelyard.gather import Asking, Block, Seat, gather
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.tape import tape_digest

WORLD = made_world(5, Recipe(n_steps=200))


@steelyard.agent(horizon=5, name="of_the_past")
def looks_back(known):
    """Go by the newest move."""
    close = known.bars.close
    moved = np.full_like(close, np.nan)
    moved[1:] = close[1:] / close[:-1] - 1.0
    return np.clip(20.0 * moved, -1.0, 1.0)


@steelyard.agent(horizon=5, name="of_the_future")
def looks_ahead(known):
    """Go by the move to come, and by the last one where none is known yet."""
    moved = looks_back.strengths(known)
    moved[:-1] = moved[1:]
    return moved


@steelyard.agent(horizon=5, name="of_all")
def looks_around(known):
    """Go by the newest move, measured against all there are."""
    moved = looks_back.strengths(known)
    return np.clip((moved - np.nanmean(moved)) / (3.0 * np.nanstd(moved)), -1.0, 1.0)


@pytest.mark.parametrize("agent", [looks_ahead(), looks_around()])
def test_an_agent_of_others_that_peeks_ends_the_run(agent):
    """Its figures would mean nothing; a look at one step of each block tells."""
    with pytest.raises(LookaheadError, match=r"says one thing of step \d+ when later steps"):
        gather(WORLD, [Seat("own", agent)])


def test_an_agent_that_keeps_to_the_past_is_let_be():
    """The look changes nothing of what is on the tape."""
    guarded = gather(WORLD, [Seat("own", looks_back())]).tape

    assert (guarded.cause == 0).sum() > 300
    assert tape_digest(guarded) == tape_digest(
        gather(WORLD, [Seat("own", looks_back())], guard=False).tape
    )


def test_built_in_agents_are_not_asked_twice(monkeypatch):
    """Our own tests prove them blind to the future, at every step."""
    asked = []
    answer = Technical.opine_history

    def counted(self, history, first, fitted):
        asked.append(first)
        return answer(self, history, first, fitted)

    monkeypatch.setattr(Technical, "opine_history", counted)
    Asking(WORLD, (Technical(),))(Block(0, 100, 150))

    assert asked == [100]
