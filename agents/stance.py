"""Read whether a text on monetary policy leans towards tighter or easier money."""

import math
import re
from functools import lru_cache
from typing import NamedTuple

from steelyard.agents.lexicon import word_set

SATURATION = 2.0
"""Stance is s / sqrt(s^2 + SATURATION) of the summed values: one plain word gives 0.58."""
_CACHED_SENTENCES = 65536

_SENTENCE = re.compile(r"(?<=[.!?;])(?<!\bU\.S\.)(?<!\bMr\.)(?<!\bMs\.)\s+")
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?%?|[A-Za-z]+(?:['\u2019-][A-Za-z]+)*")
_HAWKISH = word_set(
    "tighten tightening tightened tighter restrictive hike hikes hiked hawkish firming overheating"
)
_DOVISH = word_set(
    "easing eased ease easier accommodative accommodation stimulus dovish slack purchases slowdown"
)
_UP = word_set(
    "raise raised raises raising increase increased increases increasing rise rose rising risen "
    "strong stronger strengthened strengthening higher elevated upward accelerated faster upside"
)
_DOWN = word_set(
    "lower lowered lowering decrease decreased decline declined declining fall fell falling reduce "
    "reduced cut weak weaker weakened weakening slow slowed slowing subdued downward downside"
)
_HEAT = word_set(
    "inflation prices price inflationary pressures growth activity spending demand employment "
    "payrolls labor wages rate rates rate. compensation gdp production"
)
_CHILL = word_set("unemployment joblessness")


class Stance(NamedTuple):
    """Which way a text on monetary policy leans, and where."""

    value: float
    """In [-1, 1], hawkish above 0, dovish below; 0 where no sentence leans."""
    quote: str
    """The sentence that decided, word for word as in the text; empty where none did."""
    n_sentences: int
    """Sentences that lean."""


@lru_cache(maxsize=1024)
def read_stance(text: str) -> Stance:
    """Read the mean stance of the sentences that carry one."""
    sentences = [part.strip() for part in _SENTENCE.split(text) if part.strip()]
    values = [read_sentence_stance(sentence) for sentence in sentences]
    leaning = [value for value in values if value]
    total = math.fsum(leaning)
    if total == 0.0:
        return Stance(0.0, "", len(leaning))
    deciding = max(range(len(values)), key=lambda index: values[index] * math.copysign(1.0, total))
    return Stance(total / len(leaning), sentences[deciding], len(leaning))


@lru_cache(maxsize=_CACHED_SENTENCES)
def read_sentence_stance(sentence: str) -> float:
    """Give the stance of one sentence in [-1, 1], hawkish above 0; 0 where it has none."""
    words = [token.lower() for token in _TOKEN.findall(sentence)]
    total = float(sum(word in _HAWKISH for word in words) - sum(word in _DOVISH for word in words))
    for index, word in enumerate(words):
        direction = (word in _UP) - (word in _DOWN)
        near = set(words[max(0, index - 4) : index + 5])
        if direction and near & _CHILL:
            total -= direction
        elif direction and near & _HEAT:
            total += direction
    return total / math.sqrt(total * total + SATURATION)
