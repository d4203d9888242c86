"""Sentences of a text, and which of them are new against an older text."""

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.agents.clauses import SENTENCE
from steelyard.agents.lexicon import word_set
from steelyard.types.arrays import Floats

SAME = 0.5
"""Least Jaccard likeness of two sentences' words for one to be the other reworded."""

LEAST_WORDS = 4
"""Words that say something; sentences with fewer ("Thank you, Jane.") are not compared."""

_CACHED_PAIRS = 1024

_END = re.compile(rf"{SENTENCE.pattern}|(?<=:)\s*\n\s*|\n\s*\n")
_TOKEN = re.compile(r"[a-z]+(?:['\u2019][a-z]+)?|\d")
_EMPTY = word_set(
    "a an and are as at be been being but by can did do does for from had has have he her his i if "
    "in into is it it's its just let me my now of on or our so than that the their them then there "
    "these they this those to us was we we're we've well were what when where which who will with "
    "would you your first second third fourth january february march april may june july august "
    "september october november december"
)
"""Words that a sentence shares with most others, and those that change with the calendar."""


class Changes(NamedTuple):
    """What an older text and a newer one do not share."""

    fresh: tuple[str, ...]
    """Sentences that the newer one adds, word for word."""
    dropped: tuple[str, ...]
    """Sentences of the older one that are gone."""
    share: float
    """Share of the newer one's sentences that are fresh, in [0, 1]."""


def split_sentences(text: str) -> tuple[str, ...]:
    """Split a text into its sentences, each word for word as it stands there."""
    return tuple(part.strip() for part in _END.split(text) if part.strip())


@lru_cache(maxsize=_CACHED_PAIRS)
def compare(older: tuple[str, ...], newer: tuple[str, ...]) -> Changes | None:
    """Find the sentences of two texts that have no like in the other.

    Figures, months and the numbers of quarters are left out, so that a report that only
    brings its figures up to date says nothing new.

    Returns:
        None where one of them has no sentence of `LEAST_WORDS`.

    References:
        Cohen, Malloy and Nguyen (2020), Journal of Finance 75(3): firms that change the
        words of their reports earn less afterwards; likeness by Jaccard is one of theirs.
    """
    old, new = _telling(older), _telling(newer)
    if not old or not new:
        return None
    likeness = _jaccard([words for _, words in new], [words for _, words in old])
    fresh = tuple(new[row][0] for row in np.flatnonzero(likeness.max(axis=1) < SAME))
    dropped = tuple(old[row][0] for row in np.flatnonzero(likeness.max(axis=0) < SAME))
    return Changes(fresh, dropped, len(fresh) / len(new))


def _telling(sentences: tuple[str, ...]) -> list[tuple[str, frozenset[str]]]:
    """Give the sentences long enough to be compared, with their words."""
    worded = ((each, _words(each)) for each in dict.fromkeys(sentences))
    return [(each, words) for each, words in worded if len(words) >= LEAST_WORDS]


def _words(sentence: str) -> frozenset[str]:
    found = _TOKEN.findall(sentence.lower().replace("\u2019", "'"))
    return frozenset(word for word in found if word not in _EMPTY and not word.isdigit())


def _jaccard(rows: list[frozenset[str]], columns: list[frozenset[str]]) -> Floats:
    """Give the shared part of all words of each pair, shape (n_rows, n_columns)."""
    # Sorted, so that sums do not depend on the hashes of words.
    places = {word: place for place, word in enumerate(sorted(frozenset().union(*rows, *columns)))}
    left, right = _incidence(rows, places), _incidence(columns, places)
    shared: Floats = (left @ right.T).astype(np.float64)  # counts, exact in single precision
    either = left.sum(axis=1)[:, None] + right.sum(axis=1)[None, :] - shared
    likeness: Floats = shared / either
    return likeness


def _incidence(sentences: list[frozenset[str]], places: dict[str, int]) -> npt.NDArray[np.float32]:
    table = np.zeros((len(sentences), len(places)), dtype=np.float32)
    for row, words in enumerate(sentences):
        table[row, [places[word] for word in words]] = 1.0
    return table
