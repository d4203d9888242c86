"""Part `feeds.bars.synthetic`: a market made by a model, in place of a file."""

from typing import Annotated, Final, Literal

from pydantic import Field

from steelyard.scenario.section import Section
from steelyard.scenario.unit import OR_NONE
from steelyard.scenario.units import PATH, SYMBOL, Fraction, Number

ModelName = Literal["brownian", "jumps", "regimes", "garch"]

OWN_KEYS: Final[dict[ModelName, tuple[str, ...]]] = {
    "brownian": (),
    "jumps": ("jumps_a_year", "jump_mean", "jump_volatility"),
    "regimes": ("regimes",),
    "garch": ("reaction", "memory", "leverage", "tail", "fitted_to"),
}
"""Keys that only one model reads."""
FITTED_KEYS: Final = ("drift", "volatility", "reaction", "memory", "leverage", "tail")
"""Keys that a fit gives, and nobody may state beside it."""
_FEWEST_REGIMES, _MOST_REGIMES = 2, 3


class FittedTo(Section):
    """The series whose returns a model is fitted to."""

    path: Annotated[str, PATH]
    """Bars, CSV or Parquet, relative to the scenario's folder."""
    symbol: Annotated[str, SYMBOL]
    """Whose closes; splits that they are not adjusted for would be taken for moves."""


class Regime(Section):
    """A state of the whole market."""

    drift: Annotated[float, Fraction(above=-2.0, below=2.0)]
    """Mean log return, a year."""
    volatility: Annotated[float, Fraction(above=0.0, at_most=2.0)]
    """Of log returns, a year."""
    lasts: Annotated[float, Number(above=1.0)]
    """Steps that it lasts, on average; then each other regime is as likely."""


class SyntheticBars(Section):
    """Session bars of a market that a model makes, from the scenario's `seed`."""

    model: ModelName = "garch"
    """Geometric Brownian motion, the same with jumps, regimes, or GARCH(1,1) with fat tails."""
    drift: Annotated[float, Fraction(above=-2.0, below=2.0)] = 0.05
    """Mean log return, a year; not of model `regimes`."""
    volatility: Annotated[float, Fraction(above=0.0, at_most=2.0)] = 0.25
    """Of log returns, a year, over the long run, between jumps; not of model `regimes`."""
    correlation: Annotated[float, Fraction(at_least=0.0, below=1.0)] = 0.3
    """Of the returns of any two instruments, jumps apart."""
    sector_correlation: Annotated[float, Fraction(at_least=0.0, below=1.0)] = 0.4
    """Of two of one sector; at least `correlation`."""
    jumps_a_year: Annotated[float, Number(at_least=0.0, at_most=250.0)] = 4.0
    """Model `jumps`: how many, on average, of each instrument on its own."""
    jump_mean: Annotated[float, Fraction(above=-1.0, below=1.0)] = -0.02
    """Model `jumps`: mean log size of one."""
    jump_volatility: Annotated[float, Fraction(at_least=0.0, below=1.0)] = 0.06
    """Model `jumps`: standard deviation of its log size."""
    regimes: Annotated[
        tuple[Regime, ...],
        Field(min_length=_FEWEST_REGIMES, max_length=_MOST_REGIMES, strict=False),
    ] = (
        Regime(drift=0.12, volatility=0.16, lasts=250.0),
        Regime(drift=-0.2, volatility=0.38, lasts=60.0),
    )
    """Model `regimes`: two or three of the whole market, which begins in the first."""
    reaction: Annotated[float, Number(at_least=0.0, below=1.0)] = 0.06
    """Model `garch`: weight of the last squared shock in the next variance."""
    memory: Annotated[float, Number(at_least=0.0, below=1.0)] = 0.9
    """Model `garch`: weight of the last variance in the next."""
    leverage: Annotated[float, Number(at_least=0.0, below=1.0)] = 0.04
    """Model `garch`: further weight of the last squared shock after a fall."""
    tail: Annotated[float, Number(above=2.0)] = 6.0
    """Model `garch`: degrees of freedom of the shocks; the fewer, the wilder."""
    fitted_to: Annotated[FittedTo | None, OR_NONE] = None
    """Model `garch`: the series that gives drift, volatility and all of the model's own keys."""
    start_price: Annotated[float, Number(above=0.0, at_most=1e6)] = 50.0
    """Close of every instrument before the first step, in the currency."""
    volume: Annotated[float, Number(above=0.0, at_most=1e12)] = 2e6
    """Median units traded in a session without a move."""

    @property
    def persistence(self) -> float:
        """Give the part of a rise of variance that is left a step later, of model `garch`."""
        return self.reaction + self.leverage / 2.0 + self.memory
