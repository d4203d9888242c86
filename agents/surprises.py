"""Figures of company reports, held against what earlier reports led one to expect."""

import math
import re
from collections.abc import Mapping
from typing import NamedTuple

from steelyard.agents.reading import document_steps
from steelyard.types.market import Document, Figure
from steelyard.types.opinion import Claim
from steelyard.types.outcome import units_index
from steelyard.types.world import Snapshot

KINDS = frozenset({"results", "guidance", "filing", "transcript"})
"""Kinds of document whose figures are read."""
PROFIT = ("eps_diluted", "net_income")
"""Measures of profit, the first that can be compared counts."""
SALES = "revenue"
GUIDANCE = {"eps_guidance": "eps_diluted", "revenue_guidance": "revenue"}
"""Guidance, and the figure that it foretells."""
PER_SHARE = frozenset({"eps_diluted", "eps_guidance"})

PERSISTENCE = 0.34
"""Share of a quarter's growth that is left in the next: Bernard and Thomas (1990), Journal of
Accounting and Economics 13, mean autocorrelation of seasonally differenced earnings."""
USUAL_SURPRISE = {"eps_diluted": 0.3, "net_income": 0.3, "revenue": 0.1}
"""Prior scale of surprises as a change of growth; sales move about a third as much as profit."""
PRIOR_REPORTS = 4.0
"""Reports that the prior scale counts for: one year of them."""
_PERIOD = re.compile(r"(\d{4})(?:Q([1-4])|FY)")


class Period(NamedTuple):
    """A quarter, or a year (quarter 0), of the company's own fiscal calendar."""

    year: int
    quarter: int

    @property
    def year_before(self) -> "Period":
        """Give the same quarter of the year before."""
        return Period(self.year - 1, self.quarter)

    @property
    def ordinal(self) -> int:
        """Count quarters; a year counts as its last."""
        return 4 * self.year + (self.quarter or 4)


class Report(NamedTuple):
    """A document whose figures could be held against an expectation."""

    step: int
    """First step that knows it."""
    strength: float
    """In [-1, 1]: mean over profit, sales and guidance of the squashed surprise."""
    claims: tuple[Claim, ...]


def reports_of(history: Snapshot) -> list[list[Report]]:
    """Find the reports that can be judged, by instrument, in order of `known_at`."""
    companies = {instrument.id: _Reported({}, {}, {}) for instrument in history.instruments}
    reports: dict[str, list[Report]] = {instrument.id: [] for instrument in history.instruments}
    columns = {instrument.id: index for index, instrument in enumerate(history.instruments)}
    units = units_index(history.bars)
    for document, step in zip(history.documents, document_steps(history).tolist(), strict=True):
        if document.kind not in KINDS:
            continue
        for symbol in dict.fromkeys(document.symbols):
            if symbol in companies:
                row = step - history.timing.known_lag
                per_share = float(units[row, columns[symbol]]) if row >= 0 else 1.0
                stated = _read(document, symbol, per_share)
                surprises = companies[symbol].judge(stated)
                if surprises:
                    reports[symbol].append(_report(step, surprises))
    return list(reports.values())


def _report(step: int, surprises: list["Surprise"]) -> Report:
    """Give parts the same say: with few reports no other weights can be told apart."""
    strength = math.fsum(math.tanh(part.size / 2.0) for part in surprises) / len(surprises)
    claims = dict.fromkeys(claim for part in surprises for claim in part.claims)
    return Report(step, strength, tuple(claims))


class Printed(NamedTuple):
    """What a document says of one metric and period."""

    value: float
    """Per-share figures in units of the first bar, so that splits do not count as growth."""
    claims: tuple[Claim, ...]
    """The figures as printed; two where a range is given, and then `value` is its middle."""


class Surprise(NamedTuple):
    """Growth against expected growth, in units of its usual size."""

    size: float
    claims: tuple[Claim, ...]


Key = tuple[str, Period]
"""Metric and period."""


def _read(document: Document, symbol: str, units: float) -> dict[Key, Printed]:
    """Collect the figures of one company by metric and period."""
    found: dict[Key, list[Figure]] = {}
    for figure in document.figures:
        period = _PERIOD.fullmatch(figure.period)
        if figure.entity == symbol and period is not None:
            key = figure.metric, Period(int(period[1]), int(period[2] or 0))
            found.setdefault(key, []).append(figure)
    return {key: _printed(document, figures, units) for key, figures in found.items()}


