"""Results against what the reports before them led one to expect."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import said_last, state_opinions
from steelyard.agents.reading import asked
from steelyard.agents.skill import Skill, earn
from steelyard.agents.surprises import Event, events_of
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.world import Snapshot


class Earnings(NamedTuple):
    """Say whether results beat what earlier reports foretold, and how often that paid.

    Growth is held against the same quarter a year ago, and surprise is growth less what
    is left of the growth reported last (a seasonal random walk whose changes persist).
    Guidance is held against the guidance before it, else like growth. A surprise speaks
    for `memory` steps and fades in a straight line.

    Sources: Foster (1977), The Accounting Review 52(1), for the expectation; Bernard and
    Thomas (1989), Journal of Accounting Research 27, for the drift after surprises, most
    of it within a quarter.
    """

    horizon: int = 21
    refit_every: int = 63
    memory: int = 63
    """Steps a report speaks for."""

    @property
    def reads_text(self) -> bool:
        """Say yes: its figures come from documents."""
        return True

    def fit(self, past: Snapshot) -> Skill:
        """Learn from settled outcomes how often surprises of this size paid."""
        heard = _hear(past, 0, self.memory)
        return earn(asked(past, heard.strength), past.outcomes(self.horizon), self.horizon)

    def opine(self, now: Snapshot, fitted: Skill) -> Iterator[Opinion | Abstention]:
        """Speak on every instrument whose newest report is younger than `memory`."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: Skill) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        heard = _hear(history, first, self.memory)

        def claims(row: int, column: int) -> tuple[Claim, ...]:
            return heard.events[column][int(heard.newest[row, column])].claims

        return state_opinions(history, heard.strength, heard.silence, fitted, claims)


class _Heard(NamedTuple):
    """Events by step; matrices have shape (n_block, n_instruments)."""

    strength: Floats
    """In [-1, 1]; NaN where the newest event is too old, or there is none."""
    silence: Ints
    """Cause of each NaN."""
    newest: Ints
    """Index of the newest event of the instrument."""
    events: list[list[Event]]
    """By instrument."""


def _hear(history: Snapshot, first: int, memory: int) -> _Heard:
    """Let the newest event of each instrument speak for steps `first` to `history.step`."""
    events = events_of(history)
    shape = (history.step + 1 - first, len(events))
    strength = np.full(shape, np.nan)
    silence = np.full(shape, int(Cause.NO_DATA))
    latest = np.full(shape, -1)
    steps = np.arange(first, history.step + 1)
    for column, found in enumerate(events):
        for index, event in enumerate(found):
            age = steps - event.step
            fading = event.strength * (1.0 - age / memory)
            known = age >= 0
            strength[known, column] = np.where(age < memory, fading, np.nan)[known]
            silence[known, column] = Cause.NOTHING_NEW
            latest[known, column] = index
    return _Heard(strength, silence, latest, events)
