"""Results against what was to be expected, and how they are told against the last time."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.agents.answers import said_last, state_opinions
from steelyard.agents.linear import Grown, Rule, grow, lessons_of, scaled_outcomes
from steelyard.agents.manner import MANNER_FEATURES, Telling, tellings_of
from steelyard.agents.reading import asked, quotation
from steelyard.agents.skill import Skill, earn
from steelyard.agents.surprises import KINDS, Report, reports_of
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.opinion import Abstention, Cause, Claim, Opinion, OpinionBlock
from steelyard.types.outcome import settle_offset
from steelyard.types.world import Snapshot

LEAST_TELLINGS = 80
"""Texts held against earlier ones before a rule is fitted: ten for each measure of words, as
Peduzzi et al. (1996), Journal of Clinical Epidemiology 49(12), ask of a regression."""

FEATURES = ("surprise", *MANNER_FEATURES)
PRIOR_WEIGHT = {
    "surprise": 1.0,
    "tone_prepared": 0.05,
    "tone_answers": 0.1,
    "hedging": -0.05,
    "share_fresh": -0.05,
    "tone_fresh": 0.05,
}
"""Before a rule can be fitted the figures speak, and words lean on them a little. Signs from
the papers that `Earnings`, `manner_of` and `compare` name; sizes are round guesses, no fit."""
PRIOR_SPREAD = {
    "tone_prepared": 0.05,
    "tone_answers": 0.05,
    "hedging": 3.0,
    "adjusted": 2.0,
    "evasion": 0.1,
    "figures": 5.0,
    "share_fresh": 0.1,
    "tone_fresh": 0.1,
}
"""A usual change from one quarter to the next: round guesses."""
PRIOR = Rule(
    centre=np.zeros(len(FEATURES)),
    spread=np.array([PRIOR_SPREAD.get(name, 1.0) for name in FEATURES]),
    weight=np.array([PRIOR_WEIGHT.get(name, 0.0) for name in FEATURES]),
)


class EarningsFit(NamedTuple):
    """The rule over figures and words, and the skill it earned."""

    rule: Rule
    """Holds where words are young; elsewhere the figures' surprise alone is the strength."""
    skill: Skill


class Earnings(NamedTuple):
    """Say whether results beat what earlier reports foretold, and how often that paid.

    Growth is held against the same quarter a year ago, and surprise is growth less what
    is left of the growth reported last (a seasonal random walk whose changes persist).
    Guidance is held against the guidance before it, else like growth.

    Of a text long enough (a call's transcript, a filing, a full release) the words count
    too, held against the company's last text of that kind: tone of prepared remarks and of
    answers apart, hedging, adjusted figures, evasion, density of figures, sentences that
    came and went. What they are worth is learnt; without any the surprise speaks alone.

    It reads the kinds `results`, `guidance`, `filing` and `transcript`. Figures and words
    each speak for `memory` steps and fade in a straight line.

    Sources: Foster (1977), The Accounting Review 52(1), for the expectation; Bernard and
    Thomas (1989), Journal of Accounting Research 27, for the drift after surprises, most
    of it within a quarter.
    """

    horizon: int = 21
    refit_every: int = 63
    memory: int = 63
    """Steps a report speaks for."""

    @property
    def reads_text(self) -> bool:
        """Say yes: its figures come from documents."""
        return True

    def fit(self, past: Snapshot) -> EarningsFit:
        """Learn what words are worth beside figures, then how often strengths came true."""
        heard = _hear(past, 0, self.memory)
        grown = self._grown(past, heard)
        strength = np.where(heard.worded, grown.strength, heard.surprise)
        skill = earn(asked(past, strength), past.outcomes(self.horizon), self.horizon)
        return EarningsFit(grown.rule, skill)

    def _grown(self, past: Snapshot, heard: "_Heard") -> Grown:
        """Fit the rule once enough texts have settled; before, the prior speaks."""
        before = Grown(PRIOR, PRIOR.strength(heard.features))
        told = sorted(telling.step for found in heard.tellings for telling in found)
        offset = settle_offset(past.timing, self.horizon)
        enough = told[LEAST_TELLINGS - 1] + offset if len(told) >= LEAST_TELLINGS else past.step
        if enough >= past.step:
            return before
        target = np.where(heard.worded, scaled_outcomes(past, self.horizon), np.nan)
        lessons = lessons_of(
            past, self.horizon, features=heard.features, target=target, speaks=heard.worded
        )
        grown = grow(lessons, PRIOR)
        late = np.arange(past.step + 1)[:, None] >= enough
        return Grown(grown.rule, np.where(late, grown.strength, before.strength))

    def opine(self, now: Snapshot, fitted: EarningsFit) -> Iterator[Opinion | Abstention]:
        """Speak on every instrument whose newest report is younger than `memory`."""
        return said_last(self.opine_history(now, now.step, fitted), now)

    def opine_history(self, history: Snapshot, first: int, fitted: EarningsFit) -> OpinionBlock:
        """Give the opinions of steps `first` to `history.step`."""
        heard = _hear(history, first, self.memory)
        strength = np.where(heard.worded, fitted.rule.strength(heard.features), heard.surprise)

        def claims(row: int, column: int) -> tuple[Claim, ...]:
            cited: tuple[Claim, ...] = ()
            if np.isfinite(heard.surprise[row, column]):
                cited += heard.reports[column][int(heard.newest[row, column])].claims
            if heard.worded[row, column]:
                telling = heard.tellings[column][int(heard.newest_telling[row, column])]
                cited += _quoted(telling, history.instruments[column].id)
            return cited

        return state_opinions(history, strength, heard.silence, fitted.skill, claims)


