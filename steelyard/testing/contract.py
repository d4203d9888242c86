"""What every agent must keep to, as one suite that anybody can run on theirs.

| check | an agent passes it where |
|---|---|
| types | it has `fit`, `opine`, and says horizon, pace and whether it reads text |
| picklable | it and what its `fit` gives can be sent to another process |
| answers | each listed instrument gets one sound opinion or abstention, and nothing is raised |
| opinions | it speaks often enough for the other checks to prove something |
| determinism | asked again, a copy of it says the same; it draws on no chance that others share |
| hands off | it changes neither what it is handed nor itself |
| fast path | `opine_history` says what `opine` says, step by step |
| look-ahead | with all data after a step changed, it says the same up to that step |
"""

import hashlib
import pickle
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from steelyard import plugins
from steelyard.agents.panel import ask, ask_block, ask_slow, refit_blocks
from steelyard.agents.registry import misdeclared
from steelyard.errors import ScenarioError
from steelyard.testing.changes import changed_after
from steelyard.types.agent import Agent, FastAgent
from steelyard.types.arrays import Bools
from steelyard.types.opinion import Cause, ClaimRow, OpinionBlock
from steelyard.types.world import World

__all__ = ["CHECKS", "Check", "Effort", "changed_after", "contract_checks", "contract_faults"]

CHECKS = (
    "types",
    "picklable",
    "answers",
    "opinions",
    "determinism",
    "hands off",
    "fast path",
    "look-ahead",
)
BROKEN = (Cause.INVALID, Cause.MISSING, Cause.FAILED)
UNASKED = (Cause.FAILED, Cause.NOT_LISTED, Cause.NOT_ASKED)
"""Causes of a block whose fit raised."""
READ_ONLY = "read-only"
"""What NumPy says of an array that may not be written to."""


class Effort(NamedTuple):
    """How hard to look."""

    least_opinions: int = 200
    """Fewer opinions in the world prove nothing: a fault. 20 do for an agent that reads."""
    n_cuts: int = 5
    """Steps after which the world is changed, and steps asked again the slow way."""
    seed: int = 0


PLAIN = Effort()
READER = Effort(least_opinions=20)


class Check(NamedTuple):
    """What one check of the contract came to."""

    name: str
    """One of `CHECKS`."""
    faults: tuple[str, ...] = ()
    """A sentence each; none where it passed."""
    skipped: str = ""
    """Why it was not made; empty where it was."""


def contract_faults(agent: Agent, world: World, effort: Effort = PLAIN) -> list[str]:
    """Look for breaches of the contract; see `contract_checks`.

    Returns:
        One sentence per fault, none where the agent keeps to its contract.
    """
    checks = contract_checks(agent, world, effort)
    return [f"{check.name}: {fault}" for check in checks for fault in check.faults]


def contract_checks(agent: Agent, world: World, effort: Effort = PLAIN) -> tuple[Check, ...]:
    """Make every check of the contract.

    Args:
        agent: Whom to check. Asked over all of the world, in blocks of its `refit_every`.
        world: Where; without documents, an agent that reads has nothing to say.
        effort: How hard to look.

    Returns:
        One result for each of `CHECKS`, in their order.
    """
    faults: dict[str, list[str]] = {name: [] for name in CHECKS}
    faults["types"] += [f"{name} {what}".strip() for name, what in misdeclared(agent)]
    if faults["types"]:
        return tuple(
            Check(name, tuple(found), "" if found else "what it says of itself is wrong")
            for name, found in faults.items()
        )
    blocks = _first_asked(agent, world, effort, faults)
    _asked_again(agent, world, blocks, faults)
    rng = np.random.default_rng(effort.seed)
    fast = isinstance(agent, FastAgent)
    cuts = list(_cuts(blocks, effort.n_cuts, rng))
    for block, step in cuts:
        faults["fast path" if fast else "determinism"] += _slow_differences(
            agent, world, block, step
        )
        faults["look-ahead"] += _lookahead(agent, changed_after(world, step, rng), block, step)
    skipped = {} if fast else {"fast path": "it has none"}
    if not cuts:
        skipped = dict.fromkeys(("fast path", "look-ahead"), "it never spoke within a block")
    return tuple(Check(name, tuple(each), skipped.get(name, "")) for name, each in faults.items())


def _first_asked(
    agent: Agent, world: World, effort: Effort, faults: dict[str, list[str]]
) -> list[OpinionBlock]:
    """Ask at every step; look at the answers, and at what asking did."""
    before = _fingerprint(world), _pickled(agent), _shared_chance()
    raised: Counter[str] = Counter()
    blocks = [_ask(agent, world, steps, raised) for steps in _blocks(agent, world)]
    after = _fingerprint(world), _pickled(agent), _shared_chance()
    faults["answers"] += [*_broken(blocks, world), *_raised(raised)]
    n_opinions = sum(int((block.cause == Cause.NONE).sum()) for block in blocks)
    if n_opinions < effort.least_opinions:
        least = effort.least_opinions
        faults["opinions"].append(f"{n_opinions} were given, {least} prove something")
    if before[0] != after[0] or any(READ_ONLY in error for error in raised):
        faults["hands off"].append("it wrote to the data that it was handed; make a copy")
    if before[1] != after[1]:
        faults["hands off"].append("asking changed the agent itself; what is learnt, fit gives")
    if before[2] != after[2]:
        faults["determinism"].append(
            "it drew from the chance that all code shares; make a generator from a seed"
        )
    return blocks


