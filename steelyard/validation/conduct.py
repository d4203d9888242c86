"""What a decided course must never hold, read from its record by rules written here anew."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.scenario import Scenario
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Purpose, TradingState
from steelyard.types.record import FILL_COLUMNS, Record
from steelyard.validation.staging import Base, Staged

STEPS_PER_MONTH = 21
"""Stops count volatilities over this many steps."""
TOLERANCE = 1e-9
"""Of weights: rounding of floats, far below a lot."""
STEP, INSTRUMENT, PRICE, PURPOSE = (
    FILL_COLUMNS.index(name) for name in ("step", "instrument", "price_ticks", "purpose")
)


class Breaches(NamedTuple):
    """How often a course broke a rule that no gate can lift."""

    past_limit: int
    """Additions of risk let through past a limit, or while trading was halted."""
    in_halt: int
    """Orders sent and fills made in an instrument while its trading was halted."""
    at_reopening: int
    """Additions filled at the first print after a halt, and stops that this print passed
    and that did not execute at it."""
    past_say: int
    """Times an agent moved the pooled log-odds further than it may."""

    @property
    def any(self) -> bool:
        """Say whether there is one."""
        return sum(self) > 0


def breaches_of(base: Base, staged: Staged, record: Record, put: Floats | None = None) -> Breaches:
    """Count the breaches from the eve to the end of the window.

    Args:
        base: The run.
        staged: The changed world.
        record: As it was decided.
        put: Weights of the book that was put in the run's place on the eve; None: its own.
    """
    eve = base.eve
    stops = stops_of_run(staged, record, eve)
    if put is not None:
        stops = stops_of_book(base.scenario, staged, put, eve)
    most = base.scenario.ensemble.max_log_odds
    said = np.abs(record.share[eve:])
    return Breaches(
        past_limit=int(past_limit(base.scenario, staged, record)[eve:].sum()),
        in_halt=in_halt(staged, record, eve),
        at_reopening=sum(1 for _ in at_reopening(staged, record, eve, stops)),
        past_say=int((said > most + TOLERANCE).sum()),
    )


def past_limit(scenario: Scenario, staged: Staged, record: Record) -> Bools:
    """Say where risk was added past a limit, shape (T, N)."""
    risk = scenario.risk
    adds = (record.purpose == Purpose.OPEN) & (record.order_lots != 0)
    order = np.abs(record.allowed - record.weight)
    gross, net = np.abs(record.allowed).sum(axis=1), np.abs(record.allowed.sum(axis=1))
    lot = np.array([instrument.lot for instrument in staged.world.instruments])
    volume = np.abs(record.order_lots) * lot / staged.course.adv
    wrong = (
        _past(np.abs(record.allowed), risk.max_position)
        | _past(order, risk.max_order)
        | _past(gross, risk.max_gross)[:, None]
        | (_past(net, risk.max_net) & ~_nears(record, net))[:, None]
        | _past(volume, risk.max_participation)
        | (np.abs(staged.course.step_return) > risk.price_collar)
        | (record.state != TradingState.ACTIVE)[:, None]
    )
    found: Bools = adds & wrong
    return found


def _past(value: Floats, limit: float) -> Bools:
    """Say what is past a limit; what is not known is."""
    past: Bools = ~(value <= limit + TOLERANCE)
    return past


def _nears(record: Record, net: Floats) -> Bools:
    """Say where what was let through brings net exposure down, shape (T,)."""
    nears: Bools = net <= np.abs(record.weight.sum(axis=1))
    return nears


def in_halt(staged: Staged, record: Record, eve: int) -> int:
    """Count orders sent in instruments known to be halted, and fills while they were."""
    halted, lag = staged.traded.halted, staged.world.timing.known_lag
    known = np.zeros_like(halted)
    known[lag:] = halted[: len(halted) - lag]
    sent = (record.order_lots != 0) & known
    filled = fills_after(record, eve)
    return int(sent[eve:].sum() + halted[filled[:, STEP], filled[:, INSTRUMENT]].sum())


def fills_after(record: Record, eve: int) -> Ints:
    """Give the fills of the steps behind one, shape (n, columns)."""
    fills = record.fill[: record.n_fills]
    return fills[fills[:, STEP] > eve]


def at_reopening(
    staged: Staged, record: Record, eve: int, stops: Floats
) -> Iterator[tuple[int, int]]:
    """Give each (step, instrument) at which a reopening was not met as it must be.

    Args:
        staged: The changed world.
        record: As it was decided.
        eve: Step before it changed.
        stops: Levels of the stops that rest on the eve before it decides, shape (N,).
    """
    halted, traded = staged.traded.halted, staged.traded
    filled = fills_after(record, eve)
    ended = halted[:-1] & ~halted[1:] & np.isfinite(traded.open[1:])
    for before, i in np.argwhere(ended):
        step = before + 1
        if before <= eve:
            continue
        here = filled[(filled[:, STEP] == step) & (filled[:, INSTRUMENT] == i)]
        added = (here[:, PURPOSE] == Purpose.OPEN).any()
        fired = here[here[:, PURPOSE] == Purpose.PROTECT]
        stop = resting_stop(staged, record, range(eve, int(step)), int(i), float(stops[i]))
        if added or _missed(staged, record, (int(step), int(i)), stop, fired[:, PRICE]):
            yield int(step), int(i)


def _missed(
    staged: Staged, record: Record, place: tuple[int, int], stop: float, fired: Ints
) -> bool:
    """Say whether the first print passed the resting stop, and that did not execute at it."""
    step, i = place
    held, tick = record.lots[step - 1, i], staged.world.instruments[i].tick
    if held == 0 or not np.isfinite(stop):
        return False
    print_ticks = int(np.floor(staged.traded.open[step, i] / tick + 0.5))
    passed = print_ticks * tick <= stop if held > 0 else print_ticks * tick >= stop
    return bool(passed and print_ticks not in fired)


def stops_of_run(staged: Staged, record: Record, eve: int) -> Floats:
    """Give the stops that rest on the eve, as additions before it drew them, shape (N,)."""
    stops = np.full(record.lots.shape[1], np.nan)
    for i in range(len(stops)):
        flat = np.flatnonzero(record.lots[:eve, i] == 0)
        steps = range(int(flat[-1]) if len(flat) else 0, eve)
        stops[i] = resting_stop(staged, record, steps, i, float("nan"))
    return stops


def stops_of_book(scenario: Scenario, staged: Staged, put: Floats, eve: int) -> Floats:
    """Give the stops that a book is put with on the eve, shape (N,)."""
    if scenario.trade.stop is None:
        return np.full(len(put), np.nan)
    away = scenario.trade.stop * staged.course.volatility[eve] * np.sqrt(STEPS_PER_MONTH)
    stops: Floats = staged.course.price[eve] * (1.0 - np.sign(put) * away)
    return np.where(put != 0.0, stops, np.nan)


def resting_stop(staged: Staged, record: Record, steps: range, i: int, level: float) -> float:
    """Give where a stop rests behind some steps, NaN where there is none.

    Additions draw it nearer, never away; splits carry it along; it ends with its position.

    Args:
        staged: The changed world.
        record: As it was decided.
        steps: In which it is followed.
        i: Its instrument.
        level: Where it rests before the first of them decides.
    """
    bars = staged.traded
    for s in steps:
        if record.lots[s, i] == 0 and record.purpose[s, i] != Purpose.OPEN:
            level = float("nan")
        stop = float(record.stop[s, i])
        if record.purpose[s, i] == Purpose.OPEN and np.isfinite(stop):
            nearer = np.fmax if record.order_lots[s, i] > 0 else np.fmin
            level = float(nearer(level, stop))
        level *= float(bars.split_old[s + 1, i] / bars.split_new[s + 1, i])
    return level
