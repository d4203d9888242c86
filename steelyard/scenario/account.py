"""Section `account`: what the run starts with, and what it may borrow."""

from typing import Annotated, Final, Literal

from steelyard.scenario.section import Section
from steelyard.scenario.units import Bps, Fraction, Money, Text
from steelyard.types.units import MICROS

_MOST_CASH: Final = 10_000_000_000 * MICROS
"""Ten billion; the ledger ends at a trillion, and what it grows to must fit, leverage and all."""

_DEFAULT_CASH: Final = 1_000_000 * MICROS


class Account(Section):
    """What the run starts with, and what it may borrow."""

    cash: Annotated[int, Money(above=0, at_most=_MOST_CASH)] = _DEFAULT_CASH
    """Cash at the start; kept in millionths of the currency, written in the currency."""
    cash_spread: Annotated[float | None, Bps(at_least=0.0, none="none")] = None
    """Idle cash earns `market.risk_free` less this, never below 0; none: it earns nothing."""
    currency: Annotated[
        str | None,
        Text(
            pattern=r"[A-Z]{3}",
            says="it must be a currency of three letters, like USD",
            none="none",
        ),
    ] = None
    """Currency of the account; none: that of the market."""
    kind: Literal["margin", "cash"] = "margin"
    """Whether money and units may be borrowed; in a cash account cash never falls below 0."""
    initial_margin: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.5
    """Equity that new positions need, of their gross value; 50% is Regulation T."""
    maintenance_margin: Annotated[float, Fraction(above=0.0, at_most=1.0)] = 0.25
    """Equity below which positions are closed, of their gross value; 25% is FINRA rule 4210."""
    margin_spread: Annotated[float, Bps(at_least=0.0)] = 150.0
    """Cash below 0 pays `market.risk_free` plus this, a year; this alone where none is named."""
