"""Cut an English sentence about money into words and clauses."""

import re
from typing import NamedTuple

from steelyard.agents.lexicon import word_set
from steelyard.agents.phrases import LONGEST, NOTHING, PHRASE, join_groups

NOT_ABBREVIATED = "".join(
    rf"(?<!\b{each}\.)" for each in r"Inc Corp Co vs U\.S No Ltd Mr Ms Dr St".split()
)
"""Pattern of a place behind no abbreviation, where a sentence may end."""
SENTENCE = re.compile(rf"(?<=[.!?]){NOT_ABBREVIATED}\s+")
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
    words = list(join_groups(found, PHRASE, LONGEST))
    after_strike = (place > 0 and words[place - 1][:1].isdigit() for place in range(len(words)))
    return [
        _OPTION.get(word, word) if after else word
        for word, after in zip(words, after_strike, strict=True)
    ]


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
