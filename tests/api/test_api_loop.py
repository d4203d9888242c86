"""Where a run may be called: in a running loop, in threads, and stopped by Ctrl-C."""

import asyncio
import os
import signal
import subprocess
import sys
import threading

import steelyard
from tests.api.stage import BRIEF
from tests.command import ROOT


def brief(runs_dir, seed=7):
    """Run two weeks."""
    return steelyard.run("megacaps", seed=seed, overrides=BRIEF, runs_dir=runs_dir)


def test_a_run_works_inside_a_running_loop(tmp_path):
    """Called as it is, and handed to a thread, while the loop goes on."""
    beats = []

    async def beat():
        while True:
            beats.append(1)
            await asyncio.sleep(0.005)

    async def program():
        heart = asyncio.create_task(beat())
        called = brief(tmp_path)
        before = len(beats)
        handed = await asyncio.to_thread(brief, tmp_path)
        replays = await asyncio.gather(
            *(asyncio.to_thread(handed.replay, seed=seed) for seed in (7, 8))
        )
        heart.cancel()
        return called, handed, replays, len(beats) - before

    called, handed, replays, n_beats = asyncio.run(program())

    assert called.digest == handed.digest == replays[0].digest != replays[1].digest
    assert n_beats > 0


def test_runs_in_threads_at_once_are_what_each_is_alone(tmp_path):
    """Nothing is shared that one could spoil for another."""
    found = {}
    threads = [
        threading.Thread(target=lambda seed=seed: found.update({seed: brief(tmp_path, seed)}))
        for seed in (1, 2, 3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found[2].digest == brief(tmp_path, 2).digest
    assert len({run.digest for run in found.values()}) == len({r.folder for r in found.values()})


def test_an_interrupted_run_is_resumed(tmp_path):
    """KeyboardInterrupt comes through; the end is that of an unbroken run."""
    seen = []

    def interrupt(what, n_done, _total):
        if what.startswith("asking") and n_done == 1:
            seen.append(what)
            raise KeyboardInterrupt

    try:
        steelyard.run("megacaps", overrides=BRIEF, runs_dir=tmp_path, progress=interrupt)
    except KeyboardInterrupt:
        (folder,) = [path for path in tmp_path.iterdir() if path.is_dir()]
    resumed = steelyard.resume(folder)

    assert len(seen) == 1
    assert resumed.folder == folder
    assert resumed.summary["n_blocks_kept"] >= 1
    assert resumed.digest == brief(tmp_path / "unbroken").digest


PROGRAM = """
import sys, steelyard
said = []
def tell(what, n_done, total):
    if what.startswith("asking ") and not said:
        said.append(print("running", flush=True))
try:
    steelyard.run("megacaps", runs_dir=sys.argv[1], progress=tell)
except KeyboardInterrupt:
    print("stopped", flush=True)
"""


def test_ctrl_c_stops_a_program_at_once(tmp_path):
    """A signal while the whole of megacaps is asked ends it as any Python program."""
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    ) as program:
        first = program.stdout.readline()
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=60)

    assert (first, rest) == ("running\n", "stopped\n")
    assert program.returncode == 0
