"""What documents say of those that a dated relation ties to an instrument."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, get_args

import numpy as np

from steelyard.agents.answers import said_last, state_opinions
from steelyard.agents.linear import Learnt, Rule, learn, lessons_of, scaled_outcomes
from steelyard.agents.mentions import (
    SILENT,
    Loud,
    Mentions,
    faded,
    loudest,
    mentions_of,
    n_young,
    quote_of,
    summed,
)
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Relation, RelationKind
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.world import Snapshot

KINDS: tuple[RelationKind, ...] = tuple(kind for kind in get_args(RelationKind) if kind != "none")
PRIOR = Rule(centre=np.zeros(len(KINDS)), spread=np.ones(len(KINDS)), weight=np.ones(len(KINDS)))
"""Before a rule can be fitted: what is good for one is good for the other. Customers' news
reaches suppliers late (Cohen and Frazzini, 2008, Journal of Finance 63(4)), and rivals' bad
news is, on average, bad (Lang and Stulz, 1992, Journal of Financial Economics 32(1))."""
WEAKER = 0.5
"""Share of the learnt strength that is stated: maps of relations are drawn by people who know
what became of them, so what was learnt on one promises too much."""


class Related(NamedTuple):
    """Carry documents over to instruments that relations tie to whom they speak of.

    It hears the tone of each kind of relation's stories, and learns with which sign and
    strength it told of settled outcomes. What names the instrument itself is left to
    others. Its claims cite documents on the source.
    """

    horizon: int = 5
    refit_every: int = 63
    half_life: float = 5.0
    """Steps."""

    @property
    def reads_text(self) -> bool:
        """Say yes: it reads documents and nothing else."""
        return True

    def fit(self, past: Snapshot) -> Learnt:
        """Learn the weight of each kind of relation, and how often it told the truth."""
        heard = _hear(past, self.half_life)
        lessons = lessons_of(
            past,
            self.horizon,
            features=heard.features,
            target=np.where(heard.young, scaled_outcomes(past, self.horizon), np.nan),
            speaks=heard.young & past.listed & past.timing.decides[:, None],
        )
        return learn(lessons, PRIOR)

    def opine(self, now: Snapshot, fitted: Learnt) -> Iterator[Opinion | Abstention]:
        """Speak on every instrument to which a young story is carried over."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: Learnt) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        heard = _hear(history, self.half_life)
        learnt = np.clip(fitted.rule.strength(heard.features[:, first:]), -1.0, 1.0)
        strength = np.where(heard.young[first:], WEAKER * learnt, np.nan)
        silence = np.where(heard.tied, Cause.NOTHING_NEW, Cause.NO_DATA)[first:].astype(np.int64)

        def claims(row: int, column: int) -> tuple[Claim, ...]:
            weight = fitted.rule.weight * np.sign(strength[row, column])
            return (self._cited(history, heard.ties[column], first + row, weight),)

        return state_opinions(history, strength, silence, fitted.skill, claims)

    def _cited(self, history: Snapshot, ties: list["_Tie"], step: int, weight: Floats) -> Claim:
        """Cite the story that says most for the side of the strength, and on whom it is."""
        found: list[tuple[Loud, str]] = []
        for tie in ties:
            kind = int(tie.kind[step])
            if kind >= 0:
                side = float(weight[kind])
                found.append((loudest(tie.stories, step, side, self.half_life), tie.source))
        loud, source = max(found, key=lambda each: (each[0].amount, each[0].document))
        return quote_of(history.documents[loud.document], source)


class _Tie(NamedTuple):
    """What ties a source to one target, step by step."""

    source: str
    kind: Ints
    """Index into `KINDS`, below 0 where there is no relation; shape (n_steps,)."""
    stories: Mentions
    """On the source, none that names the target."""


class _Heard(NamedTuple):
    """What is carried over; matrices have shape (n_steps, n_instruments)."""

    features: Floats
    """Mean tone by kind of relation, shape (len(KINDS), n_steps, n_instruments)."""
    young: Bools
    """Whether a story is young."""
    tied: Bools
    """Whether any relation is known, and has not ended."""
    ties: list[list[_Tie]]
    """By instrument."""


def _hear(known: Snapshot, half_life: float) -> _Heard:
    """Carry stories over as far as relations reached at each step."""
    ties = _ties(known)
    shape = len(KINDS), *known.listed.shape
    said, heard, count = np.zeros(shape), np.zeros(shape), np.zeros(shape)
    tied = np.zeros(known.listed.shape, dtype=np.bool_)
    for column, own in enumerate(ties):
        for tie in own:
            tied[:, column] |= tie.kind >= 0
            there = tie.kind == np.arange(len(KINDS))[:, None]
            for total, amount in zip(
                (said, heard, count), _amounts(tie.stories, shape[1], half_life), strict=True
            ):
                total[:, :, column] += np.where(there, amount[:, 0], 0.0)
    features = np.where(count > 0.0, said / (heard + SILENT), np.nan)
    young: Bools = np.any(count > 0.0, axis=0)
    return _Heard(features, young, tied, ties)


def _amounts(stories: Mentions, n_steps: int, half_life: float) -> tuple[Floats, Floats, Floats]:
    """Give tone times weight, weight, and number of young stories; each shape (n_steps, 1)."""
    shape = (n_steps, 1)
    weight = summed(stories, stories.weight, shape)
    tone = summed(stories, stories.weight * stories.tone, shape)
    return faded(tone, half_life), faded(weight, half_life), n_young(stories, shape, half_life)


def _ties(known: Snapshot) -> list[list[_Tie]]:
    """Find what is tied to each instrument, in order of the source's name."""
    sources = tuple(sorted({relation.source for relation in known.relations}))
    stories = _stories_of(known, sources) if sources else {}
    pairs: dict[tuple[str, str], list[Relation]] = {}
    for relation in known.relations:
        pairs.setdefault((relation.source, relation.target), []).append(relation)
    return [
        [
            _Tie(source, _kind_at(known, pairs[source, name]), _not_naming(known, told, name))
            for source, told in stories.items()
            if (source, name) in pairs and source != name
        ]
        for name in (instrument.id for instrument in known.instruments)
    ]


def _stories_of(known: Snapshot, sources: tuple[str, ...]) -> Mapping[str, Mentions]:
    """Give the stories that name each source, all in column 0."""
    mentions = mentions_of(known, sources)
    named = np.array([bool(document.symbols) for document in known.documents], dtype=np.bool_)
    told = mentions.only(mentions.tells & named[mentions.document]) if len(named) else mentions
    return {
        source: told.only(told.column == index)._replace(
            column=np.zeros(int((told.column == index).sum()), dtype=np.int64)
        )
        for index, source in enumerate(sources)
    }


def _not_naming(known: Snapshot, stories: Mentions, target: str) -> Mentions:
    """Leave out what names the target itself."""
    documents = known.documents
    other = [target not in documents[index].symbols for index in stories.document.tolist()]
    return stories.only(np.array(other, dtype=np.bool_))


def _kind_at(known: Snapshot, relations: list[Relation]) -> Ints:
    """Give the kind that holds at each step: that of the newest row known by then."""
    kind = np.full(known.step + 1, -1, dtype=np.int64)
    for relation in sorted(relations, key=lambda each: each.known_at):
        first = int(np.searchsorted(known.timing.as_of, relation.known_at, side="left"))
        kind[first:] = KINDS.index(relation.kind) if relation.kind in KINDS else -1
    return kind
