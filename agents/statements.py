"""Statements on monetary policy, each held against the one before it."""

import math
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from steelyard.agents.sentences import compare, split_sentences
from steelyard.agents.stance import read_sentence_stance, read_stance
from steelyard.types.arrays import Floats, Ints
from steelyard.types.market import Document
from steelyard.types.units import DAY_NS
from steelyard.types.world import Snapshot

STATEMENT_FEATURES = ("stance_level", "stance_expected", "stance_surprise", "stance_reworded")
"""Change of stance is the sum of its expected part and its surprise: told apart, the two are
nearly independent, as the change and the surprise are not."""

FADE_NS = 46 * DAY_NS
"""Time over which a change fades in a straight line: committees meet about eight times a year."""

PRIOR_STATEMENTS = 8.0
"""Statements that the prior of no expectation counts for: one year of them."""

USUAL_CHANGE = 0.3
"""Prior size of a change of stance, on a scale from -1 to 1."""

USUAL_YIELD_MOVE = 0.25
"""Prior size of the short yield's move between statements, in percent: one common rate step."""

_CACHED_PAIRS = 1024


class Statement(NamedTuple):
    """What a statement says, and what it changes."""

    known_at: int
    """UTC nanoseconds."""
    document: Document
    quote: str
    """The sentence that decides its stance; empty where none does."""
    level: float
    """Stance in [-1, 1], hawkish above 0."""
    change: float
    """Level less that of the statement before; NaN in the first."""
    surprise: float
    """Change less what the changes before, and the market's yields, led one to expect."""
    reworded: float
    """Mean stance of new sentences less that of dropped ones; NaN in the first."""


def statements_of(
    known: Snapshot, kind: str | None, short_yield: Callable[[Ints], Floats]
) -> tuple[Statement, ...]:
    """Read the statements that are known, oldest first.

    Args:
        known: Known data; statements are its documents of `kind` that name no symbol.
        kind: Kind of document; None gives none.
        short_yield: Gives a short government yield in percent as known at any instants,
            NaN where there is none: what the market expects of rates to come.
    """
    found = [each for each in known.documents if each.kind == kind and not each.symbols]
    level = np.array([read_stance(each.text).value for each in found], dtype=np.float64)
    known_at = np.array([each.known_at for each in found], dtype=np.int64)
    change = np.diff(level, prepend=np.nan) if found else level
    # A yield known at the same instant may have moved on the statement itself.
    before = short_yield(known_at - 1)
    moved = np.diff(before, prepend=np.nan) if found else before
    surprise = surprises(change, moved)
    return tuple(
        Statement(
            known_at=document.known_at,
            document=document,
            quote=read_stance(document.text).quote,
            level=float(level[index]),
            change=float(change[index]),
            surprise=float(surprise[index]),
            reworded=_reworded(found[index - 1].text, document.text) if index else math.nan,
        )
        for index, document in enumerate(found)
    )


def surprises(change: Floats, moved: Floats) -> Floats:
    """Give what is left of each change after what was to be expected before it.

    The expectation is a ridge regression on the change before and on the move of a short
    yield since the last statement, fitted to earlier statements only; without any it is 0.

    Args:
        change: Changes of stance, shape (n,), the first NaN.
        moved: Moves of the short yield up to each statement, same shape; NaN counts as none.

    Returns:
        Same shape, NaN where `change` is.

    References:
        Kuttner (2001), Journal of Monetary Economics 47(3): only what markets did not
        expect of policy is news.
    """
    before = np.concatenate([[np.nan], change[:-1]])[: len(change)]
    hints = np.nan_to_num(np.stack([before / USUAL_CHANGE, moved / USUAL_YIELD_MOVE]), nan=0.0)
    left = np.full(len(change), np.nan)
    moment, covariance = np.zeros(2), np.eye(2) * PRIOR_STATEMENTS
    for index in np.flatnonzero(np.isfinite(change)).tolist():
        hint = hints[:, index]
        left[index] = change[index] - float((np.linalg.solve(covariance, moment) * hint).sum())
        moment += hint * change[index]
        covariance += np.outer(hint, hint)
    return left


def statement_features(statements: tuple[Statement, ...], as_of: Ints) -> Floats:
    """Give what the newest statement known at each instant says.

    The level stands until the next statement; what changed fades over `FADE_NS`.

    Returns:
        Shape (len(STATEMENT_FEATURES), len(as_of)); NaN before the first.
    """
    known_at = np.array([each.known_at for each in statements], dtype=np.int64)
    table = np.full((len(STATEMENT_FEATURES), 1 + len(statements)), np.nan)
    for index, each in enumerate(statements, start=1):
        expected = each.change - each.surprise
        table[:, index] = each.level, expected, each.surprise, each.reworded
    newest = newest_statement(statements, as_of)
    features = table[:, newest + 1]
    since = np.concatenate([[0], known_at])[newest + 1]
    fade = np.clip(1.0 - (as_of - since) / FADE_NS, 0.0, 1.0)
    features[1:] *= fade
    return features


def newest_statement(statements: tuple[Statement, ...], as_of: Ints) -> Ints:
    """Give the index of the newest statement known at each instant, -1 before the first."""
    known_at = np.array([each.known_at for each in statements], dtype=np.int64)
    return np.searchsorted(known_at, as_of, side="right").astype(np.int64) - 1


@lru_cache(maxsize=_CACHED_PAIRS)
def _reworded(older: str, newer: str) -> float:
    """Give the mean stance of what came less that of what went; 0 where nothing did."""
    changes = compare(split_sentences(older), split_sentences(newer))
    if changes is None:
        return math.nan
    return _mean_stance(changes.fresh) - _mean_stance(changes.dropped)


def _mean_stance(sentences: tuple[str, ...]) -> float:
    return math.fsum(map(read_sentence_stance, sentences)) / max(1, len(sentences))
