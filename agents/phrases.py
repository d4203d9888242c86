"""Groups of words that mean something else than their parts, in English finance.

Written by hand for this package, like the words of `lexicon`. A group is joined to one
word before a sentence is read: to a word of the list, to a word of its own with a value,
or to nothing where its parts would mislead ("set up", "trade deal").
"""

import itertools
from collections.abc import Iterator, Mapping
from types import MappingProxyType

NOTHING = ""
"""What a group without tone is joined to."""

_RATE_VERB = (
    "start|starts|started|starting|initiated|initiates|maintained|maintains|reiterated|"
    "reiterates|resumed|resumes|reinstated|rated|kept|keeps|assumed|begins|begun"
)
_FAVOUR = "buy|outperform|overweight|accumulate|positive|strong-buy|add"
_DISFAVOUR = "sell|underperform|underweight|negative|strong-sell|reduce|avoid"
_EVEN = (
    "hold|neutral|equal-weight|equalweight|in-line|perform|market-perform|peer-perform|"
    "sector-perform|sector-weight|mixed"
)
_RATING = f"{_FAVOUR}|{_DISFAVOUR}|{_EVEN}"
_SPAN = (
    "day|week|weeks|month|months|year|years|yr|decade|session|record|lifetime|all-time|fresh|new|"
    "intraday|multi-year|multiyear|multimonth|week's|year's"
)


def _read(text: str) -> Iterator[tuple[str, ...]]:
    """Give every group of a list split by semicolons; "a|b c" stands for "a c" and "b c"."""
    for group in text.split(";"):
        yield from itertools.product(*(word.split("|") for word in group.split()))


def read_as(word: str, text: str) -> dict[tuple[str, ...], str]:
    """Read each group of a list as one word."""
    return dict.fromkeys(_read(text), word)


def _named(text: str) -> dict[tuple[str, ...], str]:
    """Join each group to a word of its own."""
    return {group: "-".join(group) for group in _read(text)}


def join_groups(
    words: list[str], groups: Mapping[tuple[str, ...], str], longest: int
) -> Iterator[str]:
    """Read each longest run of words that is a group as its word; `longest` bounds the run."""
    place = 0
    while place < len(words):
        for length in range(min(longest, len(words) - place), 0, -1):
            joined = groups.get(tuple(words[place : place + length]))
            if joined is not None or length == 1:
                yield words[place] if joined is None else joined
                place += length
                break


