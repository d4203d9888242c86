"""Read the tone of a short English text about money, and the words that decided it.

A movement is judged by what moves: a raised forecast is good, a raised fine is bad, a loss
that narrows is good. Words nearby turn a value (not, no longer), strengthen it (sharply) or
weaken it (slightly). Where a figure is only set beside an older one ("profit of 5 million,
compared with 4 million"), the figures themselves say which way it went.
"""

import itertools
import math
import re
from functools import lru_cache
from typing import NamedTuple

from steelyard.agents.lexicon import (
    BAD_TARGET,
    EASING,
    FORCE,
    GOOD_TARGET,
    MOVE,
    PHRASE,
    REFERENCE,
    TURN,
    VALUE,
    word_set,
)

SATURATION = 2.0
"""Tone is s / sqrt(s^2 + SATURATION) of the summed values: one plain word gives 0.58."""
TARGET_REACH = 6
"""Words between a movement and what moves; a clause seldom puts more between them."""
TURN_REACH = 3
"""Words after a turning word that it still turns."""
TURNED = -0.7
"""What "not good" is worth against "good": turned, and a little weaker."""
NO_TARGET = 0.5
"""What a movement is worth when the clause does not say what moved."""
_CACHED_TEXTS = 65536

_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?%?|[A-Za-z]+(?:['\u2019-][A-Za-z]+)*|;")
_SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bInc\.)(?<!\bCorp\.)(?<!\bCo\.)(?<!\bvs\.)(?<!\bU\.S\.)(?<!\bNo\.)\s+"
)
_CLAUSE_ENDS = word_set("; but while although though whereas however despite after until as")
_AGAINST = word_set("from versus vs against than compared")
_BOUNDED = word_set("above below short under")
_SCALE = {
    "thousand": 1e3, "million": 1e6, "mln": 1e6, "mn": 1e6, "m": 1e6, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "trillion": 1e12,
}  # fmt: skip
_MONTHS = word_set(
    "january february march april may june july august september october november december "
    "jan feb mar apr jun jul aug sep sept oct nov dec quarter"
)
_LOSS = word_set("loss losses deficit")
_YEARS = (1900.0, 2100.0)


class Tone(NamedTuple):
    """What a text says, and where."""

    value: float
    """In [-1, 1]; 0 where no word carries tone."""
    quote: str
    """The sentence that decided, word for word as in the text; empty where none did."""
    words: tuple[str, ...]
    """The words that counted, in order."""


class Hit(NamedTuple):
    """One word that counted."""

    word: str
    value: float


@lru_cache(maxsize=_CACHED_TEXTS)
def read_tone(title: str, text: str) -> Tone:
    """Read title and text as one; every sentence counts the same."""
    sentences = [part for whole in (title, text) for part in _SENTENCE.split(whole) if part]
    hits = [sentence_hits(sentence) for sentence in sentences]
    sums = [math.fsum(hit.value for hit in found) for found in hits]
    total = math.fsum(sums)
    if total == 0.0:
        return Tone(0.0, "", ())
    deciding = max(range(len(sums)), key=lambda index: sums[index] * math.copysign(1.0, total))
    words = tuple(hit.word for found in hits for hit in found)
    value = total / math.sqrt(total * total + SATURATION)
    return Tone(value, sentences[deciding].strip(), words)


def sentence_hits(sentence: str) -> list[Hit]:
    """Give the words of a sentence that carry tone, with their value in context."""
    return [hit for clause in _clauses(_words(sentence)) for hit in _clause_hits(clause)]


def _words(sentence: str) -> list[str]:
    """Split into lower-case words and figures, known pairs joined."""
    found = [token.lower().replace("\u2019", "'") for token in _TOKEN.findall(sentence)]
    words: list[str] = []
    for word in found:
        joined = PHRASE.get((words[-1], word)) if words else None
        if joined is None:
            words.append(word)
        else:
            words[-1] = joined
    return words


def _clauses(words: list[str]) -> list[list[str]]:
    """Cut where a contrast begins."""
    clauses: list[list[str]] = [[]]
    for word in words:
        if word in _CLAUSE_ENDS:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return clauses


def _clause_hits(words: list[str]) -> list[Hit]:
    """Judge the movements of a clause first, then its figures, then single words."""
    used: set[int] = set()
    values: dict[int, float] = {}
    moves = [index for index, word in enumerate(words) if _moves(words, index)]
    for index in sorted(moves, key=lambda index: words[index] not in EASING):
        if index not in used:
            values[index] = _move_value(words, index, used)
    if not values:
        values |= _figures_value(words, used)
    for index, word in enumerate(words):
        if index not in used and index not in values:
            own = VALUE.get(word) or BAD_TARGET.get(word) or 0.0
            if own:
                values[index] = own
    return [
        Hit(words[index], value * _turn(words, index) * _force(words, index))
        for index, value in sorted(values.items())
    ]


def _moves(words: list[str], index: int) -> bool:
    """Say whether the word names a movement here; "above" does so beside a reference only."""
    word = words[index]
    if word not in MOVE:
        return False
    if word not in _BOUNDED:
        return True
    return any(near in REFERENCE or near[:1].isdigit() for near in words[index + 1 : index + 6])


