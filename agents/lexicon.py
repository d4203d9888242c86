"""Our own list of words that carry tone in English finance, by what they do in a clause.

Written by hand for this package from general knowledge of the language; no published word
list was copied. A word does one of these things: it is good or bad in itself (`VALUE`);
it says that something moved (`MOVE`), which is good or bad by what moved (`GOOD_TARGET`,
`BAD_TARGET`); or it turns, strengthens or weakens what stands near it (`TURN`, `FORCE`).
"""

from collections.abc import Mapping
from types import MappingProxyType

_SHORT_VERBS = "cap drop plan pop rob skid slam slip snag spur stop top trim trip win beset dim"


def word_set(text: str) -> frozenset[str]:
    """Give the words of a list written with spaces."""
    return frozenset(text.split())


def _verb(stem: str) -> tuple[str, ...]:
    """Give the regular forms of a verb: infer, infers, inferred, inferring."""
    if stem.endswith("e"):
        return stem, stem + "s", stem + "d", stem[:-1] + "ing"
    if stem.endswith("y") and stem[-2] not in "aeiou":
        return stem, stem[:-1] + "ies", stem[:-1] + "ied", stem + "ing"
    third = stem + ("es" if stem.endswith(("s", "sh", "ch", "x")) else "s")
    double = stem + stem[-1] if stem in _SHORT_VERBS.split() else stem
    return stem, third, double + "ed", double + "ing"


def _noun(word: str) -> tuple[str, ...]:
    """Give singular and plural."""
    if word.endswith("y") and word[-2] not in "aeiou":
        return word, word[:-1] + "ies"
    return word, word + ("es" if word.endswith(("s", "sh", "ch", "x")) else "s")


def _valued(value: float, *, verbs: str = "", nouns: str = "", words: str = "") -> dict[str, float]:
    """Give every form of the listed words the same value."""
    forms = [form for stem in verbs.split() for form in _verb(stem)]
    forms += [form for word in nouns.split() for form in _noun(word)]
    return dict.fromkeys([*forms, *words.split()], value)


