"""Read the tone of a short English text about money, and the words that decided it.

A movement is judged by what moves: a raised forecast is good, a raised fine is bad, a loss
that narrows is good. Words nearby turn a value (not, no longer), strengthen it (sharply) or
weaken it (slightly). What stands behind "on", "after" or "despite" is the background and
counts less, and so does a question. Where a figure is only set beside an older one ("profit
of 5 million, compared with 4 million"), the figures themselves say which way it went.
"""

import itertools
import math
from functools import lru_cache
from typing import NamedTuple

from steelyard.agents.clauses import SENTENCE, Clause, clauses_of, words_of
from steelyard.agents.lexicon import (
    ADVICE,
    AUXILIARY,
    BAD_TARGET,
    DRIFT,
    EASING,
    FORCE,
    GOOD_TARGET,
    MONEY,
    MOVE,
    REFERENCE,
    TURN,
    VALUE,
    word_set,
)
from steelyard.agents.phrases import NOTHING, PHRASE_VALUE

SATURATION = 2.0
"""Tone is s / sqrt(s^2 + SATURATION) of the summed values: one plain word gives 0.58."""
TARGET_REACH = 6
"""Words between a movement and what moves; a clause seldom puts more between them."""
TURN_REACH = 3
"""Words after a turning word that it still turns."""
TURNED = -0.7
"""What "not good" is worth against "good": turned, and a little weaker."""
NO_TARGET = 0.3
"""What a movement is worth when the clause does not say what moved."""
PRICE_MOVE = 0.8
"""What a rise or fall is worth when nothing is named: then it is the price that moved."""
BACKGROUND = 0.4
"""What a cause or a concession counts against the news itself."""
ASKED = 0.3
"""What a question counts against a statement."""
_CACHED_TEXTS = 65536
_PARTICLES = word_set("up down")
_AFTER_PARTICLE = word_set(
    "in from by for at to against versus about almost nearly sharply slightly more further "
    "over nearly premarket today this early a an the per strongly big another around pre post with"
)
_BEFORE_PARTICLE = word_set(
    "is are was were be ends end ended opens open opened closes close closed trades trading "
    "shares stock stocks price prices futures markets market edges edge inches inch heads moves "
    "moved goes went going finish finishes finished settle settles settled"
)
_COMPARED = word_set("more less fewer larger greater bigger smaller")
_RAISE = word_set("raise raises raising raised")
_HIT = word_set("hit hits hitting")
_MARK = word_set("peak trough record highest lowest high low target milestone")
_AGAINST = word_set("from versus vs against than compared")
_BOUNDED = word_set("above below under")
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
    place: int
    """Its index among the words of the sentence."""


@lru_cache(maxsize=_CACHED_TEXTS)
def read_tone(title: str, text: str) -> Tone:
    """Read title and text as one; every sentence counts the same."""
    sentences = sentences_of(title, text)
    return sum_up(sentences, [sentence_hits(sentence) for sentence in sentences])


def sentences_of(title: str, text: str) -> list[str]:
    """Split both where sentences end."""
    return [part for whole in (title, text) for part in SENTENCE.split(whole) if part]


def sum_up(sentences: list[str], hits: list[list[Hit]]) -> Tone:
    """Add the values, and quote the sentence that weighs most on their side."""
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
    return hits_among(words_of(sentence), asks=sentence.rstrip().endswith("?"))


def hits_among(words: list[str], *, asks: bool, background: float = BACKGROUND) -> list[Hit]:
    """Judge every clause of a sentence; background and questions count less than news."""
    asks = asks or (words != [] and words[0] in AUXILIARY)
    clauses = clauses_of(words)
    for clause in clauses:
        clause.words[:1] = [ADVICE.get(word, word) for word in clause.words[:1]]
    found = [_clause_hits(clause) for clause in clauses]
    told = any(hits for hits, clause in zip(found, clauses, strict=True) if not clause.background)
    weights = [
        (ASKED if asks else 1.0) * (background if clause.background and told else 1.0)
        for clause in clauses
    ]
    return [
        Hit(hit.word, hit.value * weight, hit.place)
        for hits, weight in zip(found, weights, strict=True)
        for hit in hits
    ]


