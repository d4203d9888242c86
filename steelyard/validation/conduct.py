"""What a decided course must never hold, read from its record by rules written here anew."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.scenario import Scenario
from steelyard.types.arrays import Bools, Floats, Ints
from steelyard.types.decision import Purpose, TradingState
from steelyard.types.record import FILL_COLUMNS, Record
from steelyard.validation.staging import Base, Staged

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


def breaches_of(base: Base, staged: Staged, record: Record) -> Breaches:
    """Count the breaches from the eve to the end of the window."""
    most = base.scenario.ensemble.max_log_odds
    said = np.abs(record.share[base.eve :])
    return Breaches(
        past_limit=int(past_limit(base.scenario, staged, record)[base.eve :].sum()),
        in_halt=in_halt(staged, record, base.eve),
        at_reopening=sum(1 for _ in at_reopening(staged, record, base.eve)),
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


def at_reopening(staged: Staged, record: Record, eve: int) -> Iterator[tuple[int, int]]:
    """Give each (step, instrument) at which a reopening was not met as it must be."""
    halted, traded = staged.traded.halted, staged.traded
    filled = fills_after(record, eve)
    ended = halted[:-1] & ~halted[1:] & np.isfinite(traded.open[1:])
    for before, i in np.argwhere(ended):
        step = before + 1
        if before <= eve:
            continue
        here = filled[(filled[:, STEP] == step) & (filled[:, INSTRUMENT] == i)]
        added = (here[:, PURPOSE] == Purpose.OPEN).any()
        stops = here[here[:, PURPOSE] == Purpose.PROTECT]
        tick = staged.world.instruments[i].tick
        print_ticks = int(np.floor(traded.open[step, i] / tick + 0.5))
        if added or _missed(staged, record, (int(step), int(i)), stops, print_ticks):
            yield int(step), int(i)


def _missed(
    staged: Staged, record: Record, place: tuple[int, int], stops: Ints, print_ticks: int
) -> bool:
    """Say whether the first print passed the resting stop, and that did not execute at it."""
    step, i = place
    held = record.lots[step - 1, i]
    stop = resting_stop(staged, record, step, i)
    if held == 0 or not np.isfinite(stop):
        return False
    tick = staged.world.instruments[i].tick
    passed = print_ticks * tick <= stop if held > 0 else print_ticks * tick >= stop
    return bool(passed and not (stops[:, PRICE] == print_ticks).any())


def resting_stop(staged: Staged, record: Record, step: int, i: int) -> float:
    """Give the level of the stop that rests when a step begins, NaN where there is none.

    Additions draw it nearer, never away; splits carry it along.
    """
    bars, level = staged.traded, float("nan")
    ratio = bars.split_old[:, i] / bars.split_new[:, i]
    flat = np.flatnonzero(record.lots[:step, i] == 0)
    for s in range(int(flat[-1]) if len(flat) else 0, step):
        level *= float(ratio[s])
        stop = float(record.stop[s, i])
        if record.purpose[s, i] == Purpose.OPEN and np.isfinite(stop):
            nearer = np.fmax if record.order_lots[s, i] > 0 else np.fmin
            level = float(nearer(level, stop))
    return level * float(ratio[step])
