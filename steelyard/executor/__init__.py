"""Does jobs in this process or on Ray: the same answers, whoever gives them.

A job is a picklable callable that takes a task and gives an answer; it keeps no state, so
that a task may be done again elsewhere. What a job raises, `execute` raises. A worker that
is lost, or late, is no fault of the job: its task is tried again, and where that does not
help the task's outcome says so. On Ray each worker is an actor with a process of its own.
"""

import os
from collections.abc import Generator, Sequence
from typing import Any

from steelyard.clock import Clock, WallClock
from steelyard.executor.crew import cores, on_ray
from steelyard.executor.work import DEADLINE_S, How, Job, Kind, Outcome

__all__ = ["DEADLINE_S", "WORTH_RAY_S", "How", "Job", "Kind", "Outcome", "execute"]

WORTH_RAY_S = 60.0
"""Work below this is done here: Ray takes about 10 s and 425 MB to start."""


def execute(
    job: Job, groups: Sequence[Sequence[Any]], how: How, clock: Clock | None = None
) -> Generator[Outcome]:
    """Do every task, and give the outcomes as they come, in any order.

    Args:
        job: What to do.
        groups: Hashable tasks, no two of them equal; those of a group take about the same
            time, or grow by and by.
        how: Where to do it.
        clock: Tells how long a first few tasks take, for `auto`, and when one is late.

    Raises:
        SetupError: Ray, or a worker, does not start, or runs another version.
    """
    clock = clock or WallClock()
    left = [task for group in groups for task in group]
    worth_ray = how.kind == "ray"
    if how.kind == "auto" and (cores() > 1 or how.address):
        tried: list[Any] = []
        estimate_s = yield from _try_here(job, groups, clock, tried)
        left = [task for task in left if task not in set(tried)]
        worth_ray = estimate_s > WORTH_RAY_S
    if worth_ray and left:
        yield from on_ray(job, left, how, clock)
        return
    for task in left:
        yield _here(job, task)


def _try_here(
    job: Job, groups: Sequence[Sequence[Any]], clock: Clock, tried: list[Any]
) -> Generator[Outcome, None, float]:
    """Do two tasks of each group, from its middle, and return what the others may take.

    The first pays for what is loaded once; the second tells the pace.
    """
    estimate_s = 0.0
    for group in groups:
        took_s = 0.0
        middle = len(group) // 2
        for task in group[middle : middle + 2]:
            began = clock.monotonic()
            outcome = _here(job, task)
            took_s = clock.monotonic() - began
            tried.append(task)
            yield outcome
        estimate_s += took_s * max(0, len(group) - 2)
    return estimate_s


def _here(job: Job, task: Any) -> Outcome:
    return Outcome(task, job(task), "", f"here:{os.getpid()}", "local")