def _printed(document: Document, figures: list[Figure], units: float) -> Printed:
    """Take the middle of a range; cite every figure as printed."""
    middle = math.fsum(figure.value * figure.scale for figure in figures) / len(figures)
    claims = tuple(
        Claim(
            figure.entity,
            figure.metric,
            figure.value,
            figure.unit,
            figure.scale,
            figure.period,
            f"document:{document.id}",
        )
        for figure in figures
    )
    return Printed(middle * units if figures[0].metric in PER_SHARE else middle, claims)


class _Reported(NamedTuple):
    """What a company has reported so far; filled while its documents are read in order."""

    stated: dict[Key, Printed]
    growth: dict[str, tuple[int, float]]
    """Newest growth by metric, with its period's ordinal."""
    squares: dict[str, list[float]]
    """Squares of past surprises by metric."""

    def judge(self, stated: Mapping[Key, Printed]) -> list[Surprise]:
        """Hold a document against what was known before it, then learn it."""
        guided = [self._guided(stated, metric) for metric in GUIDANCE]
        profit = [self._grown(stated, metric) for metric in PROFIT]
        parts = [next(filter(None, profit), None), self._grown(stated, SALES), *guided]
        self.stated.update(stated)
        return [part for part in parts if part is not None]

    def _grown(self, stated: Mapping[Key, Printed], metric: str) -> Surprise | None:
        """Judge the newest quarter of a metric that has a year before to stand against.

        Years are left out: they repeat what their last quarter told.
        """
        last = self.growth.get(metric, (0, 0.0))[0]
        quarters = [key for key in stated if key[0] == metric and key[1].quarter]
        for key in sorted(quarters, key=lambda key: key[1].ordinal, reverse=True):
            before = self._before(stated, key)
            if before is None or key[1].ordinal <= last:
                continue
            growth = change(stated[key].value, before.value)
            surprise = growth - self._expected(metric, key[1])
            self.growth[metric] = (key[1].ordinal, growth)
            return self._scaled(metric, surprise, stated[key].claims + before.claims)
        return None

    def _guided(self, stated: Mapping[Key, Printed], metric: str) -> Surprise | None:
        """Judge guidance against earlier guidance, else against the year before."""
        told = GUIDANCE[metric]
        for key in sorted((key for key in stated if key[0] == metric), reverse=True):
            earlier = self.stated.get(key)
            if earlier is not None:
                revision = change(stated[key].value, earlier.value)
                return self._scaled(metric, revision, stated[key].claims + earlier.claims)
            before = self._before(stated, (told, key[1]))
            if before is not None:
                growth = change(stated[key].value, before.value)
                surprise = growth - self._expected(told, key[1])
                return self._scaled(metric, surprise, stated[key].claims + before.claims)
        return None

    def _before(self, stated: Mapping[Key, Printed], key: Key) -> Printed | None:
        """Give the figure of a year before, as told in the same document if it is."""
        year_before = key[0], key[1].year_before
        return stated.get(year_before) or self.stated.get(year_before)

    def _expected(self, metric: str, period: Period) -> float:
        """Give what is left by `period` of the growth reported last."""
        if metric not in self.growth:
            return 0.0
        ordinal, growth = self.growth[metric]
        return growth * PERSISTENCE ** max(1, period.ordinal - ordinal)

    def _scaled(self, metric: str, surprise: float, claims: tuple[Claim, ...]) -> Surprise:
        """Divide by the usual size of the metric's surprises so far, then count this one."""
        past = self.squares.setdefault(metric, [])
        prior = PRIOR_REPORTS * USUAL_SURPRISE[GUIDANCE.get(metric, metric)] ** 2
        usual = math.sqrt((prior + math.fsum(past)) / (PRIOR_REPORTS + len(past)))
        past.append(surprise * surprise)
        return Surprise(surprise / usual, claims)


def change(now: float, then: float) -> float:
    """Give the change over the mean of both sizes, in [-2, 2]; 0 where both are 0.

    It is defined through losses, and a fall undoes a rise of the same size.

    References:
        Davis, Haltiwanger and Schuh (1996), Job Creation and Destruction, chapter 2.
    """
    size = (abs(now) + abs(then)) / 2.0
    return (now - then) / size if size > 0.0 else 0.0
