"""Work on Ray: workers that come up, are given tasks, are lost or late, and are replaced."""

import math
import os
import pickle
import platform
import signal
import socket
import sys
import threading
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from steelyard import plugins
from steelyard.clock import Clock
from steelyard.errors import SetupError
from steelyard.executor.work import Failure, How, Job, Outcome
from steelyard.versions import code_here

MOST_LOSSES = 5
"""Workers that one task may take down with it."""
MOST_DELAYS = 2
"""Deadlines that one task may pass."""
START_S = 300.0
"""Seconds in which a first worker must have come up; a cloud may have to lend a machine."""
REACH_S = 10.0
"""Seconds in which a cluster's address must take a connection; Ray itself tries for minutes."""
_RAY_SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # without it, a warning at each start
    # So long Ray's helpers look for a killed driver before they end; a minute if left alone.
    "RAY_gcs_rpc_server_reconnect_timeout_s": "15",
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
_ONE_AT_A_TIME = threading.Lock()
"""A process has one connection to Ray; whoever ended it would end that of another thread."""


def cores() -> int:
    """Count the processors that this process may use."""
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


def on_ray(job: Job, tasks: Sequence[Any], how: How, clock: Clock) -> Iterator[Outcome]:
    """Do every task on Ray, and give the outcomes as they come.

    Raises:
        SetupError: Ray, or a worker, does not start, or has other code; or the job cannot
            leave this process.
    """
    with _cluster(how) as ray:
        n_workers = how.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        with _carried(ray):
            crew = _Crew(ray, _sent(ray, job), how, clock)
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

    with _ONE_AT_A_TIME:
        if ray.is_initialized():
            yield ray
            return
        try:
            connect(ray, how)
            yield ray
        finally:
            ray.shutdown()


def connect(ray: Any, how: How) -> None:
    """Start Ray here, or join the cluster at an address.

    Raises:
        SetupError: it does not start, or does not answer.
    """
    where: dict[str, Any] = (
        {"address": how.address}
        if how.address
        # Without "local" Ray would join a cluster that somebody else has started here.
        else {
            "address": "local",
            "num_cpus": how.workers or cores(),
            "include_dashboard": False,
        }
    )
    try:
        _reach(how.address)
        with _own_handler():
            ray.init(logging_level="error", log_to_driver=False, namespace="steelyard", **where)
    except (ConnectionError, OSError, RuntimeError, TimeoutError, ValueError) as error:
        place = f"Ray at {how.address!r} does not answer" if how.address else "Ray does not start"
        raise SetupError(f"{place}: {error}", hint=_LOCAL) from error


def _reach(address: str) -> None:
    """See that somebody listens at an address with a port.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if port.isdigit():
        socket.create_connection((host.strip("[]"), int(port)), timeout=REACH_S).close()


def _sent(ray: Any, job: Job) -> Any:
    """Put a job where workers find it.

    Raises:
        SetupError: it holds what cannot leave this process.
    """
    try:
        return ray.put(job)
    except (TypeError, pickle.PicklingError) as error:
        cause = error.__cause__ or error
        raise SetupError(f"the job cannot be sent to a worker: {cause}", hint=_LOCAL) from error


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
            if isinstance(error.cause, self.ray.exceptions.TaskCancelledError):
                self.ray.kill(busy.worker.actor)  # the job raised KeyboardInterrupt
                return self._again(busy, "lost")
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
