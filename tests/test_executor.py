"""Work done in this process, and the choice between here and Ray."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from steelyard import executor
from steelyard.clock import FrozenClock
from steelyard.errors import InvariantError
from steelyard.executor import How, Outcome, execute

GROUPS = [list(range(10)), list(range(10, 13)), []]


def squared(task):
    """Give the square of a task."""
    return task * task


def test_every_task_is_done_once_and_in_this_process():
    """In the order in which they were given."""
    outcomes = list(execute(squared, GROUPS, How()))

    assert [each.task for each in outcomes] == list(range(13))
    assert [each.answer for each in outcomes] == [task * task for task in range(13)]
    assert {each.worker for each in outcomes} == {f"here:{os.getpid()}"}
    assert {each.failure for each in outcomes} == {""}


def test_what_a_job_raises_is_raised():
    """A fault is no outcome: whoever gave the work hears of it."""

    def broken(_task):
        raise InvariantError("the books do not balance")

    with pytest.raises(InvariantError, match="do not balance"):
        list(execute(broken, GROUPS, How()))


@pytest.mark.parametrize(
    ("seconds", "loading", "cores", "expected"),
    [(8, 0, 2, "ray"), (5, 0, 2, "local"), (5, 100, 2, "local"), (8, 0, 1, "local")],
    ids=["long work", "under a minute", "under a minute after loading", "one core"],
)
def test_auto_picks_ray_only_where_it_saves_time(monkeypatch, seconds, loading, cores, expected):
    """Two tasks of each group are tried, the second tells what its 8 and 1 others will take."""
    clock = FrozenClock(datetime(2020, 1, 1, tzinfo=UTC))
    loaded = []
    monkeypatch.setattr(executor, "cores", lambda: cores)
    monkeypatch.setattr(
        executor,
        "on_ray",
        lambda job, tasks, _how, _clock: (Outcome(t, job(t), "", "w", "ray") for t in tasks),
    )

    def slow(task):
        group = task < 10
        clock.advance(timedelta(seconds=seconds + loading * (group not in loaded)))
        loaded.append(group)
        return squared(task)

    outcomes = list(execute(slow, GROUPS, How("auto"), clock))

    assert sorted(each.task for each in outcomes) == list(range(13))
    assert all(each.answer == each.task**2 for each in outcomes)
    assert outcomes[-1].kind == expected
    tried = [each.task for each in outcomes[:4]]
    assert tried == ([5, 6, 11, 12] if cores > 1 else [0, 1, 2, 3])


def test_nothing_to_do_starts_nothing():
    """A run whose answers are all there needs no Ray."""
    assert list(execute(squared, [[], []], How("ray"))) == []
    assert list(execute(squared, [], How("auto"))) == []
