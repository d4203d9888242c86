"""Cut an English sentence about money into words and clauses."""

import re
from typing import NamedTuple

from steelyard.agents.lexicon import word_set
from steelyard.agents.phrases import LONGEST, NOTHING, PHRASE

SENTENCE = re.compile(
    r"(?<=[.!?])(?<!\bInc\.)(?<!\bCorp\.)(?<!\bCo\.)(?<!\bvs\.)(?<!\bU\.S\.)(?<!\bNo\.)"
    r"(?<!\bLtd\.)(?<!\bMr\.)(?<!\bDr\.)(?<!\bSt\.)\s+"
)
"""Where a sentence ends."""
_NO_WORDS = re.compile(r"https?://\S*|(?<!\w)[#@]\w+|\$[A-Z][A-Z.]*\b|\b[A-Z]+:[A-Z]+\b")
"""Links, tags, tickers: names that may look like words."""
_TOKEN = re.compile(
    r"(?<![\w%.])[+\u2212-]\d[\d,]*(?:\.\d+)?%"
    r"|\d[\d,]*(?:\.\d+)?%?|[A-Za-z]+(?:['\u2019-][A-Za-z]+)*|[;,]"
)
_INVITATION = re.compile(
    r"\b(?:read|sign up|subscribe|follow|get|click|listen|tune)\b[^.]{0,40}"
    r"\b(?:more|updates?|stock|podcast|info|here)\b",
    re.IGNORECASE,
)
"""What a page says about itself: read more, sign up for updates."""
_OPTION = {"calls": "bought-calls", "puts": "bought-puts"}
"""Options are meant where a strike price stands before the word."""
_MAIN = word_set("; but while whereas however until yet")
_BACKGROUND = word_set(
    "after as amid despite although though because following on over before when since"
)


class Clause(NamedTuple):
    """A run of words of one sentence."""

    words: list[str]
    start: int
    """Place of its first word in the sentence."""
    background: bool
    """Whether it tells why, when or despite what the news came."""


def words_of(sentence: str) -> list[str]:
    """Split into lower-case words and figures; groups that belong together are joined."""
    plain = _INVITATION.sub(" ", _NO_WORDS.sub(" ", sentence))
    found = [token.lower().replace("\u2019", "'") for token in _TOKEN.findall(plain)]
    words: list[str] = []
    place = 0
    while place < len(found):
        length, joined = _group(found, place)
        after_strike = words != [] and words[-1][:1].isdigit()
        words.append(_OPTION.get(joined, joined) if after_strike else joined)
        place += length
    return words


def _group(found: list[str], place: int) -> tuple[int, str]:
    """Give the length of the longest known group that starts here, and its word."""
    for length in range(min(LONGEST, len(found) - place), 0, -1):
        joined = PHRASE.get(tuple(found[place : place + length]))
        if joined is not None:
            return length, joined
    return 1, found[place]


def clauses_of(words: list[str]) -> list[Clause]:
    """Cut where a contrast, a cause or a concession begins; a comma ends the latter two."""
    clauses = [Clause([], 0, background=False)]
    for place, word in enumerate(words):
        behind = word in _BACKGROUND and not _is_measure(words, place)
        if word in _MAIN or behind or (word == "," and clauses[-1].background):
            clauses.append(Clause([], place + 1, background=behind))
        else:
            clauses[-1].words.append(NOTHING if word == "," else word)
    return clauses


def _is_measure(words: list[str], place: int) -> bool:
    """Say whether "over" or "on" only introduces a figure: up over 5 %."""
    return words[place + 1 : place + 2] != [] and words[place + 1][:1].isdigit()