VALUE: Mapping[str, float] = MappingProxyType(
    {
        # Strong: the word alone makes a headline.
        **_valued(
            1.0,
            verbs="outperform exceed surpass upgrade triumph excel thrive rebound recover acquit "
            "applaud accelerate flourish outpace cheer shine smash zoom spurt rocket bounce recoup",
            nouns="breakthrough upgrade milestone triumph windfall rebound blockbuster recovery",
            words="beat beats beating win wins won winning record strong stronger strongest "
            "robust excellent outstanding stellar impressive successful successfully success "
            "profitable bullish superior exceptional better-than-expected tops topped "
            "buoyant vibrant brisk briskly healthy solid upbeat overweight "
            "outperformance vindicated bumper bull bulls outperformer outperformers "
            "outperforming multibagger oversubscribed over-subscribed resilient resilience booming "
            "boom breakout breakouts turnaround undervalued outshine outshines gainer gainers",
        ),
        **_valued(
            -1.0,
            verbs="underperform downgrade fail sue indict plead collapse crash plunder "
            "default halt suspend recall restate breach violate cheat falsify mislead abandon "
            "disappoint miss suffer deteriorate worsen weaken struggle falter shutter fine "
            "accuse allege cripple tank dump stumble hammer roil rattle slam batter pummel "
            "languish devastate obliterate bail spook",
            nouns="failure lawsuit bankruptcy collapse crash scandal fraud downgrade default "
            "restatement breach violation recession crisis outage shortfall setback warning "
            "disaster slump downturn indictment impairment recall injunction bear rout selloff "
            "correction breakdown sell-off downtrend shutdown insolvency wipeout backlash",
            words="miss missed weak weaker weakest weakness poor poorly bearish worse worst "
            "disappointing dismal bankrupt unprofitable guilty fraudulent "
            "illegal illegally bleak grim dire sluggish severe severely subprime ailing hurt "
            "hurts hurting worse-than-expected underweight "
            "monopoly infringed infringe infringes infringing infringement delisted ousted "
            "layoff layoffs lay-off lay-offs crises underperformance softness "
            "crippled misled turmoil overvalued toxic plagued defaulter defaulters shortsell "
            "loser losers overbought",
        ),
        # Mild: leans one way and often stands in neutral prose.
        **_valued(
            0.5,
            verbs="improve strengthen benefit approve award reward attract enhance "
            "complement enable advance boost reaffirm stabilize gain exonerate delight "
            "revive reassure impress",
            nouns="improvement approval award gain opportunity achievement boost revival "
            "buyback repurchase breakeven",
            words="positive positively favorable favourable favorably attractive firmed firmer "
            "efficient confident optimistic optimism dominant lucrative happy excited "
            "promising competitive valuable stable stability bargain oversold constructive "
            "upside upturn overtook overtake overtakes prevailed accretive bright brighter "
            "exciting "
            "satisfactory sustainable satisfied firming rally rallies rallied healthier great",
        ),
        # Faint: leans one way, and yet is mostly told as a plain fact.
        **_valued(
            0.3,
            verbs="launch unveil introduce innovate succeed partner authorize welcome earn resume "
            "clear secure",
            nouns="advantage benefit partnership innovation contract agreement",
            words="good better best popular progress deal leading pleased signed bought buys",
        ),
        **_valued(
            -0.3,
            verbs="resign avoid",
            nouns="resignation redundancy challenge strike",
            words="tough tougher difficult late short volatile volatility cautious fired "
            "warn warns warned lose loses losing lost probe probes hit hits risky",
        ),
        **_valued(
            -0.5,
            verbs="delay postpone cancel reject challenge hamper hinder threaten "
            "pressure erode investigate probe dispute oppose withdraw terminate dismiss "
            "shrink idle strain soften concede depress restrain sack "
            "furlough dent drag",
            nouns="delay problem concern worry fear doubt threat dispute probe investigation "
            "complaint delay uncertainty difficulty closure cancellation withdrawal "
            "defect flaw shortage pressure headwind objection",
            words="bad negative negatively adverse adversely unfavorable unfavourable "
            "soft softer slow slower uncertain unable "
            "pessimistic subdued lackluster lacklustre vulnerable allegations "
            "downside stress strained hit hits hurting unlikely tightening troubled short "
            "stagnant dull flagging defective faulty late unwelcome contested redundant "
            "trouble jeopardy pain",
        ),
    }
)
"""Tone of the word alone, in [-1, 1]."""

MOVE: Mapping[str, float] = MappingProxyType(
    {
        **_valued(
            1.0,
            verbs="increase climb jump surge soar roar regain pop gain advance expand "
            "accelerate double triple "
            "quadruple widen swell lift raise boost leap mount hike bolster elevate "
            "strengthen improve broaden add quicken",
            words="rise rises rose risen rising grow grows grew grown growing up higher more "
            "larger greater bigger highest upward upwards above exceeding faster skyrocket "
            "skyrockets skyrocketed upgrade upgrades upgraded spike spikes spiked peak",
        ),
        **_valued(
            -1.0,
            verbs="decrease decline drop tumble plunge plummet slump reduce lower slip slide dive "
            "dwindle diminish trim slash slow ease narrow lessen moderate halve curb "
            "ebb cool fade recede abate weaken worsen deteriorate retreat dip shed pare skid "
            "erase alleviate avert subside minimize relieve offset stem",
            words="contracted contracting capped fall falls fell fallen falling down shrink "
            "shrinks "
            "shrank shrunk shrinking cut cuts cutting sink sinks sank sunk less fewer smaller "
            "lowest "
            "downward downwards below slid under eliminate eliminates eliminated downgrade "
            "downgrades downgraded slipping slowdown slower trough",
        ),
    }
)
"""Direction of the movement the word names: 1 up, -1 down."""

EASING: frozenset[str] = frozenset(
    _valued(
        0.0, verbs="slow ease narrow lessen moderate abate subside stem recede fade", words="slower"
    )
)
"""Moves that may themselves be about a move: a decline that slows is good."""

