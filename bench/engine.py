"""How fast the engine decides, beside other simulators on the same data and the same job.

    python bench/engine.py [--json] [--quick] [--reps 1] [--skip-paths]

Data and job come from the shared driver (`driver.py`), other simulators run in environments
of their own (`peers/`), each measurement in a process of its own. About 12 minutes.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import numba
import numpy as np
from driver import WORKS, MissingDriverError, Setup, set_up
from peers.environments import PINS

OURS = Path(__file__).with_name("ours.py")
LIMIT_S = 1_800
BEST_PEER = "vectorbt-func"
QUICK_WORKS = ("W1", "W2")
QUICK_SYSTEMS = ("numba", "numba-full", "python", "vectorbt-func")
N_BARS = (10_000, 100_000, 1_000_000, 10_000_000)
N_INSTRUMENTS = (1, 10, 100, 1_000)
N_WIDE = 1_000_000
"""Instrument-bars at every width."""
N_PATHS = 100_000
EXIT_MISSING = 3
BPS_IN_ONE = 10_000
WHY = {
    "numba": "the same loop",
    "numba-full": "other by design: learns its weights, pays impact, caps gross exposure",
    "vectorbt-func": "the same convention",
    "backtrader": "the same convention",
    "backtesting": "the slippage is in a fee of 7 bps on the price without it",
    "nautilus-ticks": "as backtesting, and fees are rounded to cents",
    "nautilus-bars": "market orders fill at the close of the bar that decides",
    "steelyard": "half-spread stands beside the price, so that no fee is on it; whole micros",
}
"""Why a final equity is not that of the plain loop."""


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--quick", action="store_true", help="fewer systems, workloads and keys")
    parser.add_argument("--skip-paths", action="store_true", help="leave out the Monte Carlo")
    parser.add_argument("--reps", type=int, default=1, help="runs of each; the median is told")
    asked = parser.parse_args()
    try:
        setup = set_up()
    except MissingDriverError as error:
        print(f"engine: {error}", file=sys.stderr)
        return EXIT_MISSING
    told = quick(setup, asked.reps) if asked.quick else whole(setup, asked.reps)
    if not asked.quick and not asked.skip_paths:
        told |= paths()
    if asked.json:
        print(json.dumps(told, indent=2))
    else:
        _print_tables(told)
    return 0


def quick(setup: Setup, reps: int) -> dict[str, Any]:
    """Measure a part of it; keys whose figure would be another are left out."""
    systems = [name for name in setup.systems if name in QUICK_SYSTEMS]
    ran = _compare(setup, QUICK_WORKS, systems, reps)
    return {"quick": True} | _told(ran) | {"environment": environment(setup)}


def whole(setup: Setup, reps: int) -> dict[str, Any]:
    """Measure everything but the Monte Carlo."""
    ran = _compare(setup, WORKS, list(setup.systems), reps)
    told = _told(ran)
    full = {work: _median("full", reps, work) for work in ("W1", "W2", "W3")}
    four = ours("full", "W1", "four")
    ratios = [ran[work]["steelyard"]["rate"] / ran[work][BEST_PEER]["rate"] for work in WORKS]
    ours("second")
    began = time.perf_counter()
    ours("second")
    second_s = time.perf_counter() - began
    used = [ran["W1"]["steelyard"]["rss_mb"], full["W1"]["rss_mb"]]
    return told | {
        "full_rate": round(min(each["rate"] for each in full.values())),
        "full_rates": {work: round(each["rate"]) for work, each in full.items()},
        "full_fills": {work: each["fills"] for work, each in full.items()},
        "full_rate_of_four_horizons": round(four["rate"]),
        "ratio_to_best_peer": round(min(ratios), 2),
        "second_process_s": round(second_s, 2),
        "scaling": scaling(),
        "peak_rss_mb": max(used),
        "peak_rss_mb_by": dict(zip(("weights_given", "full"), used, strict=True)),
        "halts_and_caps": ours("hard"),
        "environment": environment(setup),
    }


def paths() -> dict[str, Any]:
    """Decide 100,000 bootstrap paths of the built-in world, as recorded and learning anew."""
    recorded, relearnt = (ours("paths", kind, str(N_PATHS)) for kind in ("recorded", "learn"))
    return {
        "mc_paths_s": round(recorded["wall_s"], 1),
        "mc_relearn_s": round(relearnt["wall_s"], 1),
        "mc_cpu_s": {"recorded": round(recorded["cpu_s"], 1), "learn": round(relearnt["cpu_s"], 1)},
        "mc_digests": {"recorded": recorded["digest"], "learn": relearnt["digest"]},
    }


def scaling() -> dict[str, dict[str, float]]:
    """Give nanoseconds an instrument-bar by number of bars and by number of instruments."""
    bars = {str(n): ours("scaling", "1", str(n))["ns"] for n in N_BARS}
    wide = {str(n): ours("scaling", str(n), str(N_WIDE // n))["ns"] for n in N_INSTRUMENTS}
    return {"ns_by_bars": _rounded(bars), "ns_by_instruments": _rounded(wide)}


def ours(*what: str) -> dict[str, Any]:
    """Measure one thing of Steelyard in a process of its own."""
    command = [sys.executable, str(OURS), *what]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=LIMIT_S)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{' '.join(what)}: {done.stderr.strip()[-2000:]}")
    told: dict[str, Any] = json.loads(done.stdout)
    _say(" ".join(what), told)
    return told


def _say(what: str, told: dict[str, Any]) -> None:
    """Tell on stderr what was measured: of a long run that ends badly, that is left."""
    figures = {name: each for name, each in told.items() if isinstance(each, int | float)}
    print(f"engine: {what} {json.dumps(figures)}", file=sys.stderr, flush=True)


def environment(setup: Setup) -> dict[str, Any]:
    """Say where this was measured."""
    pins = tomllib.loads(PINS.read_text(encoding="utf-8"))
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "numba": numba.__version__,
        "peers": {name: each["packages"][0] for name, each in pins.items()},
        "skipped": setup.skipped,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 2),
    }


def _compare(
    setup: Setup, works: tuple[str, ...], systems: list[str], reps: int
) -> dict[str, dict[str, Any]]:
    """Run every system on every workload it knows; slow ones bring a plain loop as short."""
    ran: dict[str, dict[str, Any]] = {}
    for work in works:
        ran[work] = {"steelyard": _median("given", reps, work)}
        for system in (each for each in systems if setup.knows(each, work)):
            rows = setup.rows_of(system, work)
            runs = [setup.run(system, work, rows) for _ in range(reps)]
            ran[work][system] = _middle(runs)
            if rows:
                ran[work][system]["as_short"] = setup.run("python", work, rows)
                setup.module.ROWS.pop(("python", work))
            _say(f"{work} {system}", ran[work][system])
    return ran


def _median(what: str, reps: int, *rest: str) -> dict[str, Any]:
    return _middle([ours(what, *rest) for _ in range(reps)])


def _middle(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Give the run of median rate; one that failed says so."""
    good = sorted((each for each in runs if "rate" in each), key=lambda each: each["rate"])
    if not good:
        return runs[0]
    middle = statistics.median_low([each["rate"] for each in good])
    return next(each for each in good if each["rate"] == middle)


