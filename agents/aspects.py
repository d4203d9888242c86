"""Read the tone of a text towards one of several things it speaks of."""

import re
from functools import lru_cache
from typing import NamedTuple

from steelyard.agents.clauses import clauses_of, words_of
from steelyard.agents.lexicon import word_set
from steelyard.agents.phrases import NOTHING
from steelyard.agents.tone import BACKGROUND, Hit, Tone, hits_among, read_tone, sentences_of, sum_up

BORROWED = 0.2
"""What words about others count for a thing of which nothing is said itself."""
BEHIND = 2
"""Words by which a name behind a word is farther than one before it: subjects come first."""
OTHER_CLAUSE = 8
"""Words that the border of a clause counts for."""
_CACHED_TEXTS = 65536
_LINKS = word_set("and or ,") | {NOTHING}
_ACTS = word_set(
    "raises lowers cuts slashes upgrades downgrades maintains-buy-on boosts boost lifts lift hurts "
    "hurt hits hit dents dent drags drag weighs-on weigh-on rattles spooks hammers overweight "
    "underweight outperform underperform bullish bearish constructive starts-at-buy"
)
"""What somebody does to something else, or thinks of it."""
_OWN, _OTHER = "thenamedone", "anothername"


class _Name(NamedTuple):
    """Where a sentence names something."""

    place: int
    clause: int
    own: bool
    """Whether it is what we ask about, or stands in one list with it."""


@lru_cache(maxsize=_CACHED_TEXTS)
def read_tone_of(title: str, text: str, names: tuple[str, ...], others: tuple[str, ...]) -> Tone:
    """Read the tone towards what goes by any of `names`, told apart from `others`.

    A word that carries tone counts for the nearest name, subjects first, and for all
    names in one list with it. Where nothing is said of it itself, words about others count
    `BORROWED`. Sentences that name others only are left out; a text without any of `names`
    is read as a whole.
    """
    known = {**dict.fromkeys(others, _OTHER), **dict.fromkeys(names, _OWN)}
    found = [(part, _mark(part, known)) for part in sentences_of(title, text)]
    if not any(_OWN in marked for _, marked in found):
        return read_tone(title, text)
    about = [(part, marked) for part, marked in found if _OWN in marked or _OTHER not in marked]
    return sum_up([part for part, _ in about], [_hits_about(marked) for _, marked in about])


def _mark(sentence: str, known: dict[str, str]) -> str:
    """Put marks in place of names, the longest first."""
    names = sorted((name for name in known if name), key=len, reverse=True)
    pattern = "|".join(map(re.escape, names))
    if not pattern:
        return sentence
    return re.sub(rf"(?<!\w)(?:{pattern})(?!\w)", lambda hit: f" {known[hit[0]]} ", sentence)


def _hits_about(marked: str) -> list[Hit]:
    """Keep the hits that belong to the mark `_OWN`, if the sentence has it."""
    words = words_of(marked)
    asks = marked.rstrip().endswith("?")
    names = _names(words)
    if all(name.own for name in names):
        return hits_among(words, asks=asks)
    clauses = clauses_of(words)
    starts = [clause.start for clause in clauses]
    told = {name.clause for name in names if name.own}
    kept = []
    for hit in hits_among(words, asks=asks, background=1.0):
        if _owner(hit, names, starts).own:
            clause = _clause_at(hit.place, starts)
            behind = clauses[clause].background and clause not in told
            kept.append(hit._replace(value=hit.value * (BACKGROUND if behind else 1.0)))
    return kept or [
        hit._replace(value=hit.value * BORROWED) for hit in hits_among(words, asks=asks)
    ]


def _names(words: list[str]) -> list[_Name]:
    """Find the marks; those in one list with `_OWN` are its own too."""
    starts = [clause.start for clause in clauses_of(words)]
    places = [place for place, word in enumerate(words) if word in {_OWN, _OTHER}]
    groups: list[list[int]] = []
    for place in places:
        if groups and _LINKS.issuperset(words[groups[-1][-1] + 1 : place]):
            groups[-1].append(place)
        else:
            groups.append([place])
    return [
        _Name(place, _clause_at(place, starts), any(words[near] == _OWN for near in group))
        for group in groups
        for place in group
    ]


def _clause_at(place: int, starts: list[int]) -> int:
    return sum(start <= place for start in starts) - 1


def _owner(hit: Hit, names: list[_Name], starts: list[int]) -> _Name:
    """Give the nearest name; what is done to something belongs to what stands behind."""
    clause = _clause_at(hit.place, starts)
    acts = hit.word in _ACTS

    def distance(name: _Name) -> int:
        wrong = acts != (name.place > hit.place)
        far = abs(name.place - hit.place) + (BEHIND if wrong else 0)
        return far + OTHER_CLAUSE * abs(name.clause - clause)

    return min(names, key=distance)
