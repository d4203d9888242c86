"""How a company tells its quarter, held against how it told the one before."""

import math
import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from steelyard.agents.calls import Call, read_call
from steelyard.agents.lexicon import word_set
from steelyard.agents.reading import document_steps
from steelyard.agents.sentences import compare
from steelyard.agents.tone import read_tone
from steelyard.types.arrays import Floats
from steelyard.types.market import Document
from steelyard.types.units import DAY_NS
from steelyard.types.world import Snapshot

MANNER_FEATURES = (
    "tone_prepared",
    "tone_answers",
    "hedging",
    "adjusted",
    "evasion",
    "figures",
    "share_fresh",
    "tone_fresh",
)
"""Changes since the company's last text of the kind; the gap between the tones of prepared
remarks and of answers is the difference of the first two."""

LEAST_CHARACTERS = 2000
"""A shorter text, some 350 words, is a summary: how it is told is its editor's doing."""
SAME_REPORT_NS = 30 * DAY_NS
"""A text so soon after the last of its kind is that one again, edited."""
USUAL_SHARE = 0.5
"""Share of fresh sentences that says nothing either way: a round guess."""
LEAST_SENTENCES = 30
"""Fewer before questions are a welcome and the disclaimers, no remarks on the quarter."""
_CACHED = 512

_WORD = re.compile(r"[A-Za-z]+(?:['\u2019-][A-Za-z]+)*")
_FIGURE = re.compile(r"(?<![\w.])[$\u20ac\u00a3]?\d[\d,]*(?:\.\d+)?")
_HEDGES = word_set(
    "may might could perhaps possibly possible maybe probably likely unlikely uncertain "
    "uncertainty uncertainties unclear unpredictable unknown depend depends depending contingent "
    "tentative tentatively somewhat appear appears seem seems seemingly suggest suggests believe "
    "guess hope hopefully assume assumes assuming assumption assumptions risk risks volatile "
    "volatility fluctuate fluctuates fluctuation fluctuations vary varies potentially presumably "
    "roughly approximately around difficult unsure doubt doubtful cautious cautiously"
)
"""Words that leave a way out; written by hand, from no published list."""
_ADJUSTED = re.compile(
    r"\b(?:adjust(?:ed|ing|ment|ments)|exclud(?:e|es|ed|ing)|pro[ -]forma|non-?gaap|ebitda|"
    r"underlying|normali[sz]ed|one-time|non-?recurring|organic(?:ally)?|ex-items|"
    r"constant[ -]currency|before special items|free cash flow)\b",
    re.IGNORECASE,
)
"""Marks of figures that follow no common standard."""
_NOT = r"(?:not|n['\u2019]t|cannot|never)"
_TELL = (
    r"(?:break(?:ing)? (?:(?:that|this|it|those|them) )?(?:out|down)|disclos\w+|comment\w*|"
    r"speculat\w+|shar(?:e|ed|ing)|quantif\w+|guid(?:e|ed|ing)|predict\w*|get(?:ting)? into|"
    r"go(?:ing)? into|provid(?:e|ed|ing)|giv(?:e|en|ing)|announc\w+|be(?:ing)? specific|"
    r"split(?:ting)? (?:that|this|it|those) out|talk\w* about|discuss\w*)"
)
_EVASION = re.compile(
    rf"{_NOT}(?: \w+){{0,4}} {_TELL}\b|\bno comment\b|\b(?:rather|prefer) not\b|"
    rf"\bdeclin(?:e|ed|ing) to {_TELL}|\b(?:too|very) early to\b|\bstay tuned\b|"
    r"\bnothing (?:new |more |else |further )?to (?:add|share|announce|say|report)\b|"
    rf"\bdo{_NOT} have (?:\w+ ){{0,3}}(?:number|figure|update|detail)",
    re.IGNORECASE,
)
"""Ways to say that a question is not answered."""


class Manner(NamedTuple):
    """How a text is told; NaN where it has no such part."""

    tone_prepared: float
    """Mean tone of prepared sentences, in [-1, 1]."""
    tone_answers: float
    """Mean tone of the company's answers, sentence by sentence."""
    hedging: float
    """Hedging words, per 1000 words."""
    adjusted: float
    """Marks of adjusted figures, per 1000 words."""
    evasion: float
    """Share of answers in which something is plainly not answered."""
    figures: float
    """Numbers, per 1000 words."""


class Held(NamedTuple):
    """A text held against the one before it."""

    features: Floats
    """Changes, shape (len(MANNER_FEATURES),); NaN where not both have the part."""
    quote: str
    """Word for word, the sentence that speaks plainest for the way the tone went, new ones
    before others; empty where none carries tone."""


