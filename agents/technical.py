"""What prices and volumes tell: trend, reversal, volatility, volume, range, liquidity, gaps."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import CLAIM_DIGITS, said_last, state_opinions
from steelyard.agents.linear import Learnt, Rule, learn, lessons_of, scaled_outcomes
from steelyard.agents.trailing import (
    at_steps,
    lagged,
    log,
    log_wealth,
    ratio,
    trailing_max,
    trailing_mean,
    volatility,
)
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import Bars
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.outcome import units_index, wealth
from steelyard.types.world import Snapshot

WEEK, MONTH, QUARTER = 5, 21, 60
"""Spans in steps, named for bars of a session."""

FEATURES = (
    "year_less_month",
    "quarter",
    "month",
    "week",
    "day",
    "volatility_ratio",
    "volume_ratio",
    "place_in_range",
    "below_high",
    "illiquidity_ratio",
    "gap",
)

PRIOR_WEIGHT = {"year_less_month": 0.35, "quarter": 0.35}
"""Before a rule can be fitted: trend goes on, the oldest finding that held elsewhere too
(Jegadeesh and Titman, 1993; Asness, Moskowitz and Pedersen, 2013). Together they make a
typical strength of one half."""

PRIOR = Rule(
    centre=np.zeros(len(FEATURES)),
    spread=np.ones(len(FEATURES)),
    weight=np.array([PRIOR_WEIGHT.get(name, 0.0) for name in FEATURES]),
)


class Technical(NamedTuple):
    """Weigh features of known bars by what they told of settled outcomes.

    It speaks from the first step with `QUARTER` steps behind it, at first on trend alone.
    """

    horizon: int = 5
    refit_every: int = 63
    lookback: int = 250
    """Longest span in steps, above `QUARTER`."""

    @property
    def reads_text(self) -> bool:
        """Say no: this agent is numeric."""
        return False

    def fit(self, past: Snapshot) -> Learnt:
        """Learn the features' weights, and how often strengths like theirs came true."""
        lessons = lessons_of(
            past,
            self.horizon,
            features=self._features(past),
            target=scaled_outcomes(past, self.horizon),
            speaks=(_causes(past) == Cause.NONE) & past.timing.decides[:, None],
        )
        return learn(lessons, PRIOR)

    def opine(self, now: Snapshot, fitted: Learnt) -> Iterator[Opinion | Abstention]:
        """Say what the newest bars make likely."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: Learnt) -> OpinionBlock:
        """Say what the bars known at each step from `first` on made likely."""
        strength = fitted.rule.strength(self._features(history)[:, first:])
        cause = _causes(history)[first:]
        speaks = np.where(cause == Cause.NONE, strength, np.nan)
        moved = _quarter_return(history)[first:]

        def claims(row: int, column: int) -> tuple[Claim, ...]:
            return (_trend_claim(history.instruments[column].id, float(moved[row, column])),)

        return state_opinions(history, speaks, cause, fitted.skill, claims)

    def _features(self, known: Snapshot) -> Floats:
        """Give all features, shape (len(FEATURES), n_steps, n_instruments)."""
        seen = {
            **_trends(known.bars, self.lookback),
            **_activity(known.bars, self.lookback),
            **_range(known.bars, self.lookback),
        }
        return np.stack([at_steps(seen[name], known.timing.known_lag) for name in FEATURES])


def _trends(bars: Bars, lookback: int) -> dict[str, Floats]:
    """Give moves over several spans, in volatilities of their span.

    References:
        Jegadeesh and Titman (1993), Journal of Finance 48(1): the year less its last month.
        Jegadeesh (1990), Journal of Finance 45(3); Lehmann (1990), Quarterly Journal of
        Economics 105(1): reversal over a month, over a week. Lou, Polk and Skouras (2019),
        Journal of Financial Economics 134(1): overnight moves tell other things than days.
    """
    index = log_wealth(bars)
    per_step = volatility(bars, QUARTER)
    overnight = log(wealth(bars, bars.open)) - lagged(index, 1)
    skipped = lagged(index, MONTH) - lagged(index, lookback)
    spans = {"quarter": QUARTER, "month": MONTH, "week": WEEK, "day": 1}
    return {
        "year_less_month": ratio(skipped, per_step * np.sqrt(lookback - MONTH)),
        "gap": ratio(trailing_mean(overnight, WEEK) * np.sqrt(WEEK), per_step),
        **{
            name: ratio(index - lagged(index, span), per_step * np.sqrt(span))
            for name, span in spans.items()
        },
    }


def _activity(bars: Bars, lookback: int) -> dict[str, Floats]:
    """Give how wild, how busy and how liquid trading is, against its own longer past.

    References:
        Moreira and Muir (2017), Journal of Finance 72(4): volatility. Gervais, Kaniel and
        Mingelgrin (2001), Journal of Finance 56(3): volume. Amihud (2002), Journal of
        Financial Markets 5(1): absolute return per money traded.
    """
    index = log_wealth(bars)
    volume = bars.volume / units_index(bars)
    impact = ratio(np.abs(index - lagged(index, 1)), bars.close * bars.volume)
    return {
        "volatility_ratio": log(ratio(volatility(bars, MONTH), volatility(bars, lookback))),
        "volume_ratio": log(ratio(trailing_mean(volume, WEEK), trailing_mean(volume, QUARTER))),
        "illiquidity_ratio": log(
            ratio(trailing_mean(impact, MONTH), trailing_mean(impact, lookback))
        ),
    }


def _range(bars: Bars, lookback: int) -> dict[str, Floats]:
    """Give where the close lies between support and resistance.

    `place_in_range` is -1 at the quarter's low (support), 1 at its high (resistance);
    `below_high` is the distance below the long high, in volatilities, <= 0.

    References:
        Brock, Lakonishok and LeBaron (1992), Journal of Finance 47(5): trading ranges.
        George and Hwang (2004), Journal of Finance 59(5): nearness to the 52-week high.
    """
    close, high, low = (wealth(bars, price) for price in (bars.close, bars.high, bars.low))
    top, bottom = trailing_max(high, QUARTER), -trailing_max(-low, QUARTER)
    distance = log(ratio(close, trailing_max(high, lookback)))
    return {
        "place_in_range": 2.0 * ratio(close - bottom, top - bottom) - 1.0,
        "below_high": ratio(distance, volatility(bars, QUARTER) * np.sqrt(lookback)),
    }


def _quarter_return(known: Snapshot) -> Floats:
    """Give the total return of the last `QUARTER` steps, shape as `listed`."""
    index = wealth(known.bars, known.bars.close)
    return at_steps(ratio(index, lagged(index, QUARTER)) - 1.0, known.timing.known_lag)


def _causes(known: Snapshot) -> Ints:
    """Give why nothing can be said, shape as `listed`; NONE where something can."""
    present = np.isfinite(known.bars.close)
    n_bars = at_steps(np.cumsum(present, axis=0).astype(np.float64), known.timing.known_lag)
    has_bar = at_steps(present.astype(np.float64), known.timing.known_lag) == 1.0
    many: Bools = n_bars > QUARTER
    measured = np.isfinite(_quarter_return(known))
    return np.select(
        [~known.listed, ~many, ~has_bar, ~measured],
        [Cause.NOT_LISTED, Cause.TOO_FEW_BARS, Cause.HALTED, Cause.TOO_FEW_BARS],
        Cause.NONE,
    ).astype(np.int64)


def _trend_claim(instrument: str, moved: float) -> Claim:
    """Cite the trend that was seen."""
    return Claim(
        entity=instrument,
        metric="total_return",
        value=round(moved, CLAIM_DIGITS),
        unit="fraction",
        scale=1.0,
        period=f"{QUARTER} steps",
        source="bars",
    )
