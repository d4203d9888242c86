"""Stylised facts: what the returns of all markets have in common, and a made one may lack.

References:
    Cont (2001), Quantitative Finance 1(2): empirical properties of asset returns.
    Politis and Romano (1994), JASA 89(428): the stationary bootstrap, for the bands.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from steelyard.sim.models import Chance
from steelyard.types.arrays import Floats, Ints
from steelyard.types.chance import Stream, generator

TAIL_SHARE = 0.05
"""Part of the returns, the largest by size, from which the tail index is estimated."""
NEAR_LAGS, FAR_LAGS = range(1, 11), range(41, 61)
"""Steps over which volatility clusters, and those over which it still does a little."""
VOLUME_WINDOW = 21
"""Steps before, against whose mean a volume is held: volumes grow over the years."""
MEAN_BLOCK = 60
"""Mean length of a resampled block in steps: clusters of volatility stay whole."""
N_RESAMPLES = 100
ENOUGH_INSTRUMENTS = 8
"""Instruments by which errors are told: of more, they would be little smaller."""
DEVIATIONS = 3.0
"""Half-width of a band in standard errors of the difference. Of 40 pairs of one GARCH model, 0 to
2 were beyond it in each fact."""


MEMORY = "memory_of_returns"


class Sample(NamedTuple):
    """Returns of which facts are told, without a gap."""

    log_return: Floats
    """From close to close, shape (n_steps, n_instruments)."""
    volume: Floats | None = None
    """Units traded in the step that ends at the return's, same shape; None: not known."""

    def rows(self, index: Ints) -> "Sample":
        """Give the rows of these indexes."""
        volume = None if self.volume is None else self.volume[index]
        return Sample(self.log_return[index], volume)

    def few(self) -> "Sample":
        """Give the first instruments, enough to tell errors by."""
        few = slice(0, ENOUGH_INSTRUMENTS)
        volume = None if self.volume is None else self.volume[:, few]
        return Sample(self.log_return[:, few], volume)


@dataclass(frozen=True, slots=True)
class Fact:
    """One figure of a made market beside that of the market it is to be like."""

    name: str
    value: float
    source: float
    low: float
    """The figure is like the source's from here ..."""
    high: float
    """... to here."""

    @property
    def holds(self) -> bool:
        """Say whether the made market has it as the source has."""
        return self.low <= self.value <= self.high

    def __str__(self) -> str:
        """Give name, value and band in a few words."""
        return f"{self.name} {self.value:.3g} ({self.low:.3g} to {self.high:.3g} is alike)"


@dataclass(frozen=True, slots=True)
class FactReport:
    """All facts that could be told of both."""

    facts: tuple[Fact, ...]

    def __getitem__(self, name: str) -> Fact:
        """Give a fact by its name."""
        return next(fact for fact in self.facts if fact.name == name)

    @property
    def missed(self) -> tuple[Fact, ...]:
        """Give the facts that do not hold."""
        return tuple(fact for fact in self.facts if not fact.holds)


def facts_of(sample: Sample) -> dict[str, float]:
    """Give each fact, the mean over instruments; NaN where there is nothing to tell it of.

    Raises:
        ValueError: a return is missing, or there are too few.
    """
    least = FAR_LAGS[-1] + 2
    if len(sample.log_return) < least:
        raise ValueError(f"{len(sample.log_return)} returns are too few: {least} at least")
    if not np.isfinite(sample.log_return).all():
        raise ValueError("a return is missing; give the steps that all instruments have")
    return {name: tell(sample) for name, tell in FACTS.items()}


def check_facts(made: Sample, source: Sample, chance: Chance) -> FactReport:
    """Hold a made market against the one that it is to be like.

    Each band is the source's figure, give or take `DEVIATIONS` standard errors of the
    difference, both found by resampling blocks.

    Args:
        made: Returns, and volumes if they are to be compared.
        source: The same of the market that is there.
        chance: Seed and path of the resampling.
    """
    told, expected = facts_of(made), facts_of(source)
    rng = generator(chance.seed, Stream.RESAMPLE, path=chance.path)
    errors = _errors(made, rng), _errors(source, rng)
    found = []
    for name, centre in expected.items():
        reach = DEVIATIONS * math.hypot(*(error[name] for error in errors))
        # A market without memory of its returns is as markets are, whatever the source showed.
        low, high = (min(centre, 0.0), max(centre, 0.0)) if name == MEMORY else (centre, centre)
        if np.isfinite([told[name], centre, reach]).all():
            found.append(Fact(name, told[name], centre, low - reach, high + reach))
    return FactReport(tuple(found))


