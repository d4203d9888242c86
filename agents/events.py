"""Read what kind of event a text reports, and who plays which part in it.

Every kind has signs: plain ones, which almost only it has (sues, acquires, guidance), and
faint ones, which it shares with others (deal, quarter). A title counts more than the text
below it, since that often repeats what else is known.
"""

import math
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple

from steelyard.agents.clauses import SENTENCE

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
"""What a text reports.

results: figures of a past period. guidance: what a company itself expects. merger: who buys
whom, stakes and parts sold included. product: what it offers and to whom: launches, trials,
orders, partners. regulation: what an authority allows, asks or forbids. litigation: courts,
charges, settlements. supply: making and moving goods, strikes, outages. management: who
leads, and how many work there. geopolitical: states, trade, war, elections. other: the
rest, prices and opinions among it.
"""
PLAIN = 2.0
"""What a plain sign counts."""
FAINT = 0.7
"""What a faint sign counts; two are less than a plain one."""
BELOW_TITLE = 0.4
"""What a sign in the text counts against one in the title above it."""
ENOUGH = 1.4
"""Least sum of signs that is taken for an event: a plain one, or two faint ones."""
_CACHED_TEXTS = 65536

_FIGURE = r"(?:earnings|results|revenues?|sales|profits?|loss|income|eps|ebitda|ffo|comps)"
_QUARTER = (
    r"(?:q[1-4]|fq[1-4]|h[12]|(?:first|second|third|fourth)[- ]quarter|quarterly|full[- ]year)"
)
_AHEAD = re.compile(
    r"\b(?:preview|ahead of|to report|to announce|what to (?:expect|watch|know)|"
    r"analysts (?:estimate"
    r"|expect)|should you|wall street(?:'s)? (?:estimates|insights)|call transcript|presentation|"
    r"portfolio|commentary|(?:conference|webcast|earnings) dates?|is it a buy|a buy\?)\b",
    re.IGNORECASE,
)
"""Signs that a text looks ahead or around, and reports nothing."""