def _move_value(words: list[str], index: int, used: set[int]) -> float:
    """Judge a movement by what moves, and mark that as used."""
    direction = MOVE[words[index]]
    from_there = words[index + 1 : index + 2] == ["from"]
    if from_there:  # up from a loss: the loss is over
        used.update(place for place, word in enumerate(words) if word in _LOSS and place > index)
    before_only = words[index] in _BOUNDED or from_there
    target = _nearest_target(words, index, used, before_only=before_only)
    if target < 0:
        own = VALUE.get(words[index])
        return direction * NO_TARGET if own is None else own
    if words[index] in EASING and words[target - 1 : target] in (["in"], ["of"]):
        target -= 2 * (words[max(0, target - 2)] in MOVE)
    used.add(target)
    word = words[target]
    if word in _LOSS and "to" in words[index + 1 : target]:  # slipped, or swung, to a loss
        return -1.0
    if words[index] in EASING and word in MOVE and word not in GOOD_TARGET | BAD_TARGET.keys():
        return -_move_value(words, target, {*used, index})
    bad = word in BAD_TARGET or _is_bad_kind(words, target, used)
    return -direction if bad else direction


def _nearest_target(words: list[str], index: int, used: set[int], *, before_only: bool) -> int:
    """Give the place of the nearest thing that can move, -1 where there is none."""
    easing = words[index] in EASING
    for distance in range(1, TARGET_REACH + 1):
        for place in (index - distance, index + distance):
            if not 0 <= place < len(words) or (before_only and place > index):
                continue
            word = words[place]
            known = word in GOOD_TARGET or word in BAD_TARGET or (easing and word in MOVE)
            if known and place not in used:
                return place
    return -1


def _is_bad_kind(words: list[str], target: int, used: set[int]) -> bool:
    """Say whether a good noun belongs to a bad one: growth in costs, cost forecast."""
    if target > 0 and words[target - 1] in BAD_TARGET:
        used.add(target - 1)
        return True
    after = words[target + 1 : target + 2]
    if after and after[0] in {"in", "of", "for"}:
        for place in range(target + 2, min(target + 5, len(words))):
            if words[place] in BAD_TARGET:
                used.add(place)
                return True
    return False


def _turn(words: list[str], index: int) -> float:
    """Give `TURNED` after an odd number of turning words nearby, else 1."""
    near = words[max(0, index - TURN_REACH) : index]
    n_turns = sum(word in TURN for word in near)
    return TURNED if n_turns % 2 else 1.0


def _force(words: list[str], index: int) -> float:
    """Give the factor of the nearest adverb or adjective, 1 where there is none."""
    for place in (index - 1, index + 1, index - 2, index + 2):
        if 0 <= place < len(words) and words[place] in FORCE:
            return FORCE[words[place]]
    return 1.0


class _Number(NamedTuple):
    place: int
    value: float
    """In units, negative for a loss."""
    percent: bool


def _figures_value(words: list[str], used: set[int]) -> dict[int, float]:
    """Judge "target A compared with B" by its figures, where no word says which way."""
    target = next((i for i, word in enumerate(words) if _is_countable(word)), -1)
    if target < 0:
        return {}
    numbers = _numbers(words, target)
    for now, then in itertools.pairwise(numbers):
        between = words[now.place + 1 : then.place]
        if now.percent == then.percent and _AGAINST.intersection(between):
            used.update(place for place, word in enumerate(words) if _is_countable(word))
            sign = -1.0 if _counts_against(words[target]) else 1.0
            return {now.place: sign * float((now.value > then.value) - (now.value < then.value))}
    return {}


def _is_countable(word: str) -> bool:
    return word in GOOD_TARGET or word in BAD_TARGET


def _counts_against(word: str) -> bool:
    """Say whether a figure of it is bad when large; a loss is a negative profit instead."""
    return word in BAD_TARGET and word not in _LOSS


def _numbers(words: list[str], target: int) -> list[_Number]:
    """Find the figures after `target` that are no dates, with scale and sign."""
    numbers = []
    sign = 1.0
    for place in range(target, len(words)):
        word = words[place]
        if word in _LOSS:
            sign = -1.0
        elif word in {"profit", "income", "earnings"}:
            sign = 1.0
        if not word[:1].isdigit() or _is_date(words, place):
            continue
        scale = _SCALE.get(words[place + 1], 1.0) if place + 1 < len(words) else 1.0
        value = float(word.rstrip("%").replace(",", ""))
        numbers.append(_Number(place, sign * value * scale, word.endswith("%")))
    return numbers


def _is_date(words: list[str], place: int) -> bool:
    """Say whether a bare figure is a year or a day of a month."""
    word = words[place]
    if not word.isdigit():
        return False
    near = {*words[max(0, place - 1) : place], *words[place + 1 : place + 2]}
    return _YEARS[0] < float(word) < _YEARS[1] or bool(near & _MONTHS)
