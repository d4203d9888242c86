"""Read what kind of event a text reports, and who plays which part in it."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

EventKind = Literal[
    "results",
    "guidance",
    "merger",
    "product",
    "regulation",
    "litigation",
    "supply",
    "management",
    "geopolitical",
    "other",
]
_CACHED_TEXTS = 65536

_SENTENCE = re.compile(r"(?<=[.!?])(?<!\bInc\.)(?<!\bCorp\.)(?<!\bCo\.)(?<!\bvs\.)(?<!\bU\.S\.)\s+")
_NAME = r"((?:[A-Z$][\w&.'\u2019-]*\s?)+)"
_ACQUISITION = re.compile(
    _NAME + r"\s*(?:\w+ ){0,3}?(?:acquires?|acquired|to acquire|buys?|to buy|bought|takes? over)"
    r"\s+(?:\w+ ){0,3}?" + _NAME
)
_CUES: Mapping[EventKind, re.Pattern[str]] = MappingProxyType(
    {
        "merger": re.compile(
            r"\b(acqui\w+|merge\w*|takeover|buyout|tender offer)\b", re.IGNORECASE
        ),
        "litigation": re.compile(
            r"\b(lawsuits?|sues?|sued|court|jury|settle\w*|verdict)\b", re.IGNORECASE
        ),
        "regulation": re.compile(
            r"\b(regulat\w+|antitrust|FTC|SEC|FDA|FAA|probe\w*)\b", re.IGNORECASE
        ),
        "guidance": re.compile(r"\b(guidance|outlook|forecasts?|expects|warns?)\b", re.IGNORECASE),
        "results": re.compile(
            r"\b(earnings|results|EPS|quarter\w*|profits?|revenues?)\b", re.IGNORECASE
        ),
        "management": re.compile(
            r"\b(CEO|CFO|chairman|resign\w*|appoint\w*|steps? down)\b", re.IGNORECASE
        ),
        "supply": re.compile(r"\b(suppl\w+|shortages?|strikes?|factory|plants?)\b", re.IGNORECASE),
        "geopolitical": re.compile(
            r"\b(tariffs?|sanctions?|war|trade talks?|election)\b", re.IGNORECASE
        ),
        "product": re.compile(
            r"\b(launch\w*|unveil\w*|introduc\w+|recall\w*|new model)\b", re.IGNORECASE
        ),
    }
)


class Event(NamedTuple):
    """What a text reports."""

    kind: EventKind
    quote: str
    """The sentence that decided, word for word as in the text; empty where none did."""
    roles: tuple[tuple[str, str], ...]
    """Pairs of role and phrase as in the text, such as ("acquirer", "Google")."""


@lru_cache(maxsize=_CACHED_TEXTS)
def read_event(title: str, text: str) -> Event:
    """Read title before text; the first sentence that reports an event decides."""
    sentences = [part for whole in (title, text) for part in _SENTENCE.split(whole) if part]
    for sentence in sentences:
        for kind, cue in _CUES.items():
            if cue.search(sentence):
                roles = _roles(sentence) if kind == "merger" else ()
                return Event(kind, sentence.strip(), roles)
    return Event("other", "", ())


def _roles(sentence: str) -> tuple[tuple[str, str], ...]:
    """Find who acquires whom."""
    found = _ACQUISITION.search(sentence)
    if found is None:
        return ()
    return ("acquirer", found[1].strip()), ("target", found[2].strip())
