"""Section `feeds`: where the data lie. Paths are relative to the scenario's folder."""

from typing import Annotated, Literal

from pydantic import Field

from steelyard.scenario.section import Section
from steelyard.scenario.unit import OR_NONE
from steelyard.scenario.units import PATH


class BarFeed(Section):
    """A file of bars, CSV or Parquet, one row for each instrument and bar."""

    path: Annotated[str, PATH]
    """File, relative to the scenario's folder."""
    price_basis: Literal["quoted", "split_adjusted"] = "quoted"
    """Whether prices are as quoted on the day, or adjusted for later splits."""


class ActionFeed(Section):
    """A file of splits and cash dividends, CSV or Parquet."""

    path: Annotated[str, PATH]
    """File, relative to the scenario's folder."""


class ObservationFeed(Section):
    """A file of dated figures, CSV or Parquet, each with the time from which it was known."""

    path: Annotated[str, PATH]
    """File, relative to the scenario's folder."""
    revised: Literal["refuse", "warn"] = "refuse"
    """What figures mean that were revised later: a fault, or a warning in the summary."""


class DocumentFeed(Section):
    """A JSONL file of documents."""

    path: Annotated[str, PATH]
    """File, relative to the scenario's folder."""


class Feeds(Section):
    """Where the data lie."""

    bars: BarFeed
    """Bars of the universe."""
    benchmark: Annotated[BarFeed | None, OR_NONE] = None
    """Bars of `market.benchmark`."""
    actions: Annotated[ActionFeed | None, OR_NONE] = None
    """Splits and dividends."""
    observations: Annotated[tuple[ObservationFeed, ...], Field(strict=False)] = ()
    """Macro figures and other dated series."""
    documents: Annotated[tuple[DocumentFeed, ...], Field(strict=False)] = ()
    """Texts: news, reports, notes."""
