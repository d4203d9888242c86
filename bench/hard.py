"""Data on which both halts fire and volume caps bind; ours beside a plain loop.

The driver's generator with wilder prices and thin, uneven volume: 200 paths of 1,260 days.
A day's loss of 3 % closes everything for a bar, a drawdown of 20 % for good, and a tenth of
the mean volume of the 21 days before bounds each fill. What is left over is decided anew.
"""

import importlib.util
import time
from typing import Any, NamedTuple

import numpy as np
from driver import driver_folder
from given import (
    CASH,
    FEE_BPS,
    HALF_SPREAD_BPS,
    LEAST_VOTE,
    POOL,
    RULES,
    SHARE,
    Job,
    end_of,
    job_of,
    run,
)

from steelyard.types.units import BPS_IN_ONE

N_PATHS, N_STEPS = 200, 1_260
SIGMA, ALPHA, GAP, HOLD = 0.03, 1.5e-3, 1e-3, 20
"""The driver's daily data have .01, 1.2e-3, 5e-4 and 20."""
MEAN_VOLUME, VOLUME_SIGMA = 1_000_000.0, 0.5
"""Units: of a book of a million, a tenth of it fills in a bar."""
WINDOW = 21
SEED = 19
FEE, SLIP = FEE_BPS / BPS_IN_ONE, HALF_SPREAD_BPS / BPS_IN_ONE
CAPPED, DAY_HALTED, DRAWN_DOWN = range(3)


class Ran(NamedTuple):
    """What came of a path in the plain loop."""

    equity: float
    n_orders: int
    count: tuple[int, int, int]
    """Capped fills, steps halted for the day, steps halted for good."""


def hard() -> dict[str, Any]:
    """Run the hard paths through everything that can; equities are means over the paths."""
    paths = hard_paths()
    jobs = [job_of(path, "W3") for path in paths]
    told = {
        "python": _plainly(paths, in_price=True),
        "python_beside": _plainly(paths, in_price=False),
        "steelyard": _steelyard(jobs),
    }
    ours, beside = told["steelyard"].pop("each"), told["python_beside"].pop("each")
    told["python"].pop("each")
    return told | {
        "numba-full": _numba_full(paths),
        "largest_difference": float(np.abs(ours - beside).max()),
        "largest_difference_frac": float(np.abs(ours / beside - 1.0).max()),
    }


def hard_paths() -> list[dict[str, np.ndarray]]:
    """Make the paths, each of one instrument."""
    series = _module("bench_peers.py").series
    rng = np.random.default_rng(SEED)
    made = series(rng, N_STEPS, N_PATHS, HOLD, SIGMA, ALPHA, GAP)
    noise = np.exp(VOLUME_SIGMA * rng.standard_normal((N_STEPS, N_PATHS)))
    made["v"] = np.round(MEAN_VOLUME * noise)
    made["B"] = np.ones((N_STEPS, N_PATHS))
    made["trailing"] = _trailing(made["v"])
    return [{name: each[:, path, None] for name, each in made.items()} for path in range(N_PATHS)]


def _trailing(volume: np.ndarray) -> np.ndarray:
    """Give the mean volume of up to 21 bars before each; of the first, its own."""
    trailing = np.empty(volume.shape)
    trailing[0] = volume[0]
    for step in range(1, len(volume)):
        trailing[step] = volume[max(0, step - WINDOW) : step].mean(axis=0)
    return trailing


def _steelyard(jobs: list[Job]) -> dict[str, Any]:
    rules = RULES["W3"]
    done = [end_of(run(job, rules)) for job in jobs]
    began = time.process_time()
    for job in jobs:
        run(job, rules)
    took = time.process_time() - began
    equity = np.array([each.equity for each in done])
    return {
        "rate": N_PATHS * N_STEPS / took,
        "eq": float(equity.mean()),
        "orders": sum(each.n_orders for each in done),
        "day_halted_steps": sum(each.day_halted for each in done),
        "drawn_down_steps": sum(each.drawn_down for each in done),
        "drawn_down_paths": sum(each.drawn_down > 0 for each in done),
        "each": equity,
    }


