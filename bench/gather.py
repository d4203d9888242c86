"""How many opinions a second a gather takes in: here, through a fast path, and on Ray.

    python bench/gather.py [--json]

The agents say something simple, so that what is timed is the asking: snapshots, checks of
what was answered, support, the tape; on Ray also the way there and back.
"""

import argparse
import json
import resource
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import numpy as np

from steelyard.agents.panel import refit_blocks
from steelyard.executor import How, execute
from steelyard.gather import Asking, Block, Seat, gather
from steelyard.testing.worlds import Recipe, made_world
from steelyard.types.opinion import Cause, Opinion, OpinionBlock
from steelyard.types.world import Snapshot, World

NAMES = tuple(f"N{index:02}" for index in range(20))
N_STEPS = 2_000
N_TRIES = 3
"""The best of them counts: the others were disturbed."""
KIB_IN_MIB = 1024


class Plain(NamedTuple):
    """Says the same on every instrument, a step at a time."""

    horizon: int = 5
    refit_every: int = 63

    @property
    def reads_text(self) -> bool:
        """Say no."""
        return False

    def fit(self, past: Snapshot) -> None:
        """Learn nothing."""

    def opine(self, now: Snapshot, _fitted: None) -> Iterator[Opinion]:
        """Say up, as ever."""
        for instrument in now.instruments:
            yield Opinion(instrument.id, 0.5, 0.51)


class Fast(Plain):
    """Says the same for all steps of a block at once."""

    def opine_history(self, history: Snapshot, first: int, _fitted: None) -> OpinionBlock:
        """Say up, as ever."""
        shape = history.step + 1 - first, len(history.instruments)
        cause = np.full(shape, int(Cause.NONE))
        return OpinionBlock(first, np.full(shape, 0.5), np.full(shape, 0.51), cause, ())


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    told = measured()
    if parser.parse_args().json:
        print(json.dumps(told, indent=2))
        return
    for name, value in told.items():
        print(f"{name:<14}{value:>12,}")


def measured() -> dict[str, float]:
    """Give opinions per second by way of asking, Ray's start and memory."""
    world = made_world(1, Recipe(names=NAMES, n_steps=N_STEPS))
    here = How()
    told = {
        "local_per_s": _per_second(world, Plain(), here),
        "fast_per_s": _per_second(world, Fast(), here),
        "local_mib": round(_peak_kib() / KIB_IN_MIB),
    }
    return told | _on_ray(world)


def _per_second(world: World, agent: Plain, how: How) -> int:
    best = 0.0
    for _ in range(N_TRIES):
        began = time.perf_counter()
        tape = gather(world, [Seat("plain", agent)], how).tape
        took_s = time.perf_counter() - began
        best = max(best, float((tape.cause == Cause.NONE).sum()) / took_s)
    return round(best)


def _on_ray(world: World) -> dict[str, float]:
    """Ask on as many workers as there are cores; what comes before the first answer is start."""
    asking = Asking(world, (Plain(),))
    blocks = [Block(0, steps[0], steps[-1]) for steps in refit_blocks(0, world.n_steps - 1, 63)]
    began = time.perf_counter()
    with closing(execute(asking, [blocks], How("ray"))) as outcomes:
        next(outcomes)
        start_s = time.perf_counter() - began
        used = _ray_mib()
        first = time.perf_counter()
        n_opinions = sum(int((each.answer.cause == Cause.NONE).sum()) for each in outcomes)
        took_s = time.perf_counter() - first
    return {
        "ray_per_s": round(n_opinions / took_s),
        "ray_start_s": round(start_s, 1),
        "ray_mib": used,
    }


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def _ray_mib() -> int:
    """Sum the memory of Ray's processes on this machine, shared pages counted once; Linux only."""
    total_kib = 0
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
            told = (folder / "smaps_rollup").read_text()
        except OSError:  # it ended, or is another user's
            continue
        if b"ray" in command and b"bench/gather" not in command:
            lines = [line.split() for line in told.splitlines() if line.startswith("Pss:")]
            total_kib += sum(int(line[1]) for line in lines)
    return round(total_kib / KIB_IN_MIB)


if __name__ == "__main__":
    main()
