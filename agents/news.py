"""The tone of documents, and how often the price then went that way."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import said_last, state_opinions
from steelyard.agents.reading import LONG_AGO, asked, document_steps
from steelyard.agents.skill import Skill, earn
from steelyard.agents.tone import Tone, read_tone
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Document
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.world import Snapshot

MARKET_WEIGHT = 0.5
"""Weight of a document on the whole market beside one on the instrument itself.

The market explains roughly a quarter to a third of the variance of a large company's
return, so about half of a move of the market's size is to be expected in it.
"""
REACH = 3
"""Half-lives for which a document speaks; after them an eighth of it is left."""
PRIOR_DOCUMENTS = 10.0
"""Documents that the prior of a kind's impact counts for."""
IMPACT_RANGE = (0.5, 2.0)
"""Bounds of a kind's impact, so that no handful of documents rules the rest."""


class Reading(NamedTuple):
    """What the past taught about documents."""

    skill: Skill
    impact: tuple[tuple[str, float], ...]
    """Size of the moves after documents of a kind, relative to all moves, by kind."""


class News(NamedTuple):
    """Say which way the words of recent documents lean, and how often that told the truth.

    Tone is summed over documents with a weight that halves every `half_life` steps and
    grows with the size (never the side) of the moves that followed documents of the kind.
    With none younger than `REACH` half-lives the agent has nothing new to say.

    Source: Tetlock, Saar-Tsechansky and Macskassy (2008), Journal of Finance 63(3): words
    of firm news foretell returns, briefly.
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
        """Learn how large moves are by kind of document, then how often tone was right."""
        outcome = past.outcomes(self.horizon)
        impact = kind_impact(past, outcome)
        heard = _hear(past, 0, self.half_life, dict(impact))
        return Reading(earn(asked(past, heard.strength), outcome, self.horizon), impact)

    def opine(self, now: Snapshot, fitted: Reading) -> Iterator[Opinion | Abstention]:
        """Speak on every instrument with a document that is still young."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: Reading) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        heard = _hear(history, first, self.half_life, dict(fitted.impact))
        silence = np.where(heard.seen, Cause.NOTHING_NEW, Cause.NO_DATA).astype(np.int64)

        def claims(row: int, column: int) -> tuple[Claim, ...]:
            document = history.documents[heard.loudest[row, column]]
            return (_quote(document, history.instruments[column].id),)

        return state_opinions(history, heard.strength, silence, fitted.skill, claims)


def kind_impact(past: Snapshot, outcome: Floats) -> tuple[tuple[str, float], ...]:
    """Give the size of the moves after each kind of document, relative to all moves.

    Args:
        past: Known data.
        outcome: Settled outcomes, shape (step + 1, n_instruments); NaN where none.

    Returns:
        Pairs of kind and impact in `IMPACT_RANGE`, sorted; means of |outcome| over the
        instrument's mean |outcome|, shrunk towards 1. Sides are not used, so that
        strengths stay out of sample for the fit of the skill.
    """
    size = np.abs(outcome)
    n_settled = np.isfinite(size).sum(axis=0)
    usual = np.nansum(size, axis=0) / np.maximum(n_settled, 1)
    sums: dict[str, float] = {}
    counts: dict[str, int] = {}
    names = {instrument.id: index for index, instrument in enumerate(past.instruments)}
    for document, step in zip(past.documents, document_steps(past).tolist(), strict=True):
        for symbol in document.symbols:
            column = names.get(symbol)
            if step == LONG_AGO or column is None or not np.isfinite(size[step, column]):
                continue
            sums[document.kind] = sums.get(document.kind, 0.0) + size[step, column] / usual[column]
            counts[document.kind] = counts.get(document.kind, 0) + 1
    return tuple(
        (kind, float(np.clip(_shrunk(sums[kind], counts[kind]), *IMPACT_RANGE)))
        for kind in sorted(sums)
    )