class _Heard(NamedTuple):
    """Reports by step; matrices have shape (n_block, n_instruments)."""

    features: Floats
    """As `FEATURES`, faded, shape (len(FEATURES), n_block, n_instruments); NaN where unknown."""
    silence: Ints
    """Cause where nothing is young."""
    newest: Ints
    """Index of the newest report of the instrument, -1 before the first."""
    newest_telling: Ints
    """Index of its newest telling, -1 before the first."""
    reports: list[list[Report]]
    """By instrument."""
    tellings: list[list[Telling]]
    """By instrument."""

    @property
    def surprise(self) -> Floats:
        """Strength of the newest figures, in [-1, 1]; NaN where they are too old."""
        surprise: Floats = self.features[0]
        return surprise

    @property
    def worded(self) -> Bools:
        """Say where the words of a report are young."""
        worded: Bools = np.isfinite(self.features[1:]).sum(axis=0) > 0
        return worded


def _hear(history: Snapshot, first: int, memory: int) -> _Heard:
    """Let the newest reports of each instrument speak for steps `first` to `history.step`."""
    reports, tellings = reports_of(history), tellings_of(history, KINDS)
    steps = np.arange(first, history.step + 1)
    newest = _newest([[report.step for report in found] for found in reports], steps)
    told = _newest([[telling.step for telling in found] for found in tellings], steps)
    features = np.full((len(FEATURES), *newest.shape), np.nan)
    for column, found in enumerate(reports):
        for index, report in enumerate(found):
            rows = newest[:, column] == index
            features[0, rows, column] = report.strength * _fade(steps[rows] - report.step, memory)
    for column, found_words in enumerate(tellings):
        for index, telling in enumerate(found_words):
            rows = told[:, column] == index
            fade = _fade(steps[rows] - telling.step, memory)
            features[1:, rows, column] = telling.held.features[:, None] * fade
    known = (newest >= 0) | (told >= 0)
    return _Heard(
        features=features,
        silence=np.where(known, Cause.NOTHING_NEW, Cause.NO_DATA).astype(np.int64),
        newest=newest,
        newest_telling=told,
        reports=reports,
        tellings=tellings,
    )


def _newest(known_from: list[list[int]], steps: Ints) -> Ints:
    """Give the index of the newest report at each step, by instrument, -1 before the first."""
    columns = [np.searchsorted(found, steps, side="right") - 1 for found in known_from]
    return np.stack(columns, axis=1).astype(np.int64)


def _fade(age: Ints, memory: int) -> Floats:
    """Give what is left of a report after `age` steps, NaN once it is too old to speak."""
    return np.where(age < memory, 1.0 - age / memory, np.nan)


def _quoted(telling: Telling, instrument: str) -> tuple[Claim, ...]:
    """Cite the sentence that decided how the words went, word for word."""
    quote = telling.held.quote
    return (quotation(telling.document, quote, instrument),) if quote else ()
