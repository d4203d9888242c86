"""What documents say of each instrument, and what such words told of settled outcomes."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import said_last, state_opinions
from steelyard.agents.impact import Impact, Moves, expected_moves, impacts
from steelyard.agents.linear import Learnt, Rule, learn, lessons_of, scaled_outcomes
from steelyard.agents.mentions import (
    COMPANY,
    PRESS,
    SOCIAL,
    Mentions,
    loudest,
    mentions_of,
    n_young,
    quote_of,
    summed,
    told_of_each,
    tone_level,
)
from steelyard.agents.trailing import trailing_sum
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.outcome import settle_offset
from steelyard.types.world import Snapshot

FEATURES = ("social", "press", "company", "momentum", "divergence", "attention", "event")
PRIOR = Rule(
    centre=np.zeros(len(FEATURES)),
    spread=np.ones(len(FEATURES)),
    weight=np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]),
)
"""Before a rule can be fitted: tone goes on, whoever speaks (Tetlock, Saar-Tsechansky and
Macskassy, 2008)."""
LONGER = 4.0
"""Half-lives of the tone that momentum is held against: a month where news lasts a week."""
WEEK, YEAR = 5, 250
"""Spans of attention in steps, named for bars of a session."""


class Reading(NamedTuple):
    """What the past taught about documents."""

    learnt: Learnt
    impacts: tuple[Impact, ...]
    """Of every kind of event, as known at the fit."""


class News(NamedTuple):
    """Weigh what documents say of each instrument by what such words told before.

    It hears tone by who speaks, its change, where posts lean away from the press, how much
    is said, and what came after such events. Copies of a story do not count again. With
    none younger than three half-lives it has nothing new to say.

    Sources: Tetlock, Saar-Tsechansky and Macskassy (2008), Journal of Finance 63(3): words
    of firm news foretell returns, briefly. Tetlock (2011), Review of Financial Studies
    24(5): stale news does not.
    """

    horizon: int = 5
    refit_every: int = 63
    half_life: float = 5.0
    """Steps."""

    @property
    def reads_text(self) -> bool:
        """Say yes: it reads documents and nothing else."""
        return True

    def fit(self, past: Snapshot) -> Reading:
        """Learn the features' weights, how often they told the truth, and events' impacts."""
        heard = _hear(past, self.horizon, self.half_life)
        lessons = lessons_of(
            past,
            self.horizon,
            features=heard.features,
            target=np.where(heard.young, heard.moves.target, np.nan),
            speaks=heard.young & past.listed & past.timing.decides[:, None],
        )
        return Reading(learn(lessons, PRIOR), impacts(heard.mentions, heard.moves))

    def opine(self, now: Snapshot, fitted: Reading) -> Iterator[Opinion | Abstention]:
        """Speak on every instrument with a story that is still young."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: Reading) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        heard = _hear(history, self.horizon, self.half_life)
        strength = fitted.learnt.rule.strength(heard.features[:, first:])
        silence = np.where(heard.seen, Cause.NOTHING_NEW, Cause.NO_DATA)[first:].astype(np.int64)
        stories = told_of_each(heard.mentions, len(history.instruments))

        def claims(row: int, column: int) -> tuple[Claim, ...]:
            side = float(np.sign(heard.level[first + row, column]))
            loud = loudest(stories[column], first + row, side, self.half_life)
            document = history.documents[loud.document]
            about = history.instruments[column].id if document.symbols else ""
            return (quote_of(document, about),)

        said = np.where(heard.young[first:], strength, np.nan)
        return state_opinions(history, said, silence, fitted.learnt.skill, claims)


class _Heard(NamedTuple):
    """What all documents say together; matrices have shape (n_steps, n_instruments)."""

    mentions: Mentions
    features: Floats
    """Shape (len(FEATURES), n_steps, n_instruments)."""
    level: Floats
    """Tone of all channels, in (-1, 1)."""
    young: Bools
    """Whether a story is young."""
    seen: Bools
    """Whether any document was known."""
    moves: Moves


def _hear(known: Snapshot, horizon: int, half_life: float) -> _Heard:
    """Take down what was said up to each step; row t rests on what was known at step t."""
    mentions = mentions_of(known, tuple(instrument.id for instrument in known.instruments))
    stories = mentions.only(mentions.tells)
    shape = known.listed.shape
    moves = Moves(
        target=scaled_outcomes(known, horizon),
        horizon=horizon,
        settle_offset=settle_offset(known.timing, horizon),
    )
    level = tone_level(stories, shape, half_life)
    seen = {
        "social": tone_level(stories.only(stories.group == SOCIAL), shape, half_life),
        "press": tone_level(stories.only(stories.group == PRESS), shape, half_life),
        "company": tone_level(stories.only(stories.group == COMPANY), shape, half_life),
        "momentum": level - tone_level(stories, shape, LONGER * half_life),
        "divergence": _divergence(stories, shape, half_life),
        "attention": _attention(mentions, shape),
        "event": expected_moves(stories, moves, half_life),
    }
    features = np.stack([seen[name] for name in FEATURES])
    young = n_young(stories, shape, half_life) > 0.0
    return _Heard(mentions, features, level, young, _seen(mentions, shape), moves)


def _divergence(stories: Mentions, shape: tuple[int, int], half_life: float) -> Floats:
    """Give how far posts lean away from press and company; NaN where one of both is silent."""
    posted = stories.group == SOCIAL
    sides = [stories.only(posted), stories.only(~posted)]
    both = np.logical_and(*(n_young(side, shape, half_life) > 0.0 for side in sides))
    social, other = (tone_level(side, shape, half_life) for side in sides)
    return np.where(both, social - other, np.nan)


def _attention(mentions: Mentions, shape: tuple[int, int]) -> Floats:
    """Give the log of how much was said in a week, copies too, against a usual week."""
    count = summed(mentions, np.ones(len(mentions.step)), shape)
    recent, past = trailing_sum(count, WEEK), trailing_sum(count, YEAR)
    n_weeks = np.minimum(np.arange(1, shape[0] + 1), YEAR)[:, None] / WEEK
    return np.log((1.0 + recent) / (1.0 + past / np.maximum(n_weeks, 1.0)))


def _seen(mentions: Mentions, shape: tuple[int, int]) -> Bools:
    """Say from which step on any document spoke of the instrument."""
    since: Ints = np.full(shape[1], shape[0], dtype=np.int64)
    np.minimum.at(since, mentions.column, mentions.step)
    return np.arange(shape[0])[:, None] >= since
