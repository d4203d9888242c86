"""Section `risk`: limits of the supervisor. None of them can be switched off."""

from typing import Annotated, Literal

from pydantic import Field

from steelyard.scenario.section import Section
from steelyard.scenario.units import SYMBOL, Fraction, Whole


class Risk(Section):
    """Limits of the supervisor. None of them can be switched off."""

    max_position: Annotated[float, Fraction(above=0.0, at_most=10.0)] = 0.35
    """Largest position, of equity."""
    max_gross: Annotated[float, Fraction(above=0.0, at_most=10.0)] = 1.0
    """Largest sum of absolute positions, of equity."""
    max_net: Annotated[float, Fraction(above=0.0, at_most=10.0)] = 1.0
    """Largest absolute sum of signed positions, of equity."""
    max_order: Annotated[float, Fraction(above=0.0, at_most=10.0)] = 0.1
    """Largest order, of equity."""
    max_participation: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.01
    """Largest order, of the trailing mean volume of a step."""
    price_collar: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.15
    """Largest move of the newest step beyond which nothing new is opened."""
    risk_per_trade: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.03
    """Largest loss of a position between its entry and its stop, of equity."""
    daily_loss: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.04
    """Loss of a session after which nothing is opened for the next step, of equity."""
    max_drawdown: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.35
    """Fall from the high-water mark that halts trading."""
    rearm: Annotated[int | None, Whole(at_least=1, none="never")] = 63
    """Steps after a drawdown halt until trading resumes; never: it does not."""
    min_probability: Annotated[float, Fraction(at_least=0.5, below=1.0)] = 0.505
    """Least pooled probability of the likelier side for new risk."""
    stale_after: Annotated[int, Whole(at_least=1)] = 3
    """Steps without a bar after which an instrument's data are stale."""
    text_alone: Literal["refuse", "allow"] = "refuse"
    """Whether opinions on documents alone may open new risk."""
    restricted: Annotated[tuple[Annotated[str, SYMBOL], ...], Field(strict=False)] = ()
    """Instruments of the universe in which no risk may be added."""