def _told(ran: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Give rates, ratios and agreement by workload and system."""
    rates, ratios, agreement, failed = {}, {}, {}, {}
    for work, by_system in ran.items():
        good = {name: each for name, each in by_system.items() if "rate" in each}
        own = good["steelyard"]["rate"]
        rates[work] = {name: round(each["rate"]) for name, each in good.items()}
        ratios[work] = {name: round(own / each["rate"], 3) for name, each in good.items()}
        agreement[work] = {
            name: _agreement(name, each, good["python"])
            for name, each in good.items()
            if name != "python"
        }
        failed |= {
            f"{work} {name}": each["error"].strip()[-300:]
            for name, each in by_system.items()
            if "rate" not in each
        }
    told = {"rates": rates, "ratios": ratios, "agreement": agreement}
    return told | ({"failed": failed} if failed else {})


def _agreement(name: str, each: dict[str, Any], plain: dict[str, Any]) -> dict[str, Any]:
    """Hold a final equity against the plain loop's, over what both have run."""
    beside = each.get("as_short", plain)
    key = "eq" if each["bars"] == beside["bars"] else "eq0"  # some stop early: the first path
    return {
        "equity": round(each[key], 2),
        "difference_bps": round((each[key] / beside[key] - 1) * BPS_IN_ONE, 4),
        "orders": each["orders"],
        "orders_of_plain_loop": beside["orders"] if key == "eq" else None,
        "why": WHY[name],
    }


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(each, 1) for name, each in figures.items()}


def _processor() -> str:
    """Name the processor, where the system tells."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()


def _print_tables(told: dict[str, Any]) -> None:
    """Print rates with ratio and agreement, then everything else."""
    print(f"{'':<6}{'system':<16}{'per CPU-s':>14}{'ratio':>10}{'equity off':>14}")
    for work, rates in told["rates"].items():
        for name, rate in sorted(rates.items(), key=lambda each: -each[1]):
            ratio = told["ratios"][work][name]
            agreed = told["agreement"][work].get(name)
            off = f"{agreed['difference_bps']:>10.3f} bps" if agreed else f"{'-':>14}"
            print(f"{work:<6}{name:<16}{rate:>14,}{ratio:>10,.2f}{off}")
    for name, value in told.items():
        if name not in {"rates", "ratios", "agreement"}:
            print(f"{name:<28}{json.dumps(value)}")


if __name__ == "__main__":
    sys.exit(main())
