"""Asks one agent over a range of steps; whatever it does, the run goes on.

What an agent raises, leaves out or gets wrong becomes an abstention with its cause, and
what it raised is logged. Only faults that must stop a run (budget, look-ahead, a broken
invariant) pass through.
"""

import traceback
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from steelyard.agents.answers import all_of, checked, gathered, shaped
from steelyard.errors import AgentError, LookaheadError, SteelyardError
from steelyard.log import AGENT_FAILED, get_logger
from steelyard.types.agent import Agent, FastAgent
from steelyard.types.opinion import Cause, OpinionBlock
from steelyard.types.world import Snapshot

R = TypeVar("R")
Teller = Callable[[str], object]
"""Told what an agent raised."""

_OURS = Path(__file__).parents[1]
"""The package, through whose link this module was loaded."""

MOST_ANSWERS = 4
"""Answers read per instrument; an agent that goes on for ever is cut off there."""

LONGEST_TOLD = 1000
"""Characters that are told of what an agent raised."""


def refit_blocks(first: int, last: int, refit_every: int) -> Iterator[range]:
    """Give the steps `first` to `last`, both included, in blocks of one fit each.

    Each block is fitted on the snapshot of its first step.
    """
    for start in range(first, last + 1, refit_every):
        yield range(start, min(start + refit_every, last + 1))


def ask_block(
    agent: Agent,
    snapshot_of: Callable[[int], Snapshot],
    steps: range,
    tell: Teller | None = None,
    *,
    guard: bool = False,
) -> OpinionBlock:
    """Fit an agent at the first of `steps`, then ask it at each; see `ask`.

    All of the block is FAILED where the fit raises. With `guard`, one step is asked again
    with nothing known but what was known then.

    Raises:
        LookaheadError: the guarded agent then says something else.
    """
    tell = tell or log_of(agent)
    fitted = _guarded(lambda: (agent.fit(snapshot_of(steps[0])),), tell)
    if fitted is None:
        history = snapshot_of(steps[-1])
        return checked(all_of(Cause.FAILED, history, steps), history)
    block = ask(agent, snapshot_of, steps, fitted[0], tell)
    if guard and isinstance(agent, FastAgent):
        _refuse_peeking(agent, snapshot_of, block, fitted[0], tell)
    return block


def _refuse_peeking(
    agent: Agent,
    snapshot_of: Callable[[int], Snapshot],
    block: OpinionBlock,
    fitted: Any,
    tell: Teller,
) -> None:
    """Ask again, by itself, the step at which an agent changed its mind most.

    There a peek at the step to come shows: what it said before is what it ought to say now.
    """
    spoke = (block.cause == Cause.NONE).any(axis=1)
    if not spoke.any():
        return
    change = np.abs(np.diff(block.score[spoke], axis=0, prepend=block.score[spoke][:1]))
    row = int(np.flatnonzero(spoke)[np.argmax(change.sum(axis=1))])
    step = block.first + row
    alone = ask_slow(agent, snapshot_of, range(step, step + 1), fitted, tell)
    for name in ("score", "confidence", "cause"):
        if not np.array_equal(getattr(block, name)[row], getattr(alone, name)[0]):
            raise LookaheadError(
                f"agent {type(agent).__name__!r} says one thing of step {step} when later steps "
                "are known, and another when they are not",
                hint="steelyard agents test NAME tells more",
            )


def ask(
    agent: Agent,
    snapshot_of: Callable[[int], Snapshot],
    steps: range,
    fitted: Any,
    tell: Teller | None = None,
) -> OpinionBlock:
    """Ask an agent at each of `steps`, all at once where it can.

    Args:
        agent: Whom to ask.
        snapshot_of: Gives what was known at a step.
        steps: Consecutive steps, at least one.
        fitted: What the agent's `fit` gave.
        tell: Told what the agent raised, each time; without it, it is logged.

    Returns:
        Quantised opinions. A cell without a valid one has its cause: NOT_LISTED, then
        NOT_ASKED where the step does not decide, then INVALID, MISSING, FAILED or the
        agent's own.
    """
    tell = tell or log_of(agent)
    if not isinstance(agent, FastAgent):
        return ask_slow(agent, snapshot_of, steps, fitted, tell)
    history = snapshot_of(steps[-1])
    block = _guarded(
        lambda: checked(
            shaped(agent.opine_history(history, steps[0], fitted), steps[0], history), history
        ),
        tell,
    )
    if block is None:  # asked step by step, it loses only the steps at which it raises
        return ask_slow(agent, snapshot_of, steps, fitted, tell)
    return block


def ask_slow(
    agent: Agent,
    snapshot_of: Callable[[int], Snapshot],
    steps: range,
    fitted: Any,
    tell: Teller | None = None,
) -> OpinionBlock:
    """Ask an agent step by step, through `opine`; see `ask`."""
    tell = tell or log_of(agent)
    blocks = [_ask_once(agent, snapshot_of(step), fitted, tell) for step in steps]
    return OpinionBlock(
        steps[0],
        np.concatenate([block.score for block in blocks]),
        np.concatenate([block.confidence for block in blocks]),
        np.concatenate([block.cause for block in blocks]),
        tuple(row for block in blocks for row in block.claims),
    )


def _ask_once(agent: Agent, now: Snapshot, fitted: Any, tell: Teller) -> OpinionBlock:
    steps = range(now.step, now.step + 1)
    if not now.timing.decides[-1]:
        return all_of(Cause.NOT_ASKED, now, steps)
    most = MOST_ANSWERS * len(now.instruments)
    block = _guarded(
        lambda: checked(gathered(islice(agent.opine(now, fitted), most), now), now), tell
    )
    return all_of(Cause.FAILED, now, steps) if block is None else block


def _guarded(call: Callable[[], R], tell: Teller) -> R | None:
    """Give what the agent gives; None where it raises what need not stop a run."""
    try:
        return call()
    except AgentError as error:
        tell(_told(error))
    except SteelyardError:
        raise
    # An agent is anybody's code; its failure is an outcome, and so is its wish to exit.
    except (Exception, SystemExit, GeneratorExit) as error:
        tell(_told(error))
    return None


def _told(error: BaseException) -> str:
    """Say briefly what was raised, even where that cannot say so itself."""
    try:
        told = repr(error)
    except Exception:  # what is raised is anybody's code, too
        return type(error).__name__
    told = told if len(told) <= LONGEST_TOLD else f"{told[:LONGEST_TOLD]}..."
    return told + _place(error)


def _place(error: BaseException) -> str:
    """Name the last line that was reached in the agent's own file; empty where that is ours."""
    reached = [
        (Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    foreign = [(file, line) for file, line in reached if not file.is_relative_to(_OURS)]
    own = [line for file, line in foreign if file == foreign[0][0]]
    return f" at {foreign[0][0].name}:{own[-1]}" if own else ""


def log_of(agent: Agent) -> Teller:
    """Give what logs a failure of this agent."""
    return lambda error: log_failure(type(agent).__name__, error)


@lru_cache(maxsize=1024)
def log_failure(agent: str, error: str) -> None:
    """Log a failure once, not at each step that it comes back."""
    get_logger().warning(AGENT_FAILED, agent=agent, error=error)
