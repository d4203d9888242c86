"""Jobs and agents that workers do, and what goes wrong with them."""

import os
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

from steelyard.errors import InvariantError
from steelyard.types.opinion import Opinion


class Accident(NamedTuple):
    """Squares its task; what is to go wrong with it is named by the task's number."""

    folder: str
    """Where it leaves a mark of each attempt."""
    once: int = -1
    """Takes the worker down at the first attempt."""
    always: int = -1
    """Takes the worker down at each."""
    hangs: int = -1
    raises: int = -1

    def __call__(self, task):
        """Give the square, or do not."""
        marks = Path(self.folder)
        (marks / f"{task}-{os.getpid()}-{time.monotonic_ns()}").touch()
        n_attempts = len(list(marks.glob(f"{task}-*")))
        if task == self.always or (task == self.once and n_attempts == 1):
            os.kill(os.getpid(), signal.SIGKILL)
        if task == self.hangs:
            time.sleep(3600)
        if task == self.raises:
            raise InvariantError(f"task {task} does not balance")
        return task * task


class Slow(NamedTuple):
    """Takes its time, so that something can happen meanwhile."""

    seconds: float

    def __call__(self, task):
        """Give the square, in time."""
        time.sleep(self.seconds)
        return task * task


def loaded(_task):
    """Say whether the compiler has been loaded."""
    return "numba" in sys.modules


class Leisurely(NamedTuple):
    """Says something at each step, after a while; `hangs` is a step at which it never ends."""

    seconds: float
    hangs: int = -1
    falls: int = -1
    """Step at which its process ends."""
    horizon: int = 5
    refit_every: int = 21

    @property
    def reads_text(self):
        """Say no."""
        return False

    def fit(self, past):
        """Learn nothing."""
        del past
        time.sleep(self.seconds)

    def opine(self, now, fitted):
        """Say which way each price ended in, in its last digit."""
        del fitted
        if now.step == self.hangs:
            time.sleep(3600)
        if now.step == self.falls:
            os.kill(os.getpid(), signal.SIGKILL)
        for column, instrument in enumerate(now.instruments):
            cents = round(float(now.bars.close[-1, column]) * 100)
            score = 0.5 if cents % 2 else -0.5
            yield Opinion(instrument.id, score, 0.5 + 0.001 * (cents % 10))


class Broken(Leisurely):
    """Raises whenever it is asked."""

    def opine(self, now, fitted):
        """Raise."""
        del now, fitted
        raise ValueError("no idea")