def _clause_hits(clause: Clause) -> list[Hit]:
    """Judge the movements of a clause first, then its figures, then single words."""
    words = clause.words
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
            own = VALUE.get(word) or BAD_TARGET.get(word) or PHRASE_VALUE.get(word) or 0.0
            if own and word not in MOVE and not _reaches(words, index):
                values[index] = own
    return [
        Hit(words[index], value * _turn(words, index) * _force(words, index), clause.start + index)
        for index, value in sorted(values.items())
    ]


def _reaches(words: list[str], index: int) -> bool:
    """Say whether a hit only reaches a mark: hit a high, hit 50."""
    near = words[index + 1 : index + 4]
    return words[index] in _HIT and any(word in _MARK or word[:1].isdigit() for word in near)


def _direction(word: str) -> float:
    """Give 1 for a word or figure that says up, -1 for down, 0 for others."""
    if word[-1:] == "%" and not word[0].isdigit():
        return 1.0 if word[0] == "+" else -1.0
    return MOVE.get(word, 0.0)


def _moves(words: list[str], index: int) -> bool:
    """Say whether the word names a movement here; "above" does so beside a reference only."""
    word = words[index]
    if not _direction(word):
        return False
    after = words[index + 1 : index + 2]
    if word in _BOUNDED:
        return any(near in REFERENCE or near[:1].isdigit() for near in words[index + 1 : index + 6])
    if word in _COMPARED:
        return any(_is_countable(near) for near in words[index + 1 : index + 3])
    if word in _PARTICLES and after:
        plain = not after[0][:1].isdigit() and after[0] not in _AFTER_PARTICLE | {NOTHING}
        before = words[index - 1] if index else NOTHING
        return not plain or before in _BEFORE_PARTICLE or _is_countable(before)
    return not (word in _RAISE and after and (after[0] in MONEY or after[0][:1].isdigit()))


def _move_value(words: list[str], index: int, used: set[int]) -> float:
    """Judge a movement by what moves, and mark that as used."""
    direction = _direction(words[index])
    from_there = words[index + 1 : index + 2] == ["from"]
    if from_there:  # up from a loss: the loss is over
        used.update(place for place, word in enumerate(words) if word in _LOSS and place > index)
    target = _nearest_target(words, index, used)
    if target < 0:
        own = VALUE.get(words[index])
        drifts = words[index] in DRIFT or words[index] not in MOVE
        return direction * PRICE_MOVE if drifts else own or direction * NO_TARGET
    if words[index] in EASING and words[target - 1 : target] in (["in"], ["of"]):
        eased = max(0, target - 2)  # of "rise in costs" the rise; never the easing itself
        target = eased if eased not in {*used, index} and words[eased] in MOVE else target
    used.add(target)
    word = words[target]
    if word in _LOSS and "to" in words[index + 1 : target]:  # slipped, or swung, to a loss
        return -1.0
    if words[index] in EASING and word in MOVE and word not in GOOD_TARGET | BAD_TARGET.keys():
        return -_move_value(words, target, {*used, index})
    bad = word in BAD_TARGET or _is_bad_kind(words, target, used)
    return -direction if bad else direction


def _nearest_target(words: list[str], index: int, used: set[int]) -> int:
    """Give the place of the nearest thing that can move, -1 where there is none."""
    easing = words[index] in EASING
    for place in _places(words, index):
        if 0 <= place < len(words) and place not in used:
            word = words[place]
            if _is_countable(word) or (easing and word in MOVE):
                return place
    return -1


def _places(words: list[str], index: int) -> list[int]:
    """Give where to look for what moves, best first.

    "Costs fell", but "lowered costs": a move that needs an object looks for it behind itself.
    """
    word = words[index]
    before = [index - distance for distance in range(1, TARGET_REACH + 1)]
    after = [index + distance for distance in range(1, TARGET_REACH + 1)]
    if word in _BOUNDED or word not in MOVE or words[index + 1 : index + 2] == ["from"]:
        return before
    if word in DRIFT or words[index + 1 : index + 2] == ["to"]:
        return [place for pair in zip(before, after, strict=True) for place in pair]
    return [after[0], before[0], *after[1:], *before[1:]]


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