_SIGNS: Mapping[EventKind, tuple[str, str]] = MappingProxyType(
    {
        "merger": (
            (
                r"acquir(?:e|es|ed|ing)|acquisitions?|merg(?:e|es|ed|er|ers|ing)|takeovers?|"
                r"buyouts?|"
                r"tender offer|to (?:buy|sell) [^.]{3,60} (?:for|"
                r"in) [^.]{0,20}[$\u20ac\u00a3]\s?\d|"
                r"(?:buys|sells|bought|sold) [^.]{3,60} for [^.]{0,12}[$\u20ac\u00a3]\s?\d|"
                r"takes? over|combines? with|spin[- ]?offs?|spins? off|divest\w*|bidding war|"
                r"(?:hostile|rival|cash|joint|takeover) bid|going private|take[- ]private|"
                r"in talks to (?:buy|sell|combine)|mulls sale|(?:stake|unit|business) sale|m&a|"
                r"(?:buys|sells|sold|acquires|takes|raises|cuts|boosts|to buy|"
                r"to sell) [^.]{0,30}stake"
            ),
            r"stakes?|bids?|deal|suitors?|activist|shareholders approve|buys|unit|offer",
        ),
        "litigation": (
            (
                r"lawsuits?|sue[sd]?|suing|court|judges?|jury|verdict|plaintiffs?|class[- ]action|"
                r"settles?|settlements?|plea|pleads?|indict\w*|law firm|patent infringement|"
                r"convict\w*|"
                r"investor alert|lead plaintiff|deadline alert|investors? with losses|sentenced|"
                r"fraud (?:charges?|case|suit)|bribery|appeals? (?:court|ruling)|arbitration|"
                r"damages|"
                r"charged with|(?:legal|criminal) (?:action|charges?)|trial (?:over|date)"
            ),
            r"fraud|alleg\w+|claims|legal|ruling|scandal|attorney general|infring\w+|doj",
        ),
        "regulation": (
            (
                r"regulat\w+|antitrust|ftc|f\.?d\.?a\.?|faa|easa|fcc|epa|cfpb|sec (?:probe|"
                r"charges)|"
                r"nhtsa|"
                r"(?:approves?|approval|clearance|rejects?|clears?|grants?) (?:by|from|"
                r"of) [^.]{0,20}"
                r"(?:eu|fda|faa|china|regulators?|commission)|probes?|investigat(?:es?|ed|ing|ion)|"
                r"(?:eu|european) commission|bans?|banned|fined|fines|watchdog|stress (?:tests?|"
                r"capital)|"
                r"licen[cs]es?|subpoenas?|inquiry|ntsb|compliance|legislation|lawmakers|"
                r"(?:house|senate) (?:bill|panel|passes|votes)|new rules?|sebi|crackdown"
            ),
            r"approv\w+|rules?|congress|senators?|law|bill|sec|safety|department|government",
        ),
        "guidance": (
            (
                r"guidance|guides?|guided|outlook|profit warning|warns? (?:on|of|that|"
                r"about) [^.]{0,40}"
                r"(?:profit|sales|revenue|earnings|results|hit)|sees (?:q[1-4]|fy|20\d\d|first|"
                r"second|"
                r"third|fourth|full)|(?:raises?|raised|cuts?|lowers?|lowered|trims?|reaffirms?|"
                r"affirms?|"
                r"withdraws?|hikes?|boosts?|slashes|issues?|reiterates|backs|maintains) [^.]{0,40}"
                r"(?:forecasts?|outlook|guidance|targets for|view)|(?:expects|forecasts|"
                r"projects|sees) "
                rf"[^.]{{0,40}}{_FIGURE}|long[- ]term targets"
            ),
            r"expects?|forecasts?|sees|targets?|anticipates?|projects",
        ),
        "results": (
            (
                rf"{_QUARTER}[^.]{{0,40}}{_FIGURE}|{_FIGURE}[^.]{{0,25}} {_QUARTER}|eps|"
                r"(?:beats?|miss(?:es)?|tops?|topped|missed|exceeds?|trails?|lags?|"
                r"surpass(?:es)?) [^.]{0,25}"
                r"(?:estimates?|expectations?|forecasts?|consensus|views?|by \$?\d)|"
                rf"{_FIGURE} (?:beat|beats|miss|misses|rises?|rose|falls?|fell|jumps?|drops?|"
                rf"surges?|"
                r"slides?|climbs?|slips?|soars?|tumbles?|up|down|grew|grows|in[- ]line|of [$\d])|"
                r"(?:posts?|reports?|swings? to) [^.]{0,30}(?:profit|loss|results|earnings|revenue|"
                r"sales)|"
                r"same[- ]store|comparable sales|net (?:profit|loss|income)|earnings (?:beat|miss|"
                r"report)"
            ),
            rf"{_QUARTER}|{_FIGURE}|consensus|year[- ]over[- ]year|margins?",
        ),
        "management": (
            (
                r"(?:new|names?|named|appoints?|appointed|hires?|hired|taps?|elects?|interim|"
                r"former|"
                r"next|"
                r"promotes|joins as|adds|ousts?|fires|replaces?) [^.]{0,45}(?:ceo|cfo|coo|cto|"
                r"chief|"
                r"chairman|chair|president|directors?|executives?|head|board|officer|partner)|"
                r"(?:ceo|cfo|coo|chief|chairman|president|boss|director|"
                r"executive)[^.]{0,30} (?:resigns?|"
                r"resignation|steps? down|stepping down|retires?|retirement|quits?|leaves?|"
                r"to leave|"
                r"exits?|"
                r"departs?|out|fired|ousted|dies|succeed\w*|replac\w+|loses)|stepping down|"
                r"steps? down|"
                r"succession|layoffs?|lays? off|laying off|job cuts?|cut(?:s|ting)? [^.]{0,20}jobs|"
                r"(?:to|plans to) hire|hiring|workforce|boardroom|reshuffle|proxy (?:fight|battle)|"
                r"pay package"
            ),
            r"ceo|cfo|chairman|executives?|board|jobs|workers|staff|director|promot\w+",
        ),
        "supply": (
            (
                r"suppl(?:y|ies|iers?)[- ](?:chain|shortage|disruption|glut|deal|constraints?|"
                r"curbs?)|"
                r"shortages?|strikes?|walkouts?|picket|outages?|"
                r"(?:factory|factories|plants?|production|assembly|output|mine|refinery)[^.]{0,25}"
                r"(?:halt\w*|shut\w*|clos\w+|resum\w+|cuts?|rate|ramp\w*|fire|explosion|delays?|"
                r"open\w*)|"
                r"(?:halts?|halted|shuts?|closes?|resumes?|suspends?|boosts?|cuts|ramps? up|slows?|"
                r"raises?) "
                r"[^.]{0,30}(?:production|output|factory|factories|plants?|assembly|deliveries|"
                r"stores|flights)|"
                r"deliver(?:s|ed|ies) [^.]{0,20}(?:jets?|cars|planes|vehicles|aircraft|units)|"
                r"deliveries|"
                r"backlog|bottlenecks?|inventor(?:y|ies)|opec|rig count|force majeure|stockpiles?"
            ),
            (
                r"suppl\w+|production|output|factory|plants?|shipments?|union|capacity|warehouse|"
                r"logistics"
            ),
        ),
        "product": (
            (
                r"launch(?:es|ed|ing)?|unveil(?:s|ed|ing)?|introduc(?:es|ed|ing)|rolls? out|"
                r"rollout|"
                r"debuts?|"
                r"(?:new|next[- ]gen\w*|latest) (?:iphone|ipad|phone|model|product|service|app|"
                r"feature|"
                r"drug|menu|store|chip|version|game|platform|tool|card|plane|movie|show|console|"
                r"device|watch)s?|"
                r"recalls?|recalled|(?:clinical|phase (?:[123]|i+)) (?:trials?|data|study|results)|"
                r"phase [123]|trial (?:data|results)|orders? (?:for|from|of|worth)|pre[- ]?orders?|"
                r"(?:wins?|awarded|secures?|lands?|signs?|inks?|receives?) [^.]{0,45}(?:contracts?|"
                r"orders?|"
                r"deals?|agreements?)|partner(?:s|ed|ing|ship)?s?|teams? up|collaborat\w+|"
                r"releases? (?:new|its)|"
                r"brings? back|expands? (?:into|to|in|its)|upgrades? (?:its|to its)|box office|"
                r"crash"
            ),
            (
                r"products?|services?|apps?|customers?|users|brand|technology|feature|store|"
                r"release[sd]?"
            ),
        ),
        "geopolitical": (
            (
                r"tariffs?|trade (?:war|talks?|deals?|truce|tensions?|deficit|agreement)|"
                r"sanctions?|"
                r"brexit|elections?|missiles?|military|coup|nuclear|invasion|invades?|"
                r"geopolitic\w*|"
                r"(?:prime minister|white house|kremlin|beijing|pyongyang|tehran)|u\.?s\.?-china|"
                r"war (?:in|on|with)|"
                r"protests?|impeach\w*|usmca|nafta|embargo|export (?:ban|controls?|curbs?)|g-?(?:7|"
                r"20)|terror\w*|airstrikes?"
            ),
            r"trump|china|russia|iran|president|war|ukraine|minister|border|biden|putin|phase one",
        ),
    }
)
"""Plain and faint signs by kind; of kinds with equal sums the first counts."""


