"""Rows of a run's database, made from tape, course and record."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from steelyard.evaluation.agents import NOT_COUNTED
from steelyard.feeds.instants import day_of
from steelyard.sim.course import Course
from steelyard.store import Row, Table
from steelyard.types.arrays import Bools, Ints
from steelyard.types.decision import Purpose, Reason, Rule, TradingState, Verb
from steelyard.types.market import Instrument
from steelyard.types.opinion import Cause
from steelyard.types.record import FILL_COLUMNS, Record
from steelyard.types.tape import Tape
from steelyard.types.units import MICROS


@dataclass(frozen=True, slots=True)
class Told:
    """A finished run, as far as its tables need it."""

    tape: Tape
    course: Course
    record: Record
    instruments: tuple[Instrument, ...]
    bucket: Ints
    """Bucket of each agent's horizon, shape (n_agents,)."""
    horizon: Ints
    """Steps of each bucket, shape (n_buckets,)."""
    first_step: int

    @property
    def sessions(self) -> list[str]:
        """ISO dates of all steps."""
        return [day_of(day).isoformat() for day in self.course.session]


def tables(told: Told) -> list[Table]:
    """Give all tables of a run, with their rows."""
    return [
        _opinions(told),
        _abstentions(told),
        _claims(told),
        _verdicts(told),
        _shares(told),
        _decisions(told),
        _rules(told),
        _orders(told),
        _fills(told),
        _equity(told),
        _positions(told),
        _events(told),
    ]


WHERE = {"step": int, "session": str, "instrument": str}
BY_CELL = ("step", "instrument")


def _name(enum: type, code: int) -> str:
    return str(enum(code).name).lower()


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _cells(told: Told, where: Bools) -> Iterator[tuple[int, str, str, tuple[int, ...]]]:
    """Give step, session, instrument and index of each true cell."""
    sessions, names = told.sessions, told.tape.instruments
    for cell in np.argwhere(where):
        step, instrument = int(cell[0]), int(cell[1])
        if step >= told.first_step:
            yield step, sessions[step], names[instrument], tuple(int(k) for k in cell)


def _opinions(told: Told) -> Table:
    columns = WHERE | {
        "agent": str,
        "score": float,
        "confidence": float,
        "support": float,
        "horizon": int,
        "outcome": float,
    }
    tape = told.tape

    def rows() -> Iterator[Row]:
        spoke = np.swapaxes(tape.cause == 0, 1, 2)
        for step, session, instrument, (_, i, k) in _cells(told, spoke):
            outcome = told.course.outcome[step, i, told.bucket[k]]
            yield (
                *(step, session, instrument, tape.agents[k]),
                *(tape.score[step, k, i], tape.confidence[step, k, i], tape.support[step, k, i]),
                *(int(tape.horizon[k]), _number(outcome)),
            )

    return Table("opinions", columns, rows(), BY_CELL)


def _abstentions(told: Told) -> Table:
    cause = np.swapaxes(told.tape.cause, 1, 2)

    def rows() -> Iterator[Row]:
        for step, session, instrument, cell in _cells(told, ~np.isin(cause, list(NOT_COUNTED))):
            yield step, session, instrument, told.tape.agents[cell[2]], _name(Cause, cause[cell])

    return Table("abstentions", WHERE | {"agent": str, "cause": str}, rows(), BY_CELL)


def _claims(told: Told) -> Table:
    columns = WHERE | {
        "agent": str,
        "entity": str,
        "metric": str,
        "value": float,
        "unit": str,
        "scale": float,
        "period": str,
        "source": str,
        "quote": str,
        "result": str,
        "found": float,
    }
    sessions, tape = told.sessions, told.tape
    rows = (
        (
            *(check.step, sessions[check.step], tape.instruments[check.instrument_index]),
            *(tape.agents[check.agent_index], *check.claim, check.result, check.found),
        )
        for check in tape.checks
    )
    return Table("claims", columns, rows, BY_CELL)


def _verdicts(told: Told) -> Table:
    columns = WHERE | {
        "horizon": int,
        "probability": float,
        "base_rate": float,
        "log_odds_sd": float,
        "expected": float,
        "expected_sd": float,
        "disagreement": float,
        "n_voices": int,
        "outcome": float,
    }
    record = told.record

    def rows() -> Iterator[Row]:
        for step, session, instrument, (_, i, b) in _cells(told, record.stands):
            yield (
                *(step, session, instrument, int(told.horizon[b])),
                *(_number(record.probability[step, i, b]), _number(record.base_rate[step, b])),
                *(_number(record.log_odds_sd[step, i, b]), _number(record.expected[step, i, b])),
                *(_number(record.expected_sd[step, i, b]),),
                *(_number(record.disagreement[step, i, b]), int(record.n_voices[step, i])),
                _number(told.course.outcome[step, i, b]),
            )

    return Table("verdicts", columns, rows(), BY_CELL)


