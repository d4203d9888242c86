"""Runs of the fourteen-name world in processes of their own, and their cost."""

import json
import os
import resource
import sys
from pathlib import Path
from subprocess import run
from time import perf_counter
from typing import NamedTuple

from tests.command import ROOT

LONGEST_S = 300
"""Wall seconds that a run may take on two cores."""
LARGEST_BYTES = 3 * 10**9
"""Memory that it may take at its peak."""
KILOBYTE = 1024


class Cost(NamedTuple):
    """What a command took."""

    wall_s: float
    cpu_s: float
    peak_bytes: int
    """Of the largest process that this one has started so far."""


class Ran(NamedTuple):
    """A run of the world."""

    summary: dict
    cost: Cost

    @property
    def database(self) -> Path:
        """Where everything said and decided lies."""
        return Path(self.summary["run_dir"]) / "run.sqlite"


def ran(scenario: Path, *options: str) -> Ran:
    """Run the world in a fresh process; its runs lie beside the scenario."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
    done = run(
        [
            *(sys.executable, "-m", "steelyard", "run", str(scenario), "--json"),
            *("--runs-dir", str(scenario.parent / "runs"), *options),
        ],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        check=False,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
    )
    wall_s, after = perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Ran(json.loads(done.stdout), Cost(wall_s, cpu_s, after.ru_maxrss * KILOBYTE))
