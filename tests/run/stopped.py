"""Run, shoot at a random moment, resume: again and again, in processes of one program.

Started by a test as `python -m tests.run.stopped FOLDER N`; prints a line of JSON for an
unbroken run and for each of N broken ones. Forked children spare loading packages anew.
"""

import json
import os
import signal
import sys
import time
from contextlib import closing
from pathlib import Path
from sqlite3 import OperationalError, connect

import numpy as np

from steelyard import engine, gather
from steelyard.clock import WallClock
from steelyard.store import unfinished
from tests.run.stage import SPAN, megacaps

SEED = 20


def main(folder, n_runs):
    """Tell what became of each run."""
    scenario = megacaps(SPAN["market.from"], SPAN["market.to"])
    clock, chance = WallClock(), np.random.default_rng(SEED)
    engine.run(scenario, engine.Place(folder / "warm", "", {}))
    began = clock.monotonic()
    whole = in_a_child(folder / "whole", lambda runs: whole_run(scenario, runs))
    seconds = clock.monotonic() - began
    tell(whole)
    for number in range(n_runs):
        runs_dir = folder / str(number)
        after_s = chance.uniform(0.0, seconds)
        told = shot(runs_dir, lambda runs: whole_run(scenario, runs), after_s)
        tell(told | resumed(scenario, runs_dir))


def tell(what):
    """Write a line of JSON."""
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def whole_run(scenario, runs_dir):
    """Run a scenario, and tell its digest."""
    done = engine.run(scenario, engine.Place(runs_dir, "", {}))
    return {"digest": done.summary["digest"], "kept": done.summary["n_blocks_kept"]}


def resumed(scenario, runs_dir):
    """Go on with what was shot; begin anew what had not begun, show what was done already."""
    left = list(unfinished(runs_dir))
    if left:
        return in_a_child(runs_dir, lambda _: of(engine.resume(left[0]))) | {"way": "resumed"}
    finished = list(runs_dir.glob("*/summary.json"))
    if finished:
        return {"digest": json.loads(finished[0].read_text())["digest"], "way": "was done"}
    return in_a_child(runs_dir, lambda runs: whole_run(scenario, runs)) | {"way": "anew"}


def of(done):
    """Tell of a finished run."""
    return {"digest": done.summary["digest"], "kept": done.summary["n_blocks_kept"]}


def in_a_child(runs_dir, work):
    """Do it in a process of its own, and give what it tells and which blocks it asked."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        asked = listening()
        told = work(runs_dir) | {"asked": asked}
        os.write(writing, json.dumps(told).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        told = answer.read()
    _, status = os.waitpid(child, 0)
    assert status == 0, f"the child ended with {status}"
    return json.loads(told)


def listening():
    """Note every block that is asked."""
    asked = []
    ask = gather.ask_block

    def noted(agent, snapshot_of, steps, tell=None, *, guard):
        asked.append([type(agent).__name__, steps[0], steps[-1]])
        return ask(agent, snapshot_of, steps, tell, guard=guard)

    gather.ask_block = noted
    return asked


def shot(runs_dir, work, after_s):
    """Do it in a process that is killed; tell what it had kept."""
    child = os.fork()
    if child == 0:
        work(runs_dir)
        os._exit(0)
    time.sleep(after_s)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return {"after_s": after_s, "kept_then": n_kept(runs_dir)}


def n_kept(runs_dir):
    """Count the blocks that were kept."""
    for path in runs_dir.glob("*/tape.sqlite"):
        try:
            with closing(connect(path)) as connection:
                return connection.execute("select count(*) from answers").fetchone()[0]
        except OperationalError:  # shot before the table was made
            break
    return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