def _whole_words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w$])(?:{pattern})(?!\w)", re.IGNORECASE)


KINDS: tuple[EventKind, ...] = tuple(_SIGNS)
"""Every kind but "other"."""
_PATTERNS = tuple(
    (kind, _whole_words(plain), _whole_words(faint)) for kind, (plain, faint) in _SIGNS.items()
)

_NAME = r"((?:the )?\$?[A-Z][\w&.'\u2019-]*(?: (?:of|and|&|de|\$?[A-Z][\w&.'\u2019-]*))*)"
_VERB = (
    r"(?i:acquires|acquired|acquiring|to acquire|acquire|buys|to buy|bought|takes over|took over|"
    r"to take over|snaps up|swallows|to merge with|merges with|to combine with|will buy|"
    r"would buy|buying|buy a stake in)"
)
_BETWEEN = r"(?:(?!upgraded|raised|rated|cut|lifted|enough|moved)[a-z]+ ){0,4}?"
"""What may stand between; a rating is raised to buy, and nothing is bought."""
_ACTIVE = re.compile(
    rf"{_NAME}(?: \([^)]*\))?,? {_BETWEEN}{_VERB} (?:[a-z\d%$.,]+ ){{0,5}}?{_NAME}"
)
_PASSIVE = re.compile(
    rf"{_NAME}(?: \([^)]*\))?,? {_BETWEEN}(?i:acquired by|bought by|taken over by) {_NAME}"
)
_NOUN = re.compile(
    rf"{_NAME}(?:'s|\u2019s) (?:[\w$.-]+ ){{0,3}}?"
    rf"(?i:acquisition|takeover|purchase|buyout) of {_NAME}"
)
_NO_PARTY = re.compile(
    r"(?i:upgraded|downgraded|raised|rated|stocks?|shares?|reasons?|ways?|time|why|how|what|when|should|best|you|now|it|this|"
    r"these|right|for|at|from|by|with|before|after|but|worth|not|insiders?|director|ceo|cfo|"
    r"hedge funds?|investors?|analysts?|in|on|to|more)\b"
)
"""Words with a capital that name no company: stocks to buy now."""