def _errors(sample: Sample, rng: np.random.Generator) -> dict[str, float]:
    """Give the standard error of each fact; of many instruments, that of a few of them."""
    few = sample.few()
    steps = len(few.log_return)
    drawn = [facts_of(few.rows(_blocks(steps, rng))) for _ in range(N_RESAMPLES)]
    return {name: float(np.std([each[name] for each in drawn])) for name in FACTS}


def _blocks(n_steps: int, rng: np.random.Generator) -> Ints:
    """Draw the rows of a resample: blocks of geometric length, wrapped around."""
    step = np.arange(n_steps)
    begins = rng.random(n_steps) < 1.0 / MEAN_BLOCK
    begins[0] = True
    first = np.maximum.accumulate(np.where(begins, step, 0))
    return (rng.integers(0, n_steps, n_steps)[first] + step - first) % n_steps


def _scaled(values: Floats) -> Floats:
    """Give deviations from the mean in standard deviations, by column; 0 where all are equal."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    scaled: Floats = centred / np.where(spread > 0.0, spread, 1.0)
    return scaled


def _lagged(leading: Floats, following: Floats, lags: range) -> float:
    """Give the mean correlation of each column with another's value some steps later."""
    first, second = _scaled(leading), _scaled(following)
    return float(np.mean([(first[:-lag] * second[lag:]).mean() for lag in lags]))


def _tail_index(sample: Sample) -> float:
    """Estimate the tail index by Hill (1975): the smaller, the fatter; below 2 no variance."""
    size = np.sort(np.abs(_scaled(sample.log_return)), axis=0)[::-1]
    count = max(1, int(TAIL_SHARE * len(size)))
    beyond = np.log(size[:count] / np.maximum(size[count], np.finfo(float).tiny))
    return float(np.mean(1.0 / np.maximum(beyond.mean(axis=0), np.finfo(float).tiny)))


def _cross_correlation(sample: Sample) -> float:
    n_instruments = sample.log_return.shape[1]
    if n_instruments == 1:
        return float("nan")
    scaled = _scaled(sample.log_return)
    # The variance of the sum is that of each, plus every pair twice.
    pairs = np.square(scaled.sum(axis=1)).mean() - np.square(scaled).mean(axis=0).sum()
    return float(pairs / (n_instruments * (n_instruments - 1)))


def _volume_volatility(sample: Sample) -> float:
    if sample.volume is None:
        return float("nan")
    level = np.log(np.maximum(sample.volume, 1.0))
    total = np.cumsum(np.vstack([np.zeros((1, level.shape[1])), level]), axis=0)
    usual = (total[VOLUME_WINDOW:-1] - total[: -VOLUME_WINDOW - 1]) / VOLUME_WINDOW
    busy = _scaled(level[VOLUME_WINDOW:] - usual)
    return float((busy * _scaled(np.abs(sample.log_return[VOLUME_WINDOW:]))).mean())


def _clustering(lags: range) -> Callable[[Sample], float]:
    return lambda sample: _lagged(np.abs(sample.log_return), np.abs(sample.log_return), lags)


FACTS: Mapping[str, Callable[[Sample], float]] = MappingProxyType(
    {
        "volatility": lambda sample: float(sample.log_return.std(axis=0).mean()),
        "skewness": lambda sample: float((_scaled(sample.log_return) ** 3).mean()),
        "excess_kurtosis": lambda sample: float((_scaled(sample.log_return) ** 4).mean() - 3.0),
        "tail_index": _tail_index,
        MEMORY: lambda sample: _lagged(sample.log_return, sample.log_return, range(1, 2)),
        "clustering": _clustering(NEAR_LAGS),
        "lasting_clustering": _clustering(FAR_LAGS),
        "leverage": lambda sample: _lagged(sample.log_return, np.abs(sample.log_return), NEAR_LAGS),
        "cross_correlation": _cross_correlation,
        "volume_volatility": _volume_volatility,
    }
)
"""How each is told: volatility per step; skewness; kurtosis above 3; Hill's tail index; the
autocorrelation of returns at lag 1 and that of their sizes at near and far lags; the
correlation of returns with sizes to come; that of any two instruments; that of volume with the
size of its return."""