def _plainly(paths: list[dict[str, np.ndarray]], *, in_price: bool) -> dict[str, Any]:
    """Run the plain loop; `in_price`: half-spread moves the price, and the fee is on that."""
    lists = [{name: array[:, 0].tolist() for name, array in path.items()} for path in paths]
    began = time.process_time()
    done = [_loop(path, in_price=in_price) for path in lists]
    took = time.process_time() - began
    return {
        "rate": N_PATHS * N_STEPS / took,
        "eq": float(np.mean([each.equity for each in done])),
        "orders": sum(each.n_orders for each in done),
        "capped_fills": sum(each.count[CAPPED] for each in done),
        "day_halted_steps": sum(each.count[DAY_HALTED] for each in done),
        "drawn_down_steps": sum(each.count[DRAWN_DOWN] for each in done),
        "drawn_down_paths": sum(each.count[DRAWN_DOWN] > 0 for each in done),
        "each": np.array([each.equity for each in done]),
    }


def _loop(path: dict[str, list[Any]], *, in_price: bool) -> Ran:
    """Do the driver's job on one path of one instrument, with fills that volume bounds."""
    cash = peak = day_start = before = float(CASH)
    held = wanted = n_orders = 0
    drawn = False
    count = [0, 0, 0]
    rules, equity = RULES["W3"], cash
    for step, close in enumerate(path["c"]):
        if wanted:
            room = int(SHARE * path["trailing"][step])
            filled = max(-room, min(room, wanted))
            count[CAPPED] += filled != wanted
            cash -= _paid(filled, path["o"][step], in_price=in_price)
            held += filled
        equity = cash + held * close
        day_start, before = before, equity  # each bar is a day
        peak = max(peak, equity)
        drawn = drawn or equity < peak * (1 - rules.max_drawdown)
        closed = equity < day_start * (1 - rules.daily_loss)
        count[DRAWN_DOWN] += drawn
        count[DAY_HALTED] += closed and not drawn
        weight = 0.0 if drawn or closed else _vote(path["S"][step], path["F"][step])
        wanted = int(weight * equity / close) - held
        if wanted and (weight == 0.0 or abs(wanted) * close > rules.band * equity):
            n_orders += 1
        else:
            wanted = 0
    return Ran(equity, n_orders, (count[0], count[1], count[2]))


def _paid(units: int, price: float, *, in_price: bool) -> float:
    """Give what a fill takes out of cash, costs and all."""
    if in_price:
        price *= 1 + SLIP if units > 0 else 1 - SLIP
        return units * price + abs(units) * price * FEE
    return units * price + abs(units) * price * (FEE + SLIP)


def _vote(score: list[float], strength: list[float]) -> float:
    said = zip(POOL.tolist(), score, strength, strict=True)
    total = sum(pool * each * sure for pool, each, sure in said)
    total = min(1.0, max(-1.0, total))
    return total if abs(total) > LEAST_VOTE else 0.0


def _numba_full(paths: list[dict[str, np.ndarray]]) -> dict[str, Any]:
    """Run the driver's full loop, whose weights are learnt and whose fills have impact."""
    kernel = _module("refs.py").KERNELS["full"]
    names = ("o", "h", "l", "c", "trailing", "S", "F", "B")
    arrays = [np.ascontiguousarray(np.stack([path[name] for path in paths])) for name in names]
    rules = RULES["W3"]
    fixed = (
        rules.band,
        rules.daily_loss,
        1,
        rules.max_drawdown,
        float(CASH),
        LEAST_VOTE,
        FEE,
        SLIP,
    )
    kernel(*arrays, POOL, *fixed)
    began = time.process_time()
    equity, orders = kernel(*arrays, POOL, *fixed)
    took = time.process_time() - began
    return {
        "rate": N_PATHS * N_STEPS / took,
        "eq": float(equity.mean()),
        "orders": int(orders.sum()),
    }


def _module(name: str) -> Any:
    """Load a file of the shared driver."""
    spec = importlib.util.spec_from_file_location(name.removesuffix(".py"), driver_folder() / name)
    if spec is None or spec.loader is None:
        raise FileNotFoundError(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