_GOOD = (
    "top|best bet|bets;buy rating|call;maintains|have|has buy on;have|has a buy;see|sees value;"
    "long|best term bet|bets;top gainer|gainers;room to invest|run;lead|leads|led gains|higher;"
    "short covering|squeeze;top pick|picks;bright spot|future;must have;worth a buy;"
    "is|are a buy;time to buy;buying opportunity;buy on dips;buying|buy the|this dip|dips;"
    "crazy about;warming up to;falling in love;bounce|bounces|bounced|bouncing back;"
    "in the green;in green;well positioned;well placed;on a|an roll|uptrend;sold out;"
    "over the moon;high demand;strong|robust|solid|healthy demand|growth|sales|results|quarter;"
    "safe|good|great|solid bet|bets|buy|pick|picks|run|returns|return;looks|look good;safe haven;"
    "best pick|picks;buy idea|ideas;maintain|retain|reiterate buy;puts|put on buy;upper circuit;"
    "upper limit;pack|packs a punch;win win;win-win situation;snap|snaps losing streak;"
    "gap|gaps|gapped|gapping up|higher;call flow|flows|buying|buyer|buyers|volume;"
    "red to green;top|tops|topped estimates|expectations|forecasts|views;back over|above;"
    "going|am|i'm|im|stay|staying|added|add long;higher highs|lows;upside calls;nice volume;"
    "new|fresh life;break|breaks|breaking|broke out;break|breaks|breaking|broke through;"
    "takes|taking flight;flex|flexes muscles;swung|swings|returned|returns to profit|growth;"
    "bull case|cross|call|run;premarket gainers;among gainers;unusual calls;"
    "oversubscribed times;over subscribed;golden cross;room to run|grow;"
    "stay|remain invested;"
    "market leader;go long on|in;decent valuation|valuations;dark horse;dream run;looking forward;"
    "spending spree;finding favour|favor;overwhelming response;reclaims status;"
    "reverse|reverses|reversed|erase|erases|erased|pare|pares|trim|trims losses;"
    "all time high|highs;all-time high|highs;pours|pouring in;on the cards"
)
_BAD = (
    "gap|gaps|gapped|gapping down|lower;put flow|flows|buying|buyer|buyers|volume;lower highs|lows;"
    "going|am|i'm|im|stay|staying|added|add short;green to red;death cross;downside puts;"
    "book|booking|books profit|profits;lower circuit;pare|pares|pared gains;good for selling;"
    "snaps|snapped winning streak;loses|lost momentum|steam|sheen;say|says no to;out of steam;"
    "short selling|sale;sell rating|call|on;top loser|losers;lead|leads|led losses|lower;"
    "tax|regulatory|government scanner;under scanner;excluded|deleted|removed|dropped from;"
    "out of favour|favor;"
    "sell off;sells|sold off;selling pressure;stay|steer|keep away;bear the brunt;"
    "bear market|case|call|raid;in the red;in red;profit booking|taking;profit-booking off;"
    "under pressure|fire|water|strain|scrutiny|investigation;class action;"
    "cashing|cash out;bailing on;done buying;investor alert;poison pill;dead cat;"
    "lays|laying|lay|laid off;lay offs;job|jobs cuts|cut|losses;short sell;go short in|on;"
    "cuts|cut|cutting|slash|slashes jobs;strong|stiff resistance;long haul;dead money;"
    "do not buy|prefer|recommend;don't buy|recommend;feel|feels the heat;panic button;"
    "shut|shuts|shutting|closes|close|closed|closing stores|branches|factories|plants|down;"
    "break|breaks|broke|breaking down;breach of;melt|melts down;crack|cracks down;"
    "hard pressed;weigh|weighs|weighed|weighing on|down|heavy|heavily;drag|drags|dragged down;"
    "gave|gives|give|given back|up gains;pull|pulls|pulled back;back|backs off;"
    "force majeure;going|goes nowhere;short|shorts seller|report|interest;toxic stock;"
    "state of emergency;trade war;unusual puts;premarket losers;among losers;"
    "worse|weaker than expected|forecast;behind schedule;"
    "chapter 11;ceases trading;cease|ceases operations;too high|expensive;"
    "halts|halted|suspends production|trading|flights|sales;safety concerns;data breach"
)
_NEUTRAL = (
    "step|steps|stepping|stepped down|up|aside;team|teams|teamed|teaming up;"
    "set|sets|setting up;sign|signs|signed|signing up;line|lines|lined|lining up;"
    "open|opens|opened|opening up to;catch|catching|caught up;come|comes|coming|came up;"
    "end|ends|ended|ending|wind|winds up;follow|follows up;gear|gears|gearing up;"
    "give|gives|giving|gave up;grow|grew|growing up;heads up;hold|holds|held up;"
    "look|looks|looking up;make|makes|making|made up;mix|mixed up;show|shows up;"
    "open|opens up;sum|sums up;split|splits|splitting up;start|starts|started up;"
    "take|takes|taking|took up;tie|tied up;turn|turns|turned up;use|used|using up;"
    "wake|wakes up;wrap|wraps|wrapping up;write|written up;back|backs|backed|backing up;"
    "beef|beefs|beefing up;shake|shakes|shaking|shook up;double|doubles|doubled down on;"
    "count|counting down;sit|sat down;write|wrote|put down;break|broke|broken up;close|closes up;"
    "up to;up for;up with;up against;up in the air;cut off;cold cuts;tax cut|cuts;"
    "before tax|taxes|interest;last fall;never been;such as;as well as;well as;"
    "as of;as a|an|the;as it|he|she|they|we|i;added that;end of;end to;at the end;of record;"
    "to record;record date;more than;more on|about|at|details|info|information|and|from|here;"
    "and|once|any|no|find|learn|read|get|for|one|two|few more;less than;no less;not only;"
    "at least;long|short|near|medium term;long-term;long|short position;"
    "in|for|over|the short|long run;go|goes|going|went|road|look|looks|looking|way|years ahead;"
    "ahead;late;left unchanged;drop|drops|dropped|dropping the|out;drop box;under par;"
    "under way;under a|an|the;clear that|whether|if;block of;best way|ways|buy|price;"
    "trade deal;how to win|profit|gain;big short;top gainers and losers;gainers and losers;"
    "gains tax;capital gains;beat|beats the heat;top stocks|ideas|picks for;"
    "fire|fires department|victim|victims|insurance;crude|heating oil;interest in;"
    "open|opens interest;short|long|mid-sized;well known;sell|sells to;"
    "fall|falls in love;risk management|free;risk-free;hit|hits|hitting the market|road|shelves"
)

