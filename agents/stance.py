"""Read whether a text on monetary policy leans towards tighter or easier money.

A sentence leans by what moves in it, or stands high or low, and which way: inflation,
growth, jobs, wages, house and energy prices, yields and the trade deficit are hawkish when
they rise; unemployment, slack, productivity and the dollar are dovish. What the committee
does or promises counts by itself: tightening or easing, accommodation removed or provided,
price stability or maximum employment put first.

References:
    Shah, Paturi and Chava (2023), Trillion Dollar Words, ACL: what counts as hawkish and
    dovish, by topic.
"""

import math
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from steelyard.agents.clauses import NOT_ABBREVIATED
from steelyard.agents.lexicon import MOVE, word_set
from steelyard.agents.phrases import join_groups, read_as

SATURATION = 2.0
"""Stance is s / sqrt(s^2 + SATURATION) of the summed values: one plain word gives 0.58."""
REACH = 5
"""Words between a movement and what moves."""
LEVEL = 0.7
"""What a level (low inflation) is worth against a movement (inflation fell)."""
TURN_REACH = 4
"""Words after a turning word that it still turns."""
TURNED = -0.7
"""What "not rising" is worth against "rising"."""
_CACHED_SENTENCES = 65536
_CACHED_TEXTS = 4096

_SENTENCE = re.compile(rf"(?<=[.!?;]){NOT_ABBREVIATED}\s+")
_TOKEN = re.compile(r"\d[\d,]*(?:\.\d+)?%?|[A-Za-z]+(?:['\u2019-][A-Za-z]+)*|[;,]")
_CLAUSE_ENDS = word_set("; but while although though whereas however despite")
_TURN = word_set(
    "not no never neither nor without cannot hardly little n't absent avoid avoiding prevent "
    "unlikely against didn't don't doesn't isn't wasn't offset offsetting"
)

_COMPARED = word_set("more less greater added under bigger larger smaller fewer")
"""Words that name a movement only where the thing follows at once."""

_TOPIC: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(
            word_set(
                "inflation prices price inflationary growth activity spending demand employment "
                "payrolls payroll jobs job hiring labor wages wage compensation costs gdp output "
                "production economy expansion consumption investment orders sales housing "
                "rates yields yield spreads trade-deficit home-prices energy-prices money m2 m3 "
                "reserves imbalances projections momentum pressures expectations exports earnings "
                "rate income utilization tightness credit euro yen"
            ),
            1.0,
        ),
        **dict.fromkeys(
            word_set(
                "unemployment joblessness slack productivity dollar accommodation stimulus "
                "purchases accommodative layoffs claims supply imports vacancies inventories "
                "headwinds recession balance-sheet easing"
            ),
            -1.0,
        ),
    }
)
"""Which way policy leans when more of it is told."""

_LEVEL: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(
            word_set(
                "high elevated strong solid robust tight rapid excess brisk vigorous strength "
                "excessive upside buoyant outsized heightened intense overheating ample "
                "persistent unsustainable"
            ),
            1.0,
        ),
        **dict.fromkeys(
            word_set(
                "low weak subdued soft sluggish muted restrained downside weakness softness "
                "tepid anemic lackluster contained moderate modest slow depressed fragile "
                "mild quiescent transitory benign temporary"
            ),
            -1.0,
        ),
        **dict.fromkeys(word_set("moderate modest transitory temporary contained"), -0.4),
    }
)
"""Words that say how much there is."""

_STEP: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(
            word_set(
                "firmed edged-up heightened intensifying intensified overshoot exceed exceeded "
                "appreciated strengthening strengthened improvement improved improving pickup "
                "gains gain brisker escalation upturn uptick escalated surpassed rebound "
                "faster boom acceleration accelerated"
            ),
            1.0,
        ),
        **dict.fromkeys(
            word_set(
                "damp damping damped restrain softened softening deterioration deteriorated "
                "disinflation moderated moderating moderation depreciated depreciation waning "
                "abating diminution receded slackened slackening undershoot undershooting "
                "losses slowing slowdown contraction weakening weakened removed removing remove "
                "withdraw withdrawal unwinding reducing reduction tapering taper runoff scaled"
            ),
            -1.0,
        ),
    }
)
"""Movements that central banks speak of, beside those of the word list."""

_ITSELF: Mapping[str, float] = MappingProxyType(
    {
        **dict.fromkeys(
            word_set(
                "tighten tightening tightened tighter restrictive hike hikes hiked hawkish "
                "overheating price-stability inflation-fight policy-firming normalization "
                "stagflation"
            ),
            1.0,
        ),
        **dict.fromkeys(
            word_set(
                "ease eased easier accommodative accommodation stimulus dovish slack disinflation "
                "stimulative recession deflation disinflationary joblessness layoffs "
                "maximum-employment both-goals asset-purchases lower-bound subpar expansionary"
            ),
            -1.0,
        ),
    }
)
"""Words that lean by themselves."""


