"""Instruments, bars, documents and series: what a market tells."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from steelyard.types.arrays import Bools, Floats, Ints

TimePrecision = Literal["second", "minute", "derived", "date"]
Channel = Literal["social", "press", "company", "official"]
"""Who speaks in a document: anybody, journalists, the company itself, an authority."""
RelationKind = Literal["sector", "peer", "supplier", "customer", "none"]


@dataclass(frozen=True, slots=True)
class Instrument:
    """A thing that can be held."""

    id: str
    tick: float = 0.01
    """Smallest price step, in the account's currency."""
    lot: int = 1
    """Smallest tradable quantity, in units (shares)."""
    sector: str = ""
    """Empty where unknown."""


class Bars(NamedTuple):
    """Bars of all instruments over all steps, as quoted on the day.

    Matrices have shape (n_steps, n_instruments); NaN where the instrument has no bar.
    A split, dividend or delisting of row t takes effect just before the open of step t.
    """

    start: Ints
    """First instant of each step, UTC nanoseconds, shape (n_steps,)."""
    end: Ints
    """Last instant of each step, UTC nanoseconds, shape (n_steps,)."""
    session: Ints
    """Session of each step, days since 1970-01-01, shape (n_steps,)."""
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    volume: Floats
    """Units traded."""
    split_new: Ints
    """Units after the action for `split_old` units before; 1 where there is none."""
    split_old: Ints
    dividend: Floats
    """Cash per unit, ex at the open; 0 where there is none."""
    halted: Bools
    """Whether trading is halted through the whole step: nothing fills, and there is no bar."""
    cash_out: Floats
    """Cash per unit for which the instrument is delisted just before the open; NaN elsewhere."""


class Timing(NamedTuple):
    """When decisions are made and when orders meet the market.

    | decide_at | known_lag | exec_offset | exec_at_close |
    |---|---|---|---|
    | close | 0 | 1 | False |
    | open | 1 | 0 | True |
    | HH:MM, bars of a session, before the open | 1 | 0 | False |
    | HH:MM, bars of a session, within it | 1 | 1 | False |
    | HH:MM, bars of a session, after the close | 0 | 1 | False |
    | HH:MM, shorter bars | 0 | 1 | False |
    """

    as_of: Ints
    """Instant of decision of each step, UTC nanoseconds, shape (n_steps,)."""
    decides: Bools
    """Whether the panel is asked at the step, shape (n_steps,)."""
    known_lag: int
    """The newest bar known at step t is t - known_lag."""
    exec_offset: int
    """Orders decided at step t meet the market in bar t + exec_offset."""
    exec_at_close: bool
    """Whether they meet its close (True) or its open (False)."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number a document states: `value * scale` in `unit`."""

    entity: str
    metric: str
    value: float
    unit: str
    scale: float
    period: str


@dataclass(frozen=True, slots=True)
class Document:
    """Text with source and the instant from which it could be known."""

    id: str
    known_at: int
    """UTC nanoseconds."""
    published_at: datetime
    time_precision: TimePrecision
    kind: str
    symbols: tuple[str, ...]
    """Instruments it speaks of; empty: the whole market."""
    title: str
    text: str
    source: str
    figures: tuple[Figure, ...] = ()
    written_after: bool = False
    """Whether the text was written after the fact (it then shows the machine, not an edge)."""
    channel: Channel = "press"


class Series(NamedTuple):
    """One dated series of observations, ordered by `known_at`; all of shape (n,)."""

    known_at: Ints
    """UTC nanoseconds from which the value could be known."""
    value: Floats
    period: tuple[str, ...]
    """What the value is about, ISO date or quarter."""
    vintage: Literal["first", "revised"]


@dataclass(frozen=True, slots=True)
class Relation:
    """From `known_at` on, news of `source` may bear on `target`; a later row replaces it."""

    known_at: int
    """UTC nanoseconds."""
    source: str
    """Whom the news is about; need not be in the universe."""
    target: str
    """An instrument of the universe."""
    kind: RelationKind
    """What `source` is to `target`; none: the relation has ended."""


@dataclass(frozen=True, slots=True)
class View:
    """What a person said of an instrument, and when."""

    known_at: int
    """UTC nanoseconds."""
    by: str
    """Who said it."""
    instrument: str
    score: float
    """In [-1, 1], not 0; see `Opinion`."""
    confidence: float
    """In [0.5, 1]; see `Opinion`."""