PHRASE: Mapping[tuple[str, ...], str] = MappingProxyType(
    {
        **read_as(NOTHING, _NEUTRAL),
        **read_as(NOTHING, f"from {_RATING};from strong buy|sell"),
        **read_as(NOTHING, f"{_RATE_VERB} at|as|with|to {_EVEN}"),
        **read_as(NOTHING, "market|peer|sector perform|weight;equal weight;in line"),
        **read_as(NOTHING, "raise|raises|raising|raised rs|funds|money|capital|cash|awareness|up"),
        **read_as(
            NOTHING, "to raise fresh|additional|equity|debt|more;fund raising;seeks to raise"
        ),
        **read_as("strong-buy", "strong buy"),
        **read_as("strong-sell", "strong sell"),
        **_named(_GOOD),
        **_named(_BAD),
        **read_as("starts-at-buy", f"{_RATE_VERB} at|as|with|to {_FAVOUR}"),
        **read_as("starts-at-buy", f"{_RATE_VERB} as|at|with a|an {_FAVOUR}"),
        **read_as("starts-at-sell", f"{_RATE_VERB} at|as|with|to {_DISFAVOUR}"),
        **read_as(
            "upgraded", f"ups to {_FAVOUR};upgraded|raised|upped|lifted|boosted to {_RATING}"
        ),
        **read_as("downgraded", f"downgraded|cut|lowered|reduced to {_RATING}"),
        **read_as("off-lows", "off|from|above lows|low;off|from the|its|their lows|low"),
        **read_as("off-highs", "off|from highs|high;off|from the|its|their highs|high"),
        **read_as("peak", f"{_SPAN} high|highs|peak|top;{_SPAN} closing|intraday high|highs|peak"),
        **read_as("trough", f"{_SPAN} low|lows;{_SPAN} closing|intraday low|lows"),
        **read_as("no-longer", "no longer"),
        **read_as("per-share", "per share"),
        **read_as("price-target", "price|stock target|targets;target price;stock price target"),
        **read_as("market-share", "market share"),
        **read_as("credit-rating", "credit rating"),
        **read_as("buyback", "buy|buys|buying|bought back"),
        **read_as("costs", "raw material|materials prices|price|costs|cost;input prices|costs"),
        **read_as("versus", "as compared with|to"),
        **read_as("rate", "interest rate|rates;funds|target|discount rate"),
        **read_as("growth", "growth rate"),
        **read_as("tax", "tax rate"),
        **read_as("writedown", "write down"),
        **read_as("write-off", "write off"),
        **read_as("fuel", "energy|fuel consumption"),
        **read_as("swung", "moved|turned to"),
        **read_as("efficiency", "cost savings"),
        **read_as("quicken", "speed|speeds up"),
        **read_as("better-than-expected", "than feared"),
        **read_as("versus", "compared to"),
        **read_as("breakeven", "broke even"),
        **read_as("earlier", "last year"),
        **read_as("ago", "year ago"),
        **read_as("rose", "picked up"),
        **read_as("rises", "picks up"),
        **read_as("rise", "pick up"),
    }
)
"""Groups of words, and the word each is read as."""

LONGEST = max(map(len, PHRASE))
"""Words in the longest group."""

PHRASE_VALUE: Mapping[str, float] = MappingProxyType(
    {
        **{"-".join(group): 1.0 for group in _read(_GOOD)},
        **{"-".join(group): -1.0 for group in _read(_BAD)},
        "starts-at-buy": 1.0,
        "starts-at-sell": -1.0,
        "bought-calls": 0.8,
        "bought-puts": -0.8,
        "buy-it": 0.8,
        "sell-it": -0.8,
        "off-lows": 1.0,
        "off-highs": -0.5,
        "on-the-cards": 0.3,
    }
)
"""Tone of the joined words that no other list knows, in [-1, 1]."""
