"""What the wider economy tells: the market's regime, rates, spreads, oil, words on policy."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import CLAIM_DIGITS, said_last, state_opinions
from steelyard.agents.linear import Rule, learn, lessons_of, scaled_outcomes
from steelyard.agents.reading import quotation
from steelyard.agents.regime import Regimes, fit_regimes, turbulence, weekly
from steelyard.agents.skill import Skill
from steelyard.agents.statements import (
    STATEMENT_FEATURES,
    Statement,
    newest_statement,
    statement_features,
    statements_of,
)
from steelyard.agents.trailing import at_steps, lagged, log, log_wealth, ratio
from steelyard.types.arrays import Floats, Ints
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.units import DAY_NS
from steelyard.types.world import Snapshot

MONTH_NS, QUARTER_NS, HALF_YEAR_NS = 30 * DAY_NS, 91 * DAY_NS, 182 * DAY_NS

FEATURES = (
    "turbulence",
    "rate_level",
    "rate_direction",
    "rate_change",
    "spread_level",
    "spread_change",
    "oil_change",
    "curve_slope",
    "implied_level",
    "implied_change",
    *STATEMENT_FEATURES,
)


class Guess(NamedTuple):
    """What is assumed of a feature before a rule can be fitted."""

    centre: float
    spread: float
    weight: float


PRIOR_GUESS = {
    "turbulence": Guess(0.25, 0.4, -0.2),
    "rate_direction": Guess(0.0, 1.0, -0.1),
    "spread_change": Guess(0.0, 0.2, -0.2),
    "oil_change": Guess(0.0, 0.17, -0.2),
    "curve_slope": Guess(1.0, 1.0, 0.1),
    "stance_surprise": Guess(0.0, 0.3, -0.1),
}
"""Signs from the papers that `Macro` names. Sizes are round guesses, no fit: a usual
quarter moves oil by about a sixth and the spread by some tenths of a point (over all of the
built-in world: .18 and .32). Weights: about one half together, and little for what is read
only where a scenario names it."""

NO_GUESS = Guess(0.0, 1.0, 0.0)

PRIOR = Rule(*np.array([PRIOR_GUESS.get(name, NO_GUESS) for name in FEATURES]).T)


class MacroFit(NamedTuple):
    """The regimes seen, the rule over the features, and the skill it earned."""

    regimes: Regimes | None
    rule: Rule
    skill: Skill


class Macro(NamedTuple):
    """Say the same of every instrument: whether these times have been good ones to hold.

    A series that is missing says nothing; without any, and without a benchmark, the agent
    abstains. The regime is of the benchmark, or else of the mean instrument.

    References:
        Turner, Startz and Nelson (1989), Journal of Financial Economics 25(1): regimes of
        volatility. Jensen, Mercer and Johnson (1996), Journal of Financial Economics 40(2):
        direction of the policy rate. Gilchrist and Zakrajsek (2012), American Economic
        Review 102(4): spreads. Driesprong, Jacobsen and Maat (2008), Journal of Financial
        Economics 89(2): oil. Estrella and Mishkin (1998), Review of Economics and Statistics
        80(1): the yield curve. Bernanke and Kuttner (2005), Journal of Finance 60(3):
        surprises of policy.
    """

    horizon: int = 21
    refit_every: int = 63
    rate: str | None = "FOMC_TARGET"
    """Policy rate, in percent."""
    spread: tuple[str, str] | None = ("BAA", "AAA")
    """Yields of weak and of strong debtors, in percent."""
    oil: str | None = "WTI"
    """Price of oil."""
    statements: str | None = None
    """Kind of the documents on no instrument that are statements on policy."""
    curve: tuple[str, str] | None = None
    """Yields of long and of short government debt, in percent; what statements surprise
    is told beyond the moves of the short one."""
    volatility: str | None = None
    """Index of implied volatility, in percent."""

    @property
    def reads_text(self) -> bool:
        """Say whether statements are read; without them this agent is numeric."""
        return self.statements is not None

    def fit(self, past: Snapshot) -> MacroFit:
        """Learn the regimes, the features' weights, and how often they came true."""
        # The regimes, unlike the rule, are fitted once to all of the past, folds and all:
        # they hold two variances, which say nothing of which way an outcome went.
        regimes = fit_regimes(weekly(_market(past)))
        lessons = lessons_of(
            past,
            self.horizon,
            features=self._features(past, regimes),
            target=_mean(scaled_outcomes(past, self.horizon))[:, None],
            speaks=(self._causes(past) == Cause.NONE) & past.timing.decides[:, None],
        )
        return MacroFit(regimes, *learn(lessons, PRIOR))

    def opine(self, now: Snapshot, fitted: MacroFit) -> Iterator[Opinion | Abstention]:
        """Say what the newest figures make likely."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: MacroFit) -> OpinionBlock:
        """Say what the figures known at each step from `first` on made likely."""
        features = self._features(history, fitted.regimes)[:, first:]
        cause = self._causes(history)[first:]
        strength = np.where(cause == Cause.NONE, fitted.rule.strength(features), np.nan)
        cited = self._cited(history, first)
        return state_opinions(
            history, strength, cause, fitted.skill, lambda row, _column: cited[row]
        )

    def _features(self, known: Snapshot, regimes: Regimes | None) -> Floats:
        """Give all features, shape (len(FEATURES), n_steps, 1); NaN where unknown."""
        as_of = known.timing.as_of
        rate, oil = _line(known, self.rate), _line(known, self.oil)
        weak, strong = (_line(known, name) for name in self.spread or (None, None))
        long, short = (_line(known, name) for name in self.curve or (None, None))
        implied = _line(known, self.volatility)
        ago = as_of - QUARTER_NS
        spread = weak.at(as_of) - strong.at(as_of)
        market = _market(known)
        wild = turbulence(weekly(market), regimes, len(market))[:, None]
        seen = {
            "turbulence": at_steps(wild, known.timing.known_lag)[:, 0],
            "rate_level": rate.at(as_of),
            "rate_direction": rate.direction(as_of),
            "rate_change": rate.at(as_of) - rate.at(as_of - HALF_YEAR_NS),
            "spread_level": spread,
            "spread_change": spread - (weak.at(ago) - strong.at(ago)),
            "oil_change": ratio(oil.at(as_of), oil.at(ago)) - 1.0,
            "curve_slope": long.at(as_of) - short.at(as_of),
            "implied_level": log(implied.at(as_of)),
            "implied_change": log(ratio(implied.at(as_of), implied.at(as_of - MONTH_NS))),
        }
        spoken = statement_features(self._statements(known), as_of)
        seen |= dict(zip(STATEMENT_FEATURES, spoken, strict=True))
        return np.stack([seen[name] for name in FEATURES])[:, :, None]

    def _causes(self, known: Snapshot) -> Ints:
        """Give why nothing can be said, shape as `listed`; NONE where something can."""
        as_of = known.timing.as_of
        informed = np.full(len(as_of), known.benchmark is not None)
        for name in (self.rate, *(self.spread or ()), self.oil, *(self.curve or ())):
            informed |= np.isfinite(_line(known, name).at(as_of))
        informed |= np.isfinite(_line(known, self.volatility).at(as_of))
        informed |= newest_statement(self._statements(known), as_of) >= 0
        return np.select(
            [~known.listed, ~informed[:, None]], [Cause.NOT_LISTED, Cause.NO_DATA], Cause.NONE
        ).astype(np.int64)

    def _statements(self, known: Snapshot) -> tuple[Statement, ...]:
        short = _line(known, self.curve[1] if self.curve else None)
        return statements_of(known, self.statements, short.at)

    def _cited(self, known: Snapshot, first: int) -> list[tuple[Claim, ...]]:
        """Give what opinions of each step cite.

        The policy rate, the weak debtors' yield, and the words of the newest statement.
        """
        as_of = known.timing.as_of[first:]
        names = [name for name in (self.rate, self.spread and self.spread[0]) if name]
        levels = [(name, _line(known, name).at(as_of).tolist()) for name in names]
        statements = self._statements(known)
        newest = newest_statement(statements, as_of).tolist()
        return [
            (
                *(
                    _level_claim(name, level[row])
                    for name, level in levels
                    if math.isfinite(level[row])
                ),
                *_quotes(statements[newest[row]] if newest[row] >= 0 else None),
            )
            for row in range(len(as_of))
        ]


class _Line(NamedTuple):
    """A series, read as it was known at any instant; both of shape (n,)."""

    known_at: Ints
    value: Floats

    def at(self, as_of: Ints) -> Floats:
        """Give the newest value known at each instant, NaN where there was none."""
        newest = np.searchsorted(self.known_at, as_of, side="right")
        return np.concatenate([[np.nan], self.value])[newest]

    def direction(self, as_of: Ints) -> Floats:
        """Give the sign of the last change known at each instant, 0 before the first."""
        change = np.sign(np.diff(self.value, prepend=self.value[:1]))
        moved = np.maximum.accumulate(np.where(change != 0.0, np.arange(len(change)), 0))
        return _Line(self.known_at, change[moved]).at(as_of)


def _line(known: Snapshot, name: str | None) -> _Line:
    series = known.series.get(name) if name is not None else None
    if series is None:
        return _Line(np.zeros(0, dtype=np.int64), np.zeros(0))
    return _Line(series.known_at, series.value)


def _market(known: Snapshot) -> Floats:
    """Give the market's log return of each known step, shape (n_known,)."""
    index = log_wealth(known.bars if known.benchmark is None else known.benchmark)
    return _mean(index - lagged(index, 1))


def _mean(value: Floats) -> Floats:
    """Give the mean over the instruments that have a value, shape (n_steps,)."""
    present = np.isfinite(value)
    count = present.sum(axis=1).astype(np.float64)
    return ratio(np.where(present, value, 0.0).sum(axis=1), count)


def _level_claim(name: str, level: float) -> Claim:
    return Claim(
        entity=name,
        metric="level",
        value=round(level, CLAIM_DIGITS),
        unit="percent",
        scale=1.0,
        period="last",
        source=f"series:{name}",
    )


def _quotes(statement: Statement | None) -> Iterator[Claim]:
    """Cite the sentence that decided the stance, word for word."""
    if statement is not None and statement.quote:
        yield quotation(statement.document.id, statement.quote, about="")
