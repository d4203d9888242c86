"""Agents whose skill is known because it was made: scripted, without skill, with skill."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from steelyard.types.arrays import Bools, Floats
from steelyard.types.opinion import Abstention, Cause, Opinion, OpinionBlock
from steelyard.types.outcome import total_outcomes
from steelyard.types.world import Snapshot, World


@dataclass(frozen=True, eq=False, slots=True)
class Scripted:
    """Says what its arrays say, step by step, whatever happens in the world."""

    score: Floats
    """In [-1, 1], shape (n_steps, n_instruments); 0: it abstains (`NO_EDGE`)."""
    confidence: Floats
    """In [0.5, 1] where the score is not 0, same shape."""
    horizon: int = 5
    """Steps."""
    refit_every: int = 63
    """Steps."""
    reads_text: bool = False

    def fit(self, _past: Snapshot) -> None:
        """Learn nothing."""

    def opine(self, now: Snapshot, _fitted: None) -> Iterator[Opinion | Abstention]:
        """Say the row of this step."""
        for column, instrument in enumerate(now.instruments):
            score = float(self.score[now.step, column])
            if not now.listed[-1, column]:
                continue
            if score == 0.0:
                yield Abstention(instrument.id, Cause.NO_EDGE)
            else:
                yield Opinion(instrument.id, score, float(self.confidence[now.step, column]))

    def opine_history(self, history: Snapshot, first: int, _fitted: None) -> OpinionBlock:
        """Say the rows of steps `first` to `history.step`."""
        rows = slice(first, history.step + 1)
        speaks = (self.score[rows] != 0.0) & history.listed[rows]
        cause = np.where(speaks, Cause.NONE, Cause.NO_EDGE).astype(np.int64)
        return OpinionBlock(
            first,
            np.where(speaks, self.score[rows], 0.0),
            np.where(speaks, self.confidence[rows], 0.0),
            np.where(history.listed[rows], cause, int(Cause.NOT_LISTED)),
            (),
        )


class Manner(NamedTuple):
    """How a made agent speaks."""

    horizon: int = 5
    """Steps its opinions are about."""
    every: int = 1
    """Steps from one opinion to the next; in between it abstains."""
    confidence: tuple[float, float] = (0.5, 0.55)
    """Least and most that it states, in [0.5, 1]; drawn evenly for each opinion."""


PLAIN = Manner()


def no_skill(world: World, seed: int, manner: Manner = PLAIN) -> Scripted:
    """Make an agent that speaks at random: its sides have nothing to do with the world."""
    rng = np.random.default_rng(seed)
    shape = world.bars.close.shape
    side = np.where(rng.random(shape) < 0.5, -1.0, 1.0)  # noqa: PLR2004 - a fair coin
    return _speaking(side, rng.uniform(*manner.confidence, shape), _turns(world, manner), manner)


def skilled(world: World, seed: int, manner: Manner = PLAIN) -> Scripted:
    """Make an agent that is right exactly as often as it says.

    It looks up each outcome and gives its side with the probability that it states, the
    wrong one otherwise. It abstains where nothing will settle. For tests of what comes
    after the tape, never for a look at an agent: it knows the future.

    Args:
        world: Whose outcomes it knows.
        seed: Of its confidences and its errors.
        manner: With `every` >= `horizon` no two of its windows overlap.
    """
    rng = np.random.default_rng(seed)
    outcome = total_outcomes(world.bars, world.timing, manner.horizon)
    confidence = rng.uniform(*manner.confidence, outcome.shape)
    truth = np.where(outcome > 0.0, 1.0, -1.0)
    side = np.where(rng.random(outcome.shape) < confidence, truth, -truth)
    return _speaking(side, confidence, _turns(world, manner) & np.isfinite(outcome), manner)


def _turns(world: World, manner: Manner) -> Bools:
    """Say at which steps the agent speaks, shape (n_steps, 1)."""
    turns: Bools = (np.arange(world.n_steps) % manner.every == 0)[:, None]
    return turns


def _speaking(side: Floats, confidence: Floats, speaks: Bools, manner: Manner) -> Scripted:
    """Give the agent; its scores are as large as the move that its confidence implies."""
    size = np.maximum(2.0 * confidence - 1.0, 1e-3)  # a score of 0 would be silence
    return Scripted(np.where(speaks, side * size, 0.0), confidence, manner.horizon)
