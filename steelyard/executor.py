"""Does jobs in this process or on Ray: the same answers, whoever gives them.

A job is a picklable callable that takes a task and gives an answer; it keeps no state, so
that a task may be done again elsewhere. What a job raises, `execute` raises. A worker that
is lost, or late, is no fault of the job: its task is tried again, and where that does not
help the task's outcome says so. On Ray each worker is an actor with a process of its own.
"""

import math
import os
import platform
import signal
import sys
import threading
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Literal, NamedTuple

from steelyard import plugins
from steelyard.clock import Clock, WallClock
from steelyard.errors import SetupError
from steelyard.versions import code_here

Job = Callable[[Any], Any]
Kind = Literal["local", "ray", "auto"]
Failure = Literal["", "lost", "late"]

WORTH_RAY_S = 60.0
"""Work below this is done here: Ray takes about 10 s and 425 MB to start."""
MOST_LOSSES = 5
"""Workers that one task may take down with it."""
MOST_DELAYS = 2
"""Deadlines that one task may pass."""
DEADLINE_S = 600.0
"""Seconds that one task may take on Ray, unless said otherwise."""
START_S = 300.0
"""Seconds in which a first worker must have come up; a cloud may have to lend a machine."""
_RAY_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it, a warning at each start
    # Ray would write to stdout; what it means for the work is told by the outcome.
    "RAY_DEDUP_LOGS_SKIP_REGEX": "A worker died or was killed|The node with node id|The autoscaler",
}
"""Read when Ray is first imported."""
_LOCAL = "--executor local does the same work in one process"
_CLUSTER_ENV = {
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}


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
    on_ray = how.kind == "ray"
    if how.kind == "auto" and (_cores() > 1 or how.address):
        tried: list[Any] = []
        estimate_s = yield from _try_here(job, groups, clock, tried)
        left = [task for task in left if task not in set(tried)]
        on_ray = estimate_s > WORTH_RAY_S
    if on_ray and left:
        yield from _on_ray(job, left, how, clock)
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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _Hello(NamedTuple):
    """What a worker says of itself when it comes up."""

    worker: str
    code: Mapping[str, str]


class _Worker:
    """One process on Ray that does a job's tasks, one after the other."""

    def __init__(self) -> None:
        self._job: Job | None = None

    def take(self, job: Job) -> _Hello:
        """Take the job, and say hello."""
        self._job = job
        return _Hello(f"{platform.node()}:{os.getpid()}", code_here())

    def do(self, task: Any) -> Any:
        """Do one task."""
        if self._job is None:
            raise SetupError("a worker was asked before it had a job")
        return self._job(task)


def _on_ray(job: Job, tasks: Sequence[Any], how: How, clock: Clock) -> Iterator[Outcome]:
    with _cluster(how) as ray:
        n_workers = how.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        with _carried(ray):
            crew = _Crew(ray, ray.put(job), how, clock)
        try:
            yield from crew.work(tasks, min(n_workers, len(tasks)))
        finally:
            crew.dismiss()


@contextmanager
def _cluster(how: How) -> Iterator[Any]:
    """Give Ray, connected; what was started here is ended here."""
    for name, value in _RAY_SETTINGS.items():
        os.environ.setdefault(name, value)
    import ray

    if ray.is_initialized():
        yield ray
        return
    try:
        _connect(ray, how)
        yield ray
    finally:
        ray.shutdown()


def _connect(ray: Any, how: How) -> None:
    where: dict[str, Any] = (
        {"address": how.address}
        if how.address
        # Without "local" Ray would join a cluster that somebody else has started here.
        else {
            "address": "local",
            "num_cpus": how.workers or _cores(),
            "include_dashboard": False,
        }
    )
    try:
        with _own_handler():
            ray.init(logging_level="error", log_to_driver=False, namespace="steelyard", **where)
    except (ConnectionError, OSError, RuntimeError, TimeoutError, ValueError) as error:
        place = f"Ray at {how.address!r} does not answer" if how.address else "Ray does not start"
        raise SetupError(f"{place}: {error}", hint=_LOCAL) from error


@contextmanager
def _carried(ray: Any) -> Iterator[None]:
    """Let other people's modules travel with the job: a worker may not have them."""
    modules = plugins.by_value_modules()
    for module in modules:
        ray.cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        for module in modules:
            ray.cloudpickle.unregister_pickle_by_value(module)


@contextmanager
def _own_handler() -> Iterator[None]:
    """Keep the caller's handler of SIGTERM, which Ray would replace by its own."""
    ours = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, ours)


