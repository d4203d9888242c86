"""All data of a run, and the part of it that was known at one step."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.market import (
    Bars,
    Document,
    Instrument,
    Relation,
    Series,
    Timing,
    View,
)
from steelyard.types.outcome import settle_offset, total_outcomes
from steelyard.types.planted import Planted, Planting

A = TypeVar("A", bound=npt.NDArray[Any])


def head(bars: Bars, n_known: int) -> Bars:
    """Give the first `n_known` steps of `bars`, as views that cannot be written to."""
    return Bars._make(_view(column[:n_known]) for column in bars)


def _view(column: A) -> A:
    """Make a view read-only: an agent that wrote to it would change what others see."""
    column.flags.writeable = False
    return column


@dataclass(frozen=True)
class Snapshot:
    """Everything with `known_at <= as_of`, and nothing else."""

    step: int
    as_of: int
    """UTC nanoseconds."""
    instruments: tuple[Instrument, ...]
    bars: Bars
    """Known bars only, shape (n_known, n_instruments)."""
    listed: Bools
    """Whether each instrument is in the universe, shape (step + 1, n_instruments)."""
    benchmark: Bars | None
    """Known bars of the benchmark, one instrument; None where the scenario has none."""
    documents: tuple[Document, ...]
    """Ordered by `known_at`, then `id`."""
    series: Mapping[str, Series]
    timing: Timing
    """Of steps 0 to `step`."""
    relations: tuple[Relation, ...] = ()
    """Ordered by `known_at`."""
    views: tuple[View, ...] = ()
    """Ordered by `known_at`."""
    planted: Mapping[Planting, Planted] = field(default_factory=dict)
    """Opinions that were made with a made world, steps 0 to `step`."""

    def outcomes(self, horizon: int) -> Floats:
        """Give the settled outcomes of all steps up to now.

        Returns:
            Total return from the first executable price after each step to the same
            point `horizon` steps on, shape (step + 1, n_instruments); NaN where it has
            not settled by `as_of`, or never will (halt, delisting, no move at all).
        """
        outcome = np.full((self.step + 1, len(self.instruments)), np.nan)
        known = total_outcomes(self.bars, self.timing, horizon)
        n_settled = max(0, self.step + 1 - settle_offset(self.timing, horizon))
        outcome[:n_settled] = known[:n_settled]
        return outcome


@dataclass(frozen=True)
class World:
    """All data of a run over all its steps. Only feeds, engine and decide hold one."""

    instruments: tuple[Instrument, ...]
    bars: Bars
    listed: Bools
    """Shape (n_steps, n_instruments)."""
    benchmark: Bars | None
    documents: tuple[Document, ...]
    """Ordered by `known_at`, then `id`."""
    series: Mapping[str, Series]
    timing: Timing
    first_step: int = 0
    """First step that decides; earlier ones are history for the agents only."""
    warnings: tuple[str, ...] = ()
    relations: tuple[Relation, ...] = ()
    """Ordered by `known_at`."""
    views: tuple[View, ...] = ()
    """Ordered by `known_at`."""
    planted: Mapping[Planting, Planted] = field(default_factory=dict)
    """Opinions that were made with a made world; see `Planted`."""

    @property
    def n_steps(self) -> int:
        """Count the steps."""
        return len(self.bars.end)

    @cached_property
    def _document_known_at(self) -> Ints:
        return np.array([document.known_at for document in self.documents], dtype=np.int64)

    def snapshot(self, step: int) -> Snapshot:
        """Give all that was known when step `step` decides."""
        as_of = int(self.timing.as_of[step])
        n_known = step + 1 - self.timing.known_lag
        n_documents = int(np.searchsorted(self._document_known_at, as_of, side="right"))
        return Snapshot(
            step=step,
            as_of=as_of,
            instruments=self.instruments,
            bars=head(self.bars, max(0, n_known)),
            listed=_view(self.listed[: step + 1]),
            benchmark=None if self.benchmark is None else head(self.benchmark, max(0, n_known)),
            documents=self.documents[:n_documents],
            series=MappingProxyType(
                {name: _known(series, as_of) for name, series in self.series.items()}
            ),
            timing=self.timing._replace(
                as_of=_view(self.timing.as_of[: step + 1]),
                decides=_view(self.timing.decides[: step + 1]),
            ),
            relations=tuple(each for each in self.relations if each.known_at <= as_of),
            views=tuple(each for each in self.views if each.known_at <= as_of),
            planted=MappingProxyType(
                {name: planted.head(step + 1) for name, planted in self.planted.items()}
            ),
        )


def _known(series: Series, as_of: int) -> Series:
    n_known = int(np.searchsorted(series.known_at, as_of, side="right"))
    return Series(
        _view(series.known_at[:n_known]),
        _view(series.value[:n_known]),
        series.period[:n_known],
        series.vintage,
    )
