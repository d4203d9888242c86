"""What was traded: orders, refusals, and round trips."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from steelyard.evaluation.finished import Finished, fills
from steelyard.evaluation.portfolio import deciding
from steelyard.sim.course import Course
from steelyard.sim.ticks import split_lots, split_ticks
from steelyard.types.arrays import Ints
from steelyard.types.decision import Reason, Rule, Verb
from steelyard.types.record import Record


class RoundTrip(NamedTuple):
    """One position, from flat to flat."""

    instrument: int
    opened_step: int
    closed_step: int
    result: float
    """Micros gained, dividends included, net of fee, spread, slippage and borrow."""


class Happening(NamedTuple):
    """What changed a position or its result within a step; sorts by time."""

    step: int
    part: int
    """0 delisting or split, 1 carry of what was held, 2 fill, 3 carry of what was opened."""
    number: int
    lots: int
    """Signed change."""
    micros: float
    """Cash in."""


def trade_figures(finished: Finished) -> dict[str, Any]:
    """Count orders, fills, vetoes and refusals, and sum up the round trips."""
    record, rows = finished.record, deciding(finished)
    trips = round_trips(record, finished.course, finished.lot_value)
    return {
        "n_orders": int((record.order_id >= 0).sum()),
        "n_fills": record.n_fills,
        "n_vetoes": int((record.verb == Verb.VETO).sum()),
        "refused_for_cost": int((record.reason[rows] == Reason.COST).sum()),
        "round_trips": trip_figures(trips),
    }


def vetoes(record: Record) -> dict[str, int]:
    """Count the vetoes by the rule that said the last word, the most frequent first.

    `less_than_a_lot` counts those on which no rule fired: rounding left nothing.
    """
    fired = np.isfinite(record.before[record.verb == Verb.VETO])
    last = np.where(fired, np.arange(fired.shape[1]), -1).max(axis=1, initial=-1)
    counts = {rule.name.lower(): int((last == rule).sum()) for rule in Rule}
    counts["less_than_a_lot"] = int((last < 0).sum())
    return dict(sorted(((rule, n) for rule, n in counts.items() if n), key=lambda item: -item[1]))


def trip_figures(trips: list[RoundTrip]) -> dict[str, float]:
    """Give number, share that won, mean win over mean loss, and mean steps held."""
    result = np.array([trip.result for trip in trips])
    held = [trip.closed_step - trip.opened_step for trip in trips]
    win, lost = result[result > 0], result[result < 0]
    both = len(win) and len(lost)
    return {
        "n": len(trips),
        "win_rate": len(win) / len(trips) if trips else float("nan"),
        "payoff": float(win.mean() / -lost.mean()) if both else float("nan"),
        "mean_holding_steps": float(np.mean(held)) if trips else float("nan"),
    }


def round_trips(record: Record, course: Course, lot_value: Ints) -> list[RoundTrip]:
    """Give the closed positions in order of instrument, then time; what is still held is none.

    A fill past zero closes one trip and opens the next; its cost is shared by lots.
    """
    return [
        trip
        for instrument in range(record.lots.shape[1])
        for trip in _folded(instrument, sorted(_happenings(record, course, lot_value, instrument)))
    ]


def _folded(instrument: int, happenings: list[Happening]) -> Iterator[RoundTrip]:
    held, opened, result = 0, -1, 0.0
    for each in happenings:
        left = held + each.lots
        closes = held != 0 and (left == 0 or (left > 0) != (held > 0))
        part = -held / each.lots if closes else 1.0
        if closes:
            result += part * each.micros
            yield RoundTrip(instrument, opened, each.step, result)
        if closes or held == 0:
            opened, result = each.step, 0.0
        result += each.micros * (1.0 - part if closes else 1.0)
        held = left


def _happenings(
    record: Record, course: Course, lot_value: Ints, instrument: int
) -> Iterator[Happening]:
    start = np.concatenate([[0], record.lots[:-1, instrument]])
    yield from _delistings(record, course, start, instrument, int(lot_value[instrument]))
    yield from _splits(record, course, start, instrument, int(lot_value[instrument]))
    carry = np.diff(record.carry[:, instrument], prepend=0)
    for step in np.flatnonzero(carry).tolist():
        yield Happening(step, 1 if start[step] else 3, 0, 0, float(carry[step]))
    mine = np.flatnonzero(fills(record, "instrument") == instrument)
    cost = fills(record, "fee") + fills(record, "spread")
    cost += fills(record, "slippage") + fills(record, "impact")
    paid = fills(record, "lots") * fills(record, "price_ticks") * lot_value[instrument] + cost
    for fill in mine.tolist():
        lots = int(fills(record, "lots")[fill])
        yield Happening(int(fills(record, "step")[fill]), 2, fill, lots, -float(paid[fill]))


def _delistings(
    record: Record, course: Course, start: Ints, instrument: int, lot_value: int
) -> Iterator[Happening]:
    """Give what a delisting paid for what was held: its value before, and what it gained on it."""
    paid_out = (course.cash_out_micros[:, instrument] >= 0) & (start != 0)
    for step in np.flatnonzero(paid_out).tolist():
        held, before = int(start[step]), int(record.mark_ticks[step - 1, instrument])
        gained = int(np.diff(record.price_result[step - 1 : step + 1, instrument])[0])
        yield Happening(step, 0, -1, -held, float(held * before * lot_value + gained))


def _splits(
    record: Record, course: Course, start: Ints, instrument: int, lot_value: int
) -> Iterator[Happening]:
    """Give what splits did to what was held, as `ledger.post_split` posts it."""
    new_units, old_units = course.split_new[:, instrument], course.split_old[:, instrument]
    for step in np.flatnonzero((new_units != old_units) & (start != 0)).tolist():
        new, old, held = int(new_units[step]), int(old_units[step]), int(start[step])
        whole = split_lots(held, new, old)
        ticks = split_ticks(int(record.mark_ticks[step - 1, instrument]), new, old)
        paid = (held * new - whole * old) * ticks * lot_value // old
        yield Happening(step, 0, 0, whole - held, float(paid))