class _Crew:
    """The workers of one `execute`, and what each is doing."""

    def __init__(self, ray: Any, job: Any, how: How, clock: Clock) -> None:
        self.ray = ray
        self.job = job
        self.how = how
        self.clock = clock
        self.starting: dict[Any, _Hired] = {}
        """By the reference of their hello."""
        self.idle: list[_Hired] = []
        self.busy: dict[Any, _Busy] = {}
        """By the reference of their answer."""
        self.setbacks: Counter[tuple[Any, Failure]] = Counter()
        self.n_false_starts = 0
        """Workers in a row that did not come up."""
        self.most = sys.maxsize
        """Workers that the cluster has room for, once that is known."""

    def work(self, tasks: Sequence[Any], n_workers: int) -> Iterator[Outcome]:
        """Do the tasks with `n_workers` workers; who falls out is replaced."""
        waiting = deque(tasks)
        while waiting or self.busy:
            n_wanted = min(n_workers, self.most, len(waiting) + len(self.busy))
            while len(self.starting) + len(self.idle) + len(self.busy) < n_wanted:
                self._hire()
            while self.idle and waiting:
                self._assign(self.idle.pop(), waiting.popleft())
            for failed in self._wait():
                if isinstance(failed, Outcome):
                    yield failed
                else:
                    waiting.append(failed.task)

    def dismiss(self) -> None:
        """End every worker."""
        hired = [*self.starting.values(), *self.idle, *(each.worker for each in self.busy.values())]
        for each in hired:
            self.ray.kill(each.actor)

    def _hire(self) -> None:
        options: dict[str, Any] = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0}
        if self.how.address:
            options["runtime_env"] = {"env_vars": _CLUSTER_ENV}
        actor = self.ray.remote(_Worker).options(scheduling_strategy="SPREAD", **options).remote()
        hello = actor.take.remote(self.job)
        self.starting[hello] = _Hired(actor, "", self.clock.monotonic() + START_S)

    def _assign(self, worker: "_Hired", task: Any) -> None:
        until = self.clock.monotonic() + self.how.deadline_s
        self.busy[worker.actor.do.remote(task)] = _Busy(worker, task, until)

    def _wait(self) -> Iterator["Outcome | _Again"]:
        """Wait for the next thing to happen, and give what came of it."""
        due = min(
            *(hired.until for hired in self.starting.values()),
            *(busy.until for busy in self.busy.values()),
            math.inf,
            math.inf,
        )
        timeout_s = max(0.0, due - self.clock.monotonic())
        ready, _ = self.ray.wait([*self.starting, *self.busy], num_returns=1, timeout=timeout_s)
        for reference in ready:
            if reference in self.starting:
                self._welcome(reference)
            else:
                yield self._collect(reference)
        yield from self._overdue()

    def _welcome(self, hello: Any) -> None:
        """Let a worker that came up join, unless it would give other figures."""
        hired = self.starting.pop(hello)
        try:
            said = self.ray.get(hello)
        except self.ray.exceptions.RayActorError as error:
            self._note_false_start(str(error).partition("\n")[0])
            return
        except self.ray.exceptions.RayTaskError as error:
            raise SetupError(
                f"a worker could not take the job: {error.cause!r}",
                hint="install on every node what is installed here",
            ) from error
        other = [
            f"{name} is {said.code.get(name)} there and {version} here"
            for name, version in code_here().items()
            if said.code.get(name) != version
        ]
        if other:
            raise SetupError(
                f"worker {said.worker} would answer by other code: {'; '.join(other)}",
                hint="install on every node what is installed here",
            )
        self.n_false_starts = 0
        self.idle.append(hired._replace(name=said.worker))

    def _note_false_start(self, why: str) -> None:
        """Give up on more workers than there are; where there are none, give up."""
        self.n_false_starts += 1
        if self.n_false_starts < MOST_LOSSES:
            return
        self.most = len(self.idle) + len(self.busy)
        if not self.most:
            raise SetupError(f"{MOST_LOSSES} workers in a row did not start: {why}", hint=_LOCAL)

    def _collect(self, reference: Any) -> "Outcome | _Again":
        busy = self.busy.pop(reference)
        try:
            answer = self.ray.get(reference)
        except self.ray.exceptions.RayTaskError as error:
            raise error.cause from error
        except (
            self.ray.exceptions.RayActorError,
            self.ray.exceptions.ObjectLostError,
            self.ray.exceptions.OutOfMemoryError,
        ):
            return self._again(busy, "lost")
        self.idle.append(busy.worker)
        return Outcome(busy.task, answer, "", busy.worker.name, "ray")

    def _overdue(self) -> Iterator["Outcome | _Again"]:
        now = self.clock.monotonic()
        for hello in [each for each, hired in self.starting.items() if hired.until <= now]:
            self.ray.kill(self.starting.pop(hello).actor)
            self.most = len(self.idle) + len(self.busy)
            if not self.most:
                raise SetupError(f"no worker came up within {START_S:.0f} s", hint=_LOCAL)
        for reference in [each for each, busy in self.busy.items() if busy.until <= now]:
            busy = self.busy.pop(reference)
            self.ray.kill(busy.worker.actor)
            yield self._again(busy, "late")

    def _again(self, busy: "_Busy", failure: Failure) -> "Outcome | _Again":
        """Try a task again, within its cap."""
        self.setbacks[busy.task, failure] += 1
        cap = MOST_LOSSES if failure == "lost" else MOST_DELAYS
        if self.setbacks[busy.task, failure] < cap:
            return _Again(busy.task)
        return Outcome(busy.task, None, failure, "", "ray")


class _Hired(NamedTuple):
    """A worker."""

    actor: Any
    name: str
    """Empty until it has said hello."""
    until: float
    """When it must have."""


class _Busy(NamedTuple):
    """A worker with a task."""

    worker: _Hired
    task: Any
    until: float
    """When it is late."""


class _Again(NamedTuple):
    """A task that is to be tried again."""

    task: Any
