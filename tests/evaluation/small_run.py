"""Small runs to be judged; tests change single fields."""

import numpy as np

from steelyard.evaluation.finished import Finished
from steelyard.sim import ledger as books
from steelyard.sim.costs import Units
from steelyard.sim.course import Course
from steelyard.types.decision import Fills
from steelyard.types.record import empty_record
from steelyard.types.tape import Tape

CASH = 1_000_000_000_000
"""One million of the currency, in micros."""
LOT_VALUE = 10_000
"""Micros per lot and tick: one unit, ticks of a hundredth."""
HORIZON = (5, 21)


def a_course(close, **changes):
    """Give a course that trades at `close`, shape (n_steps, n_instruments), all bar long."""
    close = np.asarray(close, dtype=np.float64)
    ones = np.ones(close.shape, dtype=np.int64)
    fields = dict.fromkeys(Course._fields, close) | {
        "split_new": ones,
        "split_old": ones,
        "dividend_micros": 0 * ones,
        "cash_out_micros": 0 * ones - 1,
        "locked": 0 * ones,
        "halted": np.zeros(close.shape, dtype=np.bool_),
        "listed": np.isfinite(close),
        "outcome": np.full((*close.shape, len(HORIZON)), np.nan),
        "session": np.arange(len(close)),
        "decides": np.ones(len(close), dtype=np.bool_),
    }
    return Course(**(fields | changes))


def a_tape(n_steps, n_instruments, n_agents=2, **changes):
    """Give a tape of agents that have nothing new to say."""
    shape = (n_steps, n_agents, n_instruments)
    fields = {
        "agents": tuple(f"agent{k}" for k in range(n_agents)),
        "instruments": tuple(f"I{i}" for i in range(n_instruments)),
        "horizon": np.array([HORIZON[k % 2] for k in range(n_agents)]),
        "reads_text": np.zeros(n_agents, dtype=np.bool_),
        "score": np.zeros(shape),
        "confidence": np.zeros(shape),
        "support": np.zeros(shape),
        "cause": np.full(shape, 4),
        "checks": (),
    }
    return Tape(**(fields | changes))


def a_record(n_steps, n_instruments, **changes):
    """Give a record in which nothing was done and the base rate is a half."""
    record = empty_record(n_steps, n_instruments, len(HORIZON), 2)
    for name, values in ({"base_rate": 0.5, "equity": CASH, "cash": CASH} | changes).items():
        getattr(record, name)[:] = values
    return record


def with_fills(record, rows):
    """Write fills, rows as in `FILL_COLUMNS`, into a record and give it back."""
    for number, row in enumerate(rows):
        record.fill[number] = row
    record.counter[0] = len(rows)
    return record


def a_finished_run(close, **changes):
    """Give an idle run on a course of closes; `changes` are fields of `Finished`."""
    course = changes.get("course") or a_course(close)
    n_steps, n_instruments = course.close.shape
    fields = {
        "tape": a_tape(n_steps, n_instruments),
        "course": course,
        "record": a_record(n_steps, n_instruments),
        "first_step": 0,
        "horizon": np.array(HORIZON),
        "bucket": np.array([0, 1]),
        "steps_per_year": 252.0,
        "rate_percent": np.zeros(n_steps),
        "cash_rate": np.zeros(n_steps),
        "cash": CASH,
        "cost_bps": np.zeros(n_steps),
        "lot_value": np.full(n_instruments, LOT_VALUE),
    }
    return Finished(**(fields | changes))


def traded(course, deals):
    """Book deals on a course as the ledger does, and give the record.

    Args:
        course: Its marks are its closes, deals are struck at its opens.
        deals: (step, instrument, lots, cost in micros), ordered by step.
    """
    n_steps, n_instruments = course.close.shape
    ones = np.ones(n_instruments, dtype=np.int64)
    ledger = books.open_ledger(Units(ones * 1.0, ones, LOT_VALUE * ones, np.arange(n_instruments)))
    books.post_deposit(ledger, CASH)
    record = a_record(n_steps, n_instruments)
    rows = []
    for step in range(n_steps):
        take_effect(ledger, course, step)
        for _, instrument, lots, cost in [deal for deal in deals if deal[0] == step]:
            ticks = round(course.open[step, instrument] * 100)
            row = (step, len(rows), instrument, lots, ticks, cost, 0, 0, 0, 0, 0, 0)
            books.post(ledger, Fills(np.array([row]), np.array([1])), 0)
            rows.append(row)
        for instrument in range(n_instruments):
            books.mark(ledger, instrument, round(course.close[step, instrument] * 100))
        for name in ("lots", "mark_ticks", "price_result", "carry", "cost"):
            getattr(record, name)[step] = getattr(ledger, name)
        record.equity[step] = books.equity(ledger)
    return with_fills(record, rows)


def take_effect(ledger, course, step):
    """Let the splits and dividends of a step fall on what is held."""
    for i in range(course.close.shape[1]):
        new, old = int(course.split_new[step, i]), int(course.split_old[step, i])
        if new != old:
            books.post_split(ledger, i, new, old)
        books.post_dividend(ledger, i, int(course.dividend_micros[step, i]))