GOOD_TARGET: frozenset[str] = frozenset(
    _valued(
        0.0,
        nouns="profit sale revenue margin dividend order backlog shipment subscriber user "
        "customer outlook forecast earning income turnover stock volume booking estimate "
        "delivery store unit output production price-target reserve capacity job receipt asset "
        "stake rating payout passenger salary wage",
        words="ebit ebitda eps guidance demand shares traffic spending cash cashflow growth "
        "confidence productivity profitability net hiring employment activity economy consumption "
        "efficiency liquidity proceeds market-share equity index value competitiveness "
        "credit-rating expectations visibility housing price prices futures currency yield yields",
    )
)
"""Nouns of which more is good; alone they say nothing."""

BAD_TARGET: Mapping[str, float] = MappingProxyType(
    {
        **_valued(
            0.0,
            nouns="cost expense expenditure debt tax rate tariff provision charge claim inventory "
            "stockpile liability leverage burden case ban outflow risk premium "
            "borrowing overhead",
            words="unemployment inflation depreciation attrition churn capex spread "
            "spreads joblessness competition fuel emissions foreclosures vacancy backlash",
        ),
        **_valued(
            -0.5,
            nouns="concern worry fear doubt threat delay problem complaint pressure headwind "
            "strain shortage defect uncertainty accusation write-off writeoff writedown",
            words="competition stress volatility turmoil attrition dispute disputes friction "
            "antitrust probe probes investigation investigations drag",
        ),
        **_valued(
            -1.0,
            nouns="loss fine penalty deficit default failure shortfall lawsuit layoff outage "
            "impairment recession crisis slump downturn bankruptcy weakness contraction slowdown",
            words="damages losses",
        ),
    }
)
"""Nouns of which more is bad, and the value of the noun alone."""

TURN: frozenset[str] = word_set(
    "not no never neither nor without cannot can't won't don't doesn't didn't isn't wasn't "
    "aren't weren't couldn't wouldn't hardly barely lack lacks lacked lacking no-longer fails "
    "failed unable denies denied little n't refuses refused prevent prevents prevented overturned "
    "overturns dismissed dismisses dismiss cleared rejected reversed resolved resolves settles "
    "settled"
)
"""Words that turn what follows within a few words."""

FORCE: Mapping[str, float] = MappingProxyType(
    {
        **_valued(
            1.5,
            words="very sharply sharp significantly significant substantially substantial strongly "
            "considerably considerable markedly dramatically steeply steep heavily heavy highly "
            "greatly badly far well huge massive big record rapidly fast much unusually severe",
        ),
        **_valued(
            0.6,
            words="slightly slight somewhat modestly modest marginally marginal moderately "
            "moderate gradually gradual partly partially limited tentative tentatively fairly "
            "small minor",
        ),
    }
)
"""Factor by which an adverb or adjective beside it scales a word's value."""

REFERENCE: frozenset[str] = word_set(
    "expectation expectations estimate estimates forecast forecasts consensus guidance target "
    "targets year-earlier earlier last previous prior average ago outlook view expected"
)
"""What a figure is held against: above it is up, below it is down."""

DRIFT: frozenset[str] = frozenset(
    _valued(
        0.0,
        verbs="increase climb jump surge soar roar regain pop gain advance decrease decline drop "
        "tumble plunge plummet slump slip slide dive dip retreat weaken strengthen sink skid shed "
        "spike ease fade",
        words="rise rises rose risen rising fall falls fell fallen falling up down higher lower "
        "slid sank sunk spiked peak trough",
    )
)
"""Moves that need no object: of a headline without one, what moved is the price."""

MONEY: frozenset[str] = word_set("rs inr usd eur $ crore cr mln million billion bn lakh")
"""What is raised without anything having improved."""

ADVICE: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("buy", "accumulate", "invest", "prefer", "pick", "bet"), "buy-it"),
        **dict.fromkeys(("sell", "short", "avoid", "exit"), "sell-it"),
    }
)
"""Words that advise where a sentence begins with them, and what they are read as."""

AUXILIARY: frozenset[str] = word_set(
    "is are was were did does do can could should would will has have"
)
"""Words that open a question."""