def _shares(told: Told) -> Table:
    columns = WHERE | {"horizon": int, "agent": str, "log_odds": float}
    share = told.record.share

    def rows() -> Iterator[Row]:
        for step, session, instrument, cell in _cells(told, share != 0):
            horizon, agent = int(told.horizon[cell[2]]), told.tape.agents[cell[3]]
            yield step, session, instrument, horizon, agent, float(share[cell])

    return Table("shares", columns, rows(), BY_CELL)


def _decisions(told: Told) -> Table:
    columns = WHERE | {
        "verb": str,
        "reason": str,
        "held": float,
        "wanted": float,
        "target": float,
        "allowed": float,
        "probability": float,
        "edge_bps": float,
        "cost_bps": float,
        "holding_steps": float,
        "n_voices": int,
        "order_lots": int,
        "purpose": str,
        "state": str,
    }
    record = told.record

    def rows() -> Iterator[Row]:
        asked = told.course.listed & told.course.decides[:, None]
        for step, session, instrument, (_, i) in _cells(told, asked):
            yield (
                *(step, session, instrument),
                *(_name(Verb, record.verb[step, i]), _name(Reason, record.reason[step, i])),
                *(_number(record.weight[step, i]), _number(record.wanted[step, i])),
                *(_number(record.target[step, i]), _number(record.allowed[step, i])),
                *(_number(record.intent_probability[step, i]), _number(record.edge_bps[step, i])),
                *(_number(record.cost_bps[step, i]), _number(record.holding_steps[step, i])),
                *(int(record.n_voices[step, i]), int(record.order_lots[step, i])),
                _name(Purpose, record.purpose[step, i]),
                _name(TradingState, record.state[step]),
            )

    return Table("decisions", columns, rows(), BY_CELL)


def _rules(told: Told) -> Table:
    columns = WHERE | {"rule": str, "before": float, "after": float, "trigger": float}
    record = told.record

    def rows() -> Iterator[Row]:
        for step, session, instrument, cell in _cells(told, np.isfinite(record.before)):
            yield (
                *(step, session, instrument, _name(Rule, cell[2])),
                *(float(record.before[cell]), _number(record.after[cell])),
                _number(record.trigger[cell]),
            )

    return Table("rules", columns, rows(), BY_CELL)


def _orders(told: Told) -> Table:
    columns = {"order_id": int} | WHERE | {"lots": int, "purpose": str, "stop": float}
    record = told.record

    def rows() -> Iterator[Row]:
        for step, session, instrument, (_, i) in _cells(told, record.order_id >= 0):
            yield (
                *(int(record.order_id[step, i]), step, session, instrument),
                *(int(record.order_lots[step, i]), _name(Purpose, record.purpose[step, i])),
                _number(record.stop[step, i]),
            )

    return Table("orders", columns, rows(), ("order_id",))


def _fills(told: Told) -> Table:
    columns = WHERE | {
        "order_id": int,
        "lots": int,
        "price": float,
        "fee": float,
        "spread": float,
        "slippage": float,
        "impact": float,
        "purpose": str,
    }
    sessions = told.sessions

    def rows() -> Iterator[Row]:
        for row in told.record.fill[: told.record.n_fills]:
            fill = dict(zip(FILL_COLUMNS, (int(number) for number in row), strict=True))
            instrument = told.instruments[fill["instrument"]]
            yield (
                *(fill["step"], sessions[fill["step"]], instrument.id, fill["order_id"]),
                *(fill["lots"], round(fill["price_ticks"] * instrument.tick, 6)),
                *(fill[cost] / MICROS for cost in ("fee", "spread", "slippage", "impact")),
                _name(Purpose, fill["purpose"]),
            )

    return Table("fills", columns, rows(), ("order_id",))


def _equity(told: Told) -> Table:
    columns = {"step": int, "session": str, "equity": float, "cash": float, "state": str}
    record, sessions = told.record, told.sessions
    rows = (
        (
            *(step, sessions[step], record.equity[step] / MICROS, record.cash[step] / MICROS),
            _name(TradingState, record.state[step]),
        )
        for step in range(told.first_step, len(sessions))
    )
    return Table("equity", columns, rows, ("step",))


def _positions(told: Told) -> Table:
    columns = WHERE | {"lots": int, "mark": float, "price_result": float, "carry": float}
    record = told.record

    def rows() -> Iterator[Row]:
        for step, session, instrument, (_, i) in _cells(told, record.lots != 0):
            mark = round(record.mark_ticks[step, i] * told.instruments[i].tick, 6)
            yield (
                *(step, session, instrument, int(record.lots[step, i]), mark),
                *(record.price_result[step, i] / MICROS, record.carry[step, i] / MICROS),
            )

    return Table("positions", columns, rows(), BY_CELL)


def _events(told: Told) -> Table:
    state = told.record.state
    sessions = told.sessions

    def rows() -> Iterator[Row]:
        for step in range(told.first_step, len(state)):
            before = state[step - 1] if step > told.first_step else TradingState.ACTIVE
            if state[step] != before:
                change = f"{_name(TradingState, before)} to {_name(TradingState, state[step])}"
                yield step, sessions[step], "state_changed", change

    columns = {"step": int, "session": str, "event": str, "detail": str}
    return Table("events", columns, rows(), ("step",))
