"""Work done on Ray: what is lost is tried again, and what goes wrong is told."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from steelyard.errors import InvariantError, SetupError
from steelyard.executor import How, crew, execute
from steelyard.executor.crew import MOST_DELAYS, MOST_LOSSES
from tests.ray.jobs import Accident, Slow, loaded
from tests.ray.processes import shooting, wait_till_gone, workers

pytestmark = pytest.mark.ray

GROUPS = [list(range(10)), list(range(10, 20))]
SQUARES = {task: task * task for task in range(20)}


def done(job, how, groups=GROUPS):
    """Give answers and failures by task, and the workers that answered."""
    outcomes = list(execute(job, groups, how))
    assert len({each.task for each in outcomes}) == len(outcomes)
    return (
        {each.task: each.answer for each in outcomes if not each.failure},
        {each.task: each.failure for each in outcomes if each.failure},
        {each.worker for each in outcomes if each.worker},
    )


def n_attempts(folder, task):
    """Count the marks that attempts at a task left."""
    return len(list(folder.glob(f"{task}-*")))


@pytest.mark.parametrize("workers", [1, 2])
def test_as_many_workers_answer_as_were_asked_for(cluster, tmp_path, workers):
    """Each task is done once."""
    answers, failures, who = done(Slow(0.05), How("ray", workers))

    assert answers == SQUARES
    assert failures == {}
    assert len(who) == workers
    assert f"{os.getpid()}" not in {each.rpartition(":")[2] for each in who}


def test_a_worker_that_is_lost_costs_a_retry(cluster, tmp_path):
    """The task is done again elsewhere, the others once."""
    answers, failures, _ = done(Accident(str(tmp_path), once=7), How("ray", 2))

    assert answers == SQUARES
    assert failures == {}
    assert [n_attempts(tmp_path, task) for task in (6, 7, 8)] == [1, 2, 1]


def test_a_task_that_takes_every_worker_down_is_given_up(cluster, tmp_path):
    """After `MOST_LOSSES` of them; the rest is done."""
    answers, failures, _ = done(Accident(str(tmp_path), always=13), How("ray", 2))

    assert answers == {task: answer for task, answer in SQUARES.items() if task != 13}
    assert failures == {13: "lost"}
    assert n_attempts(tmp_path, 13) == MOST_LOSSES


def test_a_task_that_never_ends_is_cut_off(cluster, tmp_path):
    """At its deadline, `MOST_DELAYS` times; the rest is done."""
    job = Accident(str(tmp_path), hangs=17)

    answers, failures, _ = done(job, How("ray", 2, deadline_s=1.0))

    assert answers == {task: answer for task, answer in SQUARES.items() if task != 17}
    assert failures == {17: "late"}
    assert n_attempts(tmp_path, 17) == MOST_DELAYS


def test_what_a_job_raises_on_a_worker_is_raised_here(cluster, tmp_path):
    """As what it is."""
    with pytest.raises(InvariantError, match="task 3 does not balance"):
        done(Accident(str(tmp_path), raises=3), How("ray", 2))


def test_a_worker_shot_now_and_then_changes_no_answer(cluster):
    """From outside, by SIGKILL, every two seconds while the work goes on."""
    with shooting() as shots:
        answers, failures, who = done(Slow(0.3), How("ray", 2), [list(range(60))])

    assert answers == {task: task * task for task in range(60)}
    assert failures == {}
    assert len(shots) >= 3
    assert len(who) > 2


def test_workers_load_no_compiler(cluster):
    """Kernels are for deciding, which the driver does."""
    answers, _, _ = done(loaded, How("ray", 1), [[1, 2]])

    assert answers == {1: False, 2: False}


def test_workers_end_with_the_work(cluster):
    """Also where whoever asked does not wait for the end."""
    outcomes = execute(Slow(0.05), GROUPS, How("ray", 2))
    next(outcomes)
    pids = workers()
    outcomes.close()

    assert pids
    wait_till_gone(lambda: pids, 20)


def test_a_worker_of_another_code_is_refused(cluster, monkeypatch):
    """Its answers might differ, and no digest would tell why."""
    here = crew.code_here()
    monkeypatch.setattr(crew, "code_here", lambda: dict(here) | {"numpy": "1.0"})

    with pytest.raises(SetupError, match=r"other code: numpy is \S+ there and 1\.0 here"):
        done(Slow(0.0), How("ray", 1))


def test_a_job_that_cannot_leave_this_process_is_named(cluster):
    """With what to do instead."""
    locked = threading.Lock()

    def holding(task):
        with locked:
            return task

    with pytest.raises(SetupError, match=r"cannot be sent to a worker: .*lock.*executor local"):
        done(holding, How("ray", 1))


def interrupted(task):
    """Raise what a person raises at the keyboard."""
    if task == 4:
        raise KeyboardInterrupt
    return task * task


def test_a_job_that_interrupts_itself_is_lost(cluster):
    """Nobody has pressed a key."""
    answers, failures, _ = done(interrupted, How("ray", 1), [list(range(8))])

    assert failures == {4: "lost"}
    assert answers == {task: task * task for task in range(8) if task != 4}


def test_two_threads_take_turns(cluster):
    """A process has one connection to Ray."""
    with ThreadPoolExecutor(2) as threads:
        both = list(threads.map(lambda _: done(Slow(0.02), How("ray", 1))[0], range(2)))

    assert both == [SQUARES, SQUARES]


def test_an_address_that_nobody_listens_at_is_refused_at_once():
    """Ray itself would try for minutes."""
    with pytest.raises(SetupError, match=r"Ray at '127\.0\.0\.1:9' does not answer: .*refused"):
        crew.connect(None, How("ray", address="127.0.0.1:9"))
