"""Which processes of this machine belong to a test, from /proc."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from steelyard.clock import WallClock

PROC = Path("/proc")
MARK = "STEELYARD_TEST_OF"
"""Variable that a test's Ray processes inherit."""


def workers(*, busy=False):
    """Give the workers of this process's cluster, or those that do a task just now."""
    name = b"ray::_Worker.do" if busy else b"ray::_Worker"
    named = [int(path.parent.name) for path, told in _each("cmdline") if told.startswith(name)]
    own = marked(f"{MARK}={os.getpid()}")
    return [pid for pid in named if pid in own]


@contextmanager
def shooting(every_s=2.0):
    """Kill a worker that is at its task now and then; give the processes that were hit."""
    ended, shots = threading.Event(), []

    def shoot():
        while not ended.wait(every_s):
            for pid in workers(busy=True)[-1:]:
                os.kill(pid, signal.SIGKILL)
                shots.append(pid)

    shooter = threading.Thread(target=shoot)
    shooter.start()
    try:
        yield shots
    finally:
        ended.set()
        shooter.join()


def marked(mark):
    """Give the processes with a mark in their environment, children among them."""
    return [int(path.parent.name) for path, told in _each("environ") if mark.encode() in told]


def lives(pid):
    """Say whether a process is there and is no zombie."""
    try:
        return "State:\tZ" not in (PROC / str(pid) / "status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


def wait_for(condition, seconds):
    """Wait until something holds; fail where it does not come true in time."""
    clock = WallClock()
    until = clock.monotonic() + seconds
    while not condition():
        assert clock.monotonic() < until, "waited in vain"
        time.sleep(0.05)


def wait_till_gone(find, seconds):
    """Wait until no process is found any more; fail with the names of those that stay."""
    left = []

    def gone():
        left[:] = [pid for pid in find() if lives(pid)]
        return not left

    try:
        wait_for(gone, seconds)
    except AssertionError:
        raise AssertionError(f"still there: {[told_of(pid) for pid in left]}") from None


def told_of(pid):
    """Give the state and the command of a process."""
    try:
        status = (PROC / str(pid) / "status").read_text().splitlines()[2]
        return pid, status, (PROC / str(pid) / "cmdline").read_bytes()[:80]
    except OSError:
        return pid, "ended"


def _each(name):
    if not PROC.is_dir():
        pytest.skip("no /proc on this machine to look for processes in")
    for path in PROC.glob(f"[0-9]*/{name}"):
        try:
            yield path, path.read_bytes()
        except OSError:  # it ended, or is another user's
            continue
