"""What people said, stated as they said it; how far to believe them the pool learns."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import said_last
from steelyard.agents.reading import first_known
from steelyard.types.arrays import Bools, Ints
from steelyard.types.market import View
from steelyard.types.opinion import Abstention, Cause, Opinion, OpinionBlock
from steelyard.types.world import Snapshot

NEVER = -1
"""Index of the newest view where there is none."""


class Human(NamedTuple):
    """State the newest view of a person, with the score and confidence that person gave.

    A view is stated once, at the first step that knows it and is asked of its instrument:
    it then stands until the horizon ends, and settles once. Where it speaks for longer
    than a horizon, it is stated again whenever a horizon has passed. A newer view of the
    same person takes its place.

    A person's word is no numeric evidence: the agent counts as one that reads text, so
    that a view alone opens no risk.
    """

    horizon: int = 21
    refit_every: int = 63
    by: str | None = None
    """Whose views; None: everybody's, of which the newest counts."""
    stands: int | None = None
    """Steps for which a view speaks; None: the horizon."""

    @property
    def reads_text(self) -> bool:
        """Say yes: what it states is what somebody said, not what was measured."""
        return True

    def fit(self, past: Snapshot) -> None:
        """Learn nothing: a person's confidence is taken as stated, and calibrated like any."""

    def opine(self, now: Snapshot, fitted: None) -> Iterator[Opinion | Abstention]:
        """State what was said since this was last asked."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: None) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        del fitted
        views = [view for view in history.views if self.by in {None, view.by}]
        step = first_known(history, [view.known_at for view in views])
        newest = _newest(history, views, step)
        age = np.arange(history.step + 1)[:, None] - np.append(step, 0)[newest]
        young = (newest != NEVER) & (age < (self.stands or self.horizon))
        speaks = _due(history, newest, young, age // self.horizon)[first:]
        shown = newest[first:]
        silence = np.where(shown == NEVER, Cause.NO_DATA, Cause.NOTHING_NEW)
        cause = np.where(speaks, Cause.NONE, silence)
        score = np.array([*(view.score for view in views), 0.0])[shown]
        confidence = np.array([*(view.confidence for view in views), 0.0])[shown]
        return OpinionBlock(
            first=first,
            score=np.where(speaks, score, 0.0),
            confidence=np.where(speaks, confidence, 0.0),
            cause=np.where(history.listed[first:], cause, Cause.NOT_LISTED).astype(np.int64),
            claims=(),
        )


def _newest(history: Snapshot, views: list[View], step: Ints) -> Ints:
    """Give the index of the newest view known, shape (step + 1, n_instruments).

    Args:
        history: Known data.
        views: Ordered by `known_at`.
        step: First step that knows each view, shape (n_views,).
    """
    newest = np.full(history.listed.shape, NEVER, dtype=np.int64)
    column = {instrument.id: index for index, instrument in enumerate(history.instruments)}
    for index, view in enumerate(views):
        if view.instrument in column:
            newest[max(0, int(step[index])) :, column[view.instrument]] = index
    return newest


def _due(history: Snapshot, newest: Ints, young: Bools, turn: Ints) -> Bools:
    """Say where a view is stated: at the first step asked of each of its turns.

    All shapes are (step + 1, n_instruments).
    """
    asked = history.listed & history.timing.decides[:, None] & young
    due = np.zeros(asked.shape, dtype=np.bool_)
    for column in range(asked.shape[1]):
        steps = np.flatnonzero(asked[:, column])
        said = np.stack([newest[steps, column], turn[steps, column]])
        fresh = np.ones(len(steps), dtype=np.bool_)
        fresh[1:] = (said[:, 1:] != said[:, :-1]).any(axis=0)
        due[steps[fresh], column] = True
    return due
