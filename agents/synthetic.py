"""Opinions of a stated skill, planted in a made world together with its prices.

Whoever makes a world knows how it goes on, and so can plant opinions that are right as often as
it wants. This agent only reads them: row t of what was planted belongs to what is known at step
t, and no outcome is within its reach. There is nothing to read where prices are real.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import said_last
from steelyard.types.opinion import Abstention, Cause, Opinion, OpinionBlock
from steelyard.types.planted import Planting
from steelyard.types.world import Snapshot


class Synthetic(NamedTuple):
    """State opinions that are right as often as is asked for; in made worlds only."""

    horizon: int = 5
    refit_every: int = 63
    skill: float = 0.55
    """Probability that an opinion has the side of its outcome."""
    stated: float | None = None
    """What it says that probability is; None: what it is."""
    shared: float = 0.0
    """Part of its noise that it has in common with all who share any."""
    by: str | None = None
    """Whose noise it is; a scenario says the agent's own name where it is None."""

    @property
    def reads_text(self) -> bool:
        """Say no: it stands for an agent that measures."""
        return False

    @property
    def support(self) -> float:
        """State that there is nothing to doubt in what it claims: it claims nothing."""
        return 1.0

    @property
    def planting(self) -> Planting:
        """Say what must be planted for it."""
        return Planting.stating(self.by or "", self.horizon, self.skill, self.stated, self.shared)

    def fit(self, past: Snapshot) -> None:
        """Learn nothing: what it says was drawn with the world."""

    def opine(self, now: Snapshot, fitted: None) -> Iterator[Opinion | Abstention]:
        """State what was planted for this step."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: None) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        del fitted
        listed = history.listed[first:]
        planted = history.planted.get(self.planting)
        if planted is None:
            cause = np.where(listed, Cause.NO_DATA, Cause.NOT_LISTED).astype(np.int64)
            nothing = np.zeros(listed.shape)
            return OpinionBlock(first, nothing, nothing, cause, ())
        score, confidence = planted.score[first:], planted.confidence[first:]
        speaks = listed & (score != 0.0)
        cause = np.select([~listed, speaks], [Cause.NOT_LISTED, Cause.NONE], Cause.NO_EDGE)
        return OpinionBlock(
            first,
            np.where(speaks, score, 0.0),
            np.where(speaks, confidence, 0.0),
            cause.astype(np.int64),
            (),
        )
