"""Which processes of this machine belong to a test, from /proc."""

import time
from pathlib import Path

import pytest

from steelyard.clock import WallClock

PROC = Path("/proc")


def workers(*, busy=False):
    """Give the processes that are workers, or those that do a task just now."""
    name = b"ray::_Worker.do" if busy else b"ray::_Worker"
    return [int(path.parent.name) for path, told in _each("cmdline") if told.startswith(name)]


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


def _each(name):
    if not PROC.is_dir():
        pytest.skip("no /proc on this machine to look for processes in")
    for path in PROC.glob(f"[0-9]*/{name}"):
        try:
            yield path, path.read_bytes()
        except OSError:  # it ended, or is another user's
            continue
