"""What `engine.py` measures of Steelyard itself; each figure in a process of its own.

    python bench/ours.py full W1

Prints one JSON object. Rates are instrument-bars per CPU-second of the second call, after
one that loads the kernels, as the shared driver counts for all that is compiled.
"""

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
from given import CASH, MINUTES_A_DAY, TICK, given, paths_of, scaling
from hard import hard

import steelyard
from steelyard.plan import carry_out, lay_course, plan_of, replay
from steelyard.testing.runs import a_scenario
from steelyard.types.market import Bars, Instrument, Timing
from steelyard.types.opinion import Cause
from steelyard.types.tape import Tape
from steelyard.types.units import DAY_NS, MICROS
from steelyard.types.world import World

FIRST_DAY = 16_436
"""2015-01-01, days since 1970-01-01."""
HORIZON = {"W1": 240, "W2": 20, "W3": 20}
"""Steps that opinions are about: those over which the driver's signal holds."""
FOUR_HORIZONS = (1, 5, 21, 63)
"""What `ensemble.horizons` are if a scenario says nothing."""
TO_OURS = 0.1
"""The driver's confidences are .4 to .9, ours .5 to 1: the same range, moved."""
KIB_IN_MIB = 1024
N_WARM = 10


class Voice(NamedTuple):
    """Stands for an agent whose opinions are given."""

    horizon: int


class Full(NamedTuple):
    """All that a replay with a learning pool and every control reads."""

    scenario: Any
    world: World
    course: Any
    tape: Tape


def main() -> None:
    """Measure what the command line names."""
    what, *rest = sys.argv[1:]
    told = MEASURES[what](*rest)
    print(json.dumps(told | {"rss_mb": round(_peak_kib() / KIB_IN_MIB)}))


def _peak_kib() -> int:
    """Give this process' peak; what `resource` tells begins at that of who started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


def full(work: str, horizons: str = "one") -> dict[str, Any]:
    """Decide with four agents, a pool that learns, and every control of a scenario's defaults.

    Opinions are the driver's scores; each bar is a step. The plan is made once: the paths of
    W3 have it in common.
    """
    spoken = FOUR_HORIZONS if horizons == "four" else (HORIZON[work],) * 4
    n_bars, took, equity, n_fills = 0, 0.0, [], 0
    for number, arrays in enumerate(paths_of(work)):
        given = _given(work, arrays, spoken)
        if number == 0:
            plan = plan_of(given.scenario, given.world, given.tape, None)
            carry_out(plan, *given)
        start = time.process_time()
        record = carry_out(plan, *given)
        took += time.process_time() - start
        n_bars += arrays["c"].size
        equity.append(record.equity[-1] / MICROS)
        n_fills += record.n_fills
    return {
        "bars": n_bars,
        "t": took,
        "rate": n_bars / took,
        "eq": float(np.mean(equity)),
        "fills": n_fills,
    }


def second() -> dict[str, Any]:
    """Decide W1 in full once; what is told is worth something where kernels are kept."""
    record = replay(*_given("W1", next(paths_of("W1")), (HORIZON["W1"],) * 4))
    return {"eq": float(record.equity[-1] / MICROS)}


def paths(mode: str, n_paths: str) -> dict[str, Any]:
    """Decide bootstrap paths of the built-in world on every core; seconds of wall time."""
    with TemporaryDirectory() as folder:
        run = steelyard.run("megacaps", runs_dir=folder)
        steelyard.monte_carlo(run, n_paths=N_WARM, mode=mode)
        began, used = time.perf_counter(), time.process_time()
        told = steelyard.monte_carlo(run, n_paths=int(n_paths), mode=mode)
        wall_s, cpu_s = time.perf_counter() - began, time.process_time() - used
    return {"wall_s": wall_s, "cpu_s": cpu_s, "digest": told.hexdigest()}


def _given(work: str, arrays: dict[str, np.ndarray], horizons: tuple[int, ...]) -> Full:
    n_instruments = arrays["c"].shape[1]
    names = tuple(f"S{index:03}" for index in range(n_instruments))
    world = _world(arrays, names, MINUTES_A_DAY if work.startswith("W1") else 1)
    voices = [Voice(horizon) for horizon in horizons]
    scenario = a_scenario(world, voices, {"account": {"cash": CASH}})
    said = arrays["S"].transpose(0, 2, 1)
    spoke = said != 0
    tape = Tape(
        agents=tuple(f"voice{index}" for index in range(len(voices))),
        instruments=names,
        horizon=np.array(horizons),
        reads_text=np.zeros(len(voices), dtype=np.bool_),
        score=np.ascontiguousarray(said),
        confidence=np.where(spoke, arrays["F"].transpose(0, 2, 1) + TO_OURS, 0.0),
        support=np.where(spoke, 1.0, 0.0),
        cause=np.where(spoke, int(Cause.NONE), int(Cause.NO_EDGE)),
        checks=(),
    )
    return Full(scenario, world, lay_course(scenario, world), tape)


def _world(arrays: dict[str, np.ndarray], names: tuple[str, ...], steps_a_day: int) -> World:
    """Give a world of the driver's bars, which decides at each close for the next open."""
    n_steps, n_instruments = arrays["c"].shape
    shape = n_steps, n_instruments
    step = np.arange(n_steps, dtype=np.int64)
    step_ns = DAY_NS // steps_a_day
    start = FIRST_DAY * DAY_NS + step * step_ns
    ones = np.ones(shape, dtype=np.int64)
    bars = Bars(
        start=start,
        end=start + step_ns,
        session=FIRST_DAY + step // steps_a_day,
        open=arrays["o"],
        high=arrays["h"],
        low=arrays["l"],
        close=arrays["c"],
        volume=arrays["v"],
        split_new=ones,
        split_old=ones,
        dividend=np.zeros(shape),
        halted=np.zeros(shape, dtype=np.bool_),
        cash_out=np.full(shape, np.nan),
    )
    return World(
        instruments=tuple(Instrument(name, tick=TICK) for name in names),
        bars=bars,
        listed=np.ones(shape, dtype=np.bool_),
        benchmark=None,
        documents=(),
        series=MappingProxyType({}),
        timing=Timing(bars.end, np.ones(n_steps, dtype=np.bool_), 0, 1, exec_at_close=False),
    )


MEASURES: dict[str, Callable[..., dict[str, Any]]] = {
    "full": full,
    "given": given,
    "hard": hard,
    "paths": paths,
    "scaling": scaling,
    "second": second,
}

if __name__ == "__main__":
    main()
