"""The books that a shock hits, and what became of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from steelyard.plan import carry_out, lot_value, plan_of
from steelyard.risk.stress import MOVES, stress_loss
from steelyard.scenario import Scenario
from steelyard.types.arrays import Floats
from steelyard.types.decision import Verb
from steelyard.types.market import Instrument
from steelyard.types.outcome import carried, units_index
from steelyard.types.record import Record
from steelyard.types.units import MICROS
from steelyard.validation.conduct import Breaches, breaches_of, fills_after
from steelyard.validation.staging import Base, Staged

EXERCISED = 0.5
"""Share of the largest gross that the limits allow, from which a book counts as exercised."""


class Book(NamedTuple):
    """Positions on the eve of a shock."""

    name: str
    side: int
    """1 where it loses when prices fall, -1 where it loses when they rise."""
    weight: Floats | None
    """Put in place of what is held, shape (N,); None: the run's own."""


def weights(record: Record, instruments: tuple[Instrument, ...], step: int) -> Floats:
    """Give what is held at the end of a step, as shares of equity, shape (N,)."""
    value = record.lots[step] * record.mark_ticks[step] * lot_value(instruments)
    equity = float(record.equity[step])
    return value / equity if equity > 0.0 else np.full(len(value), np.nan)


def gross_by_step(record: Record, instruments: tuple[Instrument, ...]) -> Floats:
    """Give the gross exposure at the end of each step, a share of equity, shape (T,)."""
    value = np.abs(record.lots * record.mark_ticks * lot_value(instruments)).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(record.equity > 0, value / record.equity, 0.0)


def most_gross(scenario: Scenario, n_listed: int) -> float:
    """Give the largest gross exposure that the limits allow together."""
    risk = scenario.risk
    return min(risk.max_gross, n_listed * risk.max_position)


def books_of(base: Base) -> list[Book]:
    """Give the run's own book, and one at full limits on either side that the account may take."""
    own = weights(base.record, base.world.instruments, base.eve)
    listed = base.world.listed[base.eve] & np.isfinite(base.world.bars.close[base.eve])
    n_listed = max(1, int(listed.sum()))
    risk = base.scenario.risk
    each = min(risk.max_position, risk.max_gross / n_listed, risk.max_net / n_listed)
    full = np.where(listed, each, 0.0)
    side = -1 if np.nansum(own) < 0 else 1
    books = [Book("own", side, None), Book("long", 1, full), Book("short", -1, -full)]
    return books[:2] if base.scenario.account.kind == "cash" else books


@dataclass(frozen=True)
class Ended:
    """What became of one book in one case; fractions of equity on the eve."""

    exposure_frac: float
    predicted_loss_frac: float
    drawdown_frac: float
    loss_frac: float
    n_fills: int
    n_vetoes: int
    breaches: Breaches
    is_exercised: bool

    def figures(self) -> dict[str, Any]:
        """Give its figures by name."""
        names = ("exposure_frac", "drawdown_frac", "loss_frac", "predicted_loss_frac")
        return {name: getattr(self, name) for name in names} | {
            "n_fills": self.n_fills,
            "n_vetoes": self.n_vetoes,
            "breaches": self.breaches._asdict(),
        }


def unhalted(scenario: Scenario) -> Scenario:
    """Give the scenario with halts that never bind: what they saved is seen without them."""
    risk = scenario.risk.model_copy(update={"max_drawdown": 1.0, "daily_loss": 1.0})
    return scenario.model_copy(update={"risk": risk})


def put_under(base: Base, staged: Staged, book: Book, *, halts: bool = True) -> Ended:
    """Decide a changed world with a book, and measure what became of it."""
    scenario = base.scenario if halts else unhalted(base.scenario)
    world = staged.world
    plan = plan_of(scenario, world, staged.tape, None)
    if book.weight is not None:
        plan = plan._replace(book_step=base.eve, book_weight=book.weight)
    record = carry_out(plan, scenario, world, staged.course, staged.tape, staged.prints)
    return measured(replace(base, scenario=scenario), staged, record, book.weight)


def measured(base: Base, staged: Staged, record: Record, put: Floats | None) -> Ended:
    """Measure a decided window, on a book that was put there, or the run's own."""
    eve, instruments = base.eve, staged.world.instruments
    held = weights(record, instruments, eve)
    equity = true_equity(staged, record)[eve:] / MICROS
    drawdown = 1.0 - equity / np.maximum.accumulate(equity)
    exposure = float(np.abs(held).sum())
    reach = most_gross(base.scenario, int(base.world.listed[eve].sum()))
    return Ended(
        exposure_frac=exposure,
        predicted_loss_frac=stress_loss(held, staged.course.volatility[eve], MOVES).worst,
        drawdown_frac=float(drawdown.max()),
        loss_frac=max(0.0, float(1.0 - equity.min() / equity[0])),
        n_fills=len(fills_after(record, eve)),
        n_vetoes=int((record.verb[eve + 1 :] == Verb.VETO).sum()),
        breaches=breaches_of(base, staged, record, put),
        is_exercised=exposure >= EXERCISED * reach,
    )


def true_equity(staged: Staged, record: Record) -> Floats:
    """Give equity at prices that are traded, micros, shape (T,).

    Where the feed lies, marks do too; what is lost is lost at true prices.
    """
    equity = record.equity.astype(np.float64)
    if staged.traded is staged.world.bars:
        return equity
    units = units_index(staged.traded)
    close = carried(staged.traded.close * units) / units
    tick = np.array([each.tick for each in staged.world.instruments])
    held = record.lots != 0
    wrong = np.where(held, close / tick - record.mark_ticks, 0.0)
    gain: Floats = (record.lots * wrong * lot_value(staged.world.instruments)).sum(axis=1)
    return equity + gain


def worst(ended: Mapping[str, Ended]) -> dict[str, Any]:
    """Give the worst figure over the books of a case: the largest exposure, the fewest fills."""
    books = list(ended.values())
    return {
        "drawdown_frac": max(each.drawdown_frac for each in books),
        "loss_frac": max(each.loss_frac for each in books),
        "predicted_loss_frac": max(each.predicted_loss_frac for each in books),
        "exposure_frac": max(each.exposure_frac for each in books),
        "n_fills": min(each.n_fills for each in books),
        "n_vetoes": max(each.n_vetoes for each in books),
    }
