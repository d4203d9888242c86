"""The driver's own job on Steelyard: pool weights are given, nobody learns.

The vote of the four agents, sizing, both halts, orders, fills, costs and the double-entry
ledger are all in the time that is told; laying out the bars in ticks is not, as for peers.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from driver import data_of

from steelyard.decide.follow import Followed, Rules, follow
from steelyard.kernel import kernel
from steelyard.sim.costs import Terms, Units
from steelyard.sim.prints import Prints
from steelyard.types.units import MICROS

CASH = 100_000_000
TICK = 0.001
"""Prices of the driver are rounded to it."""
DAY_HALTED, DRAWN_DOWN = 1, 2
"""States of a step; see `Followed`."""
POOL = np.array([0.3, 0.3, 0.2, 0.2])
LEAST_VOTE = 0.2
FEE_BPS = 5.0
HALF_SPREAD_BPS = 2.0
"""Stands for the driver's slippage, which lies in its price; ours is posted beside it."""
MAX_DRAWDOWN = 0.20
MINUTES_A_DAY = 1_440
RULES = {
    "W1": Rules(0.02, 0.01, MAX_DRAWDOWN),
    "W1d": Rules(0.0, 0.01, MAX_DRAWDOWN),
    "W2": Rules(0.0, 0.03, MAX_DRAWDOWN),
    "W3": Rules(0.02, 0.03, MAX_DRAWDOWN),
}
N_CALLS = {"W1": 20, "W1d": 20, "W2": 20, "W3": 3}
"""Calls that are averaged, as the driver does for what is compiled."""
SHARE = 0.1
TERMS = Terms(fee_bps=FEE_BPS, auction_share=SHARE)
"""The driver's costs, in our words."""


class Job(NamedTuple):
    """One path of a workload, laid out."""

    prints: Prints
    units: Units
    score: np.ndarray
    """Shape (n_steps, n_instruments, 4), as `strength`."""
    strength: np.ndarray
    budget: np.ndarray
    """Shape (n_steps, n_instruments)."""


class End(NamedTuple):
    """What is told of a path."""

    equity: float
    n_orders: int
    day_halted: int
    """Steps, as below."""
    drawn_down: int


@kernel
def vote(score: np.ndarray, strength: np.ndarray, budget: np.ndarray, pool: np.ndarray) -> Any:
    """Give the weight that the agents' vote asks for: 0 where it is weak."""
    weight = np.zeros(budget.shape)
    for step in range(budget.shape[0]):
        for i in range(budget.shape[1]):
            total = 0.0
            for k in range(len(pool)):
                total += pool[k] * score[step, i, k] * strength[step, i, k]
            total = min(1.0, max(-1.0, total))
            if abs(total) > LEAST_VOTE:
                weight[step, i] = total * budget[step, i]
    return weight


def given(work: str) -> dict[str, Any]:
    """Run a workload on all its paths; the rate is of calls after the first."""
    rules = RULES[work]
    jobs = [job_of(arrays, work) for arrays in paths_of(work)]
    done = [end_of(run(job, rules)) for job in jobs]
    began = time.process_time()
    for _ in range(N_CALLS[work]):
        for job in jobs:
            run(job, rules)
    took = (time.process_time() - began) / N_CALLS[work]
    n_bars = sum(job.budget.size for job in jobs)
    return {
        "bars": n_bars,
        "t": took,
        "rate": n_bars / took,
        "eq": float(np.mean([each.equity for each in done])),
        "eq0": done[0].equity,
        "orders": sum(each.n_orders for each in done),
        "day_halted_steps": sum(each.day_halted for each in done),
        "drawn_down_steps": sum(each.drawn_down for each in done),
    }


def end_of(followed: Followed) -> End:
    """Keep what is told of a path: kept whole, a thousand would be new memory each time."""
    state = followed.state
    return End(
        float(followed.equity[-1]) / MICROS,
        followed.n_orders,
        int((state == DAY_HALTED).sum()),
        int((state == DRAWN_DOWN).sum()),
    )


def scaling(n_instruments: str, n_steps: str) -> dict[str, Any]:
    """Give nanoseconds an instrument-bar for W1's data, repeated to any length and width."""
    (arrays,) = paths_of("W1")
    wide, long = int(n_instruments), int(n_steps)
    again = {name: _repeated(array, long, wide) for name, array in arrays.items()}
    again["B"] = again["B"] / wide
    # Every other time the votes are turned round: a hundred times the same gain, one after the
    # other, is more than a ledger counts. Then a drawdown must not end the trading.
    again["S"] *= np.where(np.arange(long) // len(arrays["S"]) % 2, -1.0, 1.0)[:, None, None]
    # A band on the whole book would keep its many small parts from ever trading.
    job, rules = job_of(again, "W1"), RULES["W1d"]._replace(max_drawdown=1.0)
    run(job, rules)
    best = min(_timed(job, rules) for _ in range(3))
    return {"ns": 1e9 * best / (wide * long)}


def run(job: Job, rules: Rules) -> Followed:
    """Vote, and follow the vote."""
    weight = vote(job.score, job.strength, job.budget, POOL)
    return follow(job.prints, weight, job.units, TERMS, rules, CASH * MICROS)


def units_of(n_instruments: int) -> Units:
    """Give shares counted one by one, on the driver's tick."""
    return Units(
        tick=np.full(n_instruments, TICK),
        lot_units=np.ones(n_instruments, dtype=np.int64),
        tick_micros=np.full(n_instruments, round(TICK * MICROS), dtype=np.int64),
        key=np.arange(n_instruments),
    )


def paths_of(work: str) -> Iterator[dict[str, np.ndarray]]:
    """Give the arrays of each path of a workload, shapes (n_steps, n_instruments, ...)."""
    arrays = data_of(work)
    if work != "W3":
        yield arrays
        return
    for path in range(len(arrays["c"])):
        yield {name: array[path][:, None] for name, array in arrays.items()}


def job_of(arrays: dict[str, np.ndarray], work: str) -> Job:
    """Lay out arrays in ticks; `trailing` among them bounds fills, else the bars' volume does."""
    steps_a_day = MINUTES_A_DAY if work.startswith("W1") else 1
    prices = np.stack([arrays[name] for name in "ohlc"], axis=-1)
    shape = prices.shape[:2]
    volume = arrays["v"]
    nan, zero = np.full(shape, np.nan), np.zeros(shape)
    spread, without_end = np.full(shape, HALF_SPREAD_BPS), np.full(shape, np.inf)
    flow = [volume, arrays.get("trailing", volume), spread, nan, zero, without_end]
    prints = Prints(
        ticks=np.rint(prices / TICK).astype(np.int64),
        flow=np.stack(flow, axis=-1),
        action=np.tile(np.array([1, 1, 0, -1]), (*shape, 1)),
        acts=np.zeros(shape[0], dtype=np.bool_),
        ends_session=(np.arange(shape[0]) + 1) % steps_a_day == 0,
    )
    contiguous = [np.ascontiguousarray(arrays[name]) for name in "SFB"]
    return Job(prints, units_of(shape[1]), *contiguous)


def _repeated(array: np.ndarray, n_steps: int, n_instruments: int) -> np.ndarray:
    """Repeat a path to any length; each instrument begins at a place of its own in it."""
    begins = np.arange(n_instruments) * len(array) // n_instruments
    rows = (np.arange(n_steps)[:, None] + begins) % len(array)
    return array[rows, 0]


def _timed(job: Job, rules: Rules) -> float:
    began = time.process_time()
    run(job, rules)
    return time.process_time() - began