_PHRASE: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        **read_as("price-stability", "price|prices stability;stable prices;stability of|in prices"),
        **read_as(
            "price-stability", "low and stable;stable and low;low , stable;keep inflation low"
        ),
        **read_as("price-stability", "maintain|maintaining|achieve|achieving low inflation"),
        **read_as("price-stability", "bring|bringing|brought|get inflation down|back|under"),
        **read_as("price-stability", "bring|bringing down inflation;reduce|reducing inflation"),
        **read_as("price-stability", "to lower|reduce|combat|fight|control|contain inflation"),
        **read_as("maximum-employment", "maximum employment and price stability;dual mandate"),
        **read_as("maximum-employment", "price stability and maximum employment"),
        **read_as("productivity", "productivity growth|gains;labor|multifactor productivity"),
        **read_as("productivity", "labor productivity growth|gains;growth of|in productivity"),
        **read_as("unemployment", "level of unemployment;jobless rate;resource slack"),
        **read_as("dollar", "value of the dollar;dollar's exchange value"),
        **read_as("maximum-employment", "maximum|full employment;maximum sustainable employment"),
        **read_as("home-prices", "home|house|housing|equity|asset prices|price|values"),
        **read_as("energy-prices", "energy|oil|commodity|gasoline|food|crude prices|price"),
        **read_as("asset-purchases", "asset|securities|treasury|mbs purchases"),
        **read_as("policy-firming", "policy firming;firming of policy;firmer policy"),
        **read_as("lower-bound", "effective|zero lower bound;lower bound"),
        **{(word, "rate"): word for word in ("unemployment", "inflation", "growth")},
        **read_as("balance-sheet", "balance sheet"),
        **read_as("yields", "interest|funds|mortgage|treasury|policy rate|rates|yield|yields"),
        **read_as("yields", "federal funds rate;bond yields|rates;target range"),
        **read_as("rates", "federal funds;discount rate"),
        **read_as("trade-deficit", "account|trade deficit|deficits"),
        **read_as("", "long|longer|near|short|medium|shorter term|run;more than;less than;up to"),
    }
)
_LONGEST = max(map(len, _PHRASE))


class Stance(NamedTuple):
    """Which way a text on monetary policy leans, and where."""

    value: float
    """In [-1, 1], hawkish above 0, dovish below; 0 where no sentence leans."""
    quote: str
    """The sentence that decided, word for word as in the text; empty where none did."""


class Lean(NamedTuple):
    """One word that leans."""

    word: str
    value: float


@lru_cache(maxsize=_CACHED_TEXTS)
def read_stance(text: str) -> Stance:
    """Read the mean stance of the sentences that carry one."""
    sentences = [part.strip() for part in _SENTENCE.split(text) if part.strip()]
    values = [read_sentence_stance(sentence) for sentence in sentences]
    total = math.fsum(values)
    if total == 0.0:
        return Stance(0.0, "")
    deciding = max(range(len(values)), key=lambda index: values[index] * math.copysign(1.0, total))
    n_leaning = sum(value != 0.0 for value in values)
    return Stance(total / n_leaning, sentences[deciding])


@lru_cache(maxsize=_CACHED_SENTENCES)
def read_sentence_stance(sentence: str) -> float:
    """Give the stance of one sentence in [-1, 1], hawkish above 0; 0 where it has none."""
    total = math.fsum(lean.value for lean in sentence_leans(sentence))
    return total / math.sqrt(total * total + SATURATION)


def sentence_leans(sentence: str) -> list[Lean]:
    """Give the words of a sentence that lean, with their value in context."""
    return [lean for clause in _clauses(_words(sentence)) for lean in _clause_leans(clause)]


def _words(sentence: str) -> list[str]:
    """Split into lower-case words; groups that belong together are joined."""
    found = [token.lower().replace("\u2019", "'") for token in _TOKEN.findall(sentence)]
    return list(join_groups(found, _PHRASE, _LONGEST))


def _clauses(words: list[str]) -> list[list[str]]:
    """Cut where a contrast begins."""
    clauses: list[list[str]] = [[]]
    for word in words:
        if word in _CLAUSE_ENDS:
            clauses.append([])
        else:
            clauses[-1].append(word)
    return clauses


def _clause_leans(words: list[str]) -> Iterator[Lean]:
    """Judge movements and levels by what they are of, then words that lean by themselves."""
    used: set[int] = set()
    for index, word in enumerate(words):
        if word in _COMPARED and not _TOPIC.keys() & words[index + 1 : index + 3]:
            continue
        step = _STEP.get(word) or MOVE.get(word) or LEVEL * _LEVEL.get(word, 0.0)
        if not step or index in used:
            continue
        target = _nearest_topic(words, index, used)
        if target >= 0:
            used |= {index, target}
            yield Lean(word, step * _TOPIC[words[target]] * _turn(words, index))
    for index, word in enumerate(words):
        if word in _ITSELF and index not in used:
            yield Lean(word, _ITSELF[word] * _turn(words, index))


def _nearest_topic(words: list[str], index: int, used: set[int]) -> int:
    """Give the place of the nearest thing that moves or stands so, -1 where there is none."""
    for distance in range(1, REACH + 1):
        for place in (index - distance, index + distance):
            if 0 <= place < len(words) and words[place] in _TOPIC and place not in used:
                return place
    return -1


def _turn(words: list[str], index: int) -> float:
    """Give `TURNED` after an odd number of turning words nearby, else 1."""
    near = words[max(0, index - TURN_REACH) : index]
    return TURNED if sum(word in _TURN for word in near) % 2 else 1.0