def _shrunk(total: float, count: int) -> float:
    """Give the mean of `count` ratios, drawn towards 1."""
    return (PRIOR_DOCUMENTS + total) / (PRIOR_DOCUMENTS + count)


class _Heard(NamedTuple):
    """Documents summed up by step; all of shape (n_block, n_instruments)."""

    strength: Floats
    """In [-1, 1]; NaN where no document is young."""
    loudest: Ints
    """Index of the document that adds most to the strength's side."""
    seen: Bools
    """Whether any document on the instrument or the market was known."""


class _Voice(NamedTuple):
    """One document's share in the rows it reaches."""

    document: int
    """Its index."""
    rows: slice
    columns: list[int]
    share: Floats
    """Shape (n_rows, 1)."""


def _hear(history: Snapshot, first: int, half_life: float, impact: Mapping[str, float]) -> _Heard:
    """Sum the tone of young documents for steps `first` to `history.step`."""
    shape = (history.step + 1 - first, len(history.instruments))
    young = np.zeros(shape, dtype=np.bool_)
    total = np.zeros(shape)
    voices = list(_voices(history, first, half_life, impact))
    for voice in voices:
        young[voice.rows, voice.columns] = True
        total[voice.rows, voice.columns] += voice.share
    return _Heard(
        np.where(young, np.clip(total, -1.0, 1.0), np.nan),
        _loudest(total, voices),
        _seen(history, first),
    )


def _loudest(total: Floats, voices: list[_Voice]) -> Ints:
    """Give the document with the largest share in the side of the sum, the newest of equals."""
    loudest = np.full(total.shape, -1, dtype=np.int64)
    most = np.full(total.shape, -np.inf)
    side = np.sign(total)
    for voice in voices:
        cell = np.ix_(range(*voice.rows.indices(len(total))), voice.columns)
        share = voice.share * side[cell]
        louder = share >= most[cell]
        most[cell] = np.where(louder, share, most[cell])
        loudest[cell] = np.where(louder, voice.document, loudest[cell])
    return loudest


def _voices(
    history: Snapshot, first: int, half_life: float, impact: Mapping[str, float]
) -> Iterator[_Voice]:
    """Give every document that is young somewhere in the block, in order of `known_at`."""
    reach = math.ceil(REACH * half_life)
    names = {instrument.id: index for index, instrument in enumerate(history.instruments)}
    fade = 0.5 ** (np.arange(reach) / half_life)
    for index, step in enumerate(document_steps(history).tolist()):
        if step + reach <= first:
            continue
        document = history.documents[index]
        columns = _columns(document, names)
        skipped = max(0, first - step)
        weight = impact.get(document.kind, 1.0) * (1.0 if document.symbols else MARKET_WEIGHT)
        share = fade[skipped : history.step + 1 - step] * (weight * _tone(document).value)
        rows = slice(step + skipped - first, step + skipped - first + len(share))
        yield _Voice(index, rows, columns, share[:, None])


def _columns(document: Document, names: Mapping[str, int]) -> list[int]:
    """Give the instruments a document speaks of; all where it names none."""
    if not document.symbols:
        return list(names.values())
    return sorted({names[symbol] for symbol in document.symbols if symbol in names})


def _seen(history: Snapshot, first: int) -> Bools:
    """Say from which step on any document spoke of the instrument."""
    names = {instrument.id: index for index, instrument in enumerate(history.instruments)}
    since = np.full(len(names), history.step + 1)
    for document, step in zip(history.documents, document_steps(history).tolist(), strict=True):
        for column in _columns(document, names):
            since[column] = min(since[column], step)
    return np.arange(first, history.step + 1)[:, None] >= since


def _tone(document: Document) -> Tone:
    return read_tone(document.title, document.text)


def _quote(document: Document, instrument: str) -> Claim:
    """Cite the sentence that decided the tone, word for word."""
    return Claim(
        entity=instrument if document.symbols else "",
        metric="quote",
        value=1.0,
        unit="quote",
        scale=1.0,
        period="",
        source=f"document:{document.id}",
        quote=_tone(document).quote,
    )