@lru_cache(maxsize=_CACHED)
def manner_of(text: str) -> Manner:
    """Measure how a transcript or report is told.

    References:
        Price, Doran, Peterson and Bliss (2012), Journal of Banking and Finance 36(4): tone
        of questions and answers apart. Loughran and McDonald (2011), Journal of Finance
        66(1): uncertain words. Hollander, Pronk and Roelofsen (2010), Journal of Accounting
        Research 48(3): questions left unanswered.
    """
    call = read_call(text)
    answers = tuple(each for answer in call.answers for each in answer)
    said = " ".join((*call.prepared, *answers))
    words = [word.lower() for word in _WORD.findall(said)]
    evaded = [bool(_EVASION.search(" ".join(answer))) for answer in call.answers]
    per_thousand = 1000.0 / len(words) if words else math.nan
    return Manner(
        tone_prepared=_mean_tone(_remarks(call)),
        tone_answers=_mean_tone(answers),
        hedging=sum(word in _HEDGES for word in words) * per_thousand,
        adjusted=len(_ADJUSTED.findall(said)) * per_thousand,
        evasion=sum(evaded) / len(evaded) if evaded else math.nan,
        figures=len(_FIGURE.findall(said)) * per_thousand,
    )


@lru_cache(maxsize=_CACHED)
def hold(newer: str, older: str) -> Held:
    """Hold a text against the one before it, measure by measure and sentence by sentence."""
    now, then = read_call(newer), read_call(older)
    changes = compare(_remarks(then), _remarks(now))
    share = math.nan if changes is None else changes.share
    fresh = () if changes is None else changes.fresh
    turn = math.nan if changes is None else _turn(fresh, changes.dropped)
    moved = np.array(manner_of(newer)) - np.array(manner_of(older))
    side = math.copysign(1.0, np.nansum([*moved[:2], turn]))
    quote = _plainest(fresh, side) or _plainest(_told(now), side)
    return Held(np.array([*moved, share - USUAL_SHARE, turn]), quote)


class Telling(NamedTuple):
    """A report that could be held against an earlier one of the company."""

    step: int
    """First step that knows it."""
    held: Held
    document: str
    """Its id."""


def tellings_of(history: Snapshot, kinds: frozenset[str]) -> list[list[Telling]]:
    """Find the texts of these kinds that can be held against one before them.

    Compared are texts of one company, kind and layout; the first of them teaches nothing.
    What is told without answers soon after a call with answers is passed over: the call
    says the same and more.

    Returns:
        By instrument, in order of `known_at`.
    """
    found: dict[str, list[Telling]] = {each.id: [] for each in history.instruments}
    last: dict[tuple[str, str, str], Document] = {}
    called: dict[str, Document] = {}
    for document, step in zip(history.documents, document_steps(history).tolist(), strict=True):
        if document.kind not in kinds or len(document.text) < LEAST_CHARACTERS:
            continue
        layout, _, _, answers = read_call(document.text)
        for symbol in dict.fromkeys(document.symbols):
            before = last.get((symbol, document.kind, layout))
            if symbol not in found or _is_again(document, before):
                continue
            if answers:
                called[symbol] = document
            elif _is_again(document, called.get(symbol)):
                before = None
            if before is not None:
                held = hold(document.text, before.text)
                found[symbol].append(Telling(step, held, document.id))
            last[symbol, document.kind, layout] = document
    return list(found.values())


def _is_again(document: Document, before: Document | None) -> bool:
    return before is not None and document.known_at - before.known_at < SAME_REPORT_NS


def _turn(fresh: tuple[str, ...], dropped: tuple[str, ...]) -> float:
    """Give the tone of what came less that of what went."""
    came, went = (_mean_tone(each) if each else 0.0 for each in (fresh, dropped))
    return came - went


def _remarks(call: Call) -> tuple[str, ...]:
    """Give what was prepared; nothing where that is only the frame of a call."""
    return call.prepared if len(call.prepared) >= LEAST_SENTENCES else ()


def _told(call: Call) -> tuple[str, ...]:
    return (*call.prepared, *(each for answer in call.answers for each in answer))


def _plainest(sentences: tuple[str, ...], side: float) -> str:
    """Give the sentence whose tone is strongest on a side, the first of equals."""
    tones = [side * _tone(sentence) for sentence in sentences]
    strongest = max(tones, default=0.0)
    return sentences[tones.index(strongest)] if strongest > 0.0 else ""


def _mean_tone(sentences: tuple[str, ...]) -> float:
    if not sentences:
        return math.nan
    return math.fsum(map(_tone, sentences)) / len(sentences)


def _tone(sentence: str) -> float:
    return read_tone("", sentence).value