_TRAILING = re.compile(
    r"(?:['\u2019]s|,.*"
    r"| (?:Is|Was|To|Be|Being|Will|Has|Agrees|Plans|Said|Says|In|For|From|By)\b.*)$"
)
"""What a name with capitals everywhere drags along."""


class Event(NamedTuple):
    """What a text reports."""

    kind: EventKind
    quote: str
    """The sentence that decided, word for word as in the text; empty where none did."""
    roles: tuple[tuple[str, str], ...]
    """Pairs of role and phrase as in the text: ("acquirer", "Google"), ("target", "Nest")."""


@lru_cache(maxsize=_CACHED_TEXTS)
def read_event(title: str, text: str) -> Event:
    """Read the kind with the strongest signs, "other" where none has `ENOUGH`."""
    below = BELOW_TITLE if title else 1.0
    sentences = [(part, 1.0) for part in SENTENCE.split(title) if part]
    sentences += [(part, below) for part in SENTENCE.split(text) if part]
    found = [_signs(sentence, weight) for sentence, weight in sentences]
    sums = {kind: math.fsum(signs[kind] for signs in found) for kind in KINDS}
    kind = max(KINDS, key=lambda kind: sums[kind])
    if sums[kind] < ENOUGH:
        return Event("other", "", ())
    deciding = max(range(len(found)), key=lambda index: found[index][kind])
    quote = sentences[deciding][0].strip()
    return Event(kind, quote, _roles(quote) if kind == "merger" else ())


def _signs(sentence: str, weight: float) -> dict[EventKind, float]:
    """Add up the different signs of each kind; what looks ahead has half of them."""
    if _AHEAD.search(sentence):
        weight *= 0.5
    signs = {
        kind: PLAIN * _n_different(plain, sentence) + FAINT * _n_different(faint, sentence)
        for kind, plain, faint in _PATTERNS
    }
    if _roles(sentence):
        signs["merger"] += PLAIN
    return {kind: weight * value for kind, value in signs.items()}


def _n_different(pattern: re.Pattern[str], sentence: str) -> int:
    return len({hit.lower() for hit in pattern.findall(sentence)})


def _roles(sentence: str) -> tuple[tuple[str, str], ...]:
    """Find who acquires whom."""
    for pattern, first, second in (
        (_PASSIVE, "target", "acquirer"),
        (_ACTIVE, "acquirer", "target"),
        (_NOUN, "acquirer", "target"),
    ):
        found = pattern.search(sentence)
        if found is not None and not any(_NO_PARTY.match(name) for name in found.groups()):
            names = (_TRAILING.sub("", name.strip()) for name in found.groups())
            return tuple(sorted(zip((first, second), names, strict=True)))
    return ()