def _asked_again(
    agent: Agent, world: World, blocks: list[OpinionBlock], faults: dict[str, list[str]]
) -> None:
    """Send the agent and each fit through a pickle, and compare what they say."""
    copy = _copied(agent, faults["picklable"], "it")
    for block in blocks:
        if np.isin(block.cause, UNASKED).all():
            continue
        try:
            fitted = _fit(copy, world, block)
        except ScenarioError as error:
            faults["determinism"].append(f"asked again, {error}")
            continue
        fitted = _copied(fitted, faults["picklable"], "its fit")
        before = _pickled(fitted)
        steps = range(block.first, block.first + len(block.score))
        other = ask(copy, world.snapshot, steps, fitted, _unheard)
        faults["determinism"] += _differences(block, other, "asked again")
        if before != _pickled(fitted):
            faults["hands off"].append("asking changed what fit gave; keep nothing between calls")
    for name in ("picklable", "hands off"):
        faults[name][:] = dict.fromkeys(faults[name])


def _ask(agent: Agent, world: World, steps: range, raised: Counter[str]) -> OpinionBlock:
    return ask_block(agent, world.snapshot, steps, lambda error: raised.update([error]))


def _fit(agent: Agent, world: World, block: OpinionBlock) -> Any:
    """Fit an agent for a block.

    Raises:
        ScenarioError: it raised.
    """
    past = world.snapshot(block.first)
    return plugins.attempt("its fit raised", lambda: agent.fit(past))


def _unheard(_error: str) -> None:
    """Leave unsaid what was said when it was first asked."""


def _blocks(agent: Agent, world: World) -> Iterator[range]:
    return refit_blocks(world.first_step, world.n_steps - 1, agent.refit_every)


def _pickled(thing: object) -> bytes:
    """Give what can be sent to another process; nothing where it cannot."""
    try:
        return plugins.attempt("pickle", lambda: pickle.dumps(thing))
    except ScenarioError:
        return b""


def _copied(thing: Any, faults: list[str], what: str) -> Any:
    """Send a thing through a pickle; where that fails, note why and give it as it is."""
    try:
        return plugins.attempt(
            f"{what} cannot be pickled",
            lambda: pickle.loads(pickle.dumps(thing)),  # noqa: S301 - our own bytes
        )
    except ScenarioError as error:
        faults.append(f"{error}; agents are defined at the top level of a module")
        return thing


def _fingerprint(world: World) -> str:
    """Hash all arrays that agents are handed views of."""
    bars = [*world.bars, *(world.benchmark or ())]
    series = [column for each in world.series.values() for column in (each.known_at, each.value)]
    arrays = [*bars, *series, world.listed, world.timing.as_of, world.timing.decides]
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _shared_chance() -> tuple[object, bytes]:
    """Give where the generators stand that all code in a process shares."""
    return random.getstate(), pickle.dumps(np.random.get_state())  # noqa: NPY002 - looked at only


def _raised(raised: Counter[str]) -> Iterator[str]:
    """Name what was raised most."""
    for error, times in raised.most_common(1):
        others = f", and {len(raised) - 1} other errors" if len(raised) > 1 else ""
        yield f"{error} was raised {times} times{others}"


def _broken(blocks: list[OpinionBlock], world: World) -> Iterator[str]:
    """Find the first answer of each kind that was none."""
    for cause in BROKEN:
        cells = [
            (block.first + int(row), world.instruments[int(column)].id)
            for block in blocks
            for row, column in np.argwhere(block.cause == cause)
        ]
        if cells:
            step, name = cells[0]
            yield f"{len(cells)} were {cause.name}, first at step {step} on {name}"


def _cuts(
    blocks: list[OpinionBlock], n_cuts: int, rng: np.random.Generator
) -> Iterator[tuple[OpinionBlock, int]]:
    """Draw steps at which the agent spoke and after which its block goes on."""
    spoken = [
        (index, block.first + int(row))
        for index, block in enumerate(blocks)
        for row in np.flatnonzero((block.cause[:-1] == Cause.NONE).any(axis=1))
    ]
    for drawn in rng.permutation(len(spoken))[:n_cuts].tolist():
        index, step = spoken[drawn]
        yield blocks[index], step


def _slow_differences(agent: Agent, world: World, block: OpinionBlock, step: int) -> list[str]:
    """Compare one step of a block with what `opine` says there."""
    try:
        fitted = _fit(agent, world, block)
    except ScenarioError as error:
        return [f"asked step by step, {error}"]
    slow = ask_slow(agent, world.snapshot, range(step, step + 1), fitted, _unheard)
    return _differences(_rows(block, step, step), slow, "asked step by step")


def _lookahead(agent: Agent, changed: World, block: OpinionBlock, step: int) -> list[str]:
    """Compare a block up to `step` with the same block in a world that changes after it."""
    steps = range(block.first, block.first + len(block.score))
    other = ask_block(agent, changed.snapshot, steps, _unheard)
    why = f"with all data after step {step} changed"
    return _differences(_rows(block, block.first, step), _rows(other, block.first, step), why)


def _rows(block: OpinionBlock, first: int, last: int) -> OpinionBlock:
    """Give the rows of steps `first` to `last`."""
    rows = slice(first - block.first, last + 1 - block.first)
    claims: tuple[ClaimRow, ...] = tuple(row for row in block.claims if first <= row.step <= last)
    return OpinionBlock(first, block.score[rows], block.confidence[rows], block.cause[rows], claims)


def _differences(block: OpinionBlock, other: OpinionBlock, why: str) -> list[str]:
    """Give one sentence where two blocks differ in any bit."""
    same: Bools = (
        (block.score == other.score)
        & (block.confidence == other.confidence)
        & (block.cause == other.cause)
    ).all(axis=1)
    if not same.all():
        step = block.first + int(np.flatnonzero(~same)[0])
        return [f"{why}, it said something else at step {step}"]
    return [] if block.claims == other.claims else [f"{why}, it claimed something else"]
