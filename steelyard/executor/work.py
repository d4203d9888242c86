"""What is done, where, and what came of it."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

Job = Callable[[Any], Any]
"""Takes a task, gives an answer; picklable."""
Kind = Literal["local", "ray", "auto"]
Failure = Literal["", "lost", "late"]

DEADLINE_S = 600.0
"""Seconds that one task may take on Ray, unless said otherwise."""


class How(NamedTuple):
    """Where work is done."""

    kind: Kind = "local"
    """In this process, on Ray, or on Ray where that saves time."""
    workers: int = 0
    """Worker processes on Ray; 0: one for each core of the machine or cluster."""
    address: str = ""
    """Of a running Ray cluster; empty: one is started here, and ended."""
    deadline_s: float = DEADLINE_S
    """Seconds that one task may take on Ray; nothing can be cut off in this process."""


class Outcome(NamedTuple):
    """What became of one task."""

    task: Any
    answer: Any
    """None where there is none."""
    failure: Failure
    worker: str
    """The process that answered: `<host>:<pid>`; empty where none did."""
    kind: Literal["local", "ray"]
